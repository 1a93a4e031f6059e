"""What the engine costs: jobs that do nothing, from the command line beside Dagster, and alone."""
import functools
import json
import re
import sqlite3
import statistics

from harness.contest import Contestant, alternate
from harness.goals import at_least, at_most
from harness.process import BenchError, run
from harness.setting import PEERS

# Job, our program, the peer's file, steps, goal in ms.
JOBS = [
    ("one_op", "bench_one_op", "dagster_small.py", 1, 30),
    ("chain_1000", "bench_noop", "dagster_noop.py", 1000, 50),
    ("fan_1000", "bench_noop", "dagster_noop.py", 1000, 50),
    ("dynamic_1274", "bench_noop", "dagster_noop.py", 1275, 60),
]
# Mode and shape of bench_engine, steps.
ALONE = [
    ("reactor", "chain", 1000), ("reactor", "fan", 1000), ("reactor", "dynamic", 100_000),
    ("inline", "chain", 1000), ("memory", "chain", 1000), ("memory", "fan", 1000),
    ("memory", "dynamic", 100_000), ("durable", "chain", 1000), ("durable", "fan", 1000),
    ("durable", "dynamic", 100_000),
    ("processes", "chain", 1000), ("cold", "chain", 200), ("holding", "chain", 200),
]
MILLION = [("memory", "dynamic", 1_000_001), ("durable", "dynamic", 1_000_001)]
FIGURE = re.compile(r"^(\w+) ([\d.]+) (\S+)$", re.MULTILINE)


def check_log(home, steps):
    """The log on disk must hold the end of every step, once."""
    with sqlite3.connect(home / "penstock.db") as database:
        ends, different = database.execute(
            "select count(*), count(distinct step) from event_rows where type = 'STEP_SUCCESS'"
        ).fetchone()
        successes, = database.execute(
            "select count(*) from event_rows where type = 'RUN_SUCCESS'").fetchone()
    database.close()
    if (ends, different, successes) != (steps, steps, 1):
        raise BenchError(f"the log holds the success of {ends} steps ({different} different) and "
                         f"of {successes} runs, expected {steps} and 1")


def run_ours(setting, job, program, steps):
    home = setting.fresh(f"home-{job}") / "home"
    sample = run([setting.program(program), "--home", home, "job", "run", job], cwd=setting.scratch)
    check_log(home, steps)
    return sample


def run_dagster(setting, job, file, steps):
    home = setting.fresh(f"dagster-{job}")
    (home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n", encoding="utf-8")
    sample = run([setting.peer("dagster"), "job", "execute", "-f", PEERS / file, "-a", job],
                 env={"DAGSTER_HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}, cwd=home)
    ends = len(re.findall(r"\bSTEP_SUCCESS\b", sample.output))
    if ends != steps or "RUN_SUCCESS" not in sample.output:
        raise BenchError(f"dagster {job}: {ends} steps succeeded, expected {steps}")
    return sample


def command_line(setting):
    """The jobs from the command line, a new process and a new history each time."""
    found = []
    for job, program, file, steps, _ in JOBS:
        if setting.program(program):
            found.append(Contestant(f"Penstock {job}", functools.partial(
                run_ours, setting, job, program, steps), 3 * setting.repetitions))
        if setting.peer("dagster") and (job == "one_op" or not setting.quick):
            found.append(Contestant(
                f"Dagster {job}", functools.partial(run_dagster, setting, job, file, steps),
                3 if job == "one_op" else max(1, setting.repetitions // 2)))
    return alternate(found)


def read_commands(setting):
    """What it takes to look at the chain that was run last."""
    home = setting.scratch / "home-chain_1000" / "home"
    if not setting.program("bench_noop") or not (home / "penstock.db").exists():
        return {}
    base = [setting.program("bench_noop"), "--home", home]
    listed = json.loads(run([*base, "--json", "run", "list"]).output)["runs"]
    if len(listed) != 1 or listed[0]["steps"]["succeeded"] != 1000:
        raise BenchError(f"run list shows {listed}, expected one run of 1000 steps")
    commands = [["run", "list"], ["run", "show", listed[0]["id"]], ["job", "list"],
                ["job", "show", "chain_1000"]]
    return alternate([Contestant(" ".join(words[:2]), functools.partial(run, [*base, *words]),
                                 setting.repetitions) for words in commands])


def alone(setting):
    """The engine in one process: microseconds a step and peak memory, medians."""
    program = setting.program("bench_engine")
    figures = {}
    for mode, shape, steps in ALONE + ([] if setting.quick else MILLION) if program else []:
        repetitions = 1 if steps > 100_000 else setting.repetitions
        runs = []
        for _ in range(repetitions):
            folder = setting.fresh("engine")
            output = run([program, mode, shape, steps, 2], cwd=folder).output
            if mode == "durable":
                check_log(folder / "engine-home", steps)
            runs.append({name: float(value) for name, value, _ in FIGURE.findall(output)})
        median = {name: sorted(r[name] for r in runs)[len(runs) // 2] for name in runs[0]}
        figures[f"{mode} {shape} {steps}"] = median
        print(f"  engine {mode:8} {shape:8} {steps:8} {median['run']:8.2f} us/step "
              f"{median['peak']:6.0f} MB", flush=True)
    return figures


def durable_rate(setting):
    """Durable events per second of the log alone, or None."""
    program = setting.program("bench_log_bench")
    if not program:
        return None
    folder = setting.fresh("log")
    output = run([program, 10_000, 3 if setting.quick else 10], cwd=folder,
                 env={"TMPDIR": str(folder)}).output
    rates = [float(rate) for rate in re.findall(r"([\d.]+) durable events/s", output)]
    return {"output": output.splitlines(),
            "events_per_s": statistics.median(rates) if rates else None}


def step_output(setting):
    """What steps print and log, captured, tailed and searched; figures by name."""
    program = setting.program("bench_step_output")
    if not program:
        return {}
    output = run([program, 100_000 if setting.quick else 1_000_000],
                 cwd=setting.fresh("output")).output
    return {name: float(value) for name, value, _ in FIGURE.findall(output)}


def config_times(setting):
    """Milliseconds to read and to check a document of 10^4 fields, or nothing."""
    program = setting.program("bench_config_bench")
    if not program:
        return {}
    output = run([program, 10_000, 5 if setting.quick else 20]).output
    return {name: float(value) for name, value, _ in FIGURE.findall(output)}


def measure(setting):
    """Everything of this section, for results.json."""
    print("engine", flush=True)
    notes = [] if setting.peer("dagster") else ["Dagster is not installed (make bench-peers)"]
    if not setting.program("bench_noop"):
        notes.append("the program bench_noop is not built: our side is missing")
    result = {"command_line": command_line(setting), "reads": read_commands(setting),
              "alone": alone(setting), "log": durable_rate(setting),
              "step_output": step_output(setting), "config": config_times(setting),
              "notes": notes}
    result["goals"] = [goal.record() for goal in goals(result)]
    return result


def goals(result):
    found = []
    for job, _, _, steps, limit in JOBS:
        ours = result["command_line"].get(f"Penstock {job}", {}).get("wall_s")
        if ours is None:
            continue
        found.append(at_most(f"{job}, from the command line", limit, ours * 1e3, "ms"))
        theirs = result["command_line"].get(f"Dagster {job}", {}).get("wall_s")
        if theirs:
            found[-1].found += f" (Dagster {theirs:.1f} s: {theirs / ours:,.0f} ×)"
    for name in ("durable chain 1000", "durable fan 1000"):
        if name in result["alone"]:
            found.append(at_most(f"a step with durable events, {name.split()[1]}", 20,
                                 result["alone"][name]["run"], "µs"))
    for name, what, limit in (("processes chain 1000", "a step in a warm process", 1),
                              ("cold chain 200", "a step in a process of its own", 20),
                              ("holding chain 200", "the same, while 1 GiB is held", 20)):
        if name in result["alone"]:
            found.append(at_most(what, limit, result["alone"][name]["run"] / 1e3, "ms", 2))
    for name, record in result["reads"].items():
        found.append(at_most(f"`{name}`", 50, record["wall_s"] * 1e3, "ms"))
    output = result["step_output"]
    if output:
        found.append(at_least("captured lines of a step", 100, output["captured"] / 1e3, "k/s", 0))
        found.append(at_least("tailed lines of a step", 100, output["tailed"] / 1e3, "k/s", 0))
        found.append(at_most("a text in 10^6 captured lines", 500, output["find_output"], "ms"))
        found.append(at_most("a text in 10^6 messages", 500, output["find_messages"], "ms"))
    if result.get("config"):
        found.append(at_most("checking a config document of 10,000 fields", 10,
                             result["config"]["validate"], "ms"))
    if result["log"] and result["log"]["events_per_s"]:
        found.append(at_least("durable events of the log alone", 50,
                              result["log"]["events_per_s"] / 1e3, "k/s", 0))
    return found
