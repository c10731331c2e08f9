#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""check.py FAULTSTAT [--update]

Every format of `faultstat export`: it is read by a reader that keeps to that
format's published rules (readers.py), the values are those of the result
files, foreign text stays text, and what is printed about a stored file is what
is stored here. --update stores anew; then read the diff.

Exit status 0: all is as it should be; 1: it is not; 77: a tool is missing.
"""
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import traceback

sys.dont_write_bytecode = True  # the tree stays as it is
import hostile  # noqa: E402 pylint: disable=wrong-import-position
import readers  # noqa: E402 pylint: disable=wrong-import-position

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(HERE, "..", "data", "handmade.jsonl")
ODD = os.path.join(HERE, "..", "data", "handmade-odd.jsonl")
REPORT = os.path.join(HERE, "..", "report", "data.jsonl")
FORMATS = list(readers.READERS)


def run(*arguments, status=0, stdin=None):
    done = subprocess.run([FAULTSTAT, "export", *arguments], input=stdin,
                          capture_output=True, check=False)
    out, err = done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
    assert done.returncode == status, f"{arguments}: {done.returncode}: {err}"
    assert all(ord(c) >= 32 or c == "\n" for c in err), repr(err)
    return out, err


def export(name, *arguments):
    """The text, which must be plain, and what its reader makes of it."""
    out, _ = run("--format", name, *arguments)
    bad = [c for c in out if c != "\n" and c != "\t" and
           (ord(c) < 32 or 0x7f <= ord(c) < 0xa0 or c in "\u2028\u202e\x1b")]
    assert not bad, f"{name}: {bad!r} came through"
    assert out.endswith("\n"), f"{name}: the last line is torn"
    return out, readers.READERS[name](out)


def records(path, kind):
    with open(path, encoding="utf-8") as lines:
        for text in lines:
            try:
                record = json.loads(text)
            except ValueError:
                continue
            if record.get("type") == kind:
                yield record


def same(x, y):
    return abs(x - y) <= 1e-12 * max(abs(x), abs(y))


def medians(path):
    """{cell as text: {metric: median over the runs}}, antagonists included."""
    values = {}
    for record in records(path, "run"):
        of_cell = values.setdefault(json.dumps(record["cell"]), {})
        metrics = dict(record["metrics"])
        for antagonist in record["antagonists"]:
            for name, value in antagonist["metrics"].items():
                metrics[f"antagonist.{name}"] = value
        for name, value in metrics.items():
            if not isinstance(value, dict):
                of_cell.setdefault(name, []).append(value)
    return {key: {name: statistics.median(v) for name, v in m.items()}
            for key, m in values.items()}


# --- what each format must hold of handmade.jsonl ----------------------------

def check_csv(rows, path):
    want = 0
    for kind in ("run", "witness"):
        for record in records(path, kind):
            values = dict(record["metrics"])
            if kind == "run":
                for prefix in ("counters", "noise"):
                    values.update({f"{prefix.rstrip('s')}.{name}": value
                                   for name, value in record[prefix].items()})
                for antagonist in record["antagonists"]:
                    values.update({f"antagonist.{name}": value for name, value
                                   in antagonist["metrics"].items()})
            want += len(values)
            mine = [r for r in rows if r["kind"] == kind and
                    all(r[f"cell.{n}"] == v
                        for n, v in record["cell"].items()) and
                    (kind == "witness" or
                     (r["block"], r["position"]) ==
                     (str(record["block"]), str(record["position"])))]
            got = {r["metric"]: r["absent"] or float(r["value"]) for r in mine}
            assert got == {n: v["absent"] if isinstance(v, dict) else v
                           for n, v in values.items()}, (got, values)
    assert len(rows) == want, f"{len(rows)} rows, not {want}"
    units = {r["metric"]: r["unit"] for r in rows}
    assert units["p50_ns"] == "ns" and units["faults_per_s"] == "faults/s"
    assert units["mmap_locks_per_fault"] == "mmap_locks/fault"
    assert units["faults"] == "" and units["noise.steal_s"] == "s"


def check_json(report, path):
    want = medians(path)
    assert len(report["cells"]) == len(want)
    for cell in report["cells"]:
        for name, median in want[json.dumps(cell["cell"])].items():
            metric = cell["metrics"][name]
            assert same(metric["estimate"], median), name
            assert metric["n"] <= 5 or metric["low"] <= median \
                <= metric["high"], name
        assert cell["metrics"]["p50_ns"]["better"] == "lower"
        assert cell["metrics"]["faults_per_s"]["better"] == "higher"
        if cell["checks"][1]["status"] != "skip":
            assert cell["metrics"]["mmap_locks_per_fault"]["exact"] is True
        assert cell["metrics"]["counter.cycles:k"]["absent"]
        assert [c["what"] for c in cell["checks"]] == ["runs", "witness"]


def check_gobench(result, path):
    lines, units = result
    want = medians(path)
    names = {name for name, _, _, _ in lines}
    assert len(names) == len(want)
    assert len(lines) == sum(1 for kind in ("run", "witness")
                             for _ in records(path, kind))
    for key, metrics in want.items():
        name = "Fault" + "".join(f"/{n}={v.replace(' ', '_')}"
                                 for n, v in json.loads(key).items())
        mine = [v for n, _, _, v in lines if n == name]
        for unit, metric in (("ns/op", "p50_ns"), ("p99-ns/op", "p99_ns"),
                             ("faults/s", "faults_per_s")):
            got = [v[unit] for v in mine if unit in v]
            assert same(statistics.median(got), metrics[metric]), (name, unit)
        told = [r["metrics"] for r in records(path, "witness")
                if json.dumps(r["cell"]) == key]
        assert [v["mmap-locks/fault"] for v in mine
                if "mmap-locks/fault" in v] == \
            [m["mmap_locks_per_fault"] for m in told
             if not isinstance(m["mmap_locks_per_fault"], dict)]
    assert all(keys == {"goos": "linux", "goarch": "amd64",
                        "cpu": "Handmade CPU"} for _, _, keys, _ in lines)
    assert units["ns/op", "better"] == "lower"
    assert units["faults/s", "better"] == "higher"
    assert units["mmap-locks/fault", "assume"] == "exact"
    assert ("ns/op", "assume") not in units


def check_ktap(results, _):
    """The witness of one cell is broken, a run of another one failed."""
    assert [(r[0], r[1]) for r in results] == [(False, "memfd"),
                                               (False, "memfd-secret")]
    broken, failed = [t for r in results for t in r[3] if not t[0]]
    for test in (broken, failed):
        assert "lock=vma" in test[1] and "antagonist=mprotect" in test[1]
    assert broken[1].endswith(" witness") and not broken[2]
    assert failed[1].endswith(" runs") and failed[2].startswith("ERROR round")
    assert [t[2] for r in results for t in r[3] if t[0] and t[2]] == \
        ["SKIP tracefs is not mounted"]


def check_junit(root, _):
    assert [s.get("name") for s in root] == ["memfd", "memfd-secret"]
    assert [(s.get("tests"), s.get("failures"), s.get("errors"),
             s.get("skipped")) for s in root] == [("8", "1", "0", "0"),
                                                  ("4", "0", "1", "1")]
    assert "saw 0.2400" in root.find("*/testcase/failure").get("message")
    assert "498 faults" in root.find("*/testcase/error").get("message")
    facts = {p.get("name"): p.get("value") for p in root.iter("property")}
    assert facts["kernel.release"] == "6.18.44"
    told = root.find("testsuite/testcase/system-out").text
    assert told.startswith("p50_ns 619.95 [602.3, 633.9] ns, n 6\n"), told


def check_kcidb(report, path):
    assert report["version"] == {"major": 5, "minor": 3}
    assert [b["architecture"] for b in report["builds"]] == ["x86_64"]
    by_status = {}
    for test in report["tests"]:
        by_status.setdefault(test["status"], []).append(test)
        assert test["start_time"] == "2026-11-24T03:13:20+00:00"
    assert [len(by_status[s]) for s in ("PASS", "FAIL", "ERROR", "SKIP")] \
        == [9, 1, 1, 1]
    want = medians(path)
    times = [t for t in by_status["DONE"] if t["path"].endswith(".p50_ns") and
             not t["path"].endswith("antagonist_p50_ns")]
    assert len(times) == len(want)
    for test in times:
        median = want[json.dumps(test["misc"]["cell"])]["p50_ns"]
        assert same(test["number"]["value"], median / 1e9)
        assert test["number"]["unit"] == "s"


def check_lava(cases, path):
    broken, failed = [name for name, c in cases.items() if c[0] == "fail"]
    assert broken.startswith("memfd.lock-vma.") and broken.endswith(".witness")
    assert failed.startswith("memfd-secret.") and failed.endswith(".runs")
    got = sorted(float(c[2]) for name, c in cases.items()
                 if name.endswith("300ms.p50_ns"))
    want = sorted(m["p50_ns"] for m in medians(path).values())
    assert len(got) == len(want) and all(map(same, got, want))
    assert {c[1] for n, c in cases.items() if n.endswith("p99_ns")} == {"ns"}


def check_otava(rows, path):
    row, = rows
    assert (row["session"], row["label"], row["kernel"]) == \
        ("5e550001", "handmade", "6.18.44")
    got = sorted(v for n, v in row.items() if n.endswith("300ms.p50_ns"))
    assert got == sorted(m["p50_ns"] for m in medians(path).values())
    got = sorted(v for n, v in row.items() if n.endswith("300ms.p99_ns"))
    assert got == sorted(m["p99_ns"] for m in medians(path).values())


def check_otava_yaml(metrics, _):
    rows = export("otava", DATA)[1]
    assert list(metrics) == list(rows[0])[4:], "not the columns of otava"
    assert all(d == (1 if n.endswith("_per_s") else -1)
               for n, d in metrics.items())


CHECKS = {"csv": check_csv, "gobench": check_gobench, "json": check_json,
          "junit": check_junit, "kcidb": check_kcidb, "ktap": check_ktap,
          "lava": check_lava, "otava": check_otava,
          "otava-yaml": check_otava_yaml}


# --- tests --------------------------------------------------------------------

def test_values():
    for name in FORMATS:
        CHECKS[name](export(name, DATA)[1], DATA)


def test_stored():
    for name in FORMATS:
        out, _ = export(name, "--scenario", "memfd-secret", "--metric",
                        "p50_ns,faults_per_s,mmap_locks_per_fault", DATA)
        path = os.path.join(HERE, f"stored.{name}")
        if UPDATE:
            with open(path, "w", encoding="utf-8") as f:
                f.write(out)
        with open(path, encoding="utf-8") as f:
            assert f.read() == out, f"{name}: not as stored in {path}"


def test_foreign_text():
    """Files full of text that tries to be more are still that many results."""
    path = os.path.join(WORK, "hostile.jsonl")
    with open(path, "w", encoding="utf-8") as f:
        f.write(hostile.text(hostile.hostile()))
    got = {name: export(name, path)[1] for name in FORMATS}
    for more in (ODD, REPORT):
        for name in FORMATS:
            export(name, more)
            if not name.startswith("otava"):
                export(name, f"one={path}", f"two={more}")
        _, err = run("-f", "otava", path, more, status=2)
        assert "no metric that every session has" in err, err
    for name in FORMATS:
        odd = export(name, "-s", "half", "-M", hostile.ODD_METRIC, path)[1]
        assert name != "lava" or [c[2] for c in odd.values()][2:] == [1]
    # 10 cells: 2 checks each; one broken witness, two errors
    assert len(got["json"]["cells"]) == 10
    assert len({c["id"] for c in got["json"]["cells"]}) == 10
    statuses = [c["status"] for cell in got["json"]["cells"]
                for c in cell["checks"]]
    assert (len(statuses), statuses.count("fail"), statuses.count("error")) \
        == (20, 1, 2)
    assert [t[0] for r in got["ktap"] for t in r[3]].count(False) == 3
    assert not any((t[2] or "").startswith("TODO") for r in got["ktap"]
                   for t in r[3])
    assert len(got["junit"].findall("*/testcase")) == 20
    assert len(got["junit"].findall("*/testcase/failure")) == 1
    kcidb = [t["status"] for t in got["kcidb"]["tests"]]
    assert (kcidb.count("FAIL"), kcidb.count("ERROR")) == (1, 2)
    assert [c[0] for c in got["lava"].values()].count("fail") == 3
    # 8 cells have runs; none takes another's name or its GOMAXPROCS
    lines = got["gobench"][0]
    assert len({name for name, _, _, _ in lines}) == 8
    assert {procs for _, procs, _, _ in lines} == {None, "1"}
    assert any(name.endswith("/tag=-2") for name, _, _, _ in lines)
    assert sum(r["metric"] == "p50_ns" for r in got["csv"]) == 13


def test_history():
    """A row for each night, by time, whatever the order of the files."""
    paths = []
    for number, value in ((2, 300), (0, 100), (1, 200)):
        paths.append(os.path.join(WORK, f"night{number}.jsonl"))
        with open(paths[-1], "w", encoding="utf-8") as f:
            f.write(hostile.text(hostile.night(number, value, number == 1)))
    out, err = run("--format", "otava", *paths)
    rows = readers.read_otava(out)
    assert [r["kernel"] for r in rows] == ["7.0", "7.1", "7.2"]
    column = "memfd.lock-vma.threads-1.p50_ns"
    assert [r[column] for r in rows] == [100.5, 201.5, 300.5], rows
    assert "3 columns that not every session has" in err, err
    assert not any(name.startswith("late") for name in rows[0])
    assert len(export("otava", paths[2], paths[0])[1][0]) == 4 + 2 * 3
    # a cell is the same test under every label, and its id tells the label
    cases = export("lava", *paths)[1]
    assert "n0.memfd.lock-vma.threads-1.runs" in cases
    cases = {name for name in export("lava", paths[0])[1]}
    assert "memfd.lock-vma.threads-1.runs" in cases
    lines, _ = export("gobench", *paths)[1]
    assert len({line[0] for line in lines}) == 2
    assert {k["label"] for _, _, k, _ in lines} == {"n0", "n1", "n2"}
    kernels = export("kcidb", *paths)[1]
    assert len(kernels["checkouts"]) == len(kernels["builds"]) == 3
    for option in ("--build", "--checkout"):
        _, err = run("-f", "kcidb", option, "ci:it", *paths, status=2)
        assert "names one kernel" in err and " 3: " in err, err


def test_kcidb_ids():
    report = export("kcidb", "--origin", "my_ci", DATA)[1]
    assert all(o["origin"] == "my_ci" and o["id"].startswith("my_ci:")
               for kind in ("checkouts", "builds", "tests")
               for o in report[kind])
    report = export("kcidb", "--checkout", "ci:c1", DATA)[1]
    assert "checkouts" not in report
    assert [b["checkout_id"] for b in report["builds"]] == ["ci:c1"]
    report = export("kcidb", "--build", "ci:b1", DATA)[1]
    assert "checkouts" not in report and "builds" not in report
    assert {t["build_id"] for t in report["tests"]} == {"ci:b1"}
    for wrong in (("--origin", "My CI"), ("--origin", ""), ("--build", "b1"),
                  ("--checkout", ":c"), ("--build", "A:b")):
        out, err = run("-f", "kcidb", *wrong, DATA, status=2)
        assert not out and "lower-case" in err, err


def test_choice():
    rows = export("csv", "-s", "memfd", "-M", "p50_ns,p99_ns", DATA)[1]
    assert {r["metric"] for r in rows} == {"p50_ns", "p99_ns"}
    assert {r["cell.scenario"] for r in rows} == {"memfd"}
    assert len(rows) == 4 * 6 * 2
    # an id does not depend on what else is in the file
    one = set(export("lava", "-s", "memfd", DATA)[1])
    assert one and one < set(export("lava", DATA)[1])


def test_output():
    path = os.path.join(WORK, "out.csv")
    want, _ = export("csv", DATA)
    out, err = run("-f", "csv", "-o", path, DATA)
    assert not out and not err
    with open(path, encoding="utf-8") as f:
        assert f.read() == want
    with open(DATA, "rb") as f:
        out, _ = run("-f", "csv", "-", stdin=f.read())
    assert out == want
    copy = os.path.join(WORK, "copy.jsonl")
    shutil.copy(DATA, copy)
    _, err = run("-f", "csv", "-o", copy, copy, status=2)
    assert "result file that is read" in err, err
    assert os.path.getsize(copy) == os.path.getsize(DATA), "it was destroyed"
    for small in ((), ("-s", "memfd-secret", "-M", "p50_ns")):
        _, err = run("-f", "otava", "-o", "/dev/full", *small, DATA, status=2)
        assert "No space left" in err, err
    _, err = run("-f", "csv", "-o", "/not/there", DATA, status=2)
    assert "/not/there" in err, err


def test_mistakes():
    for arguments, words in (
            (("-f", "juint", DATA), "did you mean junit?"),
            (("-f", "ottava", DATA), "otava"),
            ((DATA,), "which format?"),
            (("-f", "csv"), "which result file?"),
            (("-f", "csv", "/not/there"), "/not/there"),
            (("-f", "csv", "-s", "memdf", DATA), "did you mean memfd"),
            (("-f", "csv", "-M", "p5_ns", DATA), "did you mean p50_ns")):
        out, err = run(*arguments, status=2)
        assert not out and words in err, (arguments, err)
    told, _ = run("--help")
    for name in FORMATS:
        assert f"\n  {name} " in told, f"--help does not tell of {name}"


def main():
    missing = [tool for tool in ("prove", "xmllint") if not shutil.which(tool)]
    if missing:
        print(f"skipped: {' and '.join(missing)} not installed")
        return 77
    try:
        import jsonschema  # pylint: disable=import-outside-toplevel,unused-import
    except ImportError:
        print("skipped: python3-jsonschema is not installed")
        return 77
    tests = [test for name, test in globals().items()
             if name.startswith("test_")]
    bad = 0
    for test in tests:
        try:
            test()
        except Exception as error:  # pylint: disable=broad-except
            where = traceback.extract_tb(error.__traceback__)[-1]
            print(f"{test.__name__}: {where.name}:{where.lineno}: "
                  f"{where.line}: {type(error).__name__}: {error}")
            bad += 1
    if not bad:
        print(f"{len(tests)} tests, {len(FORMATS)} formats, as they should be")
    return 1 if bad else 0


if __name__ == "__main__":
    FAULTSTAT = os.path.abspath(sys.argv[1])
    UPDATE = "--update" in sys.argv[2:]
    with tempfile.TemporaryDirectory() as WORK:
        sys.exit(main())
