# ruff: noqa: T201 - a script that reports to the terminal, not part of a package
"""Builds the site of one version into ``site-versions/VERSION`` and lists it. Run by ``make docs-version VERSION=0.1``.

A folder a version and ``versions.json`` beside them is all that the theme's list of versions reads. ``mike``, the usual
program for it, would keep every built page in a branch of the repository, which then grows with each release; the tag
of a release holds the same pages as text. Any web server can serve the folder.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VERSIONS = ROOT / "site-versions"
#: Read by scripts/site_hooks.py: with it the pages ask for the list of versions.
VARIABLE = "SPREADSCOPE_SITE_VERSION"
_FORM = re.compile(r"\d+\.\d+(\.\d+)?")


def main(version: str) -> int:
    """Build, list, and let the front page lead to the newest."""
    if not _FORM.fullmatch(version):
        print(f"{version!r} is no version: write VERSION=0.1")
        return 2
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(VERSIONS / version)]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, VARIABLE: version}, check=False)
    if done.returncode:
        return done.returncode
    newest = listed(VERSIONS)[0]
    print(f"{VERSIONS.name}: {', '.join(listed(VERSIONS))}; {VERSIONS.name}/index.html leads to {newest}")
    return 0


def listed(folder: Path) -> list[str]:
    """Write ``versions.json`` and the front page of a folder of versions. Returns the versions, newest first."""
    names = [path.name for path in folder.iterdir() if path.is_dir() and _FORM.fullmatch(path.name)]
    names.sort(key=lambda name: [int(part) for part in name.split(".")], reverse=True)
    entries = [
        {"version": name, "title": name, "aliases": ["latest"] if place == 0 else []}
        for place, name in enumerate(names)
    ]
    (folder / "versions.json").write_text(json.dumps(entries, indent=1) + "\n", encoding="utf-8")
    page = f'<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url={names[0]}/">\n'
    (folder / "index.html").write_text(page, encoding="utf-8")
    return names


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
