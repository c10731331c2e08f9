#!/usr/bin/python3
"""guests.py FAULTLAB BUILD DIR

The same cells on Debian's 6.1, which has no per-VMA lock, and 6.12, which has:
the witness's counts differ as they should. In the second guest one cell makes
the kernel panic: its record says so, all earlier records are as they were, and
the others come from a fresh boot. Exit status 77 with the reason where QEMU or
the kernels cannot be had.
"""
import json
import os
import pathlib
import subprocess
import sys

CONFIG = """[plan]
question = Does the witness tell kernels apart, and does a panic cost one run?
blocks = 1
seed = 5
[cells plain]
scenario = anon-write memfd
lock = vma
pages = 64
time = 20ms
[cells waiting]
scenario = uffd-missing
lock = mmap vma
handler = same
pages = 64
time = 20ms
[cells written]
scenario = fuse-mkwrite
lock = vma
pages = 64
time = 20ms
"""
CELLS = {("anon-write", "vma"), ("memfd", "vma"), ("uffd-missing", "vma"),
         ("uffd-missing", "mmap"), ("fuse-mkwrite", "vma")}
# The cell that panics, and how it begins: of its passes only the witness.
VICTIM = ("uffd-missing", "mmap")
PANIC = "faultlab.panic=*uffd-missing*lock???mmap*of_witness??true*"

# Acquisitions of mmap_lock a fault, retries, the share under the VMA lock.
EXPECTED = {
    "6.1": {("anon-write", "vma"): (1, 0, 0), ("memfd", "vma"): (1, 0, 0),
            ("uffd-missing", "vma"): (2, 1, 0),
            ("uffd-missing", "mmap"): (2, 1, 0),
            ("fuse-mkwrite", "vma"): (1, 0, 0)},
    "6.12": {("anon-write", "vma"): (0, 0, 1), ("memfd", "vma"): (0, 0, 1),
             ("uffd-missing", "vma"): (1, 1, 0),
             ("fuse-mkwrite", "vma"): (0, 0, 1)},
}


def must(condition, what, seen):
    if not condition:
        print(f"not so: {what}\n{seen}")
        sys.exit(1)


def lab(*words):
    done = subprocess.run(words, check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    print(done.stdout, flush=True)
    return done


def skip_without(condition, done):
    if not condition:
        print(f"skipped: {done.stdout.strip()}")
        sys.exit(77)


def key(record):
    return record["cell"]["scenario"], record["cell"]["lock"]


def check_locks(series, witnesses):
    for cell, (locks, retries, under_vma) in EXPECTED[series].items():
        witness = witnesses[cell]
        m = witness["metrics"]
        must(witness["verdict"] == "held", f"{series}, {cell}: held", witness)
        seen = [m[name] for name in ("mmap_locks_per_fault",
                                     "retries_per_fault",
                                     "path_vma_lock_share")]
        must(all(abs(a - b) < 0.001
                 for a, b in zip(seen, (locks, retries, under_vma))),
             f"{series}, {cell}: {locks} locks, {retries} retries, "
             f"{under_vma} under the VMA lock", seen)
        print(f"{series:5} {' '.join(cell):18} {locks} mmap_lock, {retries} "
              f"retries a fault, {under_vma} under the VMA lock")


def check_sessions(series, sessions):
    for record in sessions:
        facts = record["facts"]
        must(facts["kernel.release"].startswith(series + "."),
             "the guest runs that kernel", facts["kernel.release"])
        must(facts["kernel.feature.per-vma-lock"] ==
             ("no" if series == "6.1" else "yes"), "its feature", facts)
        must(facts["machine.emulated"] == "tcg", "it says that it is emulated",
             facts["machine.emulated"])


def check_panic(done, records):
    fails = [r for r in records if r["type"] == "fail"]
    must(len(fails) == 1 and key(fails[0]) == VICTIM and
         fails[0]["of_witness"], "the one that panicked failed", fails)
    must("sysrq triggered crash" in fails[0]["reason"],
         "it has the kernel's last words", fails[0]["reason"])
    at = records.index(fails[0])
    must({key(r) for r in records[:at] if r["type"] == "witness"} ==
         {("anon-write", "vma"), ("memfd", "vma")},
         "what came before is there", records[:at])
    must(records[at + 1]["type"] == "session" and records[at + 1]["resumed"],
         "then a fresh boot goes on", records[at + 1])
    boots = {r["facts"]["kernel.boot_id"] for r in records
             if r["type"] == "session"}
    must(len(boots) == 2, "two boots", boots)
    must(done.returncode == 1 and "1 deaths" in done.stdout,
         "the closing line tells", done.stdout)


def main():
    program, build, folder = sys.argv[1:4]
    os.makedirs(folder, exist_ok=True)
    config = os.path.join(folder, "guests.conf")
    pathlib.Path(config).write_text(CONFIG, encoding="utf-8")

    for series, *append in (("6.1",), ("6.12", "--append", PANIC)):
        out = pathlib.Path(folder, f"{series}.jsonl")
        out.unlink(missing_ok=True)
        done = lab(program, "get", f"debian:{series}")
        skip_without(done.returncode == 0, done)
        done = lab(program, "boot", "--build", build, "--accel", "tcg", *append,
                   f"debian:{series}", "--", "run", config, "-o", str(out))
        skip_without("not installed" not in done.stdout, done)
        must(out.exists(), "there are results", done.stdout)
        records = [json.loads(line) for line in
                   out.read_text(encoding="utf-8").splitlines()]
        check_sessions(series, [r for r in records if r["type"] == "session"])
        check_locks(series, {key(r): r for r in records
                             if r["type"] == "witness"})
        runs = {key(r) for r in records if r["type"] == "run"}
        must(runs == CELLS, "every cell has its run", runs)
        shown = lab(os.path.join(build, "bin", "faultstat"), "show", str(out))
        must("emulated: counts and paths hold, times are screening only"
             in " ".join(shown.stdout.split()), "the table says so", "")
        if append:
            check_panic(done, records)
        else:
            must(done.returncode == 0, "exit status 0", done.stdout)


if __name__ == "__main__":
    main()
