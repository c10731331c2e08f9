#!/usr/bin/python3
"""restore.py FAULTLINE HOLD_RESOURCE DIR

Kills processes that change the machine, with SIGKILL, at random moments: the
cell, its runner, or both. Then its parent, the next start or `faultline
restore` puts things right, and the machine is found as it was.
"""
import collections
import glob
import os
import random
import signal
import subprocess
import sys
import time

KINDS = ("value", "pool", "zram", "loop", "file", "cgroup")
VICTIMS = ("both", "cell", "both", "runner")
NEXT = ("restore", "cell", "run")
EACH = 20  # kills of each kind
LONGEST_S = 0.3
SEED = 7

VALUES = ("/proc/sys/vm/page-cluster", "/proc/sys/vm/nr_hugepages",
          "/sys/module/zswap/parameters/enabled",
          "/sys/kernel/mm/transparent_hugepage/defrag",
          "/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs")


def text(path):
    try:
        with open(path, encoding="utf-8") as f:
            return f.read()
    except OSError:
        return "absent"


def mine(path):
    """The folders of cgroups that faultline made."""
    found = []
    for folder, names, _ in os.walk(path):
        found += [os.path.join(folder, name) for name in names
                  if name.startswith("faultline-")]
    return found


def machine(folder, state):
    loops = {path: text(path) for path in
             glob.glob("/sys/block/loop*/loop/backing_file")}
    return {"swaps": text("/proc/swaps"),
            "devices": sorted(os.listdir("/sys/block")),
            "loops": loops,
            "values": {path: text(path) for path in VALUES},
            "cgroups": mine("/sys/fs/cgroup"),
            "files": sorted(os.listdir(folder)),
            "journals": journals(state)}


def journals(state):
    names = os.listdir(state) if os.path.exists(state) else []
    return sorted(set(names) - {"lock"})


def nobody_else(state):
    """Waits until no other run has changed the machine."""
    for _ in range(300):
        if not journals(state):
            return True
        time.sleep(0.1)
    return False


def as_it_was(before, folder, state):
    """What it is now. Others work on the machine too, for a moment; what we
    forgot stays."""
    for _ in range(50):
        after = machine(folder, state)
        if after == before:
            break
        time.sleep(0.1)
    return after


def gone(pid):
    for _ in range(200):
        stat = text(f"/proc/{pid}/stat")
        if stat == "absent" or ") Z " in stat:
            return
        time.sleep(0.02)
    raise AssertionError(f"pid {pid} outlived its parent")


def put_right(program, how, folder):
    """What the user does next: one of NEXT. Returns the lines that told what
    was undone."""
    config = os.path.join(folder, "next.conf")
    with open(config, "w", encoding="utf-8") as f:
        f.write("[plan]\nquestion = Is it put right?\nblocks = 1\n"
                "[cells a]\nscenario = anon-write\npages = 64\ntime = 10ms\n")
    out = os.path.join(folder, "next.jsonl")
    if os.path.exists(out):
        os.unlink(out)
    command = {"restore": ["restore"],
               "cell": ["cell", "scenario=anon-write", "pages=64", "time=10ms"],
               "run": ["run", config, "-o", out]}[how]
    done = subprocess.run([program, *command], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=60,
                          check=False)
    assert done.returncode == 0, done.stdout
    if how == "restore":
        assert ", 0 to be tried again, 0 unreadable; " in done.stdout, done.stdout
    return [line for line in done.stdout.splitlines() if "(of pid" in line]


def kill_once(program, holder, kind, victim, how, folder):
    """Returns the lines that told what was undone, and None when this machine
    cannot have such a resource."""
    run = subprocess.Popen([holder, kind, folder], stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, text=True, start_new_session=True)
    cell = int(run.stdout.readline())
    time.sleep(random.uniform(0, LONGEST_S))
    if run.poll() is not None:
        said = run.stderr.read()
        assert run.returncode == 77, f"{kind} ended by itself: {said}"
        print(f"{kind}: left out: {said.strip()}")
        return None
    if victim == "both":
        os.killpg(run.pid, signal.SIGKILL)
    else:
        os.kill(cell if victim == "cell" else run.pid, signal.SIGKILL)
    said = run.communicate(timeout=60)[1]
    gone(cell)
    if victim == "cell":
        assert run.returncode == 0, f"{kind}: {said}"
        undone = [line for line in said.splitlines() if "(of pid" in line]
    else:
        undone = put_right(program, how, os.path.dirname(folder))
    for line in undone:
        assert line.endswith(")") and "LEFT" not in line and ": left" not in line, line
    return undone


def main():
    program, holder, folder = sys.argv[1:4]
    if os.geteuid():
        print("skipped: swap areas and kernel values take root")
        return 77
    random.seed(SEED)
    # The real folder, so that runs beside this test are seen, and see it.
    state = os.environ.get("FAULTLINE_STATE", "/var/lib/faultline")
    files = os.path.join(folder, "files")
    os.makedirs(files, exist_ok=True)
    put_right(program, "restore", folder)

    kills = collections.Counter()
    needed = collections.Counter()
    for kind in KINDS:
        for i in range(EACH):
            victim = VICTIMS[i % len(VICTIMS)]
            if not nobody_else(state):
                print(f"skipped: another faultline is at work: {journals(state)}")
                return 77
            before = machine(files, state)
            undone = kill_once(program, holder, kind, victim,
                               NEXT[i % len(NEXT)], files)
            if undone is None:
                break
            after = as_it_was(before, files, state)
            for what, was in before.items():
                assert after[what] == was, (
                    f"{kind}, {victim} killed: {what} was {was}, is {after[what]}; "
                    f"undone: {undone}")
            kills[kind] += 1
            needed[kind] += bool(undone)
        print(f"{kind}: {kills[kind]} kills, after {needed[kind]} of them "
              "something had to be undone", flush=True)
    for kind in kills:
        assert needed[kind] > 1, f"{kind}: killed too seldom in the middle of it"
    print(f"{sum(kills.values())} kills, the machine is as it was")
    return 0 if kills else 77


if __name__ == "__main__":
    sys.exit(main())
