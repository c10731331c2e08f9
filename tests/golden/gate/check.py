#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
check.py FAULTSTAT [unittest arguments]

What the gate says about made-up results (make_data.py): every exit status,
every verdict, margins and calibrations with their mistakes.
"""
import json
import os
import re
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


class GateTest(unittest.TestCase):
    def setUp(self):
        self.work = tempfile.TemporaryDirectory()
        self.addCleanup(self.work.cleanup)

    def write(self, name, text):
        path = os.path.join(self.work.name, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    @staticmethod
    def read(path):
        with open(path, encoding="utf-8") as f:
            return f.read()

    def data(self, name, *words):
        return self.write(name, Maker(words).make())

    def run_it(self, *args, stdin=None):
        return subprocess.run([FAULTSTAT, *args], capture_output=True,
                              text=True, timeout=60, input=stdin, check=False)

    def gate(self, status, *args, stdin=None):
        """The closing line; the status must be that."""
        done = self.run_it("gate", *args, stdin=stdin)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        for line in done.stdout.splitlines():
            self.assertLessEqual(len(line), 100)
        closing = done.stdout.split("\n\n")[-1].replace("\n", " ").strip()
        if done.stdout or status in (0, 1, 3, 4):
            self.assertTrue(closing.startswith("gate: "), done.stdout)
        self.out, self.err = done.stdout, done.stderr
        return closing

    def json(self, status, *args):
        done = self.run_it("gate", "--json", *args)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        value = json.loads(done.stdout)
        self.assertEqual(value["exit"], status)
        return value

    # --- exit status --------------------------------------------------------

    def test_pass(self):
        path = self.data("r", "arms=yes")
        self.assertIn("gate: PASS: 16 rows",
                      self.gate(0, "--by", "tag=a,b", path))

    def test_fail(self):
        path = self.data("r", "arms=yes", "slow=1.2")
        self.assertIn("FAIL: 12 of 16 rows",
                      self.gate(1, "--by", "tag=a,b", path))
        # the other way round nothing is slower
        self.gate(0, "--by", "tag=b,a", path)

    def test_small_slowdown_passes(self):
        path = self.data("r", "arms=yes", "slow=1.02")
        self.gate(0, "--by", "tag=a,b", path)

    def test_inconclusive(self):
        path = self.data("r", "arms=yes", "slow=1.05", "noise=0.02")
        by = ("--by", "tag=a,b", path)
        self.assertIn("INCONCLUSIVE", self.gate(3, *by))
        self.gate(0, "--on-inconclusive", "pass", *by)
        self.gate(1, "--on-inconclusive", "fail", *by)
        self.gate(3, "--on-inconclusive", "inconclusive", *by)
        self.gate(125, "--bisect", *by)

    def test_too_few(self):
        path = self.data("r", "arms=yes", "blocks=3")
        self.gate(3, "--by", "tag=a,b", path)
        self.assertIn("pairs need 5", self.out)

    def test_nothing(self):
        path = self.data("r", "arms=yes", "witness=none")
        config = self.write("m", "[margins]\np50_ns = ignore\n"
                            "p99_ns = ignore\nfaults_per_s=ignore\n")
        self.assertIn("NOTHING", self.gate(4, "--by", "tag=a,b", "--config",
                                           config, path))
        self.gate(125, "--bisect", "--by", "tag=a,b", "-c", config, path)

    def test_trouble_wins(self):
        path = self.data("r", "arms=yes", "slow=1.5", "skip=memfd")
        closing = self.gate(2, "--by", "tag=a,b", path)
        self.assertIn("TROUBLE: memfd", closing)
        self.assertIn("it cannot run here", closing)
        self.assertIn("FAIL", self.out)

    def test_bisect(self):
        good = self.data("good", "arms=yes")
        bad = self.data("bad", "arms=yes", "slow=1.3")
        broken = self.data("broken", "arms=yes", "skip=memfd")
        by = ("--bisect", "--by", "tag=a,b")
        self.gate(0, *by, good)
        self.gate(1, *by, bad)
        self.gate(125, *by, broken)
        self.gate(125, *by, os.path.join(self.work.name, "absent"))
        self.gate(125, "--bisect", "--no-such-option", good)
        self.gate(125, "--bisect")
        full = subprocess.run(f"'{FAULTSTAT}' gate --bisect --by tag=a,b "
                              f"'{good}' > /dev/full", shell=True,
                              stderr=subprocess.PIPE, check=False)
        self.assertEqual(full.returncode, 125)

    def test_verdicts_follow_from_bounds(self):
        seen = set()
        for slow in ("1.02", "1.04", "1.05", "1.08", "1.2"):
            path = self.data("r", "arms=yes", "slow=" + slow, "noise=0.03")
            done = self.run_it("gate", "--json", "--by", "tag=a,b", path)
            value = json.loads(done.stdout)
            for row in value["rows"]:
                if row["of"] == "counts":
                    continue
                limit = 1 + row["margin"]
                bounds = row["slower"]
                self.assertLess(bounds["low"], bounds["high"])
                want = ("FAIL" if row["adjusted_p"] <= value["alpha"] else
                        "pass" if bounds["high"] <= limit else "inconclusive")
                self.assertEqual(row["verdict"], want)
                # what fails is beyond by its own bound, too
                self.assertEqual(row["p"] <= value["alpha"],
                                 bounds["low"] > limit)
                seen.add((row["verdict"], bounds["estimate"] <= limit))
        self.assertEqual(seen, {("FAIL", False), ("pass", True),
                                ("inconclusive", True),
                                ("inconclusive", False)})

    # --- Holm ---------------------------------------------------------------

    def test_holm_needs_pairs(self):
        """12 tests: 7 pairs reach 1/128, not 0.05/12; 8 pairs reach it."""
        for blocks, status in (("7", 3), ("8", 1)):
            path = self.data("r", "arms=yes", "slow=1.4", "blocks=" + blocks)
            self.gate(status, "--by", "tag=a,b", path)
        path = self.data("r", "arms=yes", "slow=1.4", "blocks=7")
        self.gate(3, "--by", "tag=a,b", path)
        self.assertIn("(Holm)", self.out)
        self.assertIn("at least 8 pairs", " ".join(self.out.split()))
        one = self.write("m", "[margins]\np99_ns=ignore\nfaults_per_s=ignore\n"
                         "p50_ns=ignore\n[margins memfd]\np50_ns = 5 %\n")
        self.assertIn("2 of ", self.gate(1, "-c", one, "--by", "tag=a,b", path))

    def test_looks_are_stricter(self):
        path = self.data("r", "arms=yes", "slow=1.4", "until_decided=yes")
        value = self.json(3, "--by", "tag=a,b", path)
        self.assertEqual(value["alpha"], 0.01)
        path = self.data("r", "arms=yes", "slow=1.4", "until_decided=yes",
                         "blocks=11")
        self.json(1, "--by", "tag=a,b", path)

    # --- counts -------------------------------------------------------------

    def test_counts(self):
        path = self.data("r", "arms=yes", "retries=1")
        closing = self.gate(1, "--by", "tag=a,b", path)
        self.assertIn("retries a fault: 1.000, was 0.000", closing)
        path = self.data("r", "arms=yes", "locks=0.0004")
        self.gate(0, "--by", "tag=a,b", path)
        config = self.write("m", "[margins]\nretries_per_fault = ignore\n")
        path = self.data("r", "arms=yes", "retries=1")
        self.gate(0, "--config", config, "--by", "tag=a,b", path)

    def path(self, name, instructions):
        return self.data(name, f"label={name}", f"session={name}",
                         f"boot={name}", f"path={instructions}", "blocks=2")

    def test_path_length(self):
        """Repeatable counts: of separate boots, by equality or a margin."""
        base = self.path("base", 3185)
        exact = self.write("exact", "[margins]\n"
                           "instructions_per_fault = exact\n")
        for to, by_margin, by_exact in ((3185, 0, 0), (3186, 0, 1),
                                        (3184, 0, 1), (3200, 0, 1),
                                        (3201, 1, 1)):
            new = self.path(f"new{to}", to)
            said = self.gate(by_margin, base, new)
            self.assertEqual("instr. a fault: 3201, was 3185" in said,
                             bool(by_margin))
            self.gate(by_exact, "--config", exact, base, new)
        self.assertIn("no time", self.out)
        rows = self.json(1, "--config", exact, base, new)["rows"]
        mine = [r for r in rows if r["metric"] == "instructions_per_fault"]
        self.assertEqual([(r["a"], r["b"], r["of"]) for r in mine],
                         [(3185, 3201, "counts")] * 2)

    def test_no_path_length_where_there_is_time(self):
        base, new = self.data("base"), self.data("new", "session=2",
                                                 "label=new")
        self.gate(0, base, new)
        self.assertNotIn("instr", self.out)

    def test_compare_path_length(self):
        done = self.run_it("compare", self.path("base", 3185),
                           self.path("new", 3345))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"3185\s+3345\s+\+5\.0 % instructions "
                         r"\(more\)\s+counted")
        self.assertNotIn("p50", done.stdout)
        done = self.run_it("compare", "--margin", "0",
                           self.path("base", 3185), self.path("new", 3185))
        self.assertIn("4 same", done.stdout)

    def test_broken_witness(self):
        old = self.data("old", "witness=broken")
        new = self.data("new", "label=new", "session=2")
        self.assertIn("the witness of base is broken", self.gate(2, old, new))
        old = self.data("old")
        new = self.data("new", "label=new", "session=2", "witness=broken")
        self.assertIn("the witness of new is broken", self.gate(2, old, new))

    # --- stored baselines -----------------------------------------------------

    def test_stored(self):
        """All times up by 8 %: another day. That is no regression."""
        old = self.data("old")
        new = self.data("new", "label=new", "session=2", "shift=1.08")
        self.gate(0, old, new)
        self.assertIn("absolute figures of separate sessions", self.out)
        self.assertIn("9 % an hour", " ".join(self.out.split()))
        self.assertIn("same touch without a fault moved by +8.0 %", self.out)
        self.gate(1, "--absolute", old, new)
        new = self.data("new", "label=new", "session=2", "shift=1.08",
                        "slow=1.2")
        value = self.json(1, old, new)
        kinds = {row["of"] for row in value["rows"] if row["verdict"] == "FAIL"}
        self.assertEqual(kinds, {"multiples_of_baseline"})

    def test_missing(self):
        old = self.data("old")
        new = self.data("new", "label=new", "session=2", "without=memfd")
        self.assertIn("is missing in new", self.gate(2, old, new))
        self.gate(0, new, old)
        self.assertIn("cells that only base has", self.out)
        self.gate(2, "--require", "memfd", new, old)
        self.assertIn("memfd is required", self.out)
        self.gate(0, "--require", "anon-*", new, old)

    def test_counts_by_policy(self):
        """Other locks are what a policy is for, and no regression."""
        text = Maker(["arms=yes", "locks=1", "retries=1"]).make()
        path = self.write("by-tag", text)
        self.assertIn("FAIL: 4 of", self.gate(1, "--by", "tag=a,b", path))
        for tag, policy in (("a", "stock"), ("b", "mmap")):
            text = text.replace(f'"tag":"{tag}"', f'"policy":"{policy}"')
        path = self.write("by-policy", text)
        value = self.json(0, "--by", "policy=stock,mmap", path)
        self.assertEqual({r["of"] for r in value["rows"]}, {"figures"})

    def test_counts_missing(self):
        old = self.data("old")
        new = self.data("new", "label=new", "session=2", "witness=none")
        self.assertIn("locks is missing in new", self.gate(2, old, new))

    def test_flat_out(self):
        path = self.data("r", "arms=yes", "rate=0", "slow=3")
        self.gate(1, "--by", "tag=a,b", path)
        self.assertIn("6: rows beside a flat-out writer", self.out)

    def test_other_machine(self):
        old = self.data("old")
        new = self.data("new", "label=new", "session=2", "cpu=Other CPU")
        self.assertIn("gate: TROUBLE", self.gate(2, old, new))
        self.assertIn("unlike machines (machine.cpu: Made-up CPU, and Other "
                      "CPU)", self.err)
        self.gate(0, "--force", old, new)
        done = self.run_it("compare", old, new)
        self.assertEqual(done.returncode, 2)
        self.assertIn("--force", done.stderr)
        done = self.run_it("compare", "--force", old, new)
        self.assertEqual(done.returncode, 0)
        self.assertIn("machine.cpu: Made-up CPU / Other CPU", done.stdout)

    def test_standard_input(self):
        old = self.data("old")
        new = Maker(["label=new", "session=2", "slow=1.3"]).make()
        self.gate(1, old, "-", stdin=new)
        self.gate(2, "-", "-", stdin=new)
        self.gate(2, old, "-", stdin=Maker(["session=2"]).make())
        self.assertIn("name=-", self.err)
        self.gate(0, old, "new=-", stdin=Maker(["session=2"]).make())

    # --- compare ------------------------------------------------------------

    def compare(self, *args):
        done = self.run_it("compare", *args)
        self.assertEqual(done.returncode, 0, done.stderr)
        return " ".join(done.stdout.split())

    def test_compare_points_out(self):
        old = self.data("old")
        new = self.data("new", "label=new", "session=2", "shift=1.1",
                        "release=6.19.1")
        text = self.compare(old, new)
        self.assertIn("kernel.release: 6.18.44 / 6.19.1", text)
        self.assertIn("... BOOT_IMAGE=/6.18.44 ... / ... BOOT_IMAGE=/6.19.1",
                      text)
        text = self.compare("--by", "kernel", old, new)
        self.assertIn("label: 6.19.1 against 6.18.44", text)
        straight = self.data("straight", "arms=yes", "order=straight")
        self.assertIn("tag a was measured before tag b in every block",
                      self.compare("--by", "tag", straight))
        second = self.data("second", "arms=yes", "second=1.02")
        self.assertRegex(self.compare("--by", "tag", second),
                         r"measured second takes \+[12]\.\d % time")
        mixed = self.data("mixed", "arms=yes")
        self.assertNotIn("order effect", self.compare("--by", "tag", mixed))
        self.assertNotIn("in every block", self.compare("--by", "tag", mixed))

    def test_boots_are_the_unit(self):
        files = []
        for side in ("old", "new"):
            for boot in range(5):
                path = self.data(f"{side}{boot}", "label=" + side,
                                 f"session={side}{boot}",
                                 f"boot={side}{boot}",
                                 "slow=1.3" if side == "new" else "slow=1")
                files.append(f"{side}={path}")
        text = self.compare(*files)
        self.assertIn("the boot (the median of its runs): 5 and 5 a row", text)
        # 5 and 5 boots: 1/252 at best, and 6 tests
        config = self.write("m", "[margins]\np99_ns=ignore\n")
        self.gate(1, "-c", config, *files)

    def boots(self, old, new, metric="retries"):
        """Files of boots with such counts; old and new in turns."""
        files = []
        for i, counts in enumerate(zip(old, new)):
            for side, count in zip(("old", "new"), counts):
                start = START + 1000 * (2 * i + (side == "new"))
                files.append(f"{side}=" + self.data(
                    f"{side}{i}", f"label={side}", f"session={side}{i}",
                    f"boot={side}{i}", f"{metric}={count}", f"time={start}"))
        return files

    def test_counts_of_boots(self):
        config = self.write("m", "[margins]\np50_ns=ignore\np99_ns=ignore\n"
                            "faults_per_s=ignore\n")
        for old, new, status, told in (
                ((0, 0), (1, 1), 1, "retries a fault: 1.000, was 0.000"),
                ((1, 1), (0, 0), 1, "retries a fault: 0.000, was 1.000"),
                ((0, 0), (0, 0), 0, "PASS"),
                # the last boot of a side is not all of them
                ((0, 0), (1, 0), 0, "PASS"),
                ((0, 1), (0, 0), 0, "PASS"),
                # counts that vary, and a difference far beyond that
                ((0.5, 0.52), (0.51, 0.53), 0, "PASS"),
                ((0.5, 0.52), (0.55, 0.56), 0, "PASS"),
                ((0.02, 0.03), (0.97, 0.99), 1, "0.980, was 0.025")):
            files = self.boots(old, new)
            self.assertIn(told, self.gate(status, "-c", config, *files))
            varies = len(set(old)) > 1 or len(set(new)) > 1
            self.assertEqual(varies and status == 0,
                             "not gateable here: 2 rows" in self.out, self.out)
            text = self.compare(*files)
            self.assertIn("differ:" if status else "none of", text)
            self.assertIn("were measured in turns", text)
            if varies and not status:
                self.assertIn("2 of them vary", text)
        rows = self.json(1, "-c", config,
                         *self.boots((0, 0, 0), (1, 1, 1)))["rows"]
        self.assertEqual({(r["n_a"], r["n_b"]) for r in rows}, {(3, 3)})

    def test_witnesses_alone(self):
        """blocks = 0: no runs, and all the same a kernel and a machine."""
        old = self.data("old", "label=old", "blocks=0", "session=1")
        new = self.data("new", "label=new", "blocks=0", "session=2",
                        "release=6.19", "locks=1")
        self.gate(1, old, new)
        for told in ("label old: no runs", "label new: no runs",
                     "kernel.release: 6.18.44 / 6.19"):
            self.assertIn(told, self.out)
        other = self.data("other", "label=new", "blocks=0", "session=2",
                          "cpu=Another")
        self.gate(2, old, other)
        self.assertIn("unlike machines", self.err)

    def test_one_copy_counts_once(self):
        old, new = self.boots((0,), (1,))
        copy = "old=" + self.write("copy", self.read(old[len("old="):]))
        self.assertEqual({(r["n_a"], r["n_b"]) for r in self.json(
            1, old, copy, new)["rows"] if r["of"] == "counts"}, {(1, 1)})

    def test_shows_medians_of_boots(self):
        """Six runs at 700 ns in one boot, two at 2100 ns in another: the
        boots' median is 1400 ns, the runs' is 700 ns."""
        files = []
        for side, boot, shift, blocks in (("old", 1, 1, 6), ("old", 2, 3, 2),
                                          ("new", 1, 1, 6), ("new", 2, 3, 2)):
            files.append(f"{side}=" + self.data(
                f"{side}{boot}", f"label={side}", f"session={side}{boot}",
                f"boot={side}{boot}", f"shift={shift}", f"blocks={blocks}"))
        row = re.search(r"anon-write, alone +([\d.]+) us +([\d.]+) us",
                        self.compare(*files))
        for shown in row.groups():
            self.assertAlmostEqual(float(shown), 1.4, delta=0.03)

    # --- margins ------------------------------------------------------------

    def test_margins(self):
        path = self.data("r", "arms=yes", "slow=1.2")
        wide = self.write("wide", "# of a noisy machine\n[gate]\n"
                          "require = memfd anon-write\n"
                          "[margins]\np50_ns = 30 %\nfaults_per_s = 30%\n"
                          "p99_ns = ignore\n")
        self.gate(0, "--config", wide, "--by", "tag=a,b", path)
        one = self.write("one", "[margins memfd]\np50_ns = 5 %\n[margins]\n"
                         "p50_ns = 30 %\nfaults_per_s = 30%\np99_ns=ignore\n")
        self.assertIn("FAIL: 2 of", self.gate(1, "-c", one, "--by", "tag=a,b",
                                              path))

    def test_shipped_margins(self):
        configs = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                               "../../../configs")
        old = self.data("old")
        new = self.data("new", "label=new", "session=2", "slow=1.3")
        self.gate(1, "-c", os.path.join(configs, "gate.margins"), old, new)
        text = self.read(os.path.join(configs, "gate.margins"))
        plan = self.read(os.path.join(configs, "gate.conf"))
        for line in text.splitlines():
            if line.startswith("require ="):
                for scenario in line.split("=")[1].split():
                    self.assertIn(scenario, plan)

    def test_bad_margins(self):
        path = self.data("r", "arms=yes")
        for text, where, what in (
                ("[margins]\n\np50_ns = much\n", ":3:", "a margin like 5 %"),
                ("[margins]\np50_ns = -5 %\n", ":2:", "a margin like 5 %"),
                ("[margins]\np50_ns = 5\n", ":2:", "a margin like 5 %"),
                ("[margin]\np50_ns = 5 %\n", ":2:", "did you mean margins"),
                ("[gate]\nreqire = memfd\n", ":2:", "did you mean require"),
                ("[gate]\non-inconclusive = maybe\n", ":2:", "one of: pass"),
                ("[gate]\nalpha = 2\n", ":2:", "between"),
                ("[margins]\nmajflt = 5 %\n", ":2:", "write exact"),
                ("[gate]\nwhat is this\n", ":2:", "no `name = value`")):
            config = self.write("bad", text)
            self.gate(2, "--config", config, "--by", "tag=a,b", path)
            self.assertIn(config + where, self.err)
            self.assertIn(what, self.err)
        self.gate(2, "--config", path + ".absent", "--by", "tag=a,b", path)
        self.gate(2, "--on-inconclusive", "maybe", "--by", "tag=a,b", path)
        self.gate(2, "--by", "tgax=a,b", path)
        self.gate(2, "--by", "antagonist", path + ".absent")

    # --- calibrations ---------------------------------------------------------

    def calibration(self, floor, **head):
        cell = {"scenario": "memfd", "lock": "vma", "threads": "1",
                "antagonist": "none", "pages": "512", "tag": "a"}
        facts = {"machine.cpu": "Made-up CPU", "machine.topology": "1 x 4"}
        lines = [{"type": "calibration", "schema": 1, "time_s": START - DAY,
                  "facts": facts, **head},
                 {"type": "later", "members": "unknown"},
                 {"type": "floor", "cell": cell, "metric": "p50_ns",
                  "of": "figures", "noise_floor": floor, "pairs": 40}]
        return self.write("cal", "".join(json.dumps(x) + "\n" for x in lines))

    def test_calibration(self):
        path = self.data("r", "arms=yes", "slow=1.2")
        by = ("--by", "tag=a,b", path)
        self.gate(1, "--calibration", self.calibration(0.01), *by)
        self.assertIn("FAIL: 12 rows", self.out)
        self.assertIn("11: rows that the calibration does not have", self.out)
        self.gate(1, "--calibration", self.calibration(0.08), *by)
        self.assertIn("FAIL: 11 rows", self.out)
        self.assertIn("not gateable here: 1 row", self.out)

    def test_not_gateable_is_no_pass(self):
        config = self.write("m", "[margins]\np50_ns=ignore\np99_ns=ignore\n"
                            "faults_per_s=ignore\nmmap_locks_per_fault=ignore\n"
                            "retries_per_fault=ignore\n"
                            "[margins memfd]\np50_ns = 5%\n")
        path = self.data("r", "arms=yes", "rate=0")
        args = ("-c", config, "--calibration", self.calibration(0.08), "--by",
                "tag=a,b", path)
        self.gate(4, *args)
        self.gate(2, "--require", "memfd", *args)

    def test_foreign_and_stale_calibration(self):
        path = self.data("r", "arms=yes")
        by = ("--by", "tag=a,b", path)
        for head, what in (
                ({"facts": {"machine.cpu": "Other"}}, "another machine"),
                ({"time_s": START - 40 * DAY}, "40 days older"),
                ({"time_s": START + 40 * DAY}, "40 days younger")):
            calibration = self.calibration(0.01, **head)
            self.gate(2, "--calibration", calibration, *by)
            self.assertIn(what, self.err)
            self.gate(0, "--force", "--calibration", calibration, *by)

    def test_bad_calibration(self):
        path = self.data("r", "arms=yes")
        good = self.read(self.calibration(0.01))
        for text, what in ((path, ":1: does not begin with a calibration"),
                           ("", "is empty"), ("{", ":1: no JSON"),
                           (good + '{"type":"floor"}\n', ":4: metric and of"),
                           (good + '{"type":"floor","metric":"p50_ns","of":'
                            '"figures","noise_floor":"x"}\n',
                            ":4: noise_floor"),
                           (good.replace('"schema": 1', '"schema": 2'),
                            ":1: it is of another schema")):
            if text == path:
                text = self.read(path)
            self.gate(2, "--calibration", self.write("bad", text), "--by",
                      "tag=a,b", path)
            self.assertIn(what, self.err)

    # --- for the runner -------------------------------------------------------

    def test_undecided(self):
        path = self.data("r", "arms=yes", "slow=1.05", "noise=0.02")
        done = self.run_it("gate", "--undecided", "--by", "tag=a,b", path)
        self.assertEqual(done.returncode, 0)
        keys = done.stdout.splitlines()
        self.assertEqual(len(keys), len(set(keys)))
        self.assertTrue(keys and all(key.startswith("scenario=")
                                     for key in keys))
        value = self.json(3, "--by", "tag=a,b", path)
        want = set()
        for row in value["rows"]:
            if row["verdict"] == "inconclusive":
                for cell in (row["cell_a"], row["cell_b"]):
                    want.add(" ".join(f"{k}={v}" for k, v in cell.items()))
        self.assertEqual(set(keys), want)
        path = self.data("r", "arms=yes")
        done = self.run_it("gate", "--undecided", "--by", "tag=a,b", path)
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_mail(self):
        path = self.data("r", "arms=yes", "slow=1.2")
        done = self.run_it("gate", "--mail", "--all", "--by", "tag=a,b", path)
        self.assertTrue(all(len(line) <= 72
                            for line in done.stdout.splitlines()))


if __name__ == "__main__":
    FAULTSTAT = os.path.abspath(sys.argv.pop(1))
    unittest.main()
