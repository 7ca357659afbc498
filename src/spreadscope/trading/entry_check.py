"""What has to hold before a pair trade is entered: the checks in order, the first that fails is the reason."""

from __future__ import annotations

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


def plan_entry(  # noqa: PLR0911 - one for each check
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
    settings = book.settings
    if book.kill is not None:
        return Refusal(Rule.KILL, book.kill.reason)
    ours = [trade for trade in book.trades.values() if trade.state is not TradeState.FAILED]
    if any(trade.pair == pair for trade in book.trades.values()):
        return Refusal(Rule.OPEN_ALREADY, str(pair), "one trade a pair")
    if settings.max_trades and len(ours) >= settings.max_trades:
        return Refusal(Rule.MOST_TRADES, str(len(ours) + 1), str(settings.max_trades))
    if beta is None or beta == 0:
        return Refusal(Rule.NO_HEDGE)
    found = _legs(market, pair, settings.max_quote_age_ms, now)
    if isinstance(found, Refusal):
        return found
    (rules_y, top_y), (rules_x, top_x) = found
    quantities = leg_quantities(
        side=side, beta=beta, space=space, size=size, price_y=top_y.mid, price_x=top_x.mid, rules_y=rules_y,
        rules_x=rules_x,
    )  # fmt: skip
    if isinstance(quantities, Refusal):
        return quantities
    y, x = quantities
    largest = max(abs(y), abs(x), abs(notional(y, top_y.mid)), abs(notional(x, top_x.mid)))
    if largest > _LARGEST:
        return Refusal(Rule.MAX_QUANTITY, text(largest), f"at most {text(_LARGEST)}")
    for rules, quantity, top in ((rules_y, y, top_y), (rules_x, x, top_x)):
        refusal = rules.check(quantity, top.price(quantity))
        if refusal is not None:
            return Refusal(refusal.rule, f"{rules.symbol} {refusal.value}", refusal.allowed)
    plan = EntryPlan(y, x, top_y, top_x)
    return _over_limit(book, market, pair, plan, now) or plan


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
