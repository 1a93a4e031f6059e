"""Programs on a pseudo terminal, for tests."""
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios

from sample import PROGRAM


def has_terminals():
    """False in a container or chroot where /dev/pts is not mounted."""
    try:
        for end in pty.openpty():
            os.close(end)
    except OSError:
        return False
    return True


class Terminal:
    """A program on a pseudo terminal of 24 lines and 80 columns."""

    def __init__(self, words, folder, environment, program=PROGRAM):
        self.ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))

        def take_terminal():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen([program, *words], stdin=theirs, stdout=theirs,
                                        stderr=theirs, cwd=folder, preexec_fn=take_terminal,
                                        env={**environment, "TERM": "xterm"})
        os.close(theirs)
        self.text = ""

    def type(self, text):
        os.write(self.ours, text.encode())

    def read(self):
        """Read what comes next; empty at the end."""
        try:
            piece = os.read(self.ours, 65536).decode(errors="replace")
        except OSError:
            piece = ""
        self.text += piece
        return piece

    def read_until(self, pattern):
        while not re.search(pattern, self.text):
            if not self.read():
                raise AssertionError(f"{pattern!r} never came: {self.text!r}")

    def finish(self):
        while self.read():
            pass
        os.close(self.ours)
        return self.process.wait(timeout=60)
