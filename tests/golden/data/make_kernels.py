#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Writes a made-up result file of one of two kernels, whose difference is known:
the patched one retries a fault that waits for its page, and so is slower there
and sleeps more often; beside an antagonist it is faster; all else is the same.

    make_kernels.py base|patched [LABEL [SEED]] > base.jsonl

base and patched are of one machine and two boots. No random numbers of a
library are used, so that the file is the same everywhere.
"""
import json
import sys

START = 1795490000.0
BLOCKS = 8


class Wobble:
    """Numbers around 1, always the same ones."""

    def __init__(self, seed):
        self.state = seed

    def __call__(self, scale):
        total = 0
        for _ in range(4):
            self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
            total += (self.state >> 33) / 2**31 - 0.5
        return 1 + scale * total


def cell(scenario, antagonist="none", threads=1):
    return {"scenario": scenario, "lock": "vma", "vmas": "shared",
            "threads": str(threads), "placement": "compact",
            "antagonist": antagonist, "pages": "512", "batch": "1",
            "time": "300ms", "tag": "none"}


WRITER = "mmap-munmap where=elsewhere rate=10k"
CELLS = ([("resident", cell("anon-write", threads=n), 680.0) for n in (1, 2, 4)]
         + [("resident", cell("memfd"), 620.0),
            ("resident", cell("memfd", WRITER), 700.0),
            ("waiting", cell("swap-in"), 5840.0),
            ("waiting", cell("swap-in", WRITER), 6100.0)])


def model(settings, patched):
    """How many times the base's p50, p99 and rate; locks and retries."""
    waits = settings["scenario"] == "swap-in"
    beside = settings["antagonist"] != "none"
    retries = 1.0 if waits and patched else 0.0
    if waits and patched:
        return 1.18, 1.31, 0.85, retries, retries
    if beside and patched:
        return 0.93, 0.71, 1.06, 0.0, 0.0
    return 1.0, 1.0, 1.0, retries, retries


def histogram(p50, p99):
    """A body round the median, and a tail that ends beyond p99."""
    buckets = {}
    for x, n in ((0.7, 50), (0.9, 40000), (0.98, 25000), (1.0, 20000),
                 (1.05, 15000), (1.1, 12000), (1.2, 4000), (1.3, 1800)):
        buckets[int(p50 * x)] = n
    for i in range(24):
        buckets[int(p99 * 1.35 ** (i - 4))] = max(2, int(900 / 1.6 ** i))
    pairs = {}
    for low, n in buckets.items():
        shift = max(0, low.bit_length() - 8)
        low = low >> shift << shift
        pairs[low] = pairs.get(low, 0) + n
    return sorted(pairs.items())


def main():
    patched = sys.argv[1] == "patched"
    label = sys.argv[2] if len(sys.argv) > 2 else sys.argv[1]
    wobble = Wobble(int(sys.argv[3]) if len(sys.argv) > 3 else 11 + patched)
    session = "5e55000" + str(1 + patched)

    def emit(kind, **members):
        print(json.dumps({"type": kind, "session": session, **members}))

    emit("session", schema=1, time_s=START + 86400 * patched, label=label,
         plan_name="kernels.conf", plan="scenario = memfd\n", seed=7,
         question="Made by hand: no machine measured these figures.",
         blocks=BLOCKS, resumed=False,
         facts={"machine.cpu": "Handmade CPU (R) 9000", "machine.pus": "4",
                "machine.cores": "2", "machine.nodes": "1",
                "machine.memory_bytes": "8589934592",
                "machine.virtualization": "none",
                "machine.topology": "handmade", "kernel.arch": "x86_64",
                "kernel.release": "6.18.44-vma" if patched else "6.18.44",
                "kernel.boot_id": "b-" + session,
                "kernel.feature.per-vma-lock": "yes",
                "setting.thp": "madvise" if patched else "never",
                "build.version": "0.1.0"})
    for group, settings, _ in CELLS:
        retries, locks = model(settings, patched)[3:]
        emit("witness", time_s=START + 1, block=0, position=0, cell=settings,
             group=group, command="faultline cell", elapsed_s=0.2,
             evidence="tracepoint", verdict="held", claim="made by hand",
             metrics={"mmap_locks_per_fault": locks,
                      "mmap_write_locks_per_fault": 0.0,
                      "retries_per_fault": retries,
                      "path_vma_lock_share": 1 - locks,
                      "path_retried_share": retries,
                      "path_mmap_lock_share": 0.0, "faults": 51200}, placed=[])
    for block in range(BLOCKS):
        for position, (group, settings, base) in enumerate(CELLS):
            p50, p99, rate, retries, _ = model(settings, patched)
            threads = int(settings["threads"])
            w = wobble(0.008)
            p50_ns, p99_ns = base * p50 * w, base * 1.4 * p99 * wobble(0.02)
            antagonists = []
            if settings["antagonist"] != "none":
                antagonists = [{
                    "name": WRITER,
                    "metrics": {"ops": 3000, "ops_per_s": 9900.0 * wobble(1e-4),
                                "p50_ns": 2100.0 * w, "p99_ns": 9000 * p99 * w,
                                "late": 3},
                    "hist_ns": histogram(2100, 9000 * p99)}]
            words = [f"'{k}={v}'" if " " in v else f"{k}={v}"
                     for k, v in settings.items()]
            emit("run", time_s=START + 10 + block, block=block,
                 position=position, cell=settings, group=group,
                 command="faultline cell " + " ".join(words), elapsed_s=0.31,
                 metrics={"p50_ns": p50_ns, "p90_ns": p50_ns * 1.1,
                          "p99_ns": p99_ns, "max_ns": 91000,
                          "p999_ns": {"absent": "needs 100,000 samples, has 64,060"},
                          "faults_per_s": 1e9 / base * threads ** 0.9 * rate / w,
                          "faults": 120000, "touches": 120000, "rounds": 240,
                          "warmup_rounds": 8,
                          "present_p50_ns": 15.4 * wobble(0.001),
                          "switches_per_fault": retries * wobble(0.001)},
                 counters={"cycles:k": {"absent": "no hardware PMU"},
                           "instructions:k": 900 * p50 * wobble(0.002)},
                 noise={"involuntary_switches": 2, "steal_s": 0.0},
                 hist_ns=histogram(p50_ns, p99_ns), antagonists=antagonists,
                 placed=[{"role": "worker", "index": 0, "pu": 0, "node": 0,
                          "verified": True}])


main()
