#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
check.py FAULTSTAT [unittest arguments]

What calibrate says about made-up A/A results (make_data.py), whose floors can
be derived from their arguments, and what the gate makes of its file.
"""
import json
import math
import os
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from make_data import Maker  # noqa: E402

FAULTSTAT = ""
DAY = 86400
START = 1795490000


class CalibrateTest(unittest.TestCase):
    def setUp(self):
        self.work = tempfile.TemporaryDirectory()
        self.addCleanup(self.work.cleanup)

    def path(self, name):
        return os.path.join(self.work.name, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)
        return self.path(name)

    def data(self, name, *words):
        return self.write(name, Maker(words).make())

    def run_it(self, status, *args):
        done = subprocess.run([FAULTSTAT, *args], capture_output=True,
                              text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout if status in (0, 1, 3, 4) else done.stderr

    def calibrate(self, *args):
        return self.run_it(0, "calibrate", *args)

    def rows(self, *args):
        """{(beside, of, metric): row}"""
        value = json.loads(self.calibrate("--json", *args))
        return {(row["cell"]["antagonist"] != "none", row["of"],
                 row["metric"]): row for row in value["rows"]}

    # --- floors -------------------------------------------------------------

    def test_floor_exact(self):
        """Pairs that differ by exactly 3 %, up or down: no estimate lies
        further off, and some do lie there."""
        apart = math.log(1.03)
        path = self.data("r", f"apart={apart}", "spin=0")
        rows = self.rows(path)
        row = rows[False, "figures", "p50_ns"]
        self.assertAlmostEqual(row["noise_floor"], 0.03, places=9)
        self.assertAlmostEqual(row["least_margin"], 0.03, places=9)
        # what drifts hits both arms of a block
        drift = self.rows(self.data("d", f"apart={apart}", "drift=0.3",
                                    "spin=0"))[False, "figures", "p50_ns"]
        self.assertAlmostEqual(drift["noise_floor"], 0.03, places=9)
        self.assertEqual(rows[False, "figures", "faults_per_s"]["n"], 16)
        self.assertEqual(rows[True, "multiples_of_baseline", "p50_ns"]["n"],
                         32)

    def test_floor_of_normal_noise(self):
        """A pair's log has the variance 2 sigma^2, the estimate of n pairs
        2 sigma^2 pi / 3 / n; a multiple's, of two samples, twice that."""
        for sigma in (0.005, 0.02):
            rows = self.rows(self.data("r", f"sigma={sigma}", "blocks=300",
                                       "spin=0"))
            one = 1.96 * math.sqrt(2 * sigma ** 2 * math.pi / 3 / 8)
            for kind, beside, want in (
                    ("figures", False, one), ("figures", True, one),
                    ("multiples_of_baseline", True, one * math.sqrt(2))):
                row = rows[beside, kind, "p50_ns"]
                self.assertAlmostEqual(row["noise_floor"] / want, 1, delta=0.15)
                self.assertGreater(row["least_margin"], row["noise_floor"])
                self.assertLess(row["least_margin"], 3 * row["noise_floor"])

    def test_more_pairs(self):
        path = self.data("r", "blocks=100", "spin=0")
        key = (False, "figures", "p50_ns")
        few = self.rows(path)[key]["noise_floor"]
        more = self.rows("--pairs", "32", path)[key]["noise_floor"]
        self.assertAlmostEqual(few / more, 2, delta=0.3)

    def test_between_sessions(self):
        """What drifts between sessions is seen when there are two."""
        key = (True, "multiples_of_baseline", "p50_ns")
        words = ("sigma=0.001", "spin=0")
        one = self.data("one", *words)
        two = self.data("two", "session=2", "beside=1.08", *words)
        self.assertLess(self.rows(one)[key]["noise_floor"], 0.005)
        both = self.rows(one, two)
        self.assertAlmostEqual(both[key]["noise_floor"], 0.08, delta=0.003)
        self.assertLess(both[True, "figures", "p50_ns"]["noise_floor"], 0.005)

    def test_words(self):
        config = self.write("m", "[margins]\np50_ns = 2 %\n"
                            "faults_per_s = ignore\np99_ns = ignore\n")
        for sigma, word in ((0.004, "yes"), (0.015, "with more"),
                            (0.05, "not here")):
            path = self.data("r", f"sigma={sigma}", "blocks=40", "spin=0")
            row = self.rows("-c", config, path)[False, "figures", "p50_ns"]
            self.assertEqual(row["gateable"], word)
            self.assertIn(word, self.calibrate("-c", config, path))

    # --- order and control ----------------------------------------------------

    def test_order(self):
        for often in (0.5, 0.25, 0.75):
            text = self.calibrate(self.data("r", "second=1.03", "sigma=0.002",
                                            f"often={often}"))
            self.assertRegex(text, r"second takes \+(2\.[6-9]|3\.[0-4])\d % ")
            self.assertIn("order effect", text)
        self.assertNotIn("order effect", self.calibrate(self.data("n")))

    def test_control(self):
        path = self.data("r", "spin=35", "sigma=0.005")
        value = json.loads(self.calibrate("--json", path))
        control, = value["controls"]
        self.assertEqual(control["injected_ns"], 35)
        self.assertLess(control["seen_ns"]["low"], 35)
        self.assertGreater(control["seen_ns"]["high"], 35)
        self.assertTrue(control["found"])
        self.assertIn("1 of 1 slow-downs found", value["closing"])
        # the same in much more noise
        text = self.calibrate(self.data("n", "spin=35", "sigma=0.2"))
        self.assertIn("do not trust a pass", " ".join(text.split()))
        text = self.calibrate(self.data("o", "spin=0"))
        self.assertIn("no positive control", text)

    # --- the file -----------------------------------------------------------

    def test_file_and_gate(self):
        aa = self.data("aa", "sigma=0.05", "blocks=24")
        file = self.path("here.cal")
        self.calibrate("-o", file, aa)
        with open(file, encoding="utf-8") as lines:
            lines = list(map(json.loads, lines))
        self.assertEqual([line["type"] for line in lines],
                         ["calibration"] + ["floor"] * 6 + ["order", "control"])
        self.assertEqual(lines[0]["gated_pairs"], 8)
        self.assertEqual(lines[0]["time_s"], START)
        self.assertNotIn("clock.ns_per_tick", lines[0]["facts"])
        self.assertTrue(all("tag" not in line["cell"] for line in lines[1:-2]))
        slow = self.data("slow", f"time={START + 3 * DAY}", "sigma=0.05")
        text = self.run_it(4, "gate", "--calibration", file, "--by", "tag=a,b",
                           slow)
        self.assertIn("not gateable here: 4 rows", text)
        self.assertIn("measured 3.0 days before", text)
        value = json.loads(self.run_it(4, "gate", "--json", "--calibration",
                                       file, "--by", "tag=a,b", slow))
        floors = {(line["cell"]["antagonist"], line["metric"]): line
                  for line in lines if line["type"] == "floor"
                  and line["of"] == "figures"}
        for row in value["rows"]:
            want = floors[row["cell_a"]["antagonist"], row["metric"]]
            self.assertEqual(row["noise_floor"], want["noise_floor"])
            self.assertEqual(row["least_margin"], want["least_margin"])
        # foreign, and stale
        for words, what in ((("cpu=Other",), "another machine"),
                            (("emulated=tcg",), "another machine"),
                            ((f"time={START + 31 * DAY}",), "31 days older")):
            other = self.data("other", *words)
            args = ("gate", "--calibration", file, "--by", "tag=a,b", other)
            self.assertIn(what, self.run_it(2, *args))
            self.run_it(4, *args, "--force")

    def test_narrow_margins_are_told(self):
        file = self.path("here.cal")
        path = self.data("aa", "sigma=0.04", "blocks=24")
        self.calibrate("-o", file, path)
        short = self.data("short", "sigma=0.04", "blocks=5")
        text = self.run_it(3, "gate", "--calibration", file, "--by", "tag=a,b",
                           short)
        self.assertIn("seldom pass on this machine", " ".join(text.split()))

    # --- mistakes -------------------------------------------------------------

    def test_mistakes(self):
        good = self.data("good")
        for what, *args in (
                ("No such file", "--output", self.path("no/such/file"), good),
                ("no cell was measured under tag=a and tag=b",
                 self.data("untagged", "tags=no")),
                ("it takes 8 blocks, there are 5", self.data("x", "blocks=5")),
                ("--pairs: 3 is no number from 6 to 50", "--pairs", "3", good),
                ("--pairs: many is", "--pairs", "many", good),
                ("which result file", ),
                ("No such file", self.path("absent")),
                ("anon-read", "-s", "anon-read", good),
                (":2:", "-c", self.write("bad", "[gate]\nnone\n"), good)):
            self.assertIn(what, self.run_it(2, "calibrate", *args))

    def test_unlike_machines(self):
        one = self.data("one")
        two = self.data("two", "session=2", "cpu=Other")
        old = self.data("old", "session=3", f"time={START - 40 * DAY}")
        file = self.path("kept.cal")
        self.calibrate("-o", file, one)
        with open(file, encoding="utf-8") as f:
            kept = f.read()
        self.assertIn("another machine",
                      self.run_it(2, "calibrate", "-o", file, one, two))
        self.assertIn("40 days", self.run_it(2, "calibrate", one, old))
        with open(file, encoding="utf-8") as f:
            self.assertEqual(f.read(), kept)
        self.assertEqual(os.listdir(self.work.name).count("kept.cal"), 1)
        self.calibrate("--force", one, two)

    def test_width(self):
        path = self.data("r")
        for args, width in (((), 100), (("--mail",), 72)):
            for line in self.calibrate(*args, path).splitlines():
                self.assertLessEqual(len(line), width)

    def test_repeats(self):
        path = self.data("r")
        self.assertEqual(self.calibrate("--json", path),
                         self.calibrate("--json", path))


if __name__ == "__main__":
    FAULTSTAT = os.path.abspath(sys.argv.pop(1))
    unittest.main()
