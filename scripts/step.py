# ruff: noqa: T201 - a script that reports to the terminal, not part of a package
"""Run one step of the set-up and show that it is at work.

``python scripts/step.py TITLE [--grows PATH] -- COMMAND ...``.

On a terminal the command shows its own progress. Elsewhere, where installers fall silent, a line every few seconds says
how long it has taken and how much has arrived in PATH. Needs nothing but Python: it runs before anything is installed.
All of it, and what the command says, goes to standard error: standard output is for what is run after the set-up.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path


def main(arguments: list[str], *, every_seconds: float = 5.0) -> int:
    here, command = arguments[: arguments.index("--")], arguments[arguments.index("--") + 1 :]
    title = here[0]
    grows = Path(here[here.index("--grows") + 1]) if "--grows" in here else None
    print(f"{title} ...", file=sys.stderr, flush=True)
    began = time.monotonic()
    try:
        child = subprocess.Popen(command, stdout=sys.stderr)
    except OSError as error:
        print(f"  {command[0]} cannot be run: {error.strerror}", file=sys.stderr)
        return 1
    try:
        status = wait(child, began, grows, every_seconds)
    except KeyboardInterrupt:
        # The terminal has told the command too; a half-done step is done again by the next make.
        stop(child)
        return 130
    took = time.monotonic() - began
    if status == 0:
        print(f"  done in {took:.0f} s", file=sys.stderr, flush=True)
    else:
        print(f"  failed after {took:.0f} s (exit status {status}): its message stands above", file=sys.stderr)
    return status if 0 <= status < 256 else 1


def wait(child: subprocess.Popen[bytes], began: float, grows: Path | None, every_seconds: float) -> int:
    """Its exit status; meanwhile the signs of life."""
    shows_itself = sys.stderr.isatty()
    while True:
        try:
            return child.wait(every_seconds)
        except subprocess.TimeoutExpired:
            if not shows_itself:
                size = f", {megabytes(grows):.0f} MB in {grows}" if grows else ""
                print(f"  {time.monotonic() - began:.0f} s{size}", file=sys.stderr, flush=True)


def megabytes(folder: Path) -> float:
    """What lies in a folder. Files come and go while it is counted."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(place) / name).lstat().st_size
            except OSError:
                continue
    return total / 1e6


def stop(child: subprocess.Popen[bytes]) -> None:
    try:
        child.wait(2.0)
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGTERM)
        child.wait()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
