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

    def test_a_step_that_the_run_does_not_have_is_an_error(self):
        self.call("job", "run", "etl")
        run = self.last_run()["id"]
        for words in (("logs",), ("logs", "--stream", "stdout"), ("logs", "-f"), ("events",),
                      ("logs", "--json"), ("events", "--json")):
            command = ("run", words[0], run, *words[1:])
            out, err = self.call(*command, "--step", "consolidat", status=3)
            self.assertEqual(out, "")
            self.assertIn(f'run {run[-8:]} has no step "consolidat"; did you mean "consolidate"?',
                          err)
            _, err = self.call(*command, "--step", "by_state.load[XYZ]", status=3)
            self.assertIn('has no step "by_state.load[XYZ]"', err)
            _, err = self.call(*command, "--step", "nope", status=3)
            self.assertIn('has no step "nope"; its steps are "by_state.extract[CO]", ', err)
            _, err = self.call(*command, "--step", "by_state.load", status=3)
            self.assertIn('step "by_state.load" of run', err)
            self.assertIn('is mapped, and its items are steps of their own: name one of '
                          '"by_state.load[CO]", "by_state.load[ID]", "by_state.load[ME]"', err)
        self.assertEqual(self.call("run", "logs", run, "--step", "consolidate")[0], "")

    def test_follow_waits_for_a_step_of_a_run_that_has_not_ended(self):
        running = self.begin_waiting_run()
        run = self.last_run()["id"]
        _, err = self.call("run", "logs", run, "--step", "nope", status=3)
        self.assertIn('has no step "nope" yet', err)
        following = self.start("run", "logs", run, "--step", "nope", "-f")
        self.assertIn("waiting for it", following.stderr.readline())
        self.end(running)
        _, err = following.communicate(timeout=60)
        self.assertEqual(following.returncode, 3)
        self.assertIn('has no step "nope"', err)

    def test_follow_ends_with_the_run(self):
        self.call("job", "run", "etl")
        out, _ = self.call("run", "logs", self.last_run()["id"], "-f")
        self.assertIn("2 rows of ME", out)

    def test_wrong_level(self):
        self.call("job", "run", "etl")
        _, err = self.call("run", "logs", self.last_run()["id"], "--level", "loud", status=2)
        self.assertIn('--level "loud" is none of', err)


class NamesThatMatchNothing(SampleTest):
    def test_a_tag_that_no_run_has_is_named(self):
        self.call("job", "run", "etl")
        for words in ((), ("--json",)):
            _, err = self.call("run", "list", "--tag", "taem=data", *words)
            self.assertIn('warning: --tag: no run has a tag "taem"; did you mean "team"?', err)
            _, err = self.call("run", "list", "--tag", "team=other", *words)
            self.assertEqual(err, "")

    def test_a_selection_of_a_tag_or_status_that_does_not_exist_is_an_error(self):
        self.call("job", "run", "etl", *FAIL_ID, status=1)
        run = self.last_run()["id"]
        for command in (("job", "run", "etl", "--dry-run", "--op-selection"),
                        ("run", "reexecute", run, "--dry-run", "--select")):
            _, err = self.call(*command, "choose_parts or tag:slwo", status=2)
            self.assertIn('column 17: no step has tag "slwo"', err)
        _, err = self.call("run", "reexecute", run, "--dry-run", "--select",
                           "choose_parts or status:faild", status=2)
        self.assertIn('column 17: "faild" is no status; expected one of not_started, running, '
                      'retrying, success, skipped, failed, upstream_failed, canceled', err)
        self.call("run", "reexecute", run, "--dry-run", "--select",
                  "choose_parts or status:canceled")

    def test_a_run_that_its_running_reexecution_needs_is_not_deleted(self):
        running = self.begin_waiting_run()
        first = self.last_run()["id"]
        running.terminate()
        running.communicate(timeout=60)
        again = self.begin_waiting_run("run", "reexecute", first)
        second = self.last_run()["id"]
        _, err = self.call("run", "delete", first, "--yes", status=4)
        self.assertIn(f"run {first} is in use: its re-execution {second[-8:]} has not ended and "
                      f"reads what it stored; wait for that one, or end it with 'run cancel "
                      f"{second[-8:]}'", err)
        again.terminate()
        again.communicate(timeout=60)
        self.call("run", "delete", first, "--yes")


if __name__ == "__main__":
    unittest.main()
