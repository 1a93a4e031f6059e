"""What users see when archives or settings are wrong: one clear error, nothing half-written."""
import io
import json
import pathlib
import tempfile
import unittest
import zipfile

import cems
from cems import Home, TABLE

ID = "epacems-2017-id.zip"
ME_FILE = f"{TABLE}/epacems-2017-ME.parquet"


class BadInput(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.scratch.name)
        self.archives = cems.copy_archives(self.root / "archives")
        self.home = Home(self.root / "home", self.archives)
        self.good = (self.archives / ID).read_bytes()

    def tearDown(self):
        self.scratch.cleanup()

    def fails(self, text, **settings):
        """Idaho fails with this text; Maine alone is written, and the run is on record."""
        said = self.home.run(1, **settings)
        self.assertIn(text, said)
        self.assertEqual(self.home.files(), [ME_FILE])
        listed = json.dumps(self.home.last_run())
        self.assertIn("FAILURE", listed)
        shown = self.home.cems("run", "list", "--limit", "1").stdout
        run = shown.splitlines()[1].split()[0]
        shown = self.home.cems("run", "show", run)
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertIn(text, shown.stdout)

    def test_flipped_byte(self):
        data = bytearray(self.good)
        data[len(data) // 2] ^= 1
        cems.replace_archive(self.archives, ID, bytes(data), true_hash=False)
        self.fails(f"{ID}: md5 is {cems.md5(bytes(data))}, expected {cems.md5(self.good)}")

    def test_flipped_byte_that_the_descriptor_agrees_with(self):
        data = bytearray(self.good)
        data[len(data) // 2] ^= 1
        cems.replace_archive(self.archives, ID, bytes(data))
        self.fails(f"{ID}: 2017id")

    def test_truncated(self):
        data = self.good[:-1000]
        cems.replace_archive(self.archives, ID, data, true_hash=False)
        self.fails(f"{ID}: has {len(data)} bytes, expected {len(self.good)}")

    def test_truncated_and_the_descriptor_agrees(self):
        cems.replace_archive(self.archives, ID, self.good[:-1000])
        self.fails(f"{ID}: ")

    def test_bomb(self):
        def blow_up(name, _):
            return name, b"0" * (400 << 20)
        cems.replace_archive(self.archives, ID, cems.edit_month(self.good, 3, blow_up))
        self.fails(f"{ID}: 2017id03.zip: ")

    def test_member_that_leaves_the_archive(self):
        def climb(_, text):
            return "../2017id03.csv", text
        cems.replace_archive(self.archives, ID, cems.edit_month(self.good, 3, climb))
        self.fails(f"{ID}: 2017id03.zip: member \"../2017id03.csv\" would leave the archive")

    def test_bad_date(self):
        def spoil(name, text):
            lines = text.split(b"\r\n")
            lines[17] = lines[17].replace(b'"05-01-2017"', b'"2017-05-01"')
            return name, b"\r\n".join(lines)
        cems.replace_archive(self.archives, ID, cems.edit_month(self.good, 5, spoil))
        self.fails('2017id05.csv line 18, OP_DATE: "2017-05-01" is not MM-DD-YYYY')

    def test_missing_month(self):
        outer = zipfile.ZipFile(io.BytesIO(self.good))
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as fewer:
            for member in outer.namelist():
                if not member.endswith(("11.zip", "12.zip")):
                    fewer.writestr(member, outer.read(member))
        cems.replace_archive(self.archives, ID, made.getvalue())
        self.fails(f"{ID} lacks months 11, 12; it has 01 to 10")
        text = self.home.run(0, missing_months="skip")
        self.assertIn("SUCCESS", text)

    def test_partition_without_archive(self):
        said = self.home.run(1, years="[2017, 2020]", states="[ID, ME]")
        for state in ("id", "me"):
            self.assertIn(f"no archive for year=2020, state={state}; state {state} has years 2017; "
                          "year 2020 has states none", said)
        self.assertEqual(self.home.files(), [])

    def test_wrong_settings_start_nothing(self):
        done = self.home.cems("job", "run", "epacems_etl", "--set", "states=[XX]",
                              "--set", "years=[1994]", "--set", "consolidat=true")
        self.assertEqual(done.returncode, 2)
        self.assertIn('states ["XX"] are not available; expected two-letter codes from AK to WY, '
                      "or all", done.stderr)
        self.assertIn("1994", done.stderr)
        self.assertIn("did you mean consolidate?", done.stderr)
        self.assertNotIn("epacems_etl", self.home.cems("run", "list").stdout)

    def test_settings_file_names_line_and_column(self):
        document = self.root / "scope.yaml"
        document.write_text("years: [2017]\nstates: [ID]\nlayout: curent\n")
        done = self.home.cems("job", "run", "epacems_etl", "--config", str(document))
        self.assertEqual(done.returncode, 2)
        self.assertIn("scope.yaml:3:9: layout: ", done.stderr)
        self.assertIn("current", done.stderr)


if __name__ == "__main__":
    unittest.main()
