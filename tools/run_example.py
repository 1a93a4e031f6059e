#!/usr/bin/env python3
"""Runs an example program as a test, in an empty folder.

The source tells how in comment lines. Each `// run: <arguments>` is one run, which must succeed;
with no such line the program runs once without arguments. `// expect: <text>` lines follow their
run, and its output must contain each text; those before the first run belong to the first. Before
all runs, each `// file: <name> <text>` makes a file, and each `// env: NAME=value` sets a variable;
`\\n` in a text is a line end.
"""
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path


def parse_runs(text):
    """The runs that a source asks for: (arguments, expected texts) each."""
    runs, pending = [], []
    for kind, rest in re.findall(r"^\s*// (run|expect):[ \t]*(.*?)[ \t]*$", text, re.MULTILINE):
        if kind == "run":
            runs.append((shlex.split(rest), pending))
            pending = []
        elif runs:
            runs[-1][1].append(rest)
        else:
            pending.append(rest)
    return runs or [([], pending)]


def settings(text, kind):
    """The lines of a kind that prepares all runs."""
    return re.findall(rf"^\s*// {kind}:[ \t]*(.*?)[ \t]*$", text, re.MULTILINE)


def main():
    source, program = Path(sys.argv[1]), os.path.abspath(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(os.environ, PENSTOCK_HOME=os.path.join(folder, "home"))
        for line in settings(source.read_text(), "env"):
            environment.update([line.split("=", 1)])
        for line in settings(source.read_text(), "file"):
            name, text = line.split(" ", 1)
            Path(folder, name).write_text(text.replace("\\n", "\n"))
        for arguments, expected in parse_runs(source.read_text()):
            done = subprocess.run([program, *arguments], cwd=folder, env=environment, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            print(f"$ {source.stem} {shlex.join(arguments)}\n{done.stdout}", flush=True)
            if done.returncode != 0:
                sys.exit(f"exit status {done.returncode}, expected 0")
            missing = [text for text in expected if text not in done.stdout]
            if missing:
                sys.exit(f"the output does not contain: {missing[0]}")


if __name__ == "__main__":
    main()
