"""The ticket: a pair trade before it is sent, with its legs, its expected costs, and the account as it would be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spreadscope import contract
from spreadscope.app.trading_views import AccountView, nearest_liquidation, number
from spreadscope.model.hedge import Space
from spreadscope.model.instrument import Pair
from spreadscope.model.trading import AccountSettings, PairTrade, TradeLeg
from spreadscope.model.trading_events import OpenTrade
from spreadscope.model.trading_states import Execution, PairLeg, TradeOrigin, TradeState
from spreadscope.trading.entry_check import plan_slices
from spreadscope.trading.executable import beyond_best, passive_leg
from spreadscope.trading.fixed_point import basis_points, divide, notional, to_units
from spreadscope.trading.frozen_fit import Fit
from spreadscope.trading.funding import funding
from spreadscope.trading.market_view import BookTop, MarketView
from spreadscope.trading.order_rules import Refusal
from spreadscope.trading.paper_account import PaperAccount
from spreadscope.trading.sizing import leg_quantities
from spreadscope.trading.slicing import cut, slices_of
from spreadscope.trading.spread_level import z_of
from spreadscope.trading.spread_limit import cannot_wait


@dataclass(frozen=True, slots=True)
class _SizedLeg:
    """A leg with its signed quantity and its quote, and what it would pay beyond best at market, per unit, in and out.

    ``posted``: it waits at its best price on its way in.
    """

    quantity: int
    top: BookTop
    impact_in: int
    impact_out: int
    posted: bool

    @property
    def price(self) -> int:
        """The price that the entry would get at market."""
        return self.top.price(self.quantity) + (self.impact_in if self.quantity > 0 else -self.impact_in)

    @property
    def half_spreads(self) -> int:
        """What both halves of the spread cost, in and out: a posted leg earns the first."""
        return 0 if self.posted else notional(abs(self.quantity), self.top.ask - self.top.bid)

    @property
    def impact(self) -> int:
        return notional(abs(self.quantity), self.impact_out + (0 if self.posted else self.impact_in))

    def fees(self, settings: AccountSettings) -> int:
        """Returns the fees of the way in and out, each by whether it makes or takes."""
        way_in = settings.maker_fee_bps if self.posted else settings.taker_fee_bps
        return basis_points(self.at_mid(), way_in) + basis_points(self.at_mid(), settings.taker_fee_bps)

    def at_mid(self) -> int:
        return abs(notional(self.quantity, self.top.mid))


def make_ticket(account: PaperAccount, market: MarketView, fit: Fit, request: OpenTrade, now: int) -> contract.Ticket:
    """Returns the ticket of a request at the newest prices; nothing is changed by it."""
    book = account.book
    size = request.notional or to_units(book.settings.notional)
    execution = request.execution or book.settings.execution
    refusal = _refusal(account, market, fit, request, size, now)
    sized = _sized(market, book.settings, fit, request, size, execution, now)
    y, x = sized if sized is not None else (None, None)
    costs = _costs(market, book.settings, request.pair, y, x) if y is not None and x is not None else None
    trial = _trial(account, fit, request, execution, y, x, now) if y is not None and x is not None else None
    posted = (
        symbol for symbol, leg in zip(request.pair.symbols, (y, x), strict=True) if leg is not None and leg.posted
    )
    return contract.Ticket(
        account=book.account,
        pair=str(request.pair),
        timeframe=request.timeframe,
        time=now,
        side=request.side,
        notional=number(size),
        execution=execution,
        space=fit.space,
        beta=fit.beta,
        z=fit.z,
        executable_z=z_of(trial, y.price, x.price) if trial is not None and y is not None and x is not None else None,
        break_even_z=_break_even(fit, costs, y),
        half_life=fit.half_life,
        y=_leg(market, request.pair.y, y, now),
        x=_leg(market, request.pair.x, x, now),
        costs=costs,
        after=_after(account, AccountView(account, market, now), trial) if trial is not None else None,
        refusal=_refused(refusal) if refusal is not None else None,
        passive=next(posted, None),
    )


def _refusal(
    account: PaperAccount, market: MarketView, fit: Fit, request: OpenTrade, size: int, now: int
) -> Refusal | None:
    """Returns why the request would be refused now: as a whole, or for one of its slices."""
    book, shares = account.book, _shares(request)
    waits = cannot_wait(book, request) if request.slices is not None else None
    if waits is not None:
        return waits
    found = plan_slices(
        book, market, request.pair, side=request.side, beta=fit.beta, space=fit.space, size=size, shares=shares, now=now
    )
    return found if isinstance(found, Refusal) else None


def _shares(request: OpenTrade) -> list[float]:
    return [each.share for each in slices_of(request.slices, 0, 0)] if request.slices is not None else [1.0]


def _sized(
    market: MarketView,
    settings: AccountSettings,
    fit: Fit,
    request: OpenTrade,
    size: int,
    execution: Execution,
    now: int,
) -> tuple[_SizedLeg, _SizedLeg] | None:
    """Returns both legs with their quantities; None where quotes, order rules or the hedge ratio are missing."""
    tops = [market.top_at(symbol, now) for symbol in request.pair.symbols]
    rules = [market.rules.get(symbol) for symbol in request.pair.symbols]
    (top_y, top_x), (rules_y, rules_x) = tops, rules
    if top_y is None or top_x is None or rules_y is None or rules_x is None or not fit.beta:
        return None
    quantities = leg_quantities(
        side=request.side, beta=fit.beta, space=fit.space, size=size, price_y=top_y.mid, price_x=top_x.mid,
        rules_y=rules_y, rules_x=rules_x,
    )  # fmt: skip
    if isinstance(quantities, Refusal):
        return None
    slices = cut(
        *quantities, _shares(request), rules_y.order_step(market=True), rules_x.order_step(market=True)
    )  # fmt: skip
    passive = passive_leg(top_y, top_x) if execution is Execution.PASSIVE_FIRST else None
    y, x = (
        _SizedLeg(
            quantity,
            top,
            _mean_impact(market, settings, symbol, parts, top),
            beyond_best(market, settings, symbol, -quantity, top),
            posted=passive is leg,
        )
        for leg, symbol, quantity, parts, top in zip(
            PairLeg, request.pair.symbols, quantities, zip(*slices, strict=True), (top_y, top_x), strict=True
        )
    )
    return y, x


def _mean_impact(market: MarketView, settings: AccountSettings, symbol: str, parts: Sequence[int], top: BookTop) -> int:
    """Returns what the slices of a leg pay beyond best at market, per unit of all of it."""
    paid = sum(abs(part) * beyond_best(market, settings, symbol, part, top) for part in parts)
    return divide(paid, sum(map(abs, parts)))


def _costs(
    market: MarketView, settings: AccountSettings, pair: Pair, y: _SizedLeg, x: _SizedLeg
) -> contract.TicketCosts:
    base = y.at_mid()

    def cost(amount: int) -> contract.TicketCost:
        return contract.TicketCost(amount=number(amount), bps=10_000 * amount / base if base else 0.0)

    fees = y.fees(settings) + x.fees(settings)
    half_spread, impact = y.half_spreads + x.half_spreads, y.impact + x.impact
    due = 0
    for symbol, leg in zip(pair.symbols, (y, x), strict=True):
        coming = market.next_funding(symbol)
        if coming is not None:
            due -= funding(leg.quantity, number(market.mark(symbol, leg.top.time)), coming[1])
    return contract.TicketCosts(
        fees=cost(fees),
        half_spread=cost(half_spread),
        impact=cost(impact),
        funding=cost(due),
        total=cost(fees + half_spread + impact + due),
    )


def _break_even(fit: Fit, costs: contract.TicketCosts | None, y: _SizedLeg | None) -> float | None:
    """Returns the distance of z whose way back to the mean pays the costs: of log prices the spread is a share of the
    notional of y, of price levels it is an amount for a unit of y."""
    if costs is None or y is None or not fit.sd:
        return None
    base = number(y.at_mid()) if fit.space is Space.LOG else number(abs(y.quantity))
    return costs.total.amount / (base * fit.sd) if base else None


def _trial(
    account: PaperAccount, fit: Fit, request: OpenTrade, execution: Execution, y: _SizedLeg, x: _SizedLeg, now: int
) -> PairTrade:
    """Returns the trade as if it were open already, at the prices that it would get."""
    legs = {
        name: TradeLeg(symbol=symbol, planned=leg.quantity, held=leg.quantity, cost=notional(leg.quantity, leg.price))
        for name, symbol, leg in (("y", request.pair.y, y), ("x", request.pair.x, x))
    }
    return PairTrade(
        account=account.book.account, id=0, pair=request.pair, timeframe=request.timeframe, side=request.side,
        origin=TradeOrigin.TICKET, execution=execution, state=TradeState.OPEN, space=fit.space,
        beta=fit.beta or 0.0, alpha=fit.alpha, mean=fit.mean, sd=fit.sd, z=fit.z, half_life=fit.half_life,
        y=legs["y"], x=legs["x"], decided=now,
    )  # fmt: skip


def _after(account: PaperAccount, view: AccountView, trial: PairTrade) -> contract.TicketAfter:
    book, worth = account.book, view.worth()
    rate, equity = book.settings.maintenance_rate, worth.equity
    gross = worth.gross + sum(abs(notional(leg.held, view.mark(leg.symbol))) for leg in (trial.y, trial.x))
    trades = [*book.trades.values(), trial]
    return contract.TicketAfter(
        gross=number(gross),
        leverage=gross / equity if equity > 0 else None,
        margin_percent=100 * rate * gross / equity if equity > 0 else None,
        liquidation_distance_percent=nearest_liquidation(book.ledger.wallet, trades, view, rate),
    )


def _leg(market: MarketView, symbol: str, leg: _SizedLeg | None, now: int) -> contract.TicketLeg:
    top = market.top_at(symbol, now)
    return contract.TicketLeg(
        symbol=symbol,
        bid=number(top.bid) if top is not None else None,
        ask=number(top.ask) if top is not None else None,
        bid_size=number(top.bid_size) if top is not None and top.bid_size else None,
        ask_size=number(top.ask_size) if top is not None and top.ask_size else None,
        age_ms=max(0, now - top.time) if top is not None else None,
        quantity=number(leg.quantity) if leg is not None else None,
        notional=number(notional(leg.quantity, leg.top.mid)) if leg is not None else None,
    )


def _refused(refusal: Refusal) -> contract.TradeRefusal:
    return contract.TradeRefusal(
        rule=refusal.rule.value, value=refusal.value, allowed=refusal.allowed, words=str(refusal)
    )
