"""Config at the command line: layers, inputs, fixed fields, tags, pools, plans, secrets."""
import os
import unittest

from config_program import NAMES, ConfigTest


class CommandLine(ConfigTest):
    def test_files_and_assignments_count_in_their_order(self):
        self.write("a.yaml", "inputs: {names: [Ada]}\nops: {greet: {config: {word: a}}}\n")
        self.write("b.yaml", "ops: {greet: {config: {word: b}}}\n")
        check = self.json("config", "check", "greet", "-c", "a.yaml", "-c", "b.yaml")
        self.assertEqual(check["config"]["ops"]["greet"]["config"]["word"], "b")
        self.assertEqual(check["config"]["inputs"]["names"], ["Ada"])
        check = self.json("config", "check", "greet", "-c", "b.yaml", "-c", "a.yaml",
                          "--set", "ops.greet.config.word=c", "--set", "ops.greet.config.word=d")
        self.assertEqual(check["config"]["ops"]["greet"]["config"]["word"], "d")

    def test_inputs_come_from_config_or_are_named_as_missing(self):
        _, err = self.call("job", "run", "greet", status=2)
        self.assertIn('inputs.names: the field "names" is missing; expected list of string, or '
                      "exactly one of json, yaml, value", err)
        self.write("names.json", '["Ada", "Bob"]')
        self.call("job", "run", "greet", "--set", "inputs.names={json: {path: names.json}}")
        run = self.json("run", "list")["runs"][0]
        self.assertEqual(run["status"], "SUCCESS")
        self.write("names.json", '["Ada", 3]')
        out, _ = self.call("job", "run", "greet", "--set",
                           "inputs.names={json: {path: names.json}}", status=1)
        self.assertIn("names.json:1:9: [1]: 3 is not a string", out)
        text, _ = self.call("config", "scaffold", "greet")
        self.assertIn("who is greeted", text)

    def test_a_fixed_field_is_refused_and_not_shown(self):
        _, err = self.call("job", "run", "greet", *NAMES, "--set", "ops.greet.config.times=3",
                           status=2)
        self.assertIn('ops.greet.config.times: the field "times" is fixed by the definitions, '
                      "at 2; leave it out", err)
        text, _ = self.call("config", "scaffold", "greet", "--all-defaults")
        self.assertNotIn("times", text)
        self.assertIn("word: hello", text)

    def test_extra_keys_are_removed(self):
        self.write("old.yaml", "inputs: {names: [Ada]}\nops:\n  greet: {config: {wrod: a, times: "
                               "2, word: b}}\n  gone: {}\n")
        self.call("config", "check", "greet", "-c", "old.yaml", status=2)
        out, _ = self.call("config", "check", "greet", "-c", "old.yaml", "--remove-extras")
        self.assertEqual(out, "inputs:\n  names: [Ada]\nops:\n  greet:\n    config:\n"
                              "      word: b\n")
        self.write("new.yaml", out)
        self.assertEqual(self.call("config", "check", "greet", "-c", "new.yaml")[0], "ok\n")
        self.write("bad.yaml", "inputs: {names: Ada}\nx: 1\n")
        _, err = self.call("config", "check", "greet", "-c", "bad.yaml", "--remove-extras",
                           status=2)
        self.assertIn("is not a list", err)
        self.assertNotIn("unknown", err)

    def test_the_config_chooses_the_executor_and_flags_go_before_it(self):
        self.write("run.yaml", "inputs: {names: [Ada]}\n"
                               "execution: {config: {inline: {memory: 1GiB}}}\n")
        started = []
        for more in ((), ("--executor", "threads", "--jobs", "3")):
            self.call("job", "run", "greet", "-c", "run.yaml", *more)
            run = self.json("run", "list")["runs"][0]["id"]
            events = self.json("run", "events", run, "--type", "RUN_STARTING")["events"]
            started.append(events[0]["payload"])
        self.assertEqual((started[0]["executor"], started[0]["jobs"]), ("inline", 1))
        self.assertEqual(started[0]["memory"], 1 << 30)
        self.assertEqual((started[1]["executor"], started[1]["jobs"]), ("threads", 3))
        _, err = self.call("job", "run", "greet", *NAMES, "--set",
                           "execution.config={threads: {max_concurrent: 0}}", status=2)
        self.assertIn("execution.config.threads.max_concurrent: 0 is out of range", err)
        _, err = self.call("job", "run", "greet", *NAMES, "--set",
                           "execution.config.thraeds={}", status=2)
        self.assertIn("did you mean threads?", err)

    def test_tags(self):
        self.call("job", "run", "greet", *NAMES, "--tags", "why=test", "--tags",
                  '{"who": "me", "kind": "mine"}')
        run = self.json("run", "list")["runs"][0]
        self.assertEqual(run["tags"], {"team": "words", "kind": "mine", "why": "test",
                                       "who": "me"})
        _, err = self.call("job", "run", "greet", *NAMES, "--tags", '{"n": 3}', status=2)
        self.assertIn('--tags: the value of "n" is number; expected a string', err)
        _, err = self.call("job", "run", "greet", *NAMES, "--tags", "{n: 3}", status=2)
        self.assertIn("is no JSON object", err)
        _, err = self.call("job", "run", "greet", *NAMES, "--tags", "penstock/user=me", status=2)
        self.assertIn('--tags: the tag "penstock/user" is set by Penstock itself', err)

    def test_pools(self):
        _, err = self.call("job", "run", "greet", *NAMES, "--pool", "voice=1", status=2)
        self.assertIn('step greet takes 2 of pool "voice", which has 1: it could never run', err)
        _, err = self.call("job", "run", "greet", *NAMES, "--pool", "vioce=3", status=2)
        self.assertIn('did you mean "voice"?', err)
        for wrong in ("voice", "voice=", "=2", "voice=x"):
            _, err = self.call("job", "run", "greet", *NAMES, "--pool", wrong, status=2)
            self.assertIn("is not NAME=LIMIT, such as db=2", err)
        self.call("job", "run", "greet", *NAMES, "--pool", "voice=2")

    def test_a_dry_run_shows_the_plan_and_runs_nothing(self):
        out, _ = self.call("job", "run", "greet", *NAMES, "--dry-run")
        self.assertIn("feeds the input names, which the config gives", out)
        self.assertIn("requested", out)
        self.assertIn("pool voice: 4\n", out)
        self.assertIn("greet: 3 steps would run\n", out)
        plan = self.json("job", "run", "greet", *NAMES, "--dry-run", "--tags", "why=test")
        self.assertEqual(plan["schema"], "plan.v1")
        self.assertEqual([step["path"] for step in plan["steps"]],
                         ["inputs.names", "greet", "report"])
        self.assertEqual(plan["steps"][1]["pools"], {"breath": 1, "voice": 2})
        self.assertEqual(plan["steps"][1]["reason"], "requested")
        self.assertEqual(plan["config"]["ops"]["greet"]["config"]["key"], {"env": "GREETING_KEY"})
        self.assertFalse(os.path.exists(self.home))

    def test_a_tag_hides_nothing(self):
        self.write("t.yaml", "inputs: {names: !!seq [!!str Ada]}\nops:\n  greet:\n    config:\n"
                             "      word: !x hi\n      wrod: 1\n")
        check = self.json("config", "check", "greet", "-c", "t.yaml", status=2)
        self.assertEqual([(each["path"], each["line"]) for each in check["problems"]],
                         [("ops.greet.config.word", 5), ("ops.greet.config.wrod", 6)])
        _, err = self.call("config", "check", "greet", "-c", "t.yaml", "--remove-extras", status=2)
        self.assertIn("the tag !x is not supported", err)

    def test_what_is_commented_out_is_empty(self):
        self.write("e.yaml", "inputs: {names: [Ada]}\nexecution: null\nops:\n  greet:\n"
                             "    config:\n#      word: hi\nloggers:\n")
        self.assertEqual(self.call("config", "check", "greet", "-c", "e.yaml")[0], "ok\n")
        self.write("o.yaml", "inputs: {names: [Ada]}\nops:\n# greet: {}\n")
        self.call("config", "check", "greet", "-c", "o.yaml")
        _, err = self.call("config", "check", "greet", *NAMES, "--set", "ops.greet.config.word=",
                           status=2)
        self.assertIn("an empty text is written ops.greet.config.word='\"\"'", err)

    def test_what_cannot_be_looked_up_is_told_with_all_other_mistakes(self):
        self.write("u.yaml", "inputs: {names: [Ada]}\nops:\n  greet:\n    config:\n"
                             "      wrod: hi\n      key: {env: NOPE}\n")
        for command in (("config", "check"), ("job", "run")):
            _, err = self.call(*command, "greet", "-c", "u.yaml", status=2)
            self.assertIn('u.yaml:5:7: ops.greet.config.wrod: unknown field "wrod"', err)
            self.assertIn("u.yaml:6:12: ops.greet.config.key: the environment variable NOPE is "
                          "not set\n", err)
        check = self.json("config", "check", "greet", "-c", "u.yaml", status=2)
        self.assertEqual([(each["code"], each["path"], each["line"])
                          for each in check["problems"]],
                         [("UNKNOWN_FIELD", "ops.greet.config.wrod", 5),
                          ("POST_PROCESSING", "ops.greet.config.key", 6)])
        _, err = self.call("config", "check", "greet", "-c", "u.yaml", "--remove-extras", status=2)
        self.assertNotIn("wrod", err)
        self.assertIn("variable NOPE is not set", err)
        del self.environment["GREETING_KEY"]
        check = self.json("config", "check", "greet", *NAMES, status=2)
        self.assertEqual([(each["code"], each["path"]) for each in check["problems"]],
                         [("POST_PROCESSING", "ops.greet.config.key")])

    def test_the_secret_is_in_no_output_and_no_file(self):
        self.call("job", "run", "greet", *NAMES)
        run = self.json("run", "list")["runs"][0]["id"]
        messages, _ = self.call("run", "logs", run)
        self.assertIn("hello Ada, signed ****", messages)
        self.call("run", "show", run)
        self.call("run", "events", run, "--json")
        self.assert_secret_is_in_no_file()
        del self.environment["GREETING_KEY"]
        _, err = self.call("job", "run", "greet", *NAMES, status=2)
        self.assertIn("the environment variable GREETING_KEY is not set", err)


if __name__ == "__main__":
    unittest.main()
