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
from spreadscope.app.core_service import CoreService
from spreadscope.contract.messages import WatchedPair, WatchView
from spreadscope.model.config import Config
from spreadscope.model.timeframe import TIMEFRAMES, Timeframe
from spreadscope.pairs.statistics.catalogue import catalogue


class States(NamedTuple):
    """What the states are made of."""

    core: CoreService
    status: StatusMaker
    config: Config


class StateTopic(NamedTuple):
    """``make`` gives the state as it is now; it must not wait. ``ticks``: tenths of a second between two updates."""

    ticks: int
    make: Callable[[States], msgspec.Struct]


def _status(of: States) -> msgspec.Struct:
    _, status, _ = of
    return status.status()


def _watch(timeframe: Timeframe, of: States) -> msgspec.Struct:
    """The newest row of every pair, restated at the newest prices."""
    core, _, config = of
    pairs = []
    for pair in core.pairs:
        states = core.states(pair)
        row = states[timeframe].row if states is not None else None
        now = forming(core, pair, timeframe).live
        pairs.append(WatchedPair(str(pair), now or (None if row is None else shapes.row(row))))
    return WatchView(timeframe, catalogue(config.analytics), pairs)


STATE_TOPICS: dict[str, StateTopic] = {
    "status": StateTopic(10, _status),
    **{f"watch:{timeframe}": StateTopic(5, partial(_watch, timeframe)) for timeframe in TIMEFRAMES},
}
