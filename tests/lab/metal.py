#!/usr/bin/python3
"""metal.py LAB-DIR

The parts of the bare-metal plan that need no reboot: what became of a boot,
which entry of GRUB is a kernel's, which command line both sides get, what is
kept of a boot that died. lab/verify.d/70-metal has machines that reboot.
"""
import io
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

LAB = sys.argv.pop(1)
sys.dont_write_bytecode = True
sys.path.insert(0, LAB)

import boots
import installed
from trouble import Trouble

GRUB_CFG = """
if [ "${next_entry}" ] ; then
   set default="${next_entry}"
   set next_entry=
   save_env next_entry
fi
function gfxmode {
	set gfxpayload="${1}"
}
menuentry 'Debian GNU/Linux' --class debian $menuentry_id_option 'gnulinux-simple-U' {
	if [ x$grub_platform = xxen ]; then insmod xzio; fi
	linux	/vmlinuz-6.12.9 root=UUID=U ro quiet
	initrd	/initrd.img-6.12.9
}
submenu 'Advanced options' $menuentry_id_option 'gnulinux-advanced-U' {
	menuentry 'Debian, with Linux 6.12.9' $menuentry_id_option 'gnulinux-6.12.9-advanced-U' {
		linux	/vmlinuz-6.12.9 root=UUID=U ro quiet
	}
	menuentry 'Debian, with Linux 6.12.9 (recovery mode)' $menuentry_id_option 'gnulinux-6.12.9-recovery-U' {
		linux	/vmlinuz-6.12.9 root=UUID=U ro single
	}
	menuentry 'Debian, with Linux 6.1.5' $menuentry_id_option 'gnulinux-6.1.5-advanced-U' {
		linux	/vmlinuz-6.1.5 root=UUID=U ro quiet
	}
}
menuentry 'Other' --id other {
	linux	/boot/vmlinuz-6.6.6 ro
}
"""


def plan(**fields):
    return boots.Plan({
        "kernels": {"a": "6.1.5", "b": "6.12.9"}, "done": 0, "phase": "ready",
        "schedule": [["b", 1, 7], ["a", 1, 8]], "boot": "", "failures": [],
        "folder": "/none", **fields})


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def kernel(self, release, missing=()):
        for name in (f"vmlinuz-{release}", f"initrd.img-{release}"):
            if name not in missing:
                (self.folder / "boot").mkdir(exist_ok=True)
                (self.folder / "boot" / name).touch()
        return installed.Installed(release, self.folder)


class Arriving(unittest.TestCase):
    def case(self, phase, boot, right, measure, why=None):
        p = plan(phase=phase, boot="one")
        self.assertEqual(p.arrive(boot, right, "6.1.5"), measure)
        self.assertEqual([f["why"] for f in p.failures], why or [])
        self.assertEqual(p.phase, "ready" if why else phase)

    def test_as_wanted(self):
        self.case("asked", "two", True, True)

    def test_another_kernel_came_up(self):
        self.case("asked", "two", False, False, [
            "it did not come up to the unit: 6.1.5 runs instead"])

    def test_not_gone_yet(self):
        self.case("asked", "one", False, False)

    def test_died_in_a_run(self):
        for right in True, False:
            self.case("measuring", "two", right, False,
                      ["the machine went down while it measured"])

    def test_stopped_in_a_run(self):
        self.case("paused", "one", False, True)
        self.case("paused", "two", True, False)
        self.case("measuring", "one", False, True)

    def test_the_first_boot_is_not_measured(self):
        self.case("ready", "one", True, False)

    def test_the_third_failure_ends_it(self):
        p = plan()
        for nr in range(3):
            self.assertFalse(p.is_over())
            p.phase, p.boot = "asked", str(nr)
            p.arrive("now", False, "6.1.5")
        self.assertTrue(p.is_over())
        self.assertTrue(plan(done=2).is_over())


class Keeping(Folder):
    def test_a_state_is_read_as_it_was_written(self):
        path = self.folder / "deep" / "state.json"
        self.assertIsNone(boots.Plan.load(path))
        p = plan(phase="asked")
        p.fail("x")
        p.save(path)
        self.assertEqual(boots.Plan.load(path).__dict__, p.__dict__)
        self.assertEqual([f.name for f in path.parent.iterdir()],
                         ["state.json"])
        path.write_text("{")
        with self.assertRaisesRegex(Trouble, "state.json"):
            boots.Plan.load(path)

    def dead(self, part, flight):
        one, other = self.folder / "001-a.part", self.folder / "flight"
        one.write_bytes(part)
        other.write_bytes(flight)
        with mock.patch("sys.stdout", io.StringIO()):
            boots.bury(one, other)
        left = [p for p in self.folder.iterdir() if p != other]
        self.assertEqual(len(left), 1)
        self.assertRegex(left[0].name, r"^001-a\.dead-\d+$")
        return left[0].read_bytes()

    def test_what_a_dead_boot_leaves(self):
        run = {"type": "run", "session": "s", "block": 0, "position": 0}
        began = {**run, "type": "fail", "command": "c", "of_witness": False,
                 "reason": ""}
        lines = [json.dumps(r).encode() + b"\n" for r in (run, began)]
        session = b'{"type": "session", "session": "s"}\n'
        told = self.dead(session + b'{"torn', lines[1])
        self.assertEqual(json.loads(told.splitlines()[1])["reason"],
                         "the machine died in this run: it was found in the "
                         "boot after")

    def test_a_run_that_was_over_is_not_blamed(self):
        run = {"type": "run", "session": "s", "block": 0, "position": 0}
        data = b'{"type": "session", "session": "s"}\n' + \
            json.dumps(run).encode() + b"\n"
        self.assertEqual(self.dead(data, json.dumps(
            {**run, "type": "fail"}).encode() + b"\n"), data)


class Carrier:
    """One whose boots are only asked for."""

    verb = "reboot"

    def __init__(self, refuses=""):
        self.refuses, self.asked, self.cancelled = refuses, [], 0

    def ask(self, kernel, line):
        if self.refuses:
            raise Trouble(self.refuses)
        self.asked.append((kernel.release, line))

    def arrived(self, kernel):
        return kernel.release == "6.12.9"

    def cancel(self):
        self.cancelled += 1

    def default(self):
        return "saved_entry x"


class Gone(BaseException):
    """The machine went down for the reboot that was asked for."""


class Stepping(Folder):
    """Boots of a machine of which only the reboot is missing: `run` ends with
    the next of these statuses."""

    def setUp(self):
        super().setUp()
        self.boot, self.calls = "0", []
        (self.folder / "unit").touch()
        self.plan = plan(folder=str(self.folder), labels={"a": "x", "b": "y"},
                         via="grub", append="", line="ro", settle_s=0,
                         default="saved_entry x", ended="", why="")
        for name in ("6.1.5", "6.12.9"):
            self.kernel(name)
        real = installed.Installed
        for target, name, value in (
                (boots, "STATE", self.folder), (boots, "boot_id",
                                                lambda: self.boot),
                (boots, "UNIT", self.folder / "unit"),
                (boots, "settle", lambda s: "settled"),
                (boots, "judge", lambda plan, log: log.say("judged")),
                (boots.Plan, "save", lambda plan: None),
                (boots.time, "sleep", self.sleep),
                (boots.signal, "signal", lambda *a: None),
                (installed, "Installed", lambda r: real(r, self.folder)),
                (installed, "call", self.call)):
            patch = mock.patch.object(target, name, value)
            patch.start()
            self.addCleanup(patch.stop)

    def call(self, *words):
        self.calls.append(" ".join(words))

    def sleep(self, seconds):
        if seconds == boots.LIMIT_S:
            raise Gone

    def step(self, carrier, status):
        self.boot = str(int(self.boot) + 1)

        def measure(p):
            p.part.parent.mkdir(exist_ok=True)
            p.part.write_text('{"type": "session"}\n')
            return status

        with mock.patch.object(boots, "measure", measure), \
                mock.patch("sys.stdout", io.StringIO()), \
                mock.patch.dict(installed.CARRIERS, grub=lambda _: carrier), \
                mock.patch.object(boots.Plan, "load", lambda: self.plan):
            try:
                return boots.step(None)
            except Gone:
                return "gone"

    def test_to_the_end(self):
        carrier = Carrier()
        self.assertEqual(self.step(carrier, None), "gone")
        self.assertEqual(carrier.asked, [("6.12.9", "ro")])
        self.assertEqual(self.calls, ["systemctl --no-block reboot"])
        self.assertEqual(self.step(carrier, 0), "gone")
        carrier.arrived = lambda kernel: kernel.release == "6.1.5"
        self.assertEqual(self.step(carrier, 1), 0)
        self.assertEqual(self.plan.ended, "done")
        self.assertEqual(sorted(p.name for p in
                                (self.folder / "boots").iterdir()),
                         ["001-a.jsonl", "001-b.jsonl"])
        self.check_end(carrier)

    def check_end(self, carrier):
        self.assertEqual(carrier.cancelled, 1)
        self.assertIn("systemctl disable unit", self.calls)
        self.assertFalse((self.folder / "unit").exists())
        self.assertIn("judged", (self.folder / "log").read_text())
        asked = list(self.calls)
        self.assertEqual(self.step(carrier, 0), 0)
        self.assertEqual(self.calls, asked)

    def test_three_troubles(self):
        """Not all of the same boot, and counted across boots."""
        carrier = Carrier()
        for status in (None, 2, 2):
            self.assertEqual(self.step(carrier, status), "gone")
        self.assertEqual(self.step(carrier, 2), 1)
        self.assertEqual([f["why"] for f in self.plan.failures],
                         ["faultline run ended with status 2"] * 3)
        self.assertEqual(len(list((self.folder / "boots").glob("*.dead-*"))),
                         3)
        self.check_end(carrier)

    def test_stopped_while_it_measures(self):
        carrier = Carrier()
        self.step(carrier, None)
        with self.assertRaises(KeyboardInterrupt):
            self.step(carrier, 130)
        self.assertEqual(self.plan.phase, "paused")
        self.boot = str(int(self.boot) - 1)  # started again in this boot
        self.assertEqual(self.step(carrier, 0), "gone")
        self.assertEqual((self.plan.done, self.plan.failures), (1, []))

    def test_what_cannot_be_asked_for_ends_it(self):
        carrier = Carrier("kexec: Operation not permitted")
        self.assertEqual(self.step(carrier, None), 1)
        self.assertEqual(self.plan.why, "kexec: Operation not permitted")
        self.check_end(carrier)

    def test_a_default_that_somebody_changed_is_told(self):
        carrier = Carrier("no")
        carrier.default = lambda: "saved_entry y"
        self.step(carrier, None)
        self.assertIn("default entry was saved_entry x at the start",
                      (self.folder / "log").read_text())


class Kernels(Folder):
    def test_found(self):
        kernel = self.kernel("6.1.5")
        self.assertEqual(kernel.initrd.name, "initrd.img-6.1.5")
        self.assertIsNone(kernel.option("KEXEC"))
        (self.folder / "boot/config-6.1.5").write_text(
            "#\nCONFIG_KEXEC=y\n# CONFIG_KEXEC_FILE is not set\n")
        self.assertEqual([kernel.option("KEXEC"), kernel.option("KEXEC_FILE")],
                         ["y", "n"])

    def test_missing(self):
        for name, told in (("vmlinuz-1", "no kernel image"),
                           ("initrd.img-1", "no initrd")):
            shutil.rmtree(self.folder / "boot", ignore_errors=True)
            with self.assertRaisesRegex(Trouble, told):
                self.kernel("1", [name])


class Commands(unittest.TestCase):
    def test_nothing_is_begun_without_kernels(self):
        """As root or not, booted by systemd or not."""
        done = subprocess.run(
            [f"{LAB}/faultlab", "metal", "start", "no-such-a", "no-such-b"],
            check=False, capture_output=True, text=True)
        self.assertEqual(done.returncode, 2, done)
        self.assertRegex(done.stderr, "as root|by systemd|under way|no kernel")


class ByKexec(unittest.TestCase):
    def test_command_line(self):
        line = installed.Kexec("nosmt").command_line
        self.assertEqual(
            line("BOOT_IMAGE=/vmlinuz root=/dev/x initrd=i faultline.metal=on"),
            "root=/dev/x nosmt panic=30 faultline.metal=on")
        self.assertEqual(line("panic=5"), "panic=5 nosmt faultline.metal=on")
        # The same from either kernel.
        self.assertEqual(installed.Kexec().command_line(line("ro")),
                         line("ro"))


class ByGrub(Folder):
    def grub(self, env="saved_entry=x\n", cfg=GRUB_CFG):
        (self.folder / "boot/grub").mkdir(parents=True, exist_ok=True)
        (self.folder / "boot/grub/grub.cfg").write_text(cfg)
        (self.folder / "boot/grub/grubenv").write_text(
            "# GRUB Environment Block\n" + env + "####")
        return installed.Grub(root=self.folder)

    def test_entries(self):
        grub = self.grub()
        for release, entry in (
                ("6.12.9", "gnulinux-advanced-U>gnulinux-6.12.9-advanced-U"),
                ("6.1.5", "gnulinux-advanced-U>gnulinux-6.1.5-advanced-U"),
                ("6.6.6", "other")):
            self.assertEqual(grub.entry(self.kernel(release))[0], entry)
        self.assertEqual(grub.entry(self.kernel("6.1.5"))[1],
                         "root=UUID=U ro quiet")
        with self.assertRaisesRegex(Trouble, "no entry for it"):
            grub.entry(self.kernel("6.12"))

    def refused(self, told, sides=("6.12.9", "6.1.5"), tools=("", "ext2"),
                **files):
        grub = self.grub(**files)
        with mock.patch.object(installed, "call", side_effect=tools), \
                self.assertRaisesRegex(Trouble, told):
            grub.check(dict(zip("ab", map(self.kernel, sides))))

    def test_refused(self):
        self.refused("different command lines", sides=("6.12.9", "6.6.6"))
        self.refused("GRUB cannot write", tools=("lvm", "ext2"))
        self.refused("GRUB cannot write", tools=("", "btrfs"))
        self.refused("asked for an entry already", env="next_entry=1\n")
        (self.folder / "etc/default").mkdir(parents=True)
        (self.folder / "etc/default/kexec").write_text("LOAD_KEXEC=true\n")
        self.refused("LOAD_KEXEC")
        self.refused("knows no next_entry", cfg="menuentry 'a' {\n}\n")
        with self.assertRaisesRegex(Trouble, "--via kexec"):
            installed.Grub(root=self.folder / "nothing")
        with self.assertRaisesRegex(Trouble, "GRUB_CMDLINE_LINUX"):
            installed.Grub("nosmt")

    def test_accepted(self):
        grub = self.grub()
        with mock.patch.object(installed, "call", side_effect=("", "ext2")):
            self.assertEqual(grub.check(dict(zip("ab", map(
                self.kernel, ("6.12.9", "6.1.5"))))), "root=UUID=U ro quiet")

    def test_the_default_in_words(self):
        self.assertEqual(self.grub().default(),
                         "GRUB_DEFAULT=0, saved_entry x")

    def test_an_entry_that_stays_is_no_arrival(self):
        with self.assertRaisesRegex(Trouble, "for ever"):
            self.grub("next_entry=6.1\n").arrived(self.kernel("6.1.5"))


if __name__ == "__main__":
    unittest.main(verbosity=0)
