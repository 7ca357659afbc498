"""Python processes of ours import what is installed, never what lies in the folder somebody happens to be in.

``python -m`` puts the current folder in front of everything: a ``trio.py`` or ``client.py`` there would be taken for
the library.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

_SAFE_PATH = "PYTHONSAFEPATH"
_PATH = "PYTHONPATH"


def environment() -> dict[str, str]:
    """Returns this process's environment for a child: no current folder on its import path, nor its own children's."""
    kept = {**os.environ, _SAFE_PATH: "1"}
    # An empty entry means the current folder too: `PYTHONPATH=$PYTHONPATH:/tools` leaves one where it was not set
    # before.
    places = [place for place in kept.pop(_PATH, "").split(os.pathsep) if Path(place).is_absolute()]
    return {**kept, _PATH: os.pathsep.join(places)} if places else kept


def leave_current_folder() -> None:
    """Take the current folder off this process's own path, unless the program itself lies there.

    ``python -m`` has put it on the path.
    """
    package = Path(__file__).parent
    if sys.path and sys.path[0] in {"", str(Path.cwd())} and Path.cwd() != package.parent:
        del sys.path[0]
