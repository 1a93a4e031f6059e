"""The settings file: what goes before it, what it decides, and what a mistake in it stops."""
import json
import os
import unittest

from sample import SampleTest

FAIL_ID = ("--set", "ops.choose_parts.config.fail=ID")


class SettingsTest(SampleTest):
    def started(self, *more, **environment):
        self.call("job", "run", "etl", "-q", *more, **environment)
        events = self.json("run", "events", self.last_run()["id"], "--type", "RUN_STARTING")
        return events["events"][0]["payload"]


class Executor(SettingsTest):
    def test_command_line_then_config_then_settings_then_default(self):
        def chosen(*more):
            start = self.started(*more)
            return start["executor"], start["jobs"], start.get("memory", 0)
        config = ("--set", "execution.config={threads: {max_concurrent: 3}}")
        self.assertEqual(chosen("--jobs", "1"), ("threads", 1, 0))
        self.settings("executor: {default: inline, memory: 1GiB}\n")
        self.assertEqual(chosen(), ("inline", 1, 1 << 30))
        self.settings("executor: {default: threads, jobs: 2, memory: 1GiB}\n")
        self.assertEqual(chosen(), ("threads", 2, 1 << 30))
        self.assertEqual(chosen(*config), ("threads", 3, 1 << 30))
        self.assertEqual(chosen(*config, "--jobs", "1", "--memory", "2GiB"),
                         ("threads", 1, 2 << 30))
        self.assertEqual(chosen("--executor", "inline"), ("inline", 1, 1 << 30))

    def test_a_setting_may_stand_in_a_variable(self):
        self.settings("executor: {jobs: {env: JOBS}}\n")
        self.assertEqual(self.started(JOBS="3")["jobs"], 3)
        _, err = self.call("job", "run", "etl", status=2)
        self.assertIn("penstock.yaml:1:18: executor.jobs: the environment variable JOBS is not "
                      "set", err)


    def test_a_variable_that_is_not_set_is_told_with_all_other_mistakes(self):
        self.settings("executor: {jobs: {env: JOBS}, mmory: 1GiB}\npools: {db: {env: DB}}\n")
        _, err = self.call("job", "run", "etl", status=2)
        self.assert_in_order(err, "penstock.yaml:1:18: executor.jobs: the environment variable "
                             "JOBS is not set", "executor.mmory: unknown field", "penstock.yaml:"
                             "2:13: pools.db: the environment variable DB is not set")


class Retries(SettingsTest):
    def runs(self, *more):
        before = len(self.json("run", "list")["runs"]) if self.has_log() else 0
        self.call("job", "run", "etl", "-q", *FAIL_ID, *more, status=1)
        return len(self.json("run", "list")["runs"]) - before

    def has_log(self):
        return os.path.exists(self.home_path("penstock.db"))

    def test_settings_try_failed_runs_again_unless_tags_say_otherwise(self):
        self.assertEqual(self.runs(), 1)
        self.settings("retries: {max_retries: 2, strategy: ALL_STEPS}\n")
        self.assertEqual(self.runs(), 3)
        newest = self.last_run()
        self.assertEqual(newest["tags"]["penstock/retry_number"], "2")
        self.assertEqual(newest["steps"]["reused"], 0)  # ALL_STEPS
        self.assertEqual(self.runs("--tags", "penstock/max_retries=0"), 1)
        self.assertEqual(self.runs("--tags", "penstock/max_retries=1", "--tags",
                                   "penstock/retry_strategy=FROM_FAILURE"), 2)
        self.assertGreater(self.last_run()["steps"]["reused"], 0)

    def test_one_json_document_for_all_tries(self):
        out, err = self.call("job", "run", "etl", *FAIL_ID, "--json", "--tags",
                             "penstock/max_retries=2", status=1)
        report = json.loads(out)
        self.assertEqual(err.count("it is tried again"), 2)
        runs = [run["id"] for run in self.json("run", "list")["runs"]]
        self.assertEqual(report["run"]["id"], runs[0])
        self.assertEqual(report["earlier_runs"], [runs[2], runs[1]])
        out, _ = self.call("run", "reexecute", runs[0], "--json", status=1)
        self.assertEqual(len(json.loads(out)["earlier_runs"]), 2)
        self.assertEqual(self.json("job", "run", "etl")["earlier_runs"], [])

    def test_only_after_failures_of_the_infrastructure(self):
        self.settings("retries: {max_retries: 1, on: infrastructure}\n")
        self.assertEqual(self.runs(), 1)
        self.assertEqual(self.runs("--retry-on", "any"), 2)


class Retention(SettingsTest):
    def kept(self, *more):
        return 4 - len(self.json("gc", "--dry-run", *more)["runs"])

    def test_gc_takes_its_rules_from_the_settings(self):
        for _ in range(4):
            self.call("job", "run", "etl", "-q")
        self.assertEqual(self.kept(), 4)
        self.settings("retention: {keep_last: 1}\n")
        self.assertEqual(self.kept(), 1)
        self.assertEqual(self.kept("--keep-last", "3"), 3)
        self.settings("retention: {keep_last: 1, older_than: 1d}\n")
        self.assertEqual(self.kept(), 4)
        self.assertEqual(self.kept("--older-than", "0s"), 1)


class Mistakes(SettingsTest):
    def test_what_needs_no_settings_goes_on(self):
        self.call("job", "run", "etl", "-q")
        self.settings("executor: {jbos: 2}\nretries: {max_retries: -1}\n")
        for words in (("job", "run", "etl"), ("gc",), ("instance", "info"),
                      ("run", "reexecute", "x"), ("config", "check", "etl")):
            _, err = self.call(*words, status=2)
            self.assert_in_order(err, "penstock.yaml:1:12: executor.jbos: unknown field",
                                 "did you mean jobs?", "penstock.yaml:2:24: retries.max_retries: "
                                 "-1 is out of range; expected 0 to 100")
        run = self.last_run()["id"]
        for words in (("run", "list"), ("run", "show", run), ("run", "logs", run), ("job", "list"),
                      ("run", "explain", run), ("version",), ("describe",), ("--help",),
                      ("instance", "scaffold"), ("config", "scaffold", "etl")):
            self.assertEqual(self.call(*words)[1], "")

    def test_a_folder_is_no_settings_file(self):
        os.makedirs(self.home_path("penstock.yaml"))
        self.assertIn("penstock.yaml are no regular file", self.call("gc", status=2)[1])


if __name__ == "__main__":
    unittest.main()
