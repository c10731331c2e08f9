# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels installed on this machine, and the two ways to boot one of them once:
kexec, and GRUB's next_entry. Neither changes what the machine boots by itself.
"""
import os
import pathlib
import re
import shutil
import subprocess

from trouble import Trouble

IMAGES = ("boot/vmlinuz-{}", "boot/Image-{}", "usr/lib/modules/{}/vmlinuz")
INITRDS = ("boot/initrd.img-{}", "boot/initramfs-{}.img", "boot/initrd-{}")
# Its command, its folder: Debian and its kin, the others.
GRUBS = (("grub", "boot/grub"), ("grub2", "boot/grub2"))
# Where GRUB cannot write, it cannot take next_entry back.
GRUB_READS_ONLY = ("btrfs", "cpiofs", "newc", "odc", "romfs", "squash4",
                   "tarfs", "zfs")
# On the command line of what is booted by kexec: tells it from the default.
MARK = "faultline.metal=on"


class Installed:
    """One of the kernels below /boot, by what `uname -r` says of it."""

    def __init__(self, release, root="/"):
        self.name = self.release = release
        self.root = pathlib.Path(root)
        self.image = self._find(IMAGES, "kernel image", "is it installed?")
        self.initrd = self._find(INITRDS, "initrd", "make it: "
                                 f"update-initramfs -c -k {release}, or dracut")

    def _find(self, patterns, what, remedy):
        paths = [self.root / p.format(self.release) for p in patterns]
        for path in paths:
            if path.is_file():
                return path
        raise Trouble(f"{self.release}: no {what}, such as {paths[0]}; {remedy}")

    def option(self, name):
        """An option of its config: "y", "n", or None where that is unknown."""
        for path in (self.root / f"boot/config-{self.release}",
                     self.root / f"usr/lib/modules/{self.release}/config"):
            if path.is_file():
                return "y" if f"\nCONFIG_{name}=y\n" in \
                    path.read_text(encoding="utf-8") else "n"
        return None


def call(*words):
    """A tool's output, or trouble with its own words."""
    path = shutil.which(words[0], path=os.environ.get("PATH", "") +
                        ":/usr/sbin:/sbin")
    if not path:
        raise Trouble(f"{words[0]} is not installed")
    done = subprocess.run([path, *words[1:]], check=False, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise Trouble(f"{' '.join(words)}: "
                      f"{said[-1] if said else done.returncode}")
    return done.stdout


def read(path, default=""):
    try:
        return pathlib.Path(path).read_text(encoding="utf-8").strip()
    except OSError:
        return default


class Kexec:
    """The running kernel starts the next one, past firmware and boot loader: a
    reset of any kind leads back to the default entry."""

    name, verb = "kexec", "kexec"

    def __init__(self, append=""):
        self.append = append

    def command_line(self, running):
        """That of the running kernel, for both sides: without what the boot
        loader put in, and with a panic that ends."""
        words = [w for w in running.split() if not
                 w.startswith(("BOOT_IMAGE=", "initrd=", "faultline.metal="))]
        words += self.append.split()
        if not any(w.startswith("panic=") for w in words):
            words.append("panic=30")
        return " ".join([*words, MARK])

    def check(self, sides):
        """Refuses where a kernel cannot be started, before anything is
        changed; returns the command line of both sides."""
        if read("/proc/sys/kernel/kexec_load_disabled") == "1":
            raise Trouble("kexec is switched off until the next boot "
                          "(kernel.kexec_load_disabled = 1): find what sets "
                          "it, reboot, or --via grub")
        if read("/sys/kernel/kexec_loaded", "0") != "0":
            raise Trouble("a kernel is loaded for kexec already: kexec -u, "
                          "then again")
        for kernel in sides.values():
            if kernel.option("KEXEC_FILE") == kernel.option("KEXEC") == "n":
                raise Trouble(f"{kernel.release}: built without CONFIG_KEXEC, "
                              "so nothing gets on from there: --via grub")
        line = self.command_line(read("/proc/cmdline"))
        for kernel in sides.values():
            self._load(kernel, line)
            call("kexec", "-u")
        return line

    @staticmethod
    def _load(kernel, line):
        """By kexec_file_load, which a locked-down kernel demands, with a
        signed image; where it does not exist, by kexec_load."""
        try:
            call("kexec", "-a", "-l", str(kernel.image),
                 f"--initrd={kernel.initrd}", f"--command-line={line}")
        except Trouble as e:
            lock = re.search(r"\[(\w+)\]", read("/sys/kernel/security/lockdown"))
            lock = lock.group(1) if lock else "none"
            raise Trouble(str(e) + ("" if lock == "none" else
                          f" (this kernel is locked down, {lock}: the image "
                          "must be signed by a key that it knows)")) from None

    def ask(self, kernel, line):
        self._load(kernel, line)

    def cancel(self):
        if read("/sys/kernel/kexec_loaded", "0") != "0":
            call("kexec", "-u")

    def default(self):
        return ""

    @staticmethod
    def arrived(kernel):
        """Whether this kernel runs, and by kexec: the default may be the same
        kernel."""
        return os.uname().release == kernel.release and \
            MARK in read("/proc/cmdline").split()


class Grub:
    """GRUB boots an entry once (`grub-reboot`), then its default again."""

    name, verb = "grub", "reboot"

    def __init__(self, append="", root="/"):
        if append:
            raise Trouble("--append: an entry of GRUB has its own command "
                          "line: GRUB_CMDLINE_LINUX in /etc/default/grub, "
                          "then update-grub")
        self.root = pathlib.Path(root)
        for self.command, folder in GRUBS:
            self.folder = self.root / folder
            if (self.folder / "grub.cfg").is_file():
                return
        raise Trouble("no /boot/grub/grub.cfg: this machine does not boot by "
                      "GRUB; --via kexec")

    def entries(self):
        """[(id with those of its submenus, image, command line)]."""
        found, path, braces = [], [], 0
        text = (self.folder / "grub.cfg").read_text(encoding="utf-8")
        for line in map(str.strip, text.splitlines()):
            begin = re.match(r"(submenu|menuentry)\s.*\{$", line)
            if begin:
                name = re.search(r"\$menuentry_id_option\s+'([^']+)'", line) or \
                    re.search(r"--id[ =]'?([^' ]+)", line) or \
                    re.match(r"\w+\s+['\"]([^'\"]+)", line)
                path.append((braces, name.group(1) if name else "?"))
            braces += line.endswith("{")
            if line == "}":
                braces -= 1
                if path and path[-1][0] == braces:
                    path.pop()
            words = line.split()
            if path and len(words) > 1 and words[0] in ("linux", "linuxefi"):
                found.append((">".join(n for _, n in path), words[1],
                              " ".join(words[2:])))
        return found

    def entry(self, kernel):
        """(id, command line) of a kernel's usual entry. The one of a submenu
        names the kernel, while the topmost belongs to whichever is newest."""
        fit = [e for e in self.entries()
               if os.path.basename(e[1]) == kernel.image.name and
               not re.search(r"recovery|\bsingle\b", e[0] + " " + e[2])]
        if not fit:
            raise Trouble(f"{kernel.release}: {self.folder}/grub.cfg has no "
                          "entry for it: update-grub; or --via kexec")
        return max(fit, key=lambda e: e[0].count(">"))[0::2]

    def check(self, sides):
        if "next_entry" not in read(self.folder / "grub.cfg"):
            raise Trouble(f"{self.folder}/grub.cfg knows no next_entry, so "
                          "that an entry cannot be booted once: make it by "
                          "grub-mkconfig")
        if self.pending():
            raise Trouble("GRUB has been asked for an entry already: "
                          f"{self.command}-editenv - unset next_entry")
        self._check_writable()
        if re.search(r"^\s*LOAD_KEXEC=true",
                     read(self.root / "etc/default/kexec"), re.M):
            raise Trouble("/etc/default/kexec has LOAD_KEXEC=true: a reboot "
                          "here goes past GRUB; set it to false")
        lines = {name: self.entry(k)[1] for name, k in sides.items()}
        if len(set(lines.values())) > 1:
            raise Trouble("the entries have different command lines, of which "
                          "a difference may come:\n" +
                          "\n".join(f"  {n}: {t}" for n, t in lines.items()))
        return next(iter(lines.values()))

    def _check_writable(self):
        where = self.folder / "grubenv"
        if not where.is_file():
            raise Trouble(f"no {where}: {self.command}-editenv - create")
        probe = f"{self.command}-probe"
        on = call(probe, "--target=abstraction", str(where)).split()
        fs = call(probe, "--target=fs", str(where)).strip()
        if on or fs in GRUB_READS_ONLY:
            raise Trouble(f"{where} lies on {' '.join([*on, fs])}, where GRUB "
                          "cannot write: it would boot the same entry for "
                          "ever; --via kexec")

    def _environment(self):
        lines = read(self.folder / "grubenv").splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line and
                    not line.startswith("#"))

    def pending(self):
        return self._environment().get("next_entry", "")

    def ask(self, kernel, _):
        call(f"{self.command}-reboot", self.entry(kernel)[0])

    def cancel(self):
        if self.pending():
            call(f"{self.command}-editenv", str(self.folder / "grubenv"),
                 "unset", "next_entry")

    def default(self):
        """What GRUB boots by itself, in words that can be compared."""
        asked = re.search(r"^GRUB_DEFAULT=(.*)$",
                          read(self.root / "etc/default/grub"), re.M)
        saved = self._environment().get("saved_entry", "none")
        return f"GRUB_DEFAULT={asked.group(1) if asked else '0'}, " \
               f"saved_entry {saved}"

    def arrived(self, kernel):
        if self.pending():
            raise Trouble("GRUB did not take next_entry back: it would boot "
                          "that entry for ever")
        return os.uname().release == kernel.release


CARRIERS = {c.name: c for c in (Kexec, Grub)}
