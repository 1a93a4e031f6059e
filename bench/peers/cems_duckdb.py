"""The CEMS work in DuckDB: it cannot read zip, so the CSV files are unpacked into a scratch folder
first; cems_duckdb.sql does the rest. Usage: see cems_common.py."""
import pathlib
import tempfile

import cems_common as cems
import duckdb

SQL = pathlib.Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


def connect():
    """A database in memory with the two lookup tables."""
    con = duckdb.connect(config={"threads": cems.THREADS, "preserve_insertion_order": True})
    con.execute("create table offsets(plant_id_epa int, utc_offset int)")
    con.execute("insert into offsets values "
                + ",".join(f"({plant},{hours})" for plant, hours in cems.utc_offsets().items()))
    con.execute("create table plants(plant_id_epa int, unit varchar, plant_id_eia int)")
    con.execute("insert into plants values "
                + ",".join(f"({plant},'{unit}',{eia})"
                           for (plant, unit), eia in cems.crosswalk().items()))
    return con


def unpack(archive, folder):
    files = []
    for month, text in enumerate(cems.months(archive), 1):
        files.append(f"{folder}/{month:02d}.csv")
        pathlib.Path(files[-1]).write_bytes(text)
    return files


def process(args, archive):
    with connect() as con, tempfile.TemporaryDirectory(dir=args.out) as folder:
        query = SQL.format(files=unpack(archive, folder), year=cems.YEAR,
                           out=args.out / f"{archive.stem}.parquet")
        return con.execute(query).fetchone()[0]


if __name__ == "__main__":
    cems.run(process)
