"""The pure core of a running engine: events go in, facts go to the store and to whoever observes."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from prometheus_client.core import Metric

from spreadscope import contract
from spreadscope.app.backpressure import BackpressureGate, GateLimits
from spreadscope.app.component import Component
from spreadscope.app.fault_report import FaultReport
from spreadscope.app.metric_families import counter, counters, gauge, gauges, histogram
from spreadscope.bars.series import BarSeries
from spreadscope.engine import Engine
from spreadscope.engine.journal_entry import apply_events, touched_ledgers
from spreadscope.engine.pair_state import PairState
from spreadscope.model.clock import Clock
from spreadscope.model.config import Config
from spreadscope.model.distribution import Distribution
from spreadscope.model.facts import Fact, Gap, TradesAccepted
from spreadscope.model.instrument import Pair
from spreadscope.model.parameter_layers import PairParameters
from spreadscope.model.resume import Input
from spreadscope.model.states import GapState, SignalState
from spreadscope.model.timeframe import Timeframe
from spreadscope.store.writer import StoreWriter

Observer = Callable[[list[Fact]], None]
_POSITIONS = {SignalState.FLAT: 0, SignalState.LONG: 1, SignalState.SHORT: -1}


class CoreService(Component):
    """``apply`` is the only way in, always on the event loop's thread. ``trades`` counts those that were accepted."""

    name = "core"

    def __init__(
        self,
        config: Config,
        clock: Clock,
        writer: StoreWriter,
        mask: Callable[[str], str],
        limits: GateLimits | None = None,
    ) -> None:
        """``mask`` takes secrets out of the words of a fault."""
        self.engine = Engine(config)
        self.faults = FaultReport(self.engine.faults, clock, lambda fault: writer.submit([fault], {}), mask)
        self.gate = BackpressureGate(writer, sink=self.apply, limits=limits)
        self.trades = 0
        self.holes = dict.fromkeys(GapState, 0)
        self.seconds = Distribution()  # s, of each call of ``apply`` up to where its facts are handed to the store
        self._writer = writer
        self._observers: list[Observer] = []

    def apply(self, events: Sequence[Input]) -> None:
        """Feed events to the core in order; hand its facts to the store and the observers."""
        if not events:
            return
        began = time.perf_counter()
        try:
            facts, entries = apply_events(self.engine, events)
            self._writer.submit(facts, touched_ledgers(self.engine, facts), entries)
        except Exception as error:
            # The ledger in memory is ahead of what was handed on: whatever is written after this would vouch for what
            # is not there.
            self._writer.refuse(f"what the core said could not be handed to the store ({error!r}): start again")
            raise
        self.seconds.note(time.perf_counter() - began)
        self.gate.measure()
        self._hand_on(facts)

    def _hand_on(self, facts: list[Fact]) -> None:
        """Count what came out of the core, and give it to whoever observes."""
        self.faults.note(facts)
        for fact in facts:
            if isinstance(fact, TradesAccepted):
                self.trades += len(fact.trades)
            elif isinstance(fact, Gap):
                self.holes[fact.state] += 1
        for observer in tuple(self._observers):
            name = getattr(observer, "__qualname__", type(observer).__name__)
            self.faults.guard("screen", name, "what the pages show may have stopped", partial(observer, facts))

    def observe(self, observer: Observer) -> Callable[[], None]:
        """Call ``observer`` with the facts of every event. Returns a function that ends it."""
        self._observers.append(observer)
        return lambda: self._observers.remove(observer)

    # --- what is known ------------------------------------------------------------------------------------------------

    @property
    def market_time(self) -> int:
        return self.engine.market_time or 0

    def parameters(self, pair: Pair | str, timeframe: Timeframe) -> PairParameters:
        """Returns the parameters of a pair; an empty one stands for a pair without its own."""
        return self.engine.parameters.of(pair, timeframe)

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols whose tapes are kept."""
        return tuple(self.engine.tapes)

    @property
    def pairs(self) -> tuple[Pair, ...]:
        return tuple(self.engine.pairs)

    def states(self, pair: Pair) -> dict[Timeframe, PairState] | None:
        """Returns the state of a pair by timeframe; None where it is not tracked."""
        return self.engine.pairs.get(pair)

    def series(self, symbol: str) -> BarSeries:
        """Returns the bars of a symbol that are in memory."""
        return self.engine.series[symbol]

    def users(self, symbol: str) -> list[Pair]:
        """Returns the pairs that have a symbol as a leg."""
        return [pair for pair in self.engine.pairs if symbol in pair.symbols]

    def last_id(self, symbol: str) -> int | None:
        """Returns the id of a symbol's newest trade."""
        tape = self.engine.tapes.get(symbol)
        return tape.ledger.last if tape is not None else None

    def is_halted(self, symbol: str) -> bool:
        return symbol in self.engine.halted

    def alarms(self) -> Iterable[contract.Alarm]:
        return [
            contract.Alarm(contract.Level(alarm.level), alarm.message, contract.Runbook.PROGRAM_FAULT)
            for alarm in self.faults.alarms()
        ]

    def metrics(self) -> Iterable[Metric]:
        yield counter("trades_accepted_total", "New trades that the tapes took, live and fetched.", self.trades)
        yield counters(
            "holes_total", "Holes in the ids of trades: opened, and how they ended.", ["state"],
            [((str(state),), count) for state, count in self.holes.items()],
        )  # fmt: skip
        yield gauge("market_time_seconds", "The market's clock, seconds since 1970.", self.market_time / 1e3)
        yield gauge("symbols", "Symbols whose tapes are kept.", len(self.symbols))
        yield histogram("core_apply_seconds", "Time to work out one batch of events in the core.", self.seconds)
        yield gauge("feed_paused", "1 while sockets are not read because the disk is behind.", self.gate.paused)
        yield gauge("queue_events", "Trades and events that were read and wait for the core.", self.gate.waiting)
        yield counter(
            "trades_refused_total", "Rows that cannot be trades and were kept as evidence.", self.faults.refused
        )
        yield gauge("faults", "Subjects of parts of the program that fail now.", len(self.faults.active()))
        yield gauges(
            "faults_active", "The same by part; absent where none fails.", ["part"],
            [((part,), count) for part, count in Counter(part for part, _ in self.faults.active()).items()],
        )  # fmt: skip
        yield from self._pair_metrics()

    def _pair_metrics(self) -> Iterable[Metric]:
        states = [
            ((str(pair), str(timeframe)), state)
            for pair, by in self.engine.pairs.items()
            for timeframe, state in by.items()
        ]
        rows = [(labels, state.row) for labels, state in states if state.row is not None]
        labels = ["pair", "timeframe"]
        yield gauge("pairs", "Pairs that are watched.", len(self.engine.pairs))
        yield gauges(
            "pair_z", "z of the spread at the last closed bar; absent where it is not known.", labels,
            [(names, row.z.value) for names, row in rows],
        )  # fmt: skip
        yield gauges(
            "pair_position", "State of the signal: 1 long, -1 short, 0 flat.", labels,
            [(names, _POSITIONS[row.state]) for names, row in rows],
        )  # fmt: skip
        yield gauges(
            "pair_stale", "1 where a leg's last price was too old at the last closed bar.", labels,
            [(names, row.stale) for names, row in rows],
        )  # fmt: skip
        yield gauges(
            "pair_quarantined", "1 while a pair whose calculation failed is not tried again.", labels,
            [(names, state.down_until > self.market_time) for names, state in states],
        )  # fmt: skip

    def unready(self) -> Iterable[str]:
        if self.gate.paused:
            yield "the disk is so far behind that sockets are not read"
