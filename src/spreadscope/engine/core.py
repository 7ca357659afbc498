"""The engine: its method ``on`` takes an event and returns facts, for the live market, a replay and a backtest alike.

Bars and rows are made only when the market's clock is past the end of a bar by a grace period, so the facts do not
depend on how trades were cut into batches.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from spreadscope.alerts import RuleEngine
from spreadscope.bars.series import BarSeries
from spreadscope.engine.pair_state import PairState
from spreadscope.engine.resumed_tape import plausible_ranges
from spreadscope.engine.store_bars import StoreBars, add_starts
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
    SetParameters,
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
from spreadscope.model.hedge import Space
from spreadscope.model.instrument import Pair
from spreadscope.model.parameter_layers import ParameterLayers, Scope
from spreadscope.model.resume import Input, ResumePair, ResumeTape
from spreadscope.model.states import Cause
from spreadscope.model.timeframe import TIMEFRAMES, Timeframe
from spreadscope.model.trade_limits import LATEST_TIME
from spreadscope.tape.ledger import Hole, IdRange, Ledger
from spreadscope.tape.tape import Tape

_MADE_BY_STORE = "the store makes {} of {} from its trades; until then windows lack them"


class Engine:
    """The engine that keeps the state of all followed symbols and pairs. Only ``on`` changes it; the other methods
    read."""

    def __init__(self, config: Config, timeframes: tuple[Timeframe, ...] = TIMEFRAMES) -> None:
        """``timeframes``: which bars and rows to make; a replay may need only one of them."""
        self._config = config
        self._timeframes = timeframes
        self.market_time = 0
        self.tapes: dict[str, Tape] = {}
        self.series: dict[str, BarSeries] = {}
        self.parameters = ParameterLayers(config)
        self.pairs: dict[Pair, dict[Timeframe, PairState]] = {}
        self._to_replace: dict[tuple[Pair, Timeframe], None] = {}  # states whose statistics have other parameters now
        self.faults = FaultLog()
        self.alerts = RuleEngine(self.tapes, config.bars.grace_ms, self.faults)
        self.halted: set[str] = set()
        self._newest_quote_time = 0
        self._unflushed: set[str] = set()
        self._changed: dict[str, dict[Timeframe, set[int]]] = {}
        self._outdated: dict[str, dict[Timeframe, set[int]]] = {}
        self._store_bars = StoreBars()
        self._handlers: dict[type, Callable[[Any, list[Fact]], None]] = {
            Trades: self._on_trades,
            Quote: self._on_quote,
            StoredQuotes: self._on_stored_quotes,
            MarketTime: self._on_market_time,
            FlushChanges: lambda _, facts: self._flush_changes(facts),
            History: self._on_history,
            WatchSymbol: self._on_watch_symbol,
            DropSymbol: self._on_drop_symbol,
            WatchPair: self._on_watch_pair,
            DropPair: self._on_drop_pair,
            SetParameters: self._on_set_parameters,
            TradingStatus: self._on_trading_status,
            UpstreamHole: self._on_upstream_hole,
            Mark: self._on_mark,
            StreamLag: self._on_stream_lag,
            SetRule: _adding(self.alerts.set_rule),
            DropRule: lambda event, facts: facts.extend(self.alerts.drop_rule(event.rule_id)),
            MuteRule: _adding(self.alerts.mute),
            AcknowledgeAlert: _adding(self.alerts.acknowledge),
            ResumeRule: _adding(self.alerts.resume),
            ResumePosition: self._on_resume_position,
            ResumeTape: self._on_resume_tape,
            ResumePair: self._on_resume_pair,
        }

    def on(self, event: Input | StoredQuotes) -> list[Fact]:
        """Apply one event. Returns the facts it caused, in order.

        No exception of our own leaves this method: facts made before it are kept, a ``Fault`` says what failed, and
        everything else goes on.
        """
        facts: list[Fact] = []
        try:
            self._handlers[type(event)](event, facts)
        except Exception as error:  # noqa: BLE001 - whatever it is, the next event must be applied
            kind = type(event).__name__
            self.faults.note("event", kind, error, f"an event ({kind}) was not worked out to its end")
            self._outdate_bars(facts)
        if new := self.faults.take():
            facts.extend(new)
        return facts

    def open_holes(self, symbol: str) -> list[Hole]:
        """Returns the holes in the tape of a symbol that can still be filled."""
        return self.tapes[symbol].ledger.holes() if symbol in self.tapes else []

    def space_of(self, subject: str, timeframe: Timeframe) -> Space:
        """Returns the space of the spread that a rule is about (``ParameterLayers.space_of``)."""
        return self.parameters.space_of(subject, timeframe, self.pairs)

    def ledger(self, symbol: str) -> tuple[IdRange, ...]:
        return self.tapes[symbol].ledger.ranges

    # --- events -----------------------------------------------------------------------------------------------------

    def _on_resume_tape(self, event: ResumeTape, facts: list[Fact]) -> None:
        ranges, closed = plausible_ranges(event)
        series = self.series.setdefault(event.symbol, self._new_series(event.symbol))
        tape = self.tapes[event.symbol] = Tape(event.symbol, Ledger(ranges, event.lost), event.opened)
        self._unflushed.add(event.symbol)
        facts.extend(closed)
        if event.bars:
            tape.last_price = max(event.bars, key=lambda bar: bar.open_time).close
        try:
            series.restore(event.bars)
            if event.trades is not None:
                series.add(event.trades)  # bars that were closed are left as they are
        except Exception as error:  # noqa: BLE001 - an open bar that lacks its first trades must not be published
            self.faults.note("bars", event.symbol, error, _MADE_BY_STORE.format("bars", event.symbol))
            self.series[event.symbol] = self._new_series(event.symbol)
            if event.trades is not None:
                add_starts(self._outdated.setdefault(event.symbol, {}), self._restart_bars(event.trades))
        self.alerts.inputs.restore_bars(event.bars)

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
        for by_symbol in (self.tapes, self.series, self._changed, self._outdated):
            by_symbol.pop(event.symbol, None)
        self._store_bars.forget(event.symbol)
        self._unflushed.discard(event.symbol)
        self.halted.discard(event.symbol)
        self.faults.forget(event.symbol)
        facts.extend(self.alerts.drop(event.symbol))

    def _on_watch_pair(self, event: WatchPair, facts: list[Fact]) -> None:
        if event.pair in self.pairs:
            return
        for symbol in event.pair.symbols:
            self._on_watch_symbol(WatchSymbol(symbol), facts)
        self.pairs[event.pair] = {
            timeframe: PairState(event.pair, timeframe, self.parameters.of(event.pair, timeframe), self.faults)
            for timeframe in self._timeframes
        }
        facts.extend(self.alerts.watch(str(event.pair)))

    def _on_drop_pair(self, event: DropPair, facts: list[Fact]) -> None:
        for state in self.pairs.pop(event.pair, {}).values():
            facts.extend(state.end("the pair is followed no more", Cause.PAIR_REMOVED))
            self.faults.forget(state.subject)
        facts.extend(self.alerts.drop(str(event.pair)))

    def _on_set_parameters(self, event: SetParameters, facts: list[Fact]) -> None:
        """Thresholds hold from the next row on. Statistics begin anew, one state with each tick of the clock: to fill
        its windows a state steps through thousands of bars."""
        del facts
        self.parameters.set(Scope(event.pair, event.timeframe), event.values)
        for pair, states in self.pairs.items():
            for timeframe, state in states.items():
                parameters = self.parameters.of(pair, timeframe)
                if parameters.analytics != state.parameters.analytics:
                    self._to_replace[pair, timeframe] = None
                elif parameters.signals != state.parameters.signals:
                    state.set_signals(parameters.signals)

    def _replace_next(self, facts: list[Fact]) -> None:
        """Replace one state by one with the parameters of now."""
        while self._to_replace:
            pair, timeframe = next(iter(self._to_replace))
            del self._to_replace[pair, timeframe]
            state = self.pairs.get(pair, {}).get(timeframe)
            parameters = self.parameters.of(pair, timeframe)
            if state is None or state.parameters == parameters:
                continue
            ended = state.end("its parameters were changed", Cause.PARAMETERS_CHANGED)
            self.pairs[pair][timeframe] = state.successor(parameters)
            facts.extend(ended)
            for signal in ended:
                self.alerts.inputs.add_signal(signal)
            return

    def _on_trading_status(self, event: TradingStatus, facts: list[Fact]) -> None:
        del facts
        if event.trading:
            self.halted.discard(event.symbol)
        else:
            self.halted.add(event.symbol)

    def _on_mark(self, event: Mark, facts: list[Fact]) -> None:
        del facts
        if event.symbol in self.tapes:
            self.alerts.inputs.add_mark(event)

    def _on_stream_lag(self, event: StreamLag, facts: list[Fact]) -> None:
        del facts
        if event.symbol in self.tapes:
            self.alerts.inputs.add_lag(event)

    def _on_resume_position(self, event: ResumePosition, facts: list[Fact]) -> None:
        del facts
        self.alerts.inputs.restore_position(event)

    def _on_trades(self, event: Trades, facts: list[Fact]) -> None:
        tape = self.tapes.get(event.symbol)
        if tape is None:
            return  # the symbol was dropped while its last frames were on the way
        self._unflushed.add(event.symbol)
        try:
            accepted = tape.accept(event)
        except Exception as error:  # noqa: BLE001 - the tape is as it was: what it did not take is missing, and fetched
            accepted = None
            consequence = (
                f"{len(event)} trades of {event.symbol} were not taken: they are missing until they are fetched"
            )
            self.faults.note("tape", event.symbol, error, consequence)
        else:
            self.faults.recovered("tape", event.symbol)
        if accepted is not None:
            facts.append(accepted)
            self._add_to_bars(accepted.trades)
        # A REST answer is one event in every replay too, so its changes can be flushed at once.
        if event.origin is not Origin.LIVE:
            self._flush_changes(facts)

    def _add_to_bars(self, trades: Trades) -> None:
        symbol = trades.symbol
        try:
            changed, outdated = self.series[symbol].add(trades)
        except Exception as error:  # noqa: BLE001 - the trades are on their way to the store, which can make the bars
            self.faults.note("bars", symbol, error, _MADE_BY_STORE.format("bars", symbol))
            changed, outdated = {}, self._restart_bars(trades)
        else:
            self.faults.recovered("bars", symbol)
        if changed:
            add_starts(self._changed.setdefault(symbol, {}), changed)
        if outdated:
            add_starts(self._outdated.setdefault(symbol, {}), outdated)

    def _outdate_bars(self, facts: list[Fact]) -> None:
        """Leave the bars of an event that failed to the store: they may lack its trades."""
        for fact in tuple(facts):
            if isinstance(fact, TradesAccepted):
                symbol = fact.trades.symbol
                try:
                    add_starts(self._outdated.setdefault(symbol, {}), self._restart_bars(fact.trades))
                except Exception as error:  # noqa: BLE001 - what undoes a failure may fail as well
                    self.faults.note("bars", symbol, error, _MADE_BY_STORE.format("bars", symbol))
                    facts.extend(self._outdated_facts(fact.trades))
                self._unflushed.add(symbol)

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

    def _on_quote(self, event: Quote, facts: list[Fact]) -> None:
        del facts
        series, tape = self.series.get(event.symbol), self.tapes.get(event.symbol)
        if series is not None and (tape is None or tape.plausible_quote(event)):
            series.set_quote(event)
            self._newest_quote_time = max(self._newest_quote_time, event.time)

    def _on_stored_quotes(self, event: StoredQuotes, facts: list[Fact]) -> None:
        del facts
        if event.timeframe in self._timeframes:
            self.series[event.symbol].set_stored_quotes(event)
            self._newest_quote_time = LATEST_TIME  # no stored quote can still arrive

    def _on_upstream_hole(self, event: UpstreamHole, facts: list[Fact]) -> None:
        tape = self.tapes.get(event.symbol)
        if tape is None:
            return
        closed = tape.upstream_hole(event.first, event.last, event.evidence, permanent=event.permanent)
        facts.extend(closed)
        for fact in closed:
            if isinstance(fact, Gap):
                facts.extend(self._bars_at_gap(fact))

    def _on_history(self, event: History, facts: list[Fact]) -> None:
        series = self.series.get(event.symbol)
        if series is not None and event.timeframe in self._timeframes:
            facts.extend(series.add_klines(event.timeframe, event.bars))

    def _on_market_time(self, event: MarketTime, facts: list[Fact]) -> None:
        """Close all due bars in order of their ends, and step the pairs that have a leg among them."""
        if event.time <= self.market_time:
            return
        self.market_time = self.faults.time = event.time
        horizon = event.time - self._config.bars.grace_ms
        self._flush_changes(facts)
        facts.extend(self._ended_store_bars(horizon))
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
            finally:  # a closed bar is always published
                self._evaluate_rules(closed, facts)
        self._replace_next(facts)
        for states in self.pairs.values():
            for state in states.values():
                if state.last_time is None:
                    rows: list[Fact] = []
                    self._step(state, None, horizon, rows)
                    self._evaluate_rules(rows, facts)
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
        """Close one bar. The store makes a bar that cannot be closed from its trades."""
        try:
            complete = not self.tapes[symbol].incomplete(start, start + timeframe.milliseconds)
            closed.append(self.series[symbol].close(timeframe, start, complete=complete))
        except Exception as error:  # noqa: BLE001 - one bar must not cost the others that are due
            self.faults.note("bar", symbol, error, _MADE_BY_STORE.format("a bar", symbol))
            self.series[symbol].leave_to_store(timeframe, start)
            self._store_bars.add(symbol, {timeframe: {start}})
            closed.append(BarsOutdated(symbol, timeframe, start))
        else:
            self.faults.recovered("bar", symbol)

    def _step(self, state: PairState, start: int | None, horizon: int, rows: list[Fact]) -> None:
        """Make the rows of a pair up to ``start`` (None: from all bars in memory). A pair that fails starts over after
        a pause."""
        if horizon < state.down_until:
            return
        y, x = (self.series[symbol] for symbol in state.pair.symbols)
        halted = bool(self.halted & set(state.pair.symbols))
        try:
            rows.extend(state.advance(y, x, start, horizon, halted=halted, newest_quote_time=self._newest_quote_time))
        except Exception as error:  # noqa: BLE001 - one pair must not cost the others
            consequence = f"{state.subject} has no rows and no signals until it works again"
            self.faults.note("pair", state.subject, error, consequence)
            try:
                state.start_over(horizon)
            except Exception as second_error:  # noqa: BLE001 - nor must a failure to start over
                self.faults.note("pair", state.subject, second_error, consequence)
                state.down_until = LATEST_TIME
        else:
            if state.recover():
                self.faults.recovered("pair", state.subject)

    def _evaluate_rules(self, closed: list[Fact], facts: list[Fact]) -> None:
        """Add the bars and rows of one bar time to the facts, then evaluate the rules on them."""
        facts.extend(closed)
        self._guard_alerts("a bar", lambda: self._apply_and_evaluate(closed, facts))

    def _apply_and_evaluate(self, closed: list[Fact], facts: list[Fact]) -> None:
        self.alerts.apply(closed)
        facts.extend(self.alerts.evaluate())

    def _guard_alerts(self, when: str, action: Callable[[], None]) -> None:
        """Run a step of the alerts; when it fails, bars and rows are kept."""
        try:
            action()
        except Exception as error:  # noqa: BLE001 - whatever it is, the market goes on
            self.faults.note("alerts", when, error, f"rules were not evaluated at {when}")
        else:
            self.faults.recovered("alerts", when)

    def _flush_changes(self, facts: list[Fact]) -> None:
        """Add the changes since the last tick of the market's clock: holes, and closed bars that changed."""
        due, self._unflushed = sorted(self._unflushed & self.tapes.keys()), set()
        for symbol in due:
            try:
                self._flush_symbol(symbol, facts)
            except Exception as error:  # noqa: BLE001 - one symbol must not cost the others
                self.faults.note("late trades", symbol, error, _MADE_BY_STORE.format("changed bars", symbol))
                self._unflushed.add(symbol)
                facts.extend(self._leave_changed_to_store(symbol))
            else:
                self.faults.recovered("late trades", symbol)

    def _flush_symbol(self, symbol: str, facts: list[Fact]) -> None:
        series, tape = self.series[symbol], self.tapes[symbol]
        changes = tape.flush_changes()
        facts.extend(changes)
        changed = self._changed.get(symbol, {})
        for timeframe in self._timeframes:
            for start in sorted(changed.get(timeframe, ())):
                facts.extend(self._revise(series, tape, timeframe, start))
        for fact in changes:
            if isinstance(fact, Gap):
                facts.extend(self._bars_at_gap(fact))
        facts.extend(
            BarsOutdated(symbol, timeframe, start)
            for timeframe, starts in self._outdated.get(symbol, {}).items()
            for start in sorted(starts)
        )
        self._changed.pop(symbol, None)
        self._outdated.pop(symbol, None)
        # While this failed, a hole may have opened and closed, and the store may have made bars beside it.
        facts.extend(self._store_bars.take_unflushed(symbol))

    def _ended_store_bars(self, horizon: int) -> list[Fact]:
        """Returns bars that the store made while they were open, and which a later trade has ended: to be made
        again."""
        facts: list[Fact] = []
        for symbol in self._store_bars.symbols:
            facts.extend(self._store_bars.take_ended(symbol, min(horizon, self.tapes[symbol].last_time or 0)))
        return facts

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

    def _bars_at_gap(self, gap: Gap) -> list[Fact]:
        """Returns the bars that became complete or incomplete when a hole opened or ended."""
        series, tape = self.series[gap.symbol], self.tapes[gap.symbol]
        facts: list[Fact] = []
        for timeframe in self._timeframes:
            for start in series.closed_bars_touching(timeframe, gap.from_time, gap.to_time):
                facts.extend(self._revise(series, tape, timeframe, start))
            facts.extend(self._store_bars.bars_at_gap(gap, timeframe))
        return facts


def _adding(method: Callable[[Any], list[Fact]]) -> Callable[[Any, list[Fact]], None]:
    return lambda event, facts: facts.extend(method(event))
