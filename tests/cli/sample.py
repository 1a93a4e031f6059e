"""Starts the sample program for tests, in a home folder of its own; small checks for them."""
import json
import os
import re
import subprocess
import tempfile
import unittest

PROGRAM = os.path.join(os.environ["PENSTOCK_BINARY_DIR"], "bin", "sample_main")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class SampleTest(unittest.TestCase):
    """Gives each test an empty home folder."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.environment = {"PATH": os.environ["PATH"], "TZ": "UTC", "LC_ALL": "C.UTF-8",
                            "PENSTOCK_HOME": os.path.join(self.folder, "home")}
        for name in ("ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"):
            if name in os.environ:
                self.environment[name] = os.environ[name]

    def call(self, *words, status=0, **environment):
        """Run the program; its standard output and error. The exit status must be as expected."""
        done = subprocess.run([PROGRAM, *words], cwd=self.folder, capture_output=True, text=True,
                              env={**self.environment, **environment}, timeout=120)
        self.assertEqual(done.returncode, status, f"{words}\n{done.stdout}\n{done.stderr}")
        return done.stdout, done.stderr

    def json(self, *words, status=0, **environment):
        """Run with --json; standard output must be one JSON value, standard error empty."""
        out, err = self.call(*words, "--json", status=status, **environment)
        self.assertEqual(err, "")
        return json.loads(out)

    def last_run(self):
        return self.json("run", "list", "--limit", "1")["runs"][0]

    def assert_in_order(self, text, *parts):
        """Each part occurs in the text, after the part before it."""
        at = 0
        for part in parts:
            found = text.find(part, at)
            self.assertGreaterEqual(found, 0, f"{part!r} is not in, or not in order in:\n{text}")
            at = found + len(part)

    def assert_plain(self, text):
        self.assertIsNone(CONTROL.search(text), repr(text))
