# SPDX-License-Identifier: GPL-2.0-or-later
"""A command of faultline in guests: one boot, or, when the machine dies in a
run, as many as it takes to come to the end of the plan."""
import json
import os
import pathlib
import shlex
import sys
import tempfile
import time
import uuid

import common
import cross
import guest
import machine
from trouble import Trouble

TREE = pathlib.Path(__file__).resolve().parent.parent
INSERT = ("insmod /lab/{0} {1} || {{ echo faultlab: {0} was not loaded: >&2; "
          "dmesg | tail -n 3 >&2; exit 2; }}")
EMULATED = "emulated: counts and paths hold, times are screening only"
COUNTING = "emulated, instructions are counted: path length, no time"
# Of the guest's time, in which what the kernel puts off at boot is done. It
# costs little: a guest that counts leaps over the time in which it is idle.
SETTLE_S = 3
# e_machine of an ELF file's header: EM_X86_64, EM_AARCH64 of <elf.h>.
MACHINES = {"amd64": 62, "arm64": 183}


def find_build(build=None, arch=None):
    """Where faultline is built for an architecture; None is this machine's."""
    arch = arch or next(filter(cross.is_native, cross.GNU), "amd64")
    native = cross.is_native(arch)
    build = pathlib.Path(build or TREE / ("build" if native else
                                          f"build-{arch}"))
    program = build / "bin" / "faultline"
    how = "cmake --preset bench && cmake --build --preset bench" if native \
        else "lab/faultlab cross"
    if not program.exists():
        raise Trouble(f"no {program}: build it first ({how}), or say where: "
                      "--build")
    with open(program, "rb") as f:
        head = f.read(20)
    if head[:4] == b"\x7fELF" and \
            int.from_bytes(head[18:20], "little") != MACHINES[arch]:
        raise Trouble(f"{program} is not for {arch}; build one that is "
                      f"({how}), or say where: --build")
    return build


def find_program(build=None, arch=None):
    return str(find_build(build, arch) / "bin" / "faultline")


class NotUp(Trouble):
    """A guest whose init never ran."""


def find_config(name):
    """The file, else that of this name in configs/."""
    path = pathlib.Path(name)
    if "/" not in str(name) and not path.exists():
        path = TREE / "configs" / name
    if not path.exists():
        raise Trouble(f"{name}: there is no such file")
    return path


class Results:
    """The result file of a run in a guest: appended to and synced record by
    record.

    A guest that counts instructions gives itself the same ids and the same
    dates at each boot. In its records they are the host's instead (own_ids),
    or readers would take the second boot for a copy of the first."""

    def __init__(self, path, resume, own_ids=False):
        self.path, self.last, self.nr = path, None, 0
        self.own_ids, self.id = own_ids, None
        if os.path.exists(path) and not resume:
            raise Trouble(f"{path}: is there already; choose another name, or "
                          "go on with it by --resume")
        open(path, "ab").close()

    def append(self, line):
        with open(self.path, "ab") as f:
            f.write(line)
            f.flush()
            os.fsync(f.fileno())
        self.nr += 1

    def bytes(self):
        return pathlib.Path(self.path).read_bytes()

    def take_flight(self, line):
        self.last = self.named(json.loads(line)) if self.own_ids else line

    def named(self, record):
        """The record as a line, by the ids that it is to have."""
        if record["type"] == "session":
            self.id = uuid.uuid4().hex[:16]
            record["facts"]["kernel.boot_id"] = self.id
        record["session"], record["time_s"] = self.id, time.time()
        return json.dumps(record, ensure_ascii=False,
                          separators=(",", ":")).encode() + b"\n"

    def take_record(self, line):
        record = json.loads(line)
        self.append(self.named(record) if self.own_ids else line)
        if record["type"] != "session":
            self.last = None

    def bury(self, why):
        """The fail record of what was running when the machine died; False
        when nothing was."""
        if not self.last:
            return False
        record = json.loads(self.last)
        record["time_s"] = time.time()
        record["reason"] = f"the machine died in this run: {why}"
        self.append(json.dumps(record).encode() + b"\n")
        self.last = None
        print(f"FAILED: {record['reason']}\n    {record['command']}", flush=True)
        return True


def take_output(line):
    sys.stdout.buffer.write(line)
    sys.stdout.flush()


class Guest:
    """A kernel with all that its boots have in common."""

    def __init__(self, options, kernel):
        self.options, self.kernel = options, kernel
        self.shape = machine.Shape(options.shape)
        program = find_program(options.build, kernel.arch)
        disk = common.cache() / "disk.ext4"
        guest.make_disk(disk)
        if options.count_instructions:
            if options.accel == "kvm":
                raise Trouble("--count-instructions: an emulated machine "
                              "counts them, KVM does not")
            self.base = guest.make(kernel, program, disk)
            self.how, self.why = machine.How("tcg", None, True), ""
            return
        self.base = guest.make(kernel, program)
        with tempfile.NamedTemporaryFile(prefix="faultlab-") as initrd:
            initrd.write(self.base + guest.make_boot("exit 0", {}))
            initrd.flush()
            accel, self.why = machine.choose_accel(
                kernel, options.accel, initrd.name, disk)
        self.how = machine.How(accel, disk)

    @property
    def accel(self):
        return self.how.accel

    @accel.setter
    def accel(self, accel):
        self.how = self.how._replace(accel=accel)

    def how_told(self):
        """What its figures are."""
        return COUNTING if self.how.counting else \
            EMULATED if self.accel == "tcg" else "KVM"

    def describe(self):
        s, how = self.shape, self.how_told()
        if self.why:
            how += f" (KVM: {self.why})"
        return (f"{self.kernel.release}, {s.cpus} CPUs, {s.sockets} sockets, "
                f"{s.nodes} nodes, {s.mem_mib} MiB; {how}")

    def boot(self, command, files, takers):
        if self.options.module:
            module = pathlib.Path(self.options.module)
            files = {**files, module.name: module.read_bytes()}
            insert = INSERT.format(shlex.quote(module.name),
                                   self.options.module_args)
            command = f"{insert}\n{command}"
        if self.how.counting:
            command = f"sleep {SETTLE_S}; {command}"
        with tempfile.NamedTemporaryFile(prefix="faultlab-") as initrd:
            initrd.write(self.base + guest.make_boot(command, files))
            initrd.flush()
            made = machine.boot(self.kernel, self.shape, self.how, initrd.name,
                                takers, self.options.append)
        if self.options.console:
            with open(self.options.console, "a", encoding="utf-8") as f:
                f.write(made.console)
        if not made.up:
            tail = "\n".join(made.console.splitlines()[-8:])
            raise NotUp(f"{self.kernel.name} did not come up: {made.why}\n"
                        f"{tail}")
        return made


def split_run(words):
    """faultline run's own arguments: (config, output, resume, the others)."""
    config, output, resume, others = None, "results.jsonl", False, []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        name, equals, value = word.partition("=")
        if name in ("-o", "--output") or word.startswith("-o"):
            output = value if equals else word[2:] if word[2:] and \
                name != "--output" else rest.pop(0) if rest else ""
        elif word in ("-r", "--resume"):
            resume = True
        elif word in ("-l", "--label", "-s", "--seed"):
            others += [word, *rest[:1]]
            rest = rest[1:]
        elif name in ("--until-decided", "--at-most"):
            raise Trouble(f"run {name}: not in a guest, which does not have "
                          "the whole file; use more blocks")
        elif word.startswith("-"):
            others.append(word)
        elif config:
            raise Trouble(f"run: {config} or {word}? one config a run")
        else:
            config = word
    if not config or not output:
        raise Trouble("run: which config? run CONFIG [-o FILE] [--label TEXT]")
    return find_config(config), output, resume, others


def run_plan(made, words):
    """`faultline run`: boots until the plan is done, and its exit status."""
    config, output, resume, others = split_run(words)
    results = Results(output, resume, made.how.counting)
    takers = {"results": results.take_record, "flight": results.take_flight,
              "output": take_output}
    for deaths in range(made.options.deaths + 1):
        files = {config.name: config.read_bytes(), "done": results.bytes()}
        ended = made.boot(shlex.join(
            ["exec", "faultline", "run", f"/lab/{config.name}", "-o",
             "/dev/lab-results", "--resume", "--done", "/lab/done",
             "--in-flight", "/dev/lab-flight", *others]), files, takers)
        if ended.status is not None:
            end = f"exit status {ended.status}"
            break
        if not results.bury(ended.why):
            raise Trouble(f"the machine died outside of any run: {ended.why}; "
                          f"{output} has what was measured")
        end = f"given up after {deaths + 1} deaths; go on with --resume"
    status = 1 if ended.status is None else ended.status
    print(f"faultlab: {made.kernel.name}: {results.nr} records in {output}; "
          f"{deaths} deaths; {end}; {made.describe()}")
    return status


def run(options, kernel, words):
    if options.module and not os.path.isfile(options.module):
        raise Trouble(f"--module {options.module}: there is no such file; "
                      "lab/faultlab module builds the lab's own")
    made = Guest(options, kernel)
    print(f"faultlab: {made.describe()}", flush=True)
    if words[0] == "run":
        return run_plan(made, words[1:])
    files = {}
    if words[0] == "plan" and len(words) > 1:
        config = split_run(words[1:])[0]
        files = {config.name: config.read_bytes()}
        words = ["plan", f"/lab/{config.name}"]
    command = " ".join(words[1:]) if words[0] == "sh" else \
        shlex.join(["exec", "faultline", *words])
    ended = made.boot(command, files, {"output": take_output})
    if ended.status is None:
        raise Trouble(f"the machine died: {ended.why}")
    print(f"faultlab: {kernel.name}: exit status {ended.status}; "
          f"{made.describe()}")
    return ended.status
