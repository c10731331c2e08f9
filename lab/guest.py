# SPDX-License-Identifier: GPL-2.0-or-later
"""The guest's file system: an initramfs of the built programs and what they
need, and a second, small one for each boot, which the kernel unpacks over it.

Written here, by the kernel's Documentation/driver-api/early-userspace/
buffer-format.rst: it takes neither cpio nor root.
"""
import os
import pathlib
import re
import shutil
import stat
import subprocess

import cross
from common import tool
from trouble import Trouble

HERE = pathlib.Path(__file__).resolve().parent

# What scenarios and the ports need where it is not built in.
MODULES = ("virtio_pci", "virtio_blk", "virtio_console", "crc32c_generic",
           "ext4", "loop", "lzo", "lzo_rle", "lz4", "zstd", "zsmalloc", "zram",
           "fuse")
DISK_BYTES = 1 << 30
DISK_BLOCK = 4096  # of the file system of its file, at least


class Archive:
    """An archive in cpio's "newc" format, in memory."""

    def __init__(self):
        self.parts, self.nr, self.folders = [], 0, set()

    def _entry(self, name, mode, data=b"", device=(0, 0)):
        self.nr += 1
        text = name.encode() + b"\0"
        fields = (self.nr, mode, 0, 0, 1, 0, len(data), 0, 0, *device,
                  len(text), 0)
        head = b"070701" + b"".join(b"%08X" % field for field in fields) + text
        for part in (head, data):
            self.parts.append(part + b"\0" * (-len(part) % 4))

    def _make_parents(self, name):
        for parent in reversed(pathlib.PurePosixPath(name).parents):
            if str(parent) != ".":
                self.add_folder(str(parent))

    def add_folder(self, name):
        name = name.strip("/")
        if name in self.folders:
            return
        self._make_parents(name)
        self.folders.add(name)
        self._entry(name, stat.S_IFDIR | 0o755)

    def add(self, name, data, mode=0o644):
        name = name.strip("/")
        self._make_parents(name)
        self._entry(name, stat.S_IFREG | mode, data)

    def add_file(self, name, path):
        self.add(name, pathlib.Path(path).read_bytes(),
                 os.stat(path).st_mode & 0o777)

    def add_device(self, name, major, minor):
        self._make_parents(name.strip("/"))
        self._entry(name.strip("/"), stat.S_IFCHR | 0o600,
                    device=(major, minor))

    def bytes(self):
        parts, nr = list(self.parts), self.nr
        self._entry("TRAILER!!!", 0)
        whole = b"".join(self.parts)
        self.parts, self.nr = parts, nr
        return whole + b"\0" * (-len(whole) % 512)


def libraries(arch, program):
    """[(name in the guest, file)] of what the dynamic linker maps for a
    program: this machine's by ldd, those of others by what they say."""
    if not cross.is_native(arch):
        return cross.libraries(arch, program)
    text = tool("ldd", program).decode()
    missing = re.findall(r"^\s*(\S+) => not found", text, re.M)
    if missing:
        raise Trouble(f"{program} needs {', '.join(missing)}, which is not "
                      "installed")
    return [(path, path) for path in re.findall(r"(/\S+) \(0x", text)]


def busybox(arch):
    """A busybox that needs no library; its shell runs lab/init."""
    if not cross.is_native(arch):
        return cross.busybox(arch)
    path = shutil.which("busybox")
    if not path:
        raise Trouble("busybox is not installed (Debian: busybox-static); "
                      "scripts/setup.sh --tests installs what the lab needs")
    if subprocess.run(["ldd", path], capture_output=True,
                      check=False).returncode == 0:
        raise Trouble(f"{path} is not linked statically; install "
                      "busybox-static")
    return path


def add_disk(archive, path):
    """A disk's image, for a guest that is to have it in its own memory: the
    pieces of the file that are not holes. lab/init puts them together."""
    archive.add("lab/disk/bytes", b"%d\n" % os.stat(path).st_size)
    with open(path, "rb") as image:
        at = 0
        while True:
            try:
                at = os.lseek(image.fileno(), at, os.SEEK_DATA)
            except OSError:  # no more
                return
            end = os.lseek(image.fileno(), at, os.SEEK_HOLE)
            archive.add(f"lab/disk/at-{at // DISK_BLOCK}",
                        os.pread(image.fileno(), end - at, at))
            at = end


def make(kernel, program, disk=None):
    """What every boot of this kernel has, as bytes; with a disk if the guest is
    to have it in memory."""
    archive = Archive()
    archive.add_device("dev/console", 5, 1)
    for folder in ("proc", "sys", "tmp", "run", "var/tmp", "var/lib", "root",
                   "disk", "sbin", "usr/bin", "usr/sbin"):
        archive.add_folder(folder)
    archive.add_file("init", HERE / "init")
    archive.add_file("bin/busybox", busybox(kernel.arch))
    archive.add_file("bin/faultline", program)
    for name, path in libraries(kernel.arch, program):
        archive.add_file(name, path)
    if kernel.config:
        archive.add_file(f"boot/config-{kernel.release}", kernel.config)
    names = []
    for name, data in kernel.modules_for(MODULES):
        archive.add(f"lab/modules/{name}.ko", data)
        names.append(name)
    archive.add("lab/modules/order", "".join(f"{n}\n" for n in names).encode())
    if disk:
        add_disk(archive, disk)
    return archive.bytes()


def make_boot(command, files):
    """What one boot has of its own: a line for the shell, and files by name,
    below /lab."""
    archive = Archive()
    archive.add("lab/command", command.encode() + b"\n")
    for name, data in files.items():
        archive.add(f"lab/{name}", data)
    return archive.bytes()


def make_disk(path):
    """An empty ext4 for scenarios that need a disk; a boot's writes to it are
    lost when it ends."""
    if path.exists():
        return
    new = path.with_suffix(".new")
    with open(new, "wb") as f:
        f.truncate(DISK_BYTES)
    mke2fs = shutil.which("mke2fs") or "/usr/sbin/mke2fs"
    tool(mke2fs, "-q", "-F", "-t", "ext4", "-m", "0",
         "-E", "lazy_itable_init=0,lazy_journal_init=0", str(new))
    new.rename(path)
