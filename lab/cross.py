# SPDX-License-Identifier: GPL-2.0-or-later
"""faultline for another architecture than this machine's: Debian's libraries
for it, unpacked beside and not installed, and a build against them.

The libraries are of the suite that this machine runs, as the cross compiler's
own C library is.
"""
import fcntl
import os
import pathlib
import re
import shutil
import subprocess

from common import cache, tool
from packages import Archive, own_suite
from trouble import Trouble

TREE = pathlib.Path(__file__).resolve().parent.parent

# By Debian's name for the architecture: what GNU and QEMU call it, and the
# compiler's package. cmake/HOST.cmake and a preset of Debian's name go with it.
GNU = {"amd64": "x86_64", "arm64": "aarch64"}
COMPILER = "gcc-{}-linux-gnu"

# What the build takes (those of scripts/setup.sh that have libraries), with
# all that they depend on; what runs the guest's init; and what runs the tests.
LIBRARIES = ("libc6-dev", "libhwloc-dev", "libjansson-dev", "libinih-dev",
             "libpfm4-dev", "libfuse3-dev", "libbpf-dev", "libcmocka-dev",
             "busybox-static", "python3")


def is_native(arch):
    return os.uname().machine == GNU[arch]


def sysroot_folder(arch):
    """Where cmake/*.cmake looks for it too."""
    return cache() / f"sysroot-{arch}"


def inside(root, link):
    """Links that lead from / lead from the root of the tree instead."""
    target = os.readlink(link)
    if target.startswith("/"):
        link.unlink()
        link.symlink_to(os.path.relpath(root / target[1:], link.parent))


def sysroot(arch):
    """The libraries for this architecture, fetched unless they are there."""
    folder = sysroot_folder(arch)
    suite = own_suite()
    made_of = " ".join((suite, *LIBRARIES)) + "\n"
    stamp = folder / "made-of"
    with open(cache() / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text() == made_of:
            return folder
        work = folder.with_name(folder.name + ".new")
        shutil.rmtree(work, ignore_errors=True)
        (work / "debs" / "partial").mkdir(parents=True)
        archive = Archive(arch)
        archive.update()
        archive.download_with_needs(LIBRARIES, work / "debs")
        for package in (work / "debs").glob("*.deb"):
            tool("dpkg-deb", "--extract", str(package), str(work))
        shutil.rmtree(work / "debs")
        for path in work.rglob("*"):
            if path.is_symlink():
                inside(work, path)
        (work / "made-of").write_text(made_of)
        shutil.rmtree(folder, ignore_errors=True)
        work.rename(folder)
    return folder


def busybox(arch):
    """A busybox of this architecture that needs no library."""
    return sysroot(arch) / "bin" / "busybox"


def libraries(arch, *programs):
    """[(name in the guest, file)]: the program interpreter of each and the
    libraries that it needs, and these need, all of them in the sysroot."""
    root = sysroot(arch)
    places = [root / place / f"{GNU[arch]}-linux-gnu"
              for place in ("lib", "usr/lib")]
    found, todo = {}, list(programs)
    while todo:
        text = tool("readelf", "--wide", "--dynamic", "--program-headers",
                    str(todo.pop())).decode()
        for name in re.findall(r"interpreter: (/\S+)\]", text):
            found[name] = root / name[1:]
        for name in re.findall(r"\(NEEDED\).*\[(\S+)\]", text):
            at = [place / name for place in places if (place / name).exists()]
            if not at:
                raise Trouble(f"{root} has no {name}")
            inner = "/" + str(at[0].relative_to(root))
            if inner not in found:
                found[inner] = at[0]
                todo.append(at[0])
    return sorted(found.items())


def build(options):
    """`faultlab cross`: builds with the tests, by the preset."""
    arch = options.arch
    gcc = f"{GNU[arch]}-linux-gnu-gcc"
    if not shutil.which(gcc):
        raise Trouble(f"{gcc} is not installed (Debian: "
                      f"{COMPILER.format(GNU[arch])}); scripts/setup.sh --lab "
                      "installs it")
    print(f"faultlab: libraries for {arch}: {sysroot(arch)}", flush=True)
    for words in (["cmake", "--preset", arch],
                  ["cmake", "--build", "--preset", arch]):
        print("+", *words, flush=True)
        done = subprocess.run(words, cwd=TREE, check=False)
        if done.returncode:
            raise Trouble(f"{' '.join(words)} failed")
    return 0
