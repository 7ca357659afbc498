"""The newest of everything a rule can read, with the reason where there is no number."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from spreadscope.alerts.evaluation import Reading
from spreadscope.alerts.vocabulary import SUBJECTS, WORSE_LEG, Kind
from spreadscope.model.events import Mark, ResumePosition, StreamLag
from spreadscope.model.facts import Bar, PairRow, Signal, Value
from spreadscope.model.timeframe import SECOND, Timeframe
from spreadscope.pairs.traded import Hedge, traded_field
from spreadscope.trading.open_position import OpenPosition, opened

Reader = Callable[[int], Reading]

_SILENCE_MS = 60_000
_MARKS = 128
NOTHING_YET = "nothing came yet"
SILENT = "nothing came for long"
FLAT = "no open position"
UNWATCHED = "it is not watched"


class Heard(Protocol):
    """What is known of a symbol's tape."""

    @property
    def last_time(self) -> int | None: ...

    @property
    def missing(self) -> int: ...


def patience(timeframe: Timeframe) -> int:
    """How old (ms) the newest bar may be, at its end, before a rule has no data."""
    return max(_SILENCE_MS, 2 * timeframe.milliseconds)


class Inputs:
    """Bars and rows as they close, marks and lags as they come; ``reader`` gives one number of them."""

    def __init__(self, tapes: Mapping[str, Heard], hedge: Hedge = "ols") -> None:
        """``hedge``: whose z, spread and β a rule means, as signals do."""
        self._tapes = tapes
        self._hedge = hedge
        self._bars: dict[tuple[str, Timeframe], Bar] = {}
        self._closes: dict[tuple[str, Timeframe], float] = {}
        self._rows: dict[tuple[str, Timeframe], PairRow] = {}
        self._positions: dict[tuple[str, Timeframe], OpenPosition] = {}
        self._marks: dict[str, deque[Mark]] = {}
        self._lags: dict[str, StreamLag] = {}

    # --- in -----------------------------------------------------------------------------------------------------------

    def bar(self, bar: Bar) -> None:
        key = (bar.symbol, bar.timeframe)
        before = self._bars.get(key)
        if before is not None:
            self._closes[key] = before.close
        self._bars[key] = bar

    def recall(self, bars: Iterable[Bar]) -> None:
        """Bars of an earlier run: the newest of them are the newest there are until another closes."""
        for bar in sorted(bars, key=lambda bar: bar.open_time):
            self.bar(bar)

    def row(self, row: PairRow) -> None:
        key = (str(row.pair), row.timeframe)
        self._rows[key] = row
        position = self._positions.get(key)
        if position is not None and row.price_y is not None and row.price_x is not None:
            self._positions[key] = position.at(row.price_y, row.price_x)

    def signal(self, signal: Signal) -> None:
        """Comes after the row it was made on."""
        self._hold((str(signal.pair), signal.timeframe), opened(signal))

    def resume(self, event: ResumePosition) -> None:
        position = OpenPosition(event.side, event.beta, event.price_y, event.price_x, 0.0, event.peak)
        self._hold((str(event.pair), event.timeframe), position)

    def mark(self, mark: Mark) -> None:
        """A mark older than the newest is dropped: what was known at the end of a bar must not depend on batches."""
        marks = self._marks.setdefault(mark.symbol, deque(maxlen=_MARKS))
        if not marks or mark.time >= marks[-1].time:
            if marks and marks[-1].time // SECOND == mark.time // SECOND:
                marks.pop()
            marks.append(mark)

    def lag(self, lag: StreamLag) -> None:
        self._lags[lag.symbol] = lag

    def forget(self, subject: str) -> None:
        """A pair or a symbol is no longer watched."""
        for held in (self._bars, self._closes, self._rows, self._positions):
            for key in [key for key in held if key[0] == subject]:
                del held[key]
        self._marks.pop(subject, None)
        self._lags.pop(subject, None)

    def _hold(self, key: tuple[str, Timeframe], position: OpenPosition | None) -> None:
        if position is None:
            self._positions.pop(key, None)
        else:
            self._positions[key] = position

    # --- out ----------------------------------------------------------------------------------------------------------

    def reader(self, name: str, subject: str, timeframe: Timeframe) -> Reader:
        """How ``name`` of ``subject`` is read at a time (ms)."""
        key = (subject, timeframe)
        if name in WORSE_LEG:
            return self._worse(name, subject.split("/"))
        if name == "funding":
            return lambda time: self._funding(subject, time)
        if name in {"pnl", "drawdown"}:
            return lambda time: self._of_position(key, name, time)
        if SUBJECTS[name].kind is Kind.PAIR:
            return self._of_row(key, traded_field(SUBJECTS[name].field, self._hedge))
        return self._of_bar(key, name)

    def _of_row(self, key: tuple[str, Timeframe], field: str) -> Reader:
        rows, length, limit = self._rows, key[1].milliseconds, patience(key[1])

        def read(time: int) -> Reading:
            row = rows.get(key)
            if row is None:
                return NOTHING_YET
            if time - row.time - length > limit:
                return SILENT
            found: Value = getattr(row, field)
            return str(found.reason) if found.value is None else found.value

        return read

    def _of_bar(self, key: tuple[str, Timeframe], name: str) -> Reader:
        length, limit = key[1].milliseconds, patience(key[1])

        def read(time: int) -> Reading:
            bar = self._bars.get(key)
            if bar is None:
                return NOTHING_YET
            if time - bar.open_time - length > limit:
                return SILENT
            if name == "return":
                return _return(self._closes.get(key, bar.open), bar.close)
            return float(bar.close if name == "price" else bar.volume if name == "volume" else bar.trades)

        return read

    def _of_position(self, key: tuple[str, Timeframe], name: str, time: int) -> Reading:
        row = self._rows.get(key)
        position = self._positions.get(key)
        if row is None:
            return NOTHING_YET
        if time - row.time - key[1].milliseconds > patience(key[1]):
            return SILENT
        if position is None:
            return FLAT
        return position.pnl if name == "pnl" else position.drawdown

    def _funding(self, symbol: str, time: int) -> Reading:
        for mark in reversed(self._marks.get(symbol, ())):
            if mark.time <= time:
                if time - mark.time > _SILENCE_MS:
                    return SILENT
                return "no funding" if mark.funding_rate is None else 100 * mark.funding_rate
        return NOTHING_YET

    def _worse(self, name: str, symbols: list[str]) -> Reader:
        one = {"age": self._age, "lag": self._lag, "gap": self._gap}[name]

        def read(time: int) -> Reading:
            worst: Reading = -math.inf
            for symbol in symbols:
                reading = one(symbol, time)
                if isinstance(reading, str):
                    return reading
                worst = max(worst, reading)
            return worst

        return read

    def _age(self, symbol: str, time: int) -> Reading:
        tape = self._tapes.get(symbol)
        if tape is None or tape.last_time is None:
            return NOTHING_YET
        return max(0, time - tape.last_time) / 1_000

    def _lag(self, symbol: str, time: int) -> Reading:
        lag = self._lags.get(symbol)
        if lag is None:
            return NOTHING_YET
        return SILENT if time - lag.time > _SILENCE_MS else lag.lag_ms

    def _gap(self, symbol: str, time: int) -> Reading:
        del time
        tape = self._tapes.get(symbol)
        return NOTHING_YET if tape is None else float(tape.missing)


def _return(before: float, now: float) -> Reading:
    """The log return in percent."""
    return 100 * math.log(now / before) if before > 0 and now > 0 else "price not above 0"
