"""The real program under faults of the file system, and what must hold after each of them.

A Trial is a folder with a home and outputs of its own. `Trial.call` starts the program, if wished
with a fault at the N-th call that changes what lies in the folder (see faults_preload.cc), or
killed after some seconds. The functions at the end let one fault happen, start what a user would
start next, and compare everything with what must be.
"""
import hashlib
import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import tempfile
import threading

from program_test import preload

BINARY = pathlib.Path(os.environ["PENSTOCK_BINARY_DIR"])
SOURCE = pathlib.Path(os.environ["PENSTOCK_SOURCE_DIR"])
KILLED = -9
CUT_OFF = -7  # a thread read what the power fault was just taking away, and met SIGBUS
KILLS = ("before", "torn", "after", "power")
REFUSALS = ("enospc", "eio", "full")


class Broken(Exception):
    """A promise that was not kept."""


def demand(what, kept, detail=""):
    if not kept:
        raise Broken(f"not kept: {what}\n{detail}")


class Subject:
    """A program with a job, and the files that the job makes (by name, their MD5)."""

    def __init__(self, program, run, variables=()):
        self.program = program
        self.run = ("job", "run", *run)
        self.variables = dict(variables)
        self.outputs, self.calls, self.seconds = {}, 0, 0.0

    def learn(self):
        """Run the job undisturbed."""
        with Trial(self) as trial:
            status, out, err = trial.call(*self.run, fault="count")
            demand("the job works undisturbed", status == 0, f"{out}{err}")
            self.outputs = trial.outputs()
            self.calls = len(trial.trace())
            demand("the job makes files", self.outputs)
        return self


def parts():
    """A small job: three steps that write a file each."""
    return Subject(BINARY / "bin/recovery_main", ("parts", "-q", "--executor", "inline")).learn()


def cems():
    """The EPA CEMS pipeline on all the archives of the repository."""
    words = ("epacems_etl", "-q", "--set", "years=[2017,2020]", "--set", "states=[ID,ME,RI,SD]",
             "--set", "missing_partitions=skip")
    data = SOURCE / "pipelines/cems/data"
    return Subject(os.environ["CEMS_BIN"], words, {"CEMS_ARCHIVES": data}).learn()


class Template:
    """What trials begin with: a folder as make(trial) leaves it.

    The log knows the folder in which a run worked, so that every thread makes its own, once, and
    its trials run in that very place.
    """

    def __init__(self, subject, make):
        self.subject, self.make = subject, make
        self.mine = threading.local()
        self.roots = []

    def root(self):
        """Of this thread; `at` in it is as it was made."""
        if not hasattr(self.mine, "root"):
            trial = Trial(self.subject)
            self.roots.append(trial.root)
            self.make(trial)
            trial.folder.rename(trial.root / "kept")
            self.mine.root = trial.root
        root = self.mine.root
        shutil.rmtree(root / "at", ignore_errors=True)
        (root / "trace").unlink(missing_ok=True)
        shutil.copytree(root / "kept", root / "at")
        return root

    def close(self):
        for root in self.roots:
            shutil.rmtree(root)


class Trial:
    """A folder in which a subject runs, empty or as a template says."""

    def __init__(self, subject, template=None):
        self.subject = subject
        self.template = template
        if template is None:
            self.root = pathlib.Path(tempfile.mkdtemp(prefix="penstock-crash-"))
            self.folder = self.root / "at"
            self.folder.mkdir()
            (self.folder / "go").touch()  # what recovery_main waits for
        else:
            self.root = template.root()
            self.folder = self.root / "at"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.template is None:
            shutil.rmtree(self.root)

    def environment(self, fault, number):
        variables = {**os.environ, "TZ": "UTC", "PENSTOCK_HOME": self.folder / "log",
                     "CEMS_OUTPUT": self.folder / "out", **self.subject.variables}
        if fault:
            variables |= {"LD_PRELOAD": preload("faults_preload"), "PENSTOCK_FAULT": fault,
                          "PENSTOCK_FAULT_CALL": number, "PENSTOCK_FAULT_FOLDERS": self.folder,
                          "PENSTOCK_FAULT_TRACE": self.root / "trace"}
        return {name: str(value) for name, value in variables.items()}

    def call(self, *words, fault=None, number=0, seconds=120):
        """Run the program; gives its status, what it printed and what it complained of."""
        process = subprocess.Popen([self.subject.program, *words], cwd=self.folder, text=True,
                                   env=self.environment(fault, number), stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
        return process.returncode, out, err

    def succeed(self, *words):
        status, out, err = self.call(*words)
        demand(f"{' '.join(words)} works", status == 0, f"exit {status}\n{out}{err}")
        return out

    def runs(self):
        return json.loads(self.succeed("run", "list", "--json"))["runs"]

    def findings(self):
        """What `storage verify` finds, by kind; of a log that is not there nothing."""
        status, out, err = self.call("storage", "verify", "--json")
        if status == 3 and "there is no run log" in out:
            return {}
        demand("storage verify tells what it finds", status in (0, 1), f"exit {status}\n{out}{err}")
        return {finding["kind"]: finding for finding in json.loads(out)["findings"]}

    def trace(self):
        """The calls that were counted so far, as `NUMBER NAME PATH`."""
        trace = self.root / "trace"
        return trace.read_text(encoding="utf-8").splitlines() if trace.exists() else []

    def outputs(self):
        folder = self.folder / "out"
        return {str(path.relative_to(folder)): hashlib.md5(path.read_bytes()).hexdigest()
                for path in folder.rglob("*") if path.is_file()}

    def check_at_rest(self):
        """Before anything was mended: nothing torn, and nothing recorded that is not there."""
        findings = self.findings()
        demand("a fault leaves nothing but unfinished work",
               set(findings) <= {"lost_run", "leftover"}, str(findings))
        for name, digest in self.outputs().items():
            if not name.endswith(".tmp"):
                demand("no output is torn", digest == self.subject.outputs.get(name), name)

    def go_on(self):
        """What a user starts next: the last run from where it failed, or a run anew."""
        status, out, err = self.call("run", "list", "--limit", "1", "--json")
        demand("run list tells the last run, or that there is no log", status in (0, 3),
               f"exit {status}\n{out}{err}")
        last = json.loads(out)["runs"] if status == 0 else []
        if last and last[0]["status"] != "SUCCESS":
            status, out, err = self.call("run", "reexecute", last[0]["id"], "-q")
            if status == 0:
                return
            demand("what is left of a run is executed again, or nothing is left",
                   status == 4 and "every step of it ended well" in err,
                   f"exit {status}\n{out}{err}")
        self.succeed(*self.subject.run)

    def check(self, acknowledged=()):
        """Go on; then all must be as if nothing had happened, but for the record."""
        self.go_on()
        findings = self.findings()
        demand("storage verify is clean", not findings, str(findings))
        demand("the outputs are whole, with nothing beside them",
               self.outputs() == self.subject.outputs, str(self.outputs()))
        runs = self.runs()
        demand("the next run succeeds", runs[0]["status"] == "SUCCESS", str(runs[0]))
        for run in runs:
            demand("every run has ended", run["status"] in ("SUCCESS", "CANCELED", "FAILURE"),
                   str(run))
        for run in acknowledged:
            found = [other["status"] for other in runs if other["id"] == run]
            demand("what was acknowledged stays", found == ["SUCCESS"], f"{run}: {found}")
        self.check_rows()
        rest = sorted(path.name for path in (self.folder / "log").iterdir())
        demand("the home holds the log, what it keeps back, and nothing else",
               rest == ["penstock.db", "penstock.reserve"], str(rest))

    def check_rows(self):
        database = sqlite3.connect(self.folder / "log/penstock.db")
        twice = database.execute(
            "SELECT run_id, type, step, attempt, count(*) FROM event_rows WHERE type IN"
            " ('STEP_START', 'STEP_SUCCESS', 'STEP_FAILURE', 'RUN_STARTING', 'RUN_SUCCESS',"
            "  'RUN_FAILURE', 'ASSET_MATERIALIZATION')"
            " GROUP BY 1, 2, 3, 4 HAVING count(*) > 1").fetchall()
        gaps = database.execute("SELECT max(seq) - min(seq) + 1 - count(*) FROM events").fetchone()
        deleted = database.execute("SELECT count(*) FROM run_ids WHERE deleted").fetchone()
        database.close()
        demand("nothing is recorded twice", not twice, str(twice))
        demand("no event is lost in the middle", gaps[0] == 0 or deleted[0] > 0, str(gaps))


def count_calls(subject, words, template):
    """How many calls the undisturbed command makes."""
    with Trial(subject, template) as trial:
        status, out, err = trial.call(*words, fault="count")
        demand("the command works undisturbed", status == 0, f"{out}{err}")
        return len(trial.trace())


def acknowledged_run(out):
    """The run that the program called a success before it was killed."""
    if "SUCCESS" not in out:
        return ()
    return tuple(line.split()[1] for line in out.splitlines() if line.startswith("run "))


def check_refusal(trial, fault, status, text):
    demand("the program ends by itself", status >= 0, f"exit {status}\n{text}")
    if status == 0:
        return
    demand("the error names the file",
           str(trial.folder) in text or re.search(r" out[/:]", text), f"exit {status}\n{text}")
    if fault != "eio":
        demand("the error says what to do", "free some space" in text or "has room" in text,
               f"exit {status}\n{text}")


def one_fault(subject, words, fault, number, template=None):
    """Let one fault happen to the command, look at what is left, and go on."""
    with Trial(subject, template) as trial:
        status, out, err = trial.call(*words, fault=fault, number=number)
        try:
            if fault in KILLS:
                demand("the program was killed, or had made its calls",
                       status in (KILLED, 0) or (fault == "power" and status == CUT_OFF),
                       f"exit {status}\n{out}{err}")
            else:
                check_refusal(trial, fault, status, out + err)
            trial.check_at_rest()
            trial.check(acknowledged_run(out))
        except Broken as broken:
            last = "\n".join(trial.trace()[-6:])
            raise Broken(f"{' '.join(words)}: {fault} at call {number}; the last calls:\n{last}\n"
                         f"{broken}") from None


def random_kills(subject, random):
    """Kill the job up to three times, at random calls or moments, then let it finish."""
    with Trial(subject) as trial:
        done, acknowledged = [], ()
        for _ in range(random.randint(1, 3)):
            fault, number, seconds = random.choice(KILLS), random.randint(1, subject.calls), 120
            if random.random() < 0.5:
                fault, number, seconds = "count", 0, random.random() * subject.seconds
            done.append((fault, number, round(seconds, 4)))
            _, out, _ = trial.call(*subject.run, fault=fault, number=number, seconds=seconds)
            acknowledged += acknowledged_run(out)
            try:
                trial.check_at_rest()
            except Broken as broken:
                raise Broken(f"kills {done}: {broken}") from None
        try:
            trial.check(acknowledged)
        except Broken as broken:
            raise Broken(f"kills {done}: {broken}") from None
        return len(done)
