#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Writes data.jsonl: a small made-up result file for the report's test, with
everything that a report can show (pairs of locks, antagonists, a sweep of
rates, witnesses, a skipped and a failed cell), and with text that tries to be
more than text wherever a result file has text.

    make_data.py > data.jsonl
"""
import json
import random

EVIL = ("''. system('touch X') .'' \"; rm -rf / #$(touch X) `touch Y` "
        "<script>alert(1)</script> 'it''''s' {/*9 @x}")
START = 1795490000.0
SESSION = "feedfeedfeedfeed"
random.seed(7)


def emit(kind, **members):
    print(json.dumps({"type": kind, "session": SESSION, **members}))


def cell(scenario, lock, antagonist):
    return {"scenario": scenario, "lock": lock, "vmas": "shared",
            "threads": "1", "placement": "compact", "antagonist": antagonist,
            "pages": "512", "batch": "1", "tag": EVIL}


def command(settings):
    words = [f"'{name}={text}'" for name, text in settings.items()
             if name != "tag"]
    return "faultline cell " + " ".join(words)


def model(settings):
    """median, p99 (ns), faults/s"""
    kernel = settings["lock"] == "mmap"
    base = 580.0 if kernel else 680.0
    if settings["antagonist"] == "none":
        return base, base * 1.3, 1e9 / base
    if "rate=10k" in settings["antagonist"]:
        return base * (1.1 if kernel else 1.01), base * (9 if kernel else 2), \
            1e9 / base / (1.5 if kernel else 1.02)
    return base * (1.5 if kernel else 1.02), base * (40 if kernel else 3), \
        1e9 / base / (4 if kernel else 1.05)


def histogram(p50, p99):
    """21 buckets whose quantiles are about these."""
    points = [(0.7, 50), (0.9, 4000), (0.98, 2500), (1.0, 2000), (1.05, 1500),
              (1.1, 1200), (1.2, 400), (1.3, 180)]
    pairs = [(int(p50 * x), n) for x, n in points]
    for i in range(12):
        pairs.append((int(p99 * (0.6 + 0.25 * i)), max(2, 60 - 5 * i)))
    buckets = {}
    for low, n in pairs:
        shift = max(0, low.bit_length() - 8)
        low = low >> shift << shift
        buckets[low] = buckets.get(low, 0) + n
    return sorted(buckets.items())


def run(settings, block, position, time_s):
    p50, p99, rate = model(settings)
    wobble = random.gauss(1, 0.006)
    antagonists = []
    if settings["antagonist"] != "none":
        slow = 4 if settings["lock"] == "mmap" else 1
        antagonists = [{
            "name": settings["antagonist"],
            "metrics": {"ops": 3000, "ops_per_s": 9900.0,
                        "p50_ns": 2100.0 * slow,
                        "p99_ns": {"absent": "needs 10,000 samples, has 3,000"}},
            "hist_ns": histogram(2100 * slow, 6000 * slow)}]
    emit("run", time_s=time_s, block=block, position=position, cell=settings,
         command=command(settings), elapsed_s=0.31,
         metrics={"p50_ns": p50 * wobble, "p99_ns": p99 * wobble,
                  "p999_ns": {"absent": "needs 100,000 samples, has 12,000"},
                  "max_ns": 91000, "faults_per_s": rate / wobble,
                  "faults": 12000, "touches": 12000, "rounds": 24,
                  "warmup_rounds": 8, "present_p50_ns": 15.4},
         counters={"cycles:k": {"absent": "no hardware PMU"}},
         noise={"involuntary_switches": 2}, hist_ns=histogram(p50, p99),
         antagonists=antagonists,
         placed=[{"role": "worker", "index": 0, "pu": 0, "node": 0,
                  "verified": True}])


def witness(settings):
    kernel = float(settings["lock"] == "mmap")
    emit("witness", time_s=START + 1, block=0, position=0, cell=settings,
         command=command(settings), elapsed_s=0.2, evidence="tracepoint",
         verdict="held",
         claim=f"promised {kernel:.3f} mmap_lock acquisitions per fault " + EVIL,
         metrics={"mmap_locks_per_fault": kernel, "retries_per_fault": 0.0,
                  "path_vma_lock_share": 1 - kernel, "path_retried_share": 0.0,
                  "path_mmap_lock_share": kernel, "faults": 51200}, placed=[])


def main():
    emit("session", schema=1, time_s=START, label=EVIL, plan_name=EVIL + ".conf",
         question="How <b>slow</b>? " + EVIL, plan="[plan]\n# " + EVIL + "\n",
         seed=7, blocks=6, resumed=False,
         facts={"machine.cpu": "Cpu " + EVIL, "machine.pus": "2",
                "machine.virtualization": "kvm", "kernel.release": "6.18.44",
                "machine.microcode": {"absent": "not shown " + EVIL},
                "bad\u202ename\u0007": EVIL})
    antagonists = ["none", "mmap-munmap where=elsewhere rate=10k",
                   "mmap-munmap where=elsewhere rate=50k"]
    cells = [cell("anon-write", lock, antagonist)
             for lock in ("vma", "mmap") for antagonist in antagonists]
    cells.append(cell("../../" + EVIL, "vma", "none"))
    for settings in cells:
        witness(settings)
    time_s = START + 10
    for block in range(6):
        order = list(range(len(cells)))
        random.shuffle(order)
        for position, i in enumerate(order):
            time_s += 0.4
            run(cells[i], block, position, time_s)
    skipped = cell("uffd-missing", "vma", "none")
    emit("skip", time_s=time_s, block=0, position=9, cell=skipped,
         command="rm -rf / # not a command of ours", of_witness=False,
         reason="userfaultfd: Operation not permitted " + EVIL)
    emit("fail", time_s=time_s, block=2, position=5, cell=cells[1],
         command=command(cells[1]), of_witness=False,
         reason="round 17, worker 0: 512 touches made 498 faults")


main()
