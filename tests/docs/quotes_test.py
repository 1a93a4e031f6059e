#!/usr/bin/env python3
"""Checks that the documentation tells the truth: README.md, CHANGELOG.md, CONTRIBUTING.md, docs/.

  quotes    a code block after `<!-- quote: examples/fan_out.cc#part -->` is what stands in that
            file between the lines `// [part]` and `// [/part]`, indentation aside
  blocks    every C++ block of README.md and docs/guide/ is such a quote, so that it is compiled
  outputs   a code block after `<!-- output: cems … -->` is what that command prints, run in the
            root of the repository (where CEMS_BIN names a program)
  links     every relative link leads to a file, and a fragment to a heading
  commands  every `make X` is a target of the Makefile, and every `cems a b` a command that the
            program's own help lists (where CEMS_BIN names a program)

usage: quotes_test.py [--self-test]
"""
import os
import re
import shlex
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path
from urllib.parse import unquote

QUOTE = re.compile(r"<!-- quote: (\S+?)(?:#(\w+))? -->")
OUTPUT = re.compile(r"<!-- output: cems (.+?) -->")
FENCE = re.compile(r"^(```+)(\w*)\s*$")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
MAKE = re.compile(r"(?<![\w/-])make ([a-z][a-z-]*)\b")
CEMS = re.compile(r"(?<![\w/-])cems ((?:[a-z][a-z-]* ?)+)")


def pages(root):
    """The pages that are checked."""
    tops = [root / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")]
    return [page for page in tops + sorted((root / "docs").rglob("*.md")) if page.is_file()]


def blocks(text):
    """Code blocks: (line of the fence, language, body, the line before the fence)."""
    lines, found, at = text.splitlines(), [], 0
    while at < len(lines):
        fence = FENCE.match(lines[at])
        if not fence:
            at += 1
            continue
        end = at + 1
        while end < len(lines) and lines[end].strip() != fence.group(1):
            end += 1
        before = lines[at - 1] if at > 0 else ""
        found.append((at + 1, fence.group(2), "\n".join(lines[at + 1:end]), before))
        at = end + 1
    return found


def part_of(source, part):
    """The lines of a source between the marks of a part, without other marks; else None."""
    lines = source.splitlines()
    if part:
        marks = [i for i, line in enumerate(lines) if line.strip() == f"// [{part}]"]
        ends = [i for i, line in enumerate(lines) if line.strip() == f"// [/{part}]"]
        if len(marks) != 1 or len(ends) != 1 or ends[0] < marks[0]:
            return None
        lines = lines[marks[0] + 1:ends[0]]
    lines = [line for line in lines if not re.fullmatch(r"\s*// \[/?\w+\]", line)]
    return textwrap.dedent("\n".join(lines)).strip("\n")


def quote_problems(root, name, text):
    """C++ blocks that are not what they quote, or quote nothing where they must."""
    found = []
    must_quote = name == "README.md" or name.startswith("docs/guide/")
    for line, language, body, before in blocks(text):
        quote = QUOTE.search(before)
        if not quote:
            if must_quote and language in ("cpp", "c++"):
                found.append(f"{name}:{line}: a C++ block without a quote mark: is it compiled?")
            continue
        source, part = root / quote.group(1), quote.group(2)
        if not source.is_file():
            found.append(f"{name}:{line}: quotes {quote.group(1)}, which is not there")
            continue
        wanted = part_of(source.read_text(), part)
        if wanted is None:
            found.append(f"{name}:{line}: {quote.group(1)} has no part [{part}] … [/{part}]")
        elif body.strip("\n") != wanted:
            found.append(f"{name}:{line}: differs from {quote.group(1)}#{part}; it should be:\n"
                         + wanted)
    marks = len(QUOTE.findall(text))
    used = sum(1 for block in blocks(text) if QUOTE.search(block[3]))
    if marks != used:
        found.append(f"{name}: a quote mark must stand on the line before its code block")
    return found


def run_cems(program, words, root):
    """What the program prints, on both streams, with none of its variables set."""
    with tempfile.TemporaryDirectory() as home:
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith(("CEMS_", "PENSTOCK_"))}
        environment["PENSTOCK_HOME"] = home
        done = subprocess.run([program, *words], cwd=root, env=environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.stdout


def output_problems(root, name, text, program):
    """Blocks that show another output than the program's."""
    found = []
    for line, _, body, before in blocks(text):
        output = OUTPUT.search(before)
        if not output:
            continue
        printed = run_cems(program, shlex.split(output.group(1)), root)
        if body.strip() != printed.strip():
            found.append(f"{name}:{line}: cems {output.group(1)} prints something else:\n{printed}")
    return found


def anchors(text):
    """The fragments that GitHub makes of the headings of a page."""
    headings = re.findall(r"^#+ +(.+?) *$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def without_code(text):
    """The text with code blocks and code spans blanked, so that code holds no links."""
    text = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`", "", text)


def link_problems(root, name, text):
    """Relative links that lead nowhere."""
    found = []
    for target in LINK.findall(without_code(text)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, fragment = target.partition("#")
        page = (root / name).parent / unquote(path) if path else root / name
        if not page.exists():
            found.append(f"{name}: the link to {target} leads nowhere")
        elif fragment and page.suffix == ".md" and fragment not in anchors(page.read_text()):
            found.append(f"{name}: {target}: there is no such heading")
    return found


def code_of(text):
    """Everything a page shows as code that is not C++: commands are named there."""
    shown = [body for _, language, body, _ in blocks(text) if language not in ("cpp", "c++")]
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return shown + re.findall(r"`([^`]+)`", prose)


def command_problems(name, text, targets, commands):
    """Commands that a page names and that do not exist; `commands` is None where unknown."""
    found = []
    for code in code_of(text):
        for target in MAKE.findall(code):
            if target not in targets:
                found.append(f"{name}: make {target}: the Makefile has no such target")
        if commands is None:
            continue
        for words in (found_words.split() for found_words in CEMS.findall(code)):
            if not any(words[:len(command)] == command for command in commands) and not any(
                    command[:len(words)] == words for command in commands):
                found.append(f"{name}: cems {' '.join(words)}: there is no such command")
    return found


def make_targets(root):
    makefile = (root / "Makefile").read_text()
    return set(re.findall(r"^([a-z][a-z-]*):(?!=)", makefile, re.MULTILINE))


def find_program():
    """The program cems, or None where it was not built."""
    program = os.environ.get("CEMS_BIN", "")
    return program if program and os.access(program, os.X_OK) else None


def cems_commands(program):
    """The commands that the program lists, as lists of words."""
    listed = run_cems(program, ["--help"], None).partition("commands\n")[2].partition("\n\n")[0]
    commands = [re.split(r"\s{2,}", line.strip())[0].split() for line in listed.splitlines()]
    if not commands:
        sys.exit(f"{program} --help lists no commands: is its layout another one?")
    return commands


def problems(root, commands, program=None):
    targets = make_targets(root)
    found = []
    for page in pages(root):
        name, text = page.relative_to(root).as_posix(), page.read_text()
        found += quote_problems(root, name, text) + link_problems(root, name, text)
        found += command_problems(name, text, targets, commands)
        if program:
            found += output_problems(root, name, text, program)
    return found


SOURCE = "int a;\n// [one]\n  int b;\n  // [two]\n  int c;\n  // [/two]\n// [/one]\n"
# Pages with what must be said about them; None: nothing.
SAMPLES = {
    "docs/guide/good.md": ("<!-- quote: examples/x.cc#one -->\n```cpp\nint b;\nint c;\n```", None),
    "docs/guide/old.md": ("<!-- quote: examples/x.cc#two -->\n```cpp\nint d;\n```\n", "differs"),
    "docs/guide/part.md": ("<!-- quote: examples/x.cc#six -->\n```cpp\nint d;\n```\n", "no part"),
    "docs/guide/file.md": ("<!-- quote: examples/y.cc#one -->\n```cpp\nint d;\n```\n", "not there"),
    "docs/guide/bare.md": ("```cpp\nint d;\n```\n", "without a quote mark"),
    "docs/guide/lost.md": ("<!-- quote: examples/x.cc -->\n\n```cpp\nint b;\n```\n", "line before"),
    "docs/link.md": ("[x](guide/none.md)\n", "leads nowhere"),
    "docs/head.md": ("# A b\n[x](#a-b) [y](#c)\n", "#c: there is no such heading"),
    "docs/make.md": ("`make demo` and `make coffee`\n", "make coffee"),
    "docs/cems.md": ("```sh\ncems job run etl\ncems brew tea\n```\n", "cems brew tea"),
    "docs/tell.md": ("<!-- output: cems job -->\n```text\njob\n```\n", None),
    "docs/tale.md": ("<!-- output: cems job -->\n```text\nsob\n```\n", "prints something else"),
    "docs/fine.md": ("We make sure. [x](guide/good.md) `[no](link.md)` `cems job`\n", None),
}


def self_test():
    """Each planted mistake must be found, and nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        files = {"Makefile": "demo: ## x\n\t@true\n", "examples/x.cc": SOURCE}
        for name, text in files.items() | {(name, page) for name, (page, _) in SAMPLES.items()}:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        found = problems(root, [["job", "run"], ["version"]], "/bin/echo")
    for name, (_, complaint) in SAMPLES.items():
        said = "\n".join(line for line in found if line.startswith(name))
        if (complaint is None and said) or (complaint and complaint not in said):
            sys.exit(f"quotes self-test: {name}: expected {complaint}, found: {said or 'nothing'}")
    print("quotes self-test: ok")


def main():
    self_test()
    if "--self-test" in sys.argv:
        return
    root = Path(os.environ.get("PENSTOCK_SOURCE_DIR", Path(__file__).resolve().parents[2]))
    program = find_program()
    found = problems(root, cems_commands(program) if program else None, program)
    print("\n".join(found) if found else "documentation: ok")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
