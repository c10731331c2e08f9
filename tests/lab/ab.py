#!/usr/bin/python3
"""ab.py FAULTLAB BUILD DIR

Debian's 6.1 against 6.12, two boots each: the counts differ, and the exit status
is 1. 6.12 against itself, one boot each and then, resumed, another: no
difference, 0. A kernel that dies whenever it is measured is 125, and no verdict.
Exit status 77 with the reason where QEMU or the kernels cannot be had.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys

CONFIG = """[plan]
question = Do faults take the same locks?
blocks = 1
[cells plain]
scenario = anon-write memfd
lock = vma
pages = 64
time = 10ms
"""
EMULATED = "emulated: counts and paths hold, times are screening only"


def must(condition, what, seen):
    if not condition:
        print(f"not so: {what}\n{seen}")
        sys.exit(1)


class Lab:
    def __init__(self, program, build, folder):
        self.program, self.build, self.folder = program, build, folder
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "ab.conf").write_text(CONFIG, encoding="utf-8")

    def call(self, *words):
        done = subprocess.run([self.program, *words], check=False, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        print(done.stdout, flush=True)
        return done

    def get(self, *names):
        done = self.call("get", *names)
        if done.returncode:
            print(f"skipped: {done.stdout.strip()}")
            sys.exit(77)

    def ab(self, status, name, a, b, *words):
        """Its output and the folder; the exit status must be that."""
        done = self.call("ab", a, b, "--build", self.build, "--accel", "tcg",
                         "--config", str(self.folder / "ab.conf"),
                         "-o", str(self.folder / name), *words)
        if "not installed" in done.stdout:
            print(f"skipped: {done.stdout.strip()}")
            sys.exit(77)
        must(done.returncode == status, f"{name}: exit status {status}",
             done.returncode)
        return done.stdout, self.folder / name


def check_folder(folder):
    """Each table says that it is emulated; there is a picture."""
    for name in ("compare.txt", "gate.txt", "cover-letter.txt"):
        text = " ".join((folder / name).read_text(encoding="utf-8").split())
        must(EMULATED in text, f"{name} says that it is emulated", text)
    if shutil.which("gnuplot"):
        must(list(folder.glob("*.svg")), "there is a picture",
             os.listdir(folder))


def boots_of(path):
    """[(start, boot id)] of the sessions in a file."""
    with open(path, encoding="utf-8") as lines:
        return [(r["time_s"], r["facts"]["kernel.boot_id"])
                for r in map(json.loads, lines) if r["type"] == "session"]


def check_two_kernels(lab):
    said, folder = lab.ab(1, "two", "debian:6.1", "debian:6.12", "--boots", "2",
                          "--seed", "7")
    check_folder(folder)
    gate = (folder / "gate.txt").read_text(encoding="utf-8")
    for told in ("gate: FAIL: 2 of 4 rows",
                 "anon-write locks 1.000 0.000 - - equal 2+2"):
        must(told in " ".join(gate.split()), told, gate)
    must("BAD" in said.splitlines()[-1], "the last line says so", said)
    letter = (folder / "cover-letter.txt").read_text(encoding="utf-8")
    must("locks 1.000 -> 0.000 a fault" in " ".join(letter.split()),
         "the letter begins with the counts", letter)
    a, b = (boots_of(folder / f"{side}.jsonl") for side in "AB")
    must(len({boot for _, boot in a + b}) == 4, "four boots", (a, b))
    must(max(a[0], b[0]) < min(a[1], b[1]), "pairs of boots", (a, b))


def check_one_kernel(lab):
    lab.ab(0, "one", "debian:6.12", "debian:6.12", "--boots", "1")
    boots = lab.folder / "one" / "boots"
    first = {p.name: p.stat().st_mtime_ns for p in boots.iterdir()}
    said, folder = lab.ab(0, "one", "debian:6.12", "debian:6.12", "--boots",
                          "2", "--resume")
    must(said.count("is there") == 2 and
         {n: (boots / n).stat().st_mtime_ns for n in first} == first,
         "what was measured is kept", said)
    check_folder(folder)
    for told in ("GOOD", "gate: PASS: 4 rows"):
        must(told in said.splitlines()[-1], told, said)
    compared = (folder / "compare.txt").read_text(encoding="utf-8")
    must("the boot (the median of its runs): 2 and 2" in compared,
         "the boot is the unit", compared)
    must("none of" in compared, "no count differs", compared)


def check_dead(lab):
    said, folder = lab.ab(125, "dead", "debian:6.12", "debian:6.12", "--boots",
                          "1", "--deaths", "0", "--append",
                          "faultlab.panic=*anon-write*")
    must("sysrq triggered crash" in said, "its last words", said)
    must(not (folder / "gate.txt").exists(), "nothing is judged",
         os.listdir(folder))


def main():
    lab = Lab(sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]))
    lab.get("debian:6.1", "debian:6.12")
    check_two_kernels(lab)
    check_one_kernel(lab)
    check_dead(lab)


if __name__ == "__main__":
    main()
