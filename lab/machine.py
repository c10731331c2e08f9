# SPDX-License-Identifier: GPL-2.0-or-later
"""One boot of one kernel under QEMU: what it says, as it says it.

The guest has four ports to the host, each a pipe here: `results` (records),
`flight` (what is about to run), `output` (what a person would read) and
`status`; and a console, for a kernel's last words. A record that the guest has
written is here: the guest's driver waits until the host has it.
"""
import ctypes
import fcntl
import json
import os
import pathlib
import re
import selectors
import signal
import subprocess
import tempfile
import time
import typing

import common
from trouble import Trouble

# One host thread for all CPUs of an emulated guest: with a thread each, a guest
# died of an int3 of its own while a tracepoint was switched on.
ACCELS = {"kvm": "kvm", "tcg": "tcg,thread=single"}
# The same instructions in the same order at each boot, one a nanosecond: no
# time of the host's, no randomness, nothing that ends when the host likes.
REPEATABLE = ("-icount", "shift=0,sleep=off", "-seed", "42",
              "-rtc", "base=2025-01-01T00:00:00,clock=vm")
PORTS = ("results", "flight", "output", "status")
PIPE_BYTES = 1 << 20  # a guest never waits for who reads its ports
BOOT_LIMIT_S = 400   # until the init is up: with KASAN, on a busy host, minutes
COUNTING_SLOWER = 6  # a boot that counts takes so many times as long
PROBE_LIMIT_S = 20   # the same for a try whether KVM works
SILENCE_LIMIT_S = 600

LAST_WORDS = re.compile(r"BUG:|Oops|Kernel panic|general protection|"
                        r"kernel BUG at|Unable to handle|watchdog: ")


class Arch(typing.NamedTuple):
    """What QEMU is told for a processor architecture."""
    qemu: str
    package: str         # Debian's, that has it
    machine: tuple       # words of the command line
    host: str            # uname -m of a host that may run it with KVM
    cpu: str             # emulated
    counted_cpu: str     # emulated, when instructions are counted
    console: str
    line: tuple          # words of the kernel's command line


# cmpxchg16b is emulated wrongly by QEMU 7.2: kernels from 6.9 on crash. Of
# `rep stosb` each byte counts as one instruction, so kernels are to use others.
# Signing of pointers is emulated slowly, unless it may be done in any way. The
# counter of arm64 goes by 16 ns unless it is to be faster.
# An emulated timer is late on a busy host: an x86 kernel that tries whether it
# works does not come up.
ARCHES = {
    "amd64": Arch("qemu-system-x86_64", "qemu-system-x86", (), "x86_64",
                  "max,-cx16", "max,-cx16,-erms,-fsrm", "ttyS0",
                  ("no_timer_check",)),
    "arm64": Arch("qemu-system-aarch64", "qemu-system-arm",
                  ("-machine", "virt"), "aarch64", "max,pauth-impdef=on",
                  "max,pauth-impdef=on,cntfrq=1000000000", "ttyAMA0", ()),
}


class Shape:
    """What the guest looks like: cpus=4,sockets=2,nodes=2,mem=1G."""

    def __init__(self, text=""):
        self.cpus, self.sockets, self.threads, self.nodes = 2, 1, 1, 1
        self.mem_mib = 1024
        for part in filter(None, text.split(",")):
            name, _, value = part.partition("=")
            if name == "mem" and re.fullmatch(r"\d+[MG]", value):
                self.mem_mib = int(value[:-1]) * (1024 if value[-1] == "G" else 1)
            elif name in ("cpus", "sockets", "threads", "nodes") and \
                    re.fullmatch(r"[1-9]\d*", value):
                setattr(self, name, int(value))
            else:
                raise Trouble(f"--shape {text}: {part} is not known; such as "
                              "cpus=4,sockets=2,threads=1,nodes=2,mem=1G")
        if self.cpus % (self.sockets * self.threads) or \
                self.cpus % self.nodes:
            raise Trouble(f"--shape {text}: {self.cpus} CPUs cannot be dealt "
                          "out evenly; name cpus, sockets, threads and nodes")

    def arguments(self):
        cores = self.cpus // self.sockets // self.threads
        words = ["-m", f"{self.mem_mib}M", "-smp",
                 f"{self.cpus},sockets={self.sockets},cores={cores},"
                 f"threads={self.threads}"]
        per_node = self.cpus // self.nodes
        if self.nodes > 1:
            for n in range(self.nodes):
                words += ["-object", f"memory-backend-ram,id=m{n},"
                          f"size={self.mem_mib // self.nodes}M",
                          "-numa", f"node,nodeid={n},memdev=m{n},"
                          f"cpus={n * per_node}-{(n + 1) * per_node - 1}"]
            for a in range(self.nodes):
                for b in range(self.nodes):
                    if a != b:
                        words += ["-numa", f"dist,src={a},dst={b},val=21"]
        return words


class Boot:
    """What became of a boot."""

    def __init__(self):
        self.up = False       # init ran
        self.status = None    # of the command; None: the machine died
        self.why = ""         # then: its last words, in one line
        self.console = ""


def last_words(console):
    """The first lines of what a dying kernel said, times cut off, as one
    line; "" when it said nothing of the kind."""
    lines = [re.sub(r"^(<\d+>)?\[\s*\d+\.\d+\]\s*(\[\s*T?\d+\]\s*)?", "", line)
             for line in console.replace("\r", "").splitlines()]
    for i, line in enumerate(lines):
        if LAST_WORDS.search(line):
            told = [w.strip() for w in lines[i:i + 30] if re.search(
                r"^(RIP|Call Trace|pc|Comm|CPU):? ?|" + LAST_WORDS.pattern, w)]
            return " | ".join(told[:5])
    return ""


class Lines:
    """Bytes as they come, handed on by whole lines."""

    def __init__(self, take):
        self.rest, self.take = b"", take

    def add(self, data):
        *whole, self.rest = (self.rest + data).split(b"\n")
        for line in whole:
            self.take(line + b"\n")


def command_line(kernel, shape, how, initrd, append, fds):
    """QEMU's. how.counting: the guest has no disk, whose reads would end when
    the host likes."""
    arch = ARCHES[kernel.arch]
    cpu = "host" if how.accel == "kvm" else \
        arch.counted_cpu if how.counting else arch.cpu
    words = [arch.qemu, *arch.machine, "-nodefaults", "-no-user-config",
             "-display", "none", "-no-reboot", "-accel", ACCELS[how.accel],
             "-cpu", cpu, *shape.arguments(), "-kernel", str(kernel.image),
             "-initrd", str(initrd),
             "-chardev", f"file,id=console,path=/dev/fd/{fds['console']}",
             "-serial", "chardev:console",
             "-device", "virtio-serial-pci,ioeventfd=" +
             ("off" if how.counting else "on")]
    if how.disk:
        words += ["-drive",
                  f"file={how.disk},if=virtio,format=raw,snapshot=on"]
    if how.counting:
        words += REPEATABLE
    for name in PORTS:
        words += ["-chardev", f"file,id={name},path=/dev/fd/{fds[name]}",
                  "-device", f"virtserialport,chardev={name},name={name}"]
    line = [f"console={arch.console}", "panic=-1", "oops=panic", "quiet",
            "loglevel=4", "secretmem.enable=1", *arch.line,
            f"faultline.emulated={'tcg' if how.accel == 'tcg' else 'no'}"]
    if how.counting:
        line += ["faultline.icount=yes"]
    return [*words, "-append", " ".join(line + ([append] if append else []))]


def end_with_us():
    """In the child: QEMU is not to outlive a lab that was killed."""
    os.setsid()
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class How(typing.NamedTuple):
    """How a guest is run."""
    accel: str             # "kvm" or "tcg"
    disk: typing.Any       # a file that is its disk, or None
    counting: bool = False # repeatable, a nanosecond for each instruction


def boot(kernel, shape, how, initrd, takers, append="",
         up_limit_s=BOOT_LIMIT_S):
    """Boots, hands lines on to takers[port](line), and returns a Boot when the
    machine has ended or had to be ended."""
    made = Boot()
    if how.counting:
        up_limit_s *= COUNTING_SLOWER
    console = bytearray()

    def take_status(line):
        words = line.split()
        if words == [b"lab:", b"up"]:
            made.up = True
        elif words[:1] == [b"exit"]:
            made.status = int(words[1])

    ports = {name: Lines(takers.get(name, lambda line: None)) for name in PORTS}
    ports["status"] = Lines(take_status)
    began = time.monotonic()
    selector, write_fds = selectors.DefaultSelector(), {}
    for name in (*PORTS, "console"):
        read_fd, write_fds[name] = os.pipe()
        fcntl.fcntl(read_fd, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        selector.register(read_fd, selectors.EVENT_READ, name)
    words = command_line(kernel, shape, how, initrd, append, write_fds)
    try:
        qemu = subprocess.Popen(words, stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE,
                                pass_fds=list(write_fds.values()),
                                preexec_fn=end_with_us)
    except FileNotFoundError:
        raise Trouble(f"{words[0]} is not installed (Debian: "
                      f"{ARCHES[kernel.arch].package}); scripts/setup.sh "
                      "--lab installs what the lab needs") from None
    finally:
        for fd in write_fds.values():
            os.close(fd)
    heard = time.monotonic()
    try:
        while selector.get_map():
            for key, _ in selector.select(1):
                data = os.read(key.fd, 1 << 16)
                heard = time.monotonic()
                if not data:
                    selector.unregister(key.fd)
                    os.close(key.fd)
                elif key.data == "console":
                    console += data
                else:
                    ports[key.data].add(data)
            now = time.monotonic()
            if not made.up and now - began > up_limit_s:
                made.why = f"it was not up after {up_limit_s} s"
                break
            if now - heard > SILENCE_LIMIT_S:
                made.why = f"it said nothing for {SILENCE_LIMIT_S} s"
                break
    finally:
        if qemu.poll() is None and (made.why or selector.get_map()):
            qemu.kill()
        said = qemu.stderr.read().decode(errors="replace").strip()
        qemu.stderr.close()
        qemu.wait()
        for key in list(selector.get_map().values()):
            os.close(key.fd)
        selector.close()
    made.console = console.decode(errors="replace")
    if made.status is None:
        made.why = last_words(made.console) or made.why or \
            said.split("\n")[0] or "it ended without a word"
    return made


def choose_accel(kernel, wanted, initrd, disk):
    """("kvm" or "tcg", why not kvm): kvm where this kernel comes up with it,
    which is tried once for each boot of the host."""
    if wanted != "auto":
        return wanted, ""
    if os.uname().machine != ARCHES[kernel.arch].host:
        return "tcg", f"this machine is {os.uname().machine}"
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "tcg", "no /dev/kvm for this user"
    path = common.cache() / "kvm.json"
    try:
        known = json.loads(path.read_text())
    except (OSError, ValueError):
        known = {}
    host = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    key = f"{host} {kernel.image.resolve()} {kernel.image.stat().st_mtime_ns}"
    if key not in known:
        tried = boot(kernel, Shape("cpus=1,mem=512M"), How("kvm", disk),
                     initrd, {}, append="faultlab.probe",
                     up_limit_s=PROBE_LIMIT_S)
        known = {k: v for k, v in known.items() if k.startswith(host)}
        known[key] = "" if tried.up else tried.why
        new = tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False)
        with new:
            json.dump(known, new)
        os.replace(new.name, path)
    return ("tcg", known[key]) if known[key] else ("kvm", "")
