# SPDX-License-Identifier: GPL-2.0-or-later
"""make in a kernel's tree: niced, its words in a log, progress told, what it
took added up over interruptions."""
import ctypes
import json
import os
import platform
import resource
import shutil
import signal
import subprocess
import time

from common import cache
from trouble import Trouble

TELL_S = 60


def compiler(variant):
    """The compiler's name; a cross compiler where the machine is another."""
    native = platform.machine() in variant.how.machines
    return "gcc" if native else f"{variant.how.cross}gcc"


def read_json(path):
    """What a file has; {} when there is none."""
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return {}


def make_environment():
    """Ours without what would turn make, and a ccache of the lab's own. Each
    tree compiles in its folder out, by relative names: what one tree has
    compiled is found by all."""
    clean = {name: value for name, value in os.environ.items()
             if not name.startswith(("KBUILD_", "KCONFIG_", "CCACHE_", "MAKE"))
             and name not in ("ARCH", "CROSS_COMPILE", "CC", "LOCALVERSION",
                              "CFLAGS", "O", "V", "W", "C", "LLVM")}
    return {**clean, "LC_ALL": "C", "CCACHE_NOHASHDIR": "1",
            "CCACHE_DIR": str(cache() / "ccache"),
            "CCACHE_MAXSIZE": "5G", "CCACHE_COMPRESS": "1"}


def begin_make():
    """In the child: make is to give way to others, and to stop when the lab is
    killed."""
    os.setsid()
    os.nice(19)
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def cpu_s():
    """Of the children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Make:
    """A tree's make; release is what the kernel's version ends with."""

    def __init__(self, variant, tree, cc, release, jobs):
        self.variant, self.tree = variant, tree
        self.log = tree / "out" / "faultline.log"
        self.spent = tree / "out" / "faultline.spent"
        self.nr = 0
        ccache = "ccache " if shutil.which("ccache") else ""
        self.words = [
            "make", "O=out", f"-j{jobs}", f"ARCH={variant.how.kernel}",
            f"CC={ccache}{cc}", f"LOCALVERSION={release}",
            "KBUILD_BUILD_USER=faultline", "KBUILD_BUILD_HOST=lab",
            "KBUILD_BUILD_TIMESTAMP=@0", "KBUILD_BUILD_VERSION=1"]
        if cc != "gcc":
            self.words.append(f"CROSS_COMPILE={variant.how.cross}")
        self.log.write_text("")

    def run(self, target, **environment):
        """Makes a target, or ends in Trouble with the words of the error."""
        began = told = time.monotonic()
        began_cpu_s = cpu_s()
        make = subprocess.Popen(
            [*self.words, target], cwd=self.tree, text=True, errors="replace",
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, preexec_fn=begin_make,
            env={**make_environment(), **environment})
        try:
            with open(self.log, "a", encoding="utf-8") as log:
                for line in make.stdout:
                    log.write(line)
                    self.nr += line.startswith("  CC ")
                    if time.monotonic() - told >= TELL_S:
                        told = time.monotonic()
                        log.flush()
                        self.tell(told - began)
            status = make.wait()
        finally:
            if make.poll() is None:
                os.killpg(make.pid, signal.SIGTERM)
                make.wait()
            make.stdout.close()
            self.add_spent(cpu_s() - began_cpu_s, time.monotonic() - began)
        if status:
            raise Trouble(f"{self.variant.name}: make failed; its words are in "
                          f"{self.log}:\n{self.errors()}")

    def tell(self, wall_s):
        print(f"faultlab: {self.variant.name}: {self.nr} objects of about "
              f"{self.variant.cost()[1]}, {wall_s / 60:.0f} minutes", flush=True)

    def add_spent(self, cpu, wall):
        have = read_json(self.spent)
        self.spent.write_text(json.dumps({
            "cpu_s": round(have.get("cpu_s", 0) + cpu, 2),
            "wall_s": round(have.get("wall_s", 0) + wall, 2),
            "objects": have.get("objects", 0) + self.nr}))
        self.nr = 0

    def take_spent(self):
        """What all attempts at this kernel took, which begins anew."""
        have = read_json(self.spent)
        self.spent.unlink()
        return have

    def errors(self):
        lines = self.log.read_text(encoding="utf-8").splitlines()
        told = [line for line in lines if "***" in line or "rror:" in line]
        return "\n".join((told or lines)[-8:])
