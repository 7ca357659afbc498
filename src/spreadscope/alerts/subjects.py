"""What a rule can read of a symbol, and of a pair's open position. What it can read of a pair's row is the registry of statistics.

A new subject is one declaration here. It is a number of the newest closed bar, or of what is known of a symbol at a moment.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from spreadscope.model.events import Mark, StreamLag
from spreadscope.model.facts import Bar
from spreadscope.model.measure import Measure
from spreadscope.trading.open_position import OpenPosition

#: A number, or why there is none.
Reading = float | str

SILENCE_MS = 60_000
NOTHING_YET = "nothing came yet"
SILENT = "nothing came for long"


class TapeView(Protocol):
    """What is known of a symbol's tape."""

    @property
    def last_time(self) -> int | None: ...

    @property
    def missing(self) -> int: ...


class SymbolInputs(Protocol):
    """What is known of a symbol at a moment (ms)."""

    def tape(self, symbol: str) -> TapeView | None: ...

    def stream_lag(self, symbol: str) -> StreamLag | None: ...

    def mark_at(self, symbol: str, time: int) -> Mark | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolSubject:
    """A number of a symbol. One of ``of_bar`` (the newest closed bar, and the close before it) and ``at`` (at a time) reads it.

    ``of_pair``: of a pair, the worse leg is meant. ``measure`` says what it is counted in, ``words`` is what sentences
    call it, ``also`` are other spellings.
    """

    name: str
    meaning: str
    example: str
    measure: Measure
    of_bar: Callable[[Bar, float], Reading] | None = None
    at: Callable[[SymbolInputs, str, int], Reading] | None = None
    of_pair: bool = False
    words: str = ""
    also: tuple[str, ...] = ()
    stored: bool = True  # whether its past can be had from the store


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionSubject:
    """A number of the open signal position of a pair."""

    name: str
    meaning: str
    example: str
    measure: Measure
    of: Callable[[OpenPosition], float]


def _return(bar: Bar, before: float) -> Reading:
    """The log return in percent."""
    return 100 * math.log(bar.close / before) if before > 0 and bar.close > 0 else "price not above 0"


def _funding(inputs: SymbolInputs, symbol: str, time: int) -> Reading:
    mark = inputs.mark_at(symbol, time)
    if mark is None:
        return NOTHING_YET
    if time - mark.time > SILENCE_MS:
        return SILENT
    return "no funding" if mark.funding_rate is None else 100 * mark.funding_rate


def _premium(inputs: SymbolInputs, symbol: str, time: int) -> Reading:
    """How far the mark price is above the index price, in percent."""
    mark = inputs.mark_at(symbol, time)
    if mark is None:
        return NOTHING_YET
    if time - mark.time > SILENCE_MS:
        return SILENT
    return 100 * (mark.mark / mark.index - 1) if mark.index > 0 else "no index price"


def _age(inputs: SymbolInputs, symbol: str, time: int) -> Reading:
    tape = inputs.tape(symbol)
    if tape is None or tape.last_time is None:
        return NOTHING_YET
    return max(0, time - tape.last_time) / 1_000


def _lag(inputs: SymbolInputs, symbol: str, time: int) -> Reading:
    lag = inputs.stream_lag(symbol)
    if lag is None:
        return NOTHING_YET
    return SILENT if time - lag.time > SILENCE_MS else lag.lag_ms


def _gap(inputs: SymbolInputs, symbol: str, time: int) -> Reading:
    del time
    tape = inputs.tape(symbol)
    return NOTHING_YET if tape is None else float(tape.missing)


SYMBOL_SUBJECTS: dict[str, SymbolSubject] = {
    subject.name: subject
    for subject in (
        SymbolSubject(
            name="price", meaning="last trade of the bar", example="price(BTCUSDT) > 90000",
            measure=Measure.AMOUNT, of_bar=lambda bar, _: bar.close,
        ),
        SymbolSubject(
            name="volume", meaning="traded quantity of the bar", example="volume > 5 * mean(volume, 1h)",
            measure=Measure.AMOUNT, of_bar=lambda bar, _: bar.volume,
        ),
        SymbolSubject(
            name="trades", meaning="number of trades of the bar", example="trades > 1000",
            measure=Measure.AMOUNT, of_bar=lambda bar, _: float(bar.trades), words="number of trades",
        ),
        SymbolSubject(
            name="funding", meaning="funding rate of the running period", example="funding crosses below 0",
            measure=Measure.PERCENT, at=_funding, also=("funding rate",), stored=False,
        ),
        SymbolSubject(
            name="premium", meaning="mark price above the index price", example="abs(premium) > 0.1% for 1m",
            measure=Measure.PERCENT, at=_premium, also=("mark premium",), stored=False,
        ),
        SymbolSubject(
            name="age", meaning="time since the last trade; of a pair: of the older leg", example="age > 30",
            measure=Measure.SECONDS, at=_age, of_pair=True, words="age of the last trade",
        ),
        SymbolSubject(
            name="lag", meaning="how late trades come; of a pair: the worse leg", example="lag > 2000 for 30s",
            measure=Measure.MILLISECONDS, at=_lag, of_pair=True, stored=False,
        ),
        SymbolSubject(
            name="gap", meaning="trades missing from the tape; of a pair: the worse leg", example="gap > 0 for 1m",
            measure=Measure.AMOUNT, at=_gap, of_pair=True, words="number of missing trades", stored=False,
        ),
        SymbolSubject(
            name="return", meaning="log return of the bar", example="abs(return) > 0.5% on 1m",
            measure=Measure.PERCENT, of_bar=_return,
        ),
    )
}  # fmt: skip

POSITION_SUBJECTS: dict[str, PositionSubject] = {
    subject.name: subject
    for subject in (
        PositionSubject(
            name="pnl", meaning="unrealised gain of the open signal position, of one leg's notional",
            example="pnl < -1", measure=Measure.PERCENT, of=lambda position: position.pnl,
        ),
        PositionSubject(
            name="drawdown", meaning="how far pnl is below its best", example="drawdown > 0.5",
            measure=Measure.PERCENT, of=lambda position: position.drawdown,
        ),
    )
}  # fmt: skip
