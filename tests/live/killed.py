#!/usr/bin/python3
"""killed.py FAULTLINE

A process of a cell with mode=processes is killed in the middle of it: that of an
antagonist, that of a worker. What is left must not pass for a run, and must say so soon. Exit
status 77 with the reason where there are no such cells.
"""
import json
import os
import signal
import subprocess
import sys
import time

WAIT_S = 10
CELL = ("scenario=memfd", "mode=processes", "pages=64", "time=20s", "oversubscribe=yes",
        "antagonist=maps-reader rate=100")


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
            return [int(word) for word in f.read().split()]
    except OSError:
        return []


def descendants(pid, nr):
    """The cell's process and nr of its own, once they are there; the antagonist
    is the first of them."""
    for _ in range(100 * WAIT_S):
        for cell in children(pid):
            if len(children(cell)) == nr:
                return children(cell)
        time.sleep(0.01)
    return None


def kill_one(program, which, nr):
    run = subprocess.Popen([program, "cell", "--json", *CELL],
                           stdout=subprocess.PIPE, text=True)
    found = descendants(run.pid, nr)
    if found:
        time.sleep(0.3)
        os.kill(found[which], signal.SIGKILL)
    else:
        run.terminate()
    began = time.monotonic()
    said = run.communicate(timeout=60)[0]
    assert found, f"there are not {nr} processes: {said}"
    return json.loads(said), time.monotonic() - began


def main():
    program = sys.argv[1]
    if not os.path.exists(f"/proc/self/task/{os.getpid()}/children"):
        print("skipped: /proc does not list children (CONFIG_PROC_CHILDREN)")
        sys.exit(77)
    for which, who in enumerate(("antagonist", "worker")):
        record, took_s = kill_one(program, which, 2)
        reason = record.get("reason", "")
        assert record["type"] == "fail" and who in reason and "signal 9" in reason, \
            f"{who} killed: {record['type']}: {reason}"
        assert took_s < WAIT_S, f"it took {took_s:.0f} s"
        print(reason)


if __name__ == "__main__":
    main()
