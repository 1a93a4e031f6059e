"""What was measured on, and with which versions."""
import datetime
import importlib.metadata
import os
import pathlib
import platform
import re
import subprocess

from harness.setting import ROOT

PEER_PACKAGES = ["polars", "duckdb", "pandas", "pyarrow", "dagster"]


def first_line(command):
    """The first line that a command prints, or nothing."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.split("\n", 1)[0]


def processor():
    text = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    name = re.search(r"^model name\s*: (.*)", text, re.MULTILINE)
    flags = re.search(r"^flags\s*: (.*)", text, re.MULTILINE)
    wide = [flag for flag in ("avx2", "avx512f") if flags and flag in flags[1].split()]
    return " ".join([name[1] if name else platform.machine(), *wide])


def memory_gib():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def cache_value(build, name):
    """A value of a build folder's CMake cache."""
    path = build / "CMakeCache.txt"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    found = re.search(rf"^{name}:\w+=(.*)", text, re.MULTILINE)
    return found[1] if found else ""


def peer_versions():
    """Versions of the installed peers, by package."""
    folders = [str(path) for path in (ROOT / ".deps/peers/lib").glob("python*/site-packages")]
    return {package.metadata["Name"]: package.version
            for package in importlib.metadata.distributions(path=folders)
            if package.metadata["Name"] in PEER_PACKAGES} if folders else {}


def describe(setting):
    """Facts for results.json and the report's head."""
    compiler = cache_value(setting.build, "CMAKE_CXX_COMPILER")
    return {
        "date": datetime.date.today().isoformat(),
        "commit": first_line(["git", "rev-parse", "--short", "HEAD"]),
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory_gib(), 1),
        "system": f"{platform.system()} {platform.release()}, {' '.join(platform.libc_ver())}",
        "compiler": first_line([compiler, "--version"]) if compiler else "",
        "flags": cache_value(setting.build, "CMAKE_CXX_FLAGS_RELEASE"),
        "load_before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "peers": peer_versions(),
    }
