#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
How faultstat bears a year of nightly runs: time and memory of its commands on
made-up files (make_year.py) of so many records.

    year.py FAULTSTAT [RECORDS...]     prints a table (default: 50000 100000)
    year.py FAULTSTAT --check          a test: memory, and growth with the file

Times are the least of three. CPU time is that of the process, user and system,
by getrusage: the wall clock tells as much of what else the machine does. A test
holds no times against a clock, but twice the records must not take more than
2.5 times as long.
"""
import os
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TURNS = 3
MOST_MIB = 200
MOST_GROWTH = 2.5
COMMANDS = [["compare", "--by", "label"], ["compare", "--by", "lock"],
            ["history"], ["gate", "--by", "label=old,new"]]


def has(faultstat, command):
    """Does this faultstat have that command?"""
    return not subprocess.run([faultstat, command, "--help"], check=False,
                              stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL).returncode


def measure(words):
    """Wall s, CPU s and peak MiB of one process."""
    start = time.monotonic()
    child = subprocess.Popen(words, stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE)
    said = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 1, 3) or b"malformed" in said:
        sys.exit(f"{words}: exit {child.returncode}\n{said.decode()}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def best(words):
    turns = [measure(words) for _ in range(TURNS)]
    return [min(turn[i] for turn in turns) for i in range(3)]


def make(folder, records):
    path = os.path.join(folder, f"{records}.jsonl")
    with open(path, "w", encoding="utf-8") as out:
        subprocess.run([os.path.join(HERE, "make_year.py"), str(records)],
                       stdout=out, check=True)
    return path


def report(words, records, path, figures):
    wall, cpu, mib = figures
    print(f"{words:28}{records:9}{os.path.getsize(path) / 1e6:6.0f}"
          f"{wall:9.2f}{cpu:8.2f}{mib:10.0f}", flush=True)


def check(faultstat, command, paths):
    """What is wrong with it, or None. A busy machine gets a second chance."""
    words = " ".join(command)
    for _ in range(TURNS):
        cpu = []
        for records, path in paths.items():
            figures = best([faultstat, *command, path])
            report(words, records, path, figures)
            cpu.append(figures[1])
            if figures[2] > MOST_MIB:
                return f"{words}: {figures[2]:.0f} MiB, more than {MOST_MIB}"
        if cpu[1] <= MOST_GROWTH * cpu[0]:
            return None
    return f"{words}: twice the records take {cpu[1] / cpu[0]:.1f} times as long"


def main():
    faultstat, args = sys.argv[1], sys.argv[2:]
    is_test = args == ["--check"]
    sizes = [15000, 30000] if is_test else \
        [int(text) for text in args] or [50000, 100000]
    commands = [c for c in COMMANDS if has(faultstat, c[0])]
    bad = []
    print(f"{'command':28}{'records':>9}{'MB':>6}{'wall s':>9}{'CPU s':>8}"
          f"{'peak MiB':>10}")
    with tempfile.TemporaryDirectory() as folder:
        paths = {records: make(folder, records) for records in sizes}
        for command in commands:
            if is_test:
                bad.append(check(faultstat, command, paths))
                continue
            for records, path in paths.items():
                report(" ".join(command), records, path,
                       best([faultstat, *command, path]))
    bad = [line for line in bad if line]
    for line in bad:
        print("FAILED:", line, file=sys.stderr)
    return bool(bad)


sys.exit(main())
