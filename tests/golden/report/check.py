#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Runs `faultstat report` on a stored file full of text that tries to be more,
and looks at what comes out: all files there, the page well-formed, complete
and by itself, each picture inline with a table below, and nothing of the text
ever acted upon. Then without gnuplot, with --no-plots, and a sweep of threads.

    check.py FAULTSTAT PLOTS_DIR

Nothing here compares pixels: whether a picture is any good, a person must see.
"""
import json
import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "hr", "img", "input", "col"}
HERE = os.path.dirname(os.path.abspath(__file__))
PICTURES = ["locks", "tail-anon-write", "victims-anon-write",
            "throughput-rate-anon-write", "paths", "time"]
failures = []


def check(ok, what):
    if not ok:
        failures.append(what)
        print("FAILED:", what, file=sys.stderr)


class Page(HTMLParser):
    """Start and end tags in pairs, ids once, no handlers, one script: that
    which the page's own policy names by its hash."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open = []
        self.ids = set()
        self.seen = []
        self.text = []
        self.policy = ""
        self.script = ""

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        check(tag != "script" or not attrs, f"a script with {attrs}")
        if tag == "meta" and dict(attrs).get("http-equiv"):
            self.policy = dict(attrs)["content"]
        check(tag not in ("iframe", "object", "embed", "img", "link"),
              f"a <{tag}> in the page")
        self.attributes(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append(tag)
        self.attributes(tag, attrs)

    def attributes(self, tag, attrs):
        for name, text in attrs:
            check(not name.startswith("on"), f"<{tag}> has a handler {name}")
            if name == "id":
                check(text not in self.ids, f"the id {text} is there twice")
                self.ids.add(text)
            if name in ("href", "src", "xlink:href") and text.startswith("#"):
                continue
            if name in ("href", "src", "xlink:href"):
                check(re.fullmatch(r"[a-z0-9-]+\.(svg|png|dat|txt)", text),
                      f"<{tag} {name}={text!r}> leads elsewhere")

    def handle_endtag(self, tag):
        self.seen.append("/" + tag)
        check(self.open and self.open[-1] == tag,
              f"</{tag}> ends {self.open[-3:]}")
        if tag in self.open:
            while self.open and self.open.pop() != tag:
                pass

    def handle_data(self, data):
        if self.open and self.open[-1] == "script":
            self.script += data
        else:
            self.text.append(data)

    def check_script(self):
        digest = hashlib.sha256(self.script.encode("utf-8")).digest()
        word = "'sha256-" + base64.b64encode(digest).decode() + "'"
        check(self.seen.count("script") == 1, "not one script")
        check(self.policy == "default-src 'none'; style-src 'unsafe-inline'; "
              "script-src " + word, f"{self.policy} is not the policy of {word}")
        check(not re.search(r"fetch|import|XMLHttp|src|href|eval|innerHTML|"
                            r"document\.write|//", self.script),
              "the script does more than sort")


def report(faultstat, out, *options, path=None, plots=None,
           data=os.path.join(HERE, "data.jsonl")):
    env = dict(os.environ)
    env.pop("FAULTLINE_PLOTS_DIR", None)
    if path is not None:
        env["PATH"] = path
    argv = [faultstat, "report", data, "-o", out]
    if plots:
        argv += ["--plots-dir", plots]
    done = subprocess.run(argv + list(options), env=env, text=True,
                          capture_output=True, check=False)
    check(done.returncode == 0, f"exit status {done.returncode}: {done.stderr}")
    check("Sanitizer" not in done.stderr, done.stderr)
    return done


def read(*parts):
    with open(os.path.join(*parts), encoding="utf-8") as f:
        return f.read()


def check_page(out):
    html = read(out, "report.html")
    page = Page()
    page.feed(html)
    page.close()
    page.check_script()
    check(not page.open, f"left open: {page.open}")
    links = re.findall(r"https?://[^\"' <)]*", html)
    check(all(re.search(r"xmlns(:xlink)?=[\"']" + re.escape(link), html)
              for link in links), f"links to elsewhere: {links}")
    text = "".join(page.text)
    for words in ("<script>alert(1)</script>", "$(touch X)", "`touch Y`",
                  "skipped: userfaultfd", "512 touches made 498 faults",
                  "Again", "machine.microcode", "bad?name?"):
        check(words in text, f"the page does not say {words!r}")
    check("rm -rf / # not a command" not in text, "a foreign command as ours")
    check("prefers-color-scheme" in html, "no dark mode")
    check("@media print" in html, "no print style")
    return page, text


def check_pictures(out, page):
    for name in PICTURES:
        for suffix in ("svg", "png", "dat", "vars.gp"):
            file = os.path.join(out, f"{name}.{suffix}")
            check(os.path.exists(file) and os.path.getsize(file) > 200,
                  f"{name}.{suffix} is missing or empty")
        svg = read(out, f"{name}.svg")
        check(re.search(r"<title>[^<]+\?", svg), f"{name}.svg has no title")
        check("<script" not in svg, f"{name}.svg has a script")
        check(name in page.ids, f"{name} is not in the page")
        check(read(out, f"{name}.dat").startswith("# "),
              f"{name}.dat has no heading")
    figures = page.seen.count("figure")
    check(figures == page.seen.count("svg"), "a figure without its svg")
    # after each figure, before the next, a table
    parts = " ".join(page.seen).split(" /figure ")
    check(all(part.startswith("div table") for part in parts[1:]),
          "a picture without a table below it")


# Who is held up in the made-up files, by role: 0 has no delay, 1 is not held
# up, 2 is in part, 3 is. One row a line of the picture, from the top.
CONVOY = ["0000", "1111", "1111", "1111"] * 2 + ["0000"] + ["2331"] * 3
HOLD_OR_DROP = ["031", "033", "011", "011"]


def check_roles(faultstat, plots, work, has_gnuplot):
    for what, stem, expected in (
            ("convoy", "waiting-fuse-read", CONVOY),
            ("hold-or-drop", "waiting", HOLD_OR_DROP)):
        data = os.path.join(work, what + ".jsonl")
        with open(data, "w", encoding="utf-8") as f:
            subprocess.run([os.path.join(HERE, "../data/make_roles.py"), what],
                           stdout=f, check=True)
        out = os.path.join(work, "roles", what)
        report(faultstat, out, plots=plots, data=data)
        os.unlink(data)
        rows = {}
        if has_gnuplot:
            for line in read(out, stem + ".dat").splitlines():
                if not line.startswith("#"):
                    row, _, held = line.split("\t")[:3]
                    rows.setdefault(int(row), []).append(held)
            seen = ["".join(rows[row]) for row in sorted(rows)]
            check(seen == expected, f"{what}: who is held up: {seen}")
            svg = read(out, stem + ".svg")
            check(svg.count(">waits<") == "".join(expected).count("3"),
                  f"{stem}.svg: tiles that wait")
            check(os.path.getsize(os.path.join(out, stem + ".png")) > 20000,
                  f"{stem}.png is empty")
        html = read(out, "report.html")
        check("is held up with" in html and "it is not held up with" in html,
              f"{what}: the page has no sentence on who waits")
        check("What became of the faults" in html and "wake-ups" in html,
              f"{what}: the page has no table of the retries")


def check_harmless(out):
    names = sorted(os.listdir(out))
    check(not any(re.fullmatch("[XY]", name) for name in names),
          f"something was run: {names}")
    bad = [n for n in names if not re.fullmatch(r"[a-z0-9-]+(\.vars)?\.[a-z]+", n)]
    check(not bad, f"file names made of foreign text: {bad}")
    for name in names:
        if not name.endswith(".vars.gp"):
            continue
        for line in read(out, name).splitlines():
            # gnuplot 5.4 ends 'a''''b' at the third: no doubled quotes
            check("''" not in line.replace(" ''", ""), f"{name}: {line}")
            code = re.sub(r"'[^']*'", "", line)
            check(not re.search(r"[`\"$@]|system|eval|\bshell\b", code),
                  f"{name}: {line}")
    check("\x07" not in read(out, "report.txt"), "report.txt rings the bell")


def write_two_threads(path):
    """The cells alone, once more with two threads, where mmap has three blocks."""
    with open(path, "w", encoding="utf-8") as f:
        for line in read(HERE, "data.jsonl").splitlines():
            record = json.loads(line)
            settings = record.get("cell", {"antagonist": "none"})
            if settings["antagonist"] != "none":
                continue
            f.write(line + "\n")
            if record["type"] == "run" and (settings["lock"] == "vma" or
                                            record["block"] < 3):
                settings["threads"] = "2"
                f.write(json.dumps(record) + "\n")


def check_threads(out):
    """A sweep of two points is one; no interval is no narrow one."""
    text = read(out, "throughput-threads-anon-write.dat")
    at_two = [line.split("\t")[1:4] for line in text.splitlines()
              if line.startswith("2\t") and line.count("\t") == 4]
    check(len(at_two) == 2, f"two curves at two threads: {at_two}")
    check([low for _, low, _ in at_two].count("NaN") == 1 and
          all((low == "NaN") == (high == "NaN") for _, low, high in at_two),
          f"an interval for eight blocks and none for three: {at_two}")


def main():
    faultstat, plots = map(os.path.abspath, sys.argv[1:3])
    work = tempfile.mkdtemp()
    os.chdir(work)
    out = os.path.join(work, "with")
    has_gnuplot = shutil.which("gnuplot") is not None
    report(faultstat, out, plots=plots)
    page, text = check_page(out)
    check_harmless(out)
    if has_gnuplot:
        check_pictures(out, page)
    check("anon-write" in read(out, "report.txt"), "report.txt is empty")

    out = os.path.join(work, "without")
    done = report(faultstat, out, path="/nonexistent", plots=plots)
    page, text = check_page(out)
    check("gnuplot is not installed" in text and "gnuplot-nox" in text and
          "gnuplot-nox" in done.stderr, "nobody is told what to install")
    check(page.seen.count("table") > 6 and "svg" not in page.seen,
          "without gnuplot there are to be tables and no pictures")

    out = os.path.join(work, "not-wanted")
    done = report(faultstat, out, "--no-plots", "--title", "<i>&x</i>")
    page, text = check_page(out)
    check("svg" not in page.seen and "<i>&x</i>" in text, "--no-plots, --title")
    check(done.stderr == "", f"--no-plots complains: {done.stderr}")

    check_roles(faultstat, plots, work, has_gnuplot)
    out = os.path.join(work, "threads")
    data = os.path.join(work, "threads.jsonl")
    write_two_threads(data)
    report(faultstat, out, plots=plots, data=data)
    check_threads(out)

    check(sorted(os.listdir(work)) == ["not-wanted", "roles", "threads",
                                       "threads.jsonl", "with", "without"],
          f"something was written elsewhere: {os.listdir(work)}")
    os.chdir("/")
    if failures:
        print("see", work, file=sys.stderr)
        return 1
    shutil.rmtree(work)
    if not has_gnuplot:
        print("no gnuplot here: the pictures were not checked")
    return 0


sys.exit(main())
