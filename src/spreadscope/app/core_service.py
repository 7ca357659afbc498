"""The pure core of a running engine: events go in, facts go to the store and to whoever observes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from spreadscope import contract
from spreadscope.app.backpressure import BackpressureGate, GateLimits
from spreadscope.app.component import Component
from spreadscope.app.fault_report import FaultReport
from spreadscope.bars.series import BarSeries
from spreadscope.engine import Engine
from spreadscope.engine.journal_entry import apply_events, touched_ledgers
from spreadscope.engine.pair_state import PairState
from spreadscope.model.clock import Clock
from spreadscope.model.config import Config
from spreadscope.model.facts import Fact, TradesAccepted
from spreadscope.model.instrument import Pair
from spreadscope.model.parameter_layers import PairParameters
from spreadscope.model.resume import Input
from spreadscope.model.timeframe import Timeframe
from spreadscope.store.writer import StoreWriter

Observer = Callable[[list[Fact]], None]


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
        self._writer = writer
        self._observers: list[Observer] = []

    def apply(self, events: Sequence[Input]) -> None:
        """Feed events to the core in order; hand its facts to the store and the observers."""
        if not events:
            return
        try:
            facts, entries = apply_events(self.engine, events)
            self._writer.submit(facts, touched_ledgers(self.engine, facts), entries)
        except Exception as error:
            # The ledger in memory is ahead of what was handed on: whatever is written after this would vouch for what
            # is not there.
            self._writer.refuse(f"what the core said could not be handed to the store ({error!r}): start again")
            raise
        self.gate.measure()
        self._hand_on(facts)

    def _hand_on(self, facts: list[Fact]) -> None:
        """Count what came out of the core, and give it to whoever observes."""
        self.faults.note(facts)
        self.trades += sum(len(fact.trades) for fact in facts if isinstance(fact, TradesAccepted))
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
        return [contract.Alarm(contract.Level(alarm.level), alarm.message) for alarm in self.faults.alarms()]
