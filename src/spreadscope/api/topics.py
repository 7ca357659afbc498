"""Live topics whose whole state is small: it is sent anew each time, made from memory.

A new one is a declaration here: its name, how often it is sent, and what makes its state. Topics of a pair, and of alerts,
where what is new is sent alone, are the hub's own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import msgspec

from spreadscope.api import shapes
from spreadscope.api.restating import forming
from spreadscope.api.status import StatusMaker
from spreadscope.app.live import LiveEngine
from spreadscope.contract.messages import WatchedPair, WatchView
from spreadscope.model.timeframe import TIMEFRAMES, Timeframe
from spreadscope.pairs.statistics.catalogue import catalogue


class StateTopic(NamedTuple):
    """``make`` gives the state as it is now; it must not wait. ``ticks``: tenths of a second between two updates."""

    ticks: int
    make: Callable[[LiveEngine, StatusMaker], msgspec.Struct]


def _status(live: LiveEngine, status: StatusMaker) -> msgspec.Struct:
    del live
    return status.status()


def _watch(timeframe: Timeframe, live: LiveEngine, status: StatusMaker) -> msgspec.Struct:
    """The newest row of every pair, restated at the newest prices."""
    del status
    engine = live.engine
    pairs = []
    for pair, states in engine.pairs.items():
        state = states[timeframe]
        now = forming(live, pair, timeframe).live
        pairs.append(WatchedPair(str(pair), now or (None if state.row is None else shapes.row(state.row))))
    return WatchView(timeframe, catalogue(live.config.analytics), pairs)


STATE_TOPICS: dict[str, StateTopic] = {
    "status": StateTopic(10, _status),
    **{f"watch:{timeframe}": StateTopic(5, partial(_watch, timeframe)) for timeframe in TIMEFRAMES},
}
