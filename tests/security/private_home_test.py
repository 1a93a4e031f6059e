"""SEC-22: what runs were given, made and said is for their user alone."""
import os
import stat
import unittest

from program_test import ProgramTest, program


class PrivateHome(ProgramTest):
    program = program("config_main")
    RUN = ("job", "run", "greet", "-q", "--set", f"inputs.names=[{'Ada' * 10000}]", "--keep",
           "all", "--executor", "processes", "--set", "ops.greet.config.word=loud")

    def modes(self):
        """Of all that is in the home, and of the home."""
        found = {"": stat.S_IMODE(os.stat(self.home).st_mode)}
        for folder, folders, files in os.walk(self.home):
            for name in folders + files:
                path = os.path.join(folder, name)
                found[os.path.relpath(path, self.home)] = stat.S_IMODE(os.stat(path).st_mode)
        return found

    def test_made_with_narrow_permissions_whatever_the_umask(self):
        before = os.umask(0)
        self.addCleanup(os.umask, before)
        self.call(*self.RUN, GREETING_KEY="secret-123")
        modes = self.modes()
        for kind in ("penstock.db", "logs", "values"):
            self.assertIn(kind, modes)
        for name, mode in modes.items():
            is_folder = os.path.isdir(self.home_path(name))
            self.assertEqual(oct(mode), oct(0o700 if is_folder else 0o600), name)
        self.call("storage", "backup", "copy.db")
        self.assertEqual(stat.S_IMODE(os.stat(self.path("copy.db")).st_mode), 0o600)

    def test_a_home_that_is_there_stays_as_it_is(self):
        os.makedirs(self.home)
        os.chmod(self.home, 0o750)
        self.call(*self.RUN, GREETING_KEY="secret-123")
        self.assertEqual(oct(self.modes()[""]), oct(0o750))


if __name__ == "__main__":
    unittest.main()
