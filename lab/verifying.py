# SPDX-License-Identifier: GPL-2.0-or-later
"""What the parts of lab/verify have in common."""
import pathlib
import subprocess
import sys

TREE = pathlib.Path(__file__).resolve().parent.parent
SKIPPED = 77


def need(*variants):
    """Builds these kernels unless the cache has them. Ends this part where that
    cannot be: 77 for want of a program, else 1; the last words tell why."""
    for variant in variants:
        done = subprocess.run([str(TREE / "lab" / "faultlab"), "build",
                               variant], text=True, check=False,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        print(done.stdout, end="", flush=True)
        if done.returncode:
            sys.exit(SKIPPED if "not installed" in done.stdout else 1)
