"""instance info, instance scaffold and doctor."""
import os
import sqlite3
import unittest

from sample import SampleTest


class Info(SampleTest):
    def test_before_the_first_run(self):
        info = self.json("instance", "info")
        self.assertEqual((info["schema"], info["home"], info["home_from"], info["log"]),
                         ("instance_info.v1", self.home, "PENSTOCK_HOME", None))
        self.assertFalse(info["settings"]["exists"])
        self.assertEqual({value["from"] for value in info["settings"]["values"]}, {"default"})
        self.assertIn("none yet: the first run makes it", self.call("instance", "info")[0])
        self.assertFalse(os.path.exists(self.home))

    def test_sizes_and_where_settings_come_from(self):
        self.settings("executor:\n  jobs: {env: JOBS}\npools: {db: 2}\n")
        self.environment["JOBS"] = "2"
        self.call("job", "run", "etl", "-q")
        out, _ = self.call("instance", "info")
        self.assert_plain(out)
        self.assert_in_order(out, f"home      {self.home} (PENSTOCK_HOME)\n",
                             "log       penstock.db, version ", "disk ", "settings ", "SETTING")
        self.assertRegex(out, r"\nexecutor.jobs +2 +line 2, variable JOBS\n")
        self.assertRegex(out, r"\nexecutor.default +threads +default\n")
        self.assertRegex(out, r"\npools.db +2 +line 3\n")
        info = self.json("instance", "info", "--home", self.home)
        self.assertEqual(info["home_from"], "--home")
        self.assertEqual(info["log"]["version"], info["log"]["program_version"])
        self.assertGreater(info["log"]["size"], 0)
        jobs = next(value for value in info["settings"]["values"]
                    if value["name"] == "executor.jobs")
        self.assertEqual(jobs, {"name": "executor.jobs", "value": 2, "from": "file", "line": 2,
                                "column": 9, "variable": "JOBS"})

    def test_a_scaffold_says_what_holds_anyway(self):
        before = self.json("instance", "info")["settings"]["values"]
        self.settings(self.call("instance", "scaffold")[0])
        after = self.json("instance", "info")["settings"]["values"]
        self.assertEqual([(each["name"], each["value"]) for each in before],
                         [(each["name"], each["value"]) for each in after])
        self.assertIn("yaml", self.json("instance", "scaffold"))


class Doctor(SampleTest):
    def findings(self, status=1, **environment):
        report = self.json("doctor", status=status, **environment)
        self.assertEqual(report["schema"], "doctor.v1")
        return {check["check"]: check["findings"] for check in report["checks"]
                if check["findings"]}

    def test_nothing_is_wrong(self):
        self.assertEqual(self.findings(status=0), {})
        self.call("job", "run", "etl", "-q")
        out, _ = self.call("doctor")
        self.assertEqual(out, "".join(f"ok     {name}\n" for name in (
            "definitions", "settings", "home", "disk", "log", "lost runs", "leftovers", "limits")))

    def test_settings(self):
        self.settings("executor: {jbos: 2}\n")
        found = self.findings()["settings"]
        self.assertIn("penstock.yaml:1:12: executor.jbos: unknown field", found[0]["message"])
        self.assertIn("instance scaffold", found[0]["mend"])
        self.settings("pools: {db: 2}\n")
        out, _ = self.call("doctor", status=1)
        self.assert_in_order(out, "wrong  settings\n", 'pools.db: no step of any job takes from a '
                             'pool "db"\n', "mend: take pools.db out of ")

    def test_definitions(self):
        found = self.findings(SAMPLE_BROKEN="1")["definitions"]
        self.assertIn('"bad name" is not a name', found[0]["message"])
        self.assertEqual(len(found), 2)

    def test_a_home_that_others_may_read(self):
        os.makedirs(self.home, mode=0o755)
        os.chmod(self.home, 0o755)
        found = self.findings()["home"][0]
        self.assertIn("every user of this machine can read", found["message"])
        self.assertEqual(found["mend"], f"chmod o-rx {self.home}")
        os.chmod(self.home, 0o777)
        self.assertIn("can write to it", self.findings()["home"][0]["message"])
        os.chmod(self.home, 0o770)
        self.assertEqual(self.findings(status=0), {})

    def test_a_home_that_is_a_file(self):
        with open(self.home, "w") as file:
            file.write("x")
        self.assertIn("it is no folder", self.findings()["home"][0]["message"])

    def test_a_log_of_another_version_and_a_damaged_one(self):
        self.call("job", "run", "etl", "-q")
        path = self.home_path("penstock.db")
        log = sqlite3.connect(path)
        log.execute("PRAGMA user_version = 999")
        log.close()
        found = self.findings()["log"][0]
        self.assertIn("the log has version 999 and this program version ", found["message"])
        self.assertIn("newer build", found["mend"])
        self.assertEqual(self.json("instance", "info")["log"]["version"], 999)
        for end in ("", "-wal", "-shm"):
            if os.path.exists(path + end):
                os.remove(path + end)
        with open(path, "w") as file:
            file.write("this is no log " * 1000)
        found = self.findings()
        self.assertIn("storage verify", found["log"][0]["mend"])
        out, _ = self.call("doctor", status=1)
        self.assertIn("-      lost runs: not looked at, there is no log that can be read\n", out)

    def test_a_lost_run_and_its_mending_command(self):
        self.end(self.begin_waiting_run())
        found = self.findings()["lost runs"][0]
        run = self.last_run()["id"]
        self.assertIn("lives no more", found["message"])
        self.assertEqual(found["mend"], f"sample_main run cancel {run} --force")
        given = self.json("doctor", "--home", "home", status=1)
        mend = next(check for check in given["checks"] if check["findings"])["findings"][0]["mend"]
        self.assertEqual(mend, f"sample_main --home home run cancel {run} --force")
        self.call(*mend.split()[1:])
        self.findings(status=0)


if __name__ == "__main__":
    unittest.main()
