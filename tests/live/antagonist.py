#!/usr/bin/python3
"""antagonist.py FAULTLINE NAME

An antagonist does what it says on the kernel that is running, wherever it works
and with each value of its own settings: its operations are done at about the
rate asked for, the workers' faults beside it are as promised, and it takes
mmap_lock for write as often as `explain` says. Exit status 77 with the reason
where this machine or this user cannot tell at all.
"""
import json
import re
import subprocess
import sys

RATE = 200
ATTEMPTS = 8  # on a machine that may be busy with something else
PROGRAM, NAME = sys.argv[1:3]


def say(*arguments):
    done = subprocess.run([PROGRAM, *arguments], timeout=60, check=False,
                          stdout=subprocess.PIPE, text=True)
    return done.stdout


def must(condition, what, record):
    if not condition:
        print(f"not so: {what}")
        for part in (record, *record.get("antagonists", [])):
            part.pop("hist_ns", None)
        print(json.dumps(record, indent=1))
        sys.exit(1)


def variants(told):
    """Each place, and each word of each setting of its own."""
    places = re.findall(r"where=\w+", re.search(r"(?m)^  Works at.*|\Z", told)[0])
    words = [""]
    for name, values in re.findall(r"(?m)^    (\w+) .*\((\w+(?: \w+)+)\) \[\w+\]$", told):
        words += [f"{name}={value}" for value in values.split()]
    return [f"{place} {word}".strip() for place in places or [""] for word in words]


def measure(text, lock, *more):
    words = ["scenario=anon-write", f"lock={lock}", "time=250ms", "pages=128",
             "oversubscribe=yes", f"antagonist={NAME} {text}".strip(), *more]
    record = json.loads(say("cell", "--json", *words))
    if record["type"] == "skip":
        return None, record["reason"]
    must(record["type"] in ("run", "witness"), "the cell succeeds", record)
    return record, None


def check_faults(record, write_protects):
    m = record["metrics"]
    must(m["faults"] > 0, "there were faults", record)
    extra = m["faults"] - m["touches"]
    # A fork makes a second fault of a store now and then, and of few.
    must(0 <= extra <= (m["faults"] / 10 if write_protects else 0),
         "one fault a touch", record)
    must(all(p["verified"] for p in record["placed"]), "threads are bound", record)


def at_rate(text, lock, least, most, write_protects):
    """Operations/s, which must be between the two at one of several attempts;
    None with the reason where this cannot be tried."""
    for attempt in range(1, ATTEMPTS + 1):
        record, reason = measure(text, lock)
        if reason:
            return None, reason
        check_faults(record, write_protects)
        m = record["antagonists"][0]["metrics"]
        if least < m["ops_per_s"] < most or attempt == ATTEMPTS:
            break
    must(m["ops"] > 0, "it did something", record)
    must(least < m["ops_per_s"] < most, f"{least} to {most} operations/s", record)
    must(m["service_p50_ns"] <= m["p50_ns"] * 1.1,
         "an operation ends no earlier than it takes", record)
    return m["ops_per_s"], None


def check_variant(text, writes, write_protects):
    """The reason why this variant could not be tried, or None."""
    _, reason = at_rate(f"{text} rate={RATE}", "mmap", RATE / 2, RATE * 2, write_protects)
    if reason:
        return reason
    flat_out, _ = at_rate(text, "vma", RATE, float("inf"), write_protects)

    record, _ = measure(text, "mmap", "--witness")
    check_faults(record, write_protects)
    if record["verdict"] == "unproven":
        return f"its rate is right, its locks are unproven: {record['claim']}"
    must(record["verdict"] == "held", "the faults' promise is kept", record)
    m = record["antagonists"][0]["metrics"]
    told = m["mmap_locks_per_op"]
    if isinstance(told, dict):
        must("no tracepoints of mmap_lock" in record["claim"],
             "its locks are counted where the kernel has the tracepoints",
             record)
        return f"its rate is right, its locks: {told['absent']}"
    if writes is not None:
        must(abs(m["mmap_write_locks_per_op"] - writes) < 0.001,
             f"mmap_lock for write {writes} times an operation", record)
    print(f"{NAME} {text}: {flat_out:.0f} ops/s flat out, mmap_lock for read "
          f"{m['mmap_locks_per_op']:.3f}, for write "
          f"{m['mmap_write_locks_per_op']:.3f} times an operation")
    return None


def main():
    told = say("explain", NAME)
    writes = re.search(r"for write an operation: (\d+)\.", told)
    reasons = []
    texts = variants(told)
    for text in texts:
        reason = check_variant(text, writes and int(writes[1]), NAME == "fork")
        if reason:
            print(f"{NAME} {text}: {reason}")
            reasons.append(reason)
    if len(reasons) == len(texts):
        sys.exit(77)


if __name__ == "__main__":
    main()
