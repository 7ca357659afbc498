"""See to it that the browser tests find a Chromium: the system's, else Debian's package, else Playwright's own."""

from __future__ import annotations

import shutil
import subprocess
import sys

import debian

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")


def system_browser() -> str | None:
    """The first Chromium on the PATH."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def install_from_playwright() -> bool:
    """Playwright's own build, where it can be downloaded."""
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def main() -> int:
    found = system_browser()
    if found is None and debian.install("chromium"):
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
