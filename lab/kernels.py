# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels to boot: Debian's, fetched but not installed, and a developer's own.

Debian's are unpacked from their packages (packages.py), beside and not
installed.
"""
import fcntl
import functools
import gzip
import lzma
import os
import pathlib
import re
import shutil

import variants
from common import cache, tool
from packages import Archive, LISTS_ARE_OLD_S
from trouble import Trouble

# Architectures by Debian's names; how QEMU runs them is in machine.py.
ARCHES = ("amd64", "arm64")


class Kernel:
    """An image that QEMU boots, its modules if it has any, its config."""

    def __init__(self, name, image, modules=None, config=None):
        self.name = name
        self.image = pathlib.Path(image)
        self.modules = pathlib.Path(modules) if modules else None
        self.config = pathlib.Path(config) if config else None

    @functools.cached_property
    def _identity(self):
        """(arch, release). x86's boot protocol has a place for the release
        (Documentation/arch/x86/boot.rst); arm64's header has none, but the
        image is not packed and has the banner of /proc/version in it."""
        data = self.image.read_bytes()
        if data[0x202:0x206] == b"HdrS":
            at = int.from_bytes(data[0x20e:0x210], "little") + 0x200
            text = data[at:at + 128].split(b"\0")[0]
            return "amd64", text.split()[0].decode()
        if data[:2] == b"\x1f\x8b":  # Image.gz, which QEMU unpacks
            data = gzip.decompress(data)
        found = re.search(rb"Linux version (\d\S*) ", data)
        if data[0x38:0x3c] == b"ARM\x64" and found:
            return "arm64", found.group(1).decode()
        raise Trouble(f"{self.image}: is neither an x86 bzImage nor an arm64 "
                      "Image (the file is arch/x86/boot/bzImage or "
                      "arch/arm64/boot/Image of the build)")

    @functools.cached_property
    def arch(self):
        """Of ARCHES, by the image."""
        return self._identity[0]

    @functools.cached_property
    def release(self):
        """What `uname -r` will say."""
        return self._identity[1]

    @functools.cached_property
    def _modules_by_name(self):
        found = {}
        for path in self.modules.rglob("*.ko*") if self.modules else ():
            found[path.name.split(".")[0].replace("-", "_")] = path
        return found

    def modules_for(self, wanted):
        """[(name, contents)] of these and of what they depend on, in the order
        in which they are to be loaded; those that the kernel does not have as
        modules are left out: they are built in, or nobody needs them."""
        done, order = set(), []

        def add(name):
            name = name.replace("-", "_")
            path = self._modules_by_name.get(name)
            if name in done or not path:
                return
            done.add(name)
            data = module_read(path)
            for other in module_depends(data):
                add(other)
            order.append((name, data))

        for name in wanted:
            add(name)
        return order


def module_read(path):
    """A module's ELF file, whatever it is packed with."""
    if path.suffix == ".xz":
        return lzma.decompress(path.read_bytes())
    if path.suffix == ".gz":
        return gzip.decompress(path.read_bytes())
    if path.suffix == ".zst":
        return tool("zstd", "-dcq", str(path))
    return path.read_bytes()


def module_depends(data):
    """The names in the line `depends=` of its section .modinfo."""
    found = re.search(rb"\0depends=([^\0]*)\0", data)
    return [n for n in found.group(1).decode().split(",") if n] if found else []


# --- Debian's ---------------------------------------------------------------

def choose_packages(packages):
    """Not the unsigned image where there is the same one signed."""
    return {n: v for n, v in packages.items() if "-binary-unsigned-" not in n
            or n.replace("-unsigned", "") not in packages}


def unpack(archive, packages, folder):
    """Downloads and unpacks into folder: vmlinuz, modules/, config."""
    work = folder.with_name(folder.name + ".new")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    archive.download(choose_packages(packages), work)
    for package in list(work.glob("*.deb")):
        tool("dpkg-deb", "--extract", str(package), str(work / "root"))
        package.unlink()
    images = [p for p in (work / "root").rglob("vmlinuz*") if p.is_file()]
    modules = [p for p in (work / "root").rglob("modules/*/kernel")
               if p.is_dir()]
    if not images or not modules:
        raise Trouble(f"no image and modules in {', '.join(packages)}")
    images[0].rename(work / "vmlinuz")
    modules[0].parent.rename(work / "modules")
    for config in [*(work / "root").rglob("config-*"),
                   *(work / "modules").rglob("config")]:
        shutil.copy(config, work / "config")
    shutil.rmtree(work / "root")
    shutil.rmtree(folder, ignore_errors=True)
    work.rename(folder)


# --- by name ----------------------------------------------------------------

def debian_folder(series, arch):
    name = f"debian-{series}" + ("" if arch == "amd64" else f"-{arch}")
    return cache() / "kernels" / name


def debian_name(series, arch):
    return f"debian:{series}" + ("" if arch == "amd64" else f"/{arch}")


def debian_cached(series, arch="amd64"):
    """The kernel of this series in the cache, or None."""
    folder = debian_folder(series, arch)
    config = folder / "config"
    if not (folder / "vmlinuz").exists():
        return None
    return Kernel(debian_name(series, arch), folder / "vmlinuz", folder / "modules",
                  config if config.exists() else None)


def debian_fetch(series, arch="amd64"):
    """Debian's newest cloud kernel of a series, unpacked into the cache unless
    it is there. One process at a time."""
    with open(cache() / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        archive = Archive(arch)
        for max_age_s in (LISTS_ARE_OLD_S, 0):
            offered = archive.kernels(max_age_s)
            found = offered.get(series)
            have = debian_cached(series, arch)
            if found and have and have.release.startswith(
                    found["release"] + "-"):
                return have
            try:
                if found:
                    unpack(archive, found["packages"],
                           debian_folder(series, arch))
                    return debian_cached(series, arch)
            except Trouble:
                # The lists may be of another day than the archive.
                if not max_age_s:
                    raise
    raise Trouble(f"{debian_name(series, arch)}: Debian has no such kernel "
                  f"now; it has {' '.join(offered)}")


def built_cached(name):
    """The kernel that `faultlab build NAME` made."""
    variant = variants.Variant(name)
    folder = cache() / "kernels" / f"built-{variant.folder}"
    if not (folder / "vmlinuz").exists():
        raise Trouble(f"built:{variant.name}: not built yet; `faultlab build "
                      f"{variant.name}` does it")
    return Kernel(f"built:{variant.name}", folder / "vmlinuz", None,
                  folder / "config")


def find(name, newest=False):
    """The kernel that `debian:6.12`, `debian:6.12/arm64`, `built:6.12-plain` or
    `file:bzImage[,modules-dir]` names; Debian's from the cache if it is there,
    unless the newest is wanted."""
    kind, _, rest = name.partition(":")
    if kind == "built":
        return built_cached(rest)
    series, _, arch = rest.partition("/")
    arch = arch or "amd64"
    if kind == "debian" and re.fullmatch(r"\d+\.\d+", series) and \
            arch in ARCHES and not rest.endswith("/"):
        return (None if newest else debian_cached(series, arch)) or \
            debian_fetch(series, arch)
    if kind == "file" and rest:
        image, _, modules = rest.partition(",")
        for path in filter(None, (image, modules)):
            if not os.path.exists(path):
                raise Trouble(f"{path}: there is no such file")
        configs = [up / ".config" for up in
                   pathlib.Path(image).absolute().parents[:4]]
        config = next(filter(pathlib.Path.is_file, configs), None)
        kernel = Kernel(name, image, modules or None, config)
        _ = kernel.release  # refuses what is no kernel
        return kernel
    raise Trouble(f"{name}: a kernel is debian:SERIES[/arm64], such as "
                  "debian:6.12, built:VARIANT, or file:bzImage[,modules-dir]")
