# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels to boot: Debian's, fetched but not installed, and a developer's own.

Debian's come by apt-get, with lists of the lab's own: the machine's mirror,
with the suite swapped, checked by apt against the archive's signatures.
Nothing of the machine's apt is changed, and no package is installed: what is
in it is unpacked beside.
"""
import fcntl
import functools
import gzip
import lzma
import os
import pathlib
import re
import shutil
import subprocess
import time

import variants
from trouble import Trouble

SUITES = ("bullseye", "bookworm", "bookworm-backports", "trixie",
          "trixie-backports", "forky", "sid")
KEYRINGS = ("/usr/share/keyrings/debian-archive-keyring.gpg",
            "/usr/share/keyrings/debian-archive-keyring.pgp")
LISTS_ARE_OLD_S = 24 * 3600

# Architectures by Debian's names; how QEMU runs them is in machine.py.
ARCHES = ("amd64", "arm64")

# A kernel's packages, of which not each release has all. The small ones for
# machines in a cloud: they have all that the suite uses.
PACKAGE = re.compile(r"linux-(image|base|binary|binary-unsigned|modules)-"
                     r"(\d+\.\d+(?:\.\d+)?[^-]*(?:-\d+)?)-cloud-"
                     r"(?:amd64|arm64)$")


def cache():
    """The lab's folder, made if need be."""
    path = os.environ.get("FAULTLINE_LAB")
    if not path:
        base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
        path = os.path.join(os.path.expanduser(base), "faultline", "lab")
    folder = pathlib.Path(path).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


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

    @property
    def arch(self):
        """Of ARCHES, by the image."""
        return self._identity[0]

    @property
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


def tool(*command, **options):
    """A program's standard output, or trouble with its own words."""
    try:
        return subprocess.run(command, check=True, capture_output=True,
                              **options).stdout
    except FileNotFoundError:
        raise Trouble(f"{command[0]} is not installed; scripts/setup.sh "
                      "--tests installs what the lab needs") from None
    except subprocess.CalledProcessError as e:
        words = (e.stderr or e.stdout or b"").decode(errors="replace").strip()
        raise Trouble(f"{' '.join(command[:2])} ... failed: "
                      f"{words.splitlines()[-1] if words else e}") from None


# --- Debian's packages ------------------------------------------------------

def mirror():
    """The address of Debian's archive, as this machine's apt has it."""
    found = tool("apt-get", "indextargets", "--format",
                 "$(ORIGIN)|$(LABEL)|$(REPO_URI)|$(SIGNED_BY)",
                 "Created-By: Packages").decode().splitlines()
    rows = [line.split("|") for line in found]
    for origin, label, uri, _ in rows:
        if origin == label == "Debian":
            return uri
    # Lists that were cleared away tell no origin.
    for _, _, uri, key in rows:
        if uri.rstrip("/").endswith("/debian") and "debian" in key:
            return uri
    raise Trouble("apt knows no mirror of Debian's archive on this machine: "
                  "apt-get update, then again; elsewhere than on Debian, give "
                  "a kernel of your own: file:bzImage")


def keyring():
    for path in KEYRINGS:
        if os.path.exists(path):
            return path
    raise Trouble(f"no {KEYRINGS[0]}: install debian-archive-keyring, by "
                  "which apt checks what it fetches")


class Archive:
    """apt with the lab's own lists and nothing of the machine's; packages of
    one architecture."""

    def __init__(self, arch="amd64"):
        self.folder = cache() / ("apt" if arch == "amd64" else f"apt-{arch}")
        for name in ("lists/partial", "cache/archives/partial"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        (self.folder / "status").touch()
        self.options = []
        for name, value in (
                ("Dir::Etc::sourcelist", self.folder / "sources.list"),
                ("Dir::Etc::sourceparts", "/dev/null"),
                ("Dir::State::lists", self.folder / "lists"),
                ("Dir::State::status", self.folder / "status"),
                ("Dir::Cache", self.folder / "cache"),
                ("APT::Architecture", arch),
                ("APT::Architectures", arch),
                ("APT::Sandbox::User", ""),
                ("Acquire::Languages", "none"),
                ("Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled",
                 "false")):
            self.options += ["-o", f"{name}={value}"]

    def _update(self):
        uri, key = mirror(), keyring()
        (self.folder / "sources.list").write_text("".join(
            f"deb [signed-by={key}] {uri} {suite} main\n" for suite in SUITES))
        # A suite that the mirror has no more is no reason to stop.
        done = subprocess.run(["apt-get", *self.options, "update"],
                              check=False, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True)
        if not list(self._lists()):
            raise Trouble("apt-get update fetched no list: " +
                          done.stderr.strip().splitlines()[-1])
        (self.folder / "updated").touch()

    def _lists(self):
        return (self.folder / "lists").glob("*_Packages*")

    def kernels(self, max_age_s=LISTS_ARE_OLD_S):
        """{"6.12": {"release": "6.12.117+deb13", "packages": {name: version}}}:
        the newest release of each series, by lists that are not older."""
        self.update(max_age_s)
        releases = {}
        text = tool("apt-cache", *self.options, "dumpavail").decode()
        for stanza in text.split("\n\n"):
            if not stanza.startswith("Package: linux-"):
                continue
            name = stanza.split(None, 2)[1]
            found = PACKAGE.match(name)
            version = re.search(r"^Version: (\S+)", stanza, re.M)
            if found and version:
                releases.setdefault(found.group(2), {})[name] = version.group(1)
        series = {}
        for release in sorted(releases, key=release_key):
            name = ".".join(release.split(".")[:2])
            series[name] = {"release": release, "packages": releases[release]}
        return series

    def download_with_needs(self, packages, folder):
        """The newest of the suite that this machine runs, and all that they
        depend on, as if nothing were installed."""
        tool("apt-get", *self.options, "-y", "--download-only",
             "-o", f"Dir::Cache::archives={folder}",
             "-o", "Debug::NoLocking=true",
             "-o", f"APT::Default-Release={own_suite()}",
             "--no-install-recommends", "install", *packages)

    def update(self, max_age_s=LISTS_ARE_OLD_S):
        """Fetches lists unless they are there and not older."""
        stamp = self.folder / "updated"
        if not stamp.exists() or \
                time.time() - os.path.getmtime(stamp) >= max_age_s:
            self._update()

    def download(self, packages, folder):
        tool("apt-get", *self.options, "download",
             *(f"{name}={version}" for name, version in packages.items()),
             cwd=folder)


def own_suite():
    """Debian's name for what this machine runs: "bookworm"."""
    text = pathlib.Path("/etc/os-release").read_text(encoding="utf-8")
    found = re.search(r"^VERSION_CODENAME=(\S+)", text, re.M)
    if not found or found.group(1) not in SUITES:
        raise Trouble("/etc/os-release names no suite of Debian's: " +
                      " ".join(SUITES))
    return found.group(1)


def release_key(release):
    """Numbers by value: 5.10.0-32 after 5.10.0-4, 6.12.117 after 6.12.95."""
    return [int(part) for part in re.findall(r"\d+", release)]


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
    """The kernel that `debian:6.12`, `debian:6.12/arm64`,
    `built:6.12-plain` or `file:bzImage[,modules-dir]` names; Debian's from the cache if it is there,
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
    raise Trouble(f"{name}: a kernel is debian:SERIES[/arm64], such as debian:6.12, "
                  "built:VARIANT, or file:bzImage[,modules-dir]")
