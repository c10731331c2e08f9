#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""aa.py [-o FOLDER] [--quiet S] [--same N] [--spin N] [--tracepoint N]

Can the verdicts be trusted on this machine? Measures ten rows of
configs/gate.conf in groups of 8 blocks (--same 20, --spin 6, --tracepoint 6 of
them and of `bare`: about 20 minutes), asks faultstat compare and faultstat gate about each
group, and counts:
  same        two names for one cell (tag = a b): how many are called different
              at 95 % (wanted: at most 5 %), how many the gate fails (none)
  spin        5 % of the fault spun inside the touch: how many are found
              (wanted: 95 %)
  bare        exceptions:page_fault_* made to work by a perf event, which slows
              the kernel's own fault path (needs root), by more than 5 %
  tracepoint  the same, and both arms spin so long that it is 5 % of the touch:
              the same ns, but a spin by the clock carries no noise of its own
What is found is also counted with 16 and 24 blocks a comparison, and reached
when one of the medians (p50_ns, quiet_p50_ns) is found as wanted.

--quiet S waits, before each group, up to S seconds for a second in which the
machine does little else. What FOLDER has is kept and judged, too: with 0 of a
kind none is measured. Exit status 1 when something wanted was not reached.
"""
import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BLOCKS = 8
METRICS = ("p50_ns", "quiet_p50_ns", "faults_per_s")
TRACEPOINT = {"vma": "exceptions:page_fault_user/address==1",
              "mmap": "exceptions:page_fault_kernel/address==1"}
WRITER = "antagonist = mprotect where=elsewhere rate=10k"
CELLS = (("anon-write", "vma", ""), ("anon-write", "mmap", ""),
         ("memfd", "vma", ""), ("memfd", "mmap", ""),
         ("memfd-secret", "vma", ""), ("anon-read", "vma", ""),
         ("file-read", "vma", ""), ("cow-after-fork", "vma", ""),
         ("anon-write", "vma", WRITER), ("memfd", "vma", WRITER))
SHARE = 0.05  # what is injected
TIME = "150ms"  # shorter runs lie in one disturbance of a shared host as a whole


class Bench:
    def __init__(self, folder):
        self.folder = folder
        self.bin = os.path.join(TOP, "build/bin")

    def path(self, name):
        return os.path.join(self.folder, name)

    def faultline(self, *args):
        done = subprocess.run([os.path.join(self.bin, "faultline"), *args],
                              stdout=subprocess.DEVNULL, check=False)
        if done.returncode not in (0, 1):
            raise SystemExit(f"aa.py: faultline {' '.join(args)}: "
                             f"exit status {done.returncode}")

    def note_load(self, name):
        with open("/proc/loadavg", encoding="ascii") as load, \
                open(self.path("loads"), "a", encoding="ascii") as out:
            out.write(f"{name} {load.read()}")

    def loads(self, name):
        """"5.8 to 9.0", of those groups."""
        with open(self.path("loads"), encoding="ascii") as lines:
            loads = [float(line.split()[1]) for line in lines
                     if line.startswith(name + " ")]
        return f"{min(loads):.1f} to {max(loads):.1f}" if loads else "unknown"

    def faultstat(self, *args):
        """The JSON; any verdict is fine."""
        done = subprocess.run([os.path.join(self.bin, "faultstat"), *args],
                              stdout=subprocess.PIPE, text=True, check=False)
        if not done.stdout.startswith("{"):
            raise SystemExit(f"aa.py: faultstat {' '.join(args)}: no answer")
        return json.loads(done.stdout)


def records(path):
    with open(path, encoding="utf-8") as lines:
        return list(map(json.loads, lines))


def busy():
    """Jiffies that the machine worked, and that passed."""
    with open("/proc/stat", encoding="ascii") as stat:
        at = list(map(int, stat.readline().split()[1:9]))
    return sum(at) - at[3] - at[4], sum(at)


def wait_for_quiet(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        work, total = busy()
        time.sleep(1)
        now, later = busy()
        if now - work < 0.15 * (later - total):
            return


# --- measuring ----------------------------------------------------------------

def section(number, cell, settings):
    scenario, lock, antagonist = cell
    return (f"[cells c{number}]\nscenario = {scenario}\nlock = {lock}\n"
            + (antagonist + "\n" if antagonist else "") + settings)


def write_plan(bench, name, sections):
    with open(bench.path(name), "w", encoding="utf-8") as out:
        out.write("[plan]\nquestion = Can verdicts be trusted here?\n"
                  f"blocks = {BLOCKS}\n\n[defaults]\ntime = {TIME}\n\n"
                  + "\n".join(sections))
    return bench.path(name)


def measure(bench, name, plan, groups, quiet):
    first = len(files(bench, name))
    for group in range(first, first + groups):
        wait_for_quiet(quiet)
        print(f"{name}: group {group + 1}", flush=True)
        bench.faultline("run", plan, "-o", bench.path(f"{name}{group:02}.jsonl"))
        bench.note_load(name)


def files(bench, name):
    return sorted(bench.path(f) for f in os.listdir(bench.folder)
                  if f.startswith(name) and f.endswith(".jsonl"))


def medians(path):
    """Of quiet_p50_ns, by cell number (in order) and by tracepoint."""
    values = {}
    for r in records(path):
        if r["type"] != "run":
            continue
        cell = r["cell"]
        key = (cell["scenario"], cell["lock"], cell["antagonist"] != "none",
               cell["counters"] != "none")
        values.setdefault(key, []).append(r["metrics"]["quiet_p50_ns"])
    return {key: statistics.median(v) for key, v in values.items()}


def control_plans(bench, quiet):
    """Sized by a first look at what a fault and a tracepoint take here."""
    bare = write_plan(bench, "bare.conf", [
        section(i, c, "spin = 20ns\ncounters = none\n"
                f"counters = {TRACEPOINT[c[1]]}\n")
        for i, c in enumerate(CELLS)])
    if not files(bench, "bare"):
        measure(bench, "bare", bare, 1, quiet)
    found = medians(bench.path("bare00.jsonl"))
    spins, traced = [], []
    for i, cell in enumerate(CELLS):
        key = (cell[0], cell[1], cell[2] != "")
        ns = found[(*key, False)]
        spins.append(section(i, cell, "tag = spin\n"
                             f"spin = 20ns {20 + SHARE * ns:.0f}ns\n"))
        cost = max(found[(*key, True)] - ns, 10)
        ballast = max(cost / SHARE - ns, 0) + 20
        traced.append(section(i, cell, "tag = tracepoint\n"
                              f"spin = {ballast:.0f}ns\ncounters = none\n"
                              f"counters = {TRACEPOINT[cell[1]]}\n"))
    return (bare, write_plan(bench, "spin.conf", spins),
            write_plan(bench, "tracepoint.conf", traced))


def measure_all(bench, args):
    if args.spin or args.tracepoint:
        bare, spin, tracepoint = control_plans(bench, args.quiet)
        measure(bench, "spin", spin, args.spin, args.quiet)
        measure(bench, "bare", bare, args.tracepoint and args.tracepoint - 1,
                args.quiet)
        measure(bench, "tracepoint", tracepoint, args.tracepoint, args.quiet)
    if args.same:
        same = write_plan(bench, "same.conf", [
            section(i, c, "tag = a b\n") for i, c in enumerate(CELLS)])
        measure(bench, "same", same, args.same, args.quiet)


# --- judging ------------------------------------------------------------------

def arms_of(path, name):
    """[(glob of the axis, a, b)]: the values differ from cell to cell."""
    if name == "same":
        return [("tag", "a", "b")]
    axis = "spin" if name == "spin" else "counters"
    pairs = {}
    for r in records(path):
        if r["type"] == "run":
            cell = dict(r["cell"])
            value = cell.pop(axis)
            pairs.setdefault(json.dumps(cell), set()).add(value)
    low = (lambda v: float(v.rstrip("ns"))) if axis == "spin" else \
        (lambda v: v != "none")
    return sorted({(axis, *sorted(v, key=low)) for v in pairs.values()
                   if len(v) == 2})


def rows_of(bench, paths, name):
    """[(metric, cell, verdict, ratio)] of compare over those files together;
    their blocks are pairs, each within its session."""
    rows = []
    for axis, a, b in arms_of(paths[0], name):
        labelled = ["x=" + p for p in paths]
        value = bench.faultstat("compare", "--json", "--by", f"{axis}={a};{b}",
                                "--metric", ",".join(METRICS), *labelled)
        for table in value["comparisons"][0]["tables"]:
            if table["of"] != "figures":
                continue
            rows += [(table["metric"], row["title"], row["verdict"],
                      row["ratio"]["estimate"]) for row in table["rows"]]
    return rows


def gate_failures(bench, path):
    """Failed rows and all rows, by the default margins."""
    value = bench.faultstat("gate", "--json", "--by", "tag=a,b", path)
    verdicts = [row["verdict"] for row in value["rows"]]
    return verdicts.count("FAIL"), len(verdicts)


def say(what, metric, hits, nr, good):
    print(f"{what:<34} {metric:<13} {hits:>4} of {nr:>4} = "
          f"{100 * hits / max(nr, 1):>5.1f} %  {good}")


def judge_same(bench):
    paths = files(bench, "same")
    print(f"\nsame: {len(paths)} groups of 8 blocks, load "
          f"{bench.loads('same')}")
    rows = [row for p in paths for row in rows_of(bench, [p], "same")]
    good = True
    for metric in METRICS:
        own = [row for row in rows if row[0] == metric]
        hits = sum(row[2] in ("slower", "faster") for row in own)
        say("same: called different", metric, hits, len(own),
            "(wanted: at most 5 %)")
        good &= hits <= 0.05 * len(own)
    failed = [gate_failures(bench, p) for p in paths]
    hits = sum(f for f, _ in failed)
    say("same: failed by the gate", "all", hits, sum(n for _, n in failed),
        "(wanted: none)")
    return good and not hits


def why_absent(paths):
    """The reason for which a tracepoint cannot be had here, or None."""
    for r in records(paths[0]):
        for value in r.get("counters", {}).values():
            if isinstance(value, dict):
                return value["absent"]
    return None


def judge_control(bench, name):
    paths = files(bench, name)
    print(f"\n{name}: {len(paths)} groups of 8 blocks, load "
          f"{bench.loads(name)}")
    if not paths or why_absent(paths):
        print("not judged:", why_absent(paths) if paths else "not measured")
        return True
    good = False
    for nr in (1, 2, 3):
        parts = [paths[i:i + nr] for i in range(0, len(paths) - nr + 1, nr)]
        rows = [row for part in parts for row in rows_of(bench, part, name)]
        for metric in METRICS:
            own = [row for row in rows if row[0] == metric]
            hits = sum(row[2] == "slower" for row in own)
            sense = -1 if metric.endswith("_per_s") else 1
            seen = statistics.median(row[3] ** sense for row in own) if own \
                else math.nan
            say(f"{name}: found by {nr * BLOCKS} pairs", metric, hits, len(own),
                f"(seen: {100 * (seen - 1):.1f} %)")
            good |= metric != "faults_per_s" and hits >= 0.95 * len(own) > 0
    return good


def main():
    parser = argparse.ArgumentParser(
        usage=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("-o", dest="folder")
    parser.add_argument("--quiet", type=float, default=0)
    parser.add_argument("--same", type=int, default=20)
    parser.add_argument("--spin", type=int, default=6)
    parser.add_argument("--tracepoint", type=int, default=6)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(args.folder or scratch)
        os.makedirs(bench.folder, exist_ok=True)
        measure_all(bench, args)
        verdicts = [judge_same(bench), *(judge_control(bench, name) for name
                                         in ("spin", "bare", "tracepoint"))]
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
