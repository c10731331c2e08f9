# SPDX-License-Identifier: GPL-2.0-or-later
"""Two installed kernels of a real machine against each other, boot by boot:
what a person types. `start` makes the plan and enables a systemd unit, which
calls `step` (boots.py) in each boot. doc/bare-metal.md tells the rest.
"""
import os
import pathlib
import random
import shutil
import time

import ab
import boots
import installed
import session
from boots import FAILURES, GRACE_S, STATE, UNIT, Plan
from trouble import Trouble


def survives(path):
    """Refuses a place that is empty after a reboot, or that a unit cannot
    name."""
    path = pathlib.Path(path).resolve()
    if set(str(path)) & set(" %\"'\\\t$"):
        raise Trouble(f"{path}: a name without blanks and quotes, please: it "
                      "goes into a systemd unit")
    there = next(p for p in (path, *path.parents) if p.exists())
    kind = installed.call("findmnt", "-n", "-o", "FSTYPE", "-T",
                          str(there)).strip()
    if kind in ("tmpfs", "ramfs", "overlay") or \
            str(path).startswith(("/tmp/", "/run/", "/dev/")):
        raise Trouble(f"{path}: is gone after a reboot ({kind}); choose a "
                      "place on a disk")
    return str(path)


def make_plan(options):
    """All checks, nothing changed but kernels loaded for kexec and unloaded."""
    if os.geteuid():
        raise Trouble("metal reboots this machine: start it as root")
    if not os.path.isdir("/run/systemd/system"):
        raise Trouble("this machine was not booted by systemd")
    under_way = Plan.load()
    if under_way and not under_way.ended:
        raise Trouble(f"a plan is under way: {under_way.wanted()}; see metal "
                      "status, metal stop")
    if options.boots < 1 or options.settle < 0:
        raise Trouble("--boots from 1 on, --settle from 0 on")
    for path in filter(None, (options.margins, options.calibration)):
        session.find_config(path)
    kernels = dict(zip("ab", (options.a, options.b)))
    sides = {s: installed.Installed(r) for s, r in kernels.items()}
    carrier = installed.CARRIERS[options.via](options.append)
    tree = survives(session.TREE)
    build = survives(options.build or session.TREE / "build")
    folder = survives(options.output or session.TREE / "results" /
                      time.strftime("metal-%Y%m%d-%H%M%S"))
    survives(STATE)
    if os.path.exists(folder):
        raise Trouble(f"{folder}: is there already; choose another -o")
    config = session.find_config(options.config)
    told = installed.call(boots.program(build), "plan", str(config))
    line = carrier.check(sides)
    seed = options.seed or random.SystemRandom().randrange(1, 1 << 32)
    inputs = {name: os.path.join(folder, os.path.basename(path)) if path
              else None for name, path in (("config", config),
                                           ("margins", options.margins),
                                           ("calibration",
                                            options.calibration))}
    return Plan({
        "folder": folder, "tree": tree, "build": build, "via": options.via,
        **inputs, "append": options.append, "line": line,
        "default": carrier.default(), "kernels": kernels,
        "labels": dict(zip("ab", ab.labels(*sides.values()))), "seed": seed,
        "schedule": ab.order(seed, options.boots), "settle_s": options.settle,
        "done": 0, "phase": "ready", "boot": "", "failures": [], "ended": "",
        "why": ""}), told.strip().splitlines()[-1]


def start(options):
    plan, told = make_plan(options)
    order = " ".join(side.upper() for side, _, _ in plan.schedule)
    print(f"A: {plan.kernels['a']}\nB: {plan.kernels['b']}\n"
          f"boots: {order} (seed {plan.seed}), by {plan.via}"
          f"\neach: {told}\ncommand line of both: {plan.line}\n"
          f"default entry, left as it is: {plan.default or 'not touched'}")
    if not any(w.startswith("panic=") for w in plan.line.split()):
        print("no panic=30 on that command line: a kernel that panics stays "
              "down until somebody resets the machine")
    if options.dry_run:
        return 0
    os.makedirs(plan.folder)
    for name, path in (("config", options.config),
                       ("margins", options.margins),
                       ("calibration", options.calibration)):
        if path:
            shutil.copy(session.find_config(path), getattr(plan, name))
    text = (session.TREE / "lab" / UNIT.name).read_text(encoding="utf-8")
    UNIT.write_text(text.replace("@TREE@", plan.tree)
                    .replace("@FOLDER@", plan.folder), encoding="utf-8")
    plan.save()
    installed.call("systemctl", "daemon-reload")
    installed.call("systemctl", "enable", UNIT.name)
    installed.call("systemctl", "start", UNIT.name)
    print(f"faultlab: this machine reboots in {GRACE_S} s, then on and on; "
          "`lab/faultlab metal stop` ends it")
    return 0


def status(_):
    plan = Plan.load()
    if not plan:
        print("no plan was ever started here")
        return 0
    for nr in range(len(plan.schedule)):
        print(f"{plan.told(nr)}: " + (
            "measured" if nr < plan.done else plan.phase
            if nr == plan.done and not plan.ended else "-"))
    for failure in plan.failures:
        print(f"failure: {plan.told(failure['boot'])}: {failure['why']}")
    print(f"by {plan.via}, seed {plan.seed}; results: {plan.folder}")
    print(f"ended: {plan.ended}: {plan.why}" if plan.ended else
          f"under way: {plan.wanted()}, {len(plan.failures)} failures of "
          f"{FAILURES}")
    return 1 if plan.ended == "failed" else 0


def stop(_):
    plan = Plan.load()
    if not plan or plan.ended:
        raise Trouble("nothing is under way")
    installed.call("systemctl", "stop", UNIT.name)
    plan = Plan.load()
    carrier = installed.CARRIERS[plan.via](plan.append)
    boots.end(plan, carrier, "stopped", "by hand")
    return 0


def add_parser(commands):
    parser = commands.add_parser("metal", help="two installed kernels of this "
                                 "machine, which reboots: doc/bare-metal.md")
    verbs = parser.add_subparsers(metavar="start|status|stop", required=True)

    sub = verbs.add_parser("start", help="plan the boots and begin")
    sub.add_argument("a", metavar="A", help="a release as `uname -r` says it")
    sub.add_argument("b", metavar="B")
    sub.add_argument("--config", default="gate.conf", help="[gate.conf]")
    sub.add_argument("--boots", type=int, default=6, metavar="N",
                     help="of each [6]; counts want 2, times 6")
    sub.add_argument("--margins", default=None, metavar="FILE",
                     help="of the gate [its defaults]")
    sub.add_argument("--calibration", default=None, metavar="FILE",
                     help="noise floors of the gate: faultstat calibrate")
    sub.add_argument("--via", choices=sorted(installed.CARRIERS),
                     default="kexec", help="[kexec]")
    sub.add_argument("--append", default="", metavar="TEXT", help="kexec: more "
                     "of the command line, of both")
    sub.add_argument("--settle", type=int, default=60, metavar="S",
                     help="wait so long at least after each boot [60]")
    sub.add_argument("--seed", type=int, default=0, metavar="N",
                     help="of the order of boots [random]")
    sub.add_argument("--build", default=None, metavar="DIR",
                     help="where faultline is built [build]")
    sub.add_argument("-o", "--output", default=None, metavar="DIR",
                     help="where results go [results/metal-DATE]")
    sub.add_argument("--dry-run", action="store_true",
                     help="all checks, and what would be done")
    sub.set_defaults(run=start)

    sub = verbs.add_parser("status", help="how far it is")
    sub.set_defaults(run=status)
    sub = verbs.add_parser("stop", help="end it here")
    sub.set_defaults(run=stop)
    sub = verbs.add_parser("step", help="what the unit calls in each boot")
    sub.set_defaults(run=boots.step)
