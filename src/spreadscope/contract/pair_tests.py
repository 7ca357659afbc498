"""Tests of cointegration on demand, with the lags and the trend that the user chooses."""

from __future__ import annotations

import msgspec

from spreadscope.model.timeframe import Timeframe
from spreadscope.model.validity import Value


class PairTest(msgspec.Struct, frozen=True, kw_only=True):
    """One test: its statistic and p-value (or why there is none), and the critical values at 1, 5 and 10%."""

    name: str
    what: str
    stat: Value
    pvalue: Value
    lags: int
    n: int
    critical: tuple[float, float, float] | None


class PairTests(msgspec.Struct, frozen=True, kw_only=True):
    """Tests on the newest ``rows`` bars of a pair; ``start`` and ``end`` (ms) are the first and last of them."""

    pair: str
    timeframe: Timeframe
    rows: int
    joint_rows: int
    start: int | None
    end: int | None
    tests: list[PairTest]
    words: str
