"""What a request says about its slices, and the sentences for what cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from spreadscope.app.trade_requests import open_request
from spreadscope.contract import LadderBody, OpenTradeBody, SpreadMeasure, Timeframe, TwapBody
from spreadscope.model.errors import ConfigError
from spreadscope.model.instrument import parse_pair
from spreadscope.model.sliced_orders import Ladder, Twap

PAIR = "AAAUSDT/BBBUSDT"


def body(**given: Any) -> OpenTradeBody:
    return OpenTradeBody(**{"pair": PAIR, "timeframe": Timeframe.M1, "side": 1, **given})


def test_a_ladder_and_a_twap_are_events_of_the_core() -> None:
    down = open_request("paper", parse_pair(PAIR), body(ladder=LadderBody(first=-2, last=-4, rungs=3), good_minutes=5))
    assert down.slices == Ladder(measure=SpreadMeasure.Z, first=-2.0, last=-4.0, rungs=3)
    assert down.good_ms == 300_000
    even = open_request("paper", parse_pair(PAIR), body(twap=TwapBody(slices=10, minutes=30, limit=-1.0), notional=250))
    assert even.slices == Twap(slices=10, length_ms=1_800_000, limit=-1.0)
    assert even.notional == 25_000_000_000
    assert open_request("paper", parse_pair(PAIR), body()).slices is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"ladder": LadderBody(first=-4.0, last=-2.0, rungs=3)},
            "a ladder that buys the spread goes down: from -4 to -2 it does not; change the levels, or the side",
        ),
        (
            {"side": -1, "ladder": LadderBody(first=2.0, last=2.0, rungs=3)},
            "a ladder that sells the spread goes up: from 2 to 2 it does not; change the levels, or the side",
        ),
        (
            {"ladder": LadderBody(first=-2.0, last=-4.0, rungs=3, shares=(1.0, 2.0))},
            "there are 3 rungs and 2 shares: give one share for each rung, or none",
        ),
        (
            {"ladder": LadderBody(measure=SpreadMeasure.RATIO, first=1.0, last=-1.0, rungs=3)},
            "a ratio of two prices is above 0, and -1 is not: give another",
        ),
        (
            {"twap": TwapBody(slices=100, minutes=1)},
            "100 slices in 1 min are one each 0.6 s, and at least 5 s are needed: give at most 12 slices, or more time",
        ),
        (
            {"twap": TwapBody(slices=5, minutes=5), "good_minutes": 5},
            "a TWAP ends with its own minutes: leave good_minutes out",
        ),
        (
            {"twap": TwapBody(slices=5, minutes=5), "limit_z": -2.0},
            "a trade is sent in one way: limit_z and twap were given, choose one of them",
        ),
    ],
)
def test_what_cannot_be_is_said(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as problem:
        open_request("paper", parse_pair(PAIR), body(**given))
    assert str(problem.value) == said
