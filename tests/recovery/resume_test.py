"""Runs whose process was lost go on: once, in their folder, and not for ever."""
import contextlib
import os
import select
import shutil
import subprocess
import unittest

from program_test import ProgramTest, program

RESUME = ("--on-worker-loss", "resume")


class ResumeTest(ProgramTest):
    program = program("recovery_main")

    def lost_run(self, *words):
        """A run that has written a and b, and is killed in c."""
        process = self.start("job", "run", "parts", "-q", *RESUME, *words)
        while not os.path.exists(self.path("waiting")):
            self.assertIsNone(process.poll(), "the run ended early")
            select.select([], [], [], 0.01)
        while self.last_run()["steps"]["succeeded"] < 3:
            select.select([], [], [], 0.01)
        process.kill()
        process.communicate()
        os.remove(self.path("waiting"))
        return self.last_run()["id"]

    def go(self):
        with open(self.path("go"), "w", encoding="utf-8"):
            pass

    def show(self, run):
        return self.json("run", "show", run)["run"]

    def events(self, run, kind):
        return self.json("run", "events", run, "--type", kind)["events"]

    @contextlib.contextmanager
    def elsewhere(self):
        folder, self.folder = self.folder, self.path("elsewhere")
        os.mkdir(self.folder)
        yield
        self.folder = folder


class Once(ResumeTest):
    def test_many_starters_resume_it_once(self):
        run = self.lost_run()
        self.go()
        starters = [self.start("job", "run", "parts", "-q") for _ in range(3)]
        by_hand = self.start("run", "resume", run, "-q")
        told = 0
        for starter in starters:
            _, err = starter.communicate(timeout=self.patience)
            self.assertEqual(starter.returncode, 0, err)
            told += err.count(f"run {run[-8:]} of parts goes on: ")
        _, err = by_hand.communicate(timeout=self.patience)
        self.assertIn(by_hand.returncode, (0, 4), err)
        told += err.count(f"run {run[-8:]} of parts goes on: ")
        self.assertEqual(told, 1)
        self.assertEqual(len(self.events(run, "run_resumed")), 1)
        self.assertEqual(self.show(run)["status"], "SUCCESS")
        self.assertTrue(self.json("storage", "verify")["ok"])

    def test_a_step_that_runs_again_counts_once(self):
        run = self.lost_run("--keep", "none")
        self.go()
        out, _ = self.call("run", "resume", run)
        self.assertIn("4 steps", out)
        self.assertEqual(self.show(run)["steps"]["succeeded"], 4)
        again = {event["step"] for event in self.events(run, "step_up_for_retry")
                 if event["payload"].get("succeeded")}
        self.assertEqual(again, {"parts"})
        self.assertTrue(self.json("storage", "verify")["ok"])


class Elsewhere(ResumeTest):
    def test_by_hand_is_refused(self):
        run = self.lost_run()
        folder = self.folder
        with self.elsewhere():
            _, err = self.call("run", "resume", run, status=4)
            self.assertIn(f"go to {folder}", err)
        self.assertEqual(self.show(run)["status"], "STARTED")

    def test_by_itself_it_is_left_as_it_is(self):
        run = self.lost_run()
        folder = self.folder
        with self.elsewhere():
            _, err = self.call("job", "run", "noop", "-q")
            self.assertEqual(os.listdir(self.folder), [])
        self.assertIn(f"run {run[-8:]} of parts lost its process and is left as it is", err)
        self.assertIn(f"go to {folder} and call recovery_main run resume {run[-8:]} there", err)
        self.assertEqual(self.show(run)["status"], "STARTED")
        self.go()
        self.call("run", "resume", run, "-q")
        self.assertEqual(self.show(run)["status"], "SUCCESS")


class Crash(ResumeTest):
    def crashed_run(self, job):
        self.call("job", "run", job, "-q", *RESUME, status=-9)
        return self.last_run()["id"]

    def test_a_step_that_may_have_ended_the_process_gets_one_of_its_own(self):
        process = self.start("job", "run", "crash", "-q", *RESUME)
        started = []
        while "crash" not in started:  # else the log may not come to know of it
            self.assertIsNone(process.poll(), "the run ended early")
            select.select([], [], [], 0.01)
            if os.path.exists(self.home_path("penstock.db")) and self.json("run", "list")["runs"]:
                run = self.last_run()["id"]
                started = [event["step"] for event in self.events(run, "step_start")]
        self.go()
        self.assertEqual(process.wait(self.patience), -9)
        _, err = self.call("job", "run", "noop", "-q")
        self.assertIn('step "crash" may have ended it and has a process of its own now', err)
        self.assertEqual(self.show(run)["status"], "FAILURE")
        retries = self.events(run, "step_up_for_retry")
        self.assertIn("has a process of its own now", retries[0]["payload"]["reason"])
        out, _ = self.call("run", "explain", run, "crash")
        self.assertIn("has a process of its own now", out)
        _, err = self.call("job", "run", "noop", "-q")
        self.assertEqual(err, "")

    def test_when_none_is_known_to_have_run_all_get_one(self):
        self.go()
        run = self.crashed_run("crash")
        starts = 0
        while not self.show(run)["ended"]:  # the log may know of the step before it only
            starts += 1
            self.assertLess(starts, 5)
            _, err = self.start("job", "run", "noop", "-q").communicate(timeout=self.patience)
            self.assertRegex(err, f"run {run[-8:]} of crash goes on: .* process(es)? of .* own now")
        self.assertEqual(self.show(run)["failure_reason"], "SIGNAL")

    def test_where_it_cannot_it_is_resumed_once(self):
        run = self.crashed_run("crash_here")
        crashes = 0
        while not self.show(run)["ended"]:  # the first may be a success of the step before it
            starter = self.start("job", "run", "noop", "-q")
            _, err = starter.communicate(timeout=self.patience)
            crashes += starter.returncode == -9
            self.assertLess(crashes, 3)
        self.assertGreater(crashes, 0)
        self.assertIn(f"run {run[-8:]} of crash_here is recorded as lost", err)
        self.assertIn("it was resumed once in a row and no further step has succeeded since", err)
        self.assertRegex(err, "step .* may have ended its process and cannot have one of its own")
        lost = self.show(run)
        self.assertEqual((lost["status"], lost["failure_reason"]), ("FAILURE", "WORKER_LOST"))

    def test_by_hand_it_is_resumed_all_the_same(self):
        run = self.crashed_run("crash_here")
        for _ in range(2):
            self.call("run", "resume", run, "-q", status=-9)
        self.assertEqual(len(self.events(run, "run_resumed")), 2)


class Namespace(ResumeTest):
    def isolated(self, *words):
        unshare = shutil.which("unshare")
        if unshare is None:
            self.skipTest("there is no unshare")
        call = [unshare, "--map-root-user", "--user", "--pid", "--fork", "--mount-proc"]
        if subprocess.run([*call, "true"], capture_output=True, check=False).returncode != 0:
            self.skipTest("no PID namespace can be made here")
        return subprocess.run([*call, self.program, *words], cwd=self.folder, text=True,
                              env=self.environment, capture_output=True, check=False,
                              timeout=self.patience)

    def test_a_process_of_another_one_is_not_taken_for_gone(self):
        process = self.start("job", "run", "parts", "-q")
        while not os.path.exists(self.path("waiting")):
            self.assertIsNone(process.poll(), "the run ended early")
            select.select([], [], [], 0.01)
        run = self.last_run()["id"]
        other = self.isolated("job", "run", "noop", "-q")
        self.assertEqual((other.returncode, other.stderr), (0, ""))
        self.assertEqual(self.show(run)["status"], "STARTED")
        refused = self.isolated("run", "cancel", run)
        self.assertEqual(refused.returncode, 4, refused.stderr)
        self.assertIn("is in another PID namespace", refused.stderr)
        forced = self.isolated("run", "cancel", run, "--force")
        self.assertEqual(forced.returncode, 0, forced.stderr)
        self.assertEqual(self.show(run)["status"], "CANCELED")


if __name__ == "__main__":
    unittest.main()
