"""Executors as users meet them: the real program, real deaths, real signals."""
import glob
import json
import os
import resource
import select
import signal
import subprocess
import unittest

from program_test import ProgramTest, preload, program

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

    def check_signals(self, count):
        """Programs that steps started block and ignore no signal that ends programs."""
        with open(self.path("signals"), encoding="utf-8") as file:
            told = [line.split() for line in file]
        self.assertEqual(len(told), count)
        ends = sum(1 << (number - 1) for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT,
                                                    signal.SIGPIPE, signal.SIGTERM, signal.SIGCHLD))
        for name, bits in told:
            self.assertEqual(int(bits, 16) & ends, 0, f"{name} {bits}")
        os.remove(self.path("signals"))

    def test_programs_that_steps_start_have_default_signals(self):
        for executor in ("inline", "threads", "processes"):
            self.call("job", "run", "programs", "--executor", executor)
            self.check_signals(6)

    def test_programs_have_default_signals_whatever_this_one_was_started_with(self):
        signals = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE}
        before = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
        try:
            running = self.start("job", "run", "programs")
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        self.assertEqual(running.wait(PATIENCE), 0)
        self.check_signals(6)

    def test_programs_that_a_stop_starts_have_default_signals(self):
        self.open_places()
        for executor in ("threads", "processes"):
            running = self.start("job", "run", "programs_when_stopped", "--executor", executor,
                                 "--jobs", "2")
            self.assertEqual(self.next_places(2), ["waiting", "waiting"])
            running.send_signal(signal.SIGTERM)
            self.assertEqual(running.wait(PATIENCE), 130)
            self.check_signals(12)

    def await_end(self, pid):
        """Wait for the end of a process that need not be a child of ours."""
        try:
            process = os.pidfd_open(pid)
        except ProcessLookupError:
            return
        self.addCleanup(os.close, process)
        self.assertTrue(select.select([process], [], [], PATIENCE)[0], f"process {pid} lives on")

    def test_ctrl_c_ends_a_program_and_the_run_that_started_it(self):
        self.open_places()
        for executor in ("inline", "threads"):
            running = subprocess.Popen(
                [self.program, "job", "run", "shell", "--executor", executor], cwd=self.folder,
                env=self.environment, stdout=subprocess.DEVNULL, start_new_session=True)
            self.addCleanup(self.end, running)
            program_pid = int(self.next_places(1)[0])
            os.killpg(running.pid, signal.SIGINT)
            self.assertEqual(running.wait(PATIENCE), 130)
            self.await_end(program_pid)
            self.assertEqual(self.last_run()["status"], "CANCELED")

    def test_a_second_signal_leaves_no_program_behind(self):
        running = self.begin("job", "run", "shell", "--executor", "threads")
        program_pid = int(self.next_places(1)[0])
        running.send_signal(signal.SIGTERM)
        for line in running.stdout:
            if "to exit at once" in line:
                break
        running.send_signal(signal.SIGTERM)
        self.assertEqual(running.wait(PATIENCE), 130)
        self.await_end(program_pid)

    def test_a_daemon_of_a_step_ends_with_its_worker(self):
        self.open_places()
        for recycle in ((), ("--recycle-after", "1")):
            self.call("job", "run", "daemon", "--executor", "processes", *recycle)
            self.await_end(int(self.next_places(1)[0]))

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
            self.assertIn("  step leave of run ", err)
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

    def run_with_files(self, soft, hard, *words):
        """Run a job with limits of open files; the events in which the engine says something."""
        done = subprocess.run([self.program, "job", "run", *words], cwd=self.folder,
                              env=self.environment, capture_output=True, text=True,
                              timeout=PATIENCE,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE,
                                                                    (soft, hard)))
        self.assertEqual(done.returncode, 0, done)
        run = self.last_run()
        self.assertEqual(run["steps"]["failed"], 0, done)
        events = self.json("run", "events", run["id"], "--type", "ENGINE_EVENT")["events"]
        return [event["payload"]["text"] for event in events]

    @unittest.skipIf(SANITIZED, "a sanitizer opens files of its own")
    def test_few_open_files_are_enough(self):
        large = ("large", "--executor", "processes", "--jobs", "64")
        self.assertEqual(self.run_with_files(64, 2048, *large), [])
        for hard in (160, 64):
            self.assertIn("of 64 steps run at a time: more would need more open files than this "
                          "program may have", self.run_with_files(64, hard, *large)[0])
        self.assertIn("of 200 steps run at a time", self.run_with_files(
            256, 256, "large", "--executor", "threads", "--jobs", "200")[0])

    @unittest.skipIf(SANITIZED, "a sanitizer opens files of its own")
    def test_programs_of_a_worker_have_the_limit_that_this_one_was_started_with(self):
        self.run_with_files(200, 2048, "limit", "--executor", "processes")
        with open(self.path("limit"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "200\n")

    @unittest.skipIf(SANITIZED, "a sanitizer must be loaded before all others")
    def test_a_shortage_is_waited_out(self):
        library = preload("shortage_preload")
        for short_of in ("fork", "pthread_create", "socketpair", "pipe2", "memfd_create", "eventfd",
                         "fork,pthread_create,socketpair,pipe2,memfd_create,eventfd"):
            out, err = self.call("job", "run", "large", "--executor", "processes", "--jobs", "4",
                                 LD_PRELOAD=library, SHORT_OF=short_of)
            run = self.last_run()
            self.assertEqual((run["steps"]["failed"], run["steps"]["succeeded"]), (0, 202),
                             f"{short_of}\n{out}\n{err}")
        for jobs in ("1", "2", "3", "4"):
            _, err = self.call("job", "run", "stream", "--jobs", jobs, LD_PRELOAD=library,
                               SHORT_OF="pthread_create")
            with open(self.path("numbers"), encoding="utf-8") as file:
                self.assertEqual(file.read(), "5050\n" * int(jobs), err)

    def test_doctor_reports_limits_that_are_too_low(self):
        self.settings("executor: {default: processes, jobs: 100}")
        done = subprocess.run([self.program, "doctor"], cwd=self.folder, env=self.environment,
                              capture_output=True, text=True, timeout=PATIENCE,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE,
                                                                    (128, 256)))
        self.assertIn("open files: this user may have 256 files open, and a run of 100 steps at a "
                      "time in processes may need 1264", done.stdout)

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

    @unittest.skipIf(SANITIZED, "a sanitizer reports crashes itself")
    def test_a_crash_in_a_thread_names_what_was_running(self):
        for kind, name in (("null", "SIGSEGV"), ("depth", "SIGSEGV"), ("abort", "SIGABRT"),
                           ("throw", "SIGABRT")):
            running = self.start("job", "run", f"crash_of_{kind}", "--jobs", "2")
            _, err = running.communicate(timeout=PATIENCE)
            self.assertEqual(running.returncode, -getattr(signal, name), err)
            run = self.last_run()["id"]
            self.assertIn(f"error: this program crashed with {name} (", err)
            mark = "" if kind == "throw" else ", in the thread that did it"
            self.assertIn(f"  step victim of run {run}{mark}\n", err)
            self.assertIn("--executor processes", err)

    def test_a_signal_of_a_crash_from_outside_names_what_was_running(self):
        running = self.begin("job", "run", "wait", "--jobs", "2")
        self.next_places(2)
        running.send_signal(signal.SIGABRT)
        _, err = running.communicate(timeout=PATIENCE)
        self.assertEqual(running.returncode, -signal.SIGABRT)
        for item in "ab":
            self.assertIn(f"  step wait[{item}] of run ", err)

    def test_a_step_in_a_thread_that_does_not_end_in_time_is_reported_at_once(self):
        os.mkfifo(self.path("released"))
        for executor in ("inline", "threads"):
            running = self.start("job", "run", "overdue", "--executor", executor)
            for line in running.stdout:
                if "passed its time limit of 50" in line:
                    break
            with open(self.path("released"), "w", encoding="utf-8") as file:
                file.write("now\n")
            self.assertEqual(running.wait(PATIENCE), 1)
            told = self.json("run", "events", self.last_run()["id"], "--step", "overdue")["events"]
            types = [event["type"] for event in told]
            self.assertLess(types.index("ENGINE_EVENT"), types.index("STEP_FAILURE"))
            self.assertEqual(told[types.index("ENGINE_EVENT")]["level"], "WARNING")

    def test_a_crash_is_a_failed_step_with_its_last_words(self):
        shown = self.output("job", "run", "crash", "--executor", "processes", status=1)
        self.assertIn("its process was ended by SIGSEGV (segmentation fault)", shown)
        self.assertIn("last words", self.logs("--stream", "stderr"))
        self.assertIn("last words", self.output("run", "show", self.last_run()["id"]))


if __name__ == "__main__":
    unittest.main()
