# ruff: noqa: T201 - a script that reports to the terminal, not part of a package
"""Bring the dashboard's one browser library: ``npm ci`` in ``frontend/``, then copy it beside our component.

Uses the system's npm, or brings one (``node.py``). Quick when the right version is already there. Run as
``python scripts/fetch_frontend.py``.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

from node import NodeError, install

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (16, 0)  # the first lasting release whose npm reads lock files of version 3
FRONTEND = ROOT / "frontend"
VENDOR = ROOT / "src" / "spreadscope" / "dashboard" / "assets" / "vendor"
LIBRARY = "lightweight-charts"
MODULE = "lightweight-charts.standalone.production.mjs"
TYPES = (
    "lightweight-charts.standalone.production.d.mts"  # what the module's names are, for those who check our JavaScript
)
STAMP = "VERSION"
NOTICE = """\
This folder holds software that is not ours, as its authors publish it on npm:

lightweight-charts {version}, licensed under the Apache License 2.0 (see LICENSE).
  TradingView Lightweight Charts(TM)
  Copyright (c) TradingView, Inc. https://www.tradingview.com/
  The standalone module contains fancy-canvas {canvas} (MIT), also by TradingView, Inc.
"""


def main() -> int:
    try:
        version, canvas = pinned_versions()
        if up_to_date(version):
            return 0
        install(FRONTEND, OLDEST)
        copy(version, canvas)
    except NodeError as error:
        print(f"fetch_frontend: {error}", file=sys.stderr)
        return 1
    print(f"{LIBRARY} {version} is in {VENDOR.relative_to(ROOT)}")
    return 0


def pinned_versions() -> tuple[str, str]:
    """The versions that the lock holds: of the chart library, and of the one it contains."""
    lock = FRONTEND / "package-lock.json"
    try:
        packages = json.loads(lock.read_text(encoding="utf-8"))["packages"]
        return packages[f"node_modules/{LIBRARY}"]["version"], packages["node_modules/fancy-canvas"]["version"]
    except (OSError, ValueError, KeyError) as error:
        raise NodeError(f"{lock} is missing or damaged ({error!r}): restore it from git") from None


def up_to_date(version: str) -> bool:
    stamp = VENDOR / STAMP
    wanted = (VENDOR / MODULE, VENDOR / TYPES, VENDOR / "LICENSE", VENDOR / "NOTICE", stamp)
    return all(path.is_file() for path in wanted) and stamp.read_text(encoding="utf-8").strip() == version


def copy(version: str, canvas: str) -> None:
    source = FRONTEND / "node_modules" / LIBRARY
    VENDOR.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copyfile(source / "dist" / MODULE, VENDOR / MODULE)
        shutil.copyfile(source / "dist" / "typings.d.ts", VENDOR / TYPES)
        shutil.copyfile(source / "LICENSE", VENDOR / "LICENSE")
    except OSError as error:
        raise NodeError(f"cannot copy {LIBRARY}: {error}") from None
    (VENDOR / "NOTICE").write_text(NOTICE.format(version=version, canvas=canvas), encoding="utf-8")
    # The stamp is written last, so that a copy cut short is done again.
    (VENDOR / STAMP).write_text(version + "\n", encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
