#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Writes a made-up result file of the size of a year of nightly runs, to see how
faultstat bears it. No number in it was measured.

    make_year.py RECORDS > year.jsonl

A night is a session of 14 cells (two scenarios under two locks, alone and
beside two antagonists, and two cells of one kind) in 20 blocks, with a witness
each; histograms, metrics and placements are as long as real ones. Labels
alternate between two kernels.
"""
import json
import random
import sys

BLOCKS = 20
NIGHT_S = 86400.0
START_S = 1764000000.0
ANTAGONISTS = ["none", "mmap-munmap where=elsewhere rate=50k",
               "mprotect where=same rate=10k"]


def cells():
    for scenario in ("anon-write", "memfd"):
        for lock in ("vma", "mmap"):
            for antagonist in ANTAGONISTS:
                yield cell(scenario, lock, antagonist)
    yield cell("file-read", "vma", "none")
    yield cell("uffd-missing", "mmap", "none")


def cell(scenario, lock, antagonist):
    return {"scenario": scenario, "lock": lock, "vmas": "shared",
            "mode": "threads", "threads": "1", "placement": "compact",
            "antagonist": antagonist, "pages": "512", "order": "sequential",
            "targets": "own", "batch": "1", "time": "500ms", "nice": "0",
            "spin": "0", "counters": "none", "oversubscribe": "no",
            "tag": "none", "dir": "/var/tmp"}


def low_of(ns):
    """The least value of the bucket that ns is counted in (base/hist.h)."""
    shift = max(0, ns.bit_length() - 8)
    return ns >> shift << shift


def histogram(rng, p50):
    lows = sorted({low_of(int(p50 * (0.85 + 0.008 * i + (i / 130) ** 8)))
                   for i in range(150)})
    return [[low, rng.randrange(1, 900)] for low in lows]


def metrics(rng, p50):
    return {"p50_ns": round(p50, 8), "mean_ns": round(p50 * 1.1, 8),
            "quiet_p50_ns": round(p50 * 0.97, 8),
            "quiet_mean_ns": round(p50 * 1.02, 8),
            "p90_ns": round(p50 * 1.2, 4),
            "p99_ns": round(p50 * 3 * rng.gauss(1, 0.02), 4),
            "p999_ns": {"absent": "needs 100,000 samples, has 98,304"},
            "max_ns": rng.randrange(10000, 4000000), "switches_per_fault": 0,
            "faults_per_s": round(1e9 / p50, 8), "present_p50_ns": 26.8,
            "faults": 98304, "touches": 98304, "minflt": 98304, "majflt": 0,
            "rounds": 192, "warmup_rounds": 19}


def antagonist(rng, name, p50):
    return {"name": name,
            "metrics": {"ops": 16540, "ops_per_s": 9850.1 * rng.gauss(1, 0.01),
                        "p50_ns": round(p50 * 3, 6), "p90_ns": p50 * 4,
                        "p99_ns": round(p50 * 8 * rng.gauss(1, 0.03), 6),
                        "p999_ns": {"absent": "needs 100,000 samples, has "
                                              "16,540"},
                        "max_ns": 66700, "service_p50_ns": p50 * 2.9,
                        "late": rng.randrange(100), "dropped": 31},
            "hist_ns": histogram(rng, p50 * 3)[:60]}


def write(kind, **members):
    print(json.dumps({"type": kind, **members}, separators=(",", ":")))


def session(night):
    write("session", schema=1, session=f"{night:016x}",
          time_s=START_S + night * NIGHT_S, label=("old", "new")[night % 2],
          plan_name="nightly.conf", question="How long is a year?",
          plan="[plan]\nblocks = %d\n" % BLOCKS, seed=night, blocks=BLOCKS,
          resumed=False,
          facts={"machine.cpu": "made up", "machine.pus": "2",
                 "kernel.release": f"6.18.{night // 10}",
                 "kernel.boot_id": f"boot-{night}"})


def placed(name):
    threads = [{"role": "worker", "index": 0, "pu": 0, "node": 0,
                "verified": True}]
    if name != "none":
        threads.append({"role": "antagonist", "index": 0, "pu": 1, "node": 0,
                        "verified": True})
    return threads


def record(rng, night, kind, settings, block, position):
    name = settings["antagonist"]
    p50 = 700 * rng.gauss(1, 0.01) * (1 if name == "none" else 1.3)
    more = {"evidence": "tracepoint", "verdict": "held",
            "claim": "made up"} if kind == "witness" else {}
    write(kind, session=f"{night:016x}",
          time_s=START_S + night * NIGHT_S + block * 10 + position * 0.5,
          block=block, position=position, cell=settings, group="resident",
          command=f"faultline cell scenario={settings['scenario']} "
                  f"lock={settings['lock']} 'antagonist={name}' time=500ms",
          elapsed_s=0.512345678, metrics=metrics(rng, p50), counters={},
          noise={"involuntary_switches": 2, "voluntary_switches": 0,
                 "rounds_without_span": 0, "steal_s": 0},
          hist_ns=histogram(rng, p50),
          antagonists=[] if name == "none" else [antagonist(rng, name, p50)],
          placed=placed(name), **more)


def main():
    left, night = int(sys.argv[1]), 0
    rng = random.Random(7)
    all_cells = list(cells())
    while left > 0:
        session(night)
        left -= 1
        work = [("witness", c, 0, 0) for c in all_cells]
        work += [("run", c, b, i) for b in range(BLOCKS)
                 for i, c in enumerate(all_cells)]
        for kind, settings, block, position in work[:left]:
            record(rng, night, kind, settings, block, position)
        left -= len(work)
        night += 1


main()
