"""Says whether Parquet files hold the CEMS hours that they must hold: rows, and of every column its
values, by sums that no change of one value and no shift of a column against another leaves alone.

usage: totals.py check FOLDER EXPECTED.json [STATE ...]     silent, or ends with status 1
       totals.py show FOLDER                                the totals, as JSON

Rows may be in any order and files may lie in folders of their own. Needs pyarrow.
"""
import json
import os
import pathlib
import sys
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path += [os.environ.get("PYARROW_PATH", ""), str(ROOT / ".deps")]

import pyarrow as pa  # noqa: E402, found beside the repository
import pyarrow.compute as pc  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402

HOUR_MS = 3_600_000
CLOSE = 1e-9  # sums of doubles in another order


def plain(column):
    """A column without dictionary and time type."""
    if pa.types.is_dictionary(column.type):
        return column.cast(column.type.value_type)
    if pa.types.is_timestamp(column.type):
        return pc.cast(column.cast(pa.timestamp("ms", column.type.tz)), pa.int64())
    return column


def text_totals(column):
    """Values, different values, and a sum over their check sums."""
    counts = [(str(pair["values"]), pair["counts"])
              for pair in pc.value_counts(column).to_pylist() if pair["values"] is not None]
    return [len(column) - column.null_count, len(counts),
            sum(zlib.crc32(text.encode()) * count for text, count in counts)]


def number_totals(column):
    return [len(column) - column.null_count, float(pc.sum(column.cast(pa.float64())).as_py() or 0)]


def file_totals(path):
    """The totals of one file, by column; `*` are those that tie columns to each other."""
    table = pq.ParquetFile(path).read()
    columns = {name: plain(table[name]) for name in table.column_names}
    totals = {name: text_totals(column) if not pa.types.is_integer(column.type)
              and not pa.types.is_floating(column.type) else number_totals(column)
              for name, column in columns.items()}
    hour = pc.divide(columns["operating_datetime_utc"], HOUR_MS).cast(pa.float64())

    def product(name, other):
        return number_totals(pc.multiply(columns[name].cast(pa.float64()), other))

    time = columns["operating_time_hours"].cast(pa.float64())
    plant = columns["plant_id_epa"].cast(pa.float64())
    totals["load * time"] = product("gross_load_mw", time)
    totals["co2 * hour"] = product("co2_mass_tons", hour)
    totals["so2 * plant"] = product("so2_mass_lbs", plant)
    totals["nox * hour"] = product("nox_mass_lbs", hour)
    return {"rows": table.num_rows, "columns": totals}


def partition_of(path):
    """`2017-id` of .../epacems-2017-ID.parquet."""
    return "-".join(path.stem.lower().split("-")[-2:])


def folder_totals(folder):
    files = sorted(pathlib.Path(folder).rglob("epacems-*.parquet"))
    return {partition_of(path): file_totals(path) for path in files}


def close(found, expected):
    return len(found) == len(expected) and all(
        a == b or abs(a - b) <= CLOSE * max(abs(a), abs(b)) for a, b in zip(found, expected))


def differences(found, expected):
    """What is wrong, one sentence each."""
    for partition in sorted(expected.keys() | found.keys()):
        if partition not in found:
            yield f"{partition}: there is no file"
        elif partition not in expected:
            yield f"{partition}: a file that nobody asked for"
        elif found[partition]["rows"] != expected[partition]["rows"]:
            yield (f"{partition}: {found[partition]['rows']} rows, "
                   f"expected {expected[partition]['rows']}")
        else:
            yield from column_differences(partition, found[partition]["columns"],
                                          expected[partition]["columns"])


def column_differences(partition, found, expected):
    if found.keys() != expected.keys():
        yield f"{partition}: columns {', '.join(found)}, expected {', '.join(expected)}"
        return
    for name, totals in expected.items():
        if not close(found[name], totals):
            yield f"{partition}: {name} adds up to {found[name]}, expected {totals}"


def main():
    if sys.argv[1:2] == ["show"] and len(sys.argv) == 3:
        print(json.dumps(folder_totals(sys.argv[2]), indent=1))
        return
    if sys.argv[1:2] != ["check"] or len(sys.argv) < 4:
        sys.exit(__doc__)
    expected = json.loads(pathlib.Path(sys.argv[3]).read_text(encoding="utf-8"))
    states = sys.argv[4:]
    wanted = {key: value for key, value in expected.items()
              if not states or key.split("-")[1] in states}
    wrong = list(differences(folder_totals(sys.argv[2]), wanted))
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
