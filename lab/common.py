# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the lab keeps things, and how it runs programs."""
import os
import pathlib
import subprocess

from trouble import Trouble


def cache():
    """The lab's folder, made if need be."""
    path = os.environ.get("FAULTLINE_LAB")
    if not path:
        base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
        path = os.path.join(os.path.expanduser(base), "faultline", "lab")
    folder = pathlib.Path(path).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def tool(*command, **options):
    """A program's standard output, or trouble with its own words."""
    try:
        return subprocess.run(command, check=True, capture_output=True,
                              **options).stdout
    except FileNotFoundError:
        raise Trouble(f"{command[0]} is not installed; scripts/setup.sh "
                      "--lab installs what the lab needs") from None
    except subprocess.CalledProcessError as e:
        words = (e.stderr or e.stdout or b"").decode(errors="replace").strip()
        raise Trouble(f"{' '.join(command[:2])} ... failed: "
                      f"{words.splitlines()[-1] if words else e}") from None
