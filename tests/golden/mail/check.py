#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
What faultstat says by mail, in Markdown, in one page, in an explanation and in
a cover letter: against what is stored here, in its form, and with labels that
try to be more than text.

    check.py FAULTSTAT PLOTS_DIR            compare
    check.py FAULTSTAT PLOTS_DIR --update   store anew; then read the diff
"""
import base64
import difflib
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(HERE, "../data")
EVIL = ("''. system('touch X') .'' $(touch X) `touch Y` <script>alert(1)"
        "</script> \"it''''s\" \x1b[31m\x07 \u202e ü | [a](b) @x #1 _a_ *b* "
        "www.x.org http://x.org & \\ 9")
failures = []


def check(ok, what):
    if not ok:
        failures.append(what)
        print("FAILED:", what, file=sys.stderr)


class Run:
    def __init__(self, faultstat, plots, work, update):
        self.faultstat, self.plots, self.work = faultstat, plots, work
        self.update = update
        self.cases = 0

    def __call__(self, *args, status=0):
        env = dict(os.environ, FAULTLINE_PLOTS_DIR=self.plots)
        done = subprocess.run([self.faultstat, *args], env=env, cwd=self.work,
                              capture_output=True, check=False)
        out = done.stdout.decode("utf-8")
        err = done.stderr.decode("utf-8")
        check(done.returncode == status, f"{args}: {done.returncode}: {err}")
        check("Sanitizer" not in err, err)
        return out, err

    def golden(self, name, text):
        path = os.path.join(HERE, name)
        self.cases += 1
        if self.update:
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
            return
        with open(path, encoding="utf-8") as f:
            stored = f.read()
        check(stored == text, f"{name} is another:\n" + "".join(
            difflib.unified_diff(stored.splitlines(True), text.splitlines(True),
                                 "stored", "now")))

    def want(self, name, *args, status=0):
        out, err = self(*args, status=status)
        self.golden(name, out + (f"--- standard error:\n{err}" if err else ""))
        return out


def make(work, which, label=None, name=None, seed=None, lines=None):
    argv = [os.path.join(DATA, "make_kernels.py"), which]
    if label:
        argv.append(label)
    if seed:
        argv.append(seed)
    text = subprocess.run(argv, capture_output=True, check=True).stdout
    path = os.path.join(work, (name or which) + ".jsonl")
    with open(path, "wb") as f:
        f.writelines(text.splitlines(True)[:lines])
    return os.path.basename(path)


def check_mail(text, what):
    """72 columns, printable ASCII, no blanks at the end of a line."""
    for number, line in enumerate(text.split("\n"), 1):
        check(len(line) <= 72, f"{what}:{number}: {len(line)} columns: {line}")
        check(all(" " <= c <= "~" for c in line), f"{what}:{number}: {line!r}")
        check(not line.endswith(" "), f"{what}:{number}: a blank at the end")


def commands(text):
    """The commands below "Again", as a shell takes them apart."""
    after = text.split("\nAgain\n-----\n", 1)[1].split("\n\n", 1)[0]
    script = "\n".join(line for line in after.split("\n")
                       if not line.startswith("One run of"))
    done = subprocess.run(
        ["bash", "-c", "f() { printf '%s\\0' \"$@\"; printf '\\n\\0'; }; "
         "faultline() { f faultline \"$@\"; }; "
         "faultstat() { f faultstat \"$@\"; }; " + script],
        capture_output=True, check=False)
    check(done.returncode == 0 and not done.stderr,
          f"a shell says: {done.stderr}\n{script}")
    return [line.strip("\0").split("\0")
            for line in done.stdout.decode().split("\n") if line.strip("\0")]


def check_plot(run):
    """The curves: two letters, twenty lines, no form feed."""
    out, err = run("report", "--format", "mail", "base.jsonl", "patched.jsonl")
    check_mail(out, "mail with curves")
    if not shutil.which("gnuplot"):
        check("No curves: gnuplot" in out, "nobody says why there are none")
        return
    check(not err, err)
    plot = out.split("Share of them that takes longer", 1)[1].split("\n\n")[0]
    curves = [line.split("|", 1)[1] for line in plot.split("\n") if "|" in line]
    check(10 <= len(curves) <= 20, f"{len(curves)} lines of curves")
    check(sum(line.count("a") for line in curves) > 15, "no curve a")
    check(sum(line.count("b") for line in curves) > 15, "no curve b")
    # the patched kernel's tail is the longer one: b is never left of a
    for line in curves:
        if "a" in line and "b" in line:
            check(line.index("a") < line.index("b"), f"b before a: {line}")
    # where pictures cannot be drawn it says so, and goes on
    env = dict(os.environ, FAULTLINE_PLOTS_DIR=run.plots, PATH="/nonexistent")
    done = subprocess.run([run.faultstat, "report", "--format", "mail",
                           "base.jsonl", "patched.jsonl"], env=env,
                          cwd=run.work, capture_output=True, check=False)
    check(done.returncode == 0 and b"No curves: gnuplot cannot" in done.stdout,
          "without gnuplot: " + done.stderr.decode())


def check_goldens(run):
    two = ("base.jsonl", "patched.jsonl")
    mail = ("report", "--no-plots", "--format", "mail")
    text = run.want("mail-kernels.txt", *mail, *two)
    check_mail(text, "mail-kernels")
    first = text.split("\n\n")[0].replace("\n", " ")
    # who, which way, by how much, how sure, where: all in the first paragraph
    for words in ("page_fault swap-in", "regression of p99_ns",
                  "on patched (Linux 6.18.44-vma) against base (Linux 6.18.44)",
                  "95% interval"):
        check(words in first, f"the first paragraph lacks {words!r}: {first}")
    check("patched is SLOWER than base in 7 of 25 rows, FASTER in 4" in
          text.replace("\n", " "), "the verdict")
    check("machine   Handmade CPU" in text and "8 GiB" in text, "the machine")
    got = commands(text)
    check(["faultline", "run", "kernels.conf", "-o", "patched.jsonl", "--label",
           "patched"] in got, f"how to repeat it: {got}")
    check(got[2] == ["faultstat", "compare", "base=base.jsonl",
                     "patched=patched.jsonl"], f"how to compare: {got}")
    check("antagonist=mmap-munmap where=elsewhere rate=10k" in got[3],
          f"the cell's command: {got}")
    # the same kernel twice, and too few runs for so many tests
    again = make(run.work, "base", "again", "again", "99")
    text = run.want("mail-same.txt", *mail, "base.jsonl", again)
    check("no change beyond doubt on again" in text and "SLOWER" not in text,
          "a kernel is not itself")
    few = [make(run.work, which, which, "few-" + which, lines=40)
           for which in ("base", "patched")]
    text = run.want("mail-few.txt", *mail, *few)
    check_mail(text, "mail-few")
    check("no change of a time beyond doubt" in " ".join(text.split()) and
          "? slower" in text and "* slower" not in text,
          "five runs are believed")
    check("other counts" in text and
          "2 of 10 differ" in text, "counts need no second run")
    with open(os.path.join(run.work, "convoy.jsonl"), "wb") as f:
        subprocess.run([os.path.join(DATA, "make_roles.py"), "convoy"],
                       stdout=f, check=True)
    text = run.want("mail-convoy.txt", *mail, "convoy.jsonl")
    check_mail(text, "mail-convoy")
    check("is held up with lock=mmap-hold" in
          text.split("\n\n")[0].replace("\n", " "), "who waits is not said")
    for name, file in (("one", "base.jsonl"), ("locks", "handmade.jsonl"),
                       ("odd", "handmade-odd.jsonl")):
        text = run.want(f"mail-{name}.txt", *mail, file)
        check_mail(text.split("--- standard error")[0], f"mail-{name}")
    run.want("kernels.md", "report", "--format", "markdown", "--no-plots", *two)
    run.want("locks.md", "report", "--format", "markdown", "handmade.jsonl")
    run.want("explain.txt", "explain", *two)
    check_mail(run.want("explain-mail.txt", "explain", "--mail", *two),
               "explain-mail")
    run.want("explain-row.txt", "explain", "--row", "anon-write, 2", *two)
    run.want("explain-lock.txt", "explain", "--by", "lock=vma,mmap",
             "handmade.jsonl")
    run.want("letter-said.txt", "cover-letter", "old=base.jsonl",
             "new=patched.jsonl", "-o", "letter", "--no-plots")
    with open(os.path.join(run.work, "letter/cover-letter.txt"),
              encoding="utf-8") as f:
        text = f.read()
    run.golden("letter.txt", text)
    check_mail(text, "letter")
    run.want("bad-format.txt", "report", "--format", "mial", "base.jsonl",
             status=2)
    run.want("bad-both.txt", "report", "--format", "mail", "-o", "x",
             "base.jsonl", status=2)
    run.want("bad-row.txt", "explain", "--row", "no such", *two, status=2)
    run.want("bad-sides.txt", "explain", "--by", "threads", "base.jsonl",
             status=2)
    run.want("bad-link.txt", "cover-letter", *two, "--link", "a b", status=2)


def check_unlike(run):
    """Another machine: refused where just two sides are set against each
    other, and said where a report has to say something."""
    with open(os.path.join(run.work, "patched.jsonl"), "rb") as f:
        text = f.read().replace(b"Handmade CPU (R) 9000", b"Another CPU")
    with open(os.path.join(run.work, "other.jsonl"), "wb") as f:
        f.write(text)
    two = ("base.jsonl", "other.jsonl")
    for command in (("explain",), ("cover-letter", "--no-plots", "-o", "no")):
        _, err = run(*command, *two, status=2)
        check("unlike machines" in err and "--force" in err, err)
        check(not os.path.exists(os.path.join(run.work, "no")), "a letter")
    run("explain", "--force", *two)
    out, _ = run("report", "--no-plots", "--format", "mail", *two)
    check("Another CPU" in out and "measured on unlike machines" in
          out.split("\n\n")[0].replace("\n", " "), out[:900])
    check_mail(out, "unlike")
    out, _ = run("report", "--format", "markdown", *two)
    check("measured on unlike machines" in out, "markdown says nothing of the machines")
    out, _ = run("explain", "--by", "kernel=6.18.44,6.18.44-vma", "base.jsonl",
                 "patched.jsonl")
    check("6.18.44-vma against 6.18.44" in out.replace("\n", " "), out)


def check_letter(run):
    """Links stand on lines of their own, and lead to files that are there."""
    run("cover-letter", "base.jsonl", "patched.jsonl", "-o", "pictures",
        "--link", "https://example.org/p")
    with open(os.path.join(run.work, "pictures/cover-letter.txt"),
              encoding="utf-8") as f:
        text = f.read()
    check_mail(text, "letter with pictures")
    links = re.findall(r"^  https://example\.org/p/(\S+)$", text, re.M)
    if not shutil.which("gnuplot"):
        check(not links, f"links to nothing: {links}")
        return
    check(len(links) == 4 and "versus-patched.png" in links, f"links: {links}")
    for link in links:
        path = os.path.join(run.work, "pictures", link)
        check(os.path.getsize(path) > 10000, f"{link} is empty")
        with open(path.replace(".png", ".svg"), encoding="utf-8") as f:
            check("faultstat cover-letter base=base.jsonl" in f.read(),
                  f"{link} does not say how it is repeated")


def check_html(text, what):
    body, script = re.fullmatch(r"(.*)<script>(.*?)</script>\n</body>\n</html>\n",
                                text, re.S).groups()
    check("<script" not in body, f"{what}: another script")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    check(f"script-src 'sha256-{digest}'" in body, f"{what}: the script's hash")
    links = set(re.findall(r"""(?:href|src)=["']([^"'#][^"']*)""", body))
    check(not links, f"{what}: leads elsewhere: {links}")
    plain = re.sub(r"""xmlns(:\w+)?=["'][^"']*["']""", "", body)
    check(not re.search(r"""(?:url\(|@import|=["'])\s*https?:""", plain),
          f"{what}: fetches something")
    if shutil.which("xmllint"):
        done = subprocess.run(["xmllint", "--html", "--noout", "-"],
                              input=text.encode(), capture_output=True,
                              check=False)
        errors = [line for line in done.stderr.decode(errors="replace").splitlines()
                  if " error " in line and not
                  re.search(r"Tag \w+ invalid$", line)]  # it knows no SVG
        check(not errors, f"{what}: xmllint: {errors[:3]}")


def check_markdown(text, what):
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("    "):
            continue
        line = re.sub(r"<!-- -->", "\0", line)
        bare = re.sub(r"\\.", "", line)
        check(not re.search(r"[<>`$]|\[[^\]]*\]\(|://|www\.|@\w", bare),
              f"{what}:{number}: not escaped: {line}")
    for table in re.findall(r"(?:^\|.*\n)+", text, re.M):
        bars = {re.sub(r"\\.", "", line).count("|")
                for line in table.strip().split("\n")}
        check(len(bars) == 1, f"{what}: rows of {bars} bars:\n{table[:300]}")
    if shutil.which("cmark-gfm"):
        done = subprocess.run(["cmark-gfm", "-e", "table", "-e", "autolink",
                               "-e", "strikethrough", "--unsafe"],
                              input=text.encode(), capture_output=True,
                              check=True)
        html = done.stdout.decode()
        tags = set(re.findall(r"<(\w+)", html))
        check(tags <= {"h2", "h3", "h4", "p", "ul", "li", "table", "thead", "tr",
                       "th", "tbody", "td", "pre", "code"},
              f"{what}: rendered with {tags}")
        check(html.count("<table>") == len(re.findall(r"^\|[ :|-]*-[ :|-]*$",
                                                      text, re.M)),
              f"{what}: a table is none")


def check_evil(run):
    one = make(run.work, "base", EVIL, "evil-base")
    two = make(run.work, "patched", EVIL + " two", "evil-patched")
    shown = (EVIL.replace("\x1b", "?").replace("\x07", "?")
             .replace("\u202e", "?").replace("ü", "?"))
    mail, _ = run("report", "--format", "mail", one, two)
    check_mail(mail, "evil mail")
    got = commands(mail)
    check(["faultline", "run", "kernels.conf", "-o", one, "--label", shown] in
          got, f"a label comes out of a shell as another: {got[:2]}")
    check_html(run("report", "--format", "html", one, two)[0], "evil html")
    check_markdown(run("report", "--format", "markdown", one, two)[0],
                   "evil markdown")
    check_mail(run("explain", "--mail", one, two)[0], "evil explain")
    run("cover-letter", one, two, "-o", "evil-letter")
    with open(os.path.join(run.work, "evil-letter/cover-letter.txt"),
              encoding="utf-8") as f:
        check_mail(f.read(), "evil letter")
    # scenarios, plans, claims and reasons of the same kind
    more = os.path.join(HERE, "../report/data.jsonl")
    mail, _ = run("report", "--format", "mail", more)
    check_mail(mail, "more evil mail")
    check(len(commands(mail)) == 3, f"more evil: {commands(mail)}")
    check_markdown(run("report", "--format", "markdown", more)[0],
                   "more evil markdown")
    check_mail(run("explain", "--mail", "--by", "lock=vma,mmap", more)[0],
               "more evil explain")
    for folder in (run.work, os.path.join(run.work, "evil-letter")):
        names = os.listdir(folder)
        check(not {"X", "Y"} & set(names), f"something was run: {names}")
    for name in os.listdir(os.path.join(run.work, "evil-letter")):
        check(re.fullmatch(r"[a-z0-9-]+(\.vars)?\.[a-z]+", name), name)


def main():
    faultstat, plots = map(os.path.abspath, sys.argv[1:3])
    work = tempfile.mkdtemp()
    scratch = os.path.join(work, "scratch")
    os.mkdir(scratch)
    os.environ["TMPDIR"] = scratch
    for name in ("handmade.jsonl", "handmade-odd.jsonl"):
        shutil.copy(os.path.join(DATA, name), work)
    make(work, "base")
    make(work, "patched")
    run = Run(faultstat, plots, work, "--update" in sys.argv[3:])
    check_goldens(run)
    check_plot(run)
    check_letter(run)
    check_unlike(run)
    check_html(run("report", "--format", "html", "base.jsonl",
                   "patched.jsonl")[0], "html")
    check_markdown(run("report", "--format", "markdown", "handmade.jsonl")[0],
                   "markdown")
    check_evil(run)
    check(not os.listdir(scratch), f"left behind: {os.listdir(scratch)}")
    if failures:
        print("see", work, file=sys.stderr)
        return 1
    shutil.rmtree(work)
    print(f"{run.cases} outputs, as they should be")
    return 0


sys.exit(main())
