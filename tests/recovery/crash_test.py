"""Kills and refusals at calls of the file system: a short version of crash_campaign.py."""
import concurrent.futures
import os
import unittest

import crash


def all_calls(calls, stride, first=1):
    return range(first, calls + 1, stride)


class CrashTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.parts = crash.parts()

    def each(self, words, faults, numbers, template=None):
        """One fault at each call, the kinds of faults in turn."""
        trials = [(faults[i % len(faults)], number) for i, number in enumerate(numbers)]
        self.assertTrue(trials)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            waiting = [pool.submit(crash.one_fault, self.parts, words, fault, number, template)
                       for fault, number in trials]
            for trial in waiting:
                trial.result()

    def template(self, make):
        template = crash.Template(self.parts, make)
        self.addCleanup(template.close)
        return template

    def test_killed_at_every_call(self):
        self.each(self.parts.run, crash.KILLS, all_calls(self.parts.calls, 1))

    def test_refused_at_many_calls(self):
        self.each(self.parts.run, crash.REFUSALS, all_calls(self.parts.calls, 2))

    def test_recovery_is_killed(self):
        lost = self.template(lambda trial: trial.call(*self.parts.run, fault="before",
                                                      number=self.parts.calls * 2 // 3))
        calls = crash.count_calls(self.parts, self.parts.run, lost)
        self.each(self.parts.run, crash.KILLS, all_calls(calls, 5), lost)

    def test_housekeeping_is_killed(self):
        full = self.template(lambda trial: [trial.succeed(*self.parts.run) for _ in range(2)])
        for words in (("gc", "--keep-last", "1"), ("storage", "rebuild")):
            with self.subTest(command=" ".join(words)):
                calls = crash.count_calls(self.parts, words, full)
                self.each(words, crash.KILLS, all_calls(calls, 3), full)

    def test_a_full_disk_keeps_reads(self):
        full = self.template(lambda trial: trial.succeed(*self.parts.run))
        with crash.Trial(self.parts, full) as trial:
            run = trial.runs()[0]["id"]
            for words in (("run", "list"), ("run", "show", run), ("run", "events", run),
                          ("storage", "verify")):
                status, out, err = trial.call(*words, fault="full", number=1)
                self.assertEqual(status, 0, f"{words}\n{out}{err}")
            status, out, err = trial.call(*self.parts.run, fault="full", number=1)
            self.assertEqual(status, 1, out)
            self.assertRegex(err, "event log .*/penstock.db cannot .* has room")


if __name__ == "__main__":
    unittest.main()
