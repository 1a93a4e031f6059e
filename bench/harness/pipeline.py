"""The CEMS pipeline beside pandas, DuckDB and Polars: zip of zips to Parquet, on the same cores."""
import functools
import json
import sys

from harness.contest import Contestant, alternate
from harness.goals import Goal, at_most
from harness.process import BenchError, cores, run
from harness.setting import PEERS, ROOT

EXPECTED = ROOT / "bench" / "expected_2017.json"
OURS = "Penstock"
FULL = 17  # state-years that the goals speak of

# Peer, variant, processes, threads in each; the cores used are their product.
PEER_WAYS = [
    ("polars", "eager", 1, 1), ("polars", "stream", 1, 1), ("duckdb", "", 1, 1),
    ("pandas", "", 1, 1),
    ("polars", "eager", 1, 2), ("polars", "stream", 1, 2), ("polars", "stream", 2, 1),
    ("duckdb", "", 1, 2), ("duckdb", "", 2, 1), ("pandas", "", 2, 1),
]
RATIOS = {"polars": 4, "duckdb": 7, "pandas": 9}


def states_of(setting):
    """The states of 2017 whose archives are there, lower case."""
    return sorted(path.stem[-2:] for path in setting.archives.glob("epacems-2017-*.zip"))


def rows_of(states):
    expected = json.loads(EXPECTED.read_text(encoding="utf-8"))
    return sum(expected[f"2017-{state}"]["rows"] for state in states)


def check(folder, states):
    """Compare what was written with what is right; in a process of its own, for its memory."""
    totals = ROOT / "bench" / "harness" / "totals.py"
    run([sys.executable, "-B", totals, "check", folder, EXPECTED, *states])


def run_ours(setting, states, workers):
    home = setting.fresh(f"penstock-{workers}")
    out = home / "out"
    config = {"years": [2017], "states": [state.upper() for state in states],
              "compression": "zstd", "output_dir": str(out), "raw_dir": str(setting.archives)}
    (home / "launch.yaml").write_text(json.dumps(config), encoding="utf-8")
    sample = run([setting.program("cems"), "--home", home / "home", "job", "run", "epacems_etl",
                  "--config", home / "launch.yaml", "--jobs", workers],
                 cpus=cores(workers), cwd=ROOT)
    check(out, states)
    return sample


def run_limit(setting, states, mode, threads):
    """The same reader without order, checks, Parquet and engine; only its rows can be checked."""
    out = setting.fresh(f"limit-{mode}-{threads}")
    archives = [setting.archives / f"epacems-2017-{state}.zip" for state in states]
    sample = run([setting.program("bench_limit"), mode, out, threads, *archives],
                 cpus=cores(threads))
    if sample.output != f"{rows_of(states)} rows\n":
        raise BenchError(f"bench_limit {mode}: {sample.output}, expected {rows_of(states)} rows")
    return sample


def run_peer(setting, states, way):
    name, variant, jobs, threads = way
    out = setting.fresh(label(way).replace(" ", "-"))
    command = [setting.peer("python"), "-B", PEERS / f"cems_{name}.py", "--archives",
               setting.archives, "--out", out, "--jobs", jobs]
    command += (["--variant", variant] if variant else []) + states
    sample = run(command, cpus=cores(jobs * threads), env={"PEER_THREADS": str(threads)})
    check(out, states)
    return sample


def label(way):
    name, variant, jobs, threads = way
    size = "1 core" if jobs * threads == 1 else "2 processes" if jobs == 2 else "2 threads"
    return " ".join(part for part in (name, variant, size) if part)


def cores_of(name):
    return 1 if name.endswith("1 core") else 2


def many(count, noun):
    return f"{count} {noun}" + ("s" if count > 1 else "")


def contestants(setting, states):
    ours = [Contestant(f"{OURS} {many(n, 'core')}",
                       functools.partial(run_ours, setting, states, n), setting.repetitions)
            for n in (1, 2)] if setting.program("cems") else []
    ours += [Contestant(f"limit {mode}, {many(n, 'core')}",
                        functools.partial(run_limit, setting, states, mode, n),
                        setting.repetitions)
             for mode in ("raw", "parse") for n in (1, 2)] if setting.program("bench_limit") else []
    peers = [Contestant(label(way), functools.partial(run_peer, setting, states, way),
                        min(setting.repetitions, 3))
             for way in PEER_WAYS] if setting.peer("python") else []
    return ours + peers


def measure(setting):
    """Everything of this section, for results.json."""
    states = states_of(setting)
    for path in setting.archives.glob("epacems-2017-*.zip"):
        path.read_bytes()  # now they are in the page cache
    rows = rows_of(states)
    print(f"pipeline: {len(states)} state-years, {rows} rows", flush=True)
    notes = []
    if not setting.program("cems"):
        notes.append("the program cems is not built: our side is missing")
    if not setting.peer("python"):
        notes.append("the peers are not installed (make bench-peers): their side is missing")
    if len(states) != FULL:
        notes.append(f"{len(states)} state-years; the goals are for the {FULL} of 2017, "
                     "CEMS_ARCHIVES names their folder")
    runs = alternate(contestants(setting, states))
    for name, record in runs.items():
        if "wall_s" in record:
            record["mrow_per_s"] = round(rows / record["wall_s"] / 1e6, 4)
            record["mrow_per_cpu_s"] = round(rows / record["cpu_s"] / 1e6, 4)
            record["cores"] = cores_of(name)
            processes = 2 if name.endswith("2 processes") else 1
            record["memory_mib"] = round(processes * record["rss_mib"], 1)
    return {"states": states, "rows": rows, "runs": runs, "notes": notes,
            "goals": [goal.record() for goal in goals(runs)]}


def best_of(runs, peer, count, what="mrow_per_s"):
    """The speed of a peer's fastest way on that many cores, or None."""
    speeds = [record[what] for name, record in runs.items()
              if name.startswith(peer) and record.get("cores") == count]
    return max(speeds, default=None)


def against(runs, peer, count, times):
    """The goal of being so many times as fast as the best way of a peer, or None."""
    ours, theirs = best_of(runs, OURS, count), best_of(runs, peer, count)
    if not ours or not theirs:
        return None
    by_cpu = best_of(runs, OURS, count, "mrow_per_cpu_s") / best_of(runs, peer, count,
                                                                    "mrow_per_cpu_s")
    return Goal(f"throughput on {many(count, 'core')}, against the best way of {peer}",
                f"≥ {times} ×", f"{ours / theirs:.1f} × ({by_cpu:.1f} × by CPU time)",
                ours >= times * theirs)


def goals(runs):
    """The goals that can be judged with what was measured."""
    found = []
    speeds = {n: best_of(runs, OURS, n) for n in (1, 2)}
    for count, speed in speeds.items():
        found += [goal for peer, times in RATIOS.items()
                  if (goal := against(runs, peer, count, times))]
        limit = best_of(runs, "limit raw", count)
        if speed and limit:
            found.append(Goal(f"share of the raw-chunk limit on {many(count, 'core')}", "≥ 60 %",
                              f"{100 * speed / limit:.0f} %", speed >= 0.6 * limit))
    if speeds[1] and speeds[2]:
        found.append(Goal("two workers against one", "≥ 1.9 ×", f"{speeds[2] / speeds[1]:.2f} ×",
                          speeds[2] >= 1.9 * speeds[1]))
        found.append(at_most("peak memory with two workers", 512,
                             runs[f"{OURS} 2 cores"]["memory_mib"], "MiB", 0))
    return found
