"""What a run that goes on makes again of the bars of an earlier one that broke off."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from spreadscope.engine import Engine
from spreadscope.model.config import Config
from spreadscope.model.events import MarketTime, Origin, Trades
from spreadscope.model.facts import Bar, BarsOutdated, Fact, Gap
from spreadscope.model.resume import ResumeTape
from spreadscope.model.states import BarOrigin, GapState
from spreadscope.model.timeframe import Timeframe

SYMBOL = "AUSDT"
MINUTE = 1_700_000_100_000
LAST = MINUTE + 3_900
SECOND = MINUTE + 3_000
"""The second of the last trade that the earlier run has stored: ids 100 to 107, two a second."""


def trades(first: int, count: int) -> Trades:
    ids = np.arange(first, first + count)
    times = MINUTE + (ids - 100) // 2 * 1_000 + (ids - 100) % 2 * 900
    return Trades(
        SYMBOL, ids, times, (100 + ids % 7).astype(np.float64), np.ones(count), np.ones(count, np.bool_), Origin.LIVE
    )


def bar(second: int, *, complete: bool = True, missing: int = 0) -> Bar:
    """The bar of the two trades of a second, or of the first of them."""
    prices = trades(100 + 2 * second, 2 - missing).prices.tolist()
    return Bar(
        SYMBOL, Timeframe.S1, MINUTE + 1_000 * second, prices[0], max(prices), min(prices), prices[-1],
        float(len(prices)), len(prices), complete=complete,
    )  # fmt: skip


def resumed(event: ResumeTape, *later: Trades) -> list[tuple[Timeframe, int]]:
    """The bars that the store is told to make again, after the resumption and after a later trade."""
    engine = Engine(Config())
    facts: list[Fact] = engine.on(event) + engine.on(MarketTime(LAST + 2_000))
    for number, batch in enumerate(later):
        facts += engine.on(batch) + engine.on(MarketTime(LAST + 3_000 + number))
    return [(fact.timeframe, fact.open_time) for fact in facts if isinstance(fact, BarsOutdated)]


WHOLE = ResumeTape(
    SYMBOL,
    ((90, 107, MINUTE - 5_000, LAST),),
    bars=tuple(bar(second) for second in range(4)),
    trades=trades(100, 8),
)


def test_bars_that_are_their_trades_are_left_alone() -> None:
    assert resumed(WHOLE, trades(108, 4)) == []


@pytest.mark.parametrize("second", [0, 2])
@pytest.mark.parametrize("complete", [True, False])
def test_a_bar_without_its_late_trade_is_made_again(second: int, complete: bool) -> None:
    bars = [bar(each) for each in range(4)]
    bars[second] = bar(second, complete=complete, missing=1)
    assert set(resumed(msgspec.structs.replace(WHOLE, bars=tuple(bars)))) == {(Timeframe.S1, MINUTE + 1_000 * second)}


def test_a_bar_that_was_never_stored_is_made_between_others_and_opened_at_the_end() -> None:
    bars = (bar(0), bar(2))
    assert set(resumed(msgspec.structs.replace(WHOLE, bars=bars))) == {(Timeframe.S1, MINUTE + 1_000)}


def test_a_bar_of_the_exchange_stays() -> None:
    candle = msgspec.structs.replace(bar(1), volume=5.0, origin=BarOrigin.KLINE)
    assert resumed(msgspec.structs.replace(WHOLE, bars=(bar(0), candle, bar(2), bar(3)))) == []


def test_an_incomplete_bar_is_made_again_once_a_later_trade_proves_it_whole() -> None:
    event = msgspec.structs.replace(WHOLE, bars=(bar(0), bar(1), bar(2), bar(3, complete=False)))
    assert resumed(event) == []
    assert resumed(event, trades(108, 2)) == [(Timeframe.S1, SECOND)]


def test_so_is_one_whose_hole_this_run_fills() -> None:
    event = ResumeTape(
        SYMBOL,
        ((90, 105, MINUTE - 5_000, MINUTE + 2_900), (107, 107, LAST, LAST)),
        opened=(Gap(SYMBOL, 106, 106, GapState.OPEN, LAST, MINUTE + 2_900, LAST),),
        bars=(bar(0), bar(1), bar(2), bar(3, complete=False, missing=1)),
        trades=trades(100, 6),
    )
    assert resumed(event, trades(106, 1), trades(108, 2))[-1] == (Timeframe.S1, SECOND)


def test_one_whose_trades_are_lost_stays_incomplete() -> None:
    event = ResumeTape(
        SYMBOL,
        ((90, 105, MINUTE - 5_000, MINUTE + 2_900), (107, 107, LAST, LAST)),
        lost=((106, 106),),
        bars=(bar(0), bar(1), bar(2, complete=False)),
        trades=trades(100, 6),
    )
    assert resumed(event, trades(108, 2)) == []
