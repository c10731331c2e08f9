#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Writes a made-up result file about who waits for whom, for the tests of tables
and pictures. No machine measured these figures; they follow a simple rule, so
that one can say what a table must show: a role that is held up takes its own
time and the delay, one that is not takes its own time.

    make_roles.py convoy        three locks, three delays, three antagonists
                                in each cell, and a resident fault beside
    make_roles.py hold-or-drop  a fault that keeps its lock and one that drops
                                it, under two locks; a writer on the same VMA
                                and one elsewhere, each in a cell of its own
    make_roles.py policies      a fault that waits, by policy
    make_roles.py ragged        what is missing, or there twice
"""
import json
import sys

SESSION = "c0ffee01"
START = 1795490000.0
BLOCKS = 6
DELAYS = {"0": 0, "100us": 1e5, "1ms": 1e6, "10ms": 1e7}
ACCOUNTS = ["vma_lock_handled", "vma_lock_refused", "retried_after_wait",
            "redone_under_mmap_lock", "retried_again", "completed", "wakeups"]
NO_CENSUS = "the tracepoints of this kernel do not tell"


def emit(kind, **members):
    print(json.dumps({"type": kind, "session": SESSION, **members},
                     separators=(",", ":")))


def session(name, question):
    emit("session", schema=1, time_s=START, label="made-up", plan_name=name,
         question=question + " Made up: no machine measured these figures.",
         plan="", seed=7, blocks=BLOCKS, resumed=False,
         facts={"machine.cpu": "Made-up CPU", "machine.pus": "8",
                "kernel.release": "6.18.44", "kernel.arch": "x86_64",
                "kernel.boot_id": "b1"})


def cell(scenario, lock, antagonist, delay=None):
    settings = {"scenario": scenario, "lock": lock, "threads": "2",
                "antagonist": antagonist, "pages": "64"}
    if delay is not None:
        settings["delay"] = delay
    return settings


def percentile(value, needs, ops):
    if ops < needs:
        return {"absent": f"needs {needs:,} samples, has {ops:,}"}
    return value


def low(ns):
    """The least value of its bucket."""
    shift = max(0, int(ns).bit_length() - 8)
    return int(ns) >> shift << shift


def operations(ns, ops, slow_ns=None, slow=0):
    """An antagonist's metrics and histogram; `slow` of its ops take slow_ns."""
    pairs = {low(ns): ops - slow}
    if slow:
        pairs[low(slow_ns)] = slow
    top = slow_ns if slow else ns
    return {"metrics": {"ops": ops, "ops_per_s": ops / 0.4, "p50_ns": float(ns),
                        "p99_ns": percentile(2 * ns, 10000, ops),
                        "max_ns": 1.5 * top, "late": 0},
            "hist_ns": sorted(pairs.items())}


def run(settings, block, position, fault_ns, roles, group):
    wobble = 1 + 0.004 * ((block * 5 + position) % 7 - 3)
    delay = DELAYS.get(settings.get("delay"), None)
    metrics = {"p50_ns": (fault_ns + (delay or 0)) * wobble,
               "p99_ns": percentile(0, 10000, 384),
               "max_ns": 3 * (fault_ns + (delay or 0)),
               "faults_per_s": 2e9 / (fault_ns + (delay or 0)),
               "switches_per_fault": 1 + wobble,
               "faults": 384, "touches": 384, "rounds": 6, "warmup_rounds": 2}
    if delay is not None:
        metrics["beyond_delay_p50_ns"] = fault_ns * wobble
        metrics["beyond_delay_p99_ns"] = percentile(0, 10000, 384)
    antagonists = []
    for name, made in roles:
        made = json.loads(json.dumps(made))
        for metric in ("p50_ns", "max_ns"):
            if isinstance(made["metrics"].get(metric), float):
                made["metrics"][metric] *= wobble
        antagonists.append({"name": name, **made})
    emit("run", time_s=START + 10 + block * 10 + position, block=block,
         position=position, cell=settings, group=group,
         command="faultline cell", elapsed_s=0.4, metrics=metrics, counters={},
         noise={}, antagonists=antagonists, placed=[])


def witness(settings, group, retries, census=True):
    user = settings["lock"] == "vma"
    metrics = {"mmap_locks_per_fault": retries if user else 1 + retries,
               "retries_per_fault": retries, "faults": 384,
               "path_vma_lock_share": float(user and not retries),
               "path_retried_share": retries,
               "path_mmap_lock_share": float(not user and not retries)}
    counts = [float(user and not retries), 0.0, retries, retries, 0.0, 0.0,
              1.0 * bool(retries)]
    for name, count in zip(ACCOUNTS, counts):
        if not census and name != "wakeups":
            count = {"absent": NO_CENSUS}
        metrics[name + "_per_fault"] = count
    emit("witness", time_s=START + 1, block=0, position=0, cell=settings,
         group=group, command="faultline cell", elapsed_s=0.2,
         evidence="bpf" if census else "tracepoint", verdict="held",
         claim="as promised", metrics=metrics, placed=[])


def blocks(cells):
    """Each is (settings, group, fault's ns, roles), in turn in each block."""
    for block in range(BLOCKS):
        for position, (settings, group, ns, roles) in enumerate(cells):
            run(settings, block, position, ns, roles, group)


def convoy():
    session("convoy.conf", "Who waits for whom?")
    names = ["fork where=elsewhere rate=20", "mprotect where=same rate=200",
             "fault where=elsewhere rate=50k"]
    cells = []
    for lock in ("vma", "mmap", "mmap-hold"):
        for delay in ("0", "100us", "1ms", "10ms"):
            held = DELAYS[delay] if lock == "mmap-hold" else 0
            settings = cell("fuse-read", lock, ", ".join(names), delay)
            # a bystander in its own VMA needs mmap_lock for one fault in 50
            roles = [operations(210e3 + held, 8),
                     operations(5e3 + held, 80),
                     operations(1.2e3, 20000, held, 400 if held else 0)]
            cells.append((settings, "waiting", 21e3 + held / 4,
                          list(zip(names, roles))))
            witness(settings, "waiting", 0.0 if lock == "mmap-hold" else 1.0,
                    census=lock != "mmap-hold")
    cells.append((cell("anon-write", "vma", "none"), "resident", 680, []))
    witness(cells[-1][0], "resident", 0.0)
    blocks(cells)


def hold_or_drop():
    session("hold-or-drop.conf", "Does a waiting fault hold its lock, or drop it?")
    cells = []
    for scenario in ("fuse-mkwrite", "fuse-read"):
        for lock in ("vma", "mmap"):
            for where in ("same", "elsewhere"):
                name = f"mprotect where={where} rate=200"
                holds = scenario == "fuse-mkwrite"
                held = 1.1e6 if holds and (lock == "mmap" or
                                           where == "same") else 0
                settings = cell(scenario, lock, name, "1ms")
                own = 5e3 if where == "same" else 1.4e3
                cells.append((settings, "waiting", 60e3,
                              [(name, operations(own + held, 80))]))
                witness(settings, "waiting", 0.0 if holds else 1.0)
    blocks(cells)


def policies():
    session("policies.conf", "What does a waiting fault do with its lock?")
    # retries a fault, and whether a writer on the same VMA, or on another,
    # waits
    rules = {"stock": (1.0, 0, 0), "retry-vma": (1.0, 0, 0),
             "hold": (0.0, 1, 0), "no-drop": (2.0, 0, 0),
             "mmap": (1.0, 0, 0), "mmap-hold": (0.0, 1, 1)}
    cells = []
    for policy, (retries, *held) in rules.items():
        for where, waits in zip(("same", "elsewhere"), held):
            name = f"mprotect where={where} rate=200"
            settings = cell("fuse-read", "vma", name, "1ms")
            settings = {"scenario": settings.pop("scenario"),
                        "lock": settings.pop("lock"), "policy": policy,
                        **settings}
            cells.append((settings, "waiting", 60e3,
                          [(name, operations(5e3 + 1.1e6 * waits, 80))]))
            witness(settings, "waiting", retries)
    blocks(cells)


def ragged():
    """Two of one name; a delay that none else has; cells without delay."""
    session("ragged.conf", "What if things are missing?")
    twice = "mprotect where=same rate=200"
    cells = []
    for antagonist in (f"{twice}, {twice}", twice):
        names = antagonist.split(", ")
        settings = cell("uffd-missing", "vma", antagonist, "1ms")
        cells.append((settings, "waiting", 9e3,
                      [(name, operations(30e3, 80)) for name in names]))
    witness(cells[0][0], "waiting", 1.0, census=False)
    names = ["spin", "brk rate=0 \u001b[5m"]
    settings = cell("memfd", "populate", ", ".join(names))
    nothing = {"metrics": {"ops": 0,
                           "p50_ns": {"absent": "there were no operations"}}}
    cells.append((settings, "odd-group", 900,
                  [(names[0], operations(1e3, 80)), (names[1], nothing)]))
    blocks(cells)


{"convoy": convoy, "hold-or-drop": hold_or_drop, "policies": policies,
 "ragged": ragged}[sys.argv[1]]()
