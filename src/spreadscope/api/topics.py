"""Live topics whose whole state is small: it is sent anew each time, made from memory.

A new one is a declaration here: its name, how often it is sent, and what makes its state. Topics of a pair, and of alerts,
where what is new is sent alone, are the hub's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from spreadscope.api.status import StatusMaker
from spreadscope.runtime.live import LiveEngine


class StateTopic(NamedTuple):
    """``make`` gives the state as it is now; it must not wait. ``ticks``: tenths of a second between two updates."""

    ticks: int
    make: Callable[[LiveEngine, StatusMaker], msgspec.Struct]


def _status(live: LiveEngine, status: StatusMaker) -> msgspec.Struct:
    del live
    return status.status()


STATE_TOPICS: dict[str, StateTopic] = {"status": StateTopic(10, _status)}
