# SPDX-License-Identifier: GPL-2.0-or-later
"""A build's own tests in a guest: on another kernel than this machine's, or for
another architecture. What ctest would run here is run there, in the same
places: the programs, the tests' sources, and a Python of the guest's
architecture come along.
"""
import json
import pathlib
import re
import shlex

import cross
import guest
import session
from kernels import tool
from trouble import Trouble

# Those that ask something of a processor or a kernel; the others look at
# sources, or take programs that a guest does not have.
USUAL = "^(unit|replay|live)-"
SLOWER = 5   # an emulated machine; of the time that a test may take
SOURCES = ("tests", "configs", "doc", "plots")


class Case:
    """A test of ctest's, and how it ended: an exit status, or None."""

    def __init__(self, told):
        self.name, self.command = told["name"], told["command"]
        rest = {p["name"]: p["value"] for p in told.get("properties", ())}
        self.limit_s = int(rest.get("TIMEOUT", 300)) * SLOWER
        self.folder = rest.get("WORKING_DIRECTORY", "/tmp")
        self.skip = rest.get("SKIP_RETURN_CODE")
        self.status, self.said = None, []

    @property
    def end(self):
        if self.status == 0:
            return "passed"
        return "skipped" if self.status == self.skip is not None else "failed"

    def line(self):
        """For the guest's shell."""
        return shlex.join(["run", self.name, str(self.limit_s), self.folder,
                           *self.command])


# Paths are compiled into tests, and lab/init mounts over some places: the files
# come in /lab/host, and are mounted where they are here.
HOST = "lab/host"
RUN = """
for place in {places}; do
	mkdir -p "$place" && mount --bind /lab/host"$place" "$place"
done
# Programs on a disk: their pages can be dropped, those of an initramfs not.
cp -a {bin} /disk/tests-bin && mount --bind /disk/tests-bin {bin}
# What is silent for long is taken to be dead.
while sleep 60; do echo @alive; done &
run() {{ # NAME LIMIT FOLDER COMMAND...
	name=$1 limit=$2 folder=$3
	shift 3
	echo "@begin $name"
	mkdir -p "$folder" && cd "$folder"
	timeout "$limit" "$@" >/tmp/said 2>&1 </dev/null
	status=$?
	[ $status = 0 ] || tail -n 80 /tmp/said
	echo "@end $name $status"
}}
"""


def cases_of(build, wanted):
    """The tests whose name has `wanted` in it, a regular expression."""
    text = tool("ctest", "--test-dir", str(build), "--show-only=json-v1",
                "-R", wanted)
    found = [Case(told) for told in json.loads(text)["tests"]
             if "command" in told]
    if not found:
        raise Trouble(f"{build} has no test {wanted}; built with the preset ci "
                      "or arm64 it has")
    return found


def add_tree(archive, folder):
    for path in sorted(pathlib.Path(folder).rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            archive.add_file(f"{HOST}{path}", path)


def add_python(archive, arch):
    """A Python without what tests do not need."""
    root = cross.sysroot(arch)
    program = (root / "usr/bin/python3").resolve()
    archive.add_file("usr/bin/python3", program)
    add_libraries(archive, arch, [program])
    library = next((root / "usr/lib").glob("python3.*"))
    for path in sorted(library.rglob("*")):
        inner = path.relative_to(library)
        if path.is_file() and not re.match(
                r"(test|idlelib|pydoc_data|lib2to3|ensurepip|config-)",
                str(inner)):
            archive.add_file(str(path.relative_to(root)), path)


def add_libraries(archive, arch, programs):
    have = set()
    for program in programs:
        for name, path in guest.libraries(arch, str(program)):
            if name not in have:
                have.add(name)
                archive.add_file(name, path)


def files_for(arch, build, cases):
    """All that these tests take, as an archive of the guest's."""
    archive = guest.Archive()
    programs = {build / "bin" / "faultline", build / "bin" / "faultstat"}
    folders = set()
    for word in {w for case in cases for w in case.command}:
        path = pathlib.Path(word)
        if path.parent == build / "bin":
            programs.add(path)
        elif build in path.parents and path.is_dir():
            folders.add(path)
    for program in sorted(programs):
        archive.add_file(f"{HOST}{program}", program)
    add_libraries(archive, arch, sorted(programs))
    for folder in [*sorted(folders), *(session.TREE / s for s in SOURCES)]:
        add_tree(archive, folder)
    if any(word.endswith(".py") for case in cases for word in case.command):
        add_python(archive, arch)
    return archive.bytes()


def run_boot(made, build, cases):
    """One boot; what of it ended has a status. Returns why the machine died,
    or None."""
    by_name, current = {case.name: case for case in cases}, []

    def take(line):
        words = line.decode(errors="replace").split()
        if words[:1] == ["@begin"]:
            current[:] = [by_name[words[1]]]
        elif words[:1] == ["@end"]:
            case = by_name[words[1]]
            case.status = int(words[2])
            print(f"{case.end:8}{case.name}", flush=True)
            if case.end != "passed":
                print("".join(case.said), end="", flush=True)
        elif current and words[:1] != ["@alive"]:
            current[0].said.append("        " + line.decode(errors="replace"))

    script = RUN.format(bin=shlex.quote(str(build / "bin")),
                        places=shlex.join([str(session.TREE), str(build)])
                        ) + \
        "\n".join(case.line() for case in cases) + "\n"
    ended = made.boot("sh /lab/tests", {"tests": script.encode()},
                      {"output": take})
    if ended.status is not None:
        return None
    if current and current[0].status is None:
        current[0].status, current[0].said = 255, [ended.why]
        print(f"{'died':8}{current[0].name}\n        {ended.why}", flush=True)
    return ended.why


def run(options, kernel):
    """`faultlab test`: exit status 0 when nothing failed and something
    passed."""
    build = session.find_build(options.build, kernel.arch).resolve()
    cases = cases_of(build, options.regex)
    options.shape = options.shape or "mem=2G"
    made = session.Guest(options, kernel)
    made.base += files_for(kernel.arch, build, cases)
    print(f"faultlab: {len(cases)} tests; {made.describe()}", flush=True)
    left, deaths = cases, 0
    while left and deaths <= options.deaths:
        deaths += run_boot(made, build, left) is not None
        still = [case for case in left if case.status is None]
        if len(still) == len(left):
            raise Trouble("the machine died before the first test")
        left = still
    ends = [case.end for case in cases]
    if options.output:
        with open(options.output, "w", encoding="utf-8") as f:
            f.writelines(f"{case.end} {case.name}\n" for case in cases)
    print(f"faultlab: {kernel.name}: {ends.count('passed')} of {len(cases)} "
          f"tests passed, {ends.count('failed')} failed, "
          f"{ends.count('skipped')} skipped; {deaths} deaths; "
          f"{made.describe()}")
    return 0 if ends.count("passed") and not ends.count("failed") else 1
