# SPDX-License-Identifier: GPL-2.0-or-later
"""The same faults on several kernels, or by several policies: a table and a
picture of which takes which lock, and how often it is retried. Counts of the
witness pass, no times.
"""
import html
import json
import pathlib
import time

import kernels
import session
from trouble import Trouble

# mmap_lock alone, without its tracepoints (before 5.11) and with; VMA locks.
KERNELS = ("debian:5.10", "debian:6.1", "debian:6.12", "debian:7.3")

# What became of most faults of a cell: word in the table, colour (Okabe-Ito,
# those of plots/style.gp), explanation.
PATHS = {
    "vma": ("VMA", "#56b4e9", "finished under the VMA lock"),
    "completed": ("VMA, let go", "#009e73",
                  "done, the VMA lock dropped before the end"),
    "again": ("VMA > VMA", "#0072b2",
              "VMA lock dropped, redone under the VMA lock"),
    "redone": ("VMA > mmap", "#cc79a7",
               "VMA lock dropped, redone under mmap_lock"),
    "refused": ("refused > mmap", "#d55e00",
                "VMA lock refused, then mmap_lock"),
    "mmap": ("mmap", "#e69f00", "mmap_lock at once"),
    "unknown": ("?", "#bbbbbb", "ran, but what it took cannot be told here"),
    "none": ("-", "#eeeeee", "not to be had on this kernel, or failed"),
}


def number(metrics, name):
    value = metrics.get(name)
    return value if isinstance(value, (int, float)) else None


def path_of(record, vma_lock):
    """(key of PATHS, share of the faults that took it) of a witness, on a
    kernel with or without the VMA lock."""
    if record["type"] != "witness":
        return "none", 1
    m = record["metrics"]
    shares = {"vma": number(m, "vma_lock_handled_per_fault"),
              "redone": number(m, "redone_under_mmap_lock_per_fault"),
              "refused": number(m, "vma_lock_refused_per_fault")}
    if None in shares.values():
        shares = {"vma": number(m, "path_vma_lock_share"),
                  "redone": number(m, "path_retried_share"),
                  "mmap": number(m, "path_mmap_lock_share")}
        # What waited had tried the VMA lock before in user mode only.
        if (record["cell"]["lock"] != "vma" or not vma_lock) and \
                None not in shares.values():
            shares = {"mmap": sum(shares.values())}
    else:
        shares["mmap"] = max(0, 1 - sum(shares.values()))
        completed = number(m, "completed_per_fault") or 0
        again = number(m, "redone_under_vma_lock_per_fault") or 0
        if shares["vma"] and again > 0.5 * shares["vma"]:
            shares["again"] = shares.pop("vma")
        elif shares["vma"] and completed > 0.5 * shares["vma"]:
            shares["completed"] = shares.pop("vma")
    if None in shares.values():
        return "unknown", 1
    return max(shares.items(), key=lambda item: item[1])


class Rung:
    """One kernel's answers, by cell; or those of one policy on it."""

    def __init__(self, name, path, policy=None):
        self.name, self.release, self.cells = policy or name, "?", {}
        self.vma_lock = False
        with open(path, encoding="utf-8") as lines:
            for record in map(json.loads, lines):
                if record["type"] == "session":
                    facts = record["facts"]
                    self.release = facts["kernel.release"]
                    self.vma_lock = \
                        facts["kernel.feature.per-vma-lock"] == "yes"
                elif record["type"] == "witness" or record.get("of_witness"):
                    cell = record["cell"]
                    if cell.get("policy") == policy:
                        self.cells[cell["scenario"], cell["lock"]] = record

    def text(self, key):
        """What stands in the table: path and retries a fault."""
        record = self.cells.get(key)
        if not record:
            return "none", "-"
        path, share = path_of(record, self.vma_lock)
        words = PATHS[path][0]
        if share < 0.995:
            words += f" {100 * share:.0f} %"
        retries = number(record.get("metrics", {}), "retries_per_fault")
        if retries is None and path not in ("none", "unknown"):
            words += " ?"
        elif retries:
            words += f" {retries:.2f}"
        if record.get("verdict") == "broken":
            words += " BROKEN"
        return path, words


def rungs_of(name, path):
    """One for each policy that the cells of a result file name, or one."""
    policies = {}
    with open(path, encoding="utf-8") as lines:
        for record in map(json.loads, lines):
            policies.setdefault(record.get("cell", {}).get("policy"))
    return [Rung(name, path, policy) for policy in policies if policy] or \
        [Rung(name, path)]


def keys_of(rungs):
    keys = {}
    for rung in rungs:
        keys.update(dict.fromkeys(rung.cells))
    return list(keys)


def write_table(rungs, out):
    keys = keys_of(rungs)
    rows = [["scenario", "lock", *(r.name for r in rungs)]]
    rows += [[*key, *(r.text(key)[1] for r in rungs)] for key in keys]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    out.write("Which fault takes which lock, and how often is it retried?\n\n")
    for row in rows:
        out.write("  ".join(w.ljust(n) for w, n in zip(row, widths)).rstrip()
                  + "\n")
    out.write("\nThe figure is retries per fault, where there are any; ? where "
              "they cannot be told.\n")
    for word, _, meaning in PATHS.values():
        out.write(f"  {word:<15} {meaning}\n")
    for rung in rungs:
        out.write(f"\n{rung.name}: {rung.release}\n")
        told = {}
        for key in keys:
            record = rung.cells.get(key, {})
            why = record.get("reason")
            if record.get("verdict") in ("broken", "unproven"):
                why = f"{record['verdict']}: {record['claim']}"
            if why:
                told.setdefault(why, []).append(" ".join(key))
        for why, cells in told.items():
            out.write(f"  {', '.join(cells)}: {why}\n")


def write_picture(rungs, path):
    """The table as an SVG: rows are cells, columns kernels, a colour a path."""
    keys = keys_of(rungs)
    left, wide, high, top = 230, 170, 22, 78
    width = left + wide * len(rungs) + 20
    legend = list(PATHS.values())
    height = top + high * len(keys) + 24 + 20 * len(legend) + 12
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
             f'height="{height}" font-family="DejaVu Sans, sans-serif" '
             'font-size="12">',
             f'<rect width="{width}" height="{height}" fill="#ffffff"/>']

    def text(x, y, words, extra=""):
        parts.append(f'<text x="{x}" y="{y}" {extra}>'
                     f'{html.escape(words)}</text>')

    text(14, 26, "Which fault takes which lock, and how often is it retried?",
         'font-size="16"')
    text(14, 46, "Counts of the witness pass in guests; a figure is retries "
         "per fault", 'fill="#666666"')
    for column, rung in enumerate(rungs):
        text(left + wide * column + wide / 2, top - 8, rung.name,
             'text-anchor="middle" font-weight="bold"')
    for row, key in enumerate(keys):
        y = top + high * row
        text(14, y + 15, f"{key[0]}, {key[1]}")
        for column, rung in enumerate(rungs):
            kind, words = rung.text(key)
            x = left + wide * column
            parts.append(f'<rect x="{x + 1}" y="{y + 1}" width="{wide - 2}" '
                         f'height="{high - 2}" fill="{PATHS[kind][1]}"/>')
            text(x + wide / 2, y + 15, words, 'text-anchor="middle"')
    y = top + high * len(keys) + 28
    for i, (word, colour, meaning) in enumerate(legend):
        x, at = 14, y + 20 * i
        parts.append(f'<rect x="{x}" y="{at - 11}" width="14" height="14" '
                     f'fill="{colour}"/>')
        text(x + 20, at, f"{word}: {meaning}")
    path.write_text("\n".join([*parts, "</svg>\n"]), encoding="utf-8")


def climb(options):
    folder = pathlib.Path(options.output or session.TREE / "results" /
                          time.strftime("ladder-%Y%m%d-%H%M%S"))
    config = options.config or str(session.TREE / "configs" / "ladder.conf")
    folder.mkdir(parents=True, exist_ok=True)
    # Balancing between nodes needs two.
    options.shape = options.shape or "cpus=2,sockets=2,nodes=2"
    rungs, status = [], 0
    for name in options.kernel or KERNELS:
        out = folder / (name.replace(":", "-").replace("/", "_") + ".jsonl")
        try:
            done = session.run(
                options, kernels.find(name),
                ["run", config, "-o", str(out), "--label", name, "--resume"])
        except Trouble as e:
            print(f"faultlab: without {name}: {e}", flush=True)
            status = 1
            continue
        status = max(status, done)
        rungs += rungs_of(name, out)
    if not rungs:
        raise Trouble("no kernel could be had")
    with open(folder / "ladder.txt", "w", encoding="utf-8") as f:
        write_table(rungs, f)
    write_picture(rungs, folder / "ladder.svg")
    print((folder / "ladder.txt").read_text(encoding="utf-8"))
    print(f"faultlab: ladder of {len(rungs)} columns, {len(keys_of(rungs))} "
          f"cells: {folder}/ladder.txt, ladder.svg; exit status {status}")
    return status
