"""The engine: its method ``on`` takes an event and returns facts, for the live market, a replay and a backtest alike.

Bars and rows are made only when the market's clock is past the end of a bar by a grace period, so the facts do not
depend on how trades were cut into batches.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

from spreadscope.alerts import RuleEngine
from spreadscope.bars.series import BarSeries
from spreadscope.engine.pair_state import PairState
from spreadscope.engine.resumed_tape import plausible_ranges
from spreadscope.engine.symbol_bars import SymbolBars
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
from spreadscope.model.facts import Fact, Gap, PairRow
from spreadscope.model.fault_log import FaultLog
from spreadscope.model.hedge import Space
from spreadscope.model.instrument import Pair
from spreadscope.model.parameter_layers import ParameterLayers, Scope
from spreadscope.model.resume import Input, ResumePair, ResumeTape
from spreadscope.model.states import Cause
from spreadscope.model.timeframe import TIMEFRAMES, Timeframe
from spreadscope.model.trade_limits import LATEST_TIME
from spreadscope.model.trading import PairTrade
from spreadscope.model.trading_events import ResumeAccount, TradingEvent
from spreadscope.tape.ledger import Hole, IdRange, Ledger
from spreadscope.tape.tape import Tape
from spreadscope.trading.paper_broker import PaperBroker

ROWS_AT_ONCE = 250  # some tens of milliseconds


class Engine:
    """The engine that keeps the state of all followed symbols and pairs. Only ``on`` changes it; the other methods
    read."""

    def __init__(
        self, config: Config, timeframes: tuple[Timeframe, ...] = TIMEFRAMES, rows_at_once: int = ROWS_AT_ONCE
    ) -> None:
        """``timeframes``: which bars and rows to make; a replay may need only one of them. ``rows_at_once``: the bars
        that a pair with changed parameters steps through with each tick of the clock."""
        self._rows_at_once = rows_at_once
        self._config = config
        self._timeframes = timeframes
        self.market_time = 0
        self.tapes: dict[str, Tape] = {}
        self.parameters = ParameterLayers(config)
        self.pairs: dict[Pair, dict[Timeframe, PairState]] = {}
        self._to_replace: dict[tuple[Pair, Timeframe], None] = {}  # states whose statistics have other parameters now
        self.faults = FaultLog()
        self._bars = SymbolBars(self.tapes, timeframes, self.faults)
        self.series: dict[str, BarSeries] = self._bars.series
        self.alerts = RuleEngine(self.tapes, config.bars.grace_ms, self.faults)
        self.broker = PaperBroker(
            self._newest_row, lambda pair, timeframe: self.parameters.of(pair, timeframe).analytics.space
        )
        self.halted: set[str] = set()
        self._newest_quote_time = 0
        self._handlers: dict[type, Callable[[Any, list[Fact]], None]] = {
            Trades: self._on_trades,
            Quote: self._on_quote,
            StoredQuotes: self._on_stored_quotes,
            MarketTime: self._on_market_time,
            FlushChanges: lambda _, facts: self._bars.flush(facts),
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
            **dict.fromkeys(get_args(TradingEvent), self._on_trading),
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
            self._bars.outdate(facts)
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
        self._bars.watch(event.symbol)  # no tape is without its bars
        tape = self.tapes[event.symbol] = Tape(event.symbol, Ledger(ranges, event.lost), event.opened)
        self._bars.note_change(event.symbol)
        facts.extend(closed)
        if event.bars:
            tape.last_price = max(event.bars, key=lambda bar: bar.open_time).close
        self._bars.resume(event)
        self.alerts.inputs.restore_bars(event.bars)

    def _on_resume_pair(self, event: ResumePair, facts: list[Fact]) -> None:
        del facts
        self.pairs[event.pair][event.timeframe].resume(event)

    def _on_watch_symbol(self, event: WatchSymbol, facts: list[Fact]) -> None:
        self._bars.watch(event.symbol)  # no tape is without its bars
        self.tapes.setdefault(event.symbol, Tape(event.symbol))
        facts.extend(self.alerts.watch(event.symbol))

    def _on_drop_symbol(self, event: DropSymbol, facts: list[Fact]) -> None:
        for pair in [pair for pair in self.pairs if event.symbol in pair.symbols]:
            self._on_drop_pair(DropPair(pair), facts)
        self.tapes.pop(event.symbol, None)
        self._bars.drop(event.symbol)
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
            ended = state.end("the pair is followed no more", Cause.PAIR_REMOVED)
            facts.extend(ended)
            self._add_trading(self.broker.on_rows(ended), facts)
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
        """Replace one state by one with the parameters of now, once the one before has caught up."""
        if self._to_replace and any(state.behind for states in self.pairs.values() for state in states.values()):
            return
        while self._to_replace:
            pair, timeframe = next(iter(self._to_replace))
            del self._to_replace[pair, timeframe]
            state = self.pairs.get(pair, {}).get(timeframe)
            parameters = self.parameters.of(pair, timeframe)
            if state is None or state.parameters == parameters:
                continue
            ended = state.end("its parameters were changed", Cause.PARAMETERS_CHANGED)
            self.pairs[pair][timeframe] = state.successor(parameters, self._rows_at_once)
            facts.extend(ended)
            self._add_trading(self.broker.on_rows(ended), facts)
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
            self.broker.add_mark(event)

    def _on_stream_lag(self, event: StreamLag, facts: list[Fact]) -> None:
        del facts
        if event.symbol in self.tapes:
            self.alerts.inputs.add_lag(event)

    def _on_trading(self, event: TradingEvent, facts: list[Fact]) -> None:
        self._add_trading(self.broker.on(event), facts)
        if isinstance(event, ResumeAccount):
            for trade in event.state.trades:
                self.alerts.inputs.add_trade(trade)

    def _add_trading(self, made: list[Fact], facts: list[Fact]) -> None:
        """Add facts of paper trading; rules read the open trades."""
        facts.extend(made)
        for fact in made:
            if isinstance(fact, PairTrade):
                self.alerts.inputs.add_trade(fact)

    def _on_resume_position(self, event: ResumePosition, facts: list[Fact]) -> None:
        del facts
        self.alerts.inputs.restore_position(event)

    def _on_trades(self, event: Trades, facts: list[Fact]) -> None:
        tape = self.tapes.get(event.symbol)
        if tape is None:
            return  # the symbol was dropped while its last frames were on the way
        self._bars.note_change(event.symbol)
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
            self._bars.add_trades(accepted.trades)
            if self.broker.needs(event.symbol):
                self.broker.add_trades(accepted.trades)
        # A REST answer is one event in every replay too, so its changes can be flushed at once.
        if event.origin is not Origin.LIVE:
            self._bars.flush(facts)

    def _on_quote(self, event: Quote, facts: list[Fact]) -> None:
        del facts
        series, tape = self.series.get(event.symbol), self.tapes.get(event.symbol)
        if series is not None and (tape is None or tape.plausible_quote(event)):
            series.set_quote(event)
            self.broker.add_quote(event)
            self._newest_quote_time = max(self._newest_quote_time, event.time)

    def _on_stored_quotes(self, event: StoredQuotes, facts: list[Fact]) -> None:
        del facts
        self.broker.add_stored_quotes(event)
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
                facts.extend(self._bars.at_gap(fact))

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
        self._bars.flush(facts)
        facts.extend(self._bars.ended_store_bars(horizon))
        self._guard_alerts("the clock", lambda: facts.extend(self.alerts.clock(event.time)))
        self._guard_trading("a tick", lambda: self._add_trading(self.broker.tick(event.time, self.halted), facts))
        for end, timeframe, symbols in self._bars.due(horizon):
            start = end - timeframe.milliseconds
            closed: list[Fact] = []
            try:
                for symbol in sorted(symbols):  # a set's own order changes from run to run
                    self._bars.close(symbol, timeframe, start, closed)
                for pair, states in self.pairs.items():
                    if symbols & {pair.y, pair.x} and not states[timeframe].behind:
                        self._step(states[timeframe], start, end, closed)
            finally:  # a closed bar is always published
                self._evaluate_rules(closed, facts)
        self._replace_next(facts)
        for states in self.pairs.values():
            for state in states.values():
                if state.last_time is None or state.behind:
                    rows: list[Fact] = []
                    self._step(state, None, horizon, rows)
                    self._evaluate_rules(rows, facts)
        self._guard_alerts("the second", lambda: facts.extend(self.alerts.tick()))

    # --- helpers ----------------------------------------------------------------------------------------------------

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
        self._guard_trading("a bar", lambda: self._add_trading(self.broker.on_rows(closed), facts))
        self._guard_alerts("a bar", lambda: self._apply_and_evaluate(closed, facts))

    def _apply_and_evaluate(self, closed: list[Fact], facts: list[Fact]) -> None:
        self.alerts.apply(closed)
        facts.extend(self.alerts.evaluate())

    def _newest_row(self, pair: Pair, timeframe: Timeframe) -> PairRow | None:
        state = self.pairs.get(pair, {}).get(timeframe)
        return state.tracker.row if state is not None else None

    def _guard_trading(self, when: str, action: Callable[[], None]) -> None:
        """Run a step of paper trading; when it fails, the market and everything else go on."""
        try:
            action()
        except Exception as error:  # noqa: BLE001 - whatever it is, the market goes on
            self.faults.note("trading", when, error, f"paper trading was not worked out at {when}")
        else:
            self.faults.recovered("trading", when)

    def _guard_alerts(self, when: str, action: Callable[[], None]) -> None:
        """Run a step of the alerts; when it fails, bars and rows are kept."""
        try:
            action()
        except Exception as error:  # noqa: BLE001 - whatever it is, the market goes on
            self.faults.note("alerts", when, error, f"rules were not evaluated at {when}")
        else:
            self.faults.recovered("alerts", when)


def _adding(method: Callable[[Any], list[Fact]]) -> Callable[[Any, list[Fact]], None]:
    return lambda event, facts: facts.extend(method(event))
