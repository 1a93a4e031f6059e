"""The CEMS work in pandas, in the steps of PUDL's pipeline before it moved to Polars: read_csv by
month, concat, merges, Arrow table, Parquet. Usage: see cems_common.py."""
import io

import cems_common as cems
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq


def arrow_type(name):
    if name in cems.FLOATS:
        return pa.float32()
    if name in cems.CATEGORIES:
        return pa.dictionary(pa.int32(), pa.string())
    if name == "operating_datetime_utc":
        return pa.timestamp("ms")
    return pa.string() if name == "emissions_unit_id_epa" else pa.int32()


def pandas_type(name):
    if name in cems.FLOATS:
        return "float64"
    texts = [*cems.CATEGORIES, "emissions_unit_id_epa", "op_date"]
    return "string" if name in texts else "Int64"


SCHEMA = pa.schema([(name, arrow_type(name)) for name in cems.COLUMNS])
TYPES = {raw: pandas_type(name) for raw, name in cems.RENAME.items()}


def lookup_tables():
    hours = pd.Series(cems.utc_offsets()).apply(lambda h: pd.Timedelta(hours=h))
    offsets = hours.rename_axis("plant_id_epa").rename("utc_offset").reset_index()
    plants = pd.DataFrame([(*key, eia) for key, eia in cems.crosswalk().items()],
                          columns=["plant_id_epa", "emissions_unit_id_epa", "plant_id_eia"])
    return (offsets.astype({"plant_id_epa": "Int64"}),
            plants.astype({"plant_id_epa": "Int64", "emissions_unit_id_epa": "string",
                           "plant_id_eia": "Int64"}))


def extract(archive):
    return pd.concat([pd.read_csv(io.BytesIO(text), usecols=list(cems.RENAME), dtype=TYPES,
                                  low_memory=False).rename(columns=cems.RENAME)
                      for text in cems.months(archive)], ignore_index=True)


def transform(hours, offsets, plants):
    units = hours["emissions_unit_id_epa"]
    hours["emissions_unit_id_epa"] = units.str.replace(r"^0+(\d*)$", r"\1", regex=True)
    hours = hours.merge(plants, how="left", on=["plant_id_epa", "emissions_unit_id_epa"])
    hours["plant_id_eia"] = hours["plant_id_eia"].fillna(hours["plant_id_epa"])
    hours = hours.merge(offsets, how="left", on="plant_id_epa")
    if hours["utc_offset"].isna().any():
        raise ValueError("plants without a time zone")
    local = (pd.to_datetime(hours["op_date"], format="%m-%d-%Y", exact=True)
             + pd.to_timedelta(hours["op_hour"], unit="h"))
    hours["operating_datetime_utc"] = local - hours["utc_offset"]
    load = hours["gross_load_mw"]
    hours["gross_load_mw"] = load.where(~(load > 2000), load / 1000)
    hours["steam_load_lbs"] = hours["steam_load_lbs"] * 1000
    hours["year"] = cems.YEAR
    return hours[cems.COLUMNS]


def process(args, archive):
    hours = transform(extract(archive), *lookup_tables())
    table = pa.Table.from_pandas(hours, schema=SCHEMA, preserve_index=False, nthreads=cems.THREADS)
    pq.write_table(table, args.out / f"{archive.stem}.parquet", compression="zstd",
                   compression_level=1)
    return len(hours)


if __name__ == "__main__":
    cems.run(process)
