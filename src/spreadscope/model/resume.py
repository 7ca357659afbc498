"""The state of an earlier run, as events: a run that resumes applies them first, and so does a replay of that run."""

from __future__ import annotations

import msgspec

from spreadscope.model.events import Event, Trades
from spreadscope.model.facts import Bar, Gap, Signal
from spreadscope.model.instrument import Pair
from spreadscope.model.timeframe import Timeframe


class ResumeTape(msgspec.Struct, frozen=True, tag="resume tape"):
    """The tape of a symbol from an earlier run. It comes before the symbol's other events.

    ``ranges`` are (first id, last id, first time, last time), ``lost`` the ids declared lost, ``opened`` the gaps still
    open; ``bars`` fill the windows; ``trades`` are those of bars that were not closed.
    """

    symbol: str
    ranges: tuple[tuple[int, int, int, int], ...]
    lost: tuple[tuple[int, int], ...] = ()
    opened: tuple[Gap, ...] = ()
    bars: tuple[Bar, ...] = ()
    trades: Trades | None = None


class ResumePair(msgspec.Struct, frozen=True, tag="resume pair"):
    """The last row and signal of a watched pair in an earlier run: its rows are not repeated, and its position stays
    open.

    ``half_life`` (s) is that of the signal's row, for the time stop; ``calmed`` says whether ``|z|`` was below the
    entry threshold since the signal, which ends a lock-out.
    """

    pair: Pair
    timeframe: Timeframe
    last_row: int
    signal: Signal | None = None
    half_life: float | None = None
    calmed: bool = True


Input = Event | ResumeTape | ResumePair
