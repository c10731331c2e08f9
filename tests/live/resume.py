#!/usr/bin/python3
"""resume.py FAULTLINE DIR

Kills a run with SIGKILL at several moments, resumes it each time, and finds
every cell of every block exactly once in the file, and nothing left running.
"""
import collections
import json
import os
import signal
import subprocess
import sys
import time

CONFIG = """[plan]
question = Does a killed run lose anything but the cell in flight?
blocks = 4
seed = 11
[cells all]
scenario = anon-write anon-read
lock = vma mmap
pages = 64
time = 30ms
"""


def records(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
            return [int(word) for word in f.read().split()]
    except OSError:
        return []


def gone(pid):
    """The process is gone, or is no faultline any more."""
    for _ in range(100):
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii") as f:
                text = f.read()
        except OSError:
            return True
        if "(faultline)" not in text or ") Z " in text:
            return True
        time.sleep(0.05)
    return False


def watched(program, config, whole, folder):
    """--done takes what was measured from another file, --in-flight tells of
    each pass before it begins."""
    part, rest, flight = (os.path.join(folder, name) for name in
                          ("part.jsonl", "rest.jsonl", "flight.jsonl"))
    for path in rest, flight:
        if os.path.exists(path):
            os.unlink(path)
    with open(whole, encoding="utf-8") as f:
        lines = f.readlines()
    with open(part, "w", encoding="utf-8") as f:
        f.writelines(lines[:-2])
    subprocess.run([program, "run", config, "-o", rest, "--done", part,
                    "--in-flight", flight], check=True, timeout=60,
                   stdout=subprocess.DEVNULL)
    session, *new = records(rest)
    told = records(flight)
    assert session["type"] == "session" and session["resumed"], session
    wanted = [(r["block"], r["cell"]) for r in map(json.loads, lines[-2:])]
    assert [(r["block"], r["cell"]) for r in new] == wanted, new
    assert [(r["block"], r["cell"]) for r in told] == wanted, told
    assert all(r["type"] == "run" for r in new), new
    assert all(r["type"] == "fail" and r["session"] == session["session"] and
               "died" in r["reason"] for r in told), told


def main():
    program, folder = sys.argv[1:3]
    os.makedirs(folder, exist_ok=True)
    config = os.path.join(folder, "resume.conf")
    out = os.path.join(folder, "resume.jsonl")
    with open(config, "w", encoding="utf-8") as f:
        f.write(CONFIG)
    if os.path.exists(out):
        os.unlink(out)
    command = [program, "run", config, "-o", out, "--resume"]

    for after in (0.4, 0.7, 0.55, 0.9):
        run = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        time.sleep(after)
        cells = children(run.pid)
        run.send_signal(signal.SIGKILL)
        run.wait()
        assert all(gone(pid) for pid in cells), "a cell outlived its parent"
        if os.path.exists(out):
            # what a kill in the middle of a write leaves behind
            with open(out, "a", encoding="utf-8") as f:
                f.write('{"type":"run","session":"torn')
    done = subprocess.run(command, timeout=120, stdout=subprocess.PIPE, text=True)
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[-1].startswith("run: done"), done.stdout

    seen = collections.Counter()
    sessions = 0
    for r in records(out):
        if r["type"] == "session":
            sessions += 1
            continue
        assert r["type"] in ("run", "witness"), r
        seen[(r["type"], r["block"], json.dumps(r["cell"]))] += 1
    assert sessions >= 3, f"{sessions} sessions: was it killed at all?"
    assert max(seen.values()) == 1, "a cell is there twice"
    runs = [key for key in seen if key[0] == "run"]
    assert len(runs) == 16, f"{len(runs)} runs, expected 4 cells x 4 blocks"
    assert len(seen) == 20, f"{len(seen)} passes, expected 16 runs + 4 witnesses"

    watched(program, config, out, folder)

    again = subprocess.run([program, "run", config, "-o", out], timeout=60,
                           stderr=subprocess.PIPE, text=True, check=False)
    assert again.returncode == 2 and out in again.stderr, again.stderr
    with open(config, "a", encoding="utf-8") as f:
        f.write("order = random\n")
    other = subprocess.run(command, timeout=60, stderr=subprocess.PIPE, text=True,
                           check=False)
    assert other.returncode == 2 and "another config" in other.stderr, other.stderr
    print(f"{sessions} sessions, 16 runs and 4 witnesses, each once")


if __name__ == "__main__":
    main()
