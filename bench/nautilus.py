"""Ask NautilusTrader how fast it is.

It wants other versions of pandas and numpy, so it runs in an environment of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

_VARIABLE = "NAUTILUS_VENV"
_PEER = Path(__file__).with_name("nautilus_peer.py")
_PAIRS_PEER = Path(__file__).with_name("nautilus_pairs_peer.py")
_SECONDS = 600


def environment() -> Path:
    """Its virtual environment: beside ours, as ``make bench`` makes it, unless ``NAUTILUS_VENV`` names another."""
    named = os.environ.get(_VARIABLE)
    return Path(named) if named else Path(f"{sys.prefix}-nautilus")


def nautilus_rate(path: Path) -> float | None:
    """Ticks a second of its backtest engine over a file of ticks (``bench.ticks``).

    None, and a line that says why, without it.
    """
    found = _ask(_PEER, path)
    return None if found is None else found["ticks"] / found["seconds"]


def nautilus_pairs(path: Path, bars: str, window: int, z_window: int) -> dict[str, float] | None:
    """Ticks, seconds, rows, signals and fills of its engine trading a pair; None, and a line that says why, without
    it."""
    return _ask(_PAIRS_PEER, path, bars, window, z_window)


def _ask(peer: Path, *arguments: object) -> dict[str, float] | None:
    python = environment() / "bin" / "python"
    if not python.exists():
        print(f"  NautilusTrader is left out: there is no {python} (make bench makes it; {_VARIABLE} names another)")
        return None
    command = [str(each) for each in (python, peer, *arguments)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=_SECONDS, check=False, env=_clean_environment()
    )
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        print(f"  NautilusTrader is left out: it ended with exit status {done.returncode} ({last[0]})")
        return None
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    if not found["rows"]:
        print("  NautilusTrader is left out: it made no row of the pair from these ticks")
        return None
    return found


def _clean_environment() -> dict[str, str]:
    """Without the paths of ours: its packages are its own."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
