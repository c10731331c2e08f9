#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Makes up A/A results whose noise is known, for tests of faultstat calibrate. No
machine measured these figures; their noise is a hash, so that every run makes
the same file.

    make_data.py NAME=VALUE... > results.jsonl

    blocks=16 session=1 time=S cpu=TEXT emulated=no
    sigma=0.01      of log(p50), normal, of each run on its own
    apart=0         instead: arm b differs from a by exactly so much, up in even
                    blocks and down in odd ones
    drift=0         of each block, alike for all of its runs
    second=1        factor on what is measured second of two arms
    often=0.5       how often arm a is the first
    beside=1        factor on cells beside the antagonist
    spin=35         ns of the positive control; 0: none
    tags=yes        no: a cell has no twin
"""
import hashlib
import json
import math
import statistics
import sys

OPTIONS = {"blocks": "16", "session": "1", "time": "1795490000",
           "cpu": "Made-up CPU", "emulated": "no", "sigma": "0.01", "apart": "0", "drift": "0",
           "second": "1", "often": "0.5", "beside": "1", "spin": "35", "tags": "yes"}
NORMAL = statistics.NormalDist()
BESIDE = "mprotect where=elsewhere rate=10k"


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

    def unit(self, *what):
        """0 .. 1, from a hash."""
        text = " ".join(map(str, (self.o["session"], *what)))
        word = hashlib.sha256(text.encode()).digest()[:6]
        return (int.from_bytes(word, "big") + 0.5) / 2 ** 48

    def emit(self, kind, **members):
        self.lines.append(json.dumps(
            {"type": kind, "session": "aa" + self.o["session"], **members}))

    def cells(self):
        base = {"scenario": "memfd", "lock": "vma", "threads": "1"}
        for antagonist in ("none", BESIDE):
            for tag in ("a", "b") if self.o["tags"] == "yes" else ("none",):
                yield {**base, "antagonist": antagonist, "spin": "0",
                       "tag": tag}
        if self.number("spin"):
            for spin in (20, 20 + self.number("spin")):
                yield {**base, "antagonist": "none", "spin": f"{spin:g}ns",
                       "tag": "none"}

    def p50(self, cell, block):
        log = self.number("drift") * (2 * self.unit("block", block) - 1)
        if self.number("apart"):
            if cell["tag"] == "b":
                log += self.number("apart") * (1 if block % 2 == 0 else -1)
        else:
            log += self.number("sigma") * NORMAL.inv_cdf(
                self.unit(json.dumps(cell), block))
        ns = 1000 * math.exp(log)
        if cell["antagonist"] != "none":
            ns *= self.number("beside")
        return ns + float(cell["spin"].replace("ns", ""))

    def place(self, cell, block):
        """By what a block is sorted: arms stand side by side."""
        row = {**cell, "tag": "", "spin": cell["spin"] == "0"}
        a_first = self.unit("first", row, block) < self.number("often")
        is_a = cell["tag"] == "a" or cell["spin"] == "20ns"
        return self.unit("at", row, block), is_a != a_first

    def make(self):
        time_s = self.number("time")
        self.emit("session", schema=1, time_s=time_s, plan_name="made-up.conf",
                  label="session " + self.o["session"], plan="", seed=7,
                  question="Made up: no machine measured these figures.",
                  blocks=int(self.o["blocks"]), resumed=False,
                  facts={"machine.cpu": self.o["cpu"], "machine.pus": "4",
                         "machine.emulated": self.o["emulated"],
                         "machine.topology": "1 x 4", "kernel.arch": "x86_64",
                         "kernel.boot_id": "b1", "kernel.release": "6.18.44",
                         "clock.ns_per_tick": "0.3"})
        for block in range(int(self.o["blocks"])):
            met = set()
            order = sorted(self.cells(),
                           key=lambda c: self.place(c, block))
            for position, cell in enumerate(order):
                row = (cell["antagonist"], cell["spin"] == "0")
                ns = self.p50(cell, block)
                if row in met:
                    ns *= self.number("second")
                met.add(row)
                self.emit("run", time_s=time_s + block, block=block,
                          position=position, cell=cell, group="resident",
                          command="faultline cell scenario=memfd",
                          elapsed_s=0.3, counters={}, noise={},
                          antagonists=[], placed=[],
                          metrics={"p50_ns": ns, "faults_per_s": 1e9 / ns})
        return "\n".join(self.lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(Maker(sys.argv[1:]).make())
