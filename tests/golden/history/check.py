#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Runs `faultstat history` on made-up nights (make_data.py says what a history of
them must find, and must not) and on what is no history.

    check.py FAULTSTAT PLOTS_DIR [--update]

--update writes the stored outputs anew: read the difference.
"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
FAULTSTAT, PLOTS = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
UPDATE = "--update" in sys.argv[3:]
failures = []


def check(ok, what):
    if not ok:
        failures.append(what)
        print("FAILED:", what, file=sys.stderr)


def history(*args, status=0):
    """stdout and stderr, in the current directory."""
    done = subprocess.run([FAULTSTAT, "history", *args], text=True,
                          capture_output=True, timeout=100, check=False)
    check(done.returncode == status,
          f"history {args}: exit {done.returncode}, not {status}\n{done.stderr}")
    check(not os.path.exists("X"), f"history {args} ran a text")
    return done.stdout, done.stderr


def golden(name, text):
    path = os.path.join(HERE, name + ".txt")
    if UPDATE:
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return
    with open(path, encoding="utf-8") as stored:
        if stored.read() == text:
            return
    with open("now.txt", "w", encoding="utf-8") as out:
        out.write(text)
    subprocess.run(["diff", "-u", path, "now.txt"], check=False)
    check(False, f"{name}: not as stored")


def section(text, head):
    """The lines below a heading, those that go on with the one above joined."""
    found = re.search(re.escape(head) + r"\n((?:  .*\n)+)", text)
    return found.group(1) if found else ""


def words(text):
    return " ".join(text.split())


def test_finds():
    text, _ = history("nights", "--by", "time")
    golden("nights", text)
    ratios = words(section(text, "Changes of ratios:"))
    check(ratios.count("from") == 2, "other than two changes of ratios")
    check(re.search(r"memfd, mmap, mmap-munmap elsewhere 50k/s: p99 against "
                    r"alone \+1[12]\.\d % \[[^]]*\] from 6\.18\.3 "
                    r"\(2026-11-27\) on: slower", ratios),
          "the change of the ratio is not found in its night")
    figures = words(section(text, "Changes of figures by themselves:"))
    check("anon-write, vma, alone: p50 +" in figures, "the drift is not found")
    check("2026-11-13" not in text, "the odd night is told")
    shifts = words(section(text, "Changes of nearly all cells alike:"))
    check("p50: 4 of 5 cells" in shifts and "2026-12-05" in shifts,
          "the machine's change is not told as such")
    check("setting.thp never -> always" in text, "the setting is not told")
    check("1 session left out" in text, "the night without runs is not told")
    again, _ = history("nights")
    check(again == text, "not the same twice")
    mail, _ = history("--mail", "nights")
    check(max(map(len, mail.splitlines())) <= 72, "a mail wider than 72")


def test_pictures():
    text, _ = history("nights", "-o", "out/deep", "--plots-dir", PLOTS,
                      "--scenario", "memfd", "--metric", "p99_ns")
    names = sorted(os.listdir("out/deep"))
    check("history.txt" in names, "no history.txt")
    stems = [name[:-4] for name in names if name.endswith(".dat")]
    check(len(stems) == 4, f"not a trend for each of four rows: {names}")
    for stem in stems:
        check(re.fullmatch(r"[a-z0-9-]+", stem), f"a strange name: {stem}")
    if not shutil.which("gnuplot"):
        print("no gnuplot, so no pictures to look for")
        return
    for stem in stems:
        for suffix in (".svg", ".png"):
            path = os.path.join("out/deep", stem + suffix)
            check(os.path.exists(path) and os.path.getsize(path) > 2000,
                  f"no {stem}{suffix}")
    check("4 pictures" in text, "four pictures are not told")


def test_data():
    """The trend as a table: the change stands where the text says."""
    path, = glob.glob("out/deep/history-p99-memfd-mmap-mmap-munmap-*.dat")
    with open(path, encoding="utf-8") as trend:
        panels = trend.read().split("\n\n\n")
    check(len([p for p in panels if p]) == 3, "not three series in " + path)
    rows = [line.split("\t") for line in panels[1].splitlines()
            if not line.startswith("#")]
    check(len(rows) == 39, f"{len(rows)} sessions in {path}, not 39")
    changes = [row[3] for row in rows if row[8] == "1"]
    check(changes == ["2026-11-27"], f"changes at {changes}")


def test_changed():
    history("nights", "-o", "few", "--changed", "--metric", "p50_ns",
            "--scenario", "anon-write", "--no-plots")
    check(len(os.listdir("few")) == 3, f"few has {os.listdir('few')}")


def test_by_label():
    """Labels as versions are counted, whatever the time and the alphabet."""
    order = ["6.9", "6.18-rc1", "6.18-rc10", "6.18", "6.18.2", "6.18.10"]
    files = [f"{label}=nights/night-{30 - i}.jsonl"
             for i, label in enumerate(order)]
    history("--by", "label", "-o", "labels", "--no-plots", *reversed(files))
    with open("labels/history-p50-anon-write-vma-alone.dat",
              encoding="utf-8") as trend:
        found = [line.split("\t")[1] for line in trend
                 if line[0] not in "#\n"]
    check(found == order, f"the labels' order is {found}")


def test_few():
    text, _ = history("nights/night-1.jsonl", "nights/night-2.jsonl")
    golden("few", text)
    check("change points need 10 sessions; there are 2" in text, "few sessions")


def test_refused():
    os.makedirs("empty/below", exist_ok=True)
    os.makedirs("odd", exist_ok=True)
    with open("odd/none.jsonl", "w", encoding="utf-8") as out:
        out.write("this is no result\n")
    with open("odd/empty.jsonl", "w", encoding="utf-8"):
        pass
    os.symlink("odd", "odd/loop")
    _, err = history("empty", status=2)
    check("no result file" in err, err)
    _, err = history("odd", status=2)
    check("odd/none.jsonl:1:" in err and "none of the files" in err, err)
    shutil.copy("nights/night-3.jsonl", "odd/good.jsonl")
    with open("odd/good.jsonl", "a", encoding="utf-8") as out:
        out.write('{"type":"run"}\n')
    _, err = history("odd")
    check("odd/good.jsonl:32:" in err and "passed over" in err, err)
    _, err = history("odd/none.jsonl", status=2)
    check("odd/none.jsonl:1:" in err, err)
    history("not-there", status=2)
    history(status=2)
    history("nights", "--by", "lock", status=2)
    _, err = history("nights", "--metric", "p59_ns", status=2)
    check("p50_ns" in err, "no near name: " + err)


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        subprocess.run([os.path.join(HERE, "make_data.py"), "nights"],
                       check=True)
        for test in (test_finds, test_pictures, test_data, test_changed,
                     test_by_label, test_few, test_refused):
            test()
        os.chdir("/")
    if not failures:
        print("the nights are told as they were")
    return bool(failures)


sys.exit(main())
