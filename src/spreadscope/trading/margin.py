"""Cross margin: the worth of an account, the margin below which it is liquidated, and at which price of a symbol."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from spreadscope.model.trading import PairTrade, TradeLeg
from spreadscope.trading.fixed_point import notional, times


@dataclass(frozen=True, slots=True)
class Worth:
    """The worth of an account at mark prices, in units of 1e-8.

    ``gross`` and ``net`` are sums of the notionals of positions, netted by symbol as the exchange nets them.
    """

    wallet: int
    unrealised: int
    gross: int
    net: int
    maintenance: int

    @property
    def equity(self) -> int:
        return self.wallet + self.unrealised

    @property
    def leverage(self) -> float:
        """Returns gross over equity; infinite where nothing is left."""
        return self.gross / self.equity if self.equity > 0 else float("inf") if self.gross else 0.0


def legs_of(trades: Iterable[PairTrade]) -> Iterable[TradeLeg]:
    """Yields the legs with a position."""
    for trade in trades:
        for leg in (trade.y, trade.x):
            if leg.held:
                yield leg


def positions(trades: Iterable[PairTrade]) -> dict[str, tuple[int, int]]:
    """Returns quantity and cost by symbol, netted over all trades; a symbol that is flat on balance is in it too."""
    found: dict[str, tuple[int, int]] = {}
    for leg in legs_of(trades):
        quantity, cost = found.get(leg.symbol, (0, 0))
        found[leg.symbol] = quantity + leg.held, cost + leg.cost
    return found


def worth(wallet: int, trades: Iterable[PairTrade], mark: Callable[[str], int], maintenance_rate: float) -> Worth:
    """Returns the worth of an account whose open ``trades`` are valued at ``mark`` prices."""
    unrealised = gross = net = 0
    for symbol, (quantity, cost) in positions(trades).items():
        value = notional(quantity, mark(symbol))
        unrealised += value - cost
        gross += abs(value)
        net += value
    return Worth(wallet, unrealised, gross, net, times(gross, maintenance_rate))


def liquidation_price(
    symbol: str, wallet: int, trades: Iterable[PairTrade], mark: Callable[[str], int], maintenance_rate: float
) -> float | None:
    """Returns the mark of ``symbol`` at which equity is the maintenance margin, the other marks unchanged.

    None where no price above 0 does it. In numbers of the price itself, not in units. Of a position q with cost c, and
    equity E and maintenance M of all others: E + q p − c = M + m |q| p.
    """
    held = list(trades)
    by_symbol = positions(held)
    quantity, cost = by_symbol.get(symbol, (0, 0))
    if not quantity:
        return None
    others = maintenance = 0
    for name, (size, paid) in by_symbol.items():
        if name != symbol:
            value = notional(size, mark(name))
            others += value - paid
            maintenance += abs(value)
    denominator = quantity - maintenance_rate * abs(quantity)
    price = (maintenance_rate * maintenance + cost - wallet - others) / denominator
    return price if price > 0 else None
