"""Starts the config program for tests, in a folder and a home of its own."""
import json
import os
import subprocess
import tempfile
import unittest

PROGRAM = os.path.join(os.environ["PENSTOCK_BINARY_DIR"], "bin", "config_main")
SECRET = "canary-7f3a91bc"
NAMES = ("--set", "inputs.names=[Ada, Bob]")


class ConfigTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.home = os.path.join(self.folder, "home")
        self.environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8",
                            "PENSTOCK_HOME": self.home, "GREETING_KEY": SECRET}
        for name in ("ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"):
            if name in os.environ:
                self.environment[name] = os.environ[name]

    def call(self, *words, status=0):
        """Run the program; its standard output and error. The secret is in neither."""
        done = subprocess.run([PROGRAM, *words], cwd=self.folder, capture_output=True, text=True,
                              env=self.environment, timeout=120)
        self.assertEqual(done.returncode, status, f"{words}\n{done.stdout}\n{done.stderr}")
        self.assertNotIn(SECRET, done.stdout + done.stderr)
        return done.stdout, done.stderr

    def json(self, *words):
        return json.loads(self.call(*words, "--json")[0])

    def last_run(self):
        return self.json("run", "list", "--limit", "1")["runs"][0]

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)

    def settings(self, text):
        self.write("home/penstock.yaml", text)

    def assert_secret_is_in_no_file(self):
        for folder, _, files in os.walk(self.home):
            for name in files:
                with open(os.path.join(folder, name), "rb") as file:
                    self.assertNotIn(SECRET.encode(), file.read())
