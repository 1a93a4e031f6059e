"""What a user of the library waits for: compiling a small program, and linking it again."""
import functools
import json
import shlex
import subprocess

from harness.contest import Contestant, alternate
from harness.goals import at_most
from harness.process import BenchError, run
from harness.setting import ROOT

# Source, what it is, goal in seconds.
SOURCES = [("examples/fan_out.cc", "the program of the README", 3),
           ("bench/small_frames.cc", "a small program with frames", 6)]
LINKED = "example_fan_out"
LINK = "link the program of the README again"
LAUNCHERS = {"env", "ccache"}


def without_launcher(words):
    """A compile command without a cache in front of it."""
    while words and ("=" in words[0] or words[0].rsplit("/", 1)[-1] in LAUNCHERS):
        words = words[1:]
    return words


def compile_command(setting, source):
    """How the build compiles a source, into a file of ours; None when it does not know it."""
    path = setting.build / "compile_commands.json"
    if not path.exists():
        return None
    for entry in json.loads(path.read_text(encoding="utf-8")):
        if entry["file"] == str(ROOT / source):
            words = without_launcher(shlex.split(entry["command"]))
            words[words.index("-o") + 1] = str(setting.scratch / "compiled.o")
            return words
    return None


def link_command(setting, program):
    """How the build links a program; None when it is not built with Ninja."""
    done = subprocess.run(["ninja", "-C", setting.build, "-t", "commands", f"bin/{program}"],
                          capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    return ["sh", "-c", lines[-1]] if done.returncode == 0 and lines else None


def compile_once(setting, command):
    (setting.scratch / "compiled.o").unlink(missing_ok=True)
    sample = run(command, cwd=setting.build)
    if not (setting.scratch / "compiled.o").stat().st_size:
        raise BenchError("the compiler wrote nothing")
    return sample


def link_once(setting, program, command):
    sample = run(command, cwd=setting.build)
    run([setting.build / "bin" / program, "--version"])
    return sample


def measure(setting):
    """Everything of this section, for results.json."""
    print("compiling", flush=True)
    found, goals = [], []
    for source, what, _ in SOURCES:
        command = compile_command(setting, source)
        if command:
            found.append(Contestant(f"compile {what}", functools.partial(
                compile_once, setting, command), setting.repetitions))
    link = link_command(setting, LINKED) if setting.program(LINKED) else None
    if link:
        found.append(Contestant(LINK, functools.partial(
            link_once, setting, LINKED, link), setting.repetitions))
    runs = alternate(found)
    for _, what, limit in SOURCES:
        if "wall_s" in runs.get(f"compile {what}", {}):
            goals.append(at_most(f"compile {what} at -O2", limit,
                                 runs[f"compile {what}"]["wall_s"], "s"))
    linked = runs.get(LINK, {})
    if "wall_s" in linked:
        goals.append(at_most(LINK, 2, linked["wall_s"], "s", 2))
    return {"runs": runs, "notes": [], "goals": [goal.record() for goal in goals]}
