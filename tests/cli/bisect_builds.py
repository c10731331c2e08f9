#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
bisect_builds.py FAULTSTAT DIR [FAULTLINE]

A small repository of builds, one of which became slower, and a real `git bisect
run` that is to find it. Without FAULTLINE a build's results are made up
(tests/golden/gate/make_data.py), and one build has none, which is to be
skipped. With FAULTLINE a build says for how long each touch spins, and is
measured beside the reference until a verdict.
"""
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
MAKE_DATA = os.path.join(HERE, "../golden/gate/make_data.py")
GIT = ["git", "-c", "user.name=builder", "-c", "user.email=builder@localhost",
       "-c", "commit.gpgsign=false", "-c", "init.defaultBranch=main"]
ENVIRONMENT = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null",
               "GIT_CONFIG_SYSTEM": "/dev/null"}

# The results lie ready; a build is the name of one of them. Where there are
# none, the gate has trouble, and that is a build to skip.
STEP_FAKE = """#!/bin/sh
rm -f "{out}/this.jsonl"
cp "{out}/$(cat build).jsonl" "{out}/this.jsonl"
exec "{faultstat}" gate --bisect base="{out}/base.jsonl" this="{out}/this.jsonl"
"""

# What a CI does: both sides in the blocks of one plan.
STEP_MEASURED = """#!/bin/sh
spin=$(cat build)
rm -f "{out}/this.jsonl"
cat > "{out}/this.conf" <<END
[plan]
blocks = 8
[cells both]
scenario = anon-write
spin = 20ns $spin
pages = 128
time = 25ms
END
"{faultline}" run "{out}/this.conf" -o "{out}/this.jsonl" \\
	--until-decided "--by spin=20ns,$spin --config '{out}/margins'" \\
	--at-most 60 || exit 125
exec "{faultstat}" gate --bisect --by "spin=20ns,$spin" \\
	--config "{out}/margins" "{out}/this.jsonl"
"""
MARGINS = "[margins]\np50_ns = 10 %\np99_ns = ignore\nfaults_per_s = ignore\n"


def git(repository, *args):
    done = subprocess.run([*GIT, *args], cwd=repository, env=ENVIRONMENT,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=100, check=False)
    print(done.stdout, end="")
    return done


def commit(repository, number, build):
    with open(os.path.join(repository, "build"), "w", encoding="ascii") as f:
        f.write(build + "\n")
    with open(os.path.join(repository, "change"), "w", encoding="ascii") as f:
        f.write(f"{number}\n")
    git(repository, "add", "build", "change")
    assert git(repository, "commit", "-qm", f"change {number}").returncode == 0
    return git(repository, "rev-parse", "HEAD").stdout.strip()


def make_data(path, *words):
    with open(path, "w", encoding="utf-8") as f:
        subprocess.run([MAKE_DATA, *words], stdout=f, check=True)


def main():
    faultstat, folder = map(os.path.abspath, sys.argv[1:3])
    faultline = os.path.abspath(sys.argv[3]) if len(sys.argv) > 3 else None
    if not shutil.which("git"):
        print("git is not installed")
        return 77
    shutil.rmtree(folder, ignore_errors=True)
    repository = os.path.join(folder, "repository")
    out = os.path.join(folder, "out")
    os.makedirs(repository)
    os.makedirs(out)
    if faultline:
        builds = ["21ns"] * 4 + ["600ns"] * 3
        first_bad, step = 4, STEP_MEASURED
        with open(os.path.join(out, "margins"), "w", encoding="ascii") as f:
            f.write(MARGINS)
    else:
        builds = ["fast"] * 5 + ["none", "fast"] + ["slow"] * 5
        first_bad, step = 7, STEP_FAKE
        make_data(os.path.join(out, "base.jsonl"))
        make_data(os.path.join(out, "fast.jsonl"), "session=2")
        make_data(os.path.join(out, "slow.jsonl"), "session=3", "slow=1.15")
    git(repository, "init", "-q")
    commits = [commit(repository, i, build) for i, build in enumerate(builds)]
    script = os.path.join(out, "step")
    with open(script, "w", encoding="ascii") as f:
        f.write(step.format(out=out, faultstat=faultstat, faultline=faultline))
    os.chmod(script, 0o755)
    git(repository, "bisect", "start", commits[-1], commits[0])
    done = git(repository, "bisect", "run", script)
    assert done.returncode == 0, "git bisect run did not come to an end"
    wanted = commits[first_bad] + " is the first"
    assert wanted in done.stdout, f"not found: {wanted} bad commit"
    assert faultline or "gate: TROUBLE" in done.stdout, "nothing was skipped"
    assert "gate: FAIL" in done.stdout and "gate: PASS" in done.stdout
    return 0


if __name__ == "__main__":
    sys.exit(main())
