"""Items of 64 MB each pass through three steps: memory holds those being worked on, not all.

PENSTOCK_MEMORY_ITEMS says how many items; 1000 are 64 GB that pass.
"""
import json
import os
import subprocess
import tempfile
import unittest

PROGRAM = os.path.join(os.environ["PENSTOCK_BINARY_DIR"], "bin", "memory_main")
ITEMS = int(os.environ.get("PENSTOCK_MEMORY_ITEMS", "40"))
LIMIT = 600 << 20
SANITIZED = os.environ.get("PENSTOCK_SANITIZE", "") != ""


class LargeItems(unittest.TestCase):
    """Each test has a home folder of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.environment = {**os.environ, "PENSTOCK_HOME": os.path.join(folder.name, "home")}

    def call(self, *words):
        done = subprocess.run([PROGRAM, *words, "--json"], env=self.environment, timeout=3600,
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, f"{words}\n{done.stdout}\n{done.stderr}")
        return json.loads(done.stdout)

    def peak(self, *words):
        """Bytes that the run had at its peak, as it measured itself."""
        self.call("job", "run", "large_items", "--jobs", "2",
                  "--set", f"ops.items.config.count={ITEMS}", *words)
        run = self.call("run", "list", "--limit", "1")["runs"][0]["id"]
        events = self.call("run", "events", run, "--step", "report", "--type", "step_output")
        facts = {name: fact["value"] for name, fact in events["events"][0]["payload"]["metadata"]}
        self.assertEqual(facts["items"], ITEMS)
        return facts["peak_bytes"]

    @unittest.skipIf(SANITIZED, "shadow memory counts, too")
    def test_two_workers_hold_few_items(self):
        peak = self.peak()
        print(f"{ITEMS} items of 64 MB: {peak / 2**20:.0f} MiB at the peak")
        self.assertLess(peak, LIMIT)
        self.assertGreater(peak, 64 << 20, "the measure sees the items")

    @unittest.skipIf(SANITIZED, "shadow memory counts, too")
    def test_a_budget_holds(self):
        self.assertLess(self.peak("--memory", "300MiB"), 360 << 20)


if __name__ == "__main__":
    unittest.main()
