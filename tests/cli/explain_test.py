"""run explain and run logs: what they say about runs that succeeded, failed, were tried again."""
import unittest

from sample import SampleTest

FAIL_ID = ("--set", "ops.choose_parts.config.fail=ID")
FLAKY_CO = ("--set", "ops.choose_parts.config.flaky=CO")


class Explain(SampleTest):
    def test_step_that_was_tried_again(self):
        self.call("job", "run", "etl", *FLAKY_CO)
        run = self.last_run()["id"]
        step = self.json("run", "explain", run, "by_state.extract[CO]")["step"]
        self.assertEqual(step["status"], "SUCCESS")
        self.assertEqual([input_["step"] for input_ in step["inputs"]], ["choose_parts"])
        self.assertEqual(len(step["attempts"]), 2)
        self.assertIn("being replaced", step["attempts"][0]["error"]["message"])
        self.assertIsNone(step["attempts"][1]["error"])
        out, _ = self.call("run", "explain", run, "by_state.extract[CO]")
        self.assert_in_order(out, "by_state.extract[CO]  SUCCESS", "inputs", "choose_parts",
                             "attempts", "attempt 1", "failed: ", "attempt 2")

    def test_step_that_did_not_run(self):
        self.call("job", "run", "etl", *FAIL_ID, status=1)
        run = self.last_run()["id"]
        out, _ = self.call("run", "explain", run, "consolidate")
        self.assert_in_order(out, "consolidate  UPSTREAM_FAILED",
                             "it did not run because by_state.transform[ID] failed",
                             "consolidate <- by_state.load[ID] <- by_state.transform[ID]",
                             "row 17 of ID")
        self.assert_plain(out.replace("\n", ""))

    def test_run_as_a_whole(self):
        self.call("job", "run", "etl", *FAIL_ID, status=1)
        run = self.last_run()["id"]
        summary = self.json("run", "explain", run)["summary"]
        self.assertEqual(summary["failures"][0]["step"], "by_state.transform[ID]")
        self.assertEqual(summary["failures"][0]["lost_steps"], 2)
        self.assertEqual(summary["critical_path"][0]["step"], "choose_parts")
        out, _ = self.call("run", "explain", run)
        self.assert_in_order(out, "critical path", "choose_parts", "failures",
                             "by_state.transform[ID]", "2 steps did not run")

    def test_run_whose_process_is_gone(self):
        self.end(self.begin_waiting_run())
        run = self.last_run()["id"]
        out, _ = self.call("run", "explain", run)
        self.assertRegex(out, r"^process \d+ of this run lives no more: nobody goes on with it")
        self.assertTrue(self.json("run", "explain", run)["process_gone"])

    def test_unknown_step(self):
        self.call("job", "run", "etl")
        _, err = self.call("run", "explain", self.last_run()["id"], "consolidat", status=3)
        self.assertIn('the run has no step "consolidat"; did you mean "consolidate"?', err)


class Logs(SampleTest):
    def test_messages_and_what_went_wrong(self):
        self.call("job", "run", "etl", *FAIL_ID, status=1)
        run = self.last_run()["id"]
        out, _ = self.call("run", "logs", run)
        self.assertIn("2 rows of ME have no time", out)
        self.assertIn("row 17 of ID", out)
        self.assertNotIn("STEP_START", out)
        self.assert_plain(out.replace("\n", ""))
        self.assertNotIn("2 rows of ME", self.call("run", "logs", run, "--level", "error")[0])
        one = self.json("run", "logs", run, "--step", "by_state.transform[ME]")
        self.assertEqual(one["schema"], "run_logs.v1")
        self.assertEqual({event["step"] for event in one["events"]}, {"by_state.transform[ME]"})

    def test_follow_ends_with_the_run(self):
        self.call("job", "run", "etl")
        out, _ = self.call("run", "logs", self.last_run()["id"], "-f")
        self.assertIn("2 rows of ME", out)

    def test_wrong_level(self):
        self.call("job", "run", "etl")
        _, err = self.call("run", "logs", self.last_run()["id"], "--level", "loud", status=2)
        self.assertIn('--level "loud" is none of', err)


if __name__ == "__main__":
    unittest.main()
