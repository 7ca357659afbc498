"""The simulated exchange: when an order fills, at which price, and why it does not."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from spreadscope.model.events import Quote, Trades
from spreadscope.model.trading import UNIT, AccountSettings, Order
from spreadscope.model.trading_states import Liquidity, OrderKind, OrderState, PairLeg, Rule
from spreadscope.trading.fixed_point import to_units
from spreadscope.trading.impact import MEASURED, impact_bps
from spreadscope.trading.market_view import MarketView
from spreadscope.trading.paper_exchange import Match, PaperExchange
from tests.support.paper_market import START, Y, rules

SETTINGS = AccountSettings()


def order(quantity: float, *, limit: float = 0.0, arrives: int = START + 50, **changes: object) -> Order:
    made = Order(
        account="a", id=1, trade=1, leg=PairLeg.Y, symbol=Y, kind=OrderKind.POST_ONLY if limit else OrderKind.MARKET,
        quantity=to_units(quantity), limit=to_units(limit), reduce_only=False, decision_mid=100 * UNIT, sent=START,
        arrives=arrives, state=OrderState.IN_FLIGHT,
    )  # fmt: skip
    return msgspec.structs.replace(made, **changes)


class Book:
    """A market of one symbol, and an exchange on it."""

    def __init__(self) -> None:
        self.market = MarketView()
        self.market.rules[Y] = rules(Y)
        self.market.watched = {Y}
        self.exchange = PaperExchange(self.market)

    def quote(self, offset: int, bid: float, ask: float, size: float = 5.0, update: int = 0) -> None:
        self.market.add_quote(Quote(Y, START + offset, bid, ask, size, size, update or offset + 1_000))

    def trade(self, offset: int, price: float, quantity: float, *, sold: bool) -> None:
        self.market.add_trades(
            Trades(
                Y,
                np.array([offset]),
                np.array([START + offset]),
                np.array([price]),
                np.array([quantity]),
                np.array([sold]),
            )
        )

    def step(self, one: Order, offset: int, settings: AccountSettings = SETTINGS) -> tuple[Order, list[Match]]:
        return self.exchange.step(one, settings, START + offset)


def amounts(executions: list[Match]) -> list[tuple[float, float]]:
    return [(each.quantity / UNIT, each.price / UNIT) for each in executions]


def test_an_order_fills_at_the_newest_quote_that_is_not_later_than_its_arrival() -> None:
    book = Book()
    book.quote(-400, 99.0, 99.1)
    book.quote(40, 100.0, 100.1)
    book.quote(60, 101.0, 101.1)
    waiting, nothing = book.step(order(2), 49)
    assert (waiting.state, nothing) == (OrderState.IN_FLIGHT, [])
    filled, executions = book.step(order(2), 500)
    assert filled.state is OrderState.FILLED
    assert amounts(executions) == [(2.0, 100.1)]
    assert executions[0].liquidity is Liquidity.TAKER


def test_what_was_taken_of_a_quote_is_gone_until_the_book_changes() -> None:
    book = Book()
    book.quote(0, 100.0, 100.1, 5.0)
    assert amounts(book.step(order(4), 500)[1]) == [(4.0, 100.1)]
    second = amounts(book.step(order(4), 500)[1])
    assert second[0] == (1.0, 100.1)
    assert second[1][0] == 3.0
    assert second[1][1] > 100.1
    book.quote(600, 100.0, 100.1, 5.0)
    assert amounts(book.step(order(4, arrives=START + 650), 1_000)[1]) == [(4.0, 100.1)]


def test_the_sides_of_a_book_are_taken_apart() -> None:
    book = Book()
    book.quote(0, 100.0, 100.1, 5.0)
    book.step(order(5), 500)
    assert amounts(book.step(order(-5), 500)[1]) == [(-5.0, 100.0)]


def test_beyond_the_displayed_size_the_impact_curve_is_paid_rounded_against_the_order() -> None:
    book = Book()
    for second in range(60):
        book.quote(second * 1_000, 100.0, 100.1, 5.0)
        book.market.end_tick(START + second * 1_000)
    usual = book.market.usual_top(Y)
    assert usual is not None
    assert usual == pytest.approx(500.25)
    (at_best, beyond) = amounts(book.step(order(30, arrives=START + 59_050), 60_000)[1])
    assert at_best == (5.0, 100.1)
    wanted = 100.1 * (1 + 2 * impact_bps(30 * 100.1 / usual) / 10_000)
    assert beyond[1] == pytest.approx(np.ceil(wanted * 100) / 100)


def test_the_impact_curve_goes_through_what_was_measured_and_never_falls() -> None:
    assert [impact_bps(multiple) for multiple, _ in MEASURED] == pytest.approx([bps for _, bps in MEASURED])
    sizes = np.geomspace(1e-3, 1e4, 200)
    assert (np.diff([impact_bps(size) for size in sizes]) >= 0).all()


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"arrives": START + 3_000}, Rule.STALE_QUOTE),
        ({"quantity": to_units("0.0015")}, Rule.STEP_SIZE),
        ({"quantity": to_units("0.01")}, Rule.MIN_NOTIONAL),
        ({"quantity": to_units("200000")}, Rule.MAX_QUANTITY),
        ({"symbol": "CCCUSDT"}, Rule.NO_INSTRUMENT),
    ],
)
def test_an_order_that_breaks_a_rule_is_rejected_with_value_and_limit(change: dict[str, object], rule: Rule) -> None:
    book = Book()
    book.quote(0, 100.0, 100.1)
    rejected, executions = book.step(msgspec.structs.replace(order(1), **change), 5_000)
    assert (rejected.state, rejected.rule, executions) == (OrderState.REJECTED, rule, [])
    assert rejected.value or rule is Rule.NO_INSTRUMENT


def test_what_only_reduces_may_be_small() -> None:
    book = Book()
    book.quote(0, 100.0, 100.1)
    assert book.step(order(0.01, reduce_only=True), 500)[0].state is OrderState.FILLED


def test_a_halted_symbol_takes_no_orders() -> None:
    book = Book()
    book.quote(0, 100.0, 100.1)
    book.market.halted = {Y}
    assert book.step(order(1), 500)[0].rule is Rule.HALTED


def test_a_market_order_stops_at_its_bound() -> None:
    book = Book()
    book.market.rules[Y] = rules(Y, take_bound=to_units("0.0001"))
    book.quote(0, 100.0, 100.1, 1.0)  # the ask is 5 bp from the mid, which stands for the mark
    expired, executions = book.step(order(1), 500)
    assert (expired.state, expired.rule, executions) == (OrderState.EXPIRED, Rule.TAKE_BOUND, [])


def test_a_post_only_order_that_would_trade_is_rejected() -> None:
    book = Book()
    book.quote(0, 100.0, 100.1)
    assert book.step(order(1, limit=100.1), 500)[0].rule is Rule.WOULD_TAKE
    assert book.step(order(1, limit=100.0), 500)[0].state is OrderState.ACCEPTED


def test_a_waiting_order_is_behind_what_is_displayed() -> None:
    book = Book()
    book.quote(0, 100.0, 100.1, 5.0)
    waiting, _ = book.step(order(2, limit=100.0), 100)
    assert waiting.ahead == 5 * UNIT
    book.trade(200, 100.0, 4.0, sold=True)
    book.trade(250, 100.1, 9.0, sold=False)  # on the other side
    waiting, executions = book.step(waiting, 300)
    assert (waiting.ahead, executions) == (UNIT, [])
    book.trade(400, 100.0, 2.0, sold=True)
    partial, executions = book.step(waiting, 500)
    assert (partial.state, amounts(executions)) == (OrderState.PARTIAL, [(1.0, 100.0)])
    assert executions[0].liquidity is Liquidity.MAKER
    book.trade(600, 99.9, 0.1, sold=True)  # the market went through the limit
    filled, executions = book.step(partial, 700)
    assert (filled.state, amounts(executions)) == (OrderState.FILLED, [(1.0, 100.0)])


def test_cancels_of_others_shorten_the_queue() -> None:
    book = Book()
    book.quote(0, 100.0, 100.1, 5.0)
    waiting, _ = book.step(order(2, limit=100.0), 100)
    book.quote(200, 100.0, 100.1, 1.5)
    waiting, _ = book.step(waiting, 300)
    assert waiting.ahead == to_units("1.5")
    book.quote(400, 99.9, 100.1)  # it is alone at its price
    waiting, _ = book.step(waiting, 500)
    assert waiting.ahead == 0
    book.quote(600, 99.8, 100.0)  # the other side came to the limit
    filled, executions = book.step(waiting, 700)
    assert (filled.state, amounts(executions)) == (OrderState.FILLED, [(2.0, 100.0)])


def test_a_deeper_order_waits_until_the_market_comes_to_it() -> None:
    book = Book()
    book.quote(0, 100.0, 100.1, 5.0)
    waiting, _ = book.step(order(2, limit=99.5), 100)
    assert waiting.ahead == -1
    book.trade(200, 99.5, 50.0, sold=True)
    waiting, executions = book.step(waiting, 300)
    assert executions == []  # what stood there before is not known
    book.quote(400, 99.5, 99.6, 3.0)
    waiting, _ = book.step(waiting, 500)
    assert waiting.ahead == 3 * UNIT
