#!/usr/bin/env python3
"""Measures Penstock beside its peers and writes bench/RESULTS.md and bench/results.json.

usage: bench.py BUILD_DIR [--quick] [--only SECTION] [--repetitions N]

BUILD_DIR is a release build. Sections: pipeline, engine, compiling; those that are left out keep
what was measured before. CEMS_ARCHIVES names a folder with the archives of 2017 and their
datapackage.json; otherwise the four states that come with the repository are used.
--quick runs everything once, without what takes minutes, and writes to out/bench/ instead.
"""
import argparse
import json
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "bench"))
sys.dont_write_bytecode = True

from harness import compiling, engine, machine, pipeline, report  # noqa: E402
from harness.process import BenchError  # noqa: E402
from harness.setting import Setting, default_archives  # noqa: E402

SECTIONS = {"pipeline": pipeline.measure, "engine": engine.measure,
            "compiling": compiling.measure}
BUSY = 1.5


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", action="append", choices=list(SECTIONS))
    parser.add_argument("--repetitions", type=int, default=5)
    return parser.parse_args()


def make_setting(args):
    scratch = ROOT / "out" / "bench" / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    return Setting(args.build.resolve(), scratch, default_archives().resolve(), args.quick,
                   1 if args.quick else args.repetitions)


def main():
    args = arguments()
    setting = make_setting(args)
    if os.getloadavg()[0] > BUSY:
        print(f"bench: the machine is busy (load {os.getloadavg()[0]:.1f}): times will be too long",
              file=sys.stderr)
    folder = ROOT / "out" / "bench" if args.quick else ROOT / "bench"
    file = folder / "results.json"
    results = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    for name in args.only or SECTIONS:
        facts = machine.describe(setting)
        try:
            results[name] = SECTIONS[name](setting)
        except BenchError as error:
            sys.exit(f"bench: {name}: {error}")
        results[name]["machine"] = facts
        text = json.dumps(results, indent=1, ensure_ascii=False)
        file.write_text(text + "\n", encoding="utf-8")
        (folder / "RESULTS.md").write_text(report.write(results), encoding="utf-8")
    goals = [goal for section in results.values() for goal in section["goals"]]
    print(f"{sum(goal['met'] for goal in goals)} of {len(goals)} goals met; "
          f"see {(folder / 'RESULTS.md').relative_to(ROOT)}")


if __name__ == "__main__":
    main()
