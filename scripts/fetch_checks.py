# ruff: noqa: T201 - a script that reports to the terminal, not part of a package
"""Bring what checks and tests our JavaScript: ``npm ci`` in ``frontend/checks``. Quick when it is there already.

Run as ``python scripts/fetch_checks.py``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from node import NodeError, install, npm

# As eslint and node:test want it.
OLDEST = (20, 19)
CHECKS = Path(__file__).resolve().parent.parent / "frontend" / "checks"


def main() -> int:
    try:
        if up_to_date(CHECKS):
            npm(OLDEST)  # a new environment may lack it
        else:
            install(CHECKS, OLDEST)
    except NodeError as error:
        print(f"fetch_checks: {error}", file=sys.stderr)
        return 1
    return 0


def up_to_date(folder: Path) -> bool:
    """Returns whether npm has installed what the lock file names: it keeps a copy of what it read."""
    wanted, there = (
        _versions(path) for path in (folder / "package-lock.json", folder / "node_modules/.package-lock.json")
    )
    return wanted is not None and there == wanted


def _versions(lock: Path) -> dict[str, str] | None:
    """Returns the version of each package; None where there is no such file."""
    try:
        packages = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    except (OSError, ValueError, KeyError):
        return None
    return {place: each["version"] for place, each in packages.items() if place}


if __name__ == "__main__":
    raise SystemExit(main())
