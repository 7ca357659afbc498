"""The ticket of paper trading: a pair trade before it is sent. Money is in USDT; a quantity above 0 is bought."""

from __future__ import annotations

import msgspec

from spreadscope.model.hedge import Space
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.trading_states import Execution


class TradeRefusal(msgspec.Struct, frozen=True, kw_only=True):
    """Why a trade would be refused: the rule, the value that breaks it, what is allowed, and all of it in words."""

    rule: str
    value: str
    allowed: str
    words: str


class TicketLeg(msgspec.Struct, frozen=True, kw_only=True):
    """A leg of a ticket: best bid and ask with the displayed sizes (null: the market did not say), and its order.

    ``age_ms`` is the age of the quote. ``quantity`` and ``notional`` are signed, and null where the trade would be
    refused before they are known.
    """

    symbol: str
    bid: float | None
    ask: float | None
    bid_size: float | None
    ask_size: float | None
    age_ms: int | None
    quantity: float | None
    notional: float | None


class TicketCost(msgspec.Struct, frozen=True, kw_only=True):
    """An expected cost, in USDT and in basis points of the notional of leg y; below 0 it is received."""

    amount: float
    bps: float


class TicketCosts(msgspec.Struct, frozen=True, kw_only=True):
    """The expected costs of a round trip, by the execution: in as it is chosen, out at market.

    ``fees``, ``half_spread`` and ``impact`` are of both legs, in and out. A leg that is posted pays the fee of a maker,
    earns its half-spread and has no impact on its way in; one that nobody takes goes to the market in the end, and
    costs as both at market. The impact of an order in slices is the sum of theirs. ``funding`` is what is due at the
    next funding times at the rates of now.
    """

    fees: TicketCost
    half_spread: TicketCost
    impact: TicketCost
    funding: TicketCost
    total: TicketCost


class TicketAfter(msgspec.Struct, frozen=True, kw_only=True):
    """The account as it would be with the trade. ``liquidation_distance_percent`` is that of the nearest symbol."""

    gross: float
    leverage: float | None
    margin_percent: float | None
    liquidation_distance_percent: float | None


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """A pair trade before it is sent, at the newest prices.

    ``z`` is that of the newest row, ``executable_z`` that of the prices which the trade would get for its size,
    ``passive`` is the symbol of the leg that would be posted (null: both go to the market),
    ``break_even_z`` the distance of z from the mean whose way back pays the costs. ``costs`` and ``after`` are null
    while ``refusal`` leaves the size unknown.
    """

    account: str
    pair: str
    timeframe: Timeframe
    time: int
    side: int
    notional: float
    execution: Execution
    space: Space
    beta: float | None
    z: float | None
    executable_z: float | None
    break_even_z: float | None
    half_life: float | None
    y: TicketLeg
    x: TicketLeg
    costs: TicketCosts | None
    after: TicketAfter | None
    refusal: TradeRefusal | None
    passive: str | None = None
