# SPDX-License-Identifier: GPL-2.0-or-later
"""A disk with Debian on it that boots by GRUB, kexecs and reboots like a real
machine: what the bare-metal part of the lab is tested on.

The system comes by debootstrap, of this machine's own release so that its
programs fit; it is kept in the cache. GRUB is installed by itself, in a first
boot. What a disk's boots left is read by debugfs: nothing is mounted here.
"""
import os
import pathlib
import shutil
import subprocess
import time

import guest
import machine
from common import cache, tool
from packages import keyring, mirror, own_suite
from trouble import Trouble

PACKAGES = "systemd-sysv,kexec-tools,python3,grub-pc-bin,grub2-common,kmod," \
           "udev,dbus"
BYTES = 1600 << 20
FIRST = 1 << 20  # of the one partition
MODULES = ("virtio_pci", "virtio_blk", "crc32c_generic", "ext4")
# Nothing of it is wanted, and an emulated boot is slow enough.
MASKED = ("getty@tty1.service", "serial-getty@ttyS0.service",
          "apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer",
          "e2scrub_all.timer", "e2scrub_reap.service", "fstrim.timer",
          "systemd-pstore.service", "systemd-logind.service", "hwclock.service",
          "systemd-udev-trigger.service", "systemd-udevd.service",
          "systemd-udevd-control.socket", "systemd-udevd-kernel.socket")

INIT = """#!/bin/busybox sh
/bin/busybox mount -t devtmpfs none /dev
/bin/busybox --install -s /bin
export PATH=/bin
while read -r module; do insmod "/modules/$module.ko"; done </modules/order
while [ ! -b /dev/vda1 ]; do sleep 0.1; done
mount -t ext4 /dev/vda1 /disk
mount --move /dev /disk/dev
exec switch_root /disk /sbin/init
"""


def initrd(kernel):
    """What `update-initramfs` would make, for this one disk."""
    archive = guest.Archive()
    archive.add_device("dev/console", 5, 1)
    archive.add_folder("disk")
    archive.add_file("bin/busybox", guest.busybox("amd64"))
    archive.add("init", INIT.encode(), 0o755)
    order = []
    for name, data in kernel.modules_for(MODULES):
        archive.add(f"modules/{name}.ko", data)
        order.append(name + "\n")
    archive.add("modules/order", "".join(order).encode())
    return archive.bytes()


def system():
    """Debian in a folder of the cache, made if need be."""
    if os.geteuid():
        raise Trouble("debootstrap wants root: run this as root")
    suite = own_suite()
    folder = cache() / f"debian-{suite}"
    if folder.exists():
        return folder
    new = folder.with_suffix(".new")
    shutil.rmtree(new, ignore_errors=True)
    tool("debootstrap", f"--include={PACKAGES}", "--variant=minbase",
         f"--keyring={keyring()}", suite, str(new), mirror())
    shutil.rmtree(new / "var/cache/apt", ignore_errors=True)
    new.rename(folder)
    return folder


def add_program(root, program, folder):
    """A program and the libraries that the system has not."""
    shutil.copy(program, folder)
    for _, path in guest.libraries("amd64", program):
        if not (root / path.lstrip("/")).exists():
            (root / path.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, root / path.lstrip("/"))


def add_kernel(root, kernel):
    shutil.copy(kernel.image, root / f"boot/vmlinuz-{kernel.release}")
    (root / f"boot/initrd.img-{kernel.release}").write_bytes(initrd(kernel))
    if kernel.config:
        shutil.copy(kernel.config, root / f"boot/config-{kernel.release}")


def make(root, path):
    """The folder as the one partition of a disk, with room for GRUB before."""
    with open(path, "wb") as f:
        f.truncate(BYTES)
        f.seek(446)  # its entry: active, Linux, from there to the end
        f.write(b"\x80\0\0\0\x83\0\0\0" + (FIRST // 512).to_bytes(4, "little") +
                ((BYTES - FIRST) // 512).to_bytes(4, "little"))
        f.seek(510)
        f.write(b"\x55\xaa")
    mke2fs = shutil.which("mke2fs") or "/usr/sbin/mke2fs"
    tool(mke2fs, "-q", "-F", "-t", "ext4", "-d", str(root), "-E",
         f"offset={FIRST},lazy_itable_init=0,lazy_journal_init=0", str(path),
         f"{(BYTES - FIRST) >> 10}k")


def debugfs(path, request, write=False):
    """After a boot that ended well: the journal is not replayed."""
    program = shutil.which("debugfs") or "/usr/sbin/debugfs"
    return tool(program, *(["-w"] if write else []), "-R", request,
                f"{path}?offset={FIRST}").decode(errors="replace")


def run(path, console, limit_s, first=None):
    """The machine until it powers itself off; it may reboot as often as it
    wants. By its own boot loader, or by (kernel, initrd, command line)."""
    arch = machine.ARCHES["amd64"]
    words = [arch.qemu, "-nodefaults", "-no-user-config", "-display", "none",
             "-accel", machine.ACCELS["tcg"], "-cpu", arch.cpu,
             "-m", "1G", "-smp", "2", "-drive",
             f"file={path},if=virtio,format=raw,cache=writeback",
             "-serial", f"file:{console}"]
    if first:
        words += ["-kernel", str(first[0]), "-initrd", str(first[1]),
                  "-append", first[2]]
    began = time.monotonic()
    try:
        done = subprocess.run(words, check=False, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=limit_s,
                              preexec_fn=machine.end_with_us)
    except FileNotFoundError:
        raise Trouble(f"{arch.qemu} is not installed") from None
    except subprocess.TimeoutExpired:
        tail = pathlib.Path(console).read_text(errors="replace")[-2000:]
        raise Trouble(f"the machine was not done after {limit_s} s:\n"
                      f"{tail}") from None
    if done.returncode:
        raise Trouble(f"QEMU: {done.stderr.decode(errors='replace').strip()}")
    return time.monotonic() - began
