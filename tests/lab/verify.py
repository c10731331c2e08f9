#!/usr/bin/python3
"""verify.py LAB-DIR

lab/verify on made-up parts: order, going on after a failure, what a skip says,
the log and when it is not written.
"""
import contextlib
import importlib.machinery
import importlib.util
import io
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

LAB = sys.argv.pop(1)
sys.dont_write_bytecode = True

loader = importlib.machinery.SourceFileLoader("verify", f"{LAB}/verify")
verify = importlib.util.module_from_spec(
    importlib.util.spec_from_loader("verify", loader))
loader.exec_module(verify)


class Verify(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        (self.folder / "verify.d").mkdir()
        (self.folder / "doc").mkdir()
        verify.TREE = self.folder
        verify.PARTS = self.folder / "verify.d"
        verify.LOG = self.folder / "doc" / "lab-verify.log"
        os.environ["FAULTLINE_LAB"] = str(self.folder / "cache")

    def part(self, name, text):
        path = self.folder / "verify.d" / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def commit(self):
        git = ["git", "-c", "user.name=x", "-c", "user.email=x@x", "-C",
               str(self.folder)]
        subprocess.run([*git, "init", "-q"], check=True)
        (self.folder / ".gitignore").write_text("cache\n")
        subprocess.run([*git, "add", "-A"], check=True)
        subprocess.run([*git, "commit", "-qm", "x"], check=True)

    def run_it(self, *part, record=False):
        """(exit status, what it printed)"""
        out = io.StringIO()
        options = verify.argparse.Namespace(part=list(part), record=record)
        with contextlib.redirect_stdout(out):
            status = verify.verify(options)
        return status, out.getvalue()

    def test_goes_on_after_a_failure(self):
        self.part("20-bad", "echo it is bad; exit 3")
        self.part("10-good", "echo $FAULTLINE_BUILD; pwd")
        self.part("30-cannot", "echo first; echo no qemu; exit 77")
        (self.folder / "verify.d" / "README").write_text("no part")
        status, told = self.run_it()
        self.assertEqual(status, 1)
        self.assertEqual(re.findall(r"^== (\S+)$", told, re.M),
                         ["10-good", "20-bad", "30-cannot"])
        self.assertIn(f"{self.folder}/build\n{self.folder}\n", told)
        self.assertRegex(told, r"(?m)^  10-good    passed  +0 s$")
        self.assertRegex(told, r"(?m)^  20-bad     FAILED \(3\) +0 s$")
        self.assertRegex(told, r"(?m)^  30-cannot  skipped  +0 s: no qemu$")
        self.assertIn("passed 1, failed 1, skipped 1, not run 0", told)

    def test_one_part(self):
        self.part("10-good", "true")
        self.part("20-bad", "false")
        self.assertEqual(self.run_it("10-good")[0], 0)
        self.assertEqual(self.run_it("20-bad")[0], 1)
        with self.assertRaisesRegex(verify.Trouble, "no part 7; it has 10-"):
            self.run_it("7")

    def test_the_log(self):
        self.part("10-good", f"echo lies in {self.folder}/x {LAB}x")
        self.part("20-too", "echo == 10-good: passed what it says")
        self.commit()
        self.assertEqual(self.run_it(record=True)[0], 0)
        self.assertEqual(self.run_it("20-too", record=True)[0], 0)
        log = verify.LOG.read_text()
        self.assertTrue(log.startswith("lab/verify: the last pass of each of 2 "
                                       "parts, of one commit\n"), log)
        self.assertRegex(log, r"(?m)^  10-good  \d{4}-\d\d-\d\d \d\d:\d\d UTC  "
                         r"[0-9a-f]{7,12}  0 s$")
        self.assertRegex(log, r"(?m)^== 20-too: passed .* UTC, commit .*, 0 s; ")
        self.assertIn("lies in ./x", log)
        self.assertNotIn(str(self.folder), log)

    def test_the_log_keeps_the_last_pass(self):
        self.part("10-good", "echo one")
        self.part("20-other", "echo other")
        self.part("30-gone", "true")
        self.commit()
        self.run_it(record=True)
        (self.folder / "verify.d" / "30-gone").unlink()
        self.part("10-good", "echo two")
        self.part("20-other", "echo worse; false")
        self.commit()
        status, told = self.run_it(record=True)
        self.assertEqual(status, 1)
        log = verify.LOG.read_text()
        self.assertIn("each of 2 parts, of 2 commits", log)
        self.assertEqual([line for line in log.splitlines()
                          if line in ("one", "two", "other", "worse")],
                         ["two", "other"])
        self.assertEqual(list(verify.sections(log)), ["10-good", "20-other"])

    def test_no_log_of_a_failure_a_skip_or_of_changes(self):
        self.part("10-bad", "false")
        self.part("20-cannot", "exit 77")
        self.commit()
        self.assertEqual(self.run_it(record=True)[0], 1)
        self.assertFalse(verify.LOG.exists())
        self.part("10-bad", "true")
        with self.assertRaisesRegex(verify.Trouble, "without changes"):
            self.run_it(record=True)
        self.assertFalse(verify.LOG.exists())

    def test_durations(self):
        for seconds, told in ((59.4, "59 s"), (60, "1 min 0 s"),
                              (3600 * 2 + 61, "2 h 1 min 1 s")):
            self.assertEqual(verify.duration(seconds), told)


if __name__ == "__main__":
    unittest.main(verbosity=0)
