"""What an earlier run left behind, as events: a run that goes on hears of it first, and a replay of that run hears the same."""

from __future__ import annotations

import msgspec

from spreadscope.model.events import Event, Trades
from spreadscope.model.facts import Bar, Gap, Signal
from spreadscope.model.instrument import Pair
from spreadscope.model.timeframe import Timeframe


class ResumeTape(msgspec.Struct, frozen=True, tag="resume tape"):
    """The tape of a symbol as an earlier run left it. Before the symbol's first other event.

    ``ranges`` are (first id, last id, first time, last time), ``lost`` the ids given up, ``opened`` the gaps it left open;
    ``bars`` fill the windows; ``trades`` are those of bars that it had not closed.
    """

    symbol: str
    ranges: tuple[tuple[int, int, int, int], ...]
    lost: tuple[tuple[int, int], ...] = ()
    opened: tuple[Gap, ...] = ()
    bars: tuple[Bar, ...] = ()
    trades: Trades | None = None


class ResumePair(msgspec.Struct, frozen=True, tag="resume pair"):
    """What an earlier run said of a watched pair last: its rows are not said again, and its position goes on.

    ``half_life`` (s) is that of the signal's own row, which the time stop counts with; ``calmed`` says whether ``|z|`` was below
    the entry threshold since the signal, which ends a lock-out.
    """

    pair: Pair
    timeframe: Timeframe
    last_row: int
    signal: Signal | None = None
    half_life: float | None = None
    calmed: bool = True


Input = Event | ResumeTape | ResumePair
