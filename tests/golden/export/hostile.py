# SPDX-License-Identifier: GPL-2.0-or-later
"""Result files made for the exports: one whose every text tries to be more
than text, and a history of sessions."""
import json

# Ends a line, a field, a tag, a signal, a directive, a name; no XML, no space.
BAD = "a,b\"c\r\n'<&>]]>=;#/\\ \t\u00a0\u0085\u2028\uffff\uffee\x1b[2Jz"
ODD_METRIC = "a=b>\"\r\n# :<\u00a0_per_s"
NAMES = ["p50_ns", "p99_ns", "faults_per_s", "faults"]


def cell(**changes):
    pairs = {"scenario": "hostile", "lock": "vma", "threads": "1",
             "antagonist": "none", "tag": "none"}
    pairs.update(changes)
    return pairs


def line(kind, session, number, pairs, **members):
    record = {"type": kind, "session": session, "time_s": 1795490000 + number,
              "block": number, "position": 0, "cell": pairs,
              "command": f"faultline cell {BAD}", **members}
    if kind in ("run", "witness"):
        record.update(elapsed_s=0.1, counters={}, noise={}, antagonists=[],
                      placed=[])
    return record


def session(ident, time_s, label, facts, **members):
    return {"type": "session", "schema": 1, "session": ident,
            "time_s": time_s, "label": label, "plan_name": "x.conf",
            "question": "", "plan": "", "seed": 1, "blocks": 1,
            "resumed": False, "facts": facts, **members}


def runs(ident, first, pairs, values):
    for i, value in enumerate(values):
        yield line("run", ident, first + i, pairs, metrics=dict(
            zip(NAMES, (value, 2 * value, 1e9 / value, 20000))))


def hostile():
    bad = BAD
    facts = {"machine.cpu": bad, "kernel.release": bad, "kernel.arch": bad,
             "kernel.version": bad, f"machine.{bad}": bad}
    yield session(bad, 1795490000, bad, facts)
    plain = cell()
    yield from runs(bad, 0, plain, [100, 101, 102, 103, 104, 105])
    yield line("witness", bad, 6, plain, evidence=bad, verdict="broken",
               claim="TODO SKIP # TODO later\nok 99 - # SKIP it",
               metrics={"mmap_locks_per_fault": 1.5})
    # different cells that would be the same word
    for number, tag in enumerate(("x y", "x_y", "x/y", "-2", bad, "#SKIP")):
        yield from runs(bad, 10 + number, cell(tag=tag), [100 + number])
    yield line("fail", bad, 30, cell(scenario=bad), of_witness=False,
               reason="SKIP # TODO\n1..0 # skip\nBail out!\n" + bad)
    yield line("skip", bad, 31, cell(scenario="# SKIP"), of_witness=False,
               reason=bad)
    yield line("fail", bad, 32, cell(scenario="half"), of_witness=True,
               reason="</testcase>" + bad)
    odd = line("run", bad, 33, cell(scenario="half"), metrics={
        "p50_ns": 1e300, f"x{bad}_ns": 5, "p99_ns": {"absent": bad},
        ODD_METRIC: 1, "faults_per_s": 0.1})
    odd["time_s"] = 1e300
    odd["antagonists"] = [{"name": bad, "metrics": {"p50_ns": 7, bad: 1},
                           "hist_ns": []}]
    yield odd


def night(number, value, resumed=False):
    """One file of a history: its label and kernel are of that night."""
    ident = f"night{number}"
    day = 1795490000 + 86400 * number
    yield session(ident, day, f"n{number}",
                  {"kernel.release": f"7.{number}", "kernel.boot_id": ident})
    yield from runs(ident, 0, cell(scenario="memfd"), [value, value + 1])
    if number:  # a cell that the first night did not have
        yield from runs(ident, 4, cell(scenario="late"), [5, 6])
    if resumed:
        yield session(f"{ident}b", day + 60, f"n{number}",
                      {"kernel.release": f"7.{number}"}, resumed=True)
        yield from runs(f"{ident}b", 2, cell(scenario="memfd"),
                        [value + 2, value + 3])


def text(records):
    return "".join(json.dumps(record) + "\n" for record in records)
