# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's kernel sources in the cache, and trees with patches made of them.

A tree is made of hard links, so that it costs its directories only, and every
file of it has the date that it has in the package. Patches are brought into it
by content: a file whose content stays keeps its date, one whose content
changes, or goes back, is new. make then compiles what changed, no more.
"""
import fcntl
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from common import cache, tool
from packages import Archive
from trouble import Trouble

PATCHED = ".faultline-patched"   # in a tree: the files that patches changed


def folder(series):
    return cache() / "source" / series


def version(series):
    """The version of the package in the cache, or None."""
    path = folder(series) / "version"
    return path.read_text().strip() if path.exists() else None


def fetch(series, newest=False):
    """Fetches and unpacks the source of a series unless it is there; its
    version. Authenticated by apt; what is fetched is not installed."""
    with open(cache() / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        have = version(series)
        if have and not newest:
            return have
        archive = Archive()
        archive.kernels()   # lists that are not old
        package = f"linux-source-{series}"
        shown = tool("apt-cache", *archive.options, "show",
                     "--no-all-versions", package).decode()
        offered = re.search(r"^Version: (\S+)", shown, re.M).group(1)
        if have != offered:
            print(f"faultlab: fetching {package} {offered}", flush=True)
            unpack(archive, package, offered, folder(series))
        return offered


def unpack(archive, package, offered, final):
    work = final.with_name(final.name + ".new")
    shutil.rmtree(work, ignore_errors=True)
    (work / "linux").mkdir(parents=True)
    archive.download({package: offered}, work)
    for deb in list(work.glob("*.deb")):
        tool("dpkg-deb", "--extract", str(deb), str(work / "root"))
        deb.unlink()
    tars = list((work / "root").rglob("linux-source-*.tar.*"))
    if not tars:
        raise Trouble(f"{package} {offered} has no linux-source-*.tar.*")
    tool("tar", "-xf", str(tars[0]), "--strip-components=1",
         "-C", str(work / "linux"))
    shutil.rmtree(work / "root")
    (work / "version").write_text(offered + "\n")
    shutil.rmtree(final, ignore_errors=True)
    work.rename(final)


def make_tree(series, tree):
    """A tree of the unpatched source, of hard links."""
    if not tree.exists():
        work = tree.with_name(tree.name + ".new")
        shutil.rmtree(work, ignore_errors=True)
        work.parent.mkdir(parents=True, exist_ok=True)
        tool("cp", "-al", str(folder(series) / "linux"), str(work))
        work.rename(tree)


def names_in(patch):
    """The files that a patch changes."""
    found = re.findall(r"^(?:---|\+\+\+) [^/\s]+/(\S+)", patch, re.M)
    return [name for name in found if ".." not in name.split("/")]


def replace(path, new):
    """Gives path the content and the mode of `new`, by another file with the
    date of today, unless it has this content; removes it if new is not
    there. True if anything changed."""
    if not new.is_file():
        gone = path.exists()
        path.unlink(missing_ok=True)
        return gone
    if path.is_file() and path.read_bytes() == new.read_bytes():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    other = path.with_name(path.name + ".faultline-new")
    other.write_bytes(new.read_bytes())
    other.chmod(new.stat().st_mode & 0o777)
    os.replace(other, path)
    return True


def patch_tree(series, tree, patches):
    """Makes the tree what the source with these patches is; the names of the
    files that changed. A patch that does not apply leaves all as it was."""
    pristine = folder(series) / "linux"
    texts = {p: p.read_text(encoding="utf-8") for p in patches}
    names = {name for text in texts.values() for name in names_in(text)}
    marks = tree / PATCHED
    old = set(marks.read_text().split()) if marks.exists() else set()
    with tempfile.TemporaryDirectory(prefix="faultlab-") as scratch:
        new = pathlib.Path(scratch)
        for name in names | old:
            if (pristine / name).is_file():
                (new / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(pristine / name, new / name)
        for patch in patches:
            apply(patch, new, f"linux-source-{series} {version(series)}")
        marks.write_text("".join(f"{n}\n" for n in sorted(names | old)))
        changed = [name for name in sorted(names | old)
                   if replace(tree / name, new / name)]
    marks.write_text("".join(f"{n}\n" for n in sorted(names)))
    return changed


def apply(patch, tree, told):
    done = subprocess.run(
        ["patch", "-p1", "--batch", "--forward", "--fuzz=0",
         "--no-backup-if-mismatch", "-d", str(tree), "-i", str(patch)],
        check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True)
    if done.returncode:
        raise Trouble(f"{patch.name} does not apply to {told} and the patches "
                      f"before it; patch says:\n{done.stdout.strip()}")
