"""The engine: one method, ``on(event) → facts``, for the live market, a replay and a backtest alike.

Bars and rows are made only when the market's own clock passes the end of a bar by a grace, so the facts do not depend on
how trades were cut into batches.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from spreadscope.alerts import RuleEngine
from spreadscope.bars.series import BarSeries
from spreadscope.engine.pair_state import PairState
from spreadscope.engine.resumed_tape import plausible_ranges
from spreadscope.engine.store_bars import StoreBars, gather
from spreadscope.model.config import Config
from spreadscope.model.events import (
    AcknowledgeAlert,
    DropPair,
    DropRule,
    DropSymbol,
    FlushChanges,
    History,
    Mark,
    MarketTime,
    MuteRule,
    Origin,
    Quote,
    ResumePosition,
    ResumeRule,
    SetRule,
    StoredQuotes,
    StreamLag,
    Trades,
    TradingStatus,
    UpstreamHole,
    WatchPair,
    WatchSymbol,
)
from spreadscope.model.facts import BarsOutdated, Fact, Gap, TradesAccepted
from spreadscope.model.fault_log import FaultLog
from spreadscope.model.instrument import Pair
from spreadscope.model.resume import Input, ResumePair, ResumeTape
from spreadscope.model.timeframe import TIMEFRAMES, Timeframe
from spreadscope.model.trade_limits import LATEST_TIME
from spreadscope.tape.ledger import Hole, IdRange, Ledger
from spreadscope.tape.tape import Tape

_FROM_STORE = "{} of {} made from the stored trades: windows lack them until then"


class Engine:
    """The whole state of the market as we know it. ``on`` is the only way in; the rest reads."""

    def __init__(self, config: Config, timeframes: tuple[Timeframe, ...] = TIMEFRAMES) -> None:
        """``timeframes``: which bars and rows to make; a replay that needs one of them is spared the others."""
        self._config = config
        self._timeframes = timeframes
        self.market_time = 0
        self.tapes: dict[str, Tape] = {}
        self.series: dict[str, BarSeries] = {}
        self.pairs: dict[Pair, dict[Timeframe, PairState]] = {}
        self.faults = FaultLog()
        self.alerts = RuleEngine(self.tapes, config.bars.grace_ms, self.faults, config.analytics.space)
        self.halted: set[str] = set()
        self._quotes_until = 0
        self._unsettled: set[str] = set()
        self._changed: dict[str, dict[Timeframe, set[int]]] = {}
        self._outdated: dict[str, dict[Timeframe, set[int]]] = {}
        self._store_bars = StoreBars()
        self._handlers: dict[type, Callable[[Any, list[Fact]], None]] = {
            Trades: self._on_trades,
            Quote: self._on_quote,
            StoredQuotes: self._on_stored_quotes,
            MarketTime: self._on_market_time,
            FlushChanges: lambda _, facts: self._settle(facts),
            History: self._on_history,
            WatchSymbol: self._on_watch_symbol,
            DropSymbol: self._on_drop_symbol,
            WatchPair: self._on_watch_pair,
            DropPair: self._on_drop_pair,
            TradingStatus: self._on_trading_status,
            UpstreamHole: self._on_upstream_hole,
            Mark: self._on_mark,
            StreamLag: self._on_stream_lag,
            SetRule: _extending(self.alerts.set_rule),
            DropRule: lambda event, facts: facts.extend(self.alerts.drop_rule(event.rule_id)),
            MuteRule: _extending(self.alerts.mute),
            AcknowledgeAlert: _extending(self.alerts.acknowledge),
            ResumeRule: _extending(self.alerts.resume),
            ResumePosition: self._on_resume_position,
            ResumeTape: self._on_resume_tape,
            ResumePair: self._on_resume_pair,
        }

    def on(self, event: Input | StoredQuotes) -> list[Fact]:
        """One event in, the facts it caused out, in order.

        An exception of our own never leaves here: what was said before it stands, what it cost is a ``Fault`` among the facts, and
        everything that it did not concern goes on.
        """
        facts: list[Fact] = []
        try:
            self._handlers[type(event)](event, facts)
        except Exception as error:  # noqa: BLE001 - whatever it is, the next event must be heard
            kind = type(event).__name__
            self.faults.note("event", kind, error, f"an event ({kind}) was not worked out to its end")
            self._doubt_bars(facts)
        if new := self.faults.take():
            facts.extend(new)
        return facts

    def open_holes(self, symbol: str) -> list[Hole]:
        """What is missing from the tape of a symbol and may still be had."""
        return self.tapes[symbol].ledger.holes() if symbol in self.tapes else []

    def ledger(self, symbol: str) -> tuple[IdRange, ...]:
        return self.tapes[symbol].ledger.ranges

    # --- events -----------------------------------------------------------------------------------------------------

    def _on_resume_tape(self, event: ResumeTape, facts: list[Fact]) -> None:
        ranges, closed = plausible_ranges(event)
        series = self.series.setdefault(event.symbol, self._new_series(event.symbol))
        tape = self.tapes[event.symbol] = Tape(event.symbol, Ledger(ranges, event.lost), event.opened)
        self._unsettled.add(event.symbol)
        facts.extend(closed)
        if event.bars:
            tape.last_price = max(event.bars, key=lambda bar: bar.open_time).close
        try:
            series.restore(event.bars)
            if event.trades is not None:
                series.add(event.trades)  # bars that were closed are left as they are
        except Exception as error:  # noqa: BLE001 - an open bar that lacks its first trades must not be said
            self.faults.note("bars", event.symbol, error, _FROM_STORE.format("bars", event.symbol))
            self.series[event.symbol] = self._new_series(event.symbol)
            if event.trades is not None:
                gather(self._outdated.setdefault(event.symbol, {}), self._restart_bars(event.trades))
        self.alerts.inputs.recall(event.bars)

    def _on_resume_pair(self, event: ResumePair, facts: list[Fact]) -> None:
        del facts
        self.pairs[event.pair][event.timeframe].resume(event)

    def _on_watch_symbol(self, event: WatchSymbol, facts: list[Fact]) -> None:
        self.series.setdefault(event.symbol, self._new_series(event.symbol))  # no tape is without its bars
        self.tapes.setdefault(event.symbol, Tape(event.symbol))
        facts.extend(self.alerts.watch(event.symbol))

    def _on_drop_symbol(self, event: DropSymbol, facts: list[Fact]) -> None:
        for pair in [pair for pair in self.pairs if event.symbol in pair.symbols]:
            self._on_drop_pair(DropPair(pair), facts)
        for held in (self.tapes, self.series, self._changed, self._outdated):
            held.pop(event.symbol, None)
        self._store_bars.forget(event.symbol)
        self._unsettled.discard(event.symbol)
        self.halted.discard(event.symbol)
        self.faults.forget(event.symbol)
        facts.extend(self.alerts.drop(event.symbol))

    def _on_watch_pair(self, event: WatchPair, facts: list[Fact]) -> None:
        if event.pair in self.pairs:
            return
        for symbol in event.pair.symbols:
            self._on_watch_symbol(WatchSymbol(symbol), facts)
        self.pairs[event.pair] = {
            timeframe: PairState(event.pair, timeframe, self._config, self.faults) for timeframe in self._timeframes
        }
        facts.extend(self.alerts.watch(str(event.pair)))

    def _on_drop_pair(self, event: DropPair, facts: list[Fact]) -> None:
        for state in self.pairs.pop(event.pair, {}).values():
            facts.extend(state.end())
            self.faults.forget(state.subject)
        facts.extend(self.alerts.drop(str(event.pair)))

    def _on_trading_status(self, event: TradingStatus, facts: list[Fact]) -> None:
        del facts
        if event.trading:
            self.halted.discard(event.symbol)
        else:
            self.halted.add(event.symbol)

    def _on_mark(self, event: Mark, facts: list[Fact]) -> None:
        del facts
        if event.symbol in self.tapes:
            self.alerts.inputs.mark(event)

    def _on_stream_lag(self, event: StreamLag, facts: list[Fact]) -> None:
        del facts
        if event.symbol in self.tapes:
            self.alerts.inputs.lag(event)

    def _on_resume_position(self, event: ResumePosition, facts: list[Fact]) -> None:
        del facts
        self.alerts.inputs.resume(event)

    def _on_trades(self, event: Trades, facts: list[Fact]) -> None:
        tape = self.tapes.get(event.symbol)
        if tape is None:
            return  # the symbol was dropped while its last frames were on the way
        self._unsettled.add(event.symbol)
        try:
            accepted = tape.accept(event)
        except Exception as error:  # noqa: BLE001 - the tape is as it was: what it did not take is missing, and fetched
            accepted = None
            lost = f"{len(event)} trades of {event.symbol} were not taken: they are missing until they are fetched"
            self.faults.note("tape", event.symbol, error, lost)
        else:
            self.faults.recovered("tape", event.symbol)
        if accepted is not None:
            facts.append(accepted)
            self._add_to_bars(accepted.trades)
        # A REST answer is one event wherever it is replayed, so what it mended can be said at once.
        if event.origin is not Origin.LIVE:
            self._settle(facts)

    def _add_to_bars(self, trades: Trades) -> None:
        symbol = trades.symbol
        try:
            changed, outdated = self.series[symbol].add(trades)
        except Exception as error:  # noqa: BLE001 - the trades are on their way to the store, which can make the bars
            self.faults.note("bars", symbol, error, _FROM_STORE.format("bars", symbol))
            changed, outdated = {}, self._restart_bars(trades)
        else:
            self.faults.recovered("bars", symbol)
        if changed:
            gather(self._changed.setdefault(symbol, {}), changed)
        if outdated:
            gather(self._outdated.setdefault(symbol, {}), outdated)

    def _doubt_bars(self, facts: list[Fact]) -> None:
        """Trades of an event that failed may not be in their bars: the store makes those."""
        for fact in tuple(facts):
            if isinstance(fact, TradesAccepted):
                symbol = fact.trades.symbol
                try:
                    gather(self._outdated.setdefault(symbol, {}), self._restart_bars(fact.trades))
                except Exception as error:  # noqa: BLE001 - what undoes a failure may fail as well
                    self.faults.note("bars", symbol, error, _FROM_STORE.format("bars", symbol))
                    facts.extend(self._touched(fact.trades))
                self._unsettled.add(symbol)

    def _touched(self, trades: Trades) -> list[Fact]:
        """The bars that trades belong to, for the store to make."""
        return [
            BarsOutdated(trades.symbol, timeframe, start)
            for timeframe in self._timeframes
            for start in np.unique(trades.times - trades.times % timeframe.milliseconds).tolist()
        ]

    def _restart_bars(self, trades: Trades) -> dict[Timeframe, set[int]]:
        """A series that failed half way is not to be trusted: begin anew behind its open bars, and have those made by the store."""
        old = self.series[trades.symbol]
        self.series[trades.symbol] = fresh = self._new_series(trades.symbol)
        outdated = fresh.succeed(old)
        for timeframe in self._timeframes:
            starts = np.unique(trades.times - trades.times % timeframe.milliseconds).tolist()
            outdated.setdefault(timeframe, set()).update(starts)
            for start in starts:
                fresh.abandon(timeframe, start)
        self._store_bars.leave(trades.symbol, outdated)
        return outdated

    def _on_quote(self, event: Quote, facts: list[Fact]) -> None:
        del facts
        series, tape = self.series.get(event.symbol), self.tapes.get(event.symbol)
        if series is not None and (tape is None or tape.plausible_quote(event)):
            series.set_quote(event)
            self._quotes_until = max(self._quotes_until, event.time)

    def _on_stored_quotes(self, event: StoredQuotes, facts: list[Fact]) -> None:
        del facts
        if event.timeframe in self._timeframes:
            self.series[event.symbol].recall_quotes(event)
            self._quotes_until = LATEST_TIME  # what is stored is on no way any more

    def _on_upstream_hole(self, event: UpstreamHole, facts: list[Fact]) -> None:
        tape = self.tapes.get(event.symbol)
        if tape is None:
            return
        closed = tape.upstream_hole(event.first, event.last, event.evidence, permanent=event.permanent)
        facts.extend(closed)
        for fact in closed:
            if isinstance(fact, Gap):
                facts.extend(self._bars_beside(fact))

    def _on_history(self, event: History, facts: list[Fact]) -> None:
        series = self.series.get(event.symbol)
        if series is not None and event.timeframe in self._timeframes:
            facts.extend(series.substitute(event.timeframe, event.bars))

    def _on_market_time(self, event: MarketTime, facts: list[Fact]) -> None:
        """Close every bar that is due, in order of its end, and step the pairs that have a leg in it."""
        if event.time <= self.market_time:
            return
        self.market_time = self.faults.time = event.time
        horizon = event.time - self._config.bars.grace_ms
        self._settle(facts)
        facts.extend(self._ended_in_store(horizon))
        self._guard_alerts("the clock", lambda: facts.extend(self.alerts.clock(event.time)))
        for end, timeframe, symbols in self._due(horizon):
            start = end - timeframe.milliseconds
            closed: list[Fact] = []
            try:
                for symbol in sorted(symbols):  # a set's own order changes from run to run
                    self._close(symbol, timeframe, start, closed)
                for pair, states in self.pairs.items():
                    if symbols & {pair.y, pair.x}:
                        self._step(states[timeframe], start, end, closed)
            finally:  # a bar that was closed is said
                self._judge(closed, facts)
        for states in self.pairs.values():
            for state in states.values():
                if state.last_time is None:
                    rows: list[Fact] = []
                    self._step(state, None, horizon, rows)
                    self._judge(rows, facts)
        self._guard_alerts("the second", lambda: facts.extend(self.alerts.tick()))

    # --- helpers ----------------------------------------------------------------------------------------------------

    def _due(self, horizon: int) -> list[tuple[int, Timeframe, set[str]]]:
        due: dict[tuple[int, int], set[str]] = {}
        for symbol, series in self.series.items():
            for order, timeframe in enumerate(self._timeframes):
                for start in series.due(timeframe, horizon):
                    due.setdefault((start + timeframe.milliseconds, order), set()).add(symbol)
        return [(end, self._timeframes[order], symbols) for (end, order), symbols in sorted(due.items())]

    def _new_series(self, symbol: str) -> BarSeries:
        return BarSeries(symbol, self._timeframes)

    def _close(self, symbol: str, timeframe: Timeframe, start: int, closed: list[Fact]) -> None:
        """Close one bar. One that cannot be closed is made by the store from its trades."""
        try:
            complete = not self.tapes[symbol].provisional(start, start + timeframe.milliseconds)
            closed.append(self.series[symbol].close(timeframe, start, complete=complete))
        except Exception as error:  # noqa: BLE001 - one bar must not cost the others that are due
            self.faults.note("bar", symbol, error, _FROM_STORE.format("a bar", symbol))
            self.series[symbol].abandon(timeframe, start)
            self._store_bars.leave(symbol, {timeframe: {start}})
            closed.append(BarsOutdated(symbol, timeframe, start))
        else:
            self.faults.recovered("bar", symbol)

    def _step(self, state: PairState, start: int | None, horizon: int, rows: list[Fact]) -> None:
        """Rows of a pair up to ``start`` (None: whatever the bars in memory give). A pair that fails begins anew a while later."""
        if horizon < state.down_until:
            return
        y, x = (self.series[symbol] for symbol in state.pair.symbols)
        halted = bool(self.halted & set(state.pair.symbols))
        try:
            rows.extend(state.advance(y, x, start, horizon, halted=halted, quotes_until=self._quotes_until))
        except Exception as error:  # noqa: BLE001 - one pair must not cost the others
            none = f"{state.subject} has no rows and no signals until it works again"
            self.faults.note("pair", state.subject, error, none)
            try:
                state.start_over(horizon)
            except Exception as again:  # noqa: BLE001 - nor may that
                self.faults.note("pair", state.subject, again, none)
                state.down_until = LATEST_TIME
        else:
            if state.recover():
                self.faults.recovered("pair", state.subject)

    def _judge(self, closed: list[Fact], facts: list[Fact]) -> None:
        """What closed at one time, and the alerts it caused."""
        facts.extend(closed)
        self._guard_alerts("a bar", lambda: self._judge_rules(closed, facts))

    def _judge_rules(self, closed: list[Fact], facts: list[Fact]) -> None:
        self.alerts.hear(closed)
        facts.extend(self.alerts.judge())

    def _guard_alerts(self, when: str, action: Callable[[], None]) -> None:
        """Bars and rows are not the alerts' to lose."""
        try:
            action()
        except Exception as error:  # noqa: BLE001 - whatever it is, the market goes on
            self.faults.note("alerts", when, error, f"rules were not judged at {when}")
        else:
            self.faults.recovered("alerts", when)

    def _settle(self, facts: list[Fact]) -> None:
        """Everything that arrivals since the last tick of the market's clock changed in what was already said."""
        due, self._unsettled = sorted(self._unsettled & self.tapes.keys()), set()
        for symbol in due:
            try:
                self._settle_symbol(symbol, facts)
            except Exception as error:  # noqa: BLE001 - one symbol must not cost the others
                self.faults.note("late trades", symbol, error, _FROM_STORE.format("changed bars", symbol))
                self._unsettled.add(symbol)
                facts.extend(self._all_outdated(symbol))
            else:
                self.faults.recovered("late trades", symbol)

    def _settle_symbol(self, symbol: str, facts: list[Fact]) -> None:
        series, tape = self.series[symbol], self.tapes[symbol]
        settled = tape.settle()
        facts.extend(settled)
        changed = self._changed.get(symbol, {})
        for timeframe in self._timeframes:
            for start in sorted(changed.get(timeframe, ())):
                facts.extend(self._revise(series, tape, timeframe, start))
        for fact in settled:
            if isinstance(fact, Gap):
                facts.extend(self._bars_beside(fact))
        facts.extend(
            BarsOutdated(symbol, timeframe, start)
            for timeframe, starts in self._outdated.get(symbol, {}).items()
            for start in sorted(starts)
        )
        self._changed.pop(symbol, None)
        self._outdated.pop(symbol, None)
        # A hole may have come and gone while this failed, and the store made bars beside it.
        facts.extend(self._store_bars.settled(symbol))

    def _ended_in_store(self, horizon: int) -> list[Fact]:
        """Bars that the store made while they were open: a later trade proves that no more come."""
        facts: list[Fact] = []
        for symbol in self._store_bars.symbols:
            facts.extend(self._store_bars.ended(symbol, min(horizon, self.tapes[symbol].last_time or 0)))
        return facts

    def _all_outdated(self, symbol: str) -> list[Fact]:
        """Bars that changed and could not be revised are made by the store from their trades."""
        starts: dict[Timeframe, set[int]] = {}
        for held in (self._changed, self._outdated):
            gather(starts, held.pop(symbol, {}))
        self._store_bars.leave(symbol, starts, unsettled=True)
        return [BarsOutdated(symbol, timeframe, start) for timeframe in starts for start in sorted(starts[timeframe])]

    def _revise(self, series: BarSeries, tape: Tape, timeframe: Timeframe, start: int) -> list[Fact]:
        if self._store_bars.holds(series.symbol, timeframe, start) or not series.remembers(timeframe, start):
            return [BarsOutdated(series.symbol, timeframe, start)]
        complete = not tape.provisional(start, start + timeframe.milliseconds)
        bar = series.revise(timeframe, start, complete=complete)
        return [] if bar is None else [bar]

    def _bars_beside(self, gap: Gap) -> list[Fact]:
        """Bars whose completeness a hole's opening or end changed."""
        series, tape = self.series[gap.symbol], self.tapes[gap.symbol]
        facts: list[Fact] = []
        for timeframe in self._timeframes:
            for start in series.beside(timeframe, gap.from_time, gap.to_time):
                facts.extend(self._revise(series, tape, timeframe, start))
            facts.extend(self._store_bars.beside(gap, timeframe))
        return facts


def _extending(method: Callable[[Any], list[Fact]]) -> Callable[[Any, list[Fact]], None]:
    return lambda event, facts: facts.extend(method(event))
