#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Writes what the fuzz targets begin with, from the stored result files, the
configs and the catalogue: a folder of small files for each kind of input, and
a dictionary of the words that stand in them.

    make_seeds.py SOURCE OUT
"""
import glob
import json
import os
import re
import sys

PAIRS = 6  # of a histogram that are kept
JOURNAL = """faultline journal 1\t%s
value\t/proc/sys/vm/swappiness\t60\t1
pool\t/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages\t0\t8
zram-wanted\t1\t0123456789abcdef0123456789abcdef\t1795490000
zram\t1\t0123456789abcdef0123456789abcdef\t7
file\t/tmp/faultline-1-0123456789abcdef.swap
loop\t/tmp/faultline-1-0123456789abcdef.swap\t-
cgroup\t/sys/fs/cgroup/faultline-2000000000\t/sys/fs/cgroup
"""
FLOOR = {"type": "floor", "cell": {"scenario": "memfd", "lock": "vma"},
         "metric": "p50_ns", "of": "figures", "noise_floor": 0.02, "pairs": 40}
CALIBRATION = [{"type": "calibration", "schema": 1, "time_s": 1795490000.5,
                "facts": {"machine.cpu": "AMD EPYC", "kernel.arch": "x86_64"}},
               FLOOR, dict(FLOOR, of="multiples_of_baseline", metric="p99_ns")]
NUMBERS = ["0", "250ns", "100us", "1.5ms", "2s", "1min", "4096", "64KiB",
           "2MiB", "1GiB", "20", "50k", "1.2M", "1e3", "0x10", "9.3e18"]


def write(folder, name, text):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
        f.write(text)


def small(record):
    for one in [record] + record.get("antagonists", []):
        if "hist_ns" in one:
            one["hist_ns"] = one["hist_ns"][:PAIRS]
    for name in ("facts", "counters"):
        if name in record:
            record[name] = dict(list(record[name].items())[:PAIRS])
    return json.dumps(record, separators=(",", ":"), ensure_ascii=False) + "\n"


def records(path):
    """Its lines, and how they differ in kind; what is no JSON as it is."""
    with open(path, encoding="utf-8", errors="replace") as f:
        for line in f:
            try:
                record = json.loads(line)
                kind = (record["type"], bool(record.get("antagonists")),
                        record.get("verdict"), record.get("evidence"),
                        bool(record.get("placed")))
            except (ValueError, KeyError, TypeError, AttributeError):
                yield line, line
                continue
            yield kind, small(record)


def cells(path):
    """The first session, and of the first few cells the first two runs."""
    seen, lines = {}, []
    for kind, line in records(path):
        record = json.loads(line) if isinstance(kind, tuple) else {}
        key = (kind, json.dumps(record.get("cell")))
        seen[key] = seen.get(key, 0) + 1
        if seen[key] <= 2:
            lines.append((key, line))
    session = [line for (kind, _), line in lines if kind[0] == "session"][:1]
    rest = [line for (kind, _), line in lines if kind[0] != "session"]
    return session, rest


def dictionary(out, name, words):
    quoted = ["".join(c if c.isalnum() or c in " ._:=-/,[]{}'" else
                      "".join(f"\\x{b:02x}" for b in c.encode())
                      for c in word) for word in sorted(words)]
    write(out, name + ".dict", "".join(f'"{word}"\n' for word in quoted if word))


def members(value, words):
    if isinstance(value, dict):
        for name, below in value.items():
            words.add(f'"{name}":')
            members(below, words)
    elif isinstance(value, list):
        for below in value[:PAIRS]:
            members(below, words)
    elif isinstance(value, str) and len(value) < 24:
        words.add(f'"{value}"')


def main():
    source, out = sys.argv[1:3]
    words = {'{"absent":"x"}', "[[1,2]]", "1e308", "-1", "NaN", "null",
             '"antagonist":"fork rate=20, spin"', "''''", "`x`", "\u202e"}
    files = sorted(glob.glob(os.path.join(source, "tests/golden/data/*.jsonl")) +
                   glob.glob(os.path.join(source, "tests/golden/report/*.jsonl")))
    seen = set()
    for path in files:
        stem = os.path.basename(path)[:-6]
        session, rest = cells(path)
        for i in range(0, len(rest), 8):
            write(f"{out}/result", f"{stem}-{i}",
                  "".join(session + rest[i:i + 8]))
        for kind, line in records(path):
            if kind not in seen:
                seen.add(kind)
                write(f"{out}/record", f"{len(seen)}", line)
                if isinstance(kind, tuple):
                    members(json.loads(line), words)
    dictionary(out, "record", words)
    dictionary(out, "result", words)

    words = {"[plan]", "[defaults]", "[cells x]", " = ", "count=", "nice="}
    for path in sorted(glob.glob(os.path.join(source, "configs/*.conf"))):
        with open(path, encoding="utf-8") as f:
            text = "".join(line for line in f if line[0] != "#")
        write(f"{out}/plan", os.path.basename(path), text)
        words.update(re.findall(r"[^\s=]+=?", text))
    with open(os.path.join(source, "bench/catalog.def"), encoding="utf-8") as f:
        words.update(name.replace("_", "-") for name in
                     re.findall(r"^[A-Z]+\((\w+)", f.read(), re.M))
    dictionary(out, "plan", words)

    words = {"[margins x*]", "alpha", "0.05", "%", "pass", "fail", "exact"}
    for path in glob.glob(os.path.join(source, "configs/*.margins")):
        with open(path, encoding="utf-8") as f:
            text = f.read()
        write(f"{out}/margins", os.path.basename(path), text)
        words.update(re.findall(r"[^\s=]+", text))
    dictionary(out, "margins", words)

    words = set()
    for i in range(1, len(CALIBRATION) + 1):
        write(f"{out}/calibration", str(i), "".join(
            json.dumps(line) + "\n" for line in CALIBRATION[:i]))
        members(CALIBRATION[i - 1], words)
    dictionary(out, "calibration", words)

    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as f:
        boot = f.read().strip()
    for i, line in enumerate(JOURNAL.splitlines(True)[1:]):
        write(f"{out}/journal", str(i), JOURNAL.splitlines(True)[0] % boot + line)
    write(f"{out}/journal", "other-boot", JOURNAL % "another")
    dictionary(out, "journal", set(re.findall(r"\S+", JOURNAL)) | {"\t", "\n"})

    for i, number in enumerate(NUMBERS):
        write(f"{out}/units", str(i), number)
    dictionary(out, "units", set(NUMBERS))


main()
