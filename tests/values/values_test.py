"""What the real program keeps of values on disk, and what it frees again."""
import os
import sqlite3
import unittest

from program_test import ProgramTest, program

NOBODY = "01890a5d-ac96-774b-bcce-b302099a8057"  # a run that never was
FAIL = ("--set", "ops.measure.config.fail=true")


class ValuesTest(ProgramTest):
    program = program("values_main")

    def run_chain(self, *words, status=0):
        self.call("job", "run", "chain", "-q", *words, status=status)
        return self.last_run()["id"]

    def files(self):
        """Names of stored values, below the folder of their run."""
        return sorted(name for _, _, names in os.walk(self.home_path("values")) for name in names)

    def events(self, run, kind):
        return self.json("run", "events", run, "--type", kind)["events"]

    def verify(self, status=0):
        return self.json("storage", "verify", status=status)["findings"]


class Kept(ValuesTest):
    def test_a_run_that_succeeds_leaves_nothing(self):
        for keep in ("none", "failed"):
            self.run_chain("--keep", keep)
        self.assertFalse(os.path.exists(self.home_path("values")))

    def test_none_leaves_nothing_of_a_failed_run(self):
        self.run_chain("--keep", "none", *FAIL, status=1)
        self.assertFalse(os.path.exists(self.home_path("values")))

    def test_failed_keeps_what_the_failed_step_needed(self):
        run = self.run_chain(*FAIL, status=1)
        self.assertEqual(self.files(), ["next8.0.result"])
        handled = self.events(run, "handled_output")
        self.assertEqual([event["step"] for event in handled], ["next8"])
        self.assertEqual(handled[0]["payload"]["object"], f"values/{run}/next8.0.result")
        self.assertEqual(self.verify(), [])

    def test_all_keeps_everything_until_the_run_is_deleted(self):
        run = self.run_chain("--keep", "all")
        self.assertEqual(len(self.files()), 9)
        self.assertEqual(len(self.events(run, "handled_output")), 10, "a small one is in the log")
        self.assertEqual(self.verify(), [])
        deleted = self.json("run", "delete", run, "--yes")
        self.assertGreater(deleted["value_bytes"], 9 * 5000)
        self.assertEqual(os.listdir(self.home_path("values")), [])
        self.assertEqual(self.verify(), [])

    def test_types_that_stay_in_their_process_are_refused(self):
        out = self.call("job", "run", "files", "--keep", "all", status=2)[1]
        self.assertIn('step "open_file": keep "all" stores output "result", and values of type',
                      out)
        self.call("job", "run", "files", "-q")
        self.assertIn('--keep: "some" does not say what is kept; expected none, failed or all',
                      self.call("job", "run", "chain", "--keep", "some", status=2)[1])

    def test_many_runs_leave_no_more_than_the_last_failed_one(self):
        for _ in range(10):
            self.run_chain()
        self.run_chain(*FAIL, status=1)
        self.assertEqual(self.files(), ["next8.0.result"])


class Freed(ValuesTest):
    def test_gc_frees_what_has_outlived_its_use(self):
        run = self.run_chain(*FAIL, status=1)
        kept = self.run_chain("--keep", "all")
        self.assertEqual(os.listdir(self.home_path("checkpoints")), [run])
        self.assertEqual(self.json("gc")["values"], [])
        dry = self.json("gc", "--failed-ttl", "0s", "--dry-run")
        self.assertEqual([(value["object"], value["cause"]) for value in dry["values"]],
                         [(f"values/{run}/next8.0.result", "ttl")])
        self.assertEqual(len(self.files()), 10)
        done = self.json("gc", "--failed-ttl", "0s")
        self.assertEqual(done["values"], dry["values"])
        self.assertEqual(done["value_bytes"], dry["value_bytes"])
        self.assertEqual(len(self.files()), 9)
        self.assertEqual((done["leftovers"], dry["leftovers"]), ([run], [run]))
        self.assertEqual(os.listdir(self.home_path("checkpoints")), [])
        deleted = self.events(run, "intermediate_deleted")
        self.assertEqual(len(deleted), 1)
        self.assertEqual(self.verify(), [])
        self.assertEqual(self.events(kept, "intermediate_deleted"), [])

    def test_gc_keeps_within_a_size_and_the_oldest_go_first(self):
        old = self.run_chain("--keep", "all")
        self.run_chain("--keep", "all")
        dry = self.json("gc", "--max-bytes", "50000", "--dry-run")
        done = self.json("gc", "--max-bytes", "50000")
        self.assertEqual(done["values"], dry["values"])
        self.assertEqual({value["run"] for value in done["values"]}, {old})
        sizes = [os.path.getsize(os.path.join(folder, name))
                 for folder, _, names in os.walk(self.home_path("values")) for name in names]
        self.assertLessEqual(sum(sizes), 50000)
        self.assertGreater(sum(sizes), 40000)
        self.assertEqual(self.verify(), [])

    def test_gc_deletes_runs_with_their_values(self):
        self.run_chain("--keep", "all")
        newest = self.run_chain("--keep", "all")
        dry = self.json("gc", "--keep-last", "1", "--dry-run")
        done = self.json("gc", "--keep-last", "1")
        self.assertEqual(done["values"], dry["values"])
        self.assertEqual(len(done["values"]), 9)
        self.assertEqual(os.listdir(self.home_path("values")), [newest])
        self.assertEqual(self.verify(), [])


class Needed(ValuesTest):
    """What a failed re-execution would need of earlier runs stays."""

    def setUp(self):
        super().setUp()
        self.first = self.run_chain(*FAIL, status=1)
        self.call("run", "reexecute", self.first, "-q", status=1)
        self.second = self.last_run()["id"]

    def reused(self):
        return self.json("run", "reexecute", self.second, "--dry-run")["reused"]

    def test_gc_leaves_it_and_says_so(self):
        done = self.json("gc", "--keep-last", "1")
        self.assertEqual((done["runs"], done["values"]), ([], []))
        self.assertEqual(done["spared"], [{"run": self.first, "job": "chain",
                                           "needed_by": self.second}])
        out, _ = self.call("gc", "--keep-last", "1")
        self.assertIn(f"stays  {self.first}", out)
        self.assertIn(f"run {self.second[-8:]}, which did not succeed, needs it", out)
        self.assertEqual(self.reused(), 9)

    def test_gc_takes_it_when_nobody_needs_it_any_more(self):
        self.assertEqual(len(self.json("gc", "--keep-last", "0", "--dry-run")["runs"]), 2,
                         "who needs it goes, too")
        self.assertEqual(
            [run["id"] for run in
             self.json("gc", "--keep-last", "1", "--failed-ttl", "0s", "--dry-run")["runs"]],
            [self.first], "the time for which failed runs keep values has passed")
        self.call("run", "reexecute", self.second, "-q", "--set", "ops.measure.config.fail=false")
        third = self.last_run()["id"]
        done = self.json("gc", "--keep-last", "1")
        self.assertEqual(done["spared"], [])
        self.assertEqual([run["id"] for run in self.json("run", "list")["runs"]], [third])

    def test_a_run_that_ran_everything_needs_nothing(self):
        self.call("run", "reexecute", self.first, "-q", "--strategy", "all_steps", status=1)
        third = self.last_run()["id"]
        self.assertEqual(len(self.json("gc", "--keep-last", "1")["runs"]), 2)
        self.assertEqual([run["id"] for run in self.json("run", "list")["runs"]], [third])

    def test_run_delete_takes_it_and_says_so(self):
        _, err = self.call("run", "delete", self.first, "--yes")
        self.assertIn(f"run {self.second[-8:]}, which did not succeed, needs what run "
                      f"{self.first[-8:]} gave", err)
        self.assertEqual(self.reused(), 0)


class Verified(ValuesTest):
    def setUp(self):
        super().setUp()
        self.run_id = self.run_chain("--keep", "all")
        self.stored = self.home_path("values", self.run_id)

    def test_missing_damaged_and_unknown_files_are_found(self):
        os.remove(os.path.join(self.stored, "next1.0.result"))
        with open(os.path.join(self.stored, "next2.0.result"), "r+b") as file:
            file.seek(100)
            file.write(b"?")
        with open(os.path.join(self.stored, "next3.0.result"), "ab") as file:
            file.write(b"more")
        with open(os.path.join(self.stored, "other"), "wb") as file:
            file.write(b"nobody knows")
        findings = self.verify(status=1)
        found = [(finding["kind"], os.path.basename(finding["subject"])) for finding in findings]
        self.assertEqual(found, [("missing_value", "next1.0.result"),
                                 ("damaged_value", "next2.0.result"),
                                 ("damaged_value", "next3.0.result"), ("orphan_value", "other")])
        self.assertIn("is gone; step \"next1\" of run", findings[0]["message"])
        self.assertIn("its hash is crc64:", findings[1]["message"])

    def test_a_flipped_bit_in_a_checkpoint_is_found(self):
        run = self.run_chain(*FAIL, status=1)
        files = [os.path.join(folder, name)
                 for folder, _, names in os.walk(self.home_path("checkpoints", run))
                 for name in names]
        self.assertEqual(len(files), 1)
        self.assertEqual(self.verify(), [])
        with open(files[0], "rb") as file:
            good = file.read()
        for bit in (0, 8 * 12 + 3, 8 * len(good) - 1):
            bad = bytearray(good)
            bad[bit // 8] ^= 1 << bit % 8
            with open(files[0], "wb") as file:
                file.write(bad)
            findings = self.verify(status=1)
            self.assertEqual([finding["kind"] for finding in findings], ["damaged_checkpoint"])
            self.assertTrue(
                findings[0]["subject"].endswith(f"checkpoints/{run}/measure/checkpoint"), findings)
            self.assertIn("is damaged: ", findings[0]["message"])
            self.assertIn("delete the file to run the step from its start",
                          findings[0]["message"])

    def test_a_value_in_the_log_is_held_against_its_hash(self):
        log = sqlite3.connect(self.home_path("penstock.db"))
        with log:
            changed = log.execute(
                "update events set payload = replace(payload, 'data:', 'data:AAAA')"
                " where payload like '%\"data:%'").rowcount
        log.close()
        self.assertEqual(changed, 1)
        damaged = [finding for finding in self.verify(status=1)
                   if finding["kind"] == "damaged_value"]
        self.assertEqual([finding["subject"] for finding in damaged], ["in the log"])
        self.assertIn("stored value in the log is damaged: ", damaged[0]["message"])

    def test_gc_removes_what_a_crash_left(self):
        for name in ("other", ".next1.1.result.4194305-0.tmp"):
            with open(os.path.join(self.stored, name), "wb") as file:
                file.write(b"half")
        os.mkdir(self.home_path("values", NOBODY))
        with open(self.home_path("values", NOBODY, "a"), "wb") as file:
            file.write(b"of a run that was never committed")
        done = self.json("gc")
        self.assertEqual([value["cause"] for value in done["values"]], ["orphan"] * 3)
        self.assertEqual(os.listdir(self.home_path("values")), [self.run_id])
        self.assertEqual(self.verify(), [])


if __name__ == "__main__":
    unittest.main()
