"""Standard output that cannot be written, and readers that leave early."""
import os
import subprocess
import unittest

from sample import SampleTest


class Output(SampleTest):
    def call_into(self, output, *words):
        """Run with standard output at a file or descriptor; exit status and standard error."""
        done = subprocess.run([self.program, *words], cwd=self.folder, env=self.environment,
                              stdout=output, stderr=subprocess.PIPE, text=True, check=False,
                              timeout=self.patience)
        return done.returncode, done.stderr

    def call_unread(self, *words):
        """Run with a pipe that nobody reads."""
        reader, writer = os.pipe()
        os.close(reader)
        try:
            return self.call_into(writer, *words)
        finally:
            os.close(writer)

    def test_a_full_disk_is_noticed(self):
        self.call("job", "run", "etl", "-q")
        for words in (("run", "list"), ("describe",), ("config", "scaffold", "etl"), ("--help",),
                      ("run", "list", "--json"), ("job", "run", "etl"),
                      ("job", "run", "etl", "--json")):
            with open("/dev/full", "w") as full:
                status, err = self.call_into(full, *words)
            self.assertEqual((status, err), (1, "sample_main: standard output cannot be written: "
                                             "No space left on device\n"), words)
        self.assertEqual(self.last_run()["status"], "SUCCESS")

    def test_a_reader_that_has_gone_stops_no_run(self):
        self.assertEqual(self.call_unread("job", "run", "etl"), (0, ""))
        run = self.last_run()
        self.assertEqual((run["status"], run["steps"]["succeeded"]), ("SUCCESS", 11))
        for words in (("run", "list"), ("describe",), ("run", "events", run["id"])):
            self.assertEqual(self.call_unread(*words), (0, ""))
        failed = ("job", "run", "etl", "--set", "ops.choose_parts.config.fail=ID")
        self.assertEqual(self.call_unread(*failed), (1, ""))


if __name__ == "__main__":
    unittest.main()
