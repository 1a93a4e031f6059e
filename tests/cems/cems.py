"""What the tests of the cems program share: running it, archives to break, files to read."""
import hashlib
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import zipfile

sys.path.insert(0, os.environ.get("PYARROW_PATH", ""))

SOURCE = pathlib.Path(os.environ["PENSTOCK_SOURCE_DIR"])
OWN_DATA = SOURCE / "pipelines/cems/data"
TABLE = "core_epacems__hourly_emissions"


def all_archives():
    """The folder of all known archives, where this machine has it."""
    folder = os.environ.get("CEMS_ARCHIVES")
    return pathlib.Path(folder) if folder else None


class Home:
    """A folder with a run log and an output folder of its own."""

    def __init__(self, folder, archives=OWN_DATA):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.archives = archives
        self.out = self.folder / "out"

    def cems(self, *arguments):
        environment = dict(os.environ, PENSTOCK_HOME=str(self.folder / "home"),
                           CEMS_ARCHIVES=str(self.archives), CEMS_OUTPUT=str(self.out))
        return subprocess.run([os.environ["CEMS_BIN"], *arguments], env=environment, text=True,
                              cwd=SOURCE, capture_output=True, check=False)

    def run(self, expect, **settings):
        """Run the job with settings; returns what it printed, both streams."""
        sets = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
        done = self.cems("job", "run", "epacems_etl", *sets)
        text = done.stdout + done.stderr
        assert done.returncode == expect, f"exit {done.returncode}, expected {expect}:\n{text}"
        return text

    def last_run(self):
        return json.loads(self.cems("run", "list", "--limit", "1", "--json").stdout)

    def files(self):
        """Everything below the output folder, hidden files too."""
        if not self.out.exists():
            return []
        return sorted(str(p.relative_to(self.out)) for p in self.out.rglob("*") if p.is_file())


def md5(data):
    return hashlib.md5(data).hexdigest()


def copy_archives(folder, names=("epacems-2017-id.zip", "epacems-2017-me.zip")):
    """A folder with some of the pipeline's own archives and a descriptor of just these."""
    folder.mkdir(parents=True)
    package = json.loads((OWN_DATA / "datapackage.json").read_text())
    package["resources"] = [r for r in package["resources"] if r["path"] in names]
    for name in names:
        shutil.copy(OWN_DATA / name, folder / name)
    (folder / "datapackage.json").write_text(json.dumps(package))
    return folder


def replace_archive(folder, name, data, true_hash=True):
    """Put other bytes under an archive's name, and say so in the descriptor unless told not to."""
    os.chmod(folder / name, 0o644)
    (folder / name).write_bytes(data)
    if not true_hash:
        return
    package = json.loads((folder / "datapackage.json").read_text())
    for resource in package["resources"]:
        if resource["path"] == name:
            resource.update(bytes=len(data), hash=md5(data))
    (folder / "datapackage.json").write_text(json.dumps(package))


def edit_month(data, month, edit):
    """An archive with one month's CSV changed by edit(name, bytes) -> (name, bytes)."""
    outer = zipfile.ZipFile(io.BytesIO(data))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as new_outer:
        for member in sorted(outer.namelist()):
            inner_bytes = outer.read(member)
            if member.endswith(f"{month:02d}.zip"):
                inner = zipfile.ZipFile(io.BytesIO(inner_bytes))
                name, text = edit(inner.namelist()[0], inner.read(inner.namelist()[0]))
                again = io.BytesIO()
                with zipfile.ZipFile(again, "w", zipfile.ZIP_DEFLATED) as new_inner:
                    new_inner.writestr(name, text)
                inner_bytes = again.getvalue()
            new_outer.writestr(member, inner_bytes)
    return made.getvalue()
