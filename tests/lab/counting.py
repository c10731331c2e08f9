#!/usr/bin/python3
"""counting.py FAULTLAB BUILD DIR

A guest that counts instructions repeats itself: two boots of Debian's 6.12 with
one cell, whose records are the same but for ids and dates, and have a path
length and no time. Exit status 77 with the reason where QEMU or the kernel
cannot be had.
"""
import json
import os
import pathlib
import subprocess
import sys

CONFIG = """[plan]
question = How long is the path?
blocks = 1
seed = 5
[cells one]
scenario = anon-write
lock = vma
pages = 64
time = 2ms
"""
OWN = ("session", "time_s")


def must(condition, what, seen):
    if not condition:
        print(f"not so: {what}\n{seen}")
        sys.exit(1)


def boot(program, build, config, out):
    out.unlink(missing_ok=True)
    done = subprocess.run(
        [program, "boot", "--count-instructions", "--build", build,
         "debian:6.12", "--", "run", config, "-o", str(out)],
        check=False, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT)
    print(done.stdout, flush=True)
    must(done.returncode == 0, "exit status 0", done.returncode)
    return [json.loads(line) for line in
            out.read_text(encoding="utf-8").splitlines()]


def without_own(record):
    facts = record.get("facts", {})
    return {**{k: v for k, v in record.items() if k not in OWN},
            "facts": {k: v for k, v in facts.items()
                      if k != "kernel.boot_id"}}


def main():
    program, build, folder = sys.argv[1:4]
    os.makedirs(folder, exist_ok=True)
    config = os.path.join(folder, "counting.conf")
    pathlib.Path(config).write_text(CONFIG, encoding="utf-8")
    got = subprocess.run([program, "get", "debian:6.12"], check=False,
                         capture_output=True, text=True)
    have = subprocess.run(["qemu-system-x86_64", "--version"], check=False,
                          capture_output=True) if got.returncode == 0 else got
    if got.returncode or have.returncode:
        print(f"skipped: {got.stderr.strip() or 'no QEMU'}")
        sys.exit(77)
    boots = [boot(program, build, config, pathlib.Path(folder, f"{n}.jsonl"))
             for n in (1, 2)]
    must([r["type"] for r in boots[0]] == ["session", "witness", "run"],
         "a session, a witness, a run", boots[0])
    must(list(map(without_own, boots[0])) == list(map(without_own, boots[1])),
         "both boots say the same", boots)
    must(boots[0][0]["session"] != boots[1][0]["session"],
         "they are told apart", boots[0][0]["session"])
    metrics = boots[0][2]["metrics"]
    length = metrics["instructions_per_fault"]
    present = metrics["present_instructions_per_touch"]
    must(length == int(length) > 10 * present > 0,
         "a path length, much more than a touch", metrics)
    must("absent" in metrics["p50_ns"] and "hist_ns" not in boots[0][2],
         "no time", metrics)
    print(f"two boots: {length} instructions a fault in both")


if __name__ == "__main__":
    try:
        main()
    except FileNotFoundError as e:
        print(f"skipped: {e}")
        sys.exit(77)
