"""The newest of everything a rule can read, with the reason where there is no number."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping

from spreadscope.alerts.language.vocabulary import SUBJECTS
from spreadscope.alerts.subjects import (
    NOTHING_YET,
    POSITION_SUBJECTS,
    SILENCE_MS,
    SILENT,
    SYMBOL_SUBJECTS,
    PositionSubject,
    Reading,
    SymbolSubject,
    TapeView,
)
from spreadscope.model.events import Mark, ResumePosition, StreamLag
from spreadscope.model.facts import Bar, PairRow, Signal
from spreadscope.model.timeframe import SECOND, Timeframe
from spreadscope.trading.open_position import OpenPosition, position_after

Reader = Callable[[int], Reading]

_MARKS = 128
FLAT = "no open position"
UNWATCHED = "it is not watched"


def patience(timeframe: Timeframe) -> int:
    """How old (ms) the newest bar may be, at its end, before a rule has no data."""
    return max(SILENCE_MS, 2 * timeframe.milliseconds)


class Inputs:
    """Bars and rows as they close, marks and lags as they come; ``reader`` gives one number of them."""

    def __init__(self, tapes: Mapping[str, TapeView]) -> None:
        self._tapes = tapes
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
            self._positions[key] = position.at_prices(row.price_y, row.price_x)

    def signal(self, signal: Signal) -> None:
        """Comes after the row it was made on."""
        self._hold((str(signal.pair), signal.timeframe), position_after(signal))

    def resume(self, event: ResumePosition) -> None:
        position = OpenPosition(event.side, event.beta, event.price_y, event.price_x, 0.0, event.peak, event.space)
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

    def tape(self, symbol: str) -> TapeView | None:
        return self._tapes.get(symbol)

    def stream_lag(self, symbol: str) -> StreamLag | None:
        return self._lags.get(symbol)

    def mark_at(self, symbol: str, time: int) -> Mark | None:
        """The newest mark that was known at ``time``."""
        return next((mark for mark in reversed(self._marks.get(symbol, ())) if mark.time <= time), None)

    def reader(self, name: str, subject: str, timeframe: Timeframe) -> Reader:
        """How ``name`` of ``subject`` is read at a time (ms)."""
        key = (subject, timeframe)
        if (of_symbol := SYMBOL_SUBJECTS.get(name)) is not None:
            return self._of_symbol(of_symbol, key)
        if (of_position := POSITION_SUBJECTS.get(name)) is not None:
            return lambda time: self._of_position(key, of_position, time)
        return self._of_row(key, SUBJECTS[name].field)

    def _of_row(self, key: tuple[str, Timeframe], field: str) -> Reader:
        rows, length, limit = self._rows, key[1].milliseconds, patience(key[1])

        def read(time: int) -> Reading:
            row = rows.get(key)
            if row is None:
                return NOTHING_YET
            if time - row.time - length > limit:
                return SILENT
            found = row[field]
            return str(found.reason) if found.value is None else found.value

        return read

    def _of_symbol(self, subject: SymbolSubject, key: tuple[str, Timeframe]) -> Reader:
        if (of_bar := subject.of_bar) is not None:
            return self._of_bar(of_bar, key)
        at, symbols = subject.at, key[0].split("/")
        if at is None:
            raise ValueError(f"{subject.name} is declared without a way to read it")
        if len(symbols) == 1:
            return lambda time: at(self, symbols[0], time)

        def worse(time: int) -> Reading:
            worst: Reading = -math.inf
            for symbol in symbols:
                reading = at(self, symbol, time)
                if isinstance(reading, str):
                    return reading
                worst = max(worst, reading)
            return worst

        return worse

    def _of_bar(self, of_bar: Callable[[Bar, float], Reading], key: tuple[str, Timeframe]) -> Reader:
        length, limit = key[1].milliseconds, patience(key[1])

        def read(time: int) -> Reading:
            bar = self._bars.get(key)
            if bar is None:
                return NOTHING_YET
            if time - bar.open_time - length > limit:
                return SILENT
            return of_bar(bar, self._closes.get(key, bar.open))

        return read

    def _of_position(self, key: tuple[str, Timeframe], subject: PositionSubject, time: int) -> Reading:
        row = self._rows.get(key)
        position = self._positions.get(key)
        if row is None:
            return NOTHING_YET
        if time - row.time - key[1].milliseconds > patience(key[1]):
            return SILENT
        return FLAT if position is None else subject.of(position)
