"""Runs a command once and says what it cost."""
import os
import subprocess
import tempfile
import time
from dataclasses import dataclass


class BenchError(Exception):
    """A run that failed, or whose result is wrong: it has no time."""


@dataclass
class Sample:
    """One run of a command, whole: from before its process is made until it was waited for."""
    wall_s: float
    cpu_s: float    # user and system, with the processes that it waited for
    rss_mib: float  # of its largest process
    output: str     # standard output, then standard error


def cores(count):
    """The first `count` processors that this process may use."""
    usable = sorted(os.sched_getaffinity(0))
    if len(usable) < count:
        raise BenchError(f"{count} processors are needed, {len(usable)} can be used")
    return set(usable[:count])


def run(command, *, cpus=None, env=None, cwd=None):
    """Run a command on some processors; BenchError when it does not end with status 0."""
    command = [str(word) for word in command]

    def pin():
        if cpus:
            os.sched_setaffinity(0, cpus)

    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        begin = time.perf_counter()
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=cwd,
                                 env={**os.environ, **(env or {})}, preexec_fn=pin)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - begin
        child.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for stream in (out, err):
            stream.seek(0)
            texts.append(stream.read().decode(errors="replace"))
    if child.returncode != 0:
        raise BenchError(f"{' '.join(command)}: ended with {child.returncode}\n"
                         + "".join(texts)[-2000:])
    return Sample(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, "".join(texts))
