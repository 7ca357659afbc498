"""Live topics with a small state, which is made from memory and sent whole each time.

A new topic is a declaration here: its name, how often it is sent, and the function that makes its state. The hub itself
has the topics of pairs and alerts, which send only what is new.
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
from spreadscope.model.timeframe import TIMEFRAMES, Timeframe
from spreadscope.pairs.statistics.catalogue import catalogue


class States(NamedTuple):
    """The sources from which states are made."""

    core: CoreService
    status: StatusMaker


class StateTopic(NamedTuple):
    """A declared topic.

    ``make`` returns its state without waiting; ``ticks`` are tenths of a second between updates.
    """

    ticks: int
    make: Callable[[States], msgspec.Struct]


def _status(sources: States) -> msgspec.Struct:
    _, status = sources
    return status.status()


def _watch(timeframe: Timeframe, sources: States) -> msgspec.Struct:
    """Returns the newest row of every pair, restated at the newest prices."""
    core, _ = sources
    pairs = []
    for pair in core.pairs:
        states = core.states(pair)
        row = states[timeframe].row if states is not None else None
        restated = forming(core, pair, timeframe).live
        pairs.append(WatchedPair(str(pair), restated or (None if row is None else shapes.row(row))))
    return WatchView(timeframe, catalogue(core.parameters("", timeframe).analytics), pairs)


STATE_TOPICS: dict[str, StateTopic] = {
    "status": StateTopic(10, _status),
    **{f"watch:{timeframe}": StateTopic(5, partial(_watch, timeframe)) for timeframe in TIMEFRAMES},
}
