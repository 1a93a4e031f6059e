"""A home that another program owns is left alone, and one that is removed is no success."""
import os
import shutil
import sqlite3
import unittest

from program_test import ProgramTest, program


class ForeignHome(ProgramTest):
    program = program("recovery_main")

    def test_the_database_of_another_program_is_left_unchanged(self):
        os.mkdir(self.home)
        database = self.home_path("penstock.db")
        connection = sqlite3.connect(database)
        connection.execute("CREATE TABLE films (title TEXT)")
        connection.commit()
        connection.close()
        with open(database, "rb") as file:
            before = file.read()
        for words in (("run", "list"), ("job", "run", "noop"), ("gc",), ("storage", "verify"),
                      ("storage", "rebuild"), ("storage", "migrate")):
            with self.subTest(words=words):
                _, err = self.call(*words, status=4)
                self.assertIn("is not a Penstock event log: it is the SQLite database of another "
                              "program, and was left unchanged", err)
        self.call("doctor", status=1)
        with open(database, "rb") as file:
            self.assertEqual(file.read(), before)
        self.assertEqual(os.listdir(self.home), ["penstock.db"])

    def check_a_run_while(self, change):
        process = self.start("job", "run", "parts", "-q")
        while not os.path.exists(self.path("waiting")):
            self.assertIsNone(process.poll())
        change()
        with open(self.path("go"), "w", encoding="utf-8"):
            pass
        _, err = process.communicate()
        self.assertEqual(process.returncode, 1)
        self.assertIn("penstock.db was removed or replaced while it was in use: what this process "
                      "recorded is lost; leave the home folder in place until its runs have ended",
                      err)

    def test_a_home_that_is_removed_during_a_run_is_an_error(self):
        self.check_a_run_while(lambda: shutil.rmtree(self.home))

    def test_a_home_that_is_moved_during_a_run_is_an_error(self):
        self.check_a_run_while(lambda: os.rename(self.home, self.home + ".moved"))

    def test_a_log_that_is_deleted_during_a_run_is_an_error(self):
        self.check_a_run_while(lambda: os.remove(self.home_path("penstock.db")))


if __name__ == "__main__":
    unittest.main()
