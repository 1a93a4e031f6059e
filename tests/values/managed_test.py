"""Files of IO managers: what the log names is there, whatever kills the program in between."""
import concurrent.futures
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
