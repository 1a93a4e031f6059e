"""Starts the sample program for tests; small checks for them."""
import json
import os
import re

from program_test import ProgramTest, program

PROGRAM = program("sample_main")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class SampleTest(ProgramTest):
    program = PROGRAM

    def json(self, *words, status=0, **environment):
        """As ever; standard error must be empty, too."""
        out, err = self.call(*words, "--json", status=status, **environment)
        self.assertEqual(err, "")
        return json.loads(out)

    def begin_waiting_run(self, *words):
        """Start the job that waits, and wait until its step runs; the process."""
        process = self.start(*(words or ("job", "run", "wait")))
        while not os.path.exists(self.home_path("penstock.db")) \
                or "1 running" not in self.call("run", "list")[0]:
            self.assertIsNone(process.poll())
        return process

    def assert_in_order(self, text, *parts):
        """Each part occurs in the text, after the part before it."""
        at = 0
        for part in parts:
            found = text.find(part, at)
            self.assertGreaterEqual(found, 0, f"{part!r} is not in, or not in order in:\n{text}")
            at = found + len(part)

    def assert_plain(self, text):
        self.assertIsNone(CONTROL.search(text), repr(text))
