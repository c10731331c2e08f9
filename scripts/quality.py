#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""quality.py [FAULTLINE]: how good the harness is on this machine.

Runs configs/quality.conf ten times and prints, try by try:
  A/A       the same cell under two tags, 1 s each: how far the ratio is from 1,
            of p50_ns and of quiet_p50_ns
  control   15 ns spun inside each touch, 1 s each: what is seen of it
  stamps    what a stamp around each fault adds to it, against one around 512
and holds them against what they should reach. Exit status 1 when they do not.
It is a benchmark and no test: on a shared host p50_ns measures the neighbours,
and quiet_p50_ns (of the tenth of the rounds that was disturbed least) does not.
"""
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TRIES = 10


def run(program, folder, number):
    path = os.path.join(folder, f"{number}.jsonl")
    subprocess.run([program, "run", os.path.join(TOP, "configs/quality.conf"),
                    "-o", path], check=True, stdout=subprocess.DEVNULL)
    with open(path, encoding="utf-8") as lines:
        return [r for r in map(json.loads, lines) if r["type"] == "run"]


def pairs(runs, axis, a, b, metric):
    """Values of a metric in the two arms, paired by block."""
    side = {a: {}, b: {}}
    base = {"tag": "none", "spin": "0", "batch": "1"}
    for r in runs:
        others = {k: v for k, v in base.items() if k != axis}
        if all(r["cell"][k] == v for k, v in others.items()) and r["cell"][axis] in side:
            side[r["cell"][axis]][r["block"]] = r["metrics"][metric]
    return [(side[a][k], side[b][k]) for k in side[a] if k in side[b]]


def change(values):
    """Median over blocks of the relative change."""
    return math.expm1(statistics.median(math.log(y / x) for x, y in values))


def difference(values):
    return statistics.median(y - x for x, y in values)


def apart(values):
    """How far two runs of a block are apart, as a rule."""
    return statistics.median(abs(math.log(y / x)) for x, y in values)


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else os.path.join(TOP, "build/bin/faultline")
    same, quiet, spun, stamp, spread = [], [], [], [], []
    print("try  A/A p50  A/A quiet p50  15 ns spun  stamps add")
    with tempfile.TemporaryDirectory() as folder:
        for i in range(TRIES):
            runs = run(program, folder, i)
            same.append(change(pairs(runs, "tag", "a", "b", "p50_ns")))
            quiet.append(change(pairs(runs, "tag", "a", "b", "quiet_p50_ns")))
            spread.append(apart(pairs(runs, "tag", "a", "b", "p50_ns")))
            spun.append(difference(pairs(runs, "spin", "20ns", "35ns", "quiet_p50_ns")))
            stamp.append(-difference(pairs(runs, "batch", "1", "512", "quiet_mean_ns")))
            print(f"{i + 1:>3}  {100 * same[-1]:>+6.2f}%  {100 * quiet[-1]:>+12.2f}%  "
                  f"{spun[-1]:>+7.1f} ns  {stamp[-1]:>+7.1f} ns", flush=True)

    def near(values):
        return sum(abs(x) <= 0.003 for x in values)

    found = sum(5 <= ns <= 30 for ns in spun)
    added = statistics.median(stamp)
    print(f"two runs side by side differ by {100 * statistics.median(spread):.2f} % "
          "(median): on a quiet machine by 0.3 %")
    verdicts = [
        (near(same) >= 9, f"A/A p50 within 0.3 % in {near(same)} of {TRIES} tries (wanted: 9)"),
        (near(quiet) >= 9, f"A/A quiet p50 within 0.3 % in {near(quiet)} of {TRIES} tries (wanted: 9)"),
        (found >= 9, f"15 ns found, as 5 to 30 ns, in {found} of {TRIES} tries (wanted: 9)"),
        (added <= 30, f"a stamp adds {added:.1f} ns to a fault (wanted: at most 30)"),
    ]
    for good, text in verdicts:
        print("reached: " if good else "MISSED:  ", text)
    return 0 if all(good for good, _ in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
