#!/usr/bin/python3
"""builds.py LAB-DIR

`faultlab build` from beginning to end on a source of five files that says it is
a kernel: caching, patches, what is compiled anew, interruptions, and every
refusal. Needs make, gcc and patch.
"""
import contextlib
import io
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

LAB = sys.argv.pop(1)
sys.dont_write_bytecode = True
sys.path.insert(0, LAB)

import build
import common
import kernels
import variants
from trouble import Trouble

# What build.py asks of a kernel's Makefile. CONFIG_STUBBORN never takes.
MAKEFILE = """
objects := $(patsubst %.c,out/%.o,$(wildcard mm/*.c))
allnoconfig:
\tgrep -v STUBBORN $(KCONFIG_ALLCONFIG) >out/.config
bzImage Image: out/arch/x86/boot/bzImage
FORCE:
out/arch/x86/boot/bzImage: $(objects) FORCE
\tmkdir -p $(@D) && cat $(objects) >$@ && mkdir -p out/arch/arm64/boot && \\
\techo $(LOCALVERSION) $(CC) >>$@ && cp $@ out/arch/arm64/boot/Image
out/%.o: %.c
\t@echo "  CC      $@"
\t@mkdir -p $(@D) && ! grep 'error:' $< && sleep $${SLOW:-0} && cp $< $@
.DELETE_ON_ERROR:
"""
FILES = ("a", "b", "c", "d", "e")
SWITCH = """Why it is changed.
--- a/mm/{0}.c
+++ b/mm/{0}.c
@@ -1,3 +1,3 @@
 first
-second
+{1}
 third
"""


class Builds(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        os.environ["FAULTLINE_LAB"] = str(self.folder / "cache")
        linux = common.cache() / "source" / "6.12" / "linux"
        (linux / "mm").mkdir(parents=True)
        (linux / "Makefile").write_text(MAKEFILE)
        for name in FILES:
            (linux / "mm" / f"{name}.c").write_text("first\nsecond\nthird\n")
        (linux.parent / "version").write_text("6.12.1-1\n")
        # As old as a source is that was fetched some time ago.
        for path in [*linux.rglob("*")]:
            os.utime(path, (1e9, 1e9))
        self.here = self.folder / "lab"
        self.patches = self.here / "patches" / "6.12"
        self.patches.mkdir(parents=True)
        (self.here / "kernel").mkdir()
        self.config("CONFIG_SMP=y\n# CONFIG_NET is not set\n")
        for module, name, value in (
                (variants, "HERE", self.here), (build, "HEADERS", ()),
                (build, "PROGRAMS", ("make", "patch"))):
            self.addCleanup(setattr, module, name, getattr(module, name))
            setattr(module, name, value)

    def config(self, text):
        (self.here / "kernel" / "common.config").write_text(text)

    def patch(self, file="a", line="changed", name="0001-x.patch"):
        (self.patches / name).write_text(SWITCH.format(file, line))

    def build(self, name="6.12", **options):
        """What it printed."""
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            build.build(name, 1, **options)
        return out.getvalue()

    def log(self, name="6.12"):
        return common.cache() / "build" / name / "out" / "faultline.log"

    def compiled(self, name="6.12"):
        return sorted(line.split("/")[-1][0] for line in
                      self.log(name).read_text().splitlines()
                      if line.startswith("  CC "))

    def image(self, name="6.12"):
        return kernels.find(f"built:{name}").image.read_text()

    def test_built_once(self):
        told = self.build("6.12-plain")
        self.assertIn("CPU minutes", told.splitlines()[0])
        self.assertIn("all 2 options took; 5 objects", told)
        kernel = kernels.find("built:6.12-plain")
        self.assertEqual(kernel.config.read_text(),
                         "CONFIG_SMP=y\n# CONFIG_NET is not set\n")
        self.assertIn("-faultline-plain-", self.image("6.12-plain"))
        self.log("6.12-plain").unlink()
        self.assertIn("in the cache already", self.build("6.12-plain"))
        self.assertFalse(self.log("6.12-plain").exists(), "make ran again")

    def test_another_config_another_kernel(self):
        self.build("6.12-plain")
        before = self.image("6.12-plain")
        self.config("CONFIG_SMP=y\nCONFIG_NET=y\n")
        rows = dict(build.table())
        self.assertIn("build it again", rows["6.12-plain"])
        self.build("6.12-plain")
        self.assertNotEqual(before, self.image("6.12-plain"))
        self.assertRegex(dict(build.table())["6.12-plain"],
                         r"^cached: 6.12.1-1, .* CPU minutes, \d objects, \d MB$")

    def test_parts_of_a_config(self):
        (self.here / "kernel" / "6.12.config").write_text("CONFIG_A=y\n")
        (self.here / "kernel" / "7.3.config").write_text("CONFIG_B=y\n")
        (self.here / "kernel" / "debug.config").write_text(
            "# CONFIG_SMP is not set\nCONFIG_NAME=\"x\"\n")
        self.assertEqual(
            build.wanted_options(variants.Variant("6.12-debug")),
            {"CONFIG_SMP": "n", "CONFIG_NET": "n", "CONFIG_A": "y",
             "CONFIG_NAME": '"x"'})

    def test_what_a_patch_touches_is_compiled(self):
        self.assertIn("no patches in lab/patches/6.12", self.build())
        self.assertEqual(self.compiled(), [*"abcde"])
        self.patch("a", "changed")
        self.patch("b", "changed too", "0002-y.patch")
        self.assertIn("patched: mm/a.c mm/b.c", self.build())
        self.assertEqual(self.compiled(), [*"ab"])
        self.patch("a", "changed otherwise")
        self.build()
        self.assertEqual(self.compiled(), [*"a"])
        self.assertIn("changed otherwise", self.image())
        (self.patches / "0001-x.patch").unlink()
        self.build()
        self.assertEqual(self.compiled(), [*"a"], "it is as it was")
        self.assertNotIn("otherwise", self.image())
        self.assertIn("changed too", self.image())

    def test_patches_make_and_remove_files(self):
        (self.patches / "0001-new.patch").write_text(
            "--- /dev/null\n+++ b/mm/new.c\n@@ -0,0 +1 @@\n+new file\n"
            "--- a/mm/e.c\n+++ /dev/null\n"
            "@@ -1,3 +0,0 @@\n-first\n-second\n-third\n")
        self.build()
        self.assertEqual(self.compiled(), [*"abcdn"])
        tree = common.cache() / "build" / "6.12" / "mm"
        self.assertFalse((tree / "e.c").exists())
        (self.patches / "0001-new.patch").unlink()
        self.build()
        self.assertEqual(self.compiled(), ["e"])
        self.assertFalse((tree / "new.c").exists())

    def test_the_source_stays_as_it_was(self):
        self.patch()
        self.build()
        for name in FILES:
            path = common.cache() / "source/6.12/linux/mm" / f"{name}.c"
            self.assertEqual(path.read_text(), "first\nsecond\nthird\n")
            self.assertEqual(path.stat().st_mtime, 1e9)

    def test_plain_has_no_patches(self):
        self.patch()
        self.build("6.12-plain")
        self.assertNotIn("changed", self.image("6.12-plain"))

    def test_arm64(self):
        if not shutil.which("aarch64-linux-gnu-gcc"):
            self.skipTest("no aarch64-linux-gnu-gcc")
        self.build("6.12/arm64")
        self.assertIn("aarch64-linux-gnu-gcc", self.image("6.12/arm64"))

    def test_a_patch_that_does_not_apply(self):
        self.patch()
        self.patch("a", "never", "0002-y.patch")
        with self.assertRaisesRegex(
                Trouble, "(?s)0002-y.patch does not apply.*Hunk #1 FAILED"):
            self.build()
        tree = common.cache() / "build" / "6.12"
        self.assertEqual((tree / "mm/a.c").read_text(),
                         "first\nsecond\nthird\n", "half of it is there")

    def test_options_that_do_not_take(self):
        self.config("CONFIG_SMP=y\nCONFIG_STUBBORN=y\n")
        with self.assertRaisesRegex(
                Trouble, r"(?s)1 options .*common.config.*"
                "CONFIG_STUBBORN: y wanted, n it is"):
            self.build()
        self.assertEqual(self.compiled(), [])

    def test_an_error_of_the_compiler(self):
        self.patch("c", "mm/c.c:2: error: expected declaration")
        with self.assertRaisesRegex(Trouble, "(?s)make failed.*expected decl"):
            self.build()
        with self.assertRaisesRegex(Trouble, "faultlab build 6.12"):
            self.image()

    def test_a_small_disk(self):
        full = shutil.disk_usage
        shutil.disk_usage = lambda path: full(path)._replace(free=1 << 30)
        try:
            with self.assertRaisesRegex(Trouble, "1024 MB are free; make room"):
                self.build()
        finally:
            shutil.disk_usage = full

    def test_without_a_compiler(self):
        self.build()
        self.addCleanup(setattr, build, "compiler", build.compiler)
        build.compiler = lambda variant: "no-such-gcc"
        self.assertIn("in the cache already", self.build())
        self.patch()
        with self.assertRaisesRegex(Trouble, "no-such-gcc.*setup.sh --lab"):
            self.build()

    def test_sizes(self):
        self.build()
        self.assertRegex(build.sizes(), r"^build \d+ MB, kernels \d+ MB, "
                         r"source \d+ MB$")

    def test_tools_that_are_missing(self):
        build.PROGRAMS = ("make", "no-such-tool")
        with self.assertRaisesRegex(Trouble, "no-such-tool.*setup.sh --lab"):
            self.build()

    def test_names(self):
        self.assertEqual(len(variants.all_names()), 16)
        for name in variants.all_names():
            self.assertEqual(variants.Variant(name).name, name)
        self.assertEqual(variants.Variant("7.3-debug/amd64").name, "7.3-debug")
        for name in ("6.1", "6.12-", "6.12-fast", "6.12/riscv", "6.12-/arm64",
                     "../6.12", ""):
            with self.assertRaisesRegex(Trouble, "SERIES"):
                variants.Variant(name)

    def test_dropped(self):
        self.build(drop=True)
        self.assertFalse((common.cache() / "build" / "6.12").exists())
        self.assertIn("in the cache already", self.build())

    def start(self):
        """The same build in another process, one second an object."""
        text = (f"import sys, pathlib, signal; sys.dont_write_bytecode = True; "
                f"sys.path[:0] = [{LAB!r}]; import build, variants; "
                f"variants.HERE = pathlib.Path({str(self.here)!r}); "
                "build.PROGRAMS, build.HEADERS = ('make', 'patch'), (); "
                "build.build('6.12', 1)")
        return subprocess.Popen([sys.executable, "-c", text],
                                env={**os.environ, "SLOW": "1"}, text=True,
                                stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL)

    def wait_for(self, condition):
        limit = time.monotonic() + 60
        while not condition():
            self.assertLess(time.monotonic(), limit)
            time.sleep(0.05)

    def objects(self):
        return {p.name: p.stat().st_mtime_ns for p in
                (common.cache() / "build/6.12/out").glob("mm/*.o")}

    def working(self):
        """Processes that stand in a tree of ours: make and its children."""
        found = []
        for link in pathlib.Path("/proc").glob("[0-9]*/cwd"):
            with contextlib.suppress(OSError):
                found += [link] if str(self.folder) in os.readlink(link) else []
        return found

    def stop_and_go_on(self, number):
        child = self.start()
        self.wait_for(lambda: len(self.objects()) >= 2)
        child.send_signal(number)
        told = child.communicate()[0]
        self.wait_for(lambda: not self.working())
        before = self.objects()
        self.assertLess(len(before), 5)
        self.build()
        after = self.objects()
        self.assertEqual({n: after[n] for n in before}, before)
        self.assertEqual(len(self.compiled()), 5 - len(before))
        return told

    def test_interrupted(self):
        self.assertIn("`faultlab build 6.12` goes on from here",
                      self.stop_and_go_on(signal.SIGINT))

    def test_killed(self):
        self.stop_and_go_on(signal.SIGKILL)

    def test_one_at_a_time(self):
        child = self.start()
        self.wait_for(lambda: len(self.objects()) >= 1)
        nice = set()
        for link in self.working():
            with contextlib.suppress(ProcessLookupError):  # ended meanwhile
                nice.add(os.getpriority(os.PRIO_PROCESS,
                                        int(link.parent.name)))
        self.assertEqual(nice, {19})
        self.assertIn("another build is running", self.build())
        child.communicate()
        self.assertEqual(child.returncode, 0)

    def test_what_it_took_is_kept(self):
        self.build()
        have = json.loads((common.cache() / "kernels/built-6.12/built.json")
                          .read_text())
        self.assertEqual(have["objects"], 5)
        self.assertGreater(have["cpu_s"], 0)
        self.assertEqual(have["made_of"]["source"], "6.12.1-1")


if __name__ == "__main__":
    for program in ("make", "gcc", "patch"):
        if not shutil.which(program):
            print(f"skipped: {program} is not installed")
            sys.exit(77)
    unittest.main(verbosity=0)
