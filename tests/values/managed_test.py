"""Files of IO managers: what the log names is there, whatever kills the program in between."""
import concurrent.futures
import json
import os
import unittest

import crash
from program_test import program
from values_test import ValuesTest

RUN = ("managed", "-q", "--executor", "inline")
FILES = ["parts.result%5Ba%5D.value", "parts.result%5Bb%5D.value", "summarize.result.json",
         "tabulate.result.parquet"]


class Verified(ValuesTest):
    def setUp(self):
        super().setUp()
        self.run_managed()

    def run_managed(self):
        self.call("job", "run", *RUN)
        return self.last_run()["id"]

    def out(self, name):
        return self.path("out", "managed", name)

    def names(self):
        return sorted(os.listdir(self.path("out", "managed")))

    def test_files_are_named_with_size_and_hash(self):
        run = self.run_managed()
        handled = self.events(run, "handled_output")
        self.assertEqual(self.names(), FILES)
        self.assertEqual(sorted(event["payload"]["object"] for event in handled),
                         [f"out/managed/{name}" for name in self.names()])
        for event in handled:
            body = event["payload"]
            self.assertEqual(body["bytes"], os.path.getsize(self.path(body["object"])))
            self.assertRegex(body["hash"], "^crc64:[0-9a-f]{16}$")
            name = os.path.basename(body["object"])
            self.assertTrue(body["staged"].startswith(f".{name}.{run[-8:]}-0."), body["staged"])
        self.assertEqual(self.verify(), [], "an older run's file was replaced by a newer one's")

    def test_missing_and_changed_files_are_found(self):
        os.remove(self.out("tabulate.result.parquet"))
        with open(self.out("summarize.result.json"), "r+b") as file:
            file.write(b"?")
        with open(self.out(self.names()[0]), "ab") as file:
            file.write(b"more")
        findings = self.verify(status=1)
        self.assertEqual(
            [(finding["kind"], os.path.basename(finding["subject"])) for finding in findings],
            [("damaged_file", self.names()[0]), ("damaged_file", "summarize.result.json"),
             ("missing_file", "tabulate.result.parquet")])
        self.assertIn('bytes and 5009 were stored; step "parts" of run', findings[0]["message"])
        self.assertIn("its hash is crc64:", findings[1]["message"])
        self.assertIn('it is not there; step "tabulate" of run', findings[2]["message"])

    def test_a_file_of_a_deleted_run_is_not_held_against_an_older_one(self):
        newest = self.run_managed_with("bytes=70")
        self.call("run", "delete", newest, "--yes")
        self.assertEqual(self.verify(), [])

    def run_managed_with(self, size):
        self.call("job", "run", *RUN, "--set", f"ops.parts.config.{size}")
        return self.last_run()["id"]

    def test_gc_removes_what_a_killed_process_left(self):
        left = self.out(".parts.result.value.3f2a91bc-0.4194305-0.tmp")
        with open(left, "wb") as file:
            file.write(b"half")
        self.assertEqual([finding["kind"] for finding in self.verify(status=1)], ["leftover"])
        self.assertEqual(self.json("gc", "--dry-run")["temporaries"], [os.path.realpath(left)])
        self.assertTrue(os.path.exists(left))
        self.assertEqual(self.json("gc")["temporaries"], [os.path.realpath(left)])
        self.assertFalse(os.path.exists(left))
        self.assertEqual(self.verify(), [])


class Reexecuted(ValuesTest):
    """A later run takes files of an earlier one only as that run stored them."""

    def run_job(self, job, *words, status=0):
        self.call("job", "run", job, "-q", *words, status=status)
        return self.last_run()["id"]

    def plan(self, run, *words):
        """Which steps a re-execution would run, and the notices."""
        plan = self.json("run", "reexecute", run, *words, "--dry-run")
        return [step["step"] for step in plan["steps"] if step["runs"]], plan["notices"]

    def summary(self):
        with open(self.path("out", "managed", "summarize.result.json"), encoding="utf-8") as file:
            return json.load(file)["bytes"]

    def test_what_a_newer_run_wrote_over_is_made_again(self):
        first = self.run_job("managed", "--set", "ops.parts.config.bytes=5")
        self.run_job("managed", "--set", "ops.parts.config.bytes=50")
        runs, notices = self.plan(first, "--select", "summarize")
        self.assertEqual(runs, ["parts", "summarize"])
        self.assertIn(f"parts.result%5Ba%5D.value has been changed since run {first[-8:]} stored "
                      "it: it has ", notices[0])
        self.assertIn("; summarize reads it", notices[0])
        _, err = self.call("run", "reexecute", first, "--select", "summarize", "-q")
        self.assertIn(f"run again although run {first[-8:]} had them:\n  parts: ", err)
        self.assertEqual(self.summary(), 12)

    def test_what_is_gone_is_made_again(self):
        run = self.run_job("managed")
        for name in os.listdir(self.path("out", "managed")):
            os.remove(self.path("out", "managed", name))
        runs, notices = self.plan(run, "--select", "tabulate")
        self.assertEqual(runs, ["parts", "tabulate"])
        self.assertIn(f"is not there any more; run {run[-8:]} stored it; tabulate reads it",
                      notices[0])
        self.call("run", "reexecute", run, "--select", "tabulate", "-q")
        self.assertEqual(self.last_run()["steps"]["succeeded"], 2)

    def test_only_what_is_read_is_looked_at(self):
        run = self.run_job("managed")
        os.remove(self.path("out", "managed", "summarize.result.json"))
        self.assertEqual(self.plan(run, "--select", "tabulate"), (["tabulate"], []))

    def test_a_manager_of_ones_own_is_not_given_what_another_run_wrote(self):
        fail = ("--set", "ops.measure.config.fail=true", "--set", "ops.make.config.bytes=5")
        first = self.run_job("own", *fail, status=1)
        self.run_job("own", "--set", "ops.make.config.bytes=50")
        mend = ("--set", "ops.measure.config.fail=false")
        self.assertEqual(self.plan(first, *mend)[0], ["make", "measure"])
        self.call("run", "reexecute", first, *mend, "-q")
        self.assertEqual(os.path.getsize(self.path("out", "own", "make.txt")), 5)

    def test_paths_begin_in_the_folder_of_the_run_that_stored_them(self):
        run = self.run_job("managed", "--set", "ops.parts.config.bytes=5")
        home, self.folder = self.folder, self.path("elsewhere")
        os.mkdir(self.folder)
        self.assertEqual(self.plan(run, "--select", "summarize"), (["summarize"], []))
        self.call("run", "reexecute", run, "--select", "summarize", "-q")
        self.assertEqual(self.summary(), 12)
        self.assertEqual(os.listdir(self.path("out", "managed")), ["summarize.result.json"])
        again = self.last_run()["id"]
        self.folder = home
        self.assertEqual(self.plan(again, "--select", "tabulate"), (["tabulate"], []))
        self.assertEqual(self.verify(), [])


class Distinct(ValuesTest):
    def test_two_items_with_one_path_fail_their_step(self):
        _, err = self.call("job", "run", "managed", "-q", "--set",
                           'resources.encoded.config={folder: out, path: "same"}', status=1)
        run = self.last_run()["id"]
        failed = self.events(run, "step_failure")
        self.assertEqual([event["step"] for event in failed], ["parts"], err)
        self.assertEqual(
            failed[0]["payload"]["error"]["message"],
            'item "b" of output "result" of step "parts" would replace item "a" of output "result" '
            'of step "parts", which this run stored in out/same.value; give each a path of its '
            "own, such as with {step}, {output} or {key}")
        self.assertEqual(self.events(run, "handled_output")[0]["payload"]["mapping_key"], "a")
        self.assertEqual(self.verify(), [])


class Killed(unittest.TestCase):
    """As tests/recovery/crash_test.py, for a job whose outputs IO managers store."""

    @classmethod
    def setUpClass(cls):
        cls.subject = crash.Subject(program("values_main"), RUN).learn()

    def each(self, faults, stride, template=None):
        calls = self.subject.calls
        if template:
            calls = crash.count_calls(self.subject, self.subject.run, template)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            waiting = [pool.submit(crash.one_fault, self.subject, self.subject.run,
                                   faults[i % len(faults)], number, template)
                       for i, number in enumerate(range(1, calls + 1, stride))]
            for trial in waiting:
                trial.result()

    def test_at_every_call(self):
        self.each(crash.KILLS, 1)

    def test_when_files_are_there_from_before(self):
        whole = crash.Template(self.subject, lambda trial: trial.succeed(*self.subject.run))
        self.addCleanup(whole.close)
        self.each(crash.KILLS, 3, whole)

    def test_refused_at_many_calls(self):
        self.each(crash.REFUSALS, 5)


if __name__ == "__main__":
    unittest.main()
