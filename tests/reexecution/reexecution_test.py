"""Runs are taken up by the real program: from their failure, from selected steps, after a kill."""
import json
import os
import select
import unittest

from program_test import ProgramTest, program

FAIL = ("--set", "ops.measure.config.fail=true")
MEND = ("--set", "ops.measure.config.fail=false")


class ReexecutionTest(ProgramTest):
    program = program("values_main")

    def steps(self, run):
        return {step["step"]: step["status"] for step in self.json("run", "show", run)["steps"]}


class Reexecute(ReexecutionTest):
    def failed_chain(self, *words):
        self.call("job", "run", "chain", "-q", *FAIL, *words, status=1)
        return self.last_run()["id"]

    def test_what_ended_well_is_reused(self):
        first = self.failed_chain()
        report = self.json("run", "reexecute", first, *MEND)
        run = report["run"]
        self.assertEqual(run["status"], "SUCCESS")
        self.assertEqual(run["steps"]["reused"], 9)
        self.assertEqual(run["steps"]["succeeded"], 1)
        self.assertEqual((run["parent_run"], run["root_run"]), (first, first))
        self.assertEqual(self.steps(run["id"])["next8"], "REUSED")
        loaded = self.json("run", "events", run["id"], "--type", "LOADED_INPUT")["events"]
        self.assertEqual([event["step"] for event in loaded], ["measure"])
        out, _ = self.call("run", "show", run["id"])
        self.assertIn(f"again     from run {first}\n", out)
        out, _ = self.call("run", "explain", run["id"], "measure")
        self.assertIn(f"it ran again: retry of run {first[-8:]}: it failed", out)
        out, _ = self.call("run", "explain", run["id"], "make")
        self.assertIn(f"it did not run: what it gave in run {first} is reused", out)

    def test_the_plan_is_shown_and_nothing_run(self):
        first = self.failed_chain()
        out, err = self.call("run", "reexecute", first, *MEND, "--dry-run")
        self.assertIn("measure  yes   retry of run " + first[-8:] + ": it failed", out)
        self.assertIn("make     no    reused", out)
        self.assertIn("9 steps of it are reused", out)
        self.assertEqual(err, "")
        self.assertEqual(self.last_run()["id"], first)
        plan = self.json("run", "reexecute", first, *MEND, "--dry-run")
        self.assertEqual([step["step"] for step in plan["steps"] if step["runs"]], ["measure"])

    def test_values_that_were_not_kept_are_computed_again(self):
        first = self.failed_chain("--keep", "none")
        _, err = self.call("run", "reexecute", first, *MEND, "-q")
        self.assertIn("next8: value not kept, and measure reads it", err)
        self.assertEqual(self.last_run()["steps"]["succeeded"], 10)

    def starting(self, run):
        events = self.json("run", "events", run, "--type", "RUN_STARTING")["events"]
        return events[0]["payload"]

    def test_what_is_kept_is_as_before_unless_said_otherwise(self):
        first = self.failed_chain("--keep", "all")
        self.call("run", "reexecute", first, "-q", *FAIL, status=1)
        second = self.last_run()["id"]
        self.assertEqual(self.starting(second)["keep"], "all")
        self.call("run", "reexecute", second, *MEND, "-q", "--keep", "none", "--tags", "why=test",
                  "--max-runtime", "1h", "--on-worker-loss", "resume")
        third = self.starting(self.last_run()["id"])
        self.assertEqual((third["keep"], third["tags"]["why"], third["max_runtime_us"],
                          third["on_worker_loss"]), ("none", "test", 3_600_000_000, "resume"))
        _, err = self.call("run", "reexecute", second, "--keep", "some", status=2)
        self.assertIn("--keep: ", err)
        _, err = self.call("run", "reexecute", second, "--pool", "db=1", status=2)
        self.assertIn('no step of the job takes from a pool "db"', err)

    def test_a_home_that_is_not_there_is_not_made(self):
        for command in ("reexecute", "resume"):
            _, err = self.call("run", command, "abcdef12", status=3)
            self.assertIn("there is no run log in", err)
        self.assertFalse(os.path.exists(self.home))

    def test_config_of_a_reused_step_is_not_changed(self):
        first = self.failed_chain()
        _, err = self.call("run", "reexecute", first, *MEND, "--set", "ops.make.config.bytes=1",
                           status=2)
        self.assertIn("the config of make differs from run " + first[-8:], err)
        self.assertIn('--strategy from_steps --select "make"', err)
        self.call("run", "reexecute", first, *MEND, "--set", "ops.make.config.bytes=1", "--select",
                  "make", "-q")
        self.assertEqual(self.last_run()["steps"]["succeeded"], 10)

    def test_a_run_that_ended_well_has_nothing_left(self):
        self.call("job", "run", "fan_out", "-q")
        _, err = self.call("run", "reexecute", self.last_run()["id"], status=4)
        self.assertIn("every step of it ended well", err)

    def test_selected_steps_only(self):
        self.call("job", "run", "fan_out", "-q", "--keep", "all")
        first = self.last_run()["id"]
        self.call("run", "reexecute", first, "--strategy", "selected", "--select", "next[i1]", "-q")
        self.assertEqual(self.steps(self.last_run()["id"]),
                         {"items": "REUSED", "next[i0]": "REUSED", "next[i1]": "SUCCESS",
                          "next[i2]": "REUSED"})
        _, err = self.call("run", "reexecute", first, "--select", "nxet", status=2)
        self.assertIn('column 1: no step is named "nxet"', err)

    def test_everything(self):
        first = self.failed_chain()
        self.call("run", "reexecute", first, *MEND, "--strategy", "all_steps", "-q")
        self.assertEqual(self.last_run()["steps"]["succeeded"], 10)

    def test_a_run_is_tried_again_by_its_tags(self):
        _, err = self.call("job", "run", "chain", "-q", *FAIL, "--tags", "penstock/max_retries=1",
                           status=1)
        self.assertIn("it is tried again, 1 of 1 times", err)
        runs = self.json("run", "list")["runs"]
        self.assertEqual([run["parent_run"] for run in runs], [runs[1]["id"], ""])
        self.assertEqual(runs[0]["tags"]["penstock/retry_number"], "1")
        self.assertEqual(runs[0]["steps"]["reused"], 9)
        _, err = self.call("job", "run", "chain", "-q", *FAIL, "--tags", "penstock/max_retries=1",
                           "--retry-on", "infrastructure", status=1)
        self.assertEqual(err, "")


class Selection(ReexecutionTest):
    def test_part_of_a_job_is_run(self):
        self.call("job", "run", "chain", "-q", "--op-selection", "make+2")
        self.assertEqual(list(self.steps(self.last_run()["id"])), ["make", "next1", "next2"])

    def test_a_selection_of_nothing_is_an_error(self):
        for nothing in ("", " "):
            _, err = self.call("job", "run", "chain", "--op-selection", nothing, status=2)
            self.assertIn(f'--op-selection: "{nothing}" selects nothing', err)
        self.call("job", "run", "chain", "-q")
        _, err = self.call("run", "reexecute", self.last_run()["id"], "--select", "", status=2)
        self.assertIn('--select: "" selects nothing', err)

    def test_inputs_that_nobody_gives_are_refused(self):
        _, err = self.call("job", "run", "chain", "--op-selection", "next3+", status=2)
        self.assertIn('step "next3" reads from next2, which is not selected', err)
        self.assertIn("run reexecute RUN --strategy selected", err)


class Resume(ReexecutionTest):
    program = program("recovery_main")

    def lost_run(self):
        """A run that has written a and b, and is killed in c."""
        process = self.start("job", "run", "parts", "--executor", "inline", "--on-worker-loss",
                             "resume", "--keep", "all")
        while not os.path.exists(self.path("waiting")):
            self.assertIsNone(process.poll(), "the run ended early")
            select.select([], [], [], 0.01)
        while self.last_run()["steps"]["running"] == 0:
            select.select([], [], [], 0.01)
        process.kill()
        process.communicate()
        os.remove(self.path("waiting"))
        open(self.path("go"), "w").close()
        return self.last_run()["id"]

    def check_resumed(self, run):
        shown = self.json("run", "show", run)
        self.assertEqual(shown["run"]["status"], "SUCCESS")
        self.assertEqual(self.steps(run), {"parts": "SUCCESS", "write_part[a]": "SUCCESS",
                                           "write_part[b]": "SUCCESS", "write_part[c]": "SUCCESS"})
        self.assertEqual(shown["run"]["steps"]["succeeded"], 4)
        starts = self.json("run", "events", run, "--type", "STEP_START")["events"]
        self.assertEqual([(event["step"], event.get("attempt", 0)) for event in starts],
                         [("parts", 0), ("write_part[a]", 0), ("write_part[b]", 0),
                          ("write_part[c]", 0), ("write_part[c]", 1)])
        self.assertEqual(sorted(os.listdir(self.path("out"))), ["a.txt", "b.txt", "c.txt"])

    def test_by_hand(self):
        run = self.lost_run()
        _, err = self.call("run", "resume", run, "-q")
        self.assertIn(f"run {run[-8:]} of parts goes on: process ", err)
        self.check_resumed(run)
        _, err = self.call("run", "resume", run, status=4)
        self.assertIn("has ended: SUCCESS", err)

    def test_by_the_next_start(self):
        run = self.lost_run()
        out, err = self.call("job", "run", "parts", "--json")
        self.assertIn(f"run {run[-8:]} of parts goes on", err)
        self.assertNotEqual(json.loads(out)["run"]["id"], run)
        self.check_resumed(run)


if __name__ == "__main__":
    unittest.main()
