# SPDX-License-Identifier: GPL-2.0-or-later
"""Small kernels of our own: Debian's source, our config, our patches.

What a kernel is made of (source, config, patches, compiler) is hashed, and the
hash stands in the name that it boots with; when the cache has it, nothing is
done. A build that was stopped goes on where it stopped, since make does.
"""
import fcntl
import hashlib
import json
import os
import shutil

import source
from common import cache, tool
from making import Make, compiler, read_json
from trouble import Trouble
from variants import KINDS, SOURCE_MB, Variant, all_names, not_taken, \
    options

RECIPE = 1   # of this file: another one builds anew
PROGRAMS = ("make", "flex", "bison", "bc", "patch", "pahole", "perl", "xz")
HEADERS = ("/usr/include/gelf.h",)
GOOD_MB = 500   # to be left on the disk


def check_tools(variant):
    missing = [p for p in (*PROGRAMS, compiler(variant))
               if not shutil.which(p)]
    missing += [header for header in HEADERS if not os.path.exists(header)]
    if missing:
        raise Trouble(f"to build kernels takes {', '.join(missing)}, which is "
                      "not installed; scripts/setup.sh --lab installs it")


def inputs(variant, version):
    """All that a kernel is made of, as what its hash is taken of."""
    patches = {p.name: hashlib.sha256(p.read_bytes()).hexdigest()
               for p in variant.patches()}
    cc = compiler(variant)
    told = tool(cc, "--version").decode() if shutil.which(cc) else "none\n"
    return {"variant": variant.name, "source": version, "recipe": RECIPE,
            "config": wanted_options(variant), "patches": patches,
            "compiler": told.splitlines()[0]}


def hash_of(made_of):
    text = json.dumps(made_of, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def wanted_options(variant):
    wanted = {}
    for part in variant.parts():
        wanted.update(options(part.read_text(encoding="utf-8")))
    return wanted


def home(variant):
    return cache() / "kernels" / f"built-{variant.folder}"


def tree_of(variant):
    return cache() / "build" / variant.folder


def known(variant):
    """What the cached kernel of this variant was made of and what it took;
    {} when there is none."""
    return read_json(home(variant) / "built.json")


def is_current(variant):
    """Whether the cached kernel is what would be built now; where there is no
    compiler, by another one if need be."""
    have = known(variant).get("made_of")
    if not have or not (home(variant) / "vmlinuz").exists():
        return False
    now = inputs(variant, source.version(variant.series) or have["source"])
    if now["compiler"] == "none":
        now["compiler"] = have["compiler"]
    return have == now


def check_disk(variant, tree):
    """Says what the build will take; refuses when the disk is too small."""
    minutes, _, tree_mb = variant.cost()
    spent = known(variant).get("cpu_s")
    need_mb = GOOD_MB
    if not source.version(variant.series):
        need_mb += SOURCE_MB
    have_mb = 0
    if tree.exists():
        have_mb = int(tool("du", "-sm", str(tree / "out")).split()[0]) \
            if (tree / "out").exists() else 0
    need_mb += max(0, tree_mb - have_mb)
    free_mb = shutil.disk_usage(cache()).free >> 20
    if free_mb < need_mb:
        raise Trouble(
            f"{variant.name}: takes {need_mb} MB in {cache()}, where "
            f"{free_mb} MB are free; make room (faultlab list shows what lies "
            "there), or set FAULTLINE_LAB to a folder on another disk")
    before = f"; {spent / 60:.0f} the last time" if spent else ""
    went_on = ", of which some is done" if have_mb else ""
    print(f"faultlab: {variant.name}: about {minutes} CPU minutes{went_on}"
          f"{before}, and {need_mb - GOOD_MB} MB of the {free_mb} MB free",
          flush=True)


def configure(variant, make):
    """out/.config from allnoconfig and our options; Trouble names each that
    did not take. A config that stays the same keeps its date: kconfig sees to
    that."""
    wanted = wanted_options(variant)
    out = make.tree / "out"
    fragment = out / "faultline.config"
    text = "".join(f"# {name} is not set\n" if value == "n" else
                   f"{name}={value}\n" for name, value in wanted.items())
    fragment.write_text(text)
    make.run("allnoconfig", KCONFIG_ALLCONFIG=str(fragment))
    check_config(variant, out)


def check_config(variant, out):
    failed = not_taken(wanted_options(variant), options(
        (out / ".config").read_text(encoding="utf-8")))
    if failed:
        raise Trouble(
            f"{variant.name}: {len(failed)} options of the config did not "
            f"take ({' '.join(p.name for p in variant.parts())}):\n  " +
            "\n  ".join(failed))


def keep(variant, tree, made_of, make):
    """Image, config and what they were made of, into the cache."""
    final = home(variant)
    work = final.with_name(final.name + ".new")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    shutil.copyfile(tree / "out" / variant.how.image, work / "vmlinuz")
    shutil.copyfile(tree / "out" / ".config", work / "config")
    spent = make.take_spent()
    tree_mb = int(tool("du", "-sm", str(tree / "out")).split()[0])
    (work / "built.json").write_text(json.dumps(
        {"made_of": made_of, "tree_mb": tree_mb, **spent}, indent=1))
    shutil.rmtree(final, ignore_errors=True)
    work.rename(final)
    return spent


def in_cache(variant):
    """Whether it is there, which is told."""
    found = is_current(variant)
    if found:
        print(f"faultlab: built:{variant.name}: in the cache already, "
              f"{home(variant)}")
    return found


def build_locked(variant, jobs, drop, newest):
    if newest:
        source.fetch(variant.series, newest)
    if in_cache(variant):
        return
    check_tools(variant)
    tree = tree_of(variant)
    check_disk(variant, tree)
    version = source.fetch(variant.series)
    of = tree / "out" / "faultline.source"
    if tree.exists() and (not of.exists() or of.read_text() != version):
        shutil.rmtree(tree, ignore_errors=True)
    source.make_tree(variant.series, tree)
    (tree / "out").mkdir(exist_ok=True)
    of.write_text(version)
    changed = source.patch_tree(variant.series, tree, variant.patches())
    if not variant.patches() and KINDS[variant.kind][0]:
        print(f"faultlab: there are no patches in lab/patches/"
              f"{variant.series}", flush=True)
    elif changed:
        print(f"faultlab: patched: {' '.join(changed)}", flush=True)
    made_of = inputs(variant, version)
    release = f"-faultline{'-' if variant.kind else ''}{variant.kind}-" + \
        hash_of(made_of)
    make = Make(variant, tree, compiler(variant), release, jobs)
    configure(variant, make)
    make.run(variant.how.target)
    check_config(variant, tree / "out")
    spent = keep(variant, tree, made_of, make)
    print(f"faultlab: built:{variant.name}: all {len(made_of['config'])} "
          f"options took; {spent['objects']} objects, "
          f"{spent['cpu_s'] / 60:.1f} CPU minutes, "
          f"{spent['wall_s'] / 60:.1f} minutes; {home(variant)}")
    if drop:
        shutil.rmtree(tree)


def build(name, jobs=None, drop=False, newest=False):
    """Builds a variant into the cache unless it is there; one build at a
    time on a machine."""
    variant = Variant(name)
    if not newest and in_cache(variant):
        return
    folder = cache() / "build"
    folder.mkdir(exist_ok=True)
    with open(folder / "lock", "w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("faultlab: another build is running; waiting for its end",
                  flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            build_locked(variant, jobs or os.cpu_count(), drop, newest)
        except KeyboardInterrupt:
            print(f"\nfaultlab: stopped; `faultlab build {variant.name}` goes "
                  "on from here", flush=True)
            raise


def table():
    """[(variant's name, what is to be told of it)]"""
    rows = []
    for name in all_names():
        variant = Variant(name)
        told = KINDS[variant.kind][1]
        have = known(variant)
        if have:
            told = (f"cached: {have['made_of']['source']}, "
                    f"{have['cpu_s'] / 60:.1f} CPU minutes, "
                    f"{have['objects']} objects, {have['tree_mb']} MB")
            if not is_current(variant):
                told += ", of other inputs than today's: build it again"
        rows.append((variant.name, told))
    return rows


def sizes():
    """What the cache takes on the disk, in words. Files of several trees
    count once."""
    told = tool("du", "-sm", *sorted(str(p) for p in cache().iterdir()
                                     if p.is_dir())).decode()
    return ", ".join("{1} {0} MB".format(mb, os.path.basename(path)) for mb, path
                     in (line.split("\t") for line in told.splitlines()))
