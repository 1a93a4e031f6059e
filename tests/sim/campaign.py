#!/usr/bin/env python3
"""Runs the simulation over many seeds, on all cores: campaign.py TEST_PROGRAM [FIRST]

PENSTOCK_SIM_SEEDS says how many (100000). Prints seeds per second and how often each promise was
checked; a seed that fails is printed as it is replayed, and the exit status is 1.
"""
import collections
import os
import subprocess
import sys
import time


def start(program, first, seeds):
    environment = {**os.environ, "PENSTOCK_SIM_FIRST": str(first), "PENSTOCK_SIM_SEEDS": str(seeds)}
    return subprocess.Popen([program, "--gtest_brief=1",
                             "--gtest_filter=ReactorSimulation.*:Reexecution.*"],
                            env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True)


def shares(first, seeds, parts):
    """`seeds` seeds from `first` on, as `parts` ranges."""
    ends = [first + seeds * part // parts for part in range(parts + 1)]
    return [(begin, end - begin) for begin, end in zip(ends, ends[1:]) if end > begin]


def main():
    program = sys.argv[1]
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    seeds = int(os.environ.get("PENSTOCK_SIM_SEEDS", 100_000))
    began = time.monotonic()
    workers = [start(program, *share) for share in shares(first, seeds, os.cpu_count() or 1)]
    checked, failed = collections.Counter(), False
    for worker in workers:
        out, _ = worker.communicate()
        if worker.returncode != 0:
            failed = True
            print(out)
        for line in out.splitlines():
            if line.startswith("promise "):
                _, times, what = line.split(" ", 2)
                checked[what] += int(times)
    took = time.monotonic() - began
    if failed:
        return 1
    print(f"{seeds} seeds in {took:.1f} s, {seeds / took:.0f} seeds/s, "
          f"{len(checked)} properties held {sum(checked.values())} times:")
    for what, times in sorted(checked.items()):
        print(f"  {times:>12}  {what}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
