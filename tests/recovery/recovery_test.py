"""The real program is killed in the middle of a run, canceled, and its log looked after."""
import contextlib
import os
import pathlib
import select
import shutil
import signal
import sqlite3
import unittest

from program_test import ProgramTest, program

FIXTURES = pathlib.Path(__file__).parent / "fixtures"
VERSION = 4  # of the log's format


class RecoveryTest(ProgramTest):
    program = program("recovery_main")

    def begin_run(self):
        """A run that has written a and b, and waits in c."""
        process = self.start("job", "run", "parts", "--executor", "inline")
        while not os.path.exists(self.path("waiting")):
            self.assertIsNone(process.poll(), "the run ended early")
            select.select([], [], [], 0.01)
        # What the log has is what a killed process leaves: wait until it is there.
        while not self.has_log() or len(self.steps_started()) < 4:
            select.select([], [], [], 0.01)
        os.remove(self.path("waiting"))
        return process

    def has_log(self):
        return os.path.exists(self.home_path("penstock.db"))

    def steps_started(self):
        run = self.json("run", "list")["runs"][0]["id"]
        return self.json("run", "events", run, "--type", "step_start")["events"]

    def kill_run(self):
        process = self.begin_run()
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return self.last_run()["id"]

    def show(self, run):
        return self.json("run", "show", run)["run"]

    def go(self):
        with open(self.path("go"), "w", encoding="utf-8"):
            pass

    def outputs(self):
        found = {}
        for name in os.listdir(self.path("out")):
            with open(self.path("out", name), "rb") as file:
                found[name] = file.read()
        return found


class Killed(RecoveryTest):
    def test_next_start_records_it_and_finished_work_is_intact(self):
        run = self.kill_run()
        self.assertTrue(self.last_run()["process_gone"])
        self.assertEqual(self.last_run()["status"], "STARTED")
        before = self.outputs()
        self.assertEqual(len(before), 3, "two files and a temporary")
        self.go()
        _, err = self.call("job", "run", "parts")
        self.assertRegex(err, rf"warning: run {run[-8:]} of parts is recorded as lost: process \d+ "
                              r"on .* ended before the run did; 1 step was running; last came "
                              r"STEP_START of step .*; unfinished files removed: 1")
        lost = self.show(run)
        self.assertEqual((lost["status"], lost["failure_reason"]), ("FAILURE", "WORKER_LOST"))
        self.assertEqual((lost["steps"]["failed"], lost["steps"]["succeeded"]), (1, 3))
        failure = self.json("run", "events", run, "--type", "step_failure")["events"]
        self.assertEqual([event["payload"]["failure_class"] for event in failure],
                         ["infrastructure"])
        after = self.outputs()
        self.assertEqual(sorted(after), ["a.txt", "b.txt", "c.txt"])
        for name in ("a.txt", "b.txt"):
            self.assertEqual(after[name], before[name])
        self.assertEqual(self.last_run()["status"], "SUCCESS")
        self.assertTrue(self.json("storage", "verify")["ok"])

    def test_many_starters_record_it_once(self):
        run = self.kill_run()
        self.go()
        starters = [self.start("job", "run", "parts", "-q") for _ in range(4)]
        warned = 0
        for starter in starters:
            _, err = starter.communicate(timeout=120)
            self.assertEqual(starter.returncode, 0, err)
            warned += err.count("is recorded as lost")
        self.assertEqual(warned, 1)
        ends = self.json("run", "events", run, "--type", "run_failure", "--type", "step_failure")
        self.assertEqual([event["type"] for event in ends["events"]],
                         ["STEP_FAILURE", "RUN_FAILURE"])

    def test_a_run_that_goes_on_is_left_alone(self):
        process = self.begin_run()
        run = self.last_run()["id"]
        other = self.start("job", "run", "parts", "-q")
        self.go()
        self.assertNotIn("recorded as lost", other.communicate(timeout=120)[1])
        process.communicate(timeout=120)
        self.assertEqual(self.show(run)["status"], "SUCCESS")


class Cancel(RecoveryTest):
    def test_asks_the_process_and_waits(self):
        process = self.begin_run()
        run = self.last_run()["id"]
        out, _ = self.call("run", "cancel", run)
        self.assertTrue(out.startswith(f"CANCELED  {run}  1 step canceled, 3 had"), out)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130)
        self.assertIn("has ended already: CANCELED", self.call("run", "cancel", run, status=4)[1])

    def test_force_ends_the_run_at_once_and_fences_its_process(self):
        process = self.begin_run()
        run = self.last_run()["id"]
        canceled = self.json("run", "cancel", run, "--force")
        self.assertEqual((canceled["status"], canceled["interrupted"]), ("CANCELED", 1))
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130)
        events = self.json("run", "events", run)["events"]
        types = [event["type"] for event in events]
        self.assertEqual(types[-3:], ["RUN_CANCELING", "STEP_CANCELED", "RUN_CANCELED"])
        self.assertEqual(events[-3]["payload"], {"by": "force", "mode": "force"})

    def test_a_lost_run_is_canceled_by_force_only(self):
        run = self.kill_run()
        self.assertIn("lives no more; --force records it as canceled",
                      self.call("run", "cancel", run, status=4)[1])
        canceled = self.json("run", "cancel", run, "--force")
        self.assertEqual((canceled["schema"], canceled["status"], canceled["interrupted"]),
                         ("run_cancel.v1", "CANCELED", 1))
        verified = self.json("storage", "verify", status=1)
        self.assertEqual([finding["kind"] for finding in verified["findings"]], ["leftover"])


class Keep(RecoveryTest):
    def setUp(self):
        super().setUp()
        self.go()
        for _ in range(3):
            self.call("job", "run", "parts", "-q")
        self.runs = [run["id"] for run in self.json("run", "list")["runs"]]

    def test_delete(self):
        old = self.runs[2]
        self.assertIn("add --yes", self.call("run", "delete", old, status=4)[1])
        self.assertEqual(len(self.json("run", "list")["runs"]), 3)
        deleted = self.json("run", "delete", self.runs[0], old, "--yes")
        self.assertEqual([run["id"] for run in deleted["runs"]], [self.runs[0], old])
        self.assertEqual([run["id"] for run in self.json("run", "list")["runs"]], [self.runs[1]])
        self.call("run", "show", old, status=3)
        verified = self.json("storage", "verify")
        self.assertEqual((verified["ok"], verified["files"]), (True, 3), "asset records survive")

    def test_gc(self):
        self.assertEqual(self.json("gc")["runs"], [], "runs stay unless a rule lets them go")
        self.assertIn("is not a length of time", self.call("gc", "--older-than", "x", status=2)[1])
        self.assertEqual(self.json("gc", "--older-than", "1h")["runs"], [])
        dry = self.json("gc", "--keep-last", "1", "--dry-run")
        self.assertEqual((dry["deleted"], len(dry["runs"])), (False, 2))
        self.assertEqual(len(self.json("run", "list")["runs"]), 3)
        self.call("gc", "--keep-last", "1", "--older-than", "0s")
        self.assertEqual([run["id"] for run in self.json("run", "list")["runs"]], self.runs[:1])
        self.call("storage", "rebuild")
        self.assertTrue(self.json("storage", "verify")["ok"])

    def test_verify_finds_what_is_missing_or_changed(self):
        self.assertIn("ok: the log is sound, 3 files", self.call("storage", "verify")[0])
        os.remove(self.path("out", "a.txt"))
        with open(self.path("out", "b.txt"), "a", encoding="utf-8") as file:
            file.write("more")
        findings = self.json("storage", "verify", status=1)["findings"]
        self.assertEqual([finding["kind"] for finding in findings], ["missing_file", "wrong_size"])
        self.assertIn("a.txt", findings[0]["subject"])
        self.assertIn("has 11 bytes and 7 were recorded", findings[1]["message"])

    def test_backup_of_a_damaged_log_is_refused(self):
        os.mkdir(self.path("copy"))
        damaged = self.path("copy", "penstock.db")
        self.call("storage", "backup", damaged)
        with open(damaged, "r+b") as file:
            file.seek(4 * 4096)
            file.write(b"\xff" * 4096 * 4)
        again = self.path("copy", "again.db")
        _, err = self.call("storage", "backup", again, "--home", self.path("copy"), status=1)
        self.assertIn("is damaged", err)
        self.assertEqual([name for name in os.listdir(self.path("copy")) if "again" in name], [])

    def test_backup_into_a_folder_that_is_not_there(self):
        _, err = self.call("storage", "backup", "nodir/x.db", status=3)
        self.assertIn("cannot make nodir/x.db: there is no folder nodir", err)

    def test_backup_opens(self):
        os.mkdir(self.path("copy"))
        copy = self.path("copy", "penstock.db")
        self.call("storage", "backup", copy)
        listed = self.json("run", "list", "--home", self.path("copy"))["runs"]
        self.assertEqual([run["id"] for run in listed], self.runs)
        self.assertIn("exists already", self.call("storage", "backup", copy, status=4)[1])
        self.assertEqual(self.json("storage", "migrate")["version"], VERSION)


class Backup(RecoveryTest):
    def test_is_taken_while_a_run_goes_on_and_can_be_restored(self):
        process = self.begin_run()
        run = self.last_run()["id"]
        os.mkdir(self.path("copy"))
        self.call("storage", "backup", self.path("copy", "penstock.db"))
        self.go()
        process.communicate(timeout=120)
        self.assertEqual(self.show(run)["status"], "SUCCESS")
        # Restored, it is the log of that moment: the run had not ended, and its process is gone.
        self.environment["PENSTOCK_HOME"] = self.path("copy")
        self.assertEqual(self.show(run)["status"], "STARTED")
        self.call("job", "run", "parts")
        self.assertEqual(self.show(run)["failure_reason"], "WORKER_LOST")
        self.assertTrue(self.json("storage", "verify")["ok"])


class OldVersions(RecoveryTest):
    """Logs as earlier versions wrote them: fixtures/version_N.db, made by make_fixture.py."""

    def test_are_read_whole_and_written_on(self):
        fixtures = sorted(FIXTURES.glob("version_*.db"))
        self.assertTrue(fixtures)
        for fixture in fixtures:
            with self.subTest(fixture=fixture.name):
                shutil.rmtree(self.home, ignore_errors=True)
                os.mkdir(self.home)
                shutil.copy(fixture, self.home_path("penstock.db"))
                self.check_log()

    def test_a_command_that_migrates_says_so_and_keeps_a_copy(self):
        os.mkdir(self.home)
        shutil.copy(FIXTURES / "version_2.db", self.home_path("penstock.db"))
        _, err = self.call("run", "list")
        copy = self.home_path("penstock.db.version-2")
        self.assertEqual(err, f"warning: event log {self.home_path('penstock.db')} was of version 2"
                              f" and is now of version {VERSION}: older programs cannot read it any"
                              f" more; as it was, it is kept in {copy}\n")
        with contextlib.closing(sqlite3.connect(copy)) as kept:
            self.assertEqual(kept.execute("PRAGMA user_version").fetchone(), (2,))
        self.assertEqual(self.call("run", "list")[1], "")

    def check_log(self):
        self.assertEqual(self.json("storage", "migrate")["version"], VERSION)
        runs = self.json("run", "list")["runs"]
        self.assertEqual([run["status"] for run in runs], ["SUCCESS", "FAILURE", "SUCCESS"])
        self.assertEqual(runs[1]["failure_reason"], "WORKER_LOST")
        for run in runs:
            self.assertEqual(self.show(run["id"])["job"], "parts")
            events = self.json("run", "events", run["id"])["events"]
            self.assertEqual(events[0]["type"], "RUN_STARTING")
            self.assertEqual(events[-1]["type"], "RUN_" + run["status"])
        findings = self.json("storage", "verify", status=1)["findings"]
        self.assertEqual({finding["kind"] for finding in findings}, {"missing_file"},
                         "the log is sound; its files were never here")
        self.go()
        self.call("job", "run", "parts")
        self.assertTrue(self.json("storage", "verify")["ok"])


if __name__ == "__main__":
    unittest.main()
