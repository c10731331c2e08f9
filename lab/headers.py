# SPDX-License-Identifier: GPL-2.0-or-later
"""The headers of a Debian kernel, fetched but not installed, and lab/module
built against them.

The packages are made to be installed: one include names /usr/src, and the
programs of the kernel's build want the C library of their own release. Here
the include is corrected, and where a program does not run it gets Debian's
newest libc6, unpacked beside as well.
"""
import fcntl
import hashlib
import os
import pathlib
import re
import shutil
import subprocess

from common import cache, tool
from packages import Archive
from trouble import Trouble

SOURCE = pathlib.Path(__file__).resolve().parent / "module"
NAME = "faultline_policy"
LIBC = "usr/lib/x86_64-linux-gnu"


def packages(release):
    """The archive, and {name: version} of what `make modules` takes for this
    release."""
    base = re.fullmatch(r"(.+?)(?:-cloud)?-amd64", release)
    if not base:
        raise Trouble(f"{release} is none of Debian's kernels for amd64")
    archive = Archive()
    archive.kernels()
    names = (f"linux-headers-{release}", f"linux-headers-{base.group(1)}-common",
             f"linux-kbuild-{base.group(1)}")
    return archive, {name: newest(archive, name) for name in names}


def newest(archive, name):
    try:
        text = tool("apt-cache", *archive.options, "show",
                    "--no-all-versions", name).decode()
    except Trouble:
        raise Trouble(f"Debian has no {name} now: a newer kernel of this "
                      "series has taken its place; lab/faultlab get "
                      "debian:SERIES fetches it") from None
    return re.search(r"^Version: (\S+)", text, re.M).group(1)


def unpack(archive, wanted, folder):
    archive.download(wanted, folder)
    for package in list(folder.glob("*.deb")):
        tool("dpkg-deb", "--extract", str(package), str(folder))
        package.unlink()


def is_elf(path):
    with open(path, "rb") as f:
        return f.read(4) == b"\x7fELF"


def make_runnable(archive, folder):
    """The programs of the kernel's build, for this machine's C library."""
    programs = [p for p in (folder / "usr/lib").glob("linux-kbuild-*/**/*")
                if p.is_file() and not p.is_symlink() and os.access(p, os.X_OK)
                and is_elf(p)]
    tried = [subprocess.run([p], stdin=subprocess.DEVNULL, capture_output=True,
                            check=False).stderr for p in programs
             if p.name == "objtool.real-x86"]
    if not any(b"version `GLIBC_" in said for said in tried):
        return
    libc = folder / "libc"
    libc.mkdir()
    unpack(archive, {"libc6": newest(archive, "libc6")}, libc)
    for program in programs:
        real = program.with_name(program.name + ".elf")
        program.rename(real)
        program.write_text(
            f'#!/bin/sh\nexec {libc / LIBC}/ld-linux-x86-64.so.2 '
            f'--library-path {libc / LIBC} --argv0 "$0" "$0.elf" "$@"\n')
        program.chmod(0o755)


def find(kernel):
    """What `make -C` takes to build a module for this kernel, unpacked into
    the cache unless it is there."""
    folder = cache() / "headers" / kernel.release
    build = folder / f"usr/src/linux-headers-{kernel.release}"
    if not build.exists():
        archive, wanted = packages(kernel.release)
        work = folder.with_name(folder.name + ".new")
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        unpack(archive, wanted, work)
        makefile = work / build.relative_to(folder) / "Makefile"
        makefile.write_text(makefile.read_text().replace(
            "/usr/src/", f"{folder}/usr/src/"))
        work.rename(folder)
        try:
            make_runnable(archive, folder)
        except BaseException:
            shutil.rmtree(folder)
            raise
    return build


def compiler(build):
    """Arguments of make for the compiler: the kernel's own where it is
    installed, else this machine's, which may not know one of its options."""
    wanted = re.search(r"^CC = .*\)(\S+)$",
                       (build / ".kernelvariables").read_text(), re.M)
    own = wanted and f"x86_64-linux-gnu-{wanted.group(1)}"
    if own and shutil.which(own):
        return []
    return ["CC=gcc", "CONFIG_CC_HAS_MIN_FUNCTION_ALIGNMENT="]


def build_module(kernel):
    """lab/module for this kernel: the path of the .ko in the cache."""
    if not kernel.name.startswith("debian:") or kernel.arch != "amd64":
        raise Trouble(f"{kernel.name}: the lab builds the module for Debian's "
                      "amd64 kernels; for another one: make -C lab/module "
                      "KDIR=where that kernel was built")
    source = {path.name: path.read_bytes() for path in sorted(SOURCE.iterdir())
              if path.name == "Makefile" or path.suffix in (".c", ".h")}
    with open(cache() / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        build = find(kernel)
        key = hashlib.sha256(b"\0".join(source.values())).hexdigest()[:16]
        folder = cache() / "module" / f"{kernel.release}-{key}"
        made = folder / f"{NAME}.ko"
        if made.exists():
            return made
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name, data in source.items():
            (folder / name).write_bytes(data)
        # Types of the module for BPF would take the kernel's own pahole.
        done = subprocess.run(
            ["make", "-C", str(build), f"M={folder}", *compiler(build),
             "CONFIG_DEBUG_INFO_BTF_MODULES=", "modules"], check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)
        (folder / "log").write_text(done.stdout)
        warnings = [line for line in done.stdout.splitlines() if re.search(
            rf"({'|'.join(source)})\S*: (warning|error): |\.o: warning: ", line)]
        if done.returncode or warnings:
            made.unlink(missing_ok=True)
            raise Trouble(f"{NAME}.ko for {kernel.release} was not built; "
                          f"{folder}/log ends with:\n" + "\n".join(
                              warnings or done.stdout.splitlines()[-5:]))
    return made
