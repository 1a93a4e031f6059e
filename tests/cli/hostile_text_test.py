"""Texts that would change what a terminal shows: they come out as escapes that can be seen."""
import subprocess
import unittest

from sample import SampleTest

# CSI as one character, a change of direction, a line separator.
HOSTILE = "a\u009b31mb\u202egnp.\u2028c"
AS_YAML = '"a\\x9b31mb\\u202egnp.\\u2028c"'
SHOWN = "a\\x9b31mb\\u202egnp.\\u2028c"


class HostileText(SampleTest):
    def assert_harmless(self, text):
        for character in "\u009b\u202e\u2028":
            self.assertNotIn(character, text)

    def test_text_of_runs_is_shown_with_escapes(self):
        self.call("job", "run", "etl", "--set", "resources.store.config.path=" + AS_YAML,
                  "--tags", "who=" + HOSTILE)
        run = self.last_run()["id"]
        out, _ = self.call("run", "show", run)
        self.assert_harmless(out)
        self.assertIn("folder=" + SHOWN, out)
        self.assertIn("who=" + SHOWN, out)
        out, _ = self.call("run", "events", run)
        self.assert_harmless(out)
        self.assertIn(SHOWN, out)

    def test_json_escapes_it_and_means_the_same(self):
        self.call("job", "run", "etl", "-q", "--tags", "who=" + HOSTILE)
        self.assert_harmless(self.call("run", "list", "--json")[0])
        self.assertEqual(self.last_run()["tags"]["who"], HOSTILE)

    def test_bytes_that_are_no_text(self):
        done = subprocess.run([self.program, "job", "show", b"a\x9b31m\xff"], cwd=self.folder,
                              env=self.environment, capture_output=True, check=False)
        self.assertEqual(done.returncode, 3)
        self.assertIn(b'"a\\x9b31m\\xff"', done.stderr)
        self.assertFalse(any(byte >= 0x80 for byte in done.stderr))


if __name__ == "__main__":
    unittest.main()
