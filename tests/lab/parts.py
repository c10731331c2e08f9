#!/usr/bin/python3
"""parts.py LAB-DIR

The parts of the lab that need no guest: archives, modules, shapes, a kernel's
last words, the arguments of a run, the ladder's words.
"""
import gzip
import io
import json
import lzma
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

import guest
import kernels
import ladder
import machine
import session
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
                ("linux-binary-unsigned-7.3.4+deb13-cloud-amd64",
                 "7.3.4+deb13")):
            self.assertEqual(kernels.PACKAGE.match(name).group(2), release)
        for name in ("linux-image-6.1.0-50-cloud-amd64-unsigned",
                     "linux-image-6.1.0-50-amd64", "linux-image-cloud-amd64",
                     "linux-image-6.1.0-50-cloud-amd64-dbg"):
            self.assertIsNone(kernels.PACKAGE.match(name))

    def test_newest_by_number(self):
        self.assertLess(kernels.release_key("6.12.95+deb12"),
                        kernels.release_key("6.12.117+deb13"))
        self.assertLess(kernels.release_key("5.10.0-4"),
                        kernels.release_key("5.10.0-32"))

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
        image.write_bytes(b"\x7fELF" + b"\0" * 1024)
        with self.assertRaisesRegex(Trouble, "no bzImage"):
            kernels.find(f"file:{image}")

    def test_bad_names(self):
        for name in ("6.12", "debian:bookworm", "file:/no/such", "file:"):
            with self.assertRaises(Trouble):
                kernels.find(name)


class Commands(unittest.TestCase):
    def call(self, *words):
        return subprocess.run([f"{LAB}/faultlab", *words], check=False,
                              capture_output=True, text=True)

    def test_mistakes_are_told(self):
        for words, told in ((("boot", "6.12"), "a kernel is debian:SERIES"),
                            (("boot", "file:/no/such"), "no such file"),
                            (("climb",), "usage:"), ((), "usage:")):
            done = self.call(*words)
            self.assertEqual(done.returncode, 2, words)
            self.assertIn(told, done.stderr)

    def test_help(self):
        done = self.call("--help")
        self.assertEqual(done.returncode, 0)
        for command in ("list", "get", "boot", "ladder"):
            self.assertIn(f"\n    {command} ", done.stdout)


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
        results.take_record(b'{"type":"session"}\n')
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
