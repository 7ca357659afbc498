"""What a person hears of paper trading, and what not."""

from __future__ import annotations

from spreadscope.model.alerting import Severity
from spreadscope.model.facts import Alert
from spreadscope.model.states import Action
from spreadscope.model.trading import AccountSettings
from spreadscope.model.trading_events import CloseTrade, SetKill, SetTradingMode
from spreadscope.model.trading_states import Messages, TradingMode
from tests.support.paper_market import ACCOUNT, PAIR, S1, PaperMarket, X, of_kind


def told(market: PaperMarket) -> list[tuple[str, str]]:
    return [(alert.severity.value, alert.words) for alert in of_kind(market.facts, Alert)]


def test_problems_are_told_once_each() -> None:
    market = PaperMarket()
    market.open(+1)
    market.halted = {X}
    market.ticks(12)
    assert told(market) == [("warning", "paper: a leg of long AAAUSDT/BBBUSDT is missing: BBBUSDT: trading halted")]
    market.halted = set()
    market.add(market.broker.on(SetKill(ACCOUNT, active=True, by="me", reason="news")))
    market.ticks(4)
    (last,) = of_kind(market.facts, Alert)[1:]
    assert (last.severity, last.words) == (Severity.CRITICAL, "paper: the kill switch was pulled by me: news")
    assert last.notify == "firing"


def test_a_signal_that_asks_is_told_for_it_needs_an_answer() -> None:
    market = PaperMarket()
    market.add(market.broker.on(SetTradingMode(ACCOUNT, PAIR, S1, TradingMode.ASK)))
    market.signal(Action.BUY_SPREAD)
    assert told(market) == [("warning", "paper: BUY_SPREAD AAAUSDT/BBBUSDT at z -2.50 waits for your answer")]


def test_all_that_happens_is_told_where_it_is_wanted() -> None:
    market = PaperMarket(AccountSettings(messages=Messages.ALL))
    market.open(+1)
    market.ticks(2)
    market.open(-1)
    market.add(market.broker.on(CloseTrade(ACCOUNT, 0)))
    market.ticks(2)
    assert told(market) == [
        ("info", "paper: opened long AAAUSDT/BBBUSDT at z -2.50: 10 AAAUSDT, -10 BBBUSDT"),
        (
            "info",
            f"paper: SELL_SPREAD {PAIR} was refused: a trade of the pair is open: {PAIR}, allowed is one trade a pair",
        ),
        ("info", "paper: closed long AAAUSDT/BBBUSDT: -2.40 USDT (closed by hand)"),
    ]


def test_nothing_is_told_where_nothing_is_wanted() -> None:
    market = PaperMarket(AccountSettings(messages=Messages.NONE))
    market.open(+1)
    market.halted = {X}
    market.ticks(40)
    assert told(market) == []
