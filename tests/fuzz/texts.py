#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Puts texts that try to be commands into every text of a result file, names of
members included, and into the names of files and folders; lets faultstat show,
compare, export and draw them; and sees that nothing was run, no file was read
that was not given, and nothing was printed that a terminal would obey.

    texts.py FAULTSTAT PLOTS_DIR

Each text, if anything ran it, would make the file SIDE, or print what stands in
the file CANARY.
"""
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

COMMANDS = [
    "`touch SIDE`", "$(touch SIDE)", "; touch SIDE; #", "| touch SIDE",
    "!touch SIDE", "\n!touch SIDE\n", "< touch SIDE", "<touch SIDE",
    "'. system('touch SIDE') .'", "''''; system('touch SIDE') #'",
    "\"; system(\"touch SIDE\"); \"", "\nsystem 'touch SIDE'\n",
    "\\\nsystem 'touch SIDE'", "'\n load 'CANARY'\n'", "@macro", "@ARG1",
    "`cat CANARY`", "'.system('cat CANARY').'", "CANARY", "= CANARY",
    "{/Symbol a}^{b}_c@~{x}", "%s%n%1$n", "\\x60touch SIDE\\x60", "\u0000x",
    "\x1b]0;x\x07\x1b[2J", "\u202etxt", "<script>alert(1)</script>",
    "a\tb\r\nc", "../../CANARY", "-o", "--plots-dir=/", "]]>&amp;<!--",
]
FORMATS = ["csv", "gobench", "json", "junit", "kcidb", "ktap", "lava", "otava"]
CANARY = "what stands in the canary 8231"
failures = []


def fail(what):
    failures.append(what)
    print("FAILED:", what, file=sys.stderr)


class Place:
    """A folder with a canary, a home and one result file."""

    def __init__(self, faultstat, plots):
        self.faultstat, self.plots = faultstat, plots
        self.work = tempfile.mkdtemp()
        self.side = os.path.join(self.work, "side")
        self.canary = os.path.join(self.work, "canary")
        self.home = os.path.join(self.work, "home")
        os.mkdir(self.home)
        with open(self.canary, "w", encoding="utf-8") as f:
            f.write(f"system('touch {self.side}')\nprint '{CANARY}'\n"
                    f"# {CANARY}\n")

    def text(self, command):
        text = command.replace("SIDE", self.side)
        return text.replace("CANARY", self.canary).replace("\u0000", "")

    def start(self, what, *words, statuses=(0, 2)):
        env = dict(os.environ, HOME=self.home, GNUPLOT_LIB=self.work)
        done = subprocess.run([self.faultstat, *words], cwd=self.home, env=env,
                              capture_output=True, check=False, timeout=300)
        out = done.stdout + done.stderr
        what = f"{words[0]} with {what!r}"
        if done.returncode not in statuses or b"Sanitizer" in out:
            fail(f"{what}: status {done.returncode}: {out[-2000:]}")
        if os.path.exists(self.side):
            fail(f"{what}: it was run")
            os.unlink(self.side)
        if CANARY.encode() in out:
            fail(f"{what}: a file was read that was not given")
        if words[0] != "export" and re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", out):
            fail(f"{what}: control characters: {out[:300]}")
        return done

    def look(self, what, folder):
        """No word of the canary in what a report left."""
        for path in glob.glob(os.path.join(glob.escape(folder), "*")):
            with open(path, "rb") as f:
                if CANARY.encode() in f.read():
                    fail(f"{what!r}: the canary is in {path}")
        left = os.listdir(self.home)
        if [name for name in left if name not in ("out",)]:
            fail(f"{what!r}: something was written: {left}")


def records(evil):
    """A file whose every text is, or has at its end, the evil one."""
    odd = {f"x{evil}": evil, "kernel.release": evil, "machine.cpu": evil,
           "kernel.version": {"absent": evil}}
    for label in ("a" + evil, "b" + evil):
        yield {"type": "session", "schema": 1, "session": label, "time_s": 1,
               "label": label, "plan_name": evil, "question": evil,
               "plan": evil, "seed": 1, "blocks": 6, "resumed": False,
               "facts": odd}
        for i in range(24):
            ant = evil if i % 4 < 2 else "none"
            cell = {"scenario": evil, "lock": ("vma", "mmap")[i % 2],
                    "threads": "1", "antagonist": ant, "placement": evil,
                    f"n{evil}": evil}
            if i % 8 == 7:
                cell["tag"] = evil
            common = {"session": label, "time_s": 2 + i, "block": i // 4,
                      "position": i % 4, "cell": cell, "group": evil,
                      "command": evil}
            metrics = {"p50_ns": 100 + i, "p99_ns": 300 + 2 * i,
                       "faults_per_s": 1e6 + i, f"m{evil}": 1,
                       f"abs{evil}": {"absent": evil}}
            antagonists = [] if ant == "none" else [
                {"name": evil, "metrics": metrics, "hist_ns": [[90, 9000]]}]
            yield {"type": "run", **common, "elapsed_s": 0.1,
                   "metrics": metrics, "counters": {evil: 3}, "noise": {evil: 2},
                   "hist_ns": [[96, 50000], [128, 4000], [1024, 30]],
                   "antagonists": antagonists,
                   "placed": [{"role": evil, "index": 0, "pu": 0, "node": 0,
                               "verified": True}]}
            if i < 4:
                yield {"type": "witness", **common, "elapsed_s": 0.1,
                       "evidence": evil, "verdict": ("held", evil)[i % 2],
                       "claim": evil, "metrics": {
                           "mmap_locks_per_fault": 1, "retries_per_fault": 0.5,
                           "path_vma_lock_share": 0.5,
                           "path_retried_share": 0.25,
                           "path_mmap_lock_share": 0.25, evil: 1}}
                yield {"type": "skip", **common, "of_witness": False,
                       "reason": evil}
                yield {"type": "fail", **common, "of_witness": True,
                       "reason": evil}


def write(path, evil):
    with open(path, "w", encoding="utf-8") as f:
        for record in records(evil):
            f.write(json.dumps(record) + "\n")


def in_the_file(place, evil):
    path = os.path.join(place.work, "x.jsonl")
    out = os.path.join(place.home, "out")
    write(path, evil)
    place.start(evil, "show", path, statuses=(0,))
    place.start(evil, "show", "--mail", path, statuses=(0,))
    place.start(evil, "compare", "--by", "lock", path, statuses=(0,))
    place.start(evil, "compare", path, statuses=(0,))
    for name in FORMATS:
        place.start(evil, "export", "-f", name, path)
    place.start(evil, "gate", "--by", "lock=vma,mmap", path,
                statuses=(0, 1, 2, 3, 4))
    done = place.start(evil, "report", path, "-o", out, "--plots-dir",
                       place.plots, statuses=(0,))
    if shutil.which("gnuplot") and not glob.glob(os.path.join(out, "*.png")):
        fail(f"{evil!r}: no picture, so gnuplot was not tried: {done.stderr}")
    place.look(evil, out)
    shutil.rmtree(out)


def in_the_names(place, evil):
    """As the name of a result file, of a label, of the folder; and as words
    that name no file at all."""
    name = evil.replace("/", "_")[:150]
    path = os.path.join(place.work, name)
    out = os.path.join(place.home, "out", name)
    write(path, "plain")
    place.start(evil, "show", path, statuses=(0,))
    place.start(evil, "show", f"{evil}={path}")
    place.start(evil, "compare", f"{evil}a={path}", f"{evil}b={path}")
    place.start(evil, "report", path, "-o", out, "--plots-dir", place.plots,
                "--title", evil, statuses=(0,))
    if not os.path.exists(os.path.join(out, "report.html")):
        fail(f"no report in the folder {name!r}")
    place.look(evil, out)
    shutil.rmtree(os.path.join(place.home, "out"))
    os.unlink(path)
    if evil.lstrip("= ") != place.canary and not os.path.isfile(evil):
        place.start(evil, "show", "--", evil, statuses=(2,))


def main():
    place = Place(*map(os.path.abspath, sys.argv[1:3]))
    for command in COMMANDS:
        evil = place.text(command)
        in_the_file(place, evil)
        in_the_names(place, evil)
    shutil.rmtree(place.work)
    print(f"{len(COMMANDS)} texts, in every place"
          + ("" if shutil.which("gnuplot") else "; no gnuplot here to try"))
    return 1 if failures else 0


sys.exit(main())
