"""Files that Penstock writes, opened with other readers.

Runs parquet_sample_main, which writes them, and checks each value, type and fact with pyarrow, and
with DuckDB and Polars where Python has them.
"""
import datetime
import importlib.util
import math
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, os.environ.get("PYARROW_PATH", ""))

ROWS = 100_001
DAY = datetime.timedelta(days=1)
EPOCH = datetime.datetime(1970, 1, 1)


def expected(codes):
    """The rows of sample_frame() in parquet_sample_main.cc, by column."""
    def third(value):
        return [None if i % 3 == 1 else value(i) for i in range(ROWS)]

    def big(i):
        return {0: -2**63, 2: 2**63 - 1}.get(i, 7919 * i)

    def half(value):
        return [None if i % 1000 < 500 else value(i) for i in range(ROWS)]

    hours = [EPOCH + datetime.timedelta(hours=412008 + i % 8760) for i in range(ROWS)]
    return {
        "id": [i // 8760 for i in range(ROWS)],
        "local_time": hours,
        "instant": [h.replace(tzinfo=datetime.timezone.utc) for h in hours],
        "micros": third(lambda i: EPOCH - datetime.timedelta(seconds=5 * i * i)),
        "day": third(lambda i: EPOCH.date() + (i % 20000 - 10000) * DAY),
        "flag": third(lambda i: i % 2 == 1),
        "big": third(big),
        "load": half(lambda i: i % 700 * 0.5),
        "ratio": third(lambda i: math.nan if i % 1000 == 0 else math.sqrt(i)),
        "name": [f"unit {i // 8760}" for i in range(ROWS)],
        "note": third(lambda i: f"note {i}"),
        "empty": [None] * ROWS,
        "code": half(lambda i: codes[-1] if i % 7 == 0 else codes[2]),
        "idle": [None] * ROWS,
    }


def same(got, want):
    if isinstance(want, float) and math.isnan(want):
        return isinstance(got, float) and math.isnan(got)
    return got == want


def check_columns(reader, get, want):
    for name, values in want.items():
        got = get(name)
        assert len(got) == len(values), (reader, name, len(got))
        for i, (a, b) in enumerate(zip(got, values)):
            assert same(a, b), f"{reader}: {name}[{i}] is {a!r}, expected {b!r}"


def check_pyarrow(folder):
    import pyarrow as pa
    import pyarrow.parquet as pq

    dictionary = pa.dictionary(pa.int32(), pa.utf8())
    schema = pa.schema([
        pa.field("id", pa.int32(), False), pa.field("local_time", pa.timestamp("ms"), False),
        pa.field("instant", pa.timestamp("ms", "UTC"), False),
        pa.field("micros", pa.timestamp("us")),
        pa.field("day", pa.date32()), pa.field("flag", pa.bool_()), pa.field("big", pa.int64()),
        pa.field("load", pa.float32()), pa.field("ratio", pa.float64()),
        pa.field("name", pa.utf8(), False), pa.field("note", pa.utf8()),
        pa.field("empty", pa.utf8()),
        pa.field("code", dictionary), pa.field("idle", dictionary)])
    declared = ["Calculated", "LME", "Measured"]
    want = expected(declared)
    extended = expected(declared + ["Guess"])
    for name, values in {
            "sample": want, "zstd": want, "none": want, "extended": extended,
            "joined": {k: want[k] + extended[k] for k in want},
            "empty": {k: [] for k in want}}.items():
        table = pq.read_table(folder / f"{name}.parquet", page_checksum_verification=True)
        assert table.schema.equals(schema), f"{name}: {table.schema}"
        table.validate(full=True)
        check_columns(f"pyarrow {name}", lambda column: table[column].to_pylist(), values)

    file = pq.ParquetFile(folder / "sample.parquet")
    table = file.read()
    assert file.metadata.format_version == "2.6", file.metadata.format_version
    assert [file.metadata.row_group(i).num_rows for i in range(3)] == [40000, 40000, 20001]
    assert table.schema.field("load").metadata == {
        b"description": b"average gross power", b"unit": b"MW"}
    facts = {k: v for k, v in file.metadata.metadata.items() if k != b"ARROW:schema"}
    assert facts == {b"table": b"sample", b"description": b"one column of every type",
                     b"primary_key": b'["id","local_time"]',
                     b"cems.partition": b"year=2017,state=ID"}, facts
    for chunk in table["code"].chunks:
        assert chunk.dictionary.to_pylist() == declared, chunk.dictionary
    for chunk in table["idle"].chunks:
        assert chunk.dictionary.to_pylist() == ["A", "B"], chunk.dictionary
    extra = pq.read_table(folder / "extended.parquet")["code"].chunk(0).dictionary
    assert extra.to_pylist() == declared + ["Guess"], extra
    check_footer(pq, file.metadata, table)
    check_long_texts(pq, folder)
    parts = [pq.ParquetFile(folder / f"{n}.parquet").metadata for n in ("sample", "extended")]
    joined = pq.ParquetFile(folder / "joined.parquet").metadata
    assert joined.num_row_groups == sum(p.num_row_groups for p in parts)


def check_long_texts(pq, folder):
    """Texts of megabytes: the footer holds bounds of them, and the file can be read."""
    path = folder / "long.parquet"
    want = ["a" * 5_000_000, "ä" * 2_500_000, None]
    assert pq.read_table(path)["text"].to_pylist() == want
    footer = int.from_bytes(path.read_bytes()[-8:-4], "little")
    assert footer < 1000, footer
    statistics = pq.ParquetFile(path).metadata.row_group(0).column(0).statistics
    assert statistics.has_min_max
    assert (statistics.min, statistics.max) == ("a" * 64, "ä" * 31 + "å"), statistics
    assert statistics.null_count == 1
    found = pq.read_table(path, filters=[("text", "==", want[1])])
    assert found.num_rows == 1, found.num_rows


def check_footer(pq, metadata, table):
    physical = [metadata.schema.column(i) for i in range(len(metadata.schema))]
    required = {c.name for c in physical if c.max_definition_level == 0}
    assert required == {"id", "local_time", "instant", "name"}, required
    assert '"isAdjustedToUTC":false,"timeUnit":"milliseconds"' in (
        physical[1].logical_type.to_json()), physical[1].logical_type.to_json()
    first = metadata.row_group(0)
    assert first.sorting_columns == tuple(
        pq.SortingColumn(i, descending=False, nulls_first=False) for i in (0, 1))
    rows = table.slice(0, first.num_rows)
    for i in range(first.num_columns):
        chunk = first.column(i)
        values = rows[chunk.path_in_schema]
        assert chunk.compression == "SNAPPY"
        assert chunk.statistics.null_count == values.null_count, chunk
        known = [v for v in values.to_pylist() if v is not None]
        has_nan = any(v != v for v in known)
        assert chunk.statistics.has_min_max == (bool(known) and not has_nan), chunk
        if chunk.statistics.has_min_max:
            assert (chunk.statistics.min, chunk.statistics.max) == (min(known), max(known)), chunk


def check_duckdb(folder):
    import duckdb

    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    want = expected(["Calculated", "LME", "Measured"])
    for name in ("sample", "zstd", "none"):
        result = connection.execute(
            f"select * replace (instant at time zone 'UTC' as instant)"
            f" from '{folder}/{name}.parquet'")
        columns = list(zip(*result.fetchall()))
        names = [d[0] for d in result.description]
        naive = {**want, "instant": [v.replace(tzinfo=None) for v in want["instant"]]}
        check_columns(f"duckdb {name}", lambda c: columns[names.index(c)], naive)
    count, loads = connection.execute(
        f"select count(*), count(load) from '{folder}/joined.parquet' where code = 'Guess'"
    ).fetchone()
    assert count == loads == sum(1 for i in range(ROWS) if i % 1000 >= 500 and i % 7 == 0), count
    assert connection.execute(f"select count(*) from '{folder}/empty.parquet'").fetchone() == (0,)


def check_polars(folder):
    import polars as pl

    want = expected(["Calculated", "LME", "Measured"])
    extended = expected(["Calculated", "LME", "Measured", "Guess"])
    for name, values in {"sample": want, "zstd": want, "none": want, "extended": extended,
                         "joined": {k: want[k] + extended[k] for k in want}}.items():
        table = pl.read_parquet(folder / f"{name}.parquet")
        check_columns(f"polars {name}", lambda column: table[column].to_list(), values)
    assert pl.scan_parquet(folder / "sample.parquet").filter(pl.col("id") == 3).select(
        pl.len()).collect().item() == 8760
    assert pl.read_parquet(folder / "empty.parquet").height == 0


def main():
    program = pathlib.Path(os.environ["PENSTOCK_BINARY_DIR"]) / "bin" / "parquet_sample_main"
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        subprocess.run([program, folder], check=True)
        checked = []
        for reader, check in [("pyarrow", check_pyarrow), ("duckdb", check_duckdb),
                              ("polars", check_polars)]:
            if importlib.util.find_spec(reader):
                check(folder)
                checked.append(reader)
        assert checked, "no Parquet reader to check with: set PYARROW_PATH"
        print("read by", ", ".join(checked))


main()
