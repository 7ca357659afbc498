"""The profit and loss of one round trip of a pair, in exact decimals."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from spreadscope.model.errors import StatisticsError

ZERO = Decimal(0)
BPS = Decimal(10000)
#: One leg's funding events: (rate, mark price) each.
FundingEvents = tuple[tuple[Decimal, Decimal], ...]


@dataclass(frozen=True, slots=True)
class PairPnl:
    """The decimal ledger of a round trip, in quote currency; ``net`` = ``gross`` − ``slippage`` − ``fees`` +
    ``funding``.

    ``gross`` is at mid, ``slippage`` what the fills cost against it, ``funding`` positive when it was received.
    ``fills`` are the four fill prices: entry of y and x, exit of y and x.
    """

    gross: Decimal
    slippage: Decimal
    fees: Decimal
    funding: Decimal
    net: Decimal
    fills: tuple[Decimal, Decimal, Decimal, Decimal]


def pair_pnl(
    *,
    quantities: tuple[Decimal, Decimal],
    mid_entry: tuple[Decimal, Decimal],
    mid_exit: tuple[Decimal, Decimal],
    fee_bps: Decimal = ZERO,
    slippage_bps: Decimal = ZERO,
    funding: tuple[FundingEvents, FundingEvents] = ((), ()),
) -> PairPnl:
    """Returns the P&L of holding signed ``quantities`` of (y, x) from entry to exit: Σ q (exit − entry) − Σ fee |q|
    fill − Σ q mark rate.

    Every fill is at mid · (1 ± slippage) against the trader; the fee is charged on every fill; a long pays funding
    when the rate is positive. Exact decimal arithmetic: nothing is rounded.

    Raises ``StatisticsError`` for a price that is not above 0.

    >>> pnl = pair_pnl(
    ...     quantities=(Decimal(1), Decimal(-15)), mid_entry=(Decimal(60000), Decimal(3800)),
    ...     mid_exit=(Decimal(60900), Decimal(3790)), fee_bps=Decimal(5), slippage_bps=Decimal(1))
    >>> pnl.gross, pnl.gross - pnl.slippage - pnl.fees + pnl.funding == pnl.net
    (Decimal('1050'), True)
    """
    prices = (*mid_entry, *mid_exit)
    if not all(price.is_finite() and price > 0 for price in prices):
        raise StatisticsError(f"prices must be above 0, not {', '.join(map(str, prices))}")
    slip = slippage_bps / BPS
    gross = slippage = fees = received = ZERO
    fills: list[list[Decimal]] = [[], []]
    for leg, quantity in enumerate(quantities):
        side = 1 if quantity > 0 else -1
        entry = mid_entry[leg] * (1 + side * slip)
        exit_ = mid_exit[leg] * (1 - side * slip)
        fills[0].append(entry)
        fills[1].append(exit_)
        gross += quantity * (mid_exit[leg] - mid_entry[leg])
        slippage += abs(quantity) * slip * (mid_entry[leg] + mid_exit[leg])
        fees += fee_bps / BPS * abs(quantity) * (entry + exit_)
        received -= sum((quantity * mark * rate for rate, mark in funding[leg]), ZERO)
    net = gross - slippage - fees + received
    return PairPnl(gross, slippage, fees, received, net, (fills[0][0], fills[0][1], fills[1][0], fills[1][1]))
