"""Items of 64 MB each pass through three steps: memory holds those being worked on, not all.

PENSTOCK_MEMORY_ITEMS says how many items; 1000 are 64 GB that pass.
"""
import os
import unittest

from program_test import ProgramTest, program

ITEMS = int(os.environ.get("PENSTOCK_MEMORY_ITEMS", "40"))
LIMIT = 600 << 20
SANITIZED = os.environ.get("PENSTOCK_SANITIZE", "") != ""


class LargeItems(ProgramTest):
    program = program("memory_main")
    patience = 3600

    def peak(self, *words):
        """Bytes that the run had at its peak, as it measured itself."""
        self.json("job", "run", "large_items", "--jobs", "2",
                  "--set", f"ops.items.config.count={ITEMS}", *words)
        run = self.last_run()["id"]
        events = self.json("run", "events", run, "--step", "report", "--type", "step_output")
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
