#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Writes made-up result files for the test of `faultstat history`: 40 nights of
five kernels on a machine that is not the same every night. No number in it was
measured. What a history must find, and must not:

  night 24 (6.18.3)  memfd, mmap, beside mmap-munmap: p99 and its ratio +12 %
  night 32           the whole machine +8 %: all figures, no ratio
  all nights         the machine wanders by some percent: nothing
  night 10           one night on which all took three times as long: nothing
  night 15           no runs: no point
  anon-write, vma    drifts by 0.3 % each night: at least one change

    make_data.py DIR
"""
import json
import os
import random
import sys

NIGHTS = 40
BLOCKS = 6
DAY_S = 86400.0
START_S = 1793664000.0  # 2026-11-03
EVIL = "''. system('touch X') .'' \"; $(touch X) <script> {/*9 @x}\u202e"


def cell(scenario, lock, antagonist):
    return {"scenario": scenario, "lock": lock, "vmas": "shared",
            "threads": "1", "placement": "compact", "antagonist": antagonist,
            "pages": "512"}


CELLS = [cell("memfd", lock, antagonist) for lock in ("vma", "mmap")
         for antagonist in ("none", "mmap-munmap where=elsewhere rate=50k")]
CELLS.append(cell("anon-write", "vma", "none"))


def release(night):
    return f"6.18.{night // 8}"


def p50_of(settings, night):
    base = 580.0 if settings["lock"] == "mmap" else 680.0
    if settings["scenario"] == "anon-write":
        return base * 1.003 ** night
    if settings["antagonist"] == "none":
        return base
    return base * (1.5 if settings["lock"] == "mmap" else 1.02)


def p99_of(settings, night):
    if settings["antagonist"] == "none":
        return p50_of(settings, night) * 1.3
    worse = 1.12 if settings["lock"] == "mmap" and night >= 24 else 1
    return p50_of(settings, night) * 8 * worse


def run(rng, out, night, block, position, settings, machine):
    wobble = machine * rng.gauss(1, 0.004)
    p50 = p50_of(settings, night) * wobble
    antagonists = [] if settings["antagonist"] == "none" else [{
        "name": settings["antagonist"],
        "metrics": {"ops": 3000, "ops_per_s": 9900.0,
                    "p99_ns": 9000.0 * machine * rng.gauss(1, 0.03)}}]
    write(out, "run", session=f"{night:08x}",
          time_s=START_S + night * DAY_S + block * 10 + position,
          block=block, position=position, cell=settings, group="resident",
          command="faultline cell scenario=" + settings["scenario"],
          elapsed_s=0.3,
          metrics={"p50_ns": round(p50, 3),
                   "p99_ns": round(p99_of(settings, night) * wobble *
                                   rng.gauss(1, 0.01), 3),
                   "faults_per_s": round(1e9 / p50, 3)},
          antagonists=antagonists)


def write(out, kind, **members):
    out.write(json.dumps({"type": kind, **members}) + "\n")


def write_night(folder, night, rng):
    # digits in the names that an alphabet would put out of order
    path = os.path.join(folder, f"night-{night}.jsonl")
    machine = rng.gauss(1, 0.015) * (1.08 if night >= 32 else 1)
    if night == 10:
        machine *= 3
    with open(path, "w", encoding="utf-8") as out:
        write(out, "session", schema=1, session=f"{night:08x}",
              time_s=START_S + night * DAY_S,
              label=EVIL if night == 5 else "nightly", plan_name="nightly.conf",
              question="", plan="", seed=night, blocks=BLOCKS, resumed=False,
              facts={"machine.cpu": "made up", "machine.pus": "2",
                     "kernel.release": release(night),
                     "kernel.boot_id": f"boot {night}",
                     "setting.thp": "always" if night >= 32 else "never"})
        for block in range(BLOCKS if night != 15 else 0):
            order = list(CELLS)
            rng.shuffle(order)
            for position, settings in enumerate(order):
                run(rng, out, night, block, position, settings, machine)


def main():
    rng = random.Random(5)
    os.makedirs(sys.argv[1], exist_ok=True)
    for night in range(NIGHTS):
        write_night(sys.argv[1], night, rng)


main()
