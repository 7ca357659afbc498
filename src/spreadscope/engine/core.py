"""The engine: one method, ``on(event) → facts``, for the live market, a replay and a backtest alike.

Bars and rows are made only when the market's own clock passes the end of a bar by a grace, so the facts do not depend on
how trades were cut into batches.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spreadscope.alerts import RuleBook
from spreadscope.bars.series import BarSeries
from spreadscope.engine.pair_state import PairState
from spreadscope.model.config import Config
from spreadscope.model.events import (
    AcknowledgeAlert,
    DropPair,
    DropRule,
    DropSymbol,
    History,
    Mark,
    MarketTime,
    MuteRule,
    Origin,
    Quote,
    ResumePosition,
    ResumeRule,
    SetRule,
    Settle,
    StreamLag,
    Trades,
    TradingStatus,
    UpstreamHole,
    WatchPair,
    WatchSymbol,
)
from spreadscope.model.facts import BarsOutdated, Fact, Gap
from spreadscope.model.instrument import Pair
from spreadscope.model.resume import Input, ResumePair, ResumeTape
from spreadscope.model.timeframe import TIMEFRAMES, Timeframe
from spreadscope.tape.ledger import Hole, IdRange, Ledger
from spreadscope.tape.tape import Tape


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
        self.alerts = RuleBook(self.tapes, config.bars.grace_ms, config.analytics.hedge)
        self.halted: set[str] = set()
        self._unsettled: set[str] = set()
        self._changed: dict[str, dict[Timeframe, set[int]]] = {}
        self._outdated: dict[str, dict[Timeframe, set[int]]] = {}
        self._handlers: dict[type, Callable[[Any], list[Fact]]] = {
            Trades: self._on_trades,
            Quote: self._on_quote,
            MarketTime: self._on_market_time,
            Settle: lambda _: self._settle(),
            History: self._on_history,
            WatchSymbol: self._on_watch_symbol,
            DropSymbol: self._on_drop_symbol,
            WatchPair: self._on_watch_pair,
            DropPair: self._on_drop_pair,
            TradingStatus: self._on_trading_status,
            UpstreamHole: self._on_upstream_hole,
            Mark: self._on_mark,
            StreamLag: self._on_stream_lag,
            SetRule: self.alerts.set_rule,
            DropRule: lambda event: self.alerts.drop_rule(event.rule_id),
            MuteRule: self.alerts.mute,
            AcknowledgeAlert: self.alerts.acknowledge,
            ResumeRule: self.alerts.resume,
            ResumePosition: self._on_resume_position,
            ResumeTape: self._on_resume_tape,
            ResumePair: self._on_resume_pair,
        }

    def on(self, event: Input) -> list[Fact]:
        """One event in, the facts it caused out, in order."""
        return self._handlers[type(event)](event)

    def open_holes(self, symbol: str) -> list[Hole]:
        """What is missing from the tape of a symbol and may still be had."""
        return self.tapes[symbol].ledger.holes() if symbol in self.tapes else []

    def ledger(self, symbol: str) -> tuple[IdRange, ...]:
        return self.tapes[symbol].ledger.ranges

    # --- events -----------------------------------------------------------------------------------------------------

    def _on_resume_tape(self, event: ResumeTape) -> list[Fact]:
        ranges = tuple(IdRange(*held) for held in event.ranges)
        self.tapes[event.symbol] = Tape(event.symbol, Ledger(ranges, event.lost), event.opened)
        series = self.series.setdefault(event.symbol, self._new_series(event.symbol))
        self._unsettled.add(event.symbol)
        series.restore(event.bars)
        self.alerts.inputs.recall(event.bars)
        if event.trades is not None:
            series.add(event.trades)  # bars that were closed are left as they are
        return []

    def _on_resume_pair(self, event: ResumePair) -> list[Fact]:
        self.pairs[event.pair][event.timeframe].resume(event)
        return []

    def _on_watch_symbol(self, event: WatchSymbol) -> list[Fact]:
        self.tapes.setdefault(event.symbol, Tape(event.symbol))
        self.series.setdefault(event.symbol, self._new_series(event.symbol))
        return self.alerts.watch(event.symbol)

    def _on_drop_symbol(self, event: DropSymbol) -> list[Fact]:
        facts: list[Fact] = []
        for pair in [pair for pair in self.pairs if event.symbol in pair.symbols]:
            facts.extend(self._on_drop_pair(DropPair(pair)))
        for held in (self.tapes, self.series, self._changed, self._outdated):
            held.pop(event.symbol, None)
        self._unsettled.discard(event.symbol)
        self.halted.discard(event.symbol)
        return [*facts, *self.alerts.drop(event.symbol)]

    def _on_watch_pair(self, event: WatchPair) -> list[Fact]:
        if event.pair in self.pairs:
            return []
        facts = [fact for symbol in event.pair.symbols for fact in self._on_watch_symbol(WatchSymbol(symbol))]
        self.pairs[event.pair] = {
            timeframe: PairState(event.pair, timeframe, self._config) for timeframe in self._timeframes
        }
        return [*facts, *self.alerts.watch(str(event.pair))]

    def _on_drop_pair(self, event: DropPair) -> list[Fact]:
        states = self.pairs.pop(event.pair, {})
        ended = [signal for state in states.values() for signal in state.end()]
        return [*ended, *self.alerts.drop(str(event.pair))]

    def _on_trading_status(self, event: TradingStatus) -> list[Fact]:
        if event.trading:
            self.halted.discard(event.symbol)
        else:
            self.halted.add(event.symbol)
        return []

    def _on_mark(self, event: Mark) -> list[Fact]:
        if event.symbol in self.tapes:
            self.alerts.inputs.mark(event)
        return []

    def _on_stream_lag(self, event: StreamLag) -> list[Fact]:
        if event.symbol in self.tapes:
            self.alerts.inputs.lag(event)
        return []

    def _on_resume_position(self, event: ResumePosition) -> list[Fact]:
        self.alerts.inputs.resume(event)
        return []

    def _on_trades(self, event: Trades) -> list[Fact]:
        tape = self.tapes.get(event.symbol)
        if tape is None:
            return []  # the symbol was dropped while its last frames were on the way
        accepted = tape.accept(event)
        self._unsettled.add(event.symbol)
        if accepted is None:
            return []
        changed, outdated = self.series[event.symbol].add(accepted.trades)
        _gather(self._changed.setdefault(event.symbol, {}), changed)
        _gather(self._outdated.setdefault(event.symbol, {}), outdated)
        # A REST answer is one event wherever it is replayed, so what it mended can be said at once.
        return [accepted, *(self._settle() if event.origin is not Origin.LIVE else [])]

    def _on_quote(self, event: Quote) -> list[Fact]:
        series = self.series.get(event.symbol)
        if series is not None:
            series.set_quote(event)
        return []

    def _on_upstream_hole(self, event: UpstreamHole) -> list[Fact]:
        tape = self.tapes.get(event.symbol)
        if tape is None:
            return []
        facts = tape.upstream_hole(event.first, event.last, event.evidence, permanent=event.permanent)
        for fact in tuple(facts):
            if isinstance(fact, Gap):
                facts.extend(self._bars_beside(fact))
        return facts

    def _on_history(self, event: History) -> list[Fact]:
        series = self.series.get(event.symbol)
        if series is None or event.timeframe not in self._timeframes:
            return []
        return list(series.substitute(event.timeframe, event.bars))

    def _on_market_time(self, event: MarketTime) -> list[Fact]:
        """Close every bar that is due, in order of its end, and step the pairs that have a leg in it."""
        if event.time <= self.market_time:
            return []
        self.market_time = event.time
        horizon = event.time - self._config.bars.grace_ms
        facts = [*self._settle(), *self.alerts.clock(event.time)]
        for end, timeframe, symbols in self._due(horizon):
            start = end - timeframe.milliseconds
            closed: list[Fact] = []
            for symbol in sorted(symbols):  # a set's own order changes from run to run
                complete = not self.tapes[symbol].provisional(start, end)
                closed.append(self.series[symbol].close(timeframe, start, complete=complete))
            for pair, states in self.pairs.items():
                if symbols & {pair.y, pair.x}:
                    closed.extend(self._step(states[timeframe], start, end))
            facts.extend(self._judged(closed))
        for states in self.pairs.values():
            for state in states.values():
                if state.last_time is None:
                    facts.extend(self._judged(self._step(state, None, horizon)))
        return [*facts, *self.alerts.tick()]

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

    def _step(self, state: PairState, start: int | None, horizon: int) -> list[Fact]:
        """Rows of a pair up to ``start`` (None: whatever the bars in memory give)."""
        y, x = (self.series[symbol] for symbol in state.pair.symbols)
        halted = bool(self.halted & set(state.pair.symbols))
        return list(state.advance(y, x, start, horizon, halted=halted))

    def _judged(self, closed: list[Fact]) -> list[Fact]:
        """What closed at one time, and the alerts it caused."""
        self.alerts.hear(closed)
        return [*closed, *self.alerts.judge()]

    def _settle(self) -> list[Fact]:
        """Everything that arrivals since the last tick of the market's clock changed in what was already said."""
        facts: list[Fact] = []
        for symbol in sorted(self._unsettled & self.tapes.keys()):
            series, tape = self.series[symbol], self.tapes[symbol]
            settled = tape.settle()
            facts.extend(settled)
            changed = self._changed.pop(symbol, {})
            for timeframe in self._timeframes:
                for start in sorted(changed.get(timeframe, ())):
                    facts.extend(self._revise(series, tape, timeframe, start))
            for fact in settled:
                if isinstance(fact, Gap):
                    facts.extend(self._bars_beside(fact))
            facts.extend(
                BarsOutdated(symbol, timeframe, start)
                for timeframe, starts in self._outdated.pop(symbol, {}).items()
                for start in sorted(starts)
            )
        self._unsettled.clear()
        return facts

    def _revise(self, series: BarSeries, tape: Tape, timeframe: Timeframe, start: int) -> list[Fact]:
        if not series.remembers(timeframe, start):
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
        return facts


def _gather(into: dict[Timeframe, set[int]], new: dict[Timeframe, set[int]]) -> None:
    for timeframe, starts in new.items():
        into.setdefault(timeframe, set()).update(starts)
