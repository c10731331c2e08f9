#!/usr/bin/python3
"""cli.py FAULTLINE DIR

What people meet: mistakes are told with the place, what is wrong and what to
do; the commands that only look change nothing and work for everybody.
"""
import os
import re
import subprocess
import sys
import unittest

PROGRAM, FOLDER = sys.argv[1:3]


def call(*arguments, **more):
    return subprocess.run([PROGRAM, *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=60,
                          check=False, **more)


def config(text):
    path = os.path.join(FOLDER, "cli.conf")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


class Errors(unittest.TestCase):
    def complains(self, text, line, *words):
        path = config(text)
        done = call("plan", path)
        self.assertEqual(done.returncode, 2, done.stdout)
        self.assertEqual(done.stdout, "")
        self.assertIn(f"faultline: {path}:{line}: ", done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, "one line")

    def test_scenario(self):
        self.complains("[cells a]\nscenario = anon-wirte\n", 2,
                       "did you mean anon-write")

    def test_setting(self):
        self.complains("[cells a]\nscenario = anon-write\n\nlok = vma\n", 4,
                       "'lok'", "lock")

    def test_policy(self):
        self.complains("[cells a]\nscenario = memfd\npolicy = stock hlod\n", 3,
                       "no policy 'hlod'", "did you mean hold")

    def test_setting_in_place_of_the_scenario(self):
        self.complains("[cells a]\nlock = vma\nscenaro = memfd\n", 3,
                       "did you mean scenario")

    def test_setting_of_the_defaults(self):
        self.complains("[defaults]\nlokc = mmap\n[cells a]\nscenario = memfd\n",
                       2, "did you mean lock")
        path = config("[defaults]\ndelay = 1ms\n[cells a]\nscenario = memfd\n")
        self.assertEqual(call("plan", path).returncode, 0,
                         "some other scenario has it")

    def test_setting_of_another_scenario(self):
        self.complains("[cells a]\nscenario = anon-write\ndelay = 1ms\n", 3,
                       "'delay'")

    def test_lock(self):
        self.complains("[cells a]\nscenario = memfd\nlock = vma mmmap\n", 3,
                       "did you mean mmap")

    def test_value_without_unit(self):
        self.complains("[cells a]\nscenario = memfd\ntime = 300\n", 3,
                       "no known unit")

    def test_default_is_blamed_where_it_stands(self):
        self.complains("[defaults]\norder = randm\n[cells a]\nscenario = memfd\n",
                       2, "sequential random")

    def test_antagonist(self):
        self.complains("[cells a]\nscenario = memfd\nantagonist = mprotct\n", 3,
                       "did you mean mprotect")
        self.complains("[cells a]\nscenario = memfd\n"
                       "antagonist = mprotect where=there\n", 3,
                       "same elsewhere")
        self.complains("[cells a]\nscenario = memfd\n"
                       "antagonist = mprotect rat=5\n", 3, "rate")

    def test_section(self):
        self.complains("[cels a]\nscenario = memfd\n", 2, "cells")

    def test_twice(self):
        self.complains("[cells a]\nscenario = memfd\nlock = vma\nlock = mmap\n",
                       4, "line 3")

    def test_nothing(self):
        self.complains("# only words\n[plan]\nblocks = 2\n", 3, "no cells")
        self.complains("[cells a]\nlock = vma\n", 2, "scenario")

    def test_noise(self):
        self.complains("[cells a]\nscenario = memfd\nwhat is this\n", 3)

    def test_batch(self):
        self.complains("[cells a]\nscenario = memfd\nbatch = 7\n", 3, "divide")

    def test_no_file(self):
        done = call("plan", "/nowhere/x.conf")
        self.assertEqual(done.returncode, 2)
        self.assertIn("/nowhere/x.conf: No such file", done.stderr)

    def test_full_disk(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([PROGRAM, "list"], stdout=full, check=False,
                                  stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn("No space left", done.stderr)

    def test_option(self):
        done = call("run", "--seeed", "3", config("[cells a]\nscenario = memfd\n"))
        self.assertEqual(done.returncode, 2)
        self.assertIn("--seeed", done.stderr)

    def test_binary(self):
        path = os.path.join(FOLDER, "binary.conf")
        with open(path, "wb") as f:
            f.write(bytes(range(256)) * 40)
        self.assertEqual(call("plan", path).returncode, 2)

    def test_command(self):
        done = call("rnu")
        self.assertEqual(done.returncode, 2)
        self.assertIn("did you mean run", done.stderr)

    def test_cell(self):
        done = call("cell", "scenario=anon-write", "threads=100000")
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stdout + done.stderr,
                         "oversubscribe|refuses to measure")
        done = call("cell", "scenario=anon-write", "threadz=2")
        self.assertEqual(done.returncode, 2)
        self.assertIn("threads", done.stderr)
        done = call("cell", "scenari=anon-write")
        self.assertEqual(done.returncode, 2)
        self.assertIn("did you mean scenario", done.stderr)

    def test_output(self):
        path = config("[cells a]\nscenario = anon-write\ntime = 10ms\n")
        done = call("run", path, "-o", "/nowhere/r.jsonl")
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, "/nowhere/r.jsonl|refuses to measure")


class Looking(unittest.TestCase):
    def test_list(self):
        done = call("list")
        self.assertEqual(done.returncode, 0)
        for name in ("anon-write", "uffd-missing", "vma", "mmap-munmap",
                     "posix-spawn", "fork", "smaps-reader",
                     "compact", "remote-antagonist", "cycles:k",
                     "retry-vma", "legacy65"):
            self.assertIn(name, done.stdout)
        self.assertLessEqual(max(map(len, done.stdout.splitlines())), 100)

    def test_explain(self):
        for name, word in (("memfd-secret", "vmf_can_call_fault"),
                           ("mmap", "getcpu"), ("mprotect", "write"),
                           ("spread", "package"), ("no-drop", "two retries"),
                           ("mmap-hold", "vm.fault_lock_wait=2"),
                           ("fuse-read", "policy=mmap-hold   1.000")):
            done = call("explain", name)
            self.assertEqual(done.returncode, 0)
            self.assertIn(word, done.stdout)
        told = call("explain", "fork").stdout
        for words in ("Works at where=same, in a thread", "operation: 2.\n",
                      "vmas "):
            self.assertIn(words, told)
        self.assertIn("Works at where=elsewhere, in a process of its own",
                      call("explain", "maps-reader").stdout)
        done = call("explain", "anon-rite")
        self.assertEqual(done.returncode, 2)
        self.assertIn("anon-write", done.stderr)

    def test_policy(self):
        path = config("[cells a]\nscenario = memfd\npolicy = stock hold\n")
        done = call("plan", path)
        self.assertEqual(re.findall(r"scenario=memfd(.*)", done.stdout),
                         [" policy=stock", " policy=hold"])
        self.assertNotIn("policy", call("plan", config(
            "[cells a]\nscenario = memfd\n")).stdout)
        if os.path.exists("/proc/sys/vm/per_vma_lock"):
            self.skipTest("this kernel has the switches")
        # A build with sanitizers refuses to measure, whatever the policy.
        done = call("cell", "scenario=memfd", "time=10ms", "policy=hold")
        if "sanitizer" not in done.stderr:
            self.assertEqual(done.returncode, 77, done.stdout + done.stderr)
            self.assertIn("skipped: policy = hold: this kernel has no "
                          "vm.per_vma_lock: see lab/patches and lab/module",
                          done.stdout)

    def test_plan(self):
        path = config("[plan]\nblocks = 3\n[defaults]\ntime = 1s\n"
                      "[cells a]\nscenario = memfd uffd-missing\n"
                      "lock = vma mmap\nantagonist = none\n"
                      "antagonist = mprotect where=same rate=10000\n"
                      "handler = same\nthreads = 1 core core 1\n")
        done = call("plan", path)
        self.assertEqual(done.returncode, 0, done.stderr)
        cells = re.findall(r"^ *\d+  scenario=", done.stdout, re.M)
        # no doubles, and nothing of `handler` for memfd
        self.assertEqual(len(cells), 8)
        self.assertNotIn("memfd handler", done.stdout)
        self.assertIn("'antagonist=mprotect where=same rate=10k'", done.stdout)
        self.assertRegex(done.stdout, r"plan: 8 cells in 3 blocks .* about \d+ s")

    def test_indented(self):
        text = "[plan]\nquestion = why?\nblocks = 3\n[cells a]\nscenario = memfd\n"
        done = call("plan", config(re.sub("(?m)^", "    ", text)))
        self.assertEqual(done.stdout, call("plan", config(text)).stdout)
        self.assertIn("in 3 blocks", done.stdout)

    def test_configs(self):
        folder = os.path.join(os.path.dirname(__file__), "../../configs")
        for name in sorted(os.listdir(folder)):
            if not name.endswith(".conf"):
                continue # margins of the gate: golden-gate reads them
            done = call("plan", os.path.join(folder, name))
            self.assertEqual(done.returncode, 0, f"{name}: {done.stderr}")
            with open(os.path.join(folder, name), encoding="utf-8") as f:
                self.assertIn("?", f.read().split("[")[0],
                              f"{name} opens with its question")
        top = os.path.dirname(os.path.abspath(folder))
        done = call("plan", "headline.conf", cwd=top)
        self.assertEqual(done.returncode, 0, "the name alone will do")

    def test_calibrate_has_the_gate(self):
        """Each cell of the gate has its floor."""
        folder = os.path.join(os.path.dirname(__file__), "../../configs")

        def cells(name):
            out = call("plan", os.path.join(folder, name)).stdout
            return re.findall(r"(?m)^ *\d+  (scenario=.*)$", out)

        def untagged(line, tag):
            return line.replace(" tag=" + tag, "")

        same = cells("calibrate.conf")
        for tag in ("a", "b"):
            arm = {untagged(c, tag) for c in same if c.endswith(" tag=" + tag)
                   or f" tag={tag} " in c}
            self.assertEqual(arm, set(cells("gate.conf")))
        self.assertEqual(sum("spin=" in c for c in same), 8)

    def test_restore(self):
        state = os.path.join(FOLDER, "state")
        subprocess.run(["rm", "-rf", state], check=True)
        more = {"env": dict(os.environ, FAULTLINE_STATE=state)}
        done = call("restore", **more)
        self.assertEqual(done.returncode, 0)
        self.assertFalse(os.path.exists(state), "makes nothing to look at nothing")
        os.mkdir(state, 0o700)
        swap = os.path.join(os.path.abspath(FOLDER), "faultline-1-abc.swap")
        journal = os.path.join(state, "1-1")
        with open(journal, "w", encoding="utf-8") as f:
            f.write(f"faultline journal 1\tan-earlier-boot\nfile\t{swap}\n"
                    "value\t/proc/sys/vm/page-cluster\t99\t98\n")
        with open(swap, "w", encoding="utf-8"):
            pass
        done = call("restore", **more)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn(f"{swap} is removed (of pid 1)", done.stdout)
        self.assertIn("restore: 1 undone", done.stdout)
        self.assertEqual(os.listdir(state), ["lock"])
        with open(journal, "w", encoding="utf-8") as f:
            f.write("faultline journal 1\tx\nfile\t/etc/passwd\n")
        done = call("restore", **more)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"{journal}:2: ", done.stdout)
        self.assertTrue(os.path.exists(journal))
        done = call("doctor", **more)
        self.assertIn("1 journals cannot be read", " ".join(done.stdout.split()))

    def test_version(self):
        done = call("--version")
        self.assertEqual(done.returncode, 0)
        for name in ("hwloc", "libperf", "libpfm4", "libbpf", "libfuse3"):
            self.assertIn(name, done.stdout)

    def test_doctor(self):
        done = call("doctor", env=dict(os.environ, NO_COLOR="1"))
        self.assertIn(done.returncode, (0, 1))
        self.assertLessEqual(max(map(len, done.stdout.splitlines())), 100)
        self.assertRegex(done.stdout, r"(?m)^doctor: .*(\n {8}.*)*\n\Z")


if __name__ == "__main__":
    os.makedirs(FOLDER, exist_ok=True)
    unittest.main(argv=[sys.argv[0]])
