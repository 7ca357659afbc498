"""The inputs of rules: the newest values of everything that a rule can read."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping

from spreadscope.alerts.language.vocabulary import SUBJECTS
from spreadscope.alerts.subjects import (
    NOTHING_YET,
    PAPER_SUBJECTS,
    POSITION_SUBJECTS,
    SILENCE_MS,
    SILENT,
    SYMBOL_SUBJECTS,
    PaperSubject,
    PositionSubject,
    Reading,
    SymbolSubject,
    TapeView,
)
from spreadscope.model.events import Mark, ResumePosition, StreamLag
from spreadscope.model.facts import Bar, PairRow, Signal
from spreadscope.model.timeframe import SECOND, Timeframe
from spreadscope.model.trading import PairTrade
from spreadscope.model.trading_states import TradeState
from spreadscope.trading.open_position import OpenPosition, position_after

Reader = Callable[[int], Reading]

_MARKS = 128
NO_POSITION = "no open position"
NO_PAPER_TRADE = "no open paper trade"
NO_PRICE = "a leg has no price"
UNWATCHED = "it is not watched"


def silence_limit(timeframe: Timeframe) -> int:
    """Returns how old (ms) the newest bar's end may be before a rule has no data."""
    return max(SILENCE_MS, 2 * timeframe.milliseconds)


class Inputs:
    """A collection of the newest bars, rows, marks and lags, used by the rule engine; ``reader`` returns a reader of
    one number."""

    def __init__(self, tapes: Mapping[str, TapeView]) -> None:
        self._tapes = tapes
        self._bars: dict[tuple[str, Timeframe], Bar] = {}
        self._closes: dict[tuple[str, Timeframe], float] = {}
        self._rows: dict[tuple[str, Timeframe], PairRow] = {}
        self._positions: dict[tuple[str, Timeframe], OpenPosition] = {}
        self._marks: dict[str, deque[Mark]] = {}
        self._lags: dict[str, StreamLag] = {}
        self._trades: dict[str, dict[tuple[str, int], PairTrade]] = {}  # open paper trades, by pair

    # --- in -----------------------------------------------------------------------------------------------------------

    def add_bar(self, bar: Bar) -> None:
        key = (bar.symbol, bar.timeframe)
        before = self._bars.get(key)
        if before is not None:
            self._closes[key] = before.close
        self._bars[key] = bar

    def restore_bars(self, bars: Iterable[Bar]) -> None:
        """Add bars of an earlier run: the newest of them count until another bar closes."""
        for bar in sorted(bars, key=lambda bar: bar.open_time):
            self.add_bar(bar)

    def add_row(self, row: PairRow) -> None:
        key = (str(row.pair), row.timeframe)
        self._rows[key] = row
        position = self._positions.get(key)
        if position is not None and row.price_y is not None and row.price_x is not None:
            self._positions[key] = position.at_prices(row.price_y, row.price_x)

    def add_signal(self, signal: Signal) -> None:
        """Add a signal, after the row that it was made on."""
        self._set_position((str(signal.pair), signal.timeframe), position_after(signal))

    def restore_position(self, event: ResumePosition) -> None:
        position = OpenPosition(event.side, event.beta, event.price_y, event.price_x, 0.0, event.peak, event.space)
        self._set_position((str(event.pair), event.timeframe), position)

    def add_mark(self, mark: Mark) -> None:
        """Add a mark. One older than the newest is dropped: what is known at the end of a bar must not depend on
        batches."""
        marks = self._marks.setdefault(mark.symbol, deque(maxlen=_MARKS))
        if not marks or mark.time >= marks[-1].time:
            if marks and marks[-1].time // SECOND == mark.time // SECOND:
                marks.pop()
            marks.append(mark)

    def add_lag(self, lag: StreamLag) -> None:
        self._lags[lag.symbol] = lag

    def add_trade(self, trade: PairTrade) -> None:
        """Add a paper trade as it is now; one that is closed is dropped."""
        trades = self._trades.setdefault(str(trade.pair), {})
        if trade.state is TradeState.CLOSED:
            trades.pop((trade.account, trade.id), None)
        else:
            trades[trade.account, trade.id] = trade

    def forget(self, subject: str) -> None:
        """Remove a pair or a symbol that is no longer watched."""
        for by_subject in (self._bars, self._closes, self._rows, self._positions):
            for key in [key for key in by_subject if key[0] == subject]:
                del by_subject[key]
        self._marks.pop(subject, None)
        self._lags.pop(subject, None)

    def _set_position(self, key: tuple[str, Timeframe], position: OpenPosition | None) -> None:
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
        """Returns the newest mark that was known at ``time``."""
        return next((mark for mark in reversed(self._marks.get(symbol, ())) if mark.time <= time), None)

    def reader(self, name: str, subject: str, timeframe: Timeframe) -> Reader:
        """Returns a function that reads ``name`` of ``subject`` at a time (ms)."""
        key = (subject, timeframe)
        if (symbol_subject := SYMBOL_SUBJECTS.get(name)) is not None:
            return self._symbol_reader(symbol_subject, key)
        if (position_subject := POSITION_SUBJECTS.get(name)) is not None:
            return lambda time: self._read_position(key, position_subject, time)
        if (paper_subject := PAPER_SUBJECTS.get(name)) is not None:
            return lambda time: self._read_paper(key, paper_subject, time)
        return self._row_reader(key, SUBJECTS[name].field)

    def _row_reader(self, key: tuple[str, Timeframe], field: str) -> Reader:
        rows, length, limit = self._rows, key[1].milliseconds, silence_limit(key[1])

        def read(time: int) -> Reading:
            row = rows.get(key)
            if row is None:
                return NOTHING_YET
            if time - row.time - length > limit:
                return SILENT
            found = row[field]
            return str(found.reason) if found.value is None else found.value

        return read

    def _symbol_reader(self, subject: SymbolSubject, key: tuple[str, Timeframe]) -> Reader:
        if (from_bar := subject.from_bar) is not None:
            return self._bar_reader(from_bar, key)
        at_time, symbols = subject.at_time, key[0].split("/")
        if at_time is None:
            raise ValueError(f"{subject.name} is declared without a way to read it")
        if len(symbols) == 1:
            return lambda time: at_time(self, symbols[0], time)

        def worse(time: int) -> Reading:
            worst: Reading = -math.inf
            for symbol in symbols:
                reading = at_time(self, symbol, time)
                if isinstance(reading, str):
                    return reading
                worst = max(worst, reading)
            return worst

        return worse

    def _bar_reader(self, from_bar: Callable[[Bar, float], Reading], key: tuple[str, Timeframe]) -> Reader:
        length, limit = key[1].milliseconds, silence_limit(key[1])

        def read(time: int) -> Reading:
            bar = self._bars.get(key)
            if bar is None:
                return NOTHING_YET
            if time - bar.open_time - length > limit:
                return SILENT
            return from_bar(bar, self._closes.get(key, bar.open))

        return read

    def _read_position(self, key: tuple[str, Timeframe], subject: PositionSubject, time: int) -> Reading:
        row = self._rows.get(key)
        position = self._positions.get(key)
        if row is None:
            return NOTHING_YET
        if time - row.time - key[1].milliseconds > silence_limit(key[1]):
            return SILENT
        return NO_POSITION if position is None else subject.compute(position)

    def _read_paper(self, key: tuple[str, Timeframe], subject: PaperSubject, time: int) -> Reading:
        row, trades = self._rows.get(key), self._trades.get(key[0])
        if row is None:
            return NOTHING_YET
        if time - row.time - key[1].milliseconds > silence_limit(key[1]):
            return SILENT
        if not trades:
            return NO_PAPER_TRADE
        if row.price_y is None or row.price_x is None:
            return NO_PRICE
        return subject.compute(trades.values(), row.price_y, row.price_x)
