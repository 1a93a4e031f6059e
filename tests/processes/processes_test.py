"""Executors as users meet them: the real program, real deaths, real signals."""
import glob
import json
import os
import resource
import select
import signal
import subprocess
import unittest

from program_test import ProgramTest, program

SANITIZED = os.environ.get("PENSTOCK_SANITIZE", "") != ""
PATIENCE = 60  # seconds until a test that waits for something gives up


def parent_of(pid):
    with open(f"/proc/{pid}/stat") as stat:
        return int(stat.read().rsplit(") ", 1)[1].split()[1])


class ProcessesTest(ProgramTest):
    program = program("processes_main")

    def begin(self, *words):
        self.open_places()
        return self.start(*words)

    def open_places(self):
        """The pipe through which steps tell where they are."""
        os.mkfifo(self.path("places"))
        self.places = os.open(self.path("places"), os.O_RDWR)
        self.addCleanup(os.close, self.places)

    def next_places(self, count):
        """The next lines that steps told."""
        told = b""
        while told.count(b"\n") < count:
            ready, _, _ = select.select([self.places], [], [], PATIENCE)
            self.assertTrue(ready, f"steps told only {told}")
            told += os.read(self.places, 4096)
        return told.decode().split()

    def output(self, *words, status=0):
        return self.call(*words, status=status)[0]

    def logs(self, *words):
        return self.output("run", "logs", self.last_run()["id"], *words)

    def test_kill_of_the_coordinator_leaves_nobody_behind(self):
        running = self.begin("job", "run", "wait", "--executor", "processes", "--jobs", "2")
        pids = [int(pid) for pid in self.next_places(2)]
        zygote = parent_of(pids[0])
        self.assertEqual(parent_of(zygote), running.pid)
        watched = select.poll()
        left = {os.pidfd_open(pid) for pid in [*pids, zygote]}
        for process in left:
            self.addCleanup(os.close, process)
            watched.register(process, select.POLLIN)
        running.kill()
        while left:
            ended = watched.poll(PATIENCE * 1000)
            self.assertTrue(ended, "processes live on without their coordinator")
            for process, _ in ended:
                watched.unregister(process)
                left.remove(process)

    def check_stop(self, running, sent):
        self.next_places(2)
        running.send_signal(sent)
        self.assertEqual(self.next_places(2), ["stopped", "stopped"])
        said = running.communicate(timeout=PATIENCE)
        self.assertEqual(running.returncode, 130, said)

    def test_an_interrupt_asks_steps_to_stop(self):
        wait = ("job", "run", "wait", "--executor", "processes", "--jobs", "2")
        self.check_stop(self.begin(*wait), signal.SIGINT)

    def test_a_closed_terminal_asks_steps_to_stop(self):
        self.check_stop(self.begin("job", "run", "wait", "--jobs", "2"), signal.SIGHUP)

    def test_what_steps_print_is_kept_by_step(self):
        shown = self.output("job", "run", "print", "--executor", "processes")
        self.assertNotIn("printed", shown)
        lines = self.logs("--stream", "stdout", "--step", "print")
        self.assertEqual(lines.splitlines(),
                         ["printed", "streamed \\x1b[31mred\\x1b[0m", "100 %",
                          "told by its context", "from a program of its own", "without an end"])
        lines = self.logs("--stream", "stderr")
        self.assertEqual(lines, "print  a warning\n")
        found = self.logs("--stream", "stdout", "--grep", "own", "--json")
        self.assertEqual([line["text"] for line in json.loads(found)["lines"]],
                         ["from a program of its own"])
        self.assertIn("ok:", self.output("storage", "verify"))

    def test_messages_are_found_by_their_text(self):
        self.call("job", "run", "print", "--executor", "processes")
        shown = self.logs("--grep", 'a "quoted" message')
        self.assertEqual(len(shown.splitlines()), 2)  # one below the day
        self.assertIn('a "quoted" message', shown)
        self.assertEqual(self.logs("--grep", "payload"), "")

    def test_streams_of_a_context_are_kept_in_every_executor(self):
        for executor in ("inline", "threads"):
            shown = self.output("job", "run", "print", "--executor", executor)
            self.assertIn("printed", shown)  # the program's own output is nobody's step
            lines = self.logs("--stream", "stdout")
            self.assertEqual(lines, "print  told by its context\n")

    def test_lost_output_is_found_and_deleted_runs_take_theirs_with_them(self):
        self.call("job", "run", "print", "--executor", "processes")
        run = self.last_run()["id"]
        folder = self.home_path("logs", run)
        os.remove(glob.glob(os.path.join(folder, "*stdout.gz"))[0])
        self.assertIn("missing_output", self.output("storage", "verify", status=1))
        self.call("run", "delete", run, "--yes")
        self.assertFalse(os.path.exists(folder))
        os.makedirs(folder)
        self.assertIn("leftover_output", self.output("storage", "verify", status=1))

    def test_a_program_that_is_to_outlive_its_terminal_does(self):
        self.open_places()
        running = subprocess.Popen(["nohup", self.program, "job", "run", "wait", "--jobs", "2"],
                                   cwd=self.folder, env=self.environment, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.addCleanup(running.stdout.close)
        self.addCleanup(running.kill)
        self.next_places(2)
        running.send_signal(signal.SIGHUP)
        running.send_signal(signal.SIGTERM)
        self.assertEqual(self.next_places(2), ["stopped", "stopped"])
        self.assertIn("CANCELED  wait", running.communicate(timeout=PATIENCE)[0])

    def test_an_op_that_leaves_is_no_success(self):
        for executor in ("inline", "threads"):
            _, err = self.call("job", "run", "leave", "--executor", executor, status=1)
            self.assertIn("error: exit() was called by step leave while a run was going on", err)
        shown = self.output("job", "run", "leave", "--executor", "processes", status=1)
        self.assertIn("its process exited with code 0", shown)

    def test_a_fork_that_returns_does_not_go_on_twice(self):
        for number, executor in enumerate(("inline", "threads", "processes"), 1):
            self.call("job", "run", "fork", "--executor", executor)
            with open(self.path("numbers"), encoding="utf-8") as file:
                self.assertEqual(file.read(), "1\n" * number)
        self.assertIn("ok:", self.output("storage", "verify"))

    def test_steps_in_threads_may_all_print(self):
        shown = self.output("job", "run", "chatter", "-q", "--jobs", "8")
        self.assertEqual(shown.count("x" * 70 + "\n"), 100 * 500)

    def test_time_limits_hold_in_every_executor(self):
        for executor in ("inline", "threads", "processes"):
            shown = self.output("job", "run", "limited", "--executor", executor, status=1)
            self.assertIn("time limit of 100 ms", shown)
            self.call("job", "run", "unlimited", "--executor", executor, "--max-runtime", "1",
                      status=1)
            self.assertEqual(self.last_run()["failure_reason"], "MAX_RUNTIME")

    @unittest.skipIf(SANITIZED, "a sanitizer needs more address space than this leaves")
    def test_fewer_threads_than_wanted_are_enough(self):
        def limit():
            _, most = resource.getrlimit(resource.RLIMIT_STACK)
            resource.setrlimit(resource.RLIMIT_STACK, (1 << 30, most))
            resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
        done = subprocess.run([self.program, "job", "run", "print", "--jobs", "64"],
                              cwd=self.folder, env=self.environment, capture_output=True,
                              text=True, timeout=PATIENCE, preexec_fn=limit)
        self.assertEqual(done.returncode, 0, done)
        warned = self.json("run", "events", self.last_run()["id"], "--type", "ENGINE_EVENT")
        self.assertIn("the machine gives no more threads", warned["events"][0]["payload"]["text"])

    @unittest.skipIf("thread" in os.environ.get("PENSTOCK_SANITIZE", ""),
                     "it does not know which threads a fork of a program leaves behind")
    def test_the_steps_that_are_left_outlive_the_process_that_starts_workers(self):
        running = self.begin("job", "run", "turns", "--executor", "processes", "--jobs", "1")
        worker = int(self.next_places(1)[0])
        os.kill(parent_of(worker), signal.SIGKILL)
        out, _ = running.communicate(timeout=PATIENCE)
        self.assertEqual(running.returncode, 1, out)
        run = self.last_run()
        self.assertEqual((run["steps"]["failed"], run["steps"]["succeeded"]), (1, 4), out)
        self.assertIn("this step's with it", out)

    def test_a_crash_is_a_failed_step_with_its_last_words(self):
        shown = self.output("job", "run", "crash", "--executor", "processes", status=1)
        self.assertIn("its process was ended by SIGSEGV (segmentation fault)", shown)
        self.assertIn("last words", self.logs("--stream", "stderr"))
        self.assertIn("last words", self.output("run", "show", self.last_run()["id"]))


if __name__ == "__main__":
    unittest.main()
