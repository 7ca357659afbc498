"""A limit on the spread: a request that waits until z can be had at its level, at the best bids and asks of both legs
and for its size."""

from __future__ import annotations

import msgspec

from spreadscope.model.trading import Decision, SpreadLimit
from spreadscope.model.trading_events import OpenTrade
from spreadscope.model.trading_states import Outcome, Rule
from spreadscope.trading.account_book import AccountBook
from spreadscope.trading.entry_check import plan_entry
from spreadscope.trading.executable import executable_z
from spreadscope.trading.frozen_fit import Fit
from spreadscope.trading.market_view import MarketView
from spreadscope.trading.order_rules import Refusal


def limit_of(request: OpenTrade) -> SpreadLimit | None:
    """Returns what a decision has to keep of a request that waits; None of one that does not."""
    if request.limit_z is None:
        return None
    return SpreadLimit(
        z=request.limit_z, execution=request.execution, take_profit=request.take_profit, stop=request.stop,
        stop_loss=request.stop_loss,
    )  # fmt: skip


def request_of(waiting: Decision) -> OpenTrade:
    """Returns what a decision that waits for a level of z is sent as. Raises ``ValueError`` for one that does not."""
    limit = waiting.limit
    if limit is None:
        raise ValueError(f"decision {waiting.id} waits for no level of z")
    return OpenTrade(
        account=waiting.account, pair=waiting.pair, timeframe=waiting.timeframe, side=waiting.side,
        notional=waiting.notional, execution=limit.execution, take_profit=limit.take_profit, stop=limit.stop,
        stop_loss=limit.stop_loss,
    )  # fmt: skip


def refused(decision: Decision, refusal: Refusal) -> Decision:
    """Returns a decision that says by which rule, which value and which limit its request is refused."""
    return msgspec.structs.replace(
        decision, outcome=Outcome.REFUSED, rule=refusal.rule, value=refusal.value, allowed=refusal.allowed,
        words=str(refusal),
    )  # fmt: skip


def cannot_wait(book: AccountBook, request: OpenTrade) -> Refusal | None:
    """Returns why a request may not wait; what else an entry needs is looked at when it is sent."""
    if book.kill is not None:
        return Refusal(Rule.KILL, book.kill.reason)
    if any(each.pair == request.pair and each.is_order for each in book.pending.values()):
        return Refusal(Rule.WAITS_ALREADY, str(request.pair), "one a pair: take it back first")
    return None


def words_of_level(book: AccountBook, market: MarketView, waiting: Decision, fit: Fit, now: int) -> str:
    """Returns that the level can be had now, in words; empty where it cannot.

    While an entry would be refused (a leg is halted or has no new quote, the pair has a trade) it goes on waiting.
    """
    limit = waiting.limit
    if limit is None:
        return ""
    plan = plan_entry(
        book, market, waiting.pair, side=waiting.side, beta=fit.beta, space=fit.space, size=waiting.notional, now=now
    )
    if isinstance(plan, Refusal):
        return ""
    z = executable_z(market, book.settings, waiting.pair.symbols, fit, plan)
    if z is None or waiting.side * z > waiting.side * limit.z:
        return ""
    return f"z {z:+.2f} can be had, the limit is {limit.z:+.2f}"
