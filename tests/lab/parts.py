#!/usr/bin/python3
"""parts.py LAB-DIR

The parts of the lab that need no guest: archives, modules, shapes, a kernel's
last words, the arguments of a run, the ladder's words.
"""
import argparse
import ast
import gzip
import importlib
import io
import json
import lzma
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

LAB = sys.argv.pop(1)
sys.dont_write_bytecode = True
sys.path.insert(0, LAB)

import ab
import cross
import guest
import headers
import kernels
import ladder
import machine
import packages
import session
import tests
from trouble import Trouble

OOPS = """[    1.000000] Run /init as init process
lab: up
[   12.345678] BUG: unable to handle page fault for address: ffff8880
[   12.345680][   T42] #PF: supervisor read access in kernel mode
[   12.345690] Oops: 0000 [#1] PREEMPT SMP
[   12.345700] CPU: 1 PID: 42 Comm: exe Not tainted 6.12
[   12.345710] RIP: 0010:handle_mm_fault+0x3d/0x180
[   12.345720] Code: 00
[   12.345730] Call Trace:
"""


def witness(lock="vma", **metrics):
    return {"type": "witness", "metrics": metrics, "verdict": "held",
            "cell": {"scenario": "x", "lock": lock}}


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)


class Archives(Folder):
    @unittest.skipUnless(shutil.which("cpio"), "no cpio to read it with")
    def test_cpio_reads_it(self):
        archive = guest.Archive()
        archive.add("a/b/odd", b"12345", 0o755)
        archive.add("a/empty", b"")
        archive.add_folder("a")
        archive.add_device("dev/console", 5, 1)
        listed = subprocess.run(["cpio", "-itv", "--quiet"], check=True,
                                input=archive.bytes(), capture_output=True)
        lines = listed.stdout.decode().splitlines()
        self.assertEqual([line.split()[-1] for line in lines],
                         ["a", "a/b", "a/b/odd", "a/empty", "dev",
                          "dev/console"])
        self.assertTrue(lines[2].startswith("-rwxr-xr-x"))
        self.assertTrue(lines[5].startswith("crw-------"))
        subprocess.run(["cpio", "-id", "--quiet", "a/b/odd"], check=True,
                       input=archive.bytes(), cwd=self.folder)
        self.assertEqual((self.folder / "a/b/odd").read_bytes(), b"12345")


class Modules(Folder):
    def test_order_follows_depends(self):
        def module(name, depends, pack=lambda data: data, suffix=""):
            data = b"ELF\0license=GPL\0depends=" + depends + b"\0name=x\0"
            (self.folder / f"{name}.ko{suffix}").write_bytes(pack(data))

        module("ext-four", b"jbd2,crc_c", lzma.compress, ".xz")
        module("jbd2", b"crc_c", gzip.compress, ".gz")
        module("crc-c", b"")
        module("unused", b"")
        kernel = kernels.Kernel("x", "/none", self.folder)
        self.assertEqual([n for n, _ in kernel.modules_for(["ext_four",
                                                            "built_in"])],
                         ["crc_c", "jbd2", "ext_four"])


class Names(Folder):
    def test_packages(self):
        for name, release in (
                ("linux-image-5.10.0-32-cloud-amd64", "5.10.0-32"),
                ("linux-image-6.12.95+deb12-cloud-amd64", "6.12.95+deb12"),
                ("linux-image-6.12.95+deb12-cloud-arm64", "6.12.95+deb12"),
                ("linux-binary-unsigned-7.3.4+deb13-cloud-amd64",
                 "7.3.4+deb13")):
            self.assertEqual(packages.PACKAGE.match(name).group(2), release)
        for name in ("linux-image-6.1.0-50-cloud-amd64-unsigned",
                     "linux-image-6.1.0-50-amd64", "linux-image-cloud-amd64",
                     "linux-image-6.1.0-50-cloud-amd64-dbg"):
            self.assertIsNone(packages.PACKAGE.match(name))

    def test_newest_by_number(self):
        self.assertLess(packages.release_key("6.12.95+deb12"),
                        packages.release_key("6.12.117+deb13"))
        self.assertLess(packages.release_key("5.10.0-4"),
                        packages.release_key("5.10.0-32"))

    def test_signed_before_unsigned(self):
        both = {"linux-binary-7.3-cloud-amd64": "1",
                "linux-binary-unsigned-7.3-cloud-amd64": "1",
                "linux-modules-7.3-cloud-amd64": "1"}
        self.assertEqual(set(kernels.choose_packages(both)),
                         {"linux-binary-7.3-cloud-amd64",
                          "linux-modules-7.3-cloud-amd64"})

    def test_a_kernel_of_ones_own(self):
        image = self.folder / "bzImage"
        image.write_bytes(b"\0" * 0x202 + b"HdrS" + b"\0" * 8 +
                          (0x100).to_bytes(2, "little") + b"\0" * 0xf0 +
                          b"7.4.0-rc1+ (me@here) #1 SMP\0")
        kernel = kernels.find(f"file:{image}")
        self.assertEqual(kernel.release, "7.4.0-rc1+")
        self.assertEqual(kernel.arch, "amd64")
        image.write_bytes(b"\x7fELF" + b"\0" * 1024)
        with self.assertRaisesRegex(Trouble, "neither an x86 bzImage"):
            kernels.find(f"file:{image}")

    def test_an_arm64_image(self):
        data = b"\0" * 0x38 + b"ARM\x64" + b"\0" * 64 + \
            b"%s version %s (me)\0Linux version 7.4.0-rc1+ (me@here) #1\0"
        image = self.folder / "Image"
        for packed in (data, gzip.compress(data)):
            image.write_bytes(packed)
            kernel = kernels.find(f"file:{image}")
            self.assertEqual((kernel.arch, kernel.release),
                             ("arm64", "7.4.0-rc1+"))
        image.write_bytes(data.replace(b"Linux version", b"Linux, version"))
        with self.assertRaisesRegex(Trouble, "nor an arm64 Image"):
            kernels.find(f"file:{image}")

    def test_bad_names(self):
        for name in ("6.12", "debian:bookworm", "file:/no/such", "file:",
                     "debian:6.12/", "debian:6.12/mips"):
            with self.assertRaises(Trouble):
                kernels.find(name)


class Headers(Folder):
    def test_whose_module_the_lab_builds(self):
        image = kernels.Kernel("file:bzImage", "/none")
        arm = kernels.Kernel("debian:6.12/arm64", "/none")
        arm.arch = "arm64"
        for kernel in (image, arm):
            with self.assertRaisesRegex(Trouble, "make -C lab/module"):
                headers.build_module(kernel)
        with self.assertRaisesRegex(Trouble, "none of Debian's kernels"):
            headers.packages("6.12.0-custom")

    def test_compiler(self):
        variables = self.folder / ".kernelvariables"
        line = "CC = $(if $(X),$(CCACHE)) $(CROSS_COMPILE)"
        variables.write_text(f"CCACHE = ccache\n{line}no-such-gcc\n")
        self.assertIn("CC=gcc", headers.compiler(self.folder))
        variables.write_text(f"{line}gcc\n")
        if shutil.which("x86_64-linux-gnu-gcc"):
            self.assertEqual(headers.compiler(self.folder), [])

    def test_the_source_is_whole(self):
        names = {path.name for path in headers.SOURCE.iterdir()}
        objects = (headers.SOURCE / "Makefile").read_text()
        for name in ("main", "attach", "hooks"):
            self.assertIn(f"{name}.o", objects)
            self.assertIn(f"{name}.c", names)
        self.assertIn("-fno-optimize-sibling-calls", objects)


class Commands(unittest.TestCase):
    def call(self, *words):
        return subprocess.run([f"{LAB}/faultlab", *words], check=False,
                              capture_output=True, text=True)

    def test_mistakes_are_told(self):
        for words, told in ((("boot", "6.12"), "a kernel is debian:SERIES"),
                            (("boot", "file:/no/such"), "no such file"),
                            (("module", "file:/no/such"), "no such file"),
                            (("climb",), "usage:"), ((), "usage:")):
            done = self.call(*words)
            self.assertEqual(done.returncode, 2, words)
            self.assertIn(told, done.stderr)

    def test_help(self):
        done = self.call("--help")
        self.assertEqual(done.returncode, 0)
        for command in ("list", "get", "module", "boot", "cross", "test", "ab",
                        "ladder"):
            self.assertIn(f"\n    {command} ", done.stdout)


    def test_ab_never_blames_a_commit(self):
        """To git bisect run, 1 to 124 are a bad commit."""
        for words, told in ((("debian:6.12",), "usage:"),
                            (("a", "b", "--boots", "two"), "usage:"),
                            (("6.1", "6.12"), "a kernel is debian:SERIES"),
                            (("file:/no", "file:/no"), "no such file"),
                            (("a", "b", "--boots", "0"), "at least one"),
                            (("a", "b", "--margins", "/no"), "no such file"),
                            (("a", "b", "--config", "/no"), "no such file")):
            done = self.call("ab", *words)
            self.assertEqual(done.returncode, 125, words)
            self.assertIn(told, done.stderr)


class FakeGuest:
    """One whose boots end as told, in turn: None dies in a run, "" is never
    up, a number is faultline's exit status."""

    def __init__(self, ends=()):
        self.kernel = kernels.Kernel("debian:0.1", "/none")
        self.kernel.arch = "amd64"
        self.how = machine.How("tcg", None)
        self.ends, self.commands = list(ends), []

    def boot(self, command, files, takers):
        self.commands.append(command)
        end = self.ends.pop(0) if self.ends else 0
        if end == "":
            raise session.NotUp("it was not up")
        takers["results"](b'{"type":"session","session":"1","facts":{}}\n')
        takers["flight"](b'{"type":"fail","command":"faultline cell"}\n')
        ended = machine.Boot()
        ended.status, ended.why = end, "BUG: it died"
        if end is not None:
            takers["results"](b'{"type":"run"}\n')
        return ended


class AgainstEachOther(Folder):
    def measuring(self, a=(), b=(), boots=2, deaths=5):
        config = self.folder / "x.conf"
        config.write_text("[plan]")
        options = argparse.Namespace(boots=boots, deaths=deaths)
        self.sides = FakeGuest(a), FakeGuest(b)
        return ab.Measuring(options, self.folder, config, self.sides,
                            ("old", "new"))

    def quietly(self, call, *words):
        out, sys.stdout = sys.stdout, io.StringIO()
        try:
            call(*words)
        finally:
            said, sys.stdout = sys.stdout.getvalue(), out
        return said

    def test_order(self):
        many = ab.order(5, 200)
        self.assertEqual(many[:20], ab.order(5, 10))
        self.assertNotEqual(many, ab.order(6, 200))
        for pair in zip(many[::2], many[1::2]):
            self.assertEqual({side for side, _, _ in pair}, {"a", "b"})
            self.assertEqual(pair[0][1], pair[1][1])
        first = sum(side == "a" for side, _, _ in many[::2])
        self.assertTrue(70 < first < 130, first)
        self.assertNotIn(0, [seed for _, _, seed in many])

    def test_labels(self):
        def kernel(name, release):
            made = kernels.Kernel(name, "/none")
            made.release = release
            return made

        debian = kernel("debian:6.12", "6.12.1")
        self.assertEqual(ab.labels(debian, kernel("file:/x/bz", "7.4-rc1")),
                         ["debian:6.12", "7.4-rc1"])
        self.assertEqual(ab.labels(debian, debian),
                         ["debian:6.12 (A)", "debian:6.12 (B)"])

    def test_each_boot_once_and_kept(self):
        self.quietly(self.measuring().all, 7)
        words = self.sides[0].commands[0]
        seed = next(s for side, _, s in ab.order(7, 2) if side == "a")
        self.assertIn(f"--label old --seed {seed}", words)
        # two more are added, the first are not measured again
        more = self.measuring(boots=4)
        self.quietly(more.all, 7)
        self.assertEqual([len(side.commands) for side in self.sides], [2, 2])
        more.join("b", self.folder / "B.jsonl")
        self.assertEqual((self.folder / "B.jsonl").read_text(),
                         '{"type":"session","session":"1","facts":{}}\n{"type":"run"}\n' * 4)

    def test_a_dead_boot_is_repeated(self):
        made = self.measuring(b=(None, 0, 1))
        said = self.quietly(made.all, 7)
        self.assertIn("boot 1 of B died: BUG: it died", said)
        self.assertEqual([len(side.commands) for side in self.sides], [2, 3])
        made.join("b", self.folder / "B.jsonl")
        self.assertNotIn("fail", (self.folder / "B.jsonl").read_text())
        self.assertEqual(len(list(made.folder.glob("*.dead-*"))), 1)

    def test_not_for_ever(self):
        for ends, deaths, boots in (((None,) * 9, 3, 4), (("",) * 9, 5, 2),
                                    ((0, "", "", "", 0), 5, 5)):
            made = self.measuring(b=ends, deaths=deaths)
            if ends[0] == 0:
                self.quietly(made.all, 7)
            else:
                with self.assertRaisesRegex(Trouble, "died . times"):
                    self.quietly(made.all, 7)
            self.assertEqual(len(self.sides[1].commands), boots)
            shutil.rmtree(made.folder)

    def test_a_plan_that_is_refused(self):
        with self.assertRaisesRegex(Trouble, "ended with 2"):
            self.quietly(self.measuring(a=(2,)).all, 7)

    def test_verdict(self):
        """Only the gate's own 0 and 1 are verdicts."""
        (self.folder / "bin").mkdir()
        for name in ("faultline", "faultstat"):
            program = self.folder / "bin" / name
            program.write_text('#!/bin/sh\n[ "$1" != gate ] || {\n'
                               'echo "$@" >asked; echo; echo gate: so; '
                               'eval "$END"; }\n')
            program.chmod(0o755)
        options = argparse.Namespace(margins=None,
                                     calibration=None, a="x", b="y", boots=2,
                                     config="c")
        for end, status in (("exit 0", 0), ("exit 1", 1), ("exit 2", 125),
                            ("exit 3", 125), ("exit 4", 125),
                            ("kill -9 $$", 125)):
            os.environ["END"] = end
            told = []
            self.quietly(lambda: told.append(ab.judge(
                options, self.folder, self.folder, ("old", "new"), True,
                "made so")))
            self.assertEqual(told, [(status, "gate: so")], end)
        self.assertTrue((self.folder / "cover-letter.txt").read_text()
                        .endswith("\nmade so"))
        asked = (self.folder / "asked").read_text()
        self.assertIn("configs/counts.margins", asked)
        self.assertIn("old=A.jsonl new=B.jsonl", asked)
        # times are times, or it is told what their margins are
        self.assertNotIn("--config", ab.gate_options(options, False))
        options.margins = str(self.folder / "my.margins")
        self.assertRaises(Trouble, ab.gate_options, options, True)
        (self.folder / "my.margins").touch()
        self.assertIn(options.margins,
                      ab.gate_options(options, True))

    def test_counted_boots_are_several(self):
        """Each calls itself the same, and is a session of its own here."""
        measuring = self.measuring(boots=3)
        for side in self.sides:
            side.how = machine.How("tcg", None, True)
        self.quietly(measuring.all, 7)
        ids = {json.loads(line)["session"] for path in
               (self.folder / "boots").glob("*.jsonl")
               for line in path.read_text().splitlines()}
        self.assertEqual(len(ids), 6)

    def test_goes_on_with_the_same_only(self):
        config = self.folder / "x.conf"
        config.write_text("[plan]")
        image = self.folder / "bz"
        image.write_text("image")
        (self.folder / "bin").mkdir()
        (self.folder / "bin/faultline").write_text("")
        side = FakeGuest()
        side.kernel.image, side.accel = image, "tcg"
        options = argparse.Namespace(a="x", b="y", shape="", append="",
                                     seed=None, build=self.folder)

        def begin(resume):
            made = ab.Experiment(self.folder / "out", options, config,
                                 (side, side))
            made.begin(resume, options.seed is not None)
            return made.facts["seed"]

        seed = begin(False)
        self.assertEqual(begin(True), seed)
        with self.assertRaisesRegex(Trouble, "--resume"):
            begin(False)
        options.seed = seed + 1
        with self.assertRaisesRegex(Trouble, "other seed;"):
            begin(True)
        options.seed = None
        image.write_text("another")
        config.write_text("[plan] # another")
        with self.assertRaisesRegex(Trouble, "other images, config;"):
            begin(True)


class Modules(unittest.TestCase):
    def test_each_name_is_there(self):
        """What one module takes of another, which no compiler checks."""
        missing, seen = [], 0
        for path in sorted(pathlib.Path(LAB).glob("*.py")):
            names = {m.stem for m in pathlib.Path(LAB).glob("*.py")}
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Attribute) and \
                        isinstance(node.value, ast.Name) and \
                        node.value.id in names & set(vars(
                            importlib.import_module(path.stem))):
                    seen += 1
                    if not hasattr(importlib.import_module(node.value.id),
                                   node.attr):
                        missing.append(f"{path.name}:{node.lineno}: "
                                       f"{node.value.id}.{node.attr}")
        self.assertGreater(seen, 50)
        self.assertEqual(missing, [])


class Shapes(unittest.TestCase):
    def test_two_nodes(self):
        words = " ".join(machine.Shape(
            "cpus=4,sockets=2,nodes=2,mem=2G").arguments())
        self.assertIn("-smp 4,sockets=2,cores=2,threads=1", words)
        self.assertIn("memory-backend-ram,id=m1,size=1024M", words)
        self.assertIn("node,nodeid=1,memdev=m1,cpus=2-3", words)
        self.assertIn("dist,src=0,dst=1,val=21", words)

    def test_refused(self):
        for text in ("cpus=3,sockets=2", "cpus=0", "mem=1", "cores=2",
                     "cpus=4,nodes=3"):
            with self.assertRaisesRegex(Trouble, "--shape"):
                machine.Shape(text)


class CommandLines(unittest.TestCase):
    """What QEMU is told."""

    def words(self, arch, how):
        class Stub:
            image = "/image"
        Stub.arch = arch
        fds = dict.fromkeys((*machine.PORTS, "console"), 7)
        return machine.command_line(Stub, machine.Shape(), how, "/initrd", "",
                                    fds)

    def test_architectures_are_known_everywhere(self):
        self.assertEqual(set(machine.ARCHES), set(kernels.ARCHES))
        self.assertEqual(set(machine.ARCHES), set(cross.GNU))
        self.assertEqual(set(machine.ARCHES), set(session.MACHINES))

    def test_a_guest_that_counts_waits_for_nothing_of_the_host(self):
        for arch in machine.ARCHES:
            words = self.words(arch, machine.How("tcg", None, True))
            self.assertIn("shift=0,sleep=off", words)
            self.assertIn("virtio-serial-pci,ioeventfd=off", words)
            self.assertNotIn("-drive", words)
            self.assertIn("faultline.icount=yes", words[-1])
            self.assertIn("clock=vm", words[words.index("-rtc") + 1])

    def test_others_have_time_and_a_disk(self):
        for arch, tty in (("amd64", "ttyS0"), ("arm64", "ttyAMA0")):
            words = self.words(arch, machine.How("tcg", "/disk"))
            self.assertNotIn("-icount", words)
            self.assertIn("file=/disk,if=virtio,format=raw,snapshot=on", words)
            self.assertIn(f"console={tty} ", words[-1])
            self.assertNotIn("icount", words[-1])


class Disks(Folder):
    @unittest.skipUnless(shutil.which("cpio"), "no cpio to read it with")
    def test_pieces_make_the_image(self):
        image = self.folder / "disk"
        with open(image, "wb") as f:
            for at, data in ((0, b"a" * 5000), (1 << 20, b"b" * 4096)):
                f.seek(at)
                f.write(data)
            f.truncate(8 << 20)
        archive = guest.Archive()
        guest.add_disk(archive, image)
        subprocess.run(["cpio", "-id", "--quiet"], check=True,
                       input=archive.bytes(), cwd=self.folder)
        made = bytearray(int((self.folder / "lab/disk/bytes").read_text()))
        pieces = list((self.folder / "lab/disk").glob("at-*"))
        for piece in pieces:
            at = int(piece.name[3:]) * guest.DISK_BLOCK
            data = piece.read_bytes()
            made[at:at + len(data)] = data
        self.assertEqual(bytes(made), image.read_bytes())
        self.assertLess(sum(p.stat().st_size for p in pieces), 1 << 20)


class Cases(unittest.TestCase):
    """Tests that run in a guest."""

    def case(self, status):
        case = tests.Case({"name": "x", "command": ["/a b"], "properties": [
            {"name": "TIMEOUT", "value": 2.0},
            {"name": "SKIP_RETURN_CODE", "value": 77}]})
        case.status = status
        return case

    def test_ends(self):
        self.assertEqual([self.case(status).end for status in
                          (0, 77, 1, 143, None)],
                         ["passed", "skipped", "failed", "failed", "failed"])

    def test_line(self):
        self.assertEqual(self.case(0).line(),
                         f"run x {2 * tests.SLOWER} /tmp '/a b'")


class LastWords(unittest.TestCase):
    def test_first_lines_of_an_oops(self):
        told = machine.last_words(OOPS)
        self.assertTrue(told.startswith("BUG: unable to handle page fault"))
        self.assertIn("RIP: 0010:handle_mm_fault+0x3d/0x180", told)
        self.assertNotIn("\n", told)
        self.assertNotIn("12.345", told)

    def test_nothing_of_the_kind(self):
        self.assertEqual(machine.last_words("Run /init\nreboot: Restarting"),
                         "")


class Results(Folder):
    def test_the_dead_are_recorded(self):
        path = self.folder / "r.jsonl"
        results = session.Results(path, False)
        results.take_record(b'{"type":"session","session":"1","facts":{}}\n')
        self.assertFalse(results.bury("nobody ran"))
        flight = {"type": "fail", "reason": "", "command": "faultline cell"}
        results.take_flight(json.dumps(flight).encode())
        out, sys.stdout = sys.stdout, io.StringIO()
        try:
            self.assertTrue(results.bury("BUG"))
        finally:
            sys.stdout = out
        self.assertFalse(results.bury("BUG"))
        last = json.loads(path.read_text().splitlines()[-1])
        self.assertEqual(last["reason"], "the machine died in this run: BUG")

    def test_one_that_ended_did_not_die(self):
        results = session.Results(self.folder / "r.jsonl", False)
        results.take_flight(b'{"type":"fail"}')
        results.take_record(b'{"type":"run"}\n')
        self.assertFalse(results.bury("BUG"))

    def test_boots_that_repeat_are_told_apart(self):
        ids = set()
        for name in "ab":
            path = self.folder / f"{name}.jsonl"
            results = session.Results(path, False, own_ids=True)
            results.take_record(b'{"type":"session","session":"1","time_s":1,'
                                b'"facts":{"kernel.boot_id":"1"}}\n')
            results.take_flight(b'{"type":"fail","session":"1","time_s":1,'
                                b'"command":"x"}\n')
            results.take_record(b'{"type":"run","session":"1","time_s":1,'
                                b'"metrics":{"instructions_per_fault":3185}}\n')
            first, run = map(json.loads, path.read_text().splitlines())
            self.assertEqual(first["session"], run["session"])
            self.assertEqual(run["metrics"], {"instructions_per_fault": 3185})
            ids |= {first["session"], first["facts"]["kernel.boot_id"]}
        self.assertEqual(len(ids), 2)
        self.assertNotIn("1", ids)

    def test_not_over_another(self):
        path = self.folder / "r.jsonl"
        path.write_text("mine")
        with self.assertRaisesRegex(Trouble, "--resume"):
            session.Results(path, False)
        session.Results(path, True)
        self.assertEqual(path.read_text(), "mine")

    def test_lines_in_pieces(self):
        got = []
        lines = machine.Lines(got.append)
        for piece in (b"on", b"e\ntwo\nth", b"ree"):
            lines.add(piece)
        self.assertEqual(got, [b"one\n", b"two\n"])


class Arguments(Folder):
    def test_of_run(self):
        config = self.folder / "a.conf"
        config.write_text("[plan]")
        for words in ([str(config), "-o", "x"], ["-ox", str(config)],
                      ["--output=x", str(config)],
                      ["--output", "x", str(config)]):
            self.assertEqual(session.split_run(words),
                             (config, "x", False, []))
        self.assertEqual(
            session.split_run([str(config), "--resume", "-l", "A"]),
            (config, "results.jsonl", True, ["-l", "A"]))

    def test_refused(self):
        config = self.folder / "a.conf"
        config.write_text("[plan]")
        for words in ([], ["/no/such.conf"], [str(config), str(config)],
                      [str(config), "--until-decided", "x"],
                      [str(config), "-o"]):
            with self.assertRaises(Trouble):
                session.split_run(words)


class Ladder(Folder):
    def test_paths(self):
        def path(record, vma_lock=True):
            return ladder.path_of(record, vma_lock)[0]

        census = {"vma_lock_handled_per_fault": 1, "completed_per_fault": 0,
                  "vma_lock_refused_per_fault": 0,
                  "redone_under_mmap_lock_per_fault": 0}
        self.assertEqual(path(witness(**census)), "vma")
        self.assertEqual(path(witness(**{**census, "completed_per_fault": 1})),
                         "completed")
        self.assertEqual(path(witness(**{
            **census, "redone_under_vma_lock_per_fault": 1})), "again")
        none = {**census, "vma_lock_handled_per_fault": 0}
        self.assertEqual(path(witness(**none)), "mmap")
        self.assertEqual(path(witness(**{
            **none, "redone_under_mmap_lock_per_fault": 1})), "redone")
        self.assertEqual(path(witness(**{
            **none, "vma_lock_refused_per_fault": 1})), "refused")
        shares = {"path_vma_lock_share": 0, "path_retried_share": 1,
                  "path_mmap_lock_share": 0}
        self.assertEqual(path(witness(**shares)), "redone")
        self.assertEqual(path(witness(lock="mmap", **shares)), "mmap")
        self.assertEqual(path(witness(**shares), vma_lock=False), "mmap")
        absent = {"absent": "no tracepoints"}
        self.assertEqual(path(witness(**dict.fromkeys(shares, absent))),
                         "unknown")
        self.assertEqual(path({"type": "skip"}), "none")

    def policies(self, *names):
        path = self.folder / "policies.jsonl"
        records = [{"type": "session", "facts": {
            "kernel.release": "x", "kernel.feature.per-vma-lock": "yes"}}]
        for name in names:
            records.append(witness())
            records[-1]["cell"]["policy"] = name
        path.write_text("".join(json.dumps(r) + "\n" for r in records))
        return path

    def test_table_and_picture(self):
        def rung(name, feature, locks):
            path = self.folder / f"{name}.jsonl"
            facts = {"kernel.release": name,
                     "kernel.feature.per-vma-lock": feature}
            path.write_text("".join(json.dumps(r) + "\n" for r in (
                {"type": "session", "facts": facts},
                witness(path_vma_lock_share=1 - locks, path_retried_share=0,
                        path_mmap_lock_share=locks, retries_per_fault=0),
                {"type": "skip", "of_witness": True, "reason": "no <disk>",
                 "cell": {"scenario": "y", "lock": "vma"}})))
            return ladder.Rung(name, path)

        self.assertEqual([r.name for r in ladder.rungs_of(
            "x", self.policies("stock", "hold"))], ["stock", "hold"])
        rungs = [rung("6.1", "no", 1), rung("6.12", "yes", 0)]
        out = io.StringIO()
        ladder.write_table(rungs, out)
        rows = [line.split() for line in out.getvalue().splitlines()]
        self.assertIn(["x", "vma", "mmap", "VMA"], rows)
        self.assertIn(["y", "vma", "-", "-"], rows)
        self.assertIn("y vma: no <disk>", out.getvalue())
        picture = self.folder / "ladder.svg"
        ladder.write_picture(rungs, picture)
        texts = [e.text for e in xml.etree.ElementTree.parse(picture).iter()
                 if e.tag.endswith("text")]
        for word in "6.1", "6.12", "x, vma", "mmap", "VMA":
            self.assertIn(word, texts)


if __name__ == "__main__":
    unittest.main(verbosity=0)
