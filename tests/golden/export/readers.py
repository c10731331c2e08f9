# SPDX-License-Identifier: GPL-2.0-or-later
"""Readers of the exported formats, by each format's published rules: a reader
raises AssertionError (or its library's error) for what its consumer would not
take, and returns what it has read. Nothing here knows how faultstat writes."""
import csv
import datetime
import decimal
import io
import json
import math
import os
import re
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))


def refuse(text):
    raise AssertionError(f"{text} is not JSON")


def read_json(text):
    return json.loads(text, parse_constant=refuse)


def in_file(text, *command, good=(0,)):
    """What a command prints about a file of that text."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="") as f:
        f.write(text)
        f.flush()
        done = subprocess.run([*command, f.name], capture_output=True,
                              text=True, check=False)
    assert done.returncode in good, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout + done.stderr


# --- csv: RFC 4180 -----------------------------------------------------------

def read_csv(text):
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    head = rows[0]
    assert len(set(head)) == len(head), f"a column twice: {head}"
    for row in rows[1:]:
        assert len(row) == len(head), f"{len(row)} fields, not {len(head)}"
    return [dict(zip(head, row)) for row in rows[1:]]


# --- gobench: golang.org/design/14313, golang.org/x/perf benchfmt ------------

def gobench_unit(fields, units):
    assert fields, "no unit"
    for field in fields[1:]:
        key, equals, value = field.partition("=")
        assert equals and key, f"{field}: not key=value"
        assert (key, value) in (("better", "lower"), ("better", "higher"),
                                ("assume", "exact")), field
        assert units.setdefault((fields[0], key), value) == value, \
            f"{fields[0]}: {key} told twice"


def read_gobench(text):
    """Lines as (name, GOMAXPROCS, keys, {unit: value}), and the units."""
    keys, lines, units = {}, [], {}
    for line in text.splitlines():
        if line.startswith("Benchmark"):
            name, iterations, *pairs = line[len("Benchmark"):].split()
            int(iterations)
            assert pairs and len(pairs) % 2 == 0, f"odd: {line}"
            values = {u: float(v) for v, u in zip(pairs[::2], pairs[1::2])}
            assert len(values) * 2 == len(pairs), f"a unit twice: {line}"
            procs = re.search(r"-(\d+)$", name)
            lines.append((name[:procs.start()] if procs else name,
                          procs and procs.group(1), dict(keys), values))
        elif line.split()[:1] == ["Unit"]:
            gobench_unit(line.split()[1:], units)
        else:
            match = re.fullmatch(r"([^\sA-Z:]+):[ \t]+(.*)", line)
            assert match and match.group(1)[0].islower(), f"ignored: {line}"
            keys[match.group(1)] = match.group(2)
    benchstat = shutil.which("benchstat")
    if benchstat:
        told = in_file(text, benchstat)
        assert "syntax" not in told and "error" not in told, told
    return lines, units


# --- KTAP: Documentation/dev-tools/ktap.rst ----------------------------------

RESULT = re.compile(r"(ok|not ok) (\d+)(?: ([^#]*?))?(?: ?# ?(.*))?")


def ktap_level(lines, indent):
    """One level: results as (good, description, directive, subtests)."""
    def own(line):
        return line.startswith(indent) and not line.startswith(indent + " ")

    assert lines.pop(0) == indent + "KTAP version 1"
    plan = re.fullmatch(r"1\.\.(\d+)", lines.pop(0)[len(indent):])
    assert plan, "no plan"
    results, inner = [], []
    while len(results) < int(plan.group(1)):
        assert lines, "fewer results than planned"
        if lines[0] == indent + "  KTAP version 1":
            inner = ktap_level(lines, indent + "  ")
            continue
        line = lines.pop(0)
        assert own(line), f"belongs to no level: {line!r}"
        line = line[len(indent):]
        if line.startswith("# "):
            continue
        match = RESULT.fullmatch(line)
        assert match, f"unknown line: {line!r}"
        good, number, description, directive = match.groups()
        assert int(number) == len(results) + 1, f"out of order: {line!r}"
        assert not directive or directive.split()[0] in ("SKIP", "ERROR"), line
        good = good == "ok"
        assert good or "SKIP" not in (directive or "").split()[:1], line
        assert not inner or good == all(test[0] for test in inner), \
            f"not what its subtests say: {line}"
        results.append((good, description, directive, inner))
        inner = []
    return results


def read_ktap(text):
    lines = text.splitlines()
    results = ktap_level(lines, "")
    assert not lines, f"more than planned: {lines}"
    told = in_file(text, "prove", "--exec", "cat", good=(0, 1))
    assert "Parse errors" not in told, told
    failed = [i for i, r in enumerate(results, 1) if not r[0]]
    assert f"Tests={len(results)}," in told, told
    assert (f"Failed {len(failed)}/{len(results)} subtests" in told) \
        == bool(failed), told
    return results


# --- JUnit: junit.xsd --------------------------------------------------------

def read_junit(text):
    in_file(text, "xmllint", "--noout", "--nonet", "--schema",
            os.path.join(HERE, "junit.xsd"))
    root = xml.etree.ElementTree.fromstring(text)
    for suite in root:
        for name, element in (("tests", "testcase"),
                              ("failures", "testcase/failure"),
                              ("errors", "testcase/error"),
                              ("skipped", "testcase/skipped")):
            assert int(suite.get(name)) == len(suite.findall(element)), name
    return root


# --- KCIDB: kcidb.schema.json ------------------------------------------------

def read_kcidb(text):
    import jsonschema  # pylint: disable=import-outside-toplevel

    report = read_json(text)
    with open(os.path.join(HERE, "kcidb.schema.json"), encoding="utf-8") as f:
        schema = json.load(f)
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.Draft7Validator(schema).validate(report)
    ids = {}
    for kind in ("checkouts", "builds", "tests"):
        ids[kind] = [o["id"] for o in report.get(kind, [])]
        assert len(set(ids[kind])) == len(ids[kind]), f"{kind}: an id twice"
    for build in report.get("builds", []):
        if "checkouts" in report:
            assert build["checkout_id"] in ids["checkouts"]
    for test in report["tests"]:
        if "builds" in report:
            assert test["build_id"] in ids["builds"]
        assert ("number" in test) == (test["status"] == "DONE"), test["path"]
    return report


# --- LAVA: lava_dispatcher/actions/test/shell.py -----------------------------

def read_lava(text):
    """{id: (result, units, measurement)}"""
    cases = {}
    for line in text.splitlines():
        match = re.fullmatch(r"<LAVA_SIGNAL_(\S+) ([^>]+)>", line)
        assert match and match.group(1) == "TESTCASE", line
        data = {}
        for param in match.group(2).split():
            assert param.count("=") == 1, f"malformed parameter: {param}"
            key, value = param.split("=")
            assert value, line
            data[key.lower()] = value
        case = data["test_case_id"]
        assert re.fullmatch(r"[A-Za-z0-9_.-]+", case), case
        assert case not in cases, f"duplicate test_case_id: {case}"
        assert data["result"] in ("pass", "fail", "skip", "unknown"), line
        number = None
        if "measurement" in data:
            number = decimal.Decimal(data["measurement"])
            assert number.is_finite() and abs(number) < 10**20, line
            assert len(data["units"]) <= 100
        cases[case] = (data["result"], data.get("units"), number)
    return cases


# --- Otava: otava/importer.py, otava/test_config.py --------------------------

def read_otava(text):
    rows = read_csv(text)
    times = []
    for row in rows:
        assert "branch" not in row
        times.append(datetime.datetime.fromisoformat(
            row["time"].replace("Z", "+00:00")))
        assert times[-1].tzinfo
        for name in list(row)[4:]:
            row[name] = float(row[name])
            assert math.isfinite(row[name]), name
    assert times == sorted(times), "not in the order of time"
    return rows


def read_otava_yaml(text):
    """{metric: direction}. Plain scalars only, so no YAML library is needed."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    start = lines.index("    metrics:")
    assert lines[:start] == ["tests:", "  faultline:", "    type: csv",
                             "    file: faultline.csv",
                             "    time_column: time",
                             "    attributes: [session, label, kernel]"]
    names, directions = lines[start + 1::2], lines[start + 2::2]
    assert len(names) == len(directions)
    metrics = {}
    for name, direction in zip(names, directions):
        match = re.fullmatch(r" {6}([A-Za-z_][A-Za-z0-9_.-]*):", name)
        assert match, name
        assert direction in ("        direction: 1", "        direction: -1")
        metrics[match.group(1)] = int(direction.split()[-1])
    assert len(metrics) == len(names), "a metric twice"
    return metrics


READERS = {
    "csv": read_csv, "gobench": read_gobench, "json": read_json,
    "junit": read_junit, "kcidb": read_kcidb, "ktap": read_ktap,
    "lava": read_lava, "otava": read_otava, "otava-yaml": read_otava_yaml,
}
