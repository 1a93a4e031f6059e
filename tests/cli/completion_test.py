"""Completion of words: the script as bash runs it, and what the program gives to all shells."""
import json
import os
import subprocess
import unittest

from sample import PROGRAM, SampleTest
from terminal import Terminal, has_terminals

# Calls the completion function as readline does: COMP_WORDS broken at = and :, too.
CALL = r"""
source "$1"
line=$2
set -f
COMP_LINE=$line COMP_POINT=${#line} COMP_WORDS=() word="" quote=""
for ((i = 0; i < ${#line}; i++)); do
  c=${line:i:1}
  if [[ -n $quote ]]; then word+=$c; [[ $c == "$quote" ]] && quote=""
  elif [[ $c == [\'\"] ]]; then word+=$c; quote=$c
  elif [[ $c == " " ]]; then [[ -n $word ]] && COMP_WORDS+=("$word"); word=""
  elif [[ $c == [:=] ]]; then [[ -n $word ]] && COMP_WORDS+=("$word"); COMP_WORDS+=("$c"); word=""
  else word+=$c; fi
done
COMP_WORDS+=("$word")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_complete_sample_main
printf '%s\n' "${COMPREPLY[@]}"
"""


class Bash(SampleTest):
    def setUp(self):
        super().setUp()
        self.script = os.path.join(self.folder, "completion.bash")
        with open(self.script, "w") as file:
            file.write(self.call("completion", "bash")[0])
        self.environment["PATH"] = os.path.dirname(PROGRAM) + ":" + self.environment["PATH"]

    def replies(self, line):
        done = subprocess.run(["bash", "-c", CALL, "bash", self.script, line], cwd=self.folder,
                              capture_output=True, text=True, env=self.environment, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.split("\n")[:-1]

    def test_commands_options_and_jobs(self):
        self.assertEqual(self.replies("sample_main job r"), ["run"])
        self.assertIn("etl", self.replies("sample_main job run "))
        self.assertEqual(self.replies("sample_main job run etl --exec"), ["--executor"])
        self.assertEqual(self.replies("sample_main job run etl --executor pro"), ["processes"])
        self.assertEqual(self.replies("sample_main  job   show   wa"), ["wait"])
        self.assertEqual(self.replies("sample_main job run etl --config "), [""])  # a file

    def test_only_what_follows_a_break_is_replied(self):
        self.assertEqual(self.replies("sample_main job run etl --executor=pro"), ["processes"])
        self.assertEqual(self.replies("sample_main job run etl --op-selection by_state.l"),
                         ["by_state.load"])
        self.assertEqual(self.replies("sample_main job run etl --op-selection 'extract+ or con"),
                         ["extract+ or consolidate"])
        self.assertEqual(self.replies('sample_main job run etl --op-selection "+by_state.t'),
                         ["+by_state.transform"])

    def test_the_path_by_which_the_program_is_called(self):
        os.symlink(PROGRAM, os.path.join(self.folder, "sample_main"))
        self.environment["PATH"] = os.environ["PATH"]
        self.assertEqual(self.replies("./sample_main job pr"), ["print"])

    @unittest.skipUnless(has_terminals(), "there are no pseudo terminals here")
    def test_in_a_shell_that_somebody_types_into(self):
        shell = Terminal(["--norc", "--noprofile", "-i"], self.folder,
                         {**self.environment, "PS1": "READY> "}, program="bash")
        shell.read_until("READY> ")
        shell.type(f"source {self.script}\n")
        shell.type("sample_main job sho\twai\t\n")
        shell.read_until("wait until somebody interrupts")
        shell.type("sample_main job run etl --op-selection '+conso\t--dry-run\n")
        shell.read_until("etl: 2 steps would run")
        shell.type("exit\n")
        self.assertEqual(shell.finish(), 0)


class Candidates(SampleTest):
    def test_runs_of_the_home_that_is_named(self):
        self.assertEqual(self.call("completion", "candidates", "--", "run", "show", "")[0], "")
        self.call("job", "run", "etl", "-q", "--home", "other")
        run = self.json("run", "list", "--home", "other")["runs"][0]["id"]
        named = self.call("completion", "candidates", "--", "run", "show", "--home", "other", "")
        self.assertEqual(named[0], f"{run[-8:]}\tetl  SUCCESS\n")
        out, _ = self.call("--json", "completion", "candidates", "--", "run", "reexecute",
                           run[-8:], "--home=other", "--select", "cons")
        self.assertEqual(json.loads(out)["candidates"], [{"word": "consolidate", "about": ""}])

    def test_broken_definitions_have_no_jobs_and_complete_all_the_same(self):
        words = ("completion", "candidates", "--", "job")
        self.assertEqual(self.call(*words, "run", "", SAMPLE_BROKEN="1"), ("", ""))
        self.assertEqual(self.call(*words, "lis", SAMPLE_BROKEN="1")[0],
                         "list\tlist the jobs of this program\n")

    def test_scripts_of_other_shells_ask_the_program(self):
        for shell, part in (("zsh", "#compdef sample_main"), ("fish", "complete -c sample_main")):
            script, _ = self.call("completion", shell)
            self.assertIn(part, script)
            self.assertIn("completion candidates -- ", script)
            self.assertNotIn("@", script.replace("[@]", "").replace("(@", "").replace("${(@", ""))
            self.assertEqual(self.json("completion", shell)["script"], script)


class OtherNames(SampleTest):
    def test_commands_under_the_names_that_dagster_gives_them(self):
        self.assertEqual(self.call("job", "print", "-j", "etl"), self.call("job", "show", "etl"))
        self.assertEqual(self.call("job", "scaffold_config", "etl"),
                         self.call("config", "scaffold", "etl"))
        self.assertEqual(self.call("check", "defs"), self.call("definitions", "validate"))
        self.assertEqual(self.call("list", "defs"), self.call("definitions", "list"))
        for words in (("launch", "-j", "etl"), ("job", "execute", "--job", "etl"),
                      ("launch", "etl", "--jobs", "1")):
            self.call(*words, "-q")
            self.assertEqual(self.last_run()["job"], "etl")

    def test_the_job_is_named_once(self):
        self.assertIn("JOB is missing: name it, or use --job", self.call("launch", status=2)[1])
        self.assertIn("give the job once, with --job or without",
                      self.call("launch", "etl", "-j", "etl", status=2)[1])
        self.assertIn("JOB is missing", self.call("job", "run", status=2)[1])

    def test_help_names_them_beside_their_command_only(self):
        self.assertNotIn("launch", self.call("--help")[0])
        self.assertIn("also: job execute, launch\n", self.call("job", "run", "--help")[0])
        self.assertIn("-j, --job JOB", self.call("launch", "--help")[0])
        self.assertIn("list defs", self.call("list", "--help")[0])


class Describe(SampleTest):
    def test_all_definitions_as_json(self):
        described = self.json("describe")
        self.assertEqual((described["schema"], described["program"]),
                         ("definitions.v1", "sample_main"))
        self.assertEqual(described["build_id"], self.json("version")["build_id"])
        self.assertEqual([job["name"] for job in described["jobs"]], ["etl", "wait", "stubborn"])
        self.assertEqual(len(described["ops"]), 7)
        extract = next(op for op in described["ops"] if op["name"] == "extract")
        self.assertEqual((extract["description"], extract["retry"]["max_retries"]),
                         ("read one state", 1))
        self.assertEqual(self.call("describe"), self.call("describe", "--json"))


if __name__ == "__main__":
    unittest.main()
