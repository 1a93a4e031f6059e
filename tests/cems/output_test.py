"""The files of the pipeline, opened with pyarrow: types, nulls, facts, rows, repeatability."""
import hashlib
import json
import pathlib
import tempfile
import unittest

import cems
from cems import Home, TABLE

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

CODES = ["Calculated", "LME", "Measured", "Measured and Substitute", "Other", "Substitute",
         "Undetermined", "Unknown Code"]
DICTIONARY = pa.dictionary(pa.int32(), pa.utf8())

# name, type, required, unit
CURRENT = [
    ("plant_id_eia", pa.int32(), False, None),
    ("plant_id_epa", pa.int32(), True, None),
    ("emissions_unit_id_epa", pa.utf8(), True, None),
    ("operating_datetime_utc", pa.timestamp("ms"), True, None),
    ("year", pa.int32(), True, None),
    ("state", DICTIONARY, False, None),
    ("operating_time_hours", pa.float32(), False, "hr"),
    ("gross_load_mw", pa.float32(), False, "MW"),
    ("heat_content_mmbtu", pa.float32(), False, "MMBtu"),
    ("steam_load_lbs", pa.float32(), False, "lb"),
    ("so2_mass_lbs", pa.float32(), False, "lb"),
    ("so2_mass_measurement_code", DICTIONARY, False, None),
    ("nox_mass_lbs", pa.float32(), False, "lb"),
    ("nox_mass_measurement_code", DICTIONARY, False, None),
    ("co2_mass_tons", pa.float32(), False, "short_ton"),
    ("co2_mass_measurement_code", DICTIONARY, False, None),
]
PROTOTYPE = [
    ("state", DICTIONARY, False), ("plant_id_eia", pa.int32(), True), ("unitid", pa.utf8(), True),
    ("operating_datetime_utc", pa.timestamp("ms", "UTC"), True),
    ("operating_time_hours", pa.float32(), False), ("gross_load_mw", pa.float32(), True),
    ("steam_load_1000_lbs", pa.float32(), False), ("so2_mass_lbs", pa.float32(), False),
    ("so2_mass_measurement_code", DICTIONARY, False), ("nox_rate_lbs_mmbtu", pa.float32(), False),
    ("nox_rate_measurement_code", DICTIONARY, False), ("nox_mass_lbs", pa.float32(), False),
    ("nox_mass_measurement_code", DICTIONARY, False), ("co2_mass_tons", pa.float32(), False),
    ("co2_mass_measurement_code", DICTIONARY, False), ("heat_content_mmbtu", pa.float32(), True),
    ("facility_id", pa.int32(), False), ("unit_id_epa", pa.utf8(), False),
    ("year", pa.int32(), True),
]
# rows, rows with load, sum of load x time, sum of CO2: section 1 of the pipeline's specification
GOLDEN = {"ID": (70080, 13621, 3036794.95, 1262992.540),
          "ME": (113880, 17229, 2213571.25, 1069355.679),
          "RI": (96360, 42963, 6223822.02, 3213210.560),
          "SD": (105120, 15752, 2943083.67, 2873141.531)}


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Output(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.root = pathlib.Path(cls.scratch.name)
        cls.home = Home(cls.root / "first")
        cls.home.run(0, years="[2017]", states="[ID, ME, RI, SD]", consolidate="true")

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def part(self, state, home=None):
        return (home or self.home).out / TABLE / f"epacems-2017-{state}.parquet"

    def test_schema(self):
        schema = pq.read_schema(self.part("ID"))
        self.assertEqual([(f.name, f.type, not f.nullable) for f in schema],
                         [(name, kind, required) for name, kind, required, _ in CURRENT])
        for field, (name, _, _, unit) in zip(schema, CURRENT):
            self.assertIn(b"description", field.metadata, name)
            self.assertEqual(field.metadata.get(b"unit"), unit.encode() if unit else None, name)
        parquet = pq.ParquetFile(self.part("ID"))
        self.assertEqual(parquet.metadata.format_version, "2.6")
        stored = json.loads(parquet.schema.column(3).logical_type.to_json())
        self.assertEqual((stored["Type"], stored["isAdjustedToUTC"], stored["timeUnit"]),
                         ("Timestamp", False, "milliseconds"))

    def test_groups_and_statistics(self):
        metadata = pq.ParquetFile(self.part("ME")).metadata
        self.assertEqual([metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)],
                         [100000, 13880])
        group = metadata.row_group(0)
        self.assertTrue(all(group.column(i).is_stats_set for i in range(4)))
        self.assertEqual(group.column(0).compression, "SNAPPY")
        self.assertEqual([(s.column_index, s.descending) for s in group.sorting_columns],
                         [(1, False), (2, False), (3, False)])

    def test_dictionaries_hold_the_declared_texts(self):
        table = pq.read_table(self.part("ID"))
        codes = table.column("nox_mass_measurement_code").chunk(0).dictionary.to_pylist()
        self.assertEqual(codes, CODES)
        states = table.column("state").chunk(0).dictionary.to_pylist()
        self.assertEqual((len(states), states[0], states[-1]), (52, "AK", "WY"))

    def test_facts(self):
        stored = pq.read_metadata(self.part("ID")).metadata
        facts = {key.decode(): value.decode() for key, value in stored.items()}
        self.assertEqual(json.loads(facts["primary_key"]),
                         ["plant_id_epa", "emissions_unit_id_epa", "operating_datetime_utc"])
        sources = json.loads(facts["cems.sources"])
        package = json.loads((cems.OWN_DATA / "datapackage.json").read_text())
        want = next(r for r in package["resources"] if r["path"] == "epacems-2017-id.zip")["hash"]
        self.assertIn(want, json.dumps(sources))
        self.assertIn("epacems-2017-id.zip", json.dumps(sources))
        for key, value in {"cems.table": TABLE, "cems.layout": "current", "cems.rows": "70080",
                           "cems.partition": "year=2017,state=ID",
                           "cems.tz_reference": "2011-01-01",
                           "cems.schema_version": "1", "license": "other-pd"}.items():
            self.assertEqual(facts[key], value, key)
        self.assertTrue(facts["description"])
        self.assertIn("cems.tz_fallbacks", facts)

    def test_totals(self):
        for state, (rows, loaded, energy, co2) in GOLDEN.items():
            table = pq.read_table(self.part(state))
            load = table.column("gross_load_mw").cast(pa.float64())
            time = table.column("operating_time_hours").cast(pa.float64())
            self.assertEqual(table.num_rows, rows)
            self.assertEqual(rows - load.null_count, loaded)
            self.assertAlmostEqual(pc.sum(pc.multiply(load, time)).as_py() / energy, 1, places=6)
            emitted = pc.sum(table.column("co2_mass_tons").cast(pa.float64())).as_py()
            self.assertAlmostEqual(emitted / co2, 1, places=6)

    def test_rows_are_sorted_by_the_key(self):
        table = pq.read_table(self.part("SD"))
        keys = list(zip(*(table.column(name).to_pylist() for name in
                          ("plant_id_epa", "emissions_unit_id_epa", "operating_datetime_utc"))))
        self.assertTrue(all(a < b for a, b in zip(keys, keys[1:])))

    def test_consolidated_file_is_its_parts(self):
        parts = [pq.read_table(self.part(state)) for state in ("ID", "ME", "RI", "SD")]
        whole = pq.ParquetFile(self.home.out / f"{TABLE}.parquet")
        self.assertTrue(whole.read().equals(pa.concat_tables(parts)))
        sizes = [whole.metadata.row_group(i).num_rows for i in range(whole.metadata.num_row_groups)]
        self.assertEqual(sizes, [70080, 100000, 13880, 96360, 100000, 5120])
        maine = pq.read_table(self.home.out / f"{TABLE}.parquet",
                              filters=[("year", "=", 2017), ("state", "=", "ME")])
        self.assertEqual((maine.num_rows, set(maine.column("state").to_pylist())), (113880, {"ME"}))

    def test_again_gives_the_same_bytes(self):
        again = Home(self.root / "again")
        again.run(0, years="[2017]", states="[ID, ME, RI, SD]", consolidate="true")
        before = {name: digest(self.home.out / name) for name in self.home.files()}
        self.assertEqual({name: digest(again.out / name) for name in again.files()}, before)
        again.run(0, years="[2017]", states="[ID, ME, RI, SD]", consolidate="true")
        self.assertEqual({name: digest(again.out / name) for name in again.files()}, before)

    def test_prototype(self):
        home = Home(self.root / "prototype")
        home.run(0, layout="prototype", states="[ID]")
        path = home.out / "hourly_emissions_epacems/epacems-2017-ID.parquet"
        table = pq.read_table(path)
        self.assertEqual([(f.name, f.type, not f.nullable) for f in table.schema], PROTOTYPE)
        def where(**cells):
            found = table
            for name, value in cells.items():
                found = found.filter(pc.equal(found.column(name), value))
            return found.slice(0, 1).to_pylist()[0]

        at = pa.scalar(1498896000000, pa.timestamp("ms", "UTC"))  # 2017-07-01T08:00Z
        row = where(plant_id_eia=55179, unitid="CTGEN1", operating_datetime_utc=at)
        heat = pa.scalar(1576.9, pa.float32()).as_py()
        self.assertEqual((row["gross_load_mw"], row["heat_content_mmbtu"]), (238.0, heat))
        self.assertEqual((row["so2_mass_measurement_code"], row["nox_mass_measurement_code"]),
                         ("Measured", "Calculated"))
        idle = where(operating_time_hours=0)
        self.assertEqual((idle["gross_load_mw"], idle["heat_content_mmbtu"], idle["so2_mass_lbs"]),
                         (0.0, 0.0, None))

    def test_hive_folders_read_as_one_table(self):
        home = Home(self.root / "hive")
        home.run(0, files="hive")
        self.assertEqual(home.files(), [f"{TABLE}/year=2017/state=ID/part-0.parquet",
                                        f"{TABLE}/year=2017/state=ME/part-0.parquet"])
        own = pq.ParquetFile(home.out / home.files()[0]).schema_arrow.names
        self.assertNotIn("year", own)
        self.assertNotIn("state", own)


if __name__ == "__main__":
    unittest.main()
