"""A home on a full disk can be mended: what it keeps back is enough to delete and to cancel."""
import os
import select
import signal
import subprocess
import unittest

from program_test import ProgramTest, program


class FullHome(ProgramTest):
    program = program("recovery_main")

    def setUp(self):
        super().setUp()
        os.mkdir(self.home)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", self.home],
                                 capture_output=True, check=False)
        if mounted.returncode != 0:
            self.skipTest("no file system can be mounted here")
        self.addCleanup(subprocess.run, ["umount", "-l", self.home], check=False)
        with open(self.path("go"), "w", encoding="utf-8"):
            pass
        for _ in range(3):
            self.call("job", "run", "parts", "-q")

    def fill(self):
        with open(self.home_path("filler"), "wb", buffering=0) as file:
            for size in (1 << 16, 1 << 12, 1):
                try:
                    while True:
                        file.write(b"x" * size)
                except OSError:
                    pass

    def reserve(self):
        return os.path.exists(self.home_path("penstock.reserve"))

    def test_gc(self):
        self.assertTrue(self.reserve())
        self.fill()
        _, err = self.call("gc", "--keep-last", "0")
        self.assertIn("penstock.reserve was given back to it", err)
        self.assertFalse(self.reserve())
        self.assertEqual(self.json("run", "list")["runs"], [])
        findings = self.json("doctor", status=1)["checks"]
        self.assertIn("penstock.reserve", str(findings))
        os.remove(self.home_path("filler"))
        self.call("job", "run", "parts", "-q")
        self.assertTrue(self.reserve())
        self.assertTrue(self.json("storage", "verify")["ok"])

    def test_delete(self):
        self.fill()
        runs = [run["id"] for run in self.json("run", "list")["runs"]]
        self.call("run", "delete", *runs[:2], "--yes")
        self.assertEqual([run["id"] for run in self.json("run", "list")["runs"]], runs[2:])

    def test_cancel(self):
        os.remove(self.path("go"))
        os.remove(self.path("waiting"))
        process = self.start("job", "run", "parts", "-q")
        while not os.path.exists(self.path("waiting")):
            select.select([], [], [], 0.01)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        run = self.json("run", "list", "--status", "started")["runs"][0]["id"]
        self.fill()
        self.call("run", "cancel", run, "--force")
        self.assertEqual(self.json("run", "show", run)["run"]["status"], "CANCELED")


if __name__ == "__main__":
    unittest.main()
