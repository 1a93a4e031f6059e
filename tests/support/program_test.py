"""What tests share that call a program of ours as its users do: in an empty folder, with a home of
its own, and with nothing of the environment but what programs need to start."""
import atexit
import ctypes
import functools
import json
import os
import shutil
import subprocess
import tempfile
import unittest

PASSED_ON = ("PATH", "ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS", "JE_ARROW_MALLOC_CONF")


def program(name):
    """Where a program that was built lies."""
    return os.path.join(os.environ["PENSTOCK_BINARY_DIR"], "bin", name)


@functools.cache
def preload(name):
    """The path of a library for LD_PRELOAD, which takes no path with a blank or a colon in it."""
    library = os.path.join(os.environ["PENSTOCK_BINARY_DIR"], "lib", f"lib{name}.so")
    if any(mark in library for mark in " :"):
        folder = tempfile.mkdtemp()
        atexit.register(shutil.rmtree, folder)
        library = shutil.copy(library, folder)
    return library


class ProgramTest(unittest.TestCase):
    """Calls the program that a class names in `program`. Processes that are started end with their
    test."""
    program = None
    patience = 240  # seconds for one call

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.home = self.path("home")
        self.environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        self.environment.update(TZ="UTC", LC_ALL="C.UTF-8", PENSTOCK_HOME=self.home)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def home_path(self, *parts):
        return os.path.join(self.home, *parts)

    def settings(self, text):
        """What penstock.yaml of the home says."""
        os.makedirs(self.home, mode=0o700, exist_ok=True)
        with open(self.home_path("penstock.yaml"), "w", encoding="utf-8") as file:
            file.write(text)

    def start(self, *words, **environment):
        process = subprocess.Popen([self.program, *words], cwd=self.folder, text=True,
                                   env={**self.environment, **environment},
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(self.end, process)
        return process

    def end(self, process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def run_without_root_rights(self, *words):
        """Run the program as a root that may not read the files of others.

        As another user it might not start at all: the checkout may lie in a closed folder.
        """
        drop = ctypes.CDLL(None).prctl

        def drop_rights():
            for right in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
                drop(24, right, 0, 0, 0)  # PR_CAPBSET_DROP: lost with the exec that follows

        return subprocess.run([self.program, *words], cwd=self.folder, env=self.environment,
                              capture_output=True, text=True, check=False, preexec_fn=drop_rights)

    def call(self, *words, status=0, **environment):
        """Run the program; its standard output and error. The exit status must be as expected."""
        process = self.start(*words, **environment)
        out, err = process.communicate(timeout=self.patience)
        self.assertEqual(process.returncode, status, f"{words}\n{out}\n{err}")
        return out, err

    def json(self, *words, status=0, **environment):
        """Run with --json; standard output must be one JSON value."""
        return json.loads(self.call(*words, "--json", status=status, **environment)[0])

    def last_run(self):
        return self.json("run", "list", "--limit", "1")["runs"][0]
