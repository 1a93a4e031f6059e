"""On a terminal: live progress, colours; interrupts, and what becomes of their runs."""
import re
import signal
import unittest

from sample import PROGRAM, SampleTest
from terminal import Terminal, has_terminals


def screen(text):
    """What is left on the screen: carriage moves and clearing done, colours dropped."""
    lines, row = [""], 0
    for token in re.findall(r"\x1b\[\d*[AJ]|\x1b\[[\d;]*m|\r|\n|[^\x1b\r\n]+", text):
        if token.endswith("A") and token.startswith("\x1b"):
            row -= int(token[2:-1])
        elif token == "\x1b[J":
            lines[row:] = [""]
        elif token == "\n":
            row += 1
            if row == len(lines):
                lines.append("")
        elif not token.startswith("\x1b") and token != "\r":
            lines[row] += token
    return "\n".join(lines)


class OnATerminal(SampleTest):
    def terminal(self, *words, **environment):
        return Terminal(words, self.folder, {**self.environment, **environment})

    def test_ctrl_c_ends_the_run_cleanly(self):
        terminal = self.terminal("job", "run", "wait")
        terminal.read_until(r"wait_for_end.*1 of 4 rows \(25 %\)")
        self.assertIn("0 of 1 steps, 1 running", terminal.text)
        terminal.type("\x03")
        self.assertEqual(terminal.finish(), 130)
        left = screen(terminal.text)
        self.assertNotIn("░", left)
        self.assert_in_order(left, "stopping  the run was asked to stop", "CANCELED  wait")
        self.assertEqual(self.last_run()["status"], "CANCELED")
        self.call("job", "run", "etl", "-q")
        self.assertEqual(self.last_run()["status"], "SUCCESS")

    def test_a_second_ctrl_c_ends_at_once(self):
        terminal = self.terminal("job", "run", "stubborn")
        terminal.read_until(r"1 of 4 rows")
        terminal.type("\x03")
        terminal.read_until(r"Ctrl-C again to exit at once")
        terminal.type("\x03")
        self.assertEqual(terminal.finish(), 130)
        # It did not wait for the log: whether RUN_CANCELING reached it is left open.
        self.assertIn(self.last_run()["status"], ("STARTED", "CANCELING"))
        self.assertIn("is recorded as lost", self.call("job", "run", "etl", "-q")[1])

    def test_no_line_is_wider_than_the_terminal(self):
        terminal = self.terminal("job", "run", "wait")
        terminal.read_until(r"1 of 4 rows")
        terminal.type("\x03")
        terminal.finish()
        for line in re.sub(r"\x1b\[[\d;]*[A-Za-z]", "", terminal.text).splitlines():
            self.assertLessEqual(len(line), 80, line)

    def test_colours_only_where_wanted(self):
        for environment, words, colored in (({}, (), True), ({"NO_COLOR": "1"}, (), False),
                                            ({}, ("--color", "never"), False)):
            terminal = self.terminal("job", "list", *words, **environment)
            self.assertEqual(terminal.finish(), 0)
            self.assertEqual("\x1b[" in terminal.text, colored, repr(terminal.text))
        self.assertIn("\x1b[", self.call("job", "list", "--color", "always")[0])


class Signals(SampleTest):
    def test_terminate_in_a_pipe(self):
        process = self.begin_waiting_run()
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
        self.assertEqual((process.returncode, err), (130, ""))
        self.assert_plain(out)
        self.assert_in_order(out, "stopping: ", "CANCELED  wait")

    def test_killed_run_is_shown_as_such(self):
        self.end(self.begin_waiting_run())
        self.assertIn("STARTED (process gone)", self.call("run", "list")[0])
        run = self.last_run()
        self.assertEqual((run["status"], run["process_gone"]), ("STARTED", True))
        self.assertIn("process gone", self.call("run", "show", run["id"])[0])


if __name__ == "__main__":
    if not has_terminals():
        print("no pseudo terminals here (is /dev/pts mounted?): what needs one is left out")
        del OnATerminal
    unittest.main()
