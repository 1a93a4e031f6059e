#!/usr/bin/env python3
"""Makes fixtures/version_N.db, a log of the present format: make_fixture.py, with the variables
that tests have, when a format is released. Never made again afterwards: it stands for the logs
that users have.

The log holds a run that succeeded, one whose process was killed in the middle, and one that
recorded that and succeeded.
"""
import pathlib
import shutil
import socket
import sqlite3

import crash

FOLDER = pathlib.Path(__file__).parent / "fixtures"


def without_host(trial):
    """Take out where it was made, which is nobody's business; gives the version of the format."""
    database = sqlite3.connect(trial.folder / "log/penstock.db")
    database.execute("UPDATE events SET payload = replace(payload, ?, 'builder')",
                     (socket.gethostname(),))
    database.commit()
    trial.succeed("storage", "rebuild")
    database.execute("VACUUM")
    version, = database.execute("PRAGMA user_version").fetchone()
    database.close()
    return version


def main():
    subject = crash.parts()
    with crash.Trial(subject) as trial:
        trial.succeed(*subject.run)
        trial.call(*subject.run, fault="before", number=subject.calls // 4)
        trial.succeed(*subject.run)
        statuses = [run["status"] for run in trial.runs()]
        crash.demand("one run was lost", statuses == ["SUCCESS", "FAILURE", "SUCCESS"], statuses)
        version = without_host(trial)
        FOLDER.mkdir(exist_ok=True)
        shutil.copy(trial.folder / "log/penstock.db", FOLDER / f"version_{version}.db")


if __name__ == "__main__":
    main()
