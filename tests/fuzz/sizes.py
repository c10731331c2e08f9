#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Feeds faultstat and faultline files that are large, deep or strange in size,
and sees that each ends soon, in little memory, with an exit status of its own
and, where something is wrong with the file, with its place and the reason.

    sizes.py FAULTSTAT FAULTLINE

Each is given a processor time that is far more than it needs here (several
seconds), and far less than anything quadratic in what it is fed would take.
"""
import json
import os
import resource
import subprocess
import sys
import tempfile
import time

MIB = 1 << 20
SESSION = {"type": "session", "schema": 1, "session": "s", "time_s": 1,
           "label": "x", "plan_name": "p", "question": "q", "plan": "",
           "seed": 1, "blocks": 8, "resumed": False,
           "facts": {"machine.cpu": "c"}}
failures = []


def run_record(cell, **other):
    return {"type": "run", "session": "s", "time_s": 2, "block": 0,
            "position": 0, "cell": cell, "command": "faultline cell",
            "elapsed_s": 0.1, "metrics": {"p50_ns": 100}, **other}


def lines(*records):
    return "".join((r if isinstance(r, str) else json.dumps(r)) + "\n"
                   for r in records)


def cells(nr, **members):
    for i in range(nr):
        yield json.dumps(run_record({"scenario": "memfd", "lock": "vma",
                                     "tag": f"t{i}"}, position=i % 1000,
                                    **members))


def deep(opening, closing, nr):
    return lines(SESSION, opening * nr + closing * nr)


SMALL = {"scenario": "memfd", "lock": "vma"}
HUGE = ["1e308", "-1e308", "1e999", "9" * 400, "-0.0", "1e-320",
        "18446744073709551616", "-9223372036854775808", "NaN", "Infinity"]


def numbers():
    """Each number in each place of a run."""
    text = json.dumps(run_record(
        SMALL, antagonists=[{"name": "spin", "metrics": {"p50_ns": 1},
                             "hist_ns": [[5, 1]]}],
        hist_ns=[[100, 7]], counters={"c": 1}, noise={"n": 1},
        placed=[{"role": "worker", "index": 0, "pu": 0, "node": 0,
                 "verified": True}]))
    yield json.dumps(SESSION)
    yield text
    for number in HUGE:
        for i, c in enumerate(text):
            if c.isdigit() and not text[i - 1].isalnum() and \
                    not text[i + 1].isalnum():
                yield text[:i] + number + text[i + 1:]


def blocks(nr, metric):
    """nr runs of one cell under each lock, the figure of each by metric()"""
    yield json.dumps(SESSION)
    for i in range(nr):
        for k, lock in enumerate(("vma", "mmap")):
            yield json.dumps(run_record(
                {"scenario": "memfd", "lock": lock}, block=i, position=k,
                metrics={"p50_ns": metric(i, k), "faults_per_s": metric(i, k)}))


# what: text of the file, and words that stderr must have (None: nothing)
FILES = {
    "10 MB in one line": lambda: (lines(SESSION, "x" * 10_000_000), ":2: "),
    "10 MB in one text": lambda: (lines(SESSION, run_record(
        SMALL, command="y" * 10_000_000)), None),
    "10 MB of one axis": lambda: (lines(SESSION, run_record(
        dict(SMALL, tag="y b" * 3_000_000))), None),
    "17 MiB in one line": lambda: (lines(SESSION, "x" * 17 * MIB), ":2: "),
    "17 MiB without a line": lambda: ("x" * 17 * MIB, ":1: "),
    "arrays in arrays": lambda: (deep("[", "]", 1_000_000), ":2: "),
    "objects in objects": lambda: (deep('{"a":', "}", 1_000_000), ":2: "),
    "a million empty lines": lambda: (lines(SESSION, "\n" * 1_000_000), None),
    "a million bad lines": lambda: (lines(SESSION, "x\n" * 1_000_000), ":2: "),
    "20,000 sessions": lambda: (lines(*(
        dict(SESSION, session=f"s{i}", label=f"l{i}", facts={"a": str(i)})
        for i in range(20_000))), None),
    "100,000 cells": lambda: (lines(SESSION, *cells(MANY)), None),
    "20,000 cells, each in a group": lambda: (lines(SESSION, *(
        json.dumps(run_record({"scenario": f"s{i}", "lock": "vma"},
                              group=f"g{i}")) for i in range(MANY // 5))), None),
    "100,000 runs of a cell, backwards": lambda: (lines(SESSION, *(
        json.dumps(run_record(SMALL, block=i)) for i in range(MANY, 0, -1))),
        None),
    "20,000 names of axes": lambda: (lines(SESSION, *(
        json.dumps(run_record({"scenario": "memfd", f"a{i}": "1"}))
        for i in range(20_000))), "names"),
    "10,000 names of metrics": lambda: (lines(SESSION, *(
        json.dumps(run_record(SMALL, position=i, metrics={
            f"m{i * 10 + k}": 1 for k in range(10)}))
        for i in range(1_000))), None),
    "5,000 members": lambda: (lines(SESSION, run_record(
        SMALL, metrics={f"m{i}": 1 for i in range(5_000)})), "4,096"),
    "a histogram of garbage": lambda: (lines(SESSION, *(
        json.dumps(run_record(SMALL, position=i, hist_ns=[
            [(k * 7919 * (i + 1)) % (1 << 50), 1 << 48]
            for k in range(4096)])) for i in range(50))), None),
    "an endless histogram": lambda: (lines(SESSION, run_record(
        SMALL, hist_ns=[[1, 1]] * 100_000)), ":2: "),
    "huge numbers": lambda: (lines(*numbers()), ":"),
    "1e308 in every run": lambda: (lines(*blocks(8, lambda i, k: 1e308)), None),
    "1e308 and 1e-308": lambda: (
        lines(*blocks(8, lambda i, k: 1e308 if (i + k) % 2 else 1e-308)), None),
    "runs of 0": lambda: (lines(*blocks(8, lambda i, k: 0)), None),
    "runs below 0": lambda: (lines(*blocks(8, lambda i, k: -i - k)), None),
    "20,000 runs of a cell": lambda: (
        lines(*blocks(10_000, lambda i, k: 100 + i % 7)), None),
    "20,000 equal runs of a cell": lambda: (
        lines(*blocks(10_000, lambda i, k: 100)), None),
    "20,000 reasons": lambda: (lines(SESSION, *(
        {"type": "skip", "session": "s", "time_s": 1, "block": 0,
         "position": 0, "cell": SMALL, "command": "", "of_witness": False,
         "reason": f"{i} of it"} for i in range(20_000))), None),
}

def axis(name, nr, unit=""):
    return f"{name} = " + " ".join(f"{i}{unit}" for i in range(1, nr + 1)) + "\n"


ONCE = "[cells x]\nscenario = memfd\n"
CONFIGS = {
    "10,000 cells": (ONCE + axis("pages", 40) + axis("spin", 25, "us") +
                     axis("threads", 5) + "order = sequential random\n" +
                     "oversubscribe = yes\n", ""),
    "more cells than that": (ONCE + axis("pages", 40) + axis("tag", 40) +
                             axis("time", 25, "ms"), "10000 cells"),
    "one cell, a million times": (ONCE + "".join(
        f"{name} = {'1 ' * 60}\n" for name in ("pages", "batch", "threads",
                                               "tag")), "combinations"),
    "none of a million": (
        "[cells x]\nscenario = memfd file-major\n" + "".join(
            f"{name} = {'1 ' * 60}\n" for name in ("pages", "batch", "threads",
                                                   "tag")) +
        "lock = process-vm\n", "combinations"),
    "64 sections of 48 axes": ("".join(
        f"[cells {i}]\nscenario = memfd\nbogus{i} = 1\n" for i in range(64)),
        ":3: "),
    "a line of 900 kB": ("[cells x]\nscenario = " + "y" * 900_000, "line"),
    "2 MB": ("#" * 2_000_000, "1 MiB"),
}


COMMANDS = [["show"], ["show", "--json"], ["compare", "--by", "lock"],
            ["gate", "--by", "lock"], ["history"],
            ["report", "--no-plots", "-o", "OUT"]]


def limited(seconds, mib):
    def limit():
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
        if not SANITIZED:
            resource.setrlimit(resource.RLIMIT_AS, (mib * MIB, mib * MIB))
    return limit


def start(what, argv, statuses, words, seconds, mib):
    began = time.monotonic()
    done = subprocess.run(argv, capture_output=True, check=False, timeout=590,
                          preexec_fn=limited(seconds, mib))
    err = done.stderr.decode(errors="replace")
    took = time.monotonic() - began
    print(f"{took:6.2f} s  status {done.returncode:3}  {what}", flush=True)
    if done.returncode not in statuses or "Sanitizer" in err:
        failures.append(f"{what}: status {done.returncode}: {err[:2000]}")
    elif words is None and done.returncode == 0 and err:
        failures.append(f"{what}: complains: {err[:500]}")
    elif words and words not in err:
        failures.append(f"{what}: no word of {words!r}: {err[:500]}")
    if len(err) > 20_000:
        failures.append(f"{what}: {len(err)} bytes of complaints")


def main():
    global SANITIZED, MANY
    faultstat, faultline = map(os.path.abspath, sys.argv[1:3])
    only = sys.argv[3:]
    with open(faultstat, "rb") as f:
        SANITIZED = b"__asan_init" in f.read()
    seconds = 60 if SANITIZED else 20
    with tempfile.TemporaryDirectory() as work:
        path = os.path.join(work, "x.jsonl")
        for what, make in FILES.items():
            if only and what not in only:
                continue
            for command in COMMANDS:
                # a report of many cells takes longer than that of few runs
                MANY = (20_000 if command[0] == "report" else 100_000) // (
                    4 if SANITIZED else 1)
                text, words = make()
                with open(path, "w", encoding="utf-8") as f:
                    f.write(text)
                command = [word.replace("OUT", work + "/out")
                           for word in command]
                start(f"{what}: {' '.join(command[:2])}",
                      [faultstat, *command, path], (0, 2, 4),
                      words, seconds, 1024)
        path = os.path.join(work, "x.conf")
        for what, (text, words) in CONFIGS.items():
            if only and what not in only:
                continue
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
            start(f"{what}: plan", [faultline, "plan", path],
                  (2,) if words else (0,), words, seconds, 1024)
    for failure in failures:
        print("FAILED:", failure, file=sys.stderr)
    return 1 if failures else 0


SANITIZED, MANY = False, 0
sys.exit(main())
