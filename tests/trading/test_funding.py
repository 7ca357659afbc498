"""Funding: on what was held at its time, once, with the right sign, and corrected to the settled rate."""

from __future__ import annotations

from spreadscope.model.trading import UNIT, LedgerEntry
from spreadscope.model.trading_events import CloseTrade, FundingSettled, ResumeAccount
from spreadscope.model.trading_states import EntryKind
from tests.support.paper_market import ACCOUNT, START, PaperMarket, X, Y, of_kind

DUE = START + 30_000


def marks(market: PaperMarket, *, due: int = DUE, rate: float = 0.0005) -> None:
    for symbol in (Y, X):
        market.mark(symbol, rate=rate if symbol == Y else 0.0, due=due)


def funding(market: PaperMarket) -> list[tuple[str, int]]:
    return [
        (entry.symbol, entry.amount if entry.debit == "wallet" else -entry.amount)
        for entry in of_kind(market.facts, LedgerEntry)
        if entry.kind in {EntryKind.FUNDING, EntryKind.FUNDING_CORRECTION}
    ]


def pass_the_time(market: PaperMarket, *, after: int = DUE + 8 * 3_600_000) -> None:
    while market.now < DUE + 1_000:
        marks(market)
        market.tick()
    marks(market, due=after)
    market.tick()


def test_a_long_pays_a_positive_rate_once() -> None:
    market = PaperMarket()
    market.open(+1)
    pass_the_time(market)
    market.ticks(10)
    marks(market, due=DUE + 8 * 3_600_000)
    market.ticks(2)
    assert funding(market) == [(Y, -UNIT // 2)]  # 10 · 100 · 0.0005
    (trade,) = market.open_trades
    assert trade.y.funding == -UNIT // 2
    market.check()


def test_a_short_receives_it() -> None:
    market = PaperMarket()
    market.open(-1)
    pass_the_time(market)
    assert funding(market) == [(Y, UNIT // 2)]


def test_only_what_was_held_at_the_time_counts() -> None:
    """A fill 50 ms after a tick is before or after the funding time by its own time, not by that of the tick."""
    for opened, expected in ((DUE - 100, [(Y, -UNIT // 2)]), (DUE, [])):
        market = PaperMarket()
        while market.now < opened:
            marks(market)
            market.tick(min(500, opened - market.now))
        market.open(+1)  # its fills are at opened + 50 ms
        market.tick()
        marks(market, due=DUE + 8 * 3_600_000)
        market.ticks(3)
        assert funding(market) == expected, opened


def test_a_trade_that_was_closed_before_pays_nothing() -> None:
    market = PaperMarket()
    market.open(+1)
    market.ticks(2)
    market.add(market.broker.on(CloseTrade(ACCOUNT, 0)))
    pass_the_time(market)
    assert funding(market) == []


def test_a_changed_interval_is_taken_from_the_stream() -> None:
    market = PaperMarket()
    market.open(+1)
    pass_the_time(market, after=DUE + 60_000)  # it was 8 hours, and is a minute now
    while market.now < DUE + 61_000:
        marks(market, due=DUE + 60_000, rate=-0.0005)
        market.tick()
    marks(market, due=DUE + 8 * 3_600_000)
    market.tick()
    assert funding(market) == [(Y, -UNIT // 2), (Y, UNIT // 2)]


def test_the_settled_rate_corrects_what_was_booked_by_a_second_entry() -> None:
    market = PaperMarket()
    market.open(+1)
    pass_the_time(market)
    market.add(market.broker.on(FundingSettled(Y, DUE, 0.0006, 100.0)))
    market.add(market.broker.on(FundingSettled(Y, DUE, 0.0006, 100.0)))
    assert funding(market) == [(Y, -UNIT // 2), (Y, -UNIT // 10)]
    market.check()


def test_funding_of_the_time_when_the_engine_was_down_is_booked_when_it_is_settled() -> None:
    market = PaperMarket()
    market.open(+1)
    market.ticks(4)
    state = market.account.state(market.now)
    again = PaperMarket()
    again.now = DUE + 60_000
    again.tick()
    again.facts.clear()
    again.add(again.broker.on(ResumeAccount(state)))
    again.add(again.broker.on(FundingSettled(Y, DUE, 0.0005, 100.0)))
    assert funding(again) == [(Y, -UNIT // 2)]
