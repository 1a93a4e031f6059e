"""The simulation finds bugs: each of planted/*.patch is built into a copy of the reactor, and the
simulation must fail and name a seed.

A patch is `file PATH`, one line that is taken out (`-`) and the one that comes in its place (`+`).
"""
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["PENSTOCK_SOURCE_DIR"])
BINARY = pathlib.Path(os.environ["PENSTOCK_BINARY_DIR"])
OBJECTS = BINARY / "tests/CMakeFiles/sim_suite_test.dir/sim"
LIBRARIES = ["run", "plan", "event", "model", "base"]


def read_patch(path):
    file = before = after = None
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("file "):
            file = line[5:].strip()
        elif line.startswith("-"):
            before = line[1:]
        elif line.startswith("+"):
            after = line[1:]
    return file, before, after


def compile_command(file, source, target):
    """The command that the build uses for `file`, for another source and target, less optimised."""
    entries = json.loads((BINARY / "compile_commands.json").read_text(encoding="utf-8"))
    # where several sources are compiled at once, the command of any source of the library will do
    library = str(BINARY / pathlib.Path(file).parent / "CMakeFiles")
    entry = next((e for e in entries if e["file"] == str(SOURCE / file)), None) or next(
        e for e in entries if e["file"].startswith(library))
    words = shlex.split(entry["command"])
    words[words.index("-o") + 1] = str(target)
    words[words.index("-c") + 1] = str(source)
    compiler = next(i for i, word in enumerate(words) if word.startswith("-")) - 1
    words = words[compiler:] + ["-O0", "-g0"]
    if shutil.which("ccache"):
        words.insert(0, "ccache")
    return words, entry["directory"]


def call(words, **options):
    done = subprocess.run(words, capture_output=True, text=True, timeout=240, **options)
    return done.returncode, done.stdout + done.stderr


class PlantedBugs(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def build(self, patch):
        file, before, after = read_patch(patch)
        text = (SOURCE / file).read_text(encoding="utf-8")
        self.assertEqual(text.count(before), 1, f"{patch.name} does not fit {file} any more")
        source = self.folder / pathlib.Path(file).name
        source.write_text(text.replace(before, after), encoding="utf-8")
        changed = self.folder / "changed.o"
        words, directory = compile_command(file, source, changed)
        status, out = call(words, cwd=directory)
        self.assertEqual(status, 0, out)
        program = self.folder / "simulation"
        sanitize = [word for word in words if word.startswith("-fsanitize")]
        compiler = words[1] if words[0] == "ccache" else words[0]
        # the library has the sound source, too, maybe in one object with others: the first counts
        status, out = call([compiler, *sanitize, "-Wl,--allow-multiple-definition",
                            "-o", str(program), str(changed),
                            *map(str, sorted(OBJECTS.glob("*.o"))), f"-L{BINARY / 'lib'}",
                            *(f"-lpenstock_{name}" for name in LIBRARIES), "-lgtest_main",
                            "-lgtest", "-lyaml-cpp", "-lfmt", "-lisal", "-lpthread"])
        self.assertEqual(status, 0, out)
        return program

    def test_each_is_found(self):
        patches = sorted((SOURCE / "tests/sim/planted").glob("*.patch"))
        self.assertGreaterEqual(len(patches), 3)
        for patch in patches:
            with self.subTest(bug=patch.name):
                program = self.build(patch)
                status, out = call([str(program)], env={**os.environ, "PENSTOCK_SIM_SEEDS": "2000"})
                self.assertNotEqual(status, 0, "the simulation did not notice")
                seed = re.search(r"replay with PENSTOCK_SIM_FIRST=(\d+)", out)
                self.assertTrue(seed, out)
                promise = re.search(r"not kept: ([^:\n]*)|check failed: ([^\n]*)", out)
                print(f"{patch.name}: seed {seed.group(1)}, {promise and promise.group(0)}")


if __name__ == "__main__":
    unittest.main()
