#!/usr/bin/env python3
"""A few thousand inputs for each decoder, from a fixed seed, after those in the corpus.

`make fuzz` does the same for longer, guided by the code that inputs reach.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
FUZZ = pathlib.Path(os.environ["PENSTOCK_BINARY_DIR"]) / "bin/fuzz_main"


def call(*words):
    return subprocess.run([FUZZ, *map(str, words)], text=True, check=False, capture_output=True)


def main():
    with tempfile.TemporaryDirectory() as folder:
        done = call("--runs", 4000, "--seed", 7, "--corpus", HERE / "corpus", "--crashes", folder)
        print(done.stdout, done.stderr, sep="")
        if done.returncode != 0:
            return 1
        # The fuzzer itself notices a decoder that crashes, hangs or asks for too much memory.
        for fault in ("crash", "broken"):
            failed = call("--runs", 4000, "--crashes", folder, f"planted-{fault}")
            if failed.returncode != 1 or "repeat it with" not in failed.stdout:
                print(f"a planted {fault} was not found:", failed.stdout, failed.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
