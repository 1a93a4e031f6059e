"""What every command prints, its exit status, and its JSON."""
import datetime
import json
import os
import shlex
import subprocess
import unittest

from sample import SampleTest

FAIL_ID = ("--set", "ops.choose_parts.config.fail=ID")
COMMANDS = ["job list", "job show", "job run", "run list", "run show", "run events",
            "run logs", "run explain",
            "run cancel", "run delete", "gc", "storage verify", "storage backup",
            "storage rebuild", "storage migrate", "config schema", "config scaffold",
            "config check", "definitions validate", "definitions list", "describe",
            "instance info", "instance scaffold", "doctor", "completion bash", "completion zsh",
            "completion fish", "version"]


class Help(SampleTest):
    def test_every_command_has_help_with_an_example(self):
        for command in COMMANDS:
            out, _ = self.call(*command.split(), "--help", SAMPLE_BROKEN="1")
            self.assert_in_order(out, f"usage: sample_main {command}", "--home DIR", "example",
                                 f"  sample_main {command}")

    def test_list_of_commands(self):
        out, _ = self.call("--help")
        for command in COMMANDS:
            self.assertIn(f"\n  {command} ", out)
        self.assertEqual(self.call()[0], out)
        group, _ = self.call("run", "-h")
        self.assert_in_order(group, "run list", "run show", "run events")
        self.assertNotIn("job list", group)

    def test_version(self):
        out, _ = self.call("--version")
        self.assertRegex(out, r"^sample_main \(penstock \d+\.\d+\.\d+, build [0-9a-f]{12}\)\n$")
        self.assertEqual(self.call("version")[0], out)
        version = self.json("version")
        self.assertEqual(version["schema"], "version.v1")
        self.assertIn(version["penstock"], out)


class WrongCommandLine(SampleTest):
    def refused(self, *words, status=2):
        out, err = self.call(*words, status=status)
        self.assertEqual(out, "")
        return err

    def test_says_what_was_meant(self):
        self.assertEqual(self.refused("job", "rum"), 'sample_main: there is no command "job rum"; '
                         'did you mean "job run"?\n')
        self.assertIn('did you mean "job"?', self.refused("jop", "list"))
        self.assertIn('unknown option "--confg"; did you mean --config?',
                      self.refused("job", "run", "etl", "--confg", "x"))
        self.assertIn("a command is missing after \"run\"", self.refused("run"))
        self.assertIn("JOB is missing", self.refused("job", "run"))
        self.assertIn('unexpected argument "more"', self.refused("job", "show", "etl", "more"))

    def test_values_of_options(self):
        self.assertIn('--jobs: "x" is not a whole number of at least 1',
                      self.refused("job", "run", "etl", "--jobs", "x"))
        self.assertIn("--config needs a value", self.refused("job", "run", "etl", "--config"))
        self.assertIn("--memory", self.refused("job", "run", "etl", "--memory", "lots"))
        self.assertIn('--tags "a" is not KEY=VALUE',
                      self.refused("job", "run", "etl", "--tags", "a"))
        self.assertIn("none of auto, always, never", self.refused("job", "list", "--color", "red"))
        self.assertIn("threads", self.refused("job", "run", "etl", "--executor", "cloud"))
        self.assertFalse(os.path.exists(self.home))

    def test_negative_values(self):
        for words, said in (
                (("run", "list", "--limit", "-1"), '--limit: "-1" is not a whole number of at '
                 "least 1"),
                (("job", "run", "etl", "--jobs", "-1"), '--jobs: "-1" is not a whole number of'),
                (("job", "run", "etl", "-j", "-1"), '--jobs: "-1" is not a whole number of'),
                (("gc", "--keep-last", "-1"), '--keep-last: "-1" is not a whole number of at '
                 "least 0"),
                (("gc", "--older-than", "-.5h"), '--older-than: "-.5h" is not a length of time; '
                 "expected a number of at least 0 and ms, s, m, h, d or w, such as 30d"),
                (("job", "run", "etl", "--max-runtime", "-5s"), '--max-runtime: "-5s" is not a '
                 "length of time; expected a number of at least 0")):
            self.assertIn(said, self.refused(*words))
        self.assertIn('unknown option "-1"', self.refused("job", "list", "-1"))

    def test_not_found(self):
        self.assertIn("there is no run log in", self.refused("run", "list", status=3))
        self.assertIn("etl", self.refused("job", "show", "etk", status=3))
        self.call("job", "run", "etl")
        self.refused("run", "show", "ffffffff", status=3)

    def test_json_error(self):
        error = self.json("job", "rum", status=2)["error"]
        self.assertEqual(error["code"], "config")
        self.assertIn("job run", error["message"])


class Definitions(SampleTest):
    def test_job_list(self):
        self.assertEqual(self.call("job", "list")[0],
                         "JOB       OPS  DESCRIPTION\n"
                         "etl         5  load hourly data, state by state\n"
                         "wait        1  wait until somebody interrupts\n"
                         "stubborn    1  never ends, whatever it is asked\n")
        jobs = self.json("job", "list")
        self.assertEqual([job["name"] for job in jobs["jobs"]], ["etl", "wait", "stubborn"])

    def test_job_show(self):
        out, _ = self.call("job", "show", "etl")
        self.assert_in_order(out, "etl\n", "load hourly data", "graph", "  choose_parts -> many ",
                             "  by_state(", ", once per item", "    extract(", "read one state",
                             "    transform(", "from extract", "    load(", "  consolidate(",
                             "all of by_state", "resources\n  store", "team=data", "config",
                             "ops.choose_parts.config.rows: integer from 1 to 1000000 = 1000",
                             "rows of each state", 'resources.store.config.path: string = "data"')
        job = self.json("job", "show", "etl")
        self.assertEqual([node["kind"] for node in job["nodes"]], ["op", "graph", "op"])
        self.assertEqual(job["nodes"][1]["mapped_over"], "choose_parts")

    def test_definitions(self):
        self.assertEqual(self.call("definitions", "validate")[0],
                         "ok: 3 jobs, 7 ops, 1 resources\n")
        self.assertTrue(self.json("definitions", "validate")["ok"])
        self.assertIn("resource  store", self.call("definitions", "list")[0])
        self.assertEqual(len(self.json("definitions", "list")["ops"]), 7)

    def test_all_problems_of_definitions(self):
        _, err = self.call("definitions", "validate", status=2, SAMPLE_BROKEN="1")
        self.assert_in_order(err, '"bad name" is not a name', 'op "use" needs a resource')
        self.call("job", "run", "etl", status=2, SAMPLE_BROKEN="1")


class Config(SampleTest):
    def config_file(self, text):
        with open(os.path.join(self.folder, "scope.yaml"), "w") as file:
            file.write(text)
        return ("--config", "scope.yaml")

    def test_schema_and_scaffold(self):
        schema = self.json("config", "schema", "etl")
        self.assertIn("ops", schema["properties"])
        self.assertEqual(json.loads(self.call("config", "schema", "etl")[0]), schema)
        full, _ = self.call("config", "scaffold", "etl", "--all-defaults")
        self.assertIn("rows: 1000", full)
        self.call("config", "check", "etl", *self.config_file(full))
        self.assertIn("yaml", self.json("config", "scaffold", "etl"))

    def test_all_problems_at_once_and_no_run(self):
        given = self.config_file("ops:\n  choose_parts:\n    config:\n      rows: 0\n"
                                 "      sttes: [ID]\n")
        for command in (("config", "check"), ("job", "run")):
            _, err = self.call(*command, "etl", *given, "--set",
                               "ops.choose_parts.config.fail=[1]", status=2)
            self.assert_in_order(err, "scope.yaml:4:13: ", "0 is out of range", "scope.yaml:5:7: ",
                                 "did you mean states?")
            self.assertIn("--set ops.choose_parts.config.fail", err)
        self.assertFalse(os.path.exists(self.home))
        check = self.json("config", "check", "etl", *given, status=2)
        self.assertEqual([problem["line"] for problem in check["problems"]], [4, 5])

    def test_ok(self):
        given = self.config_file("ops: {choose_parts: {config: {rows: 5}}}\n")
        self.assertEqual(self.call("config", "check", "etl", *given)[0], "ok\n")
        config = self.json("config", "check", "etl", *given)["config"]
        self.assertEqual(config["ops"]["choose_parts"]["config"]["rows"], 5)
        self.assertIn("no-such", self.call("config", "check", "etl", "--config", "no-such.yaml",
                                           status=2)[1])


class Runs(SampleTest):
    def test_success(self):
        out, err = self.call("job", "run", "etl", "--executor", "inline", "--tags", "why=test")
        self.assertEqual(err, "")
        self.assert_plain(out)
        self.assertRegex(out, r"by_state.extract +3  .* [µm]s +\d+ [µm]s  by_state.extract\[")
        self.assert_in_order(out, "ok        choose_parts", "OP ", "by_state.load",
                             "checks: 2 passed, 1 warned",
                             "hourly [state=ME]: no_missing_time: 2 rows",
                             "hourly                 3  3,000  35.2 KiB",
                             "logged: 1 warning, 0 errors", "SUCCESS  etl  11 steps in", "run ",
                             "sample_main run show ")
        run = self.last_run()
        self.assertEqual((run["status"], run["steps"]["succeeded"]), ("SUCCESS", 11))
        self.assertEqual(run["tags"], {"team": "data", "why": "test"})

    def test_failure(self):
        out, _ = self.call("job", "run", "etl", *FAIL_ID, status=1)
        self.assert_plain(out)
        self.assert_in_order(out, "failed    by_state.transform[ID]", "failures\n",
                             "  by_state.transform[ID]\n"
                             "    row 17 of ID: \\x1b[31mgross load -3 MW\n"
                             "      in column gross_load_mw\n", "FAILURE  etl")
        self.assertIn("not run   consolidate", out)

    def test_report_as_json(self):
        report = self.json("job", "run", "etl", *FAIL_ID, status=1)
        self.assertEqual(report["schema"], "run_report.v1")
        self.assertEqual(report["run"]["status"], "FAILURE")
        self.assertEqual([failure["step"] for failure in report["failures"]],
                         ["by_state.transform[ID]"])
        self.assertEqual(report["assets"], [{"asset": "hourly", "materializations": 2,
                                             "rows": 2000, "bytes": 24000}])
        self.assertEqual(report["failed_checks"][0]["severity"], "WARN")

    def test_quiet(self):
        out, _ = self.call("job", "run", "etl", "-q")
        self.assertTrue(out.startswith("OP "), out)
        self.assertNotIn("run show", out)

    def test_retry_is_shown(self):
        out, _ = self.call("job", "run", "etl", "--set", "ops.choose_parts.config.flaky=CO")
        self.assertIn("retry     by_state.extract[CO]  attempt 2", out)
        self.assertNotIn("failures", out)
        run = self.last_run()["id"]
        shown, _ = self.call("run", "show", run[-8:])
        self.assertRegex(shown, r"by_state.extract\[CO\] +SUCCESS +2 ")
        self.assert_in_order(shown, f"run       {run}", "status    SUCCESS", "team=data",
                             "config\n", "flaky: CO", "STEP ", "failures",
                             "by_state.extract[CO]  attempt 1, tried again", "is being replaced",
                             "checks: 2 passed, 1 warned", "hourly")
        view = self.json("run", "show", run)
        step = next(step for step in view["steps"] if step["step"] == "by_state.extract[CO]")
        self.assertEqual((step["status"], step["attempts"], len(step["errors"])), ("SUCCESS", 2, 1))
        self.assertEqual(step["outputs"][0]["metadata"]["folder"],
                         {"type": "text", "value": "data"})

    def test_resource_that_does_not_open(self):
        out, _ = self.call("job", "run", "etl", "--set", "resources.store.config.path=missing",
                           status=1)
        self.assertIn('there is no folder "missing"', out)

    def test_list_filters_and_pages(self):
        for _ in range(3):
            self.call("job", "run", "etl", "-q")
        self.call("job", "run", "etl", *FAIL_ID, "-q", status=1)
        out, _ = self.call("run", "list")
        self.assert_in_order(out, "RUN ", "JOB", "STATUS", "STARTED", "DURATION", "FAILURE",
                             "SUCCESS")
        self.assertEqual(len(out.splitlines()), 5)
        self.assertEqual(len(self.json("run", "list", "--status", "failure")["runs"]), 1)
        self.assertEqual(self.json("run", "list", "--job", "wait")["runs"], [])
        first = self.json("run", "list", "--limit", "3")
        rest = self.json("run", "list", "--cursor", first["cursor"])
        self.assertEqual((len(first["runs"]), len(rest["runs"]), rest["cursor"]), (3, 1, None))
        self.assertIn("there are older ones: --cursor", self.call("run", "list", "--limit", "2")[0])
        self.call("run", "list", "--status", "great", status=2)

    def test_list_says_why_it_is_empty(self):
        os.makedirs(self.home)
        self.assertEqual(self.json("run", "list"),
                         {"schema": "run_list.v1", "runs": [], "cursor": None})
        self.assertEqual(self.call("run", "list")[0], f"no runs in {self.home}\n")
        self.call("job", "run", "etl", "-q")
        self.assertEqual(self.call("run", "list", "--status", "failure")[0],
                         f"no run in {self.home} matches\n")
        self.assertEqual(self.call("run", "list", "--job", "wait")[0],
                         f"no run in {self.home} matches\n")
        _, err = self.call("run", "list", "--job", "etk", status=2)
        self.assertIn('--job: "etk" is no job of this program, nor is there a run of it; did you '
                      "mean etl?", err)
        _, err = self.call("run", "list", "--status", "sucess", status=2)
        self.assertIn('--status: "sucess" is not a run status; did you mean SUCCESS?', err)

    def test_list_by_tags(self):
        for why in ("one", "two", "two"):
            self.call("job", "run", "etl", "-q", "--tags", "why=" + why, "--tags", "n=" + why)
        runs = self.json("run", "list")["runs"]
        two = self.json("run", "list", "--tag", "why=two", "--tag", "team=data")
        self.assertEqual([run["id"] for run in two["runs"]], [run["id"] for run in runs[:2]])
        self.assertIsNone(two["cursor"])
        first = self.json("run", "list", "--tag", "why=two", "--limit", "1")
        rest = self.json("run", "list", "--tag", "why=two", "--cursor", first["cursor"])
        self.assertEqual((first["runs"][0]["id"], rest["runs"][0]["id"]),
                         (runs[0]["id"], runs[1]["id"]))
        self.assertEqual(self.json("run", "list", "--tag", "why=two", "--tag", "n=one")["runs"], [])
        self.assertIn('--tag "why" is not KEY=VALUE',
                      self.call("run", "list", "--tag", "why", status=2)[1])

    @unittest.skipUnless(os.geteuid() == 0, "only root can give a folder to another user")
    def test_a_home_of_another_user(self):
        self.call("job", "run", "etl", "-q")
        os.chmod(self.home, 0o700)
        os.chown(self.home, 65534, 65534)
        done = self.run_without_root_rights("run", "list")
        self.assertEqual(done.returncode, 1)
        self.assertIn("penstock.db cannot be read: Permission denied", done.stderr)

    def test_one_zone_for_people_and_utc_for_programs(self):
        self.call("job", "run", "etl", "-q")
        run = self.json("run", "list")["runs"][0]
        began = datetime.datetime.fromisoformat(run["created"].replace("Z", "+00:00"))
        there = began.astimezone(datetime.timezone(datetime.timedelta(hours=11)))
        zone = {"TZ": "ABC-11"}
        for words in (("run", "show", run["id"]), ("run", "list")):
            self.assertIn(f"{there:%Y-%m-%d %H:%M:%S} ABC", self.call(*words, **zone)[0])
        for words in (("run", "events", run["id"]), ("run", "logs", run["id"])):
            lines = self.call(*words, **zone)[0].splitlines()
            self.assertEqual(lines[0], f"{there:%Y-%m-%d} ABC")
            self.assertIn(f" {there:%H:}", lines[1])
        self.assertEqual(self.json("run", "list", **zone)["runs"][0]["created"], run["created"])

    def test_events(self):
        self.call("job", "run", "etl", "-q")
        run = self.last_run()["id"]
        out, _ = self.call("run", "events", run)
        self.assert_plain(out)
        self.assert_in_order(out, "RUN_STARTING", "STEP_START", "choose_parts", "RUN_SUCCESS")
        events = self.json("run", "events", run, "--step", "consolidate", "--type", "step_start",
                           "--type", "STEP_SUCCESS")["events"]
        self.assertEqual([event["type"] for event in events], ["STEP_START", "STEP_SUCCESS"])
        after = self.json("run", "events", run, "--after", str(events[0]["seq"]), "--limit", "1")
        self.assertEqual(after["events"][0]["seq"], events[0]["seq"] + 1)
        self.assertIn("did you mean STEP_START?",
                      self.call("run", "events", run, "--type", "step_strat", status=2)[1])

    def test_a_part_of_an_id(self):
        for _ in range(2):
            self.call("job", "run", "etl", "-q")
        runs = [run["id"] for run in self.json("run", "list")["runs"]]
        _, err = self.call("run", "show", runs[0][:6], status=2)
        self.assertIn("is part of several run ids", err)
        _, err = self.call("run", "reexecute", runs[0], status=4)
        self.assertIn("is left to be run", err)

    def test_a_run_out_of_time_says_so(self):
        out, _ = self.call("job", "run", "wait", "--max-runtime", "50ms", status=1)
        self.assert_in_order(out, "FAILURE  wait", "stopped after its time limit of 50 ms")
        self.call("job", "run", "etl", "--max-runtime", "0", "--grace", "200ms")

    def test_home_option(self):
        self.call("--home", "other", "job", "run", "etl", "-q")
        self.assertEqual(len(self.json("run", "list", "--home", "other")["runs"]), 1)
        self.call("run", "list", status=3)

    def test_what_is_suggested_can_be_pasted(self):
        for home in ("other", "with 'blank"):
            out, _ = self.call("job", "run", "etl", "--home", home)
            hint = shlex.split(out.splitlines()[-1])
            self.assertEqual(hint[:5], ["sample_main", "--home", home, "run", "show"])
            shown, _ = self.call(*hint[1:])
            again = shlex.split(shown.splitlines()[-1])
            self.assertEqual(again[:5], ["sample_main", "--home", home, "run", "events"])
        os.chmod(self.path("other"), 0o777)
        report = self.json("doctor", "--home", "other", status=1)
        self.assertEqual(report["checks"][2]["findings"][0]["mend"], "chmod o-w other")


if __name__ == "__main__":
    unittest.main()
