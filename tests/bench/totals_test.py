"""The benchmark's check of results: it lets the right rows pass and refuses wrong ones."""
import copy
import datetime
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path += [os.environ.get("PYARROW_PATH", ""), str(ROOT / ".deps")]

import pyarrow as pa  # noqa: E402, found beside the repository
import pyarrow.parquet as pq  # noqa: E402

TOTALS = ROOT / "bench" / "harness" / "totals.py"
FILE = "epacems-2017-id.parquet"
ROWS = 48
START = datetime.datetime(2017, 1, 1, 7)


def hours():
    """Made-up hours of two units, by column."""
    def measure(step):
        return [None if i % 5 == 0 else i * step for i in range(ROWS)]

    return {
        "plant_id_epa": [3 + i // 24 for i in range(ROWS)],
        "emissions_unit_id_epa": [f"GT{i // 24}" for i in range(ROWS)],
        "operating_datetime_utc": [START + datetime.timedelta(hours=i % 24) for i in range(ROWS)],
        "operating_time_hours": [0.5 if i % 2 else 1.0 for i in range(ROWS)],
        "gross_load_mw": measure(2.5),
        "so2_mass_lbs": measure(0.25),
        "nox_mass_lbs": measure(0.5),
        "co2_mass_tons": measure(1.5),
    }


def write(folder, columns):
    folder.mkdir(exist_ok=True)
    types = {"plant_id_epa": pa.int32(), "operating_datetime_utc": pa.timestamp("ms"),
             "emissions_unit_id_epa": pa.dictionary(pa.int32(), pa.string())}
    table = pa.table({name: pa.array(values, types.get(name, pa.float32()))
                      for name, values in columns.items()})
    pq.write_table(table, folder / FILE)


def check(folder, expected, *states):
    """What totals.py says about a folder: nothing when it is right."""
    done = subprocess.run([sys.executable, "-B", TOTALS, "check", folder, expected, *states],
                          capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == (done.stderr == ""), done
    return done.stderr.strip()


def shifted(columns, name):
    """The same values of a column, one row further down."""
    other = copy.deepcopy(columns)
    other[name] = other[name][-1:] + other[name][:-1]
    return other


def changed(columns, name, row, value):
    other = copy.deepcopy(columns)
    other[name][row] = value
    return other


def without_last_row(columns):
    return {name: values[:-1] for name, values in columns.items()}


def reversed_rows(columns):
    return {name: values[::-1] for name, values in columns.items()}


def main():
    right = hours()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        write(folder / "right", right)
        shown = subprocess.run([sys.executable, "-B", TOTALS, "show", folder / "right"],
                               capture_output=True, text=True, check=True).stdout
        assert json.loads(shown)["2017-id"]["rows"] == ROWS
        expected = folder / "expected.json"
        expected.write_text(shown, encoding="utf-8")

        def verdict(columns):
            write(folder / "other", columns)
            return check(folder / "other", expected)

        assert check(folder / "right", expected) == ""
        assert verdict(reversed_rows(right)) == ""
        assert verdict(without_last_row(right)) == "2017-id: 47 rows, expected 48"
        assert "gross_load_mw adds up to" in verdict(changed(right, "gross_load_mw", 7, 17.25))
        assert "so2_mass_lbs adds up to" in verdict(changed(right, "so2_mass_lbs", 0, 0.0))
        assert "emissions_unit_id_epa" in verdict(changed(right, "emissions_unit_id_epa", 3, "G0"))
        for column in ["gross_load_mw", "so2_mass_lbs", "nox_mass_lbs", "co2_mass_tons"]:
            assert "2017-id: " in verdict(shifted(right, column)), column
        assert check(folder / "empty", expected) == "2017-id: there is no file"
        assert check(folder / "right", expected, "me") == "2017-id: a file that nobody asked for"
        write(folder / "other", {**right, "extra": right["so2_mass_lbs"]})
        assert "2017-id: columns " in check(folder / "other", expected)
    print("totals: the right rows pass, wrong ones are refused")


if __name__ == "__main__":
    main()
