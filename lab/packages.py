# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's packages by apt-get, with lists of the lab's own: the machine's
mirror, with the suite swapped, checked by apt against the archive's signatures.
Nothing of the machine's apt is changed, and no package is installed.
"""
import os
import pathlib
import re
import subprocess
import time

from common import cache, tool
from trouble import Trouble

SUITES = ("bullseye", "bookworm", "bookworm-backports", "trixie",
          "trixie-backports", "forky", "sid")
KEYRINGS = ("/usr/share/keyrings/debian-archive-keyring.gpg",
            "/usr/share/keyrings/debian-archive-keyring.pgp")
LISTS_ARE_OLD_S = 24 * 3600

# A kernel's packages, of which not each release has all. The small ones for
# machines in a cloud: they have all that the suite uses.
PACKAGE = re.compile(r"linux-(image|base|binary|binary-unsigned|modules)-"
                     r"(\d+\.\d+(?:\.\d+)?[^-]*(?:-\d+)?)-cloud-"
                     r"(?:amd64|arm64)$")


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
            words = done.stderr.strip().splitlines() or ["it does not say why"]
            raise Trouble(f"apt-get update fetched no list from {uri}: "
                          f"{words[-1]}; is there a network?")
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
