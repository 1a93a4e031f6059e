"""Writes bench/RESULTS.md out of results.json."""

HEAD = """\
# Benchmark results

Written by `make bench`; do not edit. `bench/README.md` says how it measures, `results.json` has
every single run. Absolute figures belong to this machine in these minutes: what counts is the
ratio.
"""


def table(head, rows):
    """A Markdown table; the first column is text, the others are figures."""
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" + " ---: |" * (len(head) - 1)]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows]) + "\n"


def goal_table(goals):
    lines = ["| goal | asked | found | met |", "| --- | ---: | ---: | --- |"]
    lines += [f"| {goal['what']} | {goal['goal']} | {goal['found']} | "
              f"{'yes' if goal['met'] else '**no**'} |" for goal in goals]
    return "\n".join(lines) + "\n" if goals else "No goal could be judged.\n"


def head_of(section, title):
    machine = section["machine"]
    busy = machine["load_before"] > 1.5
    text = f"\n## {title}\n\nTaken on {machine['date']}, commit {machine['commit']}, "
    text += f"load {machine['load_before']} before"
    text += " (**a busy machine: times are too long**).\n" if busy else ".\n"
    return text + "".join(f"\n- {note}" for note in section["notes"]) + "\n"


def spread(record):
    walls = [run["wall_s"] for run in record["runs"]]
    return f"{min(walls):.2f} to {max(walls):.2f}"


def pipeline_text(section):
    text = head_of(section, "The CEMS pipeline")
    text += (f"{len(section['states'])} state-years of 2017, {section['rows']:,} rows: zip of zips "
             "to one Parquet file (zstd) for each. Ours is the whole job, with log, checks and "
             "sorted output; memory is the largest process times the processes. Ratio: our speed "
             "on the same cores through theirs.\n\n")
    ours = {record["cores"]: record["mrow_per_s"] for name, record in section["runs"].items()
            if name.startswith("Penstock") and "cores" in record}
    rows = []
    for name, record in sorted(section["runs"].items(), key=lambda item: item[1].get("cores", 9)):
        if "error" in record:
            rows.append([name, "failed", "", "", "", "", ""])
            continue
        mine = ours.get(record["cores"])
        ratio = f"{mine / record['mrow_per_s']:.1f} ×" if mine else "-"
        rows.append([name, f"{record['wall_s']:.2f}", spread(record), f"{record['cpu_s']:.2f}",
                     f"{record['mrow_per_s']:.2f}", f"{record['memory_mib']:.0f}", ratio])
    text += table(["way", "wall s", "min to max", "CPU s", "Mrow/s", "memory MiB", "ratio"], rows)
    return text + "\n" + goal_table(section["goals"])


def engine_text(section):
    text = head_of(section, "The engine")
    text += ("Jobs that do nothing, from the command line: a new process and an empty history each "
             "time, every event durable. The log is read back before a time counts. Memory is at "
             "least that of the measuring process, about 16 MiB.\n\n")
    rows = [[name, f"{record['wall_s'] * 1e3:,.1f}", f"{record['cpu_s'] * 1e3:,.1f}",
             f"{record['rss_mib']:.0f}", len(record["runs"])]
            for name, record in section["command_line"].items() if "wall_s" in record]
    text += table(["job", "wall ms", "CPU ms", "memory MiB", "runs"], rows)
    if section["alone"]:
        text += ("\nThe engine alone, without process and command line: the reactor (scheduling "
                 "only), one thread and two threads with a log in memory, two threads with a "
                 "durable log.\n\n")
        text += table(["mode, shape, steps", "declare µs/step", "plan µs/step", "run µs/step",
                       "peak MB"],
                      [[name, f"{f['declare']:.2f}", f"{f['plan']:.2f}", f"{f['run']:.2f}",
                        f"{f['peak']:.0f}"] for name, f in section["alone"].items()])
    if section["log"]:
        text += "\n".join(["\nThe log alone:\n\n```", *section["log"]["output"], "```\n"])
    return text + "\n" + goal_table(section["goals"])


def compiling_text(section):
    text = head_of(section, "Compiling and linking")
    text += ("What a user of the library waits for, with the flags of the release build and "
             "without a compiler cache.\n\n")
    text += table(["what", "wall s", "CPU s", "memory MiB"],
                  [[name, f"{r['wall_s']:.2f}", f"{r['cpu_s']:.2f}", f"{r['rss_mib']:.0f}"]
                   for name, r in section["runs"].items() if "wall_s" in r])
    return text + "\n" + goal_table(section["goals"])


WRITERS = {"pipeline": pipeline_text, "engine": engine_text, "compiling": compiling_text}


def machine_text(machine):
    peers = ", ".join(f"{name} {version}" for name, version in sorted(machine["peers"].items()))
    return (f"\n{machine['cores']} cores of {machine['processor']}, {machine['memory_gib']} GiB, "
            f"{machine['system']}.\n{machine['compiler']}, `{machine['flags']}`. "
            f"Python {machine['python']}; {peers or 'no peers installed'}.\n")


def write(results):
    """The whole report, as Markdown."""
    sections = [name for name in WRITERS if name in results]
    machine = results[sections[-1]]["machine"]
    goals = [goal for name in sections for goal in results[name]["goals"]]
    met = sum(goal["met"] for goal in goals)
    text = HEAD + machine_text(machine)
    text += f"\n**{met} of {len(goals)} goals met.**\n" if goals else ""
    return text + "".join(WRITERS[name](results[name]) for name in sections)
