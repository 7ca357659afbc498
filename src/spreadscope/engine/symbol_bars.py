"""The bars of all symbols in the engine: made from accepted trades, closed when due, revised when trades come late.

A bar that cannot be made here is left to the store, which makes it from its trades.
"""

from __future__ import annotations

import numpy as np

from spreadscope.bars.series import BarSeries
from spreadscope.engine.resumed_tape import can_become_complete, unlike_their_trades
from spreadscope.engine.store_bars import StoreBars, add_starts
from spreadscope.model.events import Trades
from spreadscope.model.facts import BarsOutdated, Fact, Gap, TradesAccepted
from spreadscope.model.fault_log import FaultLog
from spreadscope.model.resume import ResumeTape
from spreadscope.model.timeframe import Timeframe
from spreadscope.tape.tape import Tape

_MADE_BY_STORE = "the store makes {} of {} from its trades; until then windows lack them"


class SymbolBars:
    """The bars of each symbol, and what has changed since the last tick of the market's clock."""

    def __init__(self, tapes: dict[str, Tape], timeframes: tuple[Timeframe, ...], faults: FaultLog) -> None:
        """``tapes`` are the engine's, which tell whether a bar is complete."""
        self.series: dict[str, BarSeries] = {}
        self._tapes = tapes
        self._timeframes = timeframes
        self._faults = faults
        self._unflushed: set[str] = set()
        self._changed: dict[str, dict[Timeframe, set[int]]] = {}
        self._outdated: dict[str, dict[Timeframe, set[int]]] = {}
        self._store_bars = StoreBars()

    def watch(self, symbol: str) -> BarSeries:
        """Returns the series of a symbol; a new one when there is none."""
        return self.series.setdefault(symbol, self._new_series(symbol))

    def drop(self, symbol: str) -> None:
        """Remove a symbol that is no longer watched."""
        for by_symbol in (self.series, self._changed, self._outdated):
            by_symbol.pop(symbol, None)
        self._store_bars.forget(symbol)
        self._unflushed.discard(symbol)

    def note_change(self, symbol: str) -> None:
        """Note that the symbol's tape may have changed: its changes are due at the next flush."""
        self._unflushed.add(symbol)

    def resume(self, event: ResumeTape) -> None:
        """Resume the bars of an earlier run, with the trades of the bars that were open.

        Bars that the earlier run broke off before it could restate them are made again by the store.
        """
        series = self.watch(event.symbol)
        try:
            series.restore(event.bars)
            if event.trades is not None:
                series.add(event.trades)  # bars that were closed are left as they are
        except Exception as error:  # noqa: BLE001 - an open bar that lacks its first trades must not be published
            self._faults.note("bars", event.symbol, error, _MADE_BY_STORE.format("bars", event.symbol))
            self.series[event.symbol] = self._new_series(event.symbol)
            if event.trades is not None:
                add_starts(self._outdated.setdefault(event.symbol, {}), self._restart_bars(event.trades))
        unlike = unlike_their_trades(event, self._timeframes)
        add_starts(self._outdated.setdefault(event.symbol, {}), unlike)
        self._store_bars.add(event.symbol, can_become_complete(event.bars, self._tapes[event.symbol].ledger))
        self._store_bars.add(event.symbol, unlike)

    def add_trades(self, trades: Trades) -> None:
        """Add accepted trades. A series that fails is replaced, and the store makes its bars."""
        symbol = trades.symbol
        try:
            changed, outdated = self.series[symbol].add(trades)
        except Exception as error:  # noqa: BLE001 - the trades are on their way to the store, which can make the bars
            self._faults.note("bars", symbol, error, _MADE_BY_STORE.format("bars", symbol))
            changed, outdated = {}, self._restart_bars(trades)
        else:
            self._faults.recovered("bars", symbol)
        if changed:
            add_starts(self._changed.setdefault(symbol, {}), changed)
        if outdated:
            add_starts(self._outdated.setdefault(symbol, {}), outdated)
            # Until a later trade has come, the store cannot tell that such a bar is complete.
            newest = self._tapes[symbol].last_time or 0
            self._store_bars.add(symbol, {
                timeframe: {start for start in starts if start + timeframe.milliseconds > newest}
                for timeframe, starts in outdated.items()
            })  # fmt: skip

    def outdate(self, facts: list[Fact]) -> None:
        """Leave the bars of an event that failed to the store: they may lack its trades."""
        for fact in tuple(facts):
            if isinstance(fact, TradesAccepted):
                symbol = fact.trades.symbol
                try:
                    add_starts(self._outdated.setdefault(symbol, {}), self._restart_bars(fact.trades))
                except Exception as error:  # noqa: BLE001 - what undoes a failure may fail as well
                    self._faults.note("bars", symbol, error, _MADE_BY_STORE.format("bars", symbol))
                    facts.extend(self._outdated_facts(fact.trades))
                self._unflushed.add(symbol)

    def due(self, horizon: int) -> list[tuple[int, Timeframe, set[str]]]:
        """Returns the bars that end by ``horizon`` (ms): their ends, timeframes and symbols, in order."""
        due: dict[tuple[int, int], set[str]] = {}
        for symbol, series in self.series.items():
            for order, timeframe in enumerate(self._timeframes):
                for start in series.due(timeframe, horizon):
                    due.setdefault((start + timeframe.milliseconds, order), set()).add(symbol)
        return [(end, self._timeframes[order], symbols) for (end, order), symbols in sorted(due.items())]

    def close(self, symbol: str, timeframe: Timeframe, start: int, closed: list[Fact]) -> None:
        """Close one bar. The store makes a bar that cannot be closed from its trades."""
        try:
            complete = not self._tapes[symbol].incomplete(start, start + timeframe.milliseconds)
            closed.append(self.series[symbol].close(timeframe, start, complete=complete))
        except Exception as error:  # noqa: BLE001 - one bar must not cost the others that are due
            self._faults.note("bar", symbol, error, _MADE_BY_STORE.format("a bar", symbol))
            self.series[symbol].leave_to_store(timeframe, start)
            self._store_bars.add(symbol, {timeframe: {start}})
            closed.append(BarsOutdated(symbol, timeframe, start))
        else:
            self._faults.recovered("bar", symbol)

    def flush(self, facts: list[Fact]) -> None:
        """Add the changes since the last tick of the market's clock: holes, and closed bars that changed."""
        due, self._unflushed = sorted(self._unflushed & self._tapes.keys()), set()
        for symbol in due:
            try:
                self.flush_symbol(symbol, facts)
            except Exception as error:  # noqa: BLE001 - one symbol must not cost the others
                self._faults.note("late trades", symbol, error, _MADE_BY_STORE.format("changed bars", symbol))
                self._unflushed.add(symbol)
                facts.extend(self._leave_changed_to_store(symbol))
            else:
                self._faults.recovered("late trades", symbol)

    def flush_symbol(self, symbol: str, facts: list[Fact]) -> None:
        """Add the changes of one symbol."""
        series, tape = self.series[symbol], self._tapes[symbol]
        changes = tape.flush_changes()
        facts.extend(changes)
        changed = self._changed.get(symbol, {})
        for timeframe in self._timeframes:
            for start in sorted(changed.get(timeframe, ())):
                facts.extend(self._revise(series, tape, timeframe, start))
        for fact in changes:
            if isinstance(fact, Gap):
                facts.extend(self.at_gap(fact))
        facts.extend(
            BarsOutdated(symbol, timeframe, start)
            for timeframe, starts in self._outdated.get(symbol, {}).items()
            for start in sorted(starts)
        )
        self._changed.pop(symbol, None)
        self._outdated.pop(symbol, None)
        # While this failed, a hole may have opened and closed, and the store may have made bars beside it.
        facts.extend(self._store_bars.take_unflushed(symbol))

    def ended_store_bars(self, horizon: int) -> list[Fact]:
        """Returns bars that the store made while they were open, and which a later trade has ended: to be made
        again."""
        facts: list[Fact] = []
        for symbol in self._store_bars.symbols:
            facts.extend(self._store_bars.take_ended(symbol, min(horizon, self._tapes[symbol].last_time or 0)))
        return facts

    def at_gap(self, gap: Gap) -> list[Fact]:
        """Returns the bars that became complete or incomplete when a hole opened or ended."""
        series, tape = self.series[gap.symbol], self._tapes[gap.symbol]
        facts: list[Fact] = []
        for timeframe in self._timeframes:
            for start in series.closed_bars_touching(timeframe, gap.from_time, gap.to_time):
                facts.extend(self._revise(series, tape, timeframe, start))
            facts.extend(self._store_bars.bars_at_gap(gap, timeframe))
        return facts

    # --- helpers ----------------------------------------------------------------------------------------------------

    def _new_series(self, symbol: str) -> BarSeries:
        return BarSeries(symbol, self._timeframes)

    def _outdated_facts(self, trades: Trades) -> list[Fact]:
        """Returns an outdated fact for each bar that the trades belong to."""
        return [
            BarsOutdated(trades.symbol, timeframe, start)
            for timeframe in self._timeframes
            for start in np.unique(trades.times - trades.times % timeframe.milliseconds).tolist()
        ]

    def _restart_bars(self, trades: Trades) -> dict[Timeframe, set[int]]:
        """Replace a series that failed, for it may be half changed: the store makes its open bars, the new series the
        later ones."""
        failed = self.series[trades.symbol]
        self.series[trades.symbol] = new = self._new_series(trades.symbol)
        outdated = new.take_over(failed)
        for timeframe in self._timeframes:
            starts = np.unique(trades.times - trades.times % timeframe.milliseconds).tolist()
            outdated.setdefault(timeframe, set()).update(starts)
            for start in starts:
                new.leave_to_store(timeframe, start)
        self._store_bars.add(trades.symbol, outdated)
        return outdated

    def _leave_changed_to_store(self, symbol: str) -> list[Fact]:
        """Leave the changed bars of a symbol to the store. Returns their facts."""
        starts: dict[Timeframe, set[int]] = {}
        for by_symbol in (self._changed, self._outdated):
            add_starts(starts, by_symbol.pop(symbol, {}))
        self._store_bars.add(symbol, starts, unflushed=True)
        return [BarsOutdated(symbol, timeframe, start) for timeframe in starts for start in sorted(starts[timeframe])]

    def _revise(self, series: BarSeries, tape: Tape, timeframe: Timeframe, start: int) -> list[Fact]:
        if self._store_bars.contains(series.symbol, timeframe, start) or not series.can_revise(timeframe, start):
            return [BarsOutdated(series.symbol, timeframe, start)]
        complete = not tape.incomplete(start, start + timeframe.milliseconds)
        bar = series.revise(timeframe, start, complete=complete)
        return [] if bar is None else [bar]
