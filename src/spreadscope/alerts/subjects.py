"""The subjects of rules: what a rule can read of a symbol and of a pair's open position (of a pair's row: the
statistics).

A new subject is one declaration here. It is a number of the newest closed bar, or of what is known of a symbol at a
time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from spreadscope.model.events import Mark, StreamLag
from spreadscope.model.facts import Bar
from spreadscope.model.measure import Measure
from spreadscope.model.trading import PairTrade
from spreadscope.trading.open_position import OpenPosition
from spreadscope.trading.paper_figures import gross_at, residual_at, result_at

#: A number, or the reason why there is none.
Reading = float | str

SILENCE_MS = 60_000
NOTHING_YET = "nothing came yet"
SILENT = "nothing came for long"


class TapeView(Protocol):
    """A tape as rules see it."""

    @property
    def last_time(self) -> int | None: ...

    @property
    def missing(self) -> int: ...


class SymbolInputs(Protocol):
    """A view of what is known of a symbol at a time (ms)."""

    def tape(self, symbol: str) -> TapeView | None: ...

    def stream_lag(self, symbol: str) -> StreamLag | None: ...

    def mark_at(self, symbol: str, time: int) -> Mark | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolSubject:
    """A subject that is a number of a symbol. ``from_bar`` (of the newest closed bar and the close before it) or
    ``at_time`` reads it.

    ``worse_leg``: for a pair, it is the number of the worse leg. ``measure`` is its unit of measure, ``words`` its name
    in sentences, ``also`` other spellings.
    """

    name: str
    meaning: str
    example: str
    measure: Measure
    from_bar: Callable[[Bar, float], Reading] | None = None
    at_time: Callable[[SymbolInputs, str, int], Reading] | None = None
    worse_leg: bool = False
    words: str = ""
    also: tuple[str, ...] = ()
    stored: bool = True  # whether the store has its history


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionSubject:
    """A subject that is a number of the open signal position of a pair."""

    name: str
    meaning: str
    example: str
    measure: Measure
    compute: Callable[[OpenPosition], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperSubject:
    """A subject that is a number of the open paper trades of a pair, of all accounts, at the prices of its newest row.

    The store has no history of it.
    """

    name: str
    meaning: str
    example: str
    compute: Callable[[Iterable[PairTrade], float, float], float]
    words: str
    measure: Measure = Measure.AMOUNT


def _return(bar: Bar, previous_close: float) -> Reading:
    """Returns the log return in percent."""
    return 100 * math.log(bar.close / previous_close) if previous_close > 0 and bar.close > 0 else "price not above 0"


def _funding(inputs: SymbolInputs, symbol: str, time: int) -> Reading:
    mark = inputs.mark_at(symbol, time)
    if mark is None:
        return NOTHING_YET
    if time - mark.time > SILENCE_MS:
        return SILENT
    return "no funding" if mark.funding_rate is None else 100 * mark.funding_rate


def _premium(inputs: SymbolInputs, symbol: str, time: int) -> Reading:
    """Returns how far the mark price is above the index price, in percent."""
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
            measure=Measure.AMOUNT, from_bar=lambda bar, _: bar.close,
        ),
        SymbolSubject(
            name="volume", meaning="traded quantity of the bar", example="volume > 5 * mean(volume, 1h)",
            measure=Measure.AMOUNT, from_bar=lambda bar, _: bar.volume,
        ),
        SymbolSubject(
            name="trades", meaning="number of trades of the bar", example="trades > 1000",
            measure=Measure.AMOUNT, from_bar=lambda bar, _: float(bar.trades), words="number of trades",
        ),
        SymbolSubject(
            name="funding", meaning="funding rate of the running period", example="funding crosses below 0",
            measure=Measure.PERCENT, at_time=_funding, also=("funding rate",), stored=False,
        ),
        SymbolSubject(
            name="premium", meaning="mark price above the index price", example="abs(premium) > 0.1% for 1m",
            measure=Measure.PERCENT, at_time=_premium, also=("mark premium",), stored=False,
        ),
        SymbolSubject(
            name="age", meaning="time since the last trade; of a pair: of the older leg", example="age > 30",
            measure=Measure.SECONDS, at_time=_age, worse_leg=True, words="age of the last trade",
        ),
        SymbolSubject(
            name="lag", meaning="how late trades come; of a pair: the worse leg", example="lag > 2000 for 30s",
            measure=Measure.MILLISECONDS, at_time=_lag, worse_leg=True, stored=False,
        ),
        SymbolSubject(
            name="gap", meaning="trades missing from the tape; of a pair: the worse leg", example="gap > 0 for 1m",
            measure=Measure.AMOUNT, at_time=_gap, worse_leg=True, words="number of missing trades", stored=False,
        ),
        SymbolSubject(
            name="return", meaning="log return of the bar", example="abs(return) > 0.5% on 1m",
            measure=Measure.PERCENT, from_bar=_return,
        ),
    )
}  # fmt: skip

POSITION_SUBJECTS: dict[str, PositionSubject] = {
    subject.name: subject
    for subject in (
        PositionSubject(
            name="pnl", meaning="unrealised gain of the open signal position, of one leg's notional",
            example="pnl < -1", measure=Measure.PERCENT, compute=lambda position: position.pnl,
        ),
        PositionSubject(
            name="drawdown", meaning="how far pnl is below its best", example="drawdown > 0.5",
            measure=Measure.PERCENT, compute=lambda position: position.drawdown,
        ),
    )
}  # fmt: skip

PAPER_SUBJECTS: dict[str, PaperSubject] = {
    subject.name: subject
    for subject in (
        PaperSubject(
            name="paper_pnl", meaning="net result of the open paper trades of the pair, USDT",
            example="paper_pnl < -50", compute=result_at, words="paper result",
        ),
        PaperSubject(
            name="paper_exposure", meaning="notional of both legs of the open paper trades of the pair, USDT",
            example="paper_exposure > 5000", compute=gross_at, words="paper exposure",
        ),
        PaperSubject(
            name="paper_residual", meaning="notional of paper legs without their other leg, USDT",
            example="paper_residual > 20 for 5s", compute=residual_at, words="paper residual",
        ),
    )
}  # fmt: skip
