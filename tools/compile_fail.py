#!/usr/bin/env python3
"""Checks that a source file does not compile, and that the compiler says the expected words.

The file holds lines `// expect: <text>`; the compiler's output must contain each text. What users
read when they make a mistake is part of the interface, so it is tested like the rest of it.
"""
import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path


def compile_command(args, source):
    command = [args.compiler, "-std=c++20", "-fsyntax-only", "-fno-diagnostics-show-caret"]
    command += [f"-I{folder}" for folder in args.include]
    for folder in filter(None, args.system.split(":")):
        # gcc breaks its own header search when the system's include folder is named again.
        if folder not in args.include and folder != "/usr/include":
            command += ["-isystem", folder]
    return command + [str(source)]


def problems(args, source):
    """What is wrong with the case `source`, as a list of sentences; empty when all is well."""
    expected = re.findall(r"^\s*// expect: (.+?)\s*$", source.read_text(), re.MULTILINE)
    if not expected:
        return ["has no `// expect: <text>` line"]
    done = subprocess.run(compile_command(args, source), capture_output=True, text=True)
    if done.returncode == 0:
        return ["compiles, but must not"]
    # The compiler breaks no lines but quotes as the locale says: compare with plain quotes.
    output = done.stderr.translate({0x2018: "'", 0x2019: "'"})
    missing = [f"the compiler did not say: {text}" for text in expected if text not in output]
    return missing + [f"it said:\n{output}"] if missing else []


def self_test(args):
    cases = {
        "fine.cc": ("// expect: wrong\nint main() {}\n", "compiles, but must not"),
        "other.cc": ('// expect: right\nstatic_assert(false, "wrong");\n', "did not say: right"),
        "bare.cc": ('static_assert(false, "wrong");\n', "has no"),
        "good.cc": ('// expect: wrong\nstatic_assert(false, "wrong");\n', None),
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, (text, complaint) in cases.items():
            source = Path(folder, name)
            source.write_text(text)
            found = problems(args, source)
            if complaint is None and found or complaint and complaint not in "\n".join(found):
                sys.exit(f"compile_fail self-test: {name}: expected {complaint}, found {found}")
    print("compile_fail self-test: ok")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--compiler", default="c++")
    parser.add_argument("--include", action="append", default=[])
    parser.add_argument("--system", default="", help="folders of other libraries, by colons")
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("source", nargs="*", type=Path)
    args = parser.parse_args()
    if args.self_test:
        return self_test(args)
    bad = [f"{source}: {problem}" for source in args.source for problem in problems(args, source)]
    sys.exit("\n".join(bad) if bad else 0)


if __name__ == "__main__":
    main()
