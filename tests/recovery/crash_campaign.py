#!/usr/bin/env python3
"""Kills and refuses everywhere: crash_campaign.py, with the variables that tests have.

All faults at every call of the small job, of its recovery and of what looks after the log; then
PENSTOCK_CRASH_KILLS (1000) trials of the CEMS pipeline, each killed up to three times at random
calls and moments, from the seed PENSTOCK_CRASH_SEED (1). Prints what was done; the first promise
that is not kept ends it with exit status 1.
"""
import concurrent.futures
import os
import random
import sys
import time

import crash


def all_faults(pool, subject, words, start=None):
    calls = crash.count_calls(subject, words, start)
    trials = [pool.submit(crash.one_fault, subject, words, fault, number, start)
              for fault in crash.KILLS + crash.REFUSALS for number in range(1, calls + 1)]
    for trial in trials:
        trial.result()
    print(f"{len(trials):>6} faults at the {calls} calls of '{' '.join(words)}'", flush=True)


def every_call(pool):
    subject = crash.parts()
    lost = crash.Template(subject, lambda trial: trial.call(*subject.run, fault="before",
                                                            number=subject.calls * 2 // 3))
    full = crash.Template(subject, lambda trial: [trial.succeed(*subject.run) for _ in range(3)])
    try:
        all_faults(pool, subject, subject.run)
        all_faults(pool, subject, subject.run, lost)
        all_faults(pool, subject, ("gc", "--keep-last", "1"), full)
        all_faults(pool, subject, ("storage", "rebuild"), full)
    finally:
        lost.close()
        full.close()


def random_moments(pool, trials, seed):
    subject = crash.cems()
    began = time.monotonic()
    with crash.Trial(subject) as trial:
        trial.succeed(*subject.run)
    subject.seconds = time.monotonic() - began
    waiting = [pool.submit(crash.random_kills, subject, random.Random(seed * 1_000_003 + i))
               for i in range(trials)]
    kills = sum(trial.result() for trial in waiting)
    print(f"{kills:>6} kills in {trials} trials of the CEMS pipeline ({len(subject.outputs)} files,"
          f" {subject.calls} calls, {subject.seconds:.2f} s undisturbed)", flush=True)


def main():
    began = time.monotonic()
    trials = int(os.environ.get("PENSTOCK_CRASH_KILLS", 1000))
    seed = int(os.environ.get("PENSTOCK_CRASH_SEED", 1))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        try:
            every_call(pool)
            random_moments(pool, trials, seed)
        except crash.Broken as broken:
            pool.shutdown(cancel_futures=True)
            print(broken)
            return 1
    print(f"every promise was kept; {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
