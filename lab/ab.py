# SPDX-License-Identifier: GPL-2.0-or-later
"""Two kernels against each other: boots of both in random order, and what
faultstat says of them.

The boot is the unit: each is a guest of its own that runs the whole config.
Pairs of boots, one of each kernel, are in random order within the pair, so that
what drifts on the host hits both alike. A boot that dies counts for nothing and
is repeated.

The exit status is what `git bisect run` wants to hear: 0 B is as good as A, 1 B
is worse (or its faults take other locks), 125 that cannot be told. Whatever goes
wrong here is 125, never 1.
"""
import hashlib
import json
import os
import pathlib
import random
import shlex
import subprocess
import sys
import time
import traceback

import cross
import kernels
import session
from trouble import Trouble

GOOD, BAD, UNTOLD = 0, 1, 125
WORDS = {GOOD: "GOOD: no difference beyond the margins",
         BAD: "BAD: a regression, or other counts",
         UNTOLD: "cannot be told"}
# A kernel that was never up is not tried more often.
TRIES_TO_COME_UP = 2


def add_options(parser):
    parser.add_argument("a", metavar="A", help="what B is compared with")
    parser.add_argument("b", metavar="B")
    parser.add_argument("--config", default="gate.conf", metavar="FILE",
                        help="the plan of each boot [configs/gate.conf]")
    parser.add_argument("--boots", type=int, default=4, metavar="N",
                        help="of each kernel [4]; counts want 2, times 6")
    parser.add_argument("-o", "--output", default=None, metavar="DIR",
                        help="where all goes [results/ab-DATE]")
    parser.add_argument("--margins", default=None, metavar="FILE",
                        help="of the gate [its defaults; emulated: "
                        "configs/counts.margins, which gates counts alone]")
    parser.add_argument("--calibration", default=None, metavar="FILE",
                        help="noise floors of the gate")
    parser.add_argument("--seed", type=int, default=None, metavar="N",
                        help="of the order [random]; it is told")
    parser.add_argument("--resume", action="store_true",
                        help="go on with DIR: what is measured is kept; more "
                        "--boots than before are added")


def labels(a, b):
    """How the two are called: a name, or the release of a file; told apart."""
    two = [k.release if k.name.startswith("file:") else k.name for k in (a, b)]
    if two[0] == two[1]:
        two = [f"{label} ({side})" for label, side in zip(two, "AB")]
    return two


def order(seed, boots):
    """[("a" or "b", number from 1, seed of its plan)]: pairs, each in random
    order. That of more boots begins with that of fewer."""
    chance, out = random.Random(seed), []
    for number in range(1, boots + 1):
        pair = ["a", "b"]
        chance.shuffle(pair)
        out += [(side, number, chance.randrange(1, 1 << 32)) for side in pair]
    return out


def digest(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


class Experiment:
    """What is measured, in DIR/ab.json, so that --resume goes on with the same
    and nothing else."""

    def __init__(self, folder, options, config, guests):
        self.folder = folder
        self.path = folder / "ab.json"
        seed = options.seed
        if seed is None:
            seed = random.SystemRandom().randrange(1, 1 << 32)
        self.facts = {
            "a": options.a, "b": options.b,
            "images": [digest(made.kernel.image) for made in guests],
            "programs": [digest(session.find_program(options.build,
                                                     made.kernel.arch))
                         for made in guests],
            "counting": guests[0].how.counting,
            "accel": guests[0].accel,
            "config": config.read_text(encoding="utf-8"),
            "shape": options.shape, "append": options.append, "seed": seed}

    def begin(self, resume, seed_given):
        if not self.path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            self.path.write_text(json.dumps(self.facts, indent=1) + "\n",
                                 encoding="utf-8")
            return
        if not resume:
            raise Trouble(f"{self.folder}: is there already; choose another "
                          "-o, or go on with it by --resume")
        try:
            known = json.loads(self.path.read_text(encoding="utf-8"))
        except ValueError as e:
            raise Trouble(f"{self.path}: cannot be read ({e}); choose another "
                          "-o") from None
        if not seed_given:
            self.facts["seed"] = known.get("seed")
        unlike = [k for k, v in self.facts.items() if known.get(k) != v]
        if unlike:
            raise Trouble(f"{self.folder}: was measured with other "
                          f"{', '.join(unlike)}; choose another -o")


def choose_guests(options, pair):
    """Guests of both, accelerated alike."""
    guests = [session.Guest(options, kernel) for kernel in pair]
    if guests[0].accel != guests[1].accel:
        for made in guests:
            made.why = made.why or "the other kernel does not come up with it"
            made.accel = "tcg"
    return guests


def boot_name(side, number):
    """The file of one boot, in DIR/boots."""
    return f"{number:03}-{side}.jsonl"


def join(paths, path):
    """All boots of a side as one result file."""
    new = path.with_suffix(".new")
    with open(new, "wb") as out:
        for one in paths:
            out.write(one.read_bytes())
    new.rename(path)


class Measuring:
    """Boots until each has its file in DIR/boots."""

    def __init__(self, options, folder, config, guests, names):
        self.options, self.config = options, config
        self.guests = dict(zip("ab", guests))
        self.names = dict(zip("ab", names))
        self.folder = folder / "boots"
        self.folder.mkdir(exist_ok=True)
        self.deaths = 0
        self.was_up = {"a": False, "b": False}

    def path(self, side, number):
        return self.folder / boot_name(side, number)

    def once(self, side, seed, part):
        """One boot with its records in part: why it died, or ""."""
        words = ["exec", "faultline", "run", f"/lab/{self.config.name}", "-o",
                 "/dev/lab-results", "--resume", "--done", "/lab/done",
                 "--in-flight", "/dev/lab-flight", "--label",
                 self.names[side], "--seed", str(seed)]
        made = self.guests[side]
        results = session.Results(part, True, made.how.counting)
        try:
            ended = made.boot(
                shlex.join(words),
                {self.config.name: self.config.read_bytes(), "done": b""},
                {"results": results.take_record,
                 "flight": results.take_flight,
                 "output": session.take_output})
        except session.NotUp as e:
            return str(e)
        self.was_up[side] = True
        if ended.status is None:
            results.bury(ended.why)
            return ended.why
        if ended.status not in (0, 1):  # 1: some cell failed, and says so
            raise Trouble(f"faultline run ended with {ended.status} on "
                          f"{made.kernel.name}; its words are above")
        return ""

    def measure(self, side, number, seed):
        tries = 0
        while True:
            part = self.path(side, number).with_suffix(".part")
            part.unlink(missing_ok=True)
            why = self.once(side, seed, part)
            if not why:
                part.rename(self.path(side, number))
                return
            self.deaths += 1
            tries += 1
            # kept for who wants to know in which cell
            part.rename(part.with_suffix(f".dead-{time.time_ns()}"))
            name = self.guests[side].kernel.name
            print(f"faultlab: boot {number} of {side.upper()} died: {why}",
                  flush=True)
            if self.deaths > self.options.deaths or \
                    not self.was_up[side] and tries == TRIES_TO_COME_UP:
                raise Trouble(f"{name} died {tries} times in boot {number}, "
                              f"{self.deaths} deaths in all; what was measured "
                              f"is in {self.folder}, and --resume goes on")

    def all(self, seed):
        boots = order(seed, self.options.boots)
        for at, (side, number, own_seed) in enumerate(boots, 1):
            told = f"boot {at} of {len(boots)}: {self.names[side]}"
            if self.path(side, number).exists():
                self.was_up[side] = True
                print(f"faultlab: {told}: is there", flush=True)
                continue
            print(f"faultlab: {told}", flush=True)
            self.measure(side, number, own_seed)

    def join(self, side, path):
        join([self.path(side, number) for number in
              range(1, self.options.boots + 1)], path)


def faultstat(program, folder, name, words):
    """Runs it in DIR with what it says in DIR/name; its status and text."""
    done = subprocess.run([program, *words], check=False, cwd=folder,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    text = done.stdout.decode(errors="replace")
    if name:
        (folder / name).write_text(text, encoding="utf-8")
    return done.returncode, text


def gate_options(options, emulated):
    """Times are gated where they are times: boots in turns drift alike."""
    margins = options.margins or ("counts.margins" if emulated else None)
    words = []
    for name, path in (("--config", margins),
                       ("--calibration", options.calibration)):
        if path:
            words += [name, str(session.find_config(path).absolute())]
    return words + ["--absolute", "--all"]


def judge(options, build, folder, names, emulated, made_by):
    """What the faultstat of this build says of A.jsonl and B.jsonl, in DIR; the
    exit status and the gate's closing line. made_by ends the cover letter."""
    program = str(pathlib.Path(session.find_program(build))
                  .with_name("faultstat").absolute())
    if not os.path.exists(program):
        raise Trouble(f"no {program}: build it first")
    two = [f"{name}={side}.jsonl" for name, side in zip(names, "AB")]
    status, text = faultstat(program, folder, "compare.txt", ["compare", *two])
    print(text, flush=True)
    if status:
        print(f"faultlab: faultstat compare ended with {status}", flush=True)
    status, text = faultstat(program, folder, None,
                             ["cover-letter", "-o", ".", *two])
    if status:
        print(f"faultlab: no cover-letter.txt: {text.strip()}", flush=True)
    else:
        with open(folder / "cover-letter.txt", "a", encoding="utf-8") as f:
            f.write("\n" + made_by)
    status, text = faultstat(program, folder, "gate.txt",
                             ["gate", *gate_options(options, emulated), *two])
    print(text, flush=True)
    closing = " ".join(text.rstrip().split("\n\n")[-1].split())
    return status if status in (GOOD, BAD) else UNTOLD, closing


def check(options):
    if options.boots < 1:
        raise Trouble(f"--boots {options.boots}: at least one of each")
    for path in filter(None, (options.margins, options.calibration)):
        session.find_config(path)


def compare(options):
    check(options)
    config = session.find_config(options.config)
    pair = [kernels.find(name) for name in (options.a, options.b)]
    folder = pathlib.Path(options.output or session.TREE / "results" /
                          time.strftime("ab-%Y%m%d-%H%M%S"))
    guests, names = choose_guests(options, pair), labels(*pair)
    experiment = Experiment(folder, options, config, guests)
    experiment.begin(options.resume, options.seed is not None)
    if not options.console:
        options.console = str(folder / "console.txt")
    seed = experiment.facts["seed"]
    for side, name, made in zip("AB", names, guests):
        print(f"faultlab: {side}: {name}: {made.describe()}")
    print(f"faultlab: {options.boots} boots of each in random order, --seed "
          f"{seed}; {folder}", flush=True)
    measuring = Measuring(options, folder, config, guests, names)
    measuring.all(seed)
    for side in "ab":
        measuring.join(side, folder / f"{side.upper()}.jsonl")
    emulated = guests[0].accel == "tcg"
    native = cross.is_native(pair[0].arch)
    status, closing = judge(
        options, options.build if native else None, folder, names, emulated,
        "Guests of lab/faultlab, boots in random order:\n  lab/faultlab ab "
        f"{options.a} {options.b} \\\n      --config {options.config} --boots "
        f"{options.boots}\n")
    print(f"faultlab: {options.b} against {options.a}: {WORDS[status]} "
          f"(exit status {status}); {measuring.deaths} deaths; {folder}: "
          f"compare.txt, gate.txt, cover-letter.txt; {closing}" +
          (f"; {guests[0].how_told()}" if emulated else ""))
    sys.stdout.flush()
    return status


def run(options):
    """compare(), and 125 for whatever goes wrong, which to git is no verdict.
    Who interrupts means to end the bisection: that is left to the caller."""
    try:
        return compare(options)
    except Trouble as e:
        print(f"faultlab: {e}", file=sys.stderr)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception:  # pylint: disable=broad-except
        traceback.print_exc()
    return UNTOLD
