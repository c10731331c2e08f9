#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Makes up result files for tests of the gate: what it must say about them can be
read off the arguments. No machine measured these figures; their noise is a
hash, so that every run makes the same file.

    make_data.py NAME=VALUE... > results.jsonl

    label=base session=1   of the session
    slow=1.0               factor on the times of every arm b, or of all cells
                           of a file without arms, beside the antagonist
    shift=1.0              factor on all times of the file, alone ones as well
    noise=0.005            half the width of the noise
    blocks=8 arms=no       arms=yes: tag=a and tag=b within the file
    locks=0 retries=0      what the witness counts (of arm b)
    witness=held           held, broken, none
    without=SCENARIO       leaves it out
    skip=SCENARIO          its (arm b's) runs are skipped
    second=1.0             factor on the times of the arm measured second
    path=0                 instructions a fault, counted instead of time
    rate=50k cpu=TEXT release=TEXT boot=ID time=S until_decided=no order=mixed
"""
import hashlib
import json
import sys

OPTIONS = {
    "label": "base", "session": "1", "slow": "1", "shift": "1",
    "noise": "0.005", "blocks": "8", "arms": "no", "locks": "0",
    "retries": "0", "second": "1", "witness": "held", "without": "", "skip": "",
    "rate": "50k", "cpu": "Made-up CPU", "release": "6.18.44", "boot": "b1",
    "time": "1795490000", "until_decided": "no", "order": "mixed",
    "group": "resident", "path": "0",
}
SCENARIOS = {"anon-write": 700, "memfd": 600}


class Maker:
    def __init__(self, words):
        self.o = dict(OPTIONS)
        for word in words:
            name, value = word.split("=", 1)
            if name not in self.o:
                raise SystemExit(f"make_data.py: no option {name}")
            self.o[name] = value
        self.lines = []

    def number(self, name):
        return float(self.o[name])

    def noise(self, *what):
        """-noise .. noise, from a hash."""
        text = " ".join(map(str, (self.o["session"], *what)))
        word = hashlib.sha256(text.encode()).digest()[:4]
        unit = int.from_bytes(word, "big") / 0xffffffff
        return (2 * unit - 1) * self.number("noise")

    def emit(self, kind, **members):
        self.lines.append(json.dumps(
            {"type": kind, "session": "5e55" + self.o["session"], **members},
            separators=(",", ":")))

    def emit_session(self):
        extra = ({"until_decided": True}
                 if self.o["until_decided"] == "yes" else {})
        self.emit("session", schema=1, time_s=self.number("time"),
                  label=self.o["label"], plan_name="made-up.conf",
                  question="Made up: no machine measured these figures.",
                  plan="", seed=7, blocks=8, resumed=False, **extra,
                  facts={"machine.cpu": self.o["cpu"], "machine.pus": "4",
                         "machine.topology": "1 x 4",
                         "kernel.release": self.o["release"],
                         "kernel.arch": "x86_64",
                         "machine.icount":
                             "yes" if self.number("path") else "no",
                         "kernel.cmdline": "BOOT_IMAGE=/" + self.o["release"]
                                           + " ro quiet mitigations=auto",
                         "kernel.boot_id": self.o["boot"]})

    def cells(self):
        for scenario in SCENARIOS:
            if scenario == self.o["without"]:
                continue
            for antagonist in ("none", "mmap-munmap where=elsewhere rate="
                               + self.o["rate"]):
                for tag in ("a", "b") if self.o["arms"] == "yes" else ("none",):
                    yield {"scenario": scenario, "lock": "vma", "threads": "1",
                           "antagonist": antagonist, "pages": "512",
                           "tag": tag}

    def is_changed(self, cell):
        if self.o["arms"] == "yes":
            return cell["tag"] == "b"
        return cell["antagonist"] != "none"

    def common(self, cell, block, position):
        return {"time_s": self.number("time") + block * 100 + position,
                "block": block, "position": position, "cell": cell,
                "group": self.o["group"],
                "command": "faultline cell scenario=" + cell["scenario"]}

    def emit_witness(self, cell, position):
        b = cell["tag"] != "a"
        self.emit("witness", **self.common(cell, 0, position), elapsed_s=0.1,
                  evidence="tracepoint", verdict=self.o["witness"],
                  claim="promised 0.000 mmap_lock acquisitions per fault",
                  placed=[],
                  metrics={
                      "mmap_locks_per_fault": self.number("locks") if b else 0,
                      "retries_per_fault": self.number("retries") if b else 0,
                      "faults": 51200})

    def emit_run(self, cell, block, position, is_second):
        ns = SCENARIOS[cell["scenario"]] * self.number("shift")
        if cell["antagonist"] != "none":
            ns *= 1.5
        if self.is_changed(cell):
            ns *= self.number("slow")
        if is_second:
            ns *= self.number("second")
        # what drifts from block to block hits all alike
        ns *= 1 + 4 * self.noise("block", block)
        key = json.dumps(cell)
        if self.number("path"):
            no_time = {"absent": "instructions are counted here: no time"}
            self.emit("run", **self.common(cell, block, position),
                      elapsed_s=0.3, counters={}, noise={}, antagonists=[],
                      placed=[],
                      metrics={"instructions_per_fault": self.number("path"),
                               "p50_ns": no_time, "p99_ns": no_time,
                               "faults_per_s": no_time, "faults": 51200})
            return
        self.emit("run", **self.common(cell, block, position), elapsed_s=0.3,
                  metrics={
                      "p50_ns": ns * (1 + self.noise(key, block, "p50")),
                      "p99_ns": 3 * ns * (1 + self.noise(key, block, "p99")),
                      "faults_per_s":
                          1e9 / ns * (1 + self.noise(key, block, "rate")),
                      "present_p50_ns": 15 * self.number("shift"),
                      "faults": 51200},
                  counters={}, noise={}, antagonists=[], placed=[])

    def make(self):
        self.emit_session()
        cells = list(self.cells())
        if self.o["witness"] != "none":
            for i, cell in enumerate(cells):
                self.emit_witness(cell, i)
        for block in range(int(self.o["blocks"])):
            order = list(enumerate(cells))
            if self.o["order"] == "mixed":
                order.sort(key=lambda i: self.noise("order", block, i[0]))
            met = set()
            for position, (_, cell) in enumerate(order):
                row = (cell["scenario"], cell["antagonist"])
                is_second = row in met
                met.add(row)
                if cell["scenario"] == self.o["skip"] and cell["tag"] != "a":
                    if block == 0:
                        self.emit("skip", **self.common(cell, 0, position),
                                  of_witness=True,
                                  reason="made-up: it cannot run here")
                    continue
                self.emit_run(cell, block, position, is_second)
        return "\n".join(self.lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(Maker(sys.argv[1:]).make())
