"""The CEMS work in Polars. Variants: eager (read_csv by month, then concat) and stream (scan_csv
over the months in memory, streaming engine). Usage: see cems_common.py."""
import io

import cems_common as cems  # before Polars, whose threads it sets
import polars as pl

TYPES = {raw: pl.Float64 if name in cems.FLOATS
         else pl.Int32 if name in ("plant_id_epa", "op_hour") else pl.String
         for raw, name in cems.RENAME.items()}


def lookup_tables():
    offsets = pl.LazyFrame(list(cems.utc_offsets().items()), orient="row",
                           schema={"plant_id_epa": pl.Int32, "utc_offset": pl.Int32})
    plants = pl.LazyFrame([(*key, eia) for key, eia in cems.crosswalk().items()], orient="row",
                          schema={"plant_id_epa": pl.Int32, "emissions_unit_id_epa": pl.String,
                                  "plant_id_eia": pl.Int32})
    return offsets, plants


def read_eager(archive):
    return pl.concat([pl.read_csv(text, columns=list(cems.RENAME), schema_overrides=TYPES,
                                  null_values=[""])
                      for text in cems.months(archive)], rechunk=False).lazy()


def read_streaming(archive):
    texts = [io.BytesIO(text) for text in cems.months(archive)]
    header = pl.read_csv(texts[0].getvalue(), n_rows=0).columns
    schema = {name: TYPES.get(name, pl.String) for name in header}
    return pl.scan_csv(texts, schema=schema, null_values=[""]).select(list(cems.RENAME))


def transform(raw, offsets, plants):
    unit, load = pl.col("emissions_unit_id_epa"), pl.col("gross_load_mw")
    local = pl.col("op_date").str.to_date("%m-%d-%Y").cast(pl.Datetime("ms"))
    to_utc = pl.duration(hours=pl.col("op_hour") - pl.col("utc_offset"), time_unit="ms")
    return (
        raw.rename(cems.RENAME)
        .with_columns(emissions_unit_id_epa=pl.when(unit.str.contains(r"^\d+$"))
                      .then(unit.str.strip_chars_start("0")).otherwise(unit))
        .join(plants, on=["plant_id_epa", "emissions_unit_id_epa"], how="left",
              maintain_order="left")
        .join(offsets, on="plant_id_epa", how="left", maintain_order="left")
        .with_columns(plant_id_eia=pl.col("plant_id_eia").fill_null(pl.col("plant_id_epa")),
                      operating_datetime_utc=local + to_utc,
                      gross_load_mw=pl.when(load > 2000).then(load / 1000).otherwise(load),
                      steam_load_lbs=pl.col("steam_load_lbs") * 1000,
                      year=pl.lit(cems.YEAR, pl.Int32))
        .with_columns(pl.col(cems.FLOATS).cast(pl.Float32),
                      pl.col(cems.CATEGORIES).cast(pl.Categorical))
        .select(cems.COLUMNS))


def process(args, archive):
    streaming = args.variant == "stream"
    raw = (read_streaming if streaming else read_eager)(archive)
    out = args.out / f"{archive.stem}.parquet"
    transform(raw, *lookup_tables()).sink_parquet(
        out, compression="zstd", compression_level=1,
        engine="streaming" if streaming else "auto")
    return pl.scan_parquet(out).select(pl.len()).collect().item()


if __name__ == "__main__":
    cems.run(process)
