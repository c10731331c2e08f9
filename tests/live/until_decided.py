#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
until_decided.py FAULTLINE FAULTSTAT DIR

A run that goes on until a verdict: what is decided by the planned blocks is
measured no more, what cannot be decided goes on in twos up to the cap, a kill
in between loses nothing, and a mistake in the gate's arguments is told before
the first block.
"""
import collections
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time

CONFIG = """[plan]
blocks = 4
seed = 3
[defaults]
pages = 64
time = 20ms
[cells decided]
scenario = anon-write
spin = 1us 6us
[cells open]
scenario = anon-read
spin = 1us 6us
"""
# One row that any noise passes, and one that 4 .. 9 blocks cannot decide: at
# alpha = 0.000001 it takes 20 pairs.
MARGINS = """[margins]
p50_ns = ignore
p99_ns = ignore
faults_per_s = ignore
mmap_locks_per_fault = ignore
[gate]
alpha = {alpha}
[margins anon-read]
p50_ns = 5 %
"""


def blocks_of(path):
    """How many blocks each cell was measured in; none of them twice."""
    blocks = collections.defaultdict(list)
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if record["type"] == "run":
                cell = record["cell"]
                blocks[cell["scenario"], cell["spin"]].append(record["block"])
    for cell, seen in blocks.items():
        assert len(seen) == len(set(seen)), f"{cell}: a block twice: {seen}"
    return {cell: len(seen) for cell, seen in blocks.items()}


def run(command, **more):
    done = subprocess.run(command, text=True, timeout=100, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          **more)
    print(done.stdout)
    return done


def main():
    faultline, faultstat, folder = sys.argv[1:4]
    folder = os.path.join(folder, "a folder")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    config, margins, out = (os.path.join(folder, name)
                            for name in ("plan.conf", "margins", "out.jsonl"))
    with open(config, "w", encoding="ascii") as f:
        f.write(CONFIG)
    with open(margins, "w", encoding="ascii") as f:
        f.write(MARGINS.format(alpha="0.000001"))
    by = f"--by spin=1us,6us --config {shlex.quote(margins)}"
    command = [faultline, "run", config, "-o", out, "--at-most", "9"]

    done = run([*command, "--until-decided", "--by sipn=1us,6us"])
    assert done.returncode == 2 and "did you mean spin" in done.stdout
    assert blocks_of(out) == {}, "measured before the mistake was told"
    os.unlink(out)

    begun = subprocess.Popen([*command, "--until-decided", by],
                             stdout=subprocess.PIPE, text=True)
    for line in begun.stdout:
        if line.startswith("block 6 of at most 9"):
            break
    time.sleep(0.05)
    begun.send_signal(signal.SIGKILL)
    begun.wait()
    begun.stdout.close()
    killed = blocks_of(out)
    assert killed["anon-write", "1us"] == 4, killed
    assert 4 < killed["anon-read", "1us"] < 9, killed

    done = run([*command, "--resume", "--until-decided", by])
    assert done.returncode == 0, done.stdout
    assert "then 5 more; 2 cells undecided" in done.stdout
    assert blocks_of(out) == {("anon-write", "1us"): 4,
                              ("anon-write", "6us"): 4,
                              ("anon-read", "1us"): 9,
                              ("anon-read", "6us"): 9}

    # without the option a resumed run has nothing left to do
    done = run([*command[:5], "--resume"])
    assert done.returncode == 0 and blocks_of(out)["anon-read", "1us"] == 9

    assert run([faultstat, "gate", *shlex.split(by), out]).returncode == 3
    with open(margins, "w", encoding="ascii") as f:
        f.write(MARGINS.format(alpha="0.05"))
    done = run([faultstat, "gate", *shlex.split(by), out])
    assert "bounds of 99 % each as the runs went on" in done.stdout
    assert run([faultstat, "compare", "--by", "spin", out]).returncode == 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
