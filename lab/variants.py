# SPDX-License-Identifier: GPL-2.0-or-later
"""What `faultlab build` can build: SERIES[-KIND][/arm64], as tables.

A kernel's config is allnoconfig and the parts of lab/kernel/ that its variant
names, those that are there, the later ones winning; its source is Debian's
with the patches of lab/patches/SERIES/ in their order, or without.
"""
import pathlib
import re

from trouble import Trouble

HERE = pathlib.Path(__file__).resolve().parent
SERIES = ("6.12", "7.3")


class Arch:
    """How a kernel for this architecture is made."""

    def __init__(self, kernel, cross, target, image, machines):
        self.kernel, self.cross, self.target = kernel, cross, target
        self.image, self.machines = image, machines


ARCHS = {
    "amd64": Arch("x86_64", "x86_64-linux-gnu-", "bzImage",
                  "arch/x86/boot/bzImage", ("x86_64",)),
    "arm64": Arch("arm64", "aarch64-linux-gnu-", "Image",
                  "arch/arm64/boot/Image", ("aarch64", "arm64")),
}

# kind: (with our patches, what it is for)
KINDS = {
    "": (True, "with the switches of the lock policy"),
    "plain": (False, "without patches"),
    "nolock": (True, "without per-VMA locks, for calibration"),
    "debug": (True, "with lockdep, sleep checks and KASAN"),
}

# What a build takes, roughly: CPU minutes with an empty ccache, objects, MB of
# its folder out. What it took is in doc/lab.md, and `faultlab list` says it.
COSTS = {
    ("6.12", "amd64", ""): (14, 1283, 1420),
    ("6.12", "amd64", "debug"): (25, 1300, 2600),
    ("6.12", "arm64", ""): (12, 1100, 1420),
    ("6.12", "arm64", "debug"): (22, 1100, 2600),
    ("7.3", "amd64", ""): (14, 1343, 2050),
    ("7.3", "amd64", "debug"): (26, 1350, 3600),
    ("7.3", "arm64", ""): (13, 1150, 2050),
    ("7.3", "arm64", "debug"): (24, 1150, 3600),
}
SOURCE_MB = 2000   # one series unpacked, its package beside it meanwhile


class Variant:
    """A name taken apart: series, kind, arch; and what follows from them."""

    def __init__(self, name):
        found = re.fullmatch(r"(\d+\.\d+)(?:-([a-z]+))?(?:/([a-z0-9]+))?", name)
        self.series, self.kind, self.arch = found.groups() if found else [""] * 3
        self.kind, self.arch = self.kind or "", self.arch or "amd64"
        if self.series not in SERIES or self.kind not in KINDS or \
                self.arch not in ARCHS or "-/" in name:
            raise Trouble(
                f"{name}: a variant is SERIES[-KIND][/arm64]: series "
                f"{' '.join(SERIES)}; kinds {' '.join(filter(None, KINDS))}; "
                "such as 6.12, 7.3-plain, 6.12/arm64")
        self.name = self.series + (f"-{self.kind}" if self.kind else "") + \
            ("" if self.arch == "amd64" else f"/{self.arch}")
        self.folder = self.name.replace("/", "-")
        self.how = ARCHS[self.arch]

    def patches(self):
        """The patches in their order; none is no mistake."""
        if not KINDS[self.kind][0]:
            return []
        return sorted((HERE / "patches" / self.series).glob("*.patch"))

    def parts(self):
        """The parts of the config that are there, the last one wins."""
        names = ["common", self.series, self.arch, f"{self.series}-{self.arch}"]
        if self.kind:
            names.append(self.kind)
        return [path for path in (HERE / "kernel" / f"{name}.config"
                                  for name in names) if path.exists()]

    def cost(self):
        """(CPU minutes, objects, MB) of a build from nothing."""
        return COSTS[self.series, self.arch,
                     "debug" if self.kind == "debug" else ""]


def all_names():
    """The names of all variants."""
    return [Variant(f"{series}{'-' if kind else ''}{kind}/{arch}").name
            for series in SERIES for arch in ARCHS for kind in KINDS]


def options(text):
    """{"CONFIG_X": "y"} of a config or a fragment; "n" for what is not set."""
    found = {}
    for line in text.splitlines():
        on = re.match(r"(CONFIG_\w+)=(.*)$", line)
        off = re.match(r"# (CONFIG_\w+) is not set$", line)
        if on or off:
            found[(on or off).group(1)] = on.group(2) if on else "n"
    return found


def not_taken(wanted, config):
    """The options of `wanted` that `config` has otherwise, as lines."""
    return [f"{name}: {value} wanted, {config.get(name, 'n')} it is"
            for name, value in wanted.items()
            if config.get(name, "n") != value]
