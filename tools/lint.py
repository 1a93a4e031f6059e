#!/usr/bin/env python3
"""The house lint: rules that the compiler does not know. Each has its reason beside it.

A line that must break a rule says so, on itself or on the line above it:
    // lint: allow no-sleep, the child is waited for by its pid and this only yields

usage: lint.py [--self-test] [FILE...]
"""
import re
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Callable, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
MAX_LINES = 600
MAX_COLUMNS = 100

CXX = ["*.h", "*.cc"]
CODE = CXX + ["*.py", "*.sh", "*.cmake", "*CMakeLists.txt", "*.ts", "*.tsx"]
TEXT = CODE + ["*.md", "*.json", "*.yaml", "*.yml", "*Makefile", ".ci/*"]
TESTS = ["tests/*", "*_test.cc", "*_test.py"]
# Written by tools, or the words of others.
SKIPPED = ["*package-lock.json", "LICENSE", "*/node_modules/*", "*/data/*"]


class Rule(NamedTuple):
    """One rule: `check` gets the text and yields (line number, what is wrong)."""
    name: str
    reason: str
    files: list
    check: Callable
    except_in: list = []


def each_line(pattern, what):
    """A check that finds `pattern` in single lines."""
    regex = re.compile(pattern)

    def check(text):
        for number, line in enumerate(text.splitlines(), 1):
            if regex.search(line):
                yield number, what
    return check


def pragma_once(text):
    """Finds headers whose first line after the leading comment is not the include guard."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("//"):
            continue
        if line.strip() != "#pragma once":
            yield number, "expected #pragma once after the leading comment"
        return


def opening_comment(text):
    """Finds headers that do not begin by saying what they are for."""
    if not text.startswith("//"):
        yield 1, "expected a comment that says what this header is for"


def file_length(text):
    """Finds files that have grown past what one reads in a sitting."""
    lines = text.count("\n")
    if lines > MAX_LINES:
        yield MAX_LINES, f"{lines} lines, at most {MAX_LINES}: split by subject"


def line_length(text):
    """Finds lines that do not fit."""
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > MAX_COLUMNS and "://" not in line:
            yield number, f"{len(line)} columns, at most {MAX_COLUMNS}"


# The words are put together so that this file does not find itself.
UNFINISHED = r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b"
MACHINE_PATH = r"(?<![\w.])/(wo" r"rk|ro" r"ot|ho" r"me|farm)/"

ENGINE = [f"penstock/{folder}/*.{end}" for end in ("h", "cc")
          for folder in ("run", "plan", "event", "model", "store", "view", "cli", "app")]
_NARROW = r"(?:std::)?u?int(?:8|16|32)_t|int|unsigned|short"
NARROWING = (rf"(?<![\w<:])(?:{_NARROW})\((?!\))(?!\w+(?: \w+)*\)>)|static_cast<(?:{_NARROW})>|"
             rf"\((?:{_NARROW})\)\s*[\w(]")

RULES = [
    Rule("no-unfinished", "what is not done is an issue, or is done now; a mark in the code is "
         "read by nobody", TEXT, each_line(UNFINISHED, "mark of unfinished work")),
    Rule("no-machine-path", "a path of one machine is wrong on every other",
         TEXT, each_line(MACHINE_PATH, "path of one machine")),
    Rule("pragma-once", "one way to guard a header, where everybody looks for it",
         ["*.h"], pragma_once),
    Rule("opening-comment", "who opens a header wants to know whether it is the right one",
         ["*.h"], opening_comment),
    Rule("file-length", "a long file is two subjects", CODE, file_length),
    Rule("line-length", "two files fit side by side", CODE, line_length),
    Rule("no-using-namespace", "in a header it leaks into everybody who includes it",
         ["*.h"], each_line(r"^\s*using\s+namespace\b", "using namespace in a header")),
    Rule("no-assert", "assert() is gone in release builds; PENSTOCK_CHECK stays",
         CXX, each_line(r"(?<![\w.>:])assert\s*\(", "use PENSTOCK_CHECK")),
    Rule("no-cout", "a library does not write to its user's terminal: return it, or log it",
         ["penstock/*.h", "penstock/*.cc"],
         each_line(r"\bstd::(cout|cerr)\b", "output from the library"),
         except_in=["penstock/cli/*", "penstock/app/*"]),
    Rule("catch-all", "what a user's code throws becomes an error in one place, with type, text "
         "and causes: call it through penstock/model/user_code.h",
         ["penstock/*.h", "penstock/*.cc"],
         each_line(r"\bcatch\s*\(\.\.\.\)", "catch (...)"),
         except_in=["penstock/model/user_code.*", "*_test.cc"]),
    Rule("user-function", "a function that a definition holds is the user's, and may throw: hold a "
         "UserFunction or UserPointer of penstock/model/user_code.h",
         ["penstock/model/*.h"], each_line(r"\bstd::function<", "std::function in a definition"),
         except_in=["penstock/model/user_code.h"]),
    Rule("no-regex", "std::regex is slow to compile, slow to run and overflows the stack on long "
         "input: penstock/base/text.h has what is needed",
         CXX, each_line(r"\bstd::(basic_)?regex\b|#include <regex>", "std::regex")),
    Rule("bounded-json", "nlohmann's reader takes a byte order mark and stops at a NUL, its writer "
         "recurses over what users nest, and objects of many keys take quadratic time: use "
         "penstock/base/json_text.h",
         ["penstock/*.h", "penstock/*.cc"],
         each_line(r"\b[Jj]son::(parse|accept)\s*\(|\.dump\s*\(", "JSON without bounds"),
         except_in=["*_test.cc", "penstock/base/json_text.cc", "penstock/io/*",
                    "penstock/frame/*"]),
    Rule("bounded-file-name", "a file system takes names of 255 bytes, and step keys may be "
         "longer: use penstock/base/file_name.h",
         ["penstock/*.cc"], each_line(r"\bpercent_encode\(", "file name without a bound"),
         except_in=["*_test.cc", "penstock/base/text.cc", "penstock/base/file_name.cc",
                    "penstock/store/value_files.cc", "penstock/run/logs/captured_format.cc",
                    "penstock/io/path_template.cc"]),
    Rule("no-sleep", "a test that sleeps is slow, and fails on a busy machine: use FakeClock, or "
         "wait for the thing itself",
         TESTS, each_line(r"\b(sleep_for|sleep_until|usleep|nanosleep)\b|\btime\.sleep\b|"
                          r"^\s*sleep\s+[\d.]", "sleeping in a test")),
    Rule("no-wall-clock", "a test that reads the clock differs from run to run: use FakeClock",
         ["*_test.cc"], each_line(r"\bsystem_clock::now\b", "wall clock in a test")),
    Rule("one-clock", "time comes from a Clock, so that tests decide it, and no limit is measured "
         "by the wall clock",
         ["penstock/*.h", "penstock/*.cc"],
         each_line(r"\b(system|steady|high_resolution)_clock::now\b|\bgettimeofday\b"
                   r"|\bCLOCK_(REALTIME|BOOTTIME)\b|\btime\((nullptr|NULL|0)\)",
                   "asks the system for the time; use Clock"),
         except_in=["penstock/base/clock.cc"]),
    Rule("no-random-device", "a failure that cannot be repeated cannot be mended: seed it",
         TESTS, each_line(r"\bstd::random_device\b|\bsrand\s*\(\s*time\b", "unseeded randomness")),
    Rule("no-skipped-test", "a test that does not run passes for ever",
         TESTS, each_line(r"\b(GTEST_SKIP|DISABLED_\w+)", "a test that does not run")),
    Rule("no-plain-narrowing", "a cast drops the digits that do not fit without a word: "
         "penstock/base/narrow.h checks, saturates, or reads an enumerator's number",
         ENGINE, each_line(NARROWING, "a cast to a narrower number"), except_in=["*_test.cc"]),
    Rule("no-port-mask", "an op has as many ports as its author likes: PortSet has no end",
         ENGINE, each_line(r"(<<|>>)\s*\(?port\b|\bport\s*(<|>=)\s*\d",
                           "a bit mask over ports"),
         except_in=["penstock/model/port_set.h", "*_test.cc"]),
    Rule("no-nulls-by-hand", "bits and number of nulls that differ are wrong values in files: "
         "ColumnBuilder or ValidityBuilder set both",
         CXX, each_line(r"\bvalidity\s*(=(?!=)|\.(assign|resize|push_back|clear)\b)|"
                        r"\bnull_count\s*(=(?!=)|\+=|\+\+)|\+\+[\w.\->]*\bnull_count\b",
                        "nulls of a column set by hand"),
         except_in=["*_test.cc", "penstock/frame/column.h", "penstock/frame/column_builder.cc",
                    "penstock/frame/frame_codec.cc", "penstock/frame/detail/arrow_column.cc",
                    "penstock/frame/detail/csv_columns.cc",
                    "penstock/frame/detail/frame_check.cc"]),
    Rule("no-trailing-space", "noise in every later change",
         CODE, each_line(r"[ \t]+$", "space at the end of the line")),
]


def matches(name, patterns):
    return any(fnmatch(name, pattern) or fnmatch(name.rsplit("/", 1)[-1], pattern)
               for pattern in patterns)


def allowed(lines, number, rule):
    """Whether line `number`, or the one above it, carries an exception with a reason."""
    mark = re.compile(rf"lint: allow {re.escape(rule)}\b[,:]? \w+")
    return any(mark.search(line) for line in lines[max(0, number - 2):number])


def lint(name, text):
    """All complaints about one file, as lines `file:line: rule: what (why)`."""
    lines = text.splitlines()
    return [f"{name}:{number}: {rule.name}: {what} ({rule.reason})"
            for rule in RULES if matches(name, rule.files) and not matches(name, rule.except_in)
            for number, what in rule.check(text) if not allowed(lines, number, rule.name)]


def repository_files():
    """The files of the repository, with those not yet added; without git, what lies here."""
    command = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        done = None
    if done and done.returncode == 0:
        return sorted(set(done.stdout.splitlines()))
    built = ("build/", "out/", ".deps/", ".git/")
    names = (path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*") if path.is_file())
    return sorted(name for name in names if not name.startswith(built))


HEADER = "// Words.\n#pragma once\n"
# For each rule a file that breaks it, and one that does not.
SAMPLES = {
    "no-unfinished": [("a.cc", "// TO" "DO later\n"), ("a.cc", "// todos are a feature\n")],
    "no-machine-path": [("a.md", "see /ho" "me/x\n"), ("a.md", "see docs/ho" "me/x\n")],
    "pragma-once": [("a.h", "// Words.\n\n#include <x>\n"), ("a.h", HEADER)],
    "opening-comment": [("a.h", "#pragma once\n"), ("a.h", HEADER)],
    "file-length": [("a.cc", "\n" * 601), ("a.cc", "\n" * 600)],
    "line-length": [("a.cc", "x" * 101 + "\n"), ("a.cc", "x" * 100 + "\n")],
    "no-using-namespace": [("a.h", HEADER + "using namespace std;\n"),
                           ("a.cc", "using namespace std;\n")],
    "no-assert": [("a.cc", "assert(x);\n"), ("a.cc", "static_assert(x);\n")],
    "no-cout": [("penstock/run/a.cc", "std::cout << 1;\n"),
                ("penstock/cli/a.cc", "std::cout << 1;\n")],
    "catch-all": [("penstock/run/a.cc", "} catch (...) {\n"),
                  ("penstock/run/a.cc", "} catch (const E& e) {\n")],
    "user-function": [("penstock/model/a.h", HEADER + "std::function<void()> f;\n"),
                      ("penstock/run/a.h", HEADER + "std::function<void()> f;\n")],
    "bounded-json": [("penstock/view/a.cc", "auto x = Json::parse(text);\n"),
                     ("penstock/view/a.cc", "auto x = parse_json(text);\n")],
    "bounded-file-name": [("penstock/run/a.cc", "auto x = percent_encode(step);\n"),
                          ("penstock/run/a.cc", "auto x = file_name(step);\n")],
    "no-regex": [("a.cc", "std::regex r;\n"), ("a.cc", "regex r;\n")],
    "no-sleep": [("tests/cli/a_test.py", "time.sle" "ep(1)\n"), ("a.cc", "sle" "ep_for(1s);\n")],
    "no-wall-clock": [("a_test.cc", "system_clock::now();\n"), ("a.cc", "system_clock::now();\n")],
    "one-clock": [("penstock/a.cc", "steady_clock::now();\n"),
                  ("penstock/base/clock.cc", "steady_clock::now();\n")],
    "no-random-device": [("a_test.cc", "std::random_device d;\n"), ("a_test.cc", "Rng r(7);\n")],
    "no-skipped-test": [("a_test.cc", "GTEST_" "SKIP();\n"), ("a_test.cc", "TEST(A, B) {}\n")],
    "no-plain-narrowing": [("penstock/run/a.cc", "f(std::int32_t(n));\n"),
                           ("penstock/run/a.cc", "f(narrow<std::int32_t>(n));\n")],
    "no-port-mask": [("penstock/run/a.cc", "bits |= 1u << port;\n"),
                     ("penstock/run/a.cc", "ports.insert(port);\n")],
    "no-nulls-by-hand": [("a.cc", "++column.null_count;\n"),
                         ("a.cc", "if (column.null_count == 0) return;\n")],
    "no-trailing-space": [("a.cc", "x \n"), ("a.cc", "x\n")],
}


def self_test():
    """Each rule must find its bad sample and leave its good one alone."""
    for rule in RULES:
        (bad_name, bad), (good_name, good) = SAMPLES[rule.name]
        if not any(f": {rule.name}: " in line for line in lint(bad_name, bad)):
            sys.exit(f"lint self-test: {rule.name} does not find its bad sample")
        if any(f": {rule.name}: " in line for line in lint(good_name, good)):
            sys.exit(f"lint self-test: {rule.name} complains about its good sample")
    excused = "// lint: allow no-assert, this is C code\nassert(x);\n"
    if lint("a.cc", excused) or not lint("a.cc", excused.replace(", this is C code", "")):
        sys.exit("lint self-test: an exception needs a reason, and with one it counts")
    print("lint self-test: ok")


def main():
    if "--self-test" in sys.argv:
        return self_test()
    names = sys.argv[1:] or repository_files()
    found = []
    for name in names:
        if matches(name, TEXT) and not matches(name, SKIPPED) and (ROOT / name).is_file():
            found += lint(name, (ROOT / name).read_text(errors="replace"))
    print("\n".join(found) if found else "lint: ok")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
