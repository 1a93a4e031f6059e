"""What the peers share: archives, zones, crosswalk, arguments, one line that says what was done.

A peer makes of each epacems-<year>-<st>.zip (twelve monthly zips with one CSV each) one Parquet
file with the sixteen columns below, those of the pipeline's layout `current`, by the same rules.

usage: cems_<peer>.py --archives DIR --out DIR [--variant NAME] [--jobs N] [STATE ...]
PEER_THREADS is how many threads the library may use in each process; 1 when it is not set.
"""
import argparse
import csv
import datetime
import functools
import io
import os
import pathlib
import time
import zipfile
import zoneinfo
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

THREADS = int(os.environ.get("PEER_THREADS", "1"))
os.environ["POLARS_MAX_THREADS"] = str(THREADS)  # Polars reads it when it is imported

ROOT = pathlib.Path(__file__).resolve().parents[2]
REFERENCE = pathlib.Path(os.environ.get("CEMS_REFERENCE", ROOT / "pipelines/cems/data/reference"))
YEAR = 2017

RENAME = {
    "STATE": "state",
    "ORISPL_CODE": "plant_id_epa",
    "UNITID": "emissions_unit_id_epa",
    "OP_DATE": "op_date",
    "OP_HOUR": "op_hour",
    "OP_TIME": "operating_time_hours",
    "GLOAD (MW)": "gross_load_mw",
    "SLOAD (1000lb/hr)": "steam_load_lbs",
    "SO2_MASS (lbs)": "so2_mass_lbs",
    "SO2_MASS_MEASURE_FLG": "so2_mass_measurement_code",
    "NOX_MASS (lbs)": "nox_mass_lbs",
    "NOX_MASS_MEASURE_FLG": "nox_mass_measurement_code",
    "CO2_MASS (tons)": "co2_mass_tons",
    "CO2_MASS_MEASURE_FLG": "co2_mass_measurement_code",
    "HEAT_INPUT (mmBtu)": "heat_content_mmbtu",
}
COLUMNS = [
    "plant_id_eia", "plant_id_epa", "emissions_unit_id_epa", "operating_datetime_utc", "year",
    "state", "operating_time_hours", "gross_load_mw", "heat_content_mmbtu", "steam_load_lbs",
    "so2_mass_lbs", "so2_mass_measurement_code", "nox_mass_lbs", "nox_mass_measurement_code",
    "co2_mass_tons", "co2_mass_measurement_code",
]
FLOATS = ["operating_time_hours", "gross_load_mw", "heat_content_mmbtu", "steam_load_lbs",
          "so2_mass_lbs", "nox_mass_lbs", "co2_mass_tons"]
CATEGORIES = ["state", "so2_mass_measurement_code", "nox_mass_measurement_code",
              "co2_mass_measurement_code"]


def strip_zeros(unit):
    """Unit ids of digits alone lose their leading zeros."""
    return unit.lstrip("0") if unit.isdigit() else unit


def utc_offsets():
    """Hours from UTC of each plant's standard time: its zone's on the first of January 2011."""
    winter = datetime.datetime(2011, 1, 1)
    with open(REFERENCE / "plant_timezones_2017.csv", encoding="utf-8") as file:
        return {int(row["plant_id_eia"]):
                int(winter.replace(tzinfo=zoneinfo.ZoneInfo(row["timezone"]))
                    .utcoffset().total_seconds()) // 3600
                for row in csv.DictReader(file)}


def crosswalk():
    """(plant_id_epa, unit) -> plant_id_eia, where the two plant ids differ."""
    plants = {}
    with open(REFERENCE / "epa_eia_crosswalk.csv", encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            eia = row["EIA_PLANT_ID"].strip()
            if not eia.isdigit() or not row["CAMD_PLANT_ID"].isdigit():
                continue
            key = int(row["CAMD_PLANT_ID"]), strip_zeros(row["CAMD_UNIT_ID"])
            if plants.setdefault(key, int(eia)) != int(eia):
                raise ValueError(f"two EIA plants for {key}")
    return {key: eia for key, eia in plants.items() if eia and eia != key[0]}


def months(archive):
    """The CSV texts of an archive's twelve months, in order, as bytes."""
    year, state = archive.stem.split("-")[1:]
    with zipfile.ZipFile(archive) as outer:
        for month in range(1, 13):
            name = f"{year}{state}{month:02d}"
            with zipfile.ZipFile(io.BytesIO(outer.read(name + ".zip"))) as inner:
                yield inner.read(name + ".csv")


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--archives", required=True, type=pathlib.Path)
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("--variant", default="")
    parser.add_argument("--jobs", type=int, default=1, help="processes, one partition each")
    parser.add_argument("states", nargs="*", help="lower case; default: all of the year")
    return parser.parse_args()


def archives_of(args):
    """The archives to read, largest first, so that no process is left with a large one."""
    found = args.archives.glob(f"epacems-{YEAR}-*.zip")
    wanted = [path for path in found if not args.states or path.stem[-2:] in args.states]
    return sorted(wanted, key=lambda path: -path.stat().st_size)


def run(process):
    """Do what a peer's command line asks for; process(args, archive) returns its rows."""
    args = arguments()
    args.out.mkdir(parents=True, exist_ok=True)
    archives = archives_of(args)
    begin = time.perf_counter()
    work = functools.partial(process, args)
    if args.jobs == 1:
        rows = sum(map(work, archives))
    else:
        with ProcessPoolExecutor(args.jobs, mp_context=get_context("spawn")) as pool:
            rows = sum(pool.map(work, archives))
    seconds = time.perf_counter() - begin
    print(f"{len(archives)} partitions, {rows} rows, {seconds:.2f} s without start-up")
