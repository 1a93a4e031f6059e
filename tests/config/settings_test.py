"""Secrets, pools, values, messages and output as the settings say; secrets in files."""
import os
import shutil
import unittest

from config_program import NAMES, SECRET, ConfigTest

LITERAL = ("--set", f"ops.greet.config.key={SECRET}")


class Secrets(ConfigTest):
    def test_a_literal_needs_the_settings(self):
        _, err = self.call("job", "run", "greet", *NAMES, *LITERAL, status=2)
        self.assertIn("a secret is written into the document; expected {env: NAME} or "
                      "{file: PATH}", err)
        self.settings("secrets: {allow_literals: true}\n")
        self.assertEqual(self.call("config", "check", "greet", *NAMES, *LITERAL)[0], "ok\n")
        out, _ = self.call("job", "run", "greet", *NAMES, *LITERAL, "--log-level", "info")
        self.assertIn("info      greet: hello Ada, signed ****\n", out)
        self.assert_secret_is_in_no_file()

    def test_a_literal_is_given_again_for_another_run(self):
        self.settings("secrets: {allow_literals: true}\n")
        self.call("job", "run", "greet", *NAMES, *LITERAL)
        again = ("run", "reexecute", self.last_run()["id"], "--strategy", "all_steps")
        _, err = self.call(*again, status=2)
        self.assertIn("ops.greet.config.key: this is how a secret is shown, and not the secret, "
                      "which was not stored; give it again", err)
        self.call(*again, *LITERAL)

    def test_a_secret_in_a_file(self):
        del self.environment["GREETING_KEY"]
        self.write("key.txt", SECRET + "\n")
        key = ("--set", "ops.greet.config.key={file: key.txt}")
        out, _ = self.call("job", "run", "greet", *NAMES, *key, "--log-level", "INFO")
        self.assertIn("hello Ada, signed ****\n", out)
        self.assert_secret_is_in_no_file()
        run = self.json("run", "show", self.last_run()["id"])
        self.assertEqual(run["config"]["ops"]["greet"]["config"]["key"], {"file": "key.txt"})
        os.remove(os.path.join(self.folder, "key.txt"))
        _, err = self.call("job", "run", "greet", *NAMES, *key, status=2)
        self.assertIn('--set ops.greet.config.key: the file "key.txt" is not there', err)
        self.write("key.txt", "abc\n")
        _, err = self.call("job", "run", "greet", *NAMES, *key, status=2)
        self.assertIn("the secret has fewer than 6 characters", err)


class Pools(ConfigTest):
    def test_settings_limit_a_pool_that_nobody_else_does(self):
        self.settings("pools: {voice: 1, breath: 3, other: 1}\n")
        plan = self.json("job", "run", "greet", *NAMES, "--dry-run")
        self.assertEqual(plan["pools"], {"voice": 4, "breath": 3})
        plan = self.json("job", "run", "greet", *NAMES, "--dry-run", "--pool", "breath=9")
        self.assertEqual(plan["pools"], {"voice": 4, "breath": 9})
        self.settings("pools: {breath: 0}\n")
        _, err = self.call("job", "run", "greet", *NAMES, status=2)
        self.assertIn("penstock.yaml:1:17: pools.breath: 0 is out of range; expected at least 1",
                      err)


class Values(ConfigTest):
    # So long that they have a file of their own.
    FAILS = ("job", "run", "greet", "-q", "--set", f"inputs.names=[{'Ada' * 10000}]", "--set",
             "ops.greet.config.word=fail")

    def stored(self):
        folders = self.json("instance", "info")["folders"]
        return sum(folder["files"] for folder in folders if folder["name"] == "values")

    def test_each_run_keeps_to_the_room_for_values(self):
        self.settings("intermediates: {keep: none}\n")
        self.call(*self.FAILS, status=1)
        self.assertEqual(self.stored(), 0)
        self.call(*self.FAILS, "--keep", "failed", status=1)
        self.assertEqual(self.stored(), 1)
        self.settings("intermediates: {max_bytes: 0}\n")
        self.call("job", "run", "greet", "-q", *NAMES)
        self.assertEqual(self.stored(), 0)
        self.assertIn("ok", self.call("storage", "verify")[0])

    def test_gc_frees_by_the_settings(self):
        self.call(*self.FAILS, status=1)
        self.assertEqual(self.json("gc", "--dry-run")["values"], [])
        self.settings("intermediates: {failed_ttl: 0s}\n")
        self.assertEqual(self.json("gc", "--dry-run", "--failed-ttl", "1d")["values"], [])
        self.assertEqual([each["cause"] for each in self.json("gc")["values"]], ["ttl"])

    def test_doctor_sees_values_that_the_log_does_not_know(self):
        self.call(*self.FAILS, status=1)
        self.call("doctor")
        folder = os.path.join(self.home, "values", self.last_run()["id"])
        known = os.path.join(folder, os.listdir(folder)[0])
        shutil.copy(known, os.path.join(folder, "x" + os.path.basename(known)))
        out, _ = self.call("doctor", status=1)
        self.assertIn("1 stored value that the log does not know", out)
        self.assertIn("mend: config_main gc\n", out)
        self.call("gc")
        self.call("doctor")


class Messages(ConfigTest):
    def shown(self, *more):
        return self.call("job", "run", "greet", *NAMES, *more)[0]

    def test_config_and_settings_say_which_messages_are_shown(self):
        loggers = ("--set", "loggers.console.config.log_level=INFO")
        said = "info      greet: hello Bob, signed ****\n"
        self.assertNotIn(said, self.shown())
        self.assertIn(said, self.shown(*loggers))
        self.assertNotIn(said, self.shown(*loggers, "--log-level", "warning"))
        self.assertNotIn(said, self.shown(*loggers, "--quiet"))
        self.settings("logs: {console_level: debug}\n")
        self.assertIn(said, self.shown())
        self.assertNotIn(said, self.shown("--set", "loggers.console.config.log_level=ERROR"))
        _, err = self.call("job", "run", "greet", *NAMES, "--log-level", "loud", status=2)
        self.assertIn('--log-level "loud" is none of DEBUG, INFO, WARNING, ERROR, CRITICAL', err)
        _, err = self.call("job", "run", "greet", *NAMES, "--set",
                           "loggers.console.config.log_level=INFOS", status=2)
        self.assertIn("did you mean INFO?", err)
        _, err = self.call("job", "run", "greet", *NAMES, "--set", "loggers.consle={}", status=2)
        self.assertIn("did you mean console?", err)

    def test_settings_say_how_much_is_kept_of_what_steps_print(self):
        def lines():
            self.shown("--set", "ops.greet.config.word=loud")
            run = self.last_run()["id"]
            return self.json("run", "logs", run, "--stream", "stdout")["lines"]
        self.assertEqual(len(lines()), 5000)
        self.settings("logs: {max_bytes: 64KiB}\n")
        kept = lines()
        self.assertLess(len(kept), 5000)
        self.assertEqual((kept[0]["text"][:8], kept[-1]["text"][:8]), ("line 000", "line 499"))


class Values(ConfigTest):
    """What a document says is what the op gets, what is stored, and what a re-execution gets."""
    YAML = """ops: {extremes: {config: {
        top: -.inf, most: 18446744073709551614, rate: .nan, text: ".inf",
        named: {"no": [1e3, -0.0, .inf], "$float": [], "": [5e-324]},
        anything: [.nan, ".nan", 9223372036854775808, {"$float": .inf}, "0x10", ~, 1.0]}}}"""
    SHOWN = ('{top: -.inf, most: 18446744073709551614, rate: .nan, text: ".inf", named: '
             '{"": [5e-324], "$float": [], "no": [1000.0, -0.0, .inf]}, anything: [.nan, ".nan", '
             '9223372036854775808, {"$float": .inf}, "0x10", null, 1.0]}')

    def messages(self, *words):
        out, _ = self.call(*words, "--log-level", "info")
        return [line.split("extremes: ", 1)[1] for line in out.splitlines() if "top: " in line]

    def test_they_survive_a_reexecution(self):
        self.write("extremes.yaml", self.YAML)
        run = ("job", "run", "extremes", "--config", "extremes.yaml")
        self.assertEqual(self.messages(*run), [self.SHOWN])
        for _ in range(2):
            again = ("run", "reexecute", self.last_run()["id"], "--strategy", "all_steps")
            self.assertEqual(self.messages(*again), [self.SHOWN])
        shown = self.json("run", "show", self.last_run()["id"])
        config = shown["config"]["ops"]["extremes"]["config"]
        self.assertEqual(config["most"], 18446744073709551614)
        self.assertEqual((config["top"], config["rate"]), ("-.inf", ".nan"))
        text, _ = self.call("run", "show", self.last_run()["id"])
        self.assertIn("top: -.inf", text)

    def test_defaults_survive_a_reexecution(self):
        first = self.messages("job", "run", "extremes")
        self.assertEqual(first, ['{top: .inf, most: 18446744073709551615, rate: 0.1, text: "no", '
                                 'named: {}, anything: -.inf}'])
        again = ("run", "reexecute", self.last_run()["id"], "--strategy", "all_steps")
        self.assertEqual(self.messages(*again), first)

    def test_json_says_infinity_as_a_text(self):
        self.write("extremes.json", '{"ops": {"extremes": {"config": {"top": "-.inf"}}}}')
        run = ("job", "run", "extremes", "--config", "extremes.json")
        self.assertIn("top: -.inf", self.messages(*run)[0])

    def test_a_number_that_is_too_large_is_a_mistake(self):
        _, err = self.call("job", "run", "extremes", "--set", "ops.extremes.config.top=1e400",
                           status=2)
        self.assertIn("--set ops.extremes.config.top: 1e400 is too large for a number; infinity "
                      "is written .inf", err)
        _, err = self.call("job", "run", "extremes", "--set", "ops.extremes.config.rate=1e39",
                           status=2)
        self.assertIn("1e39 is too large for a number of 32 bits", err)

    def test_infinities_are_shown_as_they_are(self):
        self.call("job", "run", "extremes", "--set", "ops.extremes.config.top=-.inf")
        events, _ = self.call("run", "events", self.last_run()["id"], "--json")
        self.assertIn('"-inf"', events)
        self.assertIn("18446744073709551615", events)


if __name__ == "__main__":
    unittest.main()
