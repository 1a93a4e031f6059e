"""What only all known archives show; skipped, and said so, where CEMS_ARCHIVES names no folder."""
import sys
import tempfile
import unittest

import cems
from cems import Home, TABLE

SKIPPED = 77  # what ctest shows as skipped


class AllArchives(unittest.TestCase):
    def test_missing_months_fail_their_partition_only(self):
        with tempfile.TemporaryDirectory() as scratch:
            home = Home(scratch, cems.all_archives())
            said = home.run(1, years="[2020]", states="[OR,MT]")
            self.assertIn("epacems-2020-or.zip lacks months 11, 12; it has 01 to 10", said)
            self.assertEqual(home.files(), [f"{TABLE}/epacems-2020-MT.parquet"])


if __name__ == "__main__":
    if cems.all_archives() is None:
        print("skipped: set CEMS_ARCHIVES to the folder of all known archives to run this")
        sys.exit(SKIPPED)
    unittest.main()
