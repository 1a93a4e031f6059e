"""Starts the config program for tests; its secret must get nowhere."""
import os

from program_test import ProgramTest, program

SECRET = "canary-7f3a91bc"
NAMES = ("--set", "inputs.names=[Ada, Bob]")


class ConfigTest(ProgramTest):
    program = program("config_main")

    def setUp(self):
        super().setUp()
        self.environment["GREETING_KEY"] = SECRET

    def call(self, *words, **more):
        """As ever; the secret is neither in standard output nor error."""
        out, err = super().call(*words, **more)
        self.assertNotIn(SECRET, out + err)
        return out, err

    def write(self, name, text):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)

    def assert_secret_is_in_no_file(self):
        for folder, _, files in os.walk(self.home):
            for name in files:
                with open(os.path.join(folder, name), "rb") as file:
                    self.assertNotIn(SECRET.encode(), file.read())
