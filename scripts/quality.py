#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""quality.py [FAULTLINE]: how good the harness is on this machine.

Runs configs/quality.conf several times and prints, try by try:
  A/A       the same cell under two tags, 1 s each: the ratio of its p50
  control   15 ns spun inside each touch, 1 s each: the slow-down that is seen
  overhead  a stamp around each fault against one around 512 of them
and holds them against what they should reach. Exit status 1 when they do not;
it is a benchmark, not a test, and wants a quiet machine.
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


def ratio(values):
    """Median of the ratios within blocks."""
    return math.exp(statistics.median(math.log(y / x) for x, y in values))


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else os.path.join(TOP, "build/bin/faultline")
    same, found, added = [], [], []
    print(f"{'try':>3}  {'A/A p50':>8}  {'15 ns spun':>22}  {'stamps add':>10}")
    with tempfile.TemporaryDirectory() as folder:
        for i in range(TRIES):
            runs = run(program, folder, i)
            same.append(ratio(pairs(runs, "tag", "a", "b", "p50_ns")) - 1)
            spun = pairs(runs, "spin", "0", "15ns", "p50_ns")
            found.append((ratio(spun) - 1, statistics.median(y - x for x, y in spun)))
            added.append(statistics.median(
                x - y for x, y in pairs(runs, "batch", "1", "512", "round_mean_ns")))
            print(f"{i + 1:>3}  {100 * same[-1]:>+7.2f}%  {100 * found[-1][0]:>+7.2f}% = "
                  f"{found[-1][1]:>+6.1f} ns  {added[-1]:>+7.1f} ns", flush=True)

    near = sum(abs(x) <= 0.003 for x in same)
    seen = sum(0 < ns for _, ns in found)
    stamp = statistics.median(added)
    verdicts = [
        (near >= 9, f"A/A within 0.3 % in {near} of {TRIES} tries (wanted: 9)"),
        (seen == TRIES, f"15 ns found in {seen} of {TRIES} tries (wanted: {TRIES})"),
        (stamp <= 30, f"a stamp adds {stamp:.1f} ns to a fault (wanted: at most 30)"),
    ]
    for good, text in verdicts:
        print("reached: " if good else "MISSED:  ", text)
    return 0 if all(good for good, _ in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
