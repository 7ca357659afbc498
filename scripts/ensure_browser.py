"""See to it that the browser tests find a Chromium: the system's, else Debian's package, else Playwright's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")


def system_browser() -> str | None:
    """The first Chromium on the PATH."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def install_from_debian() -> bool:
    """Debian's package, where this is Debian (or a child of it) and we may install."""
    if not Path("/etc/debian_version").exists() or os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    commands = (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"],
    )
    results = [subprocess.run(command, env=environment, capture_output=True, check=False) for command in commands]
    return results[-1].returncode == 0 and system_browser() is not None


def install_from_playwright() -> bool:
    """Playwright's own build, where it can be downloaded."""
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def main() -> int:
    found = system_browser()
    if found is None and install_from_debian():
        found = system_browser()
    if found is not None:
        sys.stdout.write(f"browser tests use {found}\n")
        return 0
    if install_from_playwright():
        sys.stdout.write("browser tests use Playwright's Chromium\n")
        return 0
    sys.stderr.write(
        "no Chromium for the browser tests: install one (Debian: apt-get install chromium) and try again\n"
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
