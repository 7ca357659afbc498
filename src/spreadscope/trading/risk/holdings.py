"""The open pair trades of an account as positions at mark prices, which every figure of risk is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from spreadscope.model.hedge import Space
from spreadscope.model.instrument import Pair
from spreadscope.model.trading import PairTrade
from spreadscope.trading.fixed_point import to_float


@dataclass(frozen=True, slots=True)
class Holding:
    """A pair trade: quantities are signed, prices are in USDT.

    ``trade`` is its number (0: it is not open, but asked about). ``beta`` and ``sd`` (of the spread, in its space) are
    those of the decision. ``entry_y`` and ``entry_x`` are the signed notionals of all that was entered, at the mids of
    the decisions.
    """

    trade: int
    pair: Pair
    side: int
    space: Space
    beta: float
    sd: float | None
    y: float
    x: float
    mark_y: float
    mark_x: float
    entry_y: float
    entry_x: float

    @property
    def value_y(self) -> float:
        return self.y * self.mark_y

    @property
    def value_x(self) -> float:
        return self.x * self.mark_x

    @property
    def gross(self) -> float:
        return abs(self.value_y) + abs(self.value_x)

    @property
    def legs(self) -> tuple[tuple[str, float, float], tuple[str, float, float]]:
        """Symbol, quantity and mark of y and of x."""
        return (self.pair.y, self.y, self.mark_y), (self.pair.x, self.x, self.mark_x)

    def scaled(self, factor: float) -> Holding:
        """Returns the holding with ``factor`` times its quantities."""
        return replace(
            self, y=self.y * factor, x=self.x * factor, entry_y=self.entry_y * factor, entry_x=self.entry_x * factor
        )


def holdings_of(trades: Iterable[PairTrade], mark: Callable[[str], int]) -> list[Holding]:
    """Returns the trades that hold anything, at ``mark`` prices (units of 1e-8)."""
    return [
        Holding(
            trade=trade.id, pair=trade.pair, side=trade.side, space=trade.space, beta=trade.beta, sd=trade.sd,
            y=to_float(trade.y.held), x=to_float(trade.x.held),
            mark_y=to_float(mark(trade.y.symbol)), mark_x=to_float(mark(trade.x.symbol)),
            entry_y=to_float(trade.y.entered_mid), entry_x=to_float(trade.x.entered_mid),
        )
        for trade in trades
        if trade.y.held or trade.x.held
    ]  # fmt: skip


def hypothetical(
    pair: Pair, *, side: int, space: Space, beta: float, sd: float | None, notional: float, marks: tuple[float, float]
) -> Holding:
    """Returns a trade that is not open: leg y of ``notional``, x by ``beta``; quantities are not rounded to steps."""
    mark_y, mark_x = marks
    y = side * notional / mark_y
    x = -beta * side * notional / mark_x if space is Space.LOG else -beta * y
    return Holding(
        trade=0, pair=pair, side=side, space=space, beta=beta, sd=sd, y=y, x=x, mark_y=mark_y, mark_x=mark_x,
        entry_y=y * mark_y, entry_x=x * mark_x,
    )  # fmt: skip


def values_by_symbol(holdings: Sequence[Holding]) -> dict[str, float]:
    """Returns the value of each symbol, netted over all trades as the exchange nets them."""
    values: dict[str, float] = {}
    for holding in holdings:
        for symbol, quantity, mark in holding.legs:
            values[symbol] = values.get(symbol, 0.0) + quantity * mark
    return values
