#!/usr/bin/python3
"""hold_or_drop.py FAULTLINE

Who waits for a fault that waits? Whoever wants to write-lock what the fault
holds, and nobody when it has dropped its lock: by the latency of mprotect on
the fault's VMA and on another one, against the delay that was set. Exit status
77 with the reason where this machine has no such faults.
"""
import json
import subprocess
import sys

DELAY_NS = 5e6

# scenario, lock, what the fault holds while it waits
ROWS = (
    ("fuse-mkwrite", "vma", "VMA lock"),
    ("fuse-mkwrite", "mmap", "mmap_lock"),
    ("fuse-read", "vma", "nothing"),
    ("fuse-read", "mmap", "nothing"),
    ("fuse-read", "mmap-hold", "mmap_lock"),
)


def cell(program, *words):
    done = subprocess.run([program, "cell", "--json", "pages=1", "delay=5ms",
                           *words], timeout=60, stdout=subprocess.PIPE, text=True)
    record = json.loads(done.stdout)
    if record["type"] == "skip":
        print(f"skipped: {record['reason']}")
        sys.exit(77)
    return record


def has_vma_lock(program):
    witness = cell(program, "scenario=fuse-mkwrite", "lock=vma", "--witness")
    if witness["verdict"] == "unproven":
        print(f"skipped: {witness['claim']}")
        sys.exit(77)
    return witness["metrics"]["path_vma_lock_share"] == 1


def writer_ns(program, scenario, lock, where):
    run = cell(program, f"scenario={scenario}", f"lock={lock}", "time=150ms",
               f"antagonist=mprotect where={where} pause=1ms")
    if run["type"] != "run":
        print(json.dumps(run, indent=1))
        sys.exit(1)
    return run["antagonists"][0]["metrics"]["p50_ns"]


def main():
    program = sys.argv[1]
    vma_lock = has_vma_lock(program)
    bad = 0
    for scenario, lock, holds in ROWS:
        if holds == "VMA lock" and not vma_lock:
            holds = "mmap_lock"
        for where in ("same", "elsewhere"):
            ns = writer_ns(program, scenario, lock, where)
            held = holds == "mmap_lock" or (holds == "VMA lock" and
                                            where == "same")
            right = ns > DELAY_NS / 3 if held else ns < DELAY_NS / 50
            bad += not right
            print(f"{'ok ' if right else 'BAD'} {scenario:12} {lock:9} holds "
                  f"{holds:9}: mprotect {where:9} {ns / 1000:9.1f} us")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
