"""Where things are, and how much is asked for: what every section is told."""
import os
import pathlib
import shutil
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parents[2]
PEERS = ROOT / "bench" / "peers"


@dataclass
class Setting:
    """One call of the benchmark."""
    build: pathlib.Path           # build folder with bin/
    scratch: pathlib.Path         # made and emptied by us
    archives: pathlib.Path        # CEMS archives
    quick: bool
    repetitions: int

    def program(self, name):
        """A built program, or None."""
        path = self.build / "bin" / name
        return path if path.exists() else None

    def peer(self, name):
        """A program of the peers' Python environment, or None when they are not installed."""
        path = ROOT / ".deps" / "peers" / "bin" / name
        return path if path.exists() else None

    def fresh(self, name):
        """An empty folder in the scratch folder."""
        folder = self.scratch / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder


def default_archives():
    """The folder that CEMS_ARCHIVES names, else the archives that come with the repository."""
    named = os.environ.get("CEMS_ARCHIVES")
    return pathlib.Path(named) if named else ROOT / "pipelines" / "cems" / "data"
