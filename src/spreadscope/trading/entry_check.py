"""What has to hold before a pair trade is entered: the checks in order, the first that fails is the reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spreadscope.model.hedge import Space
from spreadscope.model.instrument import Pair
from spreadscope.model.trading_states import Rule, TradeState
from spreadscope.trading.account_book import AccountBook
from spreadscope.trading.fixed_point import notional, text
from spreadscope.trading.margin import positions
from spreadscope.trading.market_view import BookTop, MarketView
from spreadscope.trading.order_rules import OrderRules, Refusal
from spreadscope.trading.sizing import leg_quantities
from spreadscope.trading.slicing import cut

_LARGEST = 2**62  # what the store keeps of a number, with room for sums
_DOLLARS = frozenset({"USDT", "USDC", "FDUSD"})


@dataclass(frozen=True, slots=True)
class EntryPlan:
    """The legs of a trade that may be entered: signed quantities, and best bid and ask of both."""

    y: int
    x: int
    top_y: BookTop
    top_x: BookTop

    @property
    def gross(self) -> int:
        """Returns the notional of both legs at mid."""
        return abs(notional(self.y, self.top_y.mid)) + abs(notional(self.x, self.top_x.mid))


def plan_entry(
    book: AccountBook,
    market: MarketView,
    pair: Pair,
    *,
    side: int,
    beta: float | None,
    space: Space,
    size: int,
    now: int,
) -> EntryPlan | Refusal:
    """Returns the quantities of an entry for a notional ``size`` of leg y, or why it is refused."""
    refusal = _not_now(book, pair)
    if refusal is not None:
        return refusal
    if beta is None or beta == 0:
        return Refusal(Rule.NO_HEDGE)
    found = _legs(market, pair, book.settings.max_quote_age_ms, now)
    if isinstance(found, Refusal):
        return found
    (rules_y, top_y), (rules_x, top_x) = found
    quantities = leg_quantities(
        side=side, beta=beta, space=space, size=size, price_y=top_y.mid, price_x=top_x.mid, rules_y=rules_y,
        rules_x=rules_x,
    )  # fmt: skip
    if isinstance(quantities, Refusal):
        return quantities
    plan = EntryPlan(*quantities, top_y, top_x)
    return _breaks_rule(plan, rules_y, rules_x) or _over_limit(book, market, pair, plan, now) or plan


def plan_slices(
    book: AccountBook,
    market: MarketView,
    pair: Pair,
    *,
    side: int,
    beta: float | None,
    space: Space,
    size: int,
    shares: Sequence[float],
    now: int,
) -> list[tuple[int, int]] | Refusal:
    """Returns the quantities of (y, x) of each slice of an entry, or why one of them, or all together, is refused."""
    whole = plan_entry(book, market, pair, side=side, beta=beta, space=space, size=size, now=now)
    if isinstance(whole, Refusal):
        return whole
    rules_y, rules_x = (market.rules[symbol] for symbol in pair.symbols)
    slices = cut(whole.y, whole.x, shares, rules_y.order_step(market=True), rules_x.order_step(market=True))
    for number, (y, x) in enumerate(slices, 1):
        refusal = _breaks_rule(EntryPlan(y, x, whole.top_y, whole.top_x), rules_y, rules_x)
        if refusal is not None:
            return Refusal(refusal.rule, f"slice {number} of {len(slices)}: {refusal.value}", refusal.allowed)
    return slices


def plan_slice(
    book: AccountBook, market: MarketView, pair: Pair, y: int, x: int, *, trade: int, now: int
) -> EntryPlan | Refusal:
    """Returns the plan of a slice of so much of each leg, or why it is refused; ``trade`` is the one that it adds to
    (0: none yet)."""
    refusal = _not_now(book, pair, trade)
    if refusal is not None:
        return refusal
    found = _legs(market, pair, book.settings.max_quote_age_ms, now)
    if isinstance(found, Refusal):
        return found
    (rules_y, top_y), (rules_x, top_x) = found
    plan = EntryPlan(y, x, top_y, top_x)
    return _breaks_rule(plan, rules_y, rules_x) or _over_limit(book, market, pair, plan, now) or plan


def _not_now(book: AccountBook, pair: Pair, own: int = 0) -> Refusal | None:
    """Returns why nothing may enter on the account, or on the pair beside the trade ``own``."""
    settings = book.settings
    if book.kill is not None:
        return Refusal(Rule.KILL, book.kill.reason)
    if any(trade.pair == pair and trade.id != own for trade in book.trades.values()):
        return Refusal(Rule.OPEN_ALREADY, str(pair), "one trade a pair")
    others = [each for each in book.trades.values() if each.state is not TradeState.FAILED and each.id != own]
    if settings.max_trades and len(others) >= settings.max_trades:
        return Refusal(Rule.MOST_TRADES, str(len(others) + 1), str(settings.max_trades))
    return None


def _breaks_rule(plan: EntryPlan, rules_y: OrderRules, rules_x: OrderRules) -> Refusal | None:
    """Returns which rule of the exchange, or of the store, the orders of an entry break."""
    y, x = plan.y, plan.x
    largest = max(abs(y), abs(x), abs(notional(y, plan.top_y.mid)), abs(notional(x, plan.top_x.mid)))
    if largest > _LARGEST:
        return Refusal(Rule.MAX_QUANTITY, text(largest), f"at most {text(_LARGEST)}")
    for rules, quantity, top in ((rules_y, y, plan.top_y), (rules_x, x, plan.top_x)):
        refusal = rules.check(quantity, top.price(quantity))
        if refusal is not None:
            return Refusal(refusal.rule, f"{rules.symbol} {refusal.value}", refusal.allowed)
    return None


def _legs(
    market: MarketView, pair: Pair, max_age: int, now: int
) -> tuple[tuple[OrderRules, BookTop], tuple[OrderRules, BookTop]] | Refusal:
    found: list[tuple[OrderRules, BookTop]] = []
    for symbol in pair.symbols:
        rules, top = market.rules.get(symbol), market.top_at(symbol, now)
        if rules is None:
            return Refusal(Rule.NO_INSTRUMENT, symbol)
        if not rules.perpetual or rules.quote_asset not in _DOLLARS:
            what = f"{symbol} ({'perpetual' if rules.perpetual else 'not a perpetual'} in {rules.quote_asset})"
            return Refusal(Rule.NOT_QUOTED_IN, what, "perpetuals in USDT, USDC or FDUSD")
        if symbol in market.halted:
            return Refusal(Rule.HALTED, symbol)
        if top is None:
            return Refusal(Rule.NO_QUOTE, symbol)
        if now - top.time > max_age:
            return Refusal(Rule.STALE_QUOTE, f"{symbol} {now - top.time} ms", f"{max_age} ms")
        found.append((rules, top))
    return found[0], found[1]


def _over_limit(book: AccountBook, market: MarketView, pair: Pair, plan: EntryPlan, now: int) -> Refusal | None:
    settings = book.settings
    worth = book.worth(lambda symbol: market.mark(symbol, now))
    if worth.equity <= 0:
        return Refusal(Rule.MARGIN, text(worth.equity), "equity above 0")
    after = (worth.gross + plan.gross) / worth.equity
    if settings.max_leverage and after > settings.max_leverage:
        return Refusal(Rule.LEVERAGE, f"{after:.2f}", f"{settings.max_leverage:g}")
    if settings.max_symbol_share:
        held = positions(book.trades.values())
        for symbol, quantity, top in ((pair.y, plan.y, plan.top_y), (pair.x, plan.x, plan.top_x)):
            total = abs(notional(held.get(symbol, (0, 0))[0] + quantity, top.mid))
            share = 100 * total / worth.equity
            if share > settings.max_symbol_share:
                return Refusal(Rule.SYMBOL_SHARE, f"{symbol} {share:.0f}% of equity", f"{settings.max_symbol_share:g}%")
    return None
