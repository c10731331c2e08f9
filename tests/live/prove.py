#!/usr/bin/python3
"""prove.py FAULTLINE SCENARIO LOCK [SETTING=VALUE...]

A scenario proves its claim on the kernel that is running: its witness sees the
locks that it promises, and a timed run sees one fault a touch. A lock that
makes no sense for it is refused with advice. Exit status 77 with the reason
where this machine or this user cannot tell.
"""
import json
import subprocess
import sys


# Their promise leaves room for a fault that need not wait. Most must.
MAY_WAIT = {"swap-loop", "swap-file"}


def cell(program, *arguments):
    done = subprocess.run([program, "cell", "--json", *arguments], timeout=60,
                          stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def must(condition, what, record):
    if not condition:
        print(f"not so: {what}")
        print(json.dumps(record, indent=1))
        sys.exit(1)


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)


def admitted(program, scenario):
    """The locks that `explain` has a promise for."""
    told = subprocess.run([program, "explain", scenario], timeout=60, check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    return {line.split()[0][5:] for line in told.splitlines()
            if line.strip().startswith("lock=")}


def refused(program, words):
    done = subprocess.run([program, "cell", *words], timeout=60, check=False,
                          stderr=subprocess.PIPE, text=True)
    if done.returncode != 2 or "faultline explain" not in done.stderr:
        print(f"not so: refused with advice: {done.returncode} {done.stderr}")
        sys.exit(1)
    print(done.stderr.strip())
    sys.exit(0)


def has_vma_lock(program):
    """Whether the plainest fault of this kernel does without mmap_lock."""
    m = cell(program, "scenario=anon-write", "--witness")["metrics"]
    return m["mmap_locks_per_fault"] < 0.5


def prove_handlers(run):
    """One answer a fault, though the last of each handler may be on its way."""
    m, threads = run["metrics"], int(run["cell"].get("threads", 1))
    must(m["touches"] - threads <= m["handled"] <= m["touches"],
         "the handlers answered each fault once", run)
    if not isinstance(m["p50_ns"], dict):
        must(m["handler_p50_ns"] < m["p50_ns"],
             "a handler's part of a fault is less than the fault", run)
    for role in "worker", "handler":
        must(sum(p["role"] == role for p in run["placed"]) == threads,
             f"the record has the place of each {role}", run)


def main():
    program, scenario, lock = sys.argv[1:4]
    words = [f"scenario={scenario}", f"lock={lock}", *sys.argv[4:]]

    locks = admitted(program, scenario)
    must({"vma", "mmap"} & locks, "explain names locks", {"type": "explain"})
    if lock not in locks:
        refused(program, words)

    run = cell(program, *words, "time=60ms")
    if run["type"] == "skip":
        skip(run["reason"])
    must(run["type"] == "run", "the timed run succeeds", run)
    m = run["metrics"]
    must(m["rounds"] >= 1 and m["faults"] > 0, "there were faults", run)
    if run["cell"]["targets"] == "same":
        must(m["faults"] <= m["touches"], "at most one fault a touch", run)
    else:
        must(m["faults"] == m["touches"], "one fault a touch", run)
    # A machine that counts instructions has no time, but their number.
    whole, present = ("p50_ns", "present_p50_ns") \
        if not isinstance(m["p50_ns"], dict) else \
        ("instructions_per_fault", "present_instructions_per_touch")
    if present in m:
        must(m[whole] > m[present],
             "a fault takes longer than a touch of a present page", run)
    must(all(p["verified"] for p in run["placed"]), "threads are bound", run)
    if "handler" in run["cell"]:
        prove_handlers(run)

    witness = cell(program, *words, "--witness")
    if witness["type"] == "skip":
        skip(witness["reason"])
    must(witness["type"] == "witness", "the witness pass succeeds", witness)
    m = witness["metrics"]
    share = m["user_faults_share"]
    if not isinstance(share, dict):
        must(abs(share - (lock == "vma")) < 0.001,
             "the faults come from the mode that the lock says", witness)
    if witness["verdict"] == "unproven":
        skip(witness["claim"])
    must(witness["verdict"] == "held", "the promise is kept", witness)
    shares = [m[f"path_{p}_share"] for p in ("vma_lock", "retried", "mmap_lock")]
    must(abs(sum(shares) - 1) < 1e-6, "the paths add up to all faults", witness)
    fates = [m[f"{name}_per_fault"] for name in
             ("vma_lock_handled", "vma_lock_refused", "redone_under_mmap_lock")]
    if witness["evidence"].startswith("bpf-") and lock == "vma" and \
            not any(isinstance(fate, dict) for fate in fates):
        must(abs(sum(fates) - 1) < 0.001 or not any(fates),
             "a user-mode fault is handled, refused or redone", witness)
    if scenario in MAY_WAIT and lock != "mmap-hold":
        waits, sleeps = m["retries_per_fault"], m["sleeps_per_fault"]
        # Kernels without the VMA lock (5.10, 6.1) read a page that comes alone
        # synchronously, with mmap_lock held (mm/page_io.c swap_readpage()):
        # then none is retried.
        if waits == 0 and not isinstance(sleeps, dict) and \
                not has_vma_lock(program):
            waits = sleeps
        must(0.5 < waits <= 1, "most faults wait", witness)
    print(witness["claim"])


if __name__ == "__main__":
    main()
