"""Installs a package of Debian, where this is Debian and we may: what brings a program for tests shares it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path


def install(package: str) -> bool:
    """Returns whether the package was installed; False at once on another system, or where we are not root."""
    if not Path("/etc/debian_version").exists() or os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    commands = (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", package],
    )
    results = [subprocess.run(command, env=environment, capture_output=True, check=False) for command in commands]
    return results[-1].returncode == 0
