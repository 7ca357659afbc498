"""Orders of a pair that are sent in slices: a ladder between two levels of the spread, and a TWAP over a time.

All slices of an order enter one pair trade, on one hedge and one baseline: they are frozen when the first is sent.
"""

from __future__ import annotations

import msgspec

from spreadscope.model.hedge import Space
from spreadscope.model.trading_states import Execution, Rule, SliceState, SpreadMeasure

MOST_RUNGS = 50
MOST_SLICES = 100
LONGEST_TWAP_MINUTES = 1_440
SHORTEST_INTERVAL_MS = 5_000


class Ladder(msgspec.Struct, frozen=True, kw_only=True, tag="ladder"):
    """Rungs at equal distances between two levels of what the spread can be had for, the first of them sent first.

    ``shares`` are the parts of the notional, by rung, in any unit; empty: equal ones.
    """

    measure: SpreadMeasure
    first: float
    last: float
    rungs: int
    shares: tuple[float, ...] = ()


class Twap(msgspec.Struct, frozen=True, kw_only=True, tag="twap"):
    """Equal slices over ``length_ms``, each sent at the beginning of its part of it.

    With a ``limit`` a slice is sent only while the spread can be had there or beyond.
    """

    slices: int
    length_ms: int
    measure: SpreadMeasure = SpreadMeasure.Z
    limit: float | None = None


class FrozenHedge(msgspec.Struct, frozen=True, kw_only=True):
    """The hedge and the baseline of z of an order, from its first slice on."""

    beta: float
    alpha: float
    mean: float | None
    sd: float | None
    z: float | None
    half_life: float | None
    space: Space


class OrderSlice(msgspec.Struct, frozen=True, kw_only=True):
    """A slice of an order.

    It is sent from ``due`` on (ms) and before ``until`` (0: without an end), with a ``level`` only while the spread can
    be had there or beyond. ``y`` and ``x`` are its signed quantities in units of 1e-8, 0 until the first slice of the
    order is sent; ``sent_y`` and ``sent_x`` what was sent, which also evens out what slices before it left uneven;
    ``filled_y`` and ``filled_x`` what it brought. ``rule``, ``value``, ``allowed`` and ``words`` say why
    it was skipped, canceled or not filled whole.
    """

    share: float
    level: float | None
    due: int
    until: int
    state: SliceState = SliceState.WAITING
    y: int = 0
    x: int = 0
    sent_y: int = 0
    sent_x: int = 0
    filled_y: int = 0
    filled_x: int = 0
    time: int = 0
    rule: Rule | None = None
    value: str = ""
    allowed: str = ""
    words: str = ""


class SlicedOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order in slices, after its newest change, with what its trade is entered with (``OpenTrade``)."""

    plan: Ladder | Twap
    slices: tuple[OrderSlice, ...]
    execution: Execution | None = None
    take_profit: float | None = None
    stop: float | None = None
    stop_loss: int = 0
    hedge: FrozenHedge | None = None

    @property
    def filled(self) -> int:
        """The number of slices of which something was filled."""
        return sum(bool(each.filled_y or each.filled_x) for each in self.slices)
