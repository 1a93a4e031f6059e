#!/usr/bin/env python3
"""Checks that every #include follows the layers, so that folders can be read one by one.

usage: layers.py [--self-test] [ROOT]
"""
import re
import sys
import tempfile
from pathlib import Path

# What a folder of penstock/ may include, beside itself, and why. Everything else is an error.
LAYERS = {
    "base": ([], "words without a domain: everything may use them, they know nothing"),
    "frame": (["base"], "tables know nothing of ops, runs or storage"),
    "model": (["base"], "what users declare; without Arrow, so that it is quick to compile"),
    "io": (["frame", "model", "base"], "the only place where values meet tables and files"),
    "event": (["model", "base"], "what happened, and the storage ports; folds are pure"),
    "plan": (["event", "model", "base"], "planning is pure: no execution, no storage"),
    "run": (["plan", "event", "model", "base"], "execution sees storage as event's ports only"),
    "store": (["event", "model", "base"], "a store implements ports, it decides nothing"),
    "automation": (["run", "plan", "event", "model", "base"], "decides when, not how"),
    "view": (["plan", "event", "model", "base"], "read models are pure"),
    "server": (["view", "automation", "run", "plan", "event", "model", "base"],
               "routes show views and start runs; which store it is, app decides"),
    "cli": (["view", "automation", "run", "plan", "event", "model", "base"],
            "commands show views and start runs; which store it is, app decides"),
}
# These see every layer: app joins the parts, the others stand outside.
UNLIMITED = {"app", "testing", "penstock.h"}

# Layers whose headers users may include. In them, a `detail` folder or a name with `internal` or
# `detail` in it is not public.
PUBLIC = {"penstock.h", "base", "frame", "model", "io", "testing"}
NOT_PUBLIC = re.compile(r"(^|[/_])(detail|internal)([/_.]|$)")

# Libraries that only some layers may include, and why.
LIBRARIES = {
    "arrow/": ({"frame", "io"}, "orchestrators without tables must not need Arrow"),
    "parquet/": ({"frame", "io"}, "orchestrators without tables must not need Parquet"),
    "sqlite3.h": ({"store"}, "only a store knows how it stores"),
    "CLI/": ({"cli", "app"}, "slow to compile; a command line is not a library's business"),
    "yaml-cpp/": ({"model", "app"}, "settings are parsed in one place"),
    "isa-l": ({"base", "frame"}, "inflating and check sums are for archives and table files"),
}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)


def layer_of(path):
    """The layer of a path below penstock/: its folder, or the file's own name at the top."""
    return path.split("/")[1]


def resolve(root, source, quote, target):
    """The path below root that an include names, else the name itself."""
    if quote == '"':
        beside = (root / source).parent / target
        if beside.is_file():
            return beside.resolve().relative_to(root.resolve()).as_posix()
    return target


def inside_problem(source, target):
    """What is wrong with a file of penstock/ including `target`, or None."""
    layer = layer_of(source)
    if target.startswith("penstock/"):
        other = layer_of(target)
        if layer in UNLIMITED or other == layer:
            return None
        if other == "testing" and source.endswith("_test.cc"):
            return None
        allowed, reason = LAYERS.get(layer, ([], "this folder is not in the table of layers"))
        if other in allowed:
            return None
        return f"{layer} may include only {', '.join(allowed) or 'itself'}: {reason}"
    if target.startswith(("pipelines/", "examples/", "tests/", "bench/")):
        return "the library does not know its users"
    for prefix, (layers, reason) in LIBRARIES.items():
        if target.startswith(prefix) and layer not in layers | {"testing"}:
            return f"only {' and '.join(sorted(layers))} may include {prefix}: {reason}"
    return None


def user_problem(target):
    """What is wrong with a pipeline or an example including `target`, or None."""
    if not target.startswith("penstock/"):
        return None
    if layer_of(target) in PUBLIC and not NOT_PUBLIC.search(target):
        return None
    return "pipelines and examples may include public headers only: they are the first users"


def problems(root):
    """All violations below root, as lines `file:line: include: why`."""
    found = []
    for folder in ("penstock", "pipelines", "examples"):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix not in (".h", ".cc") or not path.is_file():
                continue
            source = path.relative_to(root).as_posix()
            text = path.read_text()
            for match in INCLUDE.finditer(text):
                target = resolve(root, source, *match.groups())
                problem = (inside_problem(source, target) if folder == "penstock"
                           else user_problem(target))
                if problem:
                    line = text.count("\n", 0, match.start(1)) + 1
                    found.append(f"{source}:{line}: includes {target}: {problem}")
    return found


def self_test():
    """Plants one violation of each kind beside clean files and expects to be told of each."""
    clean = {
        "penstock/plan/plan.cc": "#include <penstock/event/event.h>\n#include <vector>\n",
        "penstock/run/run_test.cc": "#include <penstock/testing/fake_clock.h>\n",
        "penstock/app/main.cc": "#include <penstock/store/sqlite/log.h>\n#include <CLI/CLI.hpp>\n",
        "penstock/penstock.h": "#include <penstock/app/main.h>\n",
        "penstock/frame/table.cc": "#include <arrow/api.h>\n",
        "pipelines/cems/main.cc": "#include <penstock/penstock.h>\n#include \"extract.h\"\n",
    }
    planted = {
        "penstock/base/text.cc": "\n#include <penstock/model/op.h>\n",
        "penstock/plan/a.cc": "#include <penstock/store/log.h>\n",
        "penstock/plan/b.cc": '#include "../run/c.h"\n',
        "penstock/run/c.h": "#include <arrow/api.h>\n",
        "penstock/run/d.cc": "#include <penstock/testing/fake_clock.h>\n",
        "penstock/new/e.cc": "#include <penstock/base/text.h>\n",
        "penstock/io/f.cc": "#include <pipelines/cems/extract.h>\n",
        "pipelines/cems/g.cc": "#  include <penstock/run/reactor.h>\n",
        "examples/h.cc": "#include <penstock/model/detail/signature.h>\n",
        "examples/i.cc": "#include <penstock/io/frame_internal.h>\n",
    }
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, text in (clean | planted).items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        told = {line.split(":")[0] for line in problems(root)}
    if told != set(planted):
        sys.exit(f"layers self-test: missed {sorted(set(planted) - told)},"
                 f" wrongly told of {sorted(told - set(planted))}")
    print("layers self-test: ok")


def main():
    if "--self-test" in sys.argv:
        return self_test()
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    found = problems(root)
    print("\n".join(found) if found else "layers: ok")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
