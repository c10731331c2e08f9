#!/usr/bin/python3
"""validate_schema.py SCHEMA FILE.jsonl...

Holds every line of result files against doc/results.schema.json, and what a
schema of one line cannot say: the first line is a session, every record
belongs to a session before it, no member stands twice, every line ends.

Prints FILE:LINE: what is wrong. Exit status 0: all is as it should be; 1: it
is not; 2: it could not be looked at; 77: python3-jsonschema is not installed.
"""
import json
import sys

try:
    import jsonschema
except ImportError:
    print("skipped: python3-jsonschema is not installed")
    sys.exit(77)

MAX_MESSAGE = 300


def unique(members):
    names = [name for name, _ in members]
    for name in set(names):
        if names.count(name) > 1:
            raise ValueError(f"the member {name!r} stands twice")
    return dict(members)


def refuse(number):
    raise ValueError(f"{number} is not JSON")


def shorten(text):
    text = " ".join(text.split())
    return text if len(text) <= MAX_MESSAGE else text[:MAX_MESSAGE] + " ..."


def problems(validator, line, sessions, first):
    """What is wrong with one line, as texts."""
    if not line.endswith(b"\n"):
        yield "the last line is torn"
        return
    try:
        record = json.loads(line.decode("utf-8"), parse_constant=refuse,
                            object_pairs_hook=unique)
    except (ValueError, RecursionError) as error:
        yield f"not JSON: {error}"
        return
    for error in validator.iter_errors(record):
        # of alternatives (a number, or absent) the nearest miss is the clearest
        error = jsonschema.exceptions.best_match([error])
        place = "/".join(str(step) for step in error.absolute_path)
        yield f"{place}: {error.message}" if place else error.message
    if not isinstance(record, dict):
        return
    if record.get("type") == "session":
        sessions.add(str(record.get("session")))
    elif first:
        yield "the first line is no session"
    elif str(record.get("session")) not in sessions:
        yield f"belongs to no session before it: {record.get('session')!r}"


def check(validator, path):
    bad = nr = 0
    sessions = set()
    with open(path, "rb") as lines:
        for nr, line in enumerate(lines, 1):
            for problem in problems(validator, line, sessions, nr == 1):
                print(f"{path}:{nr}: {shorten(problem)}")
                bad += 1
    if not nr:
        print(f"{path}: holds no records")
        bad += 1
    return bad, nr


def main():
    if len(sys.argv) < 3:
        print("usage: validate_schema.py SCHEMA FILE.jsonl...", file=sys.stderr)
        return 2
    bad = nr = 0
    try:
        with open(sys.argv[1], encoding="utf-8") as f:
            schema = json.load(f)
        jsonschema.Draft202012Validator.check_schema(schema)
        validator = jsonschema.Draft202012Validator(schema)
        for path in sys.argv[2:]:
            more, lines = check(validator, path)
            bad += more
            nr += lines
    except (OSError, ValueError, jsonschema.SchemaError) as error:
        print(f"validate_schema.py: {shorten(str(error))}", file=sys.stderr)
        return 2
    if not bad:
        print(f"{nr} records, as the schema says")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
