# SPDX-License-Identifier: GPL-2.0-or-later
"""What a real machine does in one boot of a plan of many: it finds out what
became of the boot that was asked for, measures when the wanted kernel runs,
asks for the next one, and takes the unit away at the end.

All that has to live through a reboot, or a crash, is in one file, which is
replaced as a whole and synced before anything is done that depends on it.
"""
import argparse
import json
import os
import pathlib
import signal
import subprocess
import time

import ab
import installed
import session
from trouble import Trouble

STATE = pathlib.Path("/var/lib/faultline/metal")
UNIT = pathlib.Path("/etc/systemd/system/faultline-metal.service")
FAILURES = 3          # a boot, or a measurement, that went wrong
GRACE_S = 10          # before each reboot, for who wants to stop it
GRACE_FAILED_S = 60   # the same after something went wrong
SETTLED_CPUS = 0.25   # busy at most, of all, over one look
LOOK_S = 5
LIMIT_S = 300         # for settling; then it is measured all the same, and told


def boot_id():
    return installed.read("/proc/sys/kernel/random/boot_id")


def program(build):
    """faultline, as it was built for this machine."""
    path = pathlib.Path(build, "bin", "faultline")
    if not path.exists():
        raise Trouble(f"no {path}: build it first (cmake --preset bench && "
                      "cmake --build --preset bench), or say where: --build")
    return str(path)


class Plan:
    """What is to be booted and what became of it.

    Fields: folder, tree, build, config, margins, calibration, via, append, line
    (the command line of both sides), default (what boots by itself), kernels
    {side: release}, labels {side: text}, seed, schedule [[side, number, seed of
    its plan]], settle_s, and what moves: done (boots measured), phase, boot
    (the boot in which it was set), failures [{boot, why}], ended, why.

    phase: "ready" to ask for a boot, "asked", "measuring", or "paused": told
    to stop while measuring.
    """

    def __init__(self, fields):
        self.__dict__.update(fields)

    @staticmethod
    def load(path=STATE / "state.json"):
        try:
            return Plan(json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except ValueError as e:
            raise Trouble(f"{path}: {e}; remove it and start anew") from None

    def save(self, path=STATE / "state.json"):
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        with open(new, "w", encoding="utf-8") as f:
            json.dump(self.__dict__, f, indent=1)
            f.flush()
            os.fsync(f.fileno())
        new.rename(path)
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)

    @property
    def side(self):
        return self.schedule[self.done][0]

    def path(self, nr):
        side, number, _ = self.schedule[nr]
        return pathlib.Path(self.folder, "boots", ab.boot_name(side, number))

    @property
    def part(self):
        """Where the records go until their boot is measured."""
        return self.path(self.done).with_suffix(".part")

    def is_over(self):
        return self.done == len(self.schedule) or \
            len(self.failures) >= FAILURES

    def told(self, nr):
        side = self.schedule[nr][0]
        return f"boot {nr + 1} of {len(self.schedule)} ({side.upper()}, " \
               f"{self.kernels[side]})"

    def wanted(self):
        return self.told(self.done)

    def fail(self, why):
        self.failures.append({"boot": self.done, "why": why})
        self.phase = "ready"

    def arrive(self, boot, right, running):
        """What became of the last request, now that `running` runs in this
        boot, which is the wanted kernel or not. True: measure."""
        here = boot == self.boot
        if self.phase == "asked" and not here:
            if right:
                return True
            self.fail(f"it did not come up to the unit: {running} runs "
                      "instead")
        elif self.phase in ("measuring", "paused") and here:
            return True
        elif self.phase == "measuring":
            self.fail("the machine went down while it measured")
        return False


# --- what it does in one boot -------------------------------------------------

class Log:
    """To the journal, and to a file beside the results."""

    def __init__(self, plan):
        self.path = pathlib.Path(plan.folder, "log")

    def say(self, text):
        print(text, flush=True)
        with open(self.path, "a", encoding="utf-8") as f:
            f.write(time.strftime("%F %T ") + text + "\n")
            f.flush()
            os.fsync(f.fileno())


def busy_cpus(seconds):
    """CPUs that were busy, on average, in the next so many seconds."""
    def used():
        words = installed.read("/proc/stat").splitlines()[0].split()[1:9]
        idle = int(words[3]) + int(words[4])
        return (sum(map(int, words)) - idle) / os.sysconf("SC_CLK_TCK")

    before = used()
    time.sleep(seconds)
    return (used() - before) / seconds


def settle(least_s):
    """Waits until systemd is done and the CPUs are idle; what it saw."""
    began = time.monotonic()
    while True:
        busy = busy_cpus(LOOK_S)
        waited = time.monotonic() - began
        state = subprocess.run(["systemctl", "is-system-running"], text=True,
                               check=False, capture_output=True).stdout.strip()
        seen = f"after {waited:.0f} s: systemd {state}, {busy:.2f} CPUs busy"
        if waited >= least_s and state in ("running", "degraded") and \
                busy <= SETTLED_CPUS:
            return f"settled {seen}"
        if waited >= max(least_s, LIMIT_S):
            return f"NOT settled {seen}; measured all the same"


def bury(part, flight):
    """The records of a boot that died count for nothing; they are kept, with
    the fail record of the run that was in flight, for who wants to know."""
    data = part.read_bytes() if part.exists() else b""
    whole = data[:data.rfind(b"\n") + 1]
    lines = flight.read_bytes().split(b"\n")[:-1] if flight.exists() else []

    def key(record):
        return (record.get("session"), record.get("block"),
                record.get("position"), record["type"] == "witness" or
                bool(record.get("of_witness")))

    if whole and lines:
        os.truncate(part, len(whole))
        if key(json.loads(lines[-1])) not in \
                [key(json.loads(line)) for line in whole.splitlines()]:
            made = session.Results(part, True)
            made.take_flight(lines[-1])
            made.bury("it was found in the boot after")
    if data:
        part.rename(part.with_suffix(f".dead-{time.time_ns()}"))


def measure(plan):
    """faultline's exit status, or None when it was told to stop."""
    flight = STATE / "flight"
    flight.unlink(missing_ok=True)
    plan.part.parent.mkdir(exist_ok=True)
    command = [program(plan.build), "run", plan.config, "-o",
               str(plan.part), "--resume", "--label", plan.labels[plan.side],
               "--seed", str(plan.schedule[plan.done][2]), "--in-flight",
               str(flight)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as child:
        try:
            status = child.wait()
        except KeyboardInterrupt:
            child.send_signal(signal.SIGTERM)
            child.wait()
            return None
    return status


def measure_here(plan, log):
    plan.phase, plan.boot = "measuring", boot_id()
    plan.save()
    try:
        log.say(f"{plan.wanted()}: {settle(plan.settle_s)}")
        status = measure(plan)
    except KeyboardInterrupt:
        status = None
    if status is None or status == 130:
        plan.phase = "paused"
        (STATE / "flight").unlink(missing_ok=True)
        plan.save()
        raise KeyboardInterrupt
    if status in (0, 1):
        log.say(f"{plan.wanted()}: measured, exit status {status}")
        plan.part.rename(plan.path(plan.done))
        plan.done += 1
        plan.phase = "ready"
    else:
        plan.fail(f"faultline run ended with status {status}")
        bury(plan.part, STATE / "flight")


def ask(plan, carrier, log, grace_s):
    kernel = installed.Installed(plan.kernels[plan.side])
    log.say(f"{plan.wanted()}: reboots by {plan.via} in {grace_s} s; "
            f"`systemctl stop {UNIT.stem}` holds it")
    time.sleep(grace_s)
    plan.phase, plan.boot = "asked", boot_id()
    plan.save()
    carrier.ask(kernel, plan.line)
    os.sync()
    # From here on SIGTERM is the reboot that was asked for.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    installed.call("systemctl", "--no-block", carrier.verb)
    time.sleep(LIMIT_S)
    raise Trouble(f"systemctl {carrier.verb}: still running after {LIMIT_S} s")


def judge(plan, log):
    """What `ab` says of its boots, of these; of those that were measured."""
    folder = pathlib.Path(plan.folder)
    paths = {side: [plan.path(nr) for nr in range(plan.done)
                    if plan.schedule[nr][0] == side] for side in "ab"}
    if not all(paths.values()):
        log.say("no verdict: one of the two was never measured")
        return
    for side in "ab":
        ab.join(paths[side], folder / f"{side.upper()}.jsonl")
    options = argparse.Namespace(margins=plan.margins,
                                 calibration=plan.calibration)
    nr = {side: len(paths[side]) for side in "ab"}
    status, closing = ab.judge(
        options, plan.build, folder, [plan.labels[side] for side in "ab"],
        "faultline.emulated=tcg" in plan.line.split(),
        f"A machine that rebooted, boots in random order ({nr['a']} of A, "
        f"{nr['b']} of B):\n  lab/faultlab metal start {plan.kernels['a']} "
        f"{plan.kernels['b']} \\\n      --config "
        f"{os.path.basename(plan.config)} --boots {len(plan.schedule) // 2} "
        f"--via {plan.via}\n")
    log.say(f"B against A: {ab.WORDS[status]}; {closing}")


def end(plan, carrier, how, why):
    """The last of it: nothing is asked for any more, the unit is gone, and what
    was measured is judged. The exit status."""
    plan.ended, plan.why = how, why
    plan.save()
    log = Log(plan)
    log.say(f"ended: {how}: {why}")
    carrier.cancel()
    installed.call("systemctl", "disable", UNIT.name)
    UNIT.unlink(missing_ok=True)
    installed.call("systemctl", "daemon-reload")
    default = carrier.default()
    if default != plan.default:
        log.say(f"the default entry was {plan.default} at the start; somebody "
                "has changed it")
    log.say(f"{os.uname().release} runs now; a reboot leads to the default "
            f"entry{': ' + default if default else ''}")
    judge(plan, log)
    log.say(f"results: {plan.folder}")
    return 0 if how == "done" else 1


def account(plan, carrier, log):
    """What became of the boot that was asked for; measures if it is this one.
    The failures that it adds."""
    nr, was, right = len(plan.failures), plan.phase, False
    if plan.boot != boot_id():
        right = carrier.arrived(installed.Installed(plan.kernels[plan.side]))
    if plan.arrive(boot_id(), right, os.uname().release):
        measure_here(plan, log)
    elif was in ("measuring", "paused"):
        bury(plan.part, STATE / "flight")
    plan.save()
    for failure in plan.failures[nr:]:
        log.say(f"failure {len(plan.failures)} of {FAILURES}: "
                f"{plan.told(failure['boot'])}: {failure['why']}")
    return plan.failures[nr:]


def step_on(plan, carrier, log):
    """One boot's work; returns only at the end of all."""
    failed = () if plan.is_over() else account(plan, carrier, log)
    if plan.done == len(plan.schedule):
        return end(plan, carrier, "done", f"{plan.done} boots measured")
    if plan.is_over():
        return end(plan, carrier, "failed", f"failure {FAILURES} of {FAILURES}")
    return ask(plan, carrier, log, GRACE_FAILED_S if failed else GRACE_S)


def step(_):
    plan = Plan.load()
    if not plan or plan.ended:
        print("nothing is under way")
        return 0
    carrier = installed.CARRIERS[plan.via](plan.append)
    try:
        return step_on(plan, carrier, Log(plan))
    except Trouble as e:
        return end(plan, carrier, "failed", str(e))
