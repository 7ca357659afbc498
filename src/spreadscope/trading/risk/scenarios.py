"""The stress scenarios, declared once: shocks of the whole market, bad days to be looked up, and what can break.

A number stands here only where its source can be looked up; all other scenarios are parametric, and say so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

SPREAD_SDS = 5.0
BETA_BREAK = 0.2
BREAK_MOVE = 0.1
HALT_HOURS = 6
CAP_PERIODS = 3


class ScenarioKind(StrEnum):
    """Where the moves of a scenario come from."""

    DATED = "dated"
    STORED = "stored bars"
    PARAMETRIC = "parametric"


@dataclass(frozen=True, slots=True)
class MarketShock:
    """A move of the market (a share): every symbol moves by its β times it.

    ``spread_sds``: beside that every spread moves so many standard deviations against its trade, in leg y.
    """

    name: str
    kind: ScenarioKind
    source: str
    market_move: float
    spread_sds: float = 0.0


_YAHOO = "Yahoo Finance, BTC-USD daily"

MARKET_SHOCKS = (
    MarketShock(
        "12 March 2020: COVID", ScenarioKind.DATED,
        f"{_YAHOO}: open 7,913.62, close 4,970.79 (−37.2%)", 4_970.788086 / 7_913.616211 - 1,
    ),
    MarketShock(
        "19 May 2021: China's ban", ScenarioKind.DATED,
        f"{_YAHOO}: open 42,944.98, open of the next day 36,753.67 (−14.4%)", 36_753.667969 / 42_944.976563 - 1,
    ),
    MarketShock(
        "8 November 2022: FTX", ScenarioKind.DATED,
        f"{_YAHOO}: open 20,600.67, close 18,541.27 (−10.0%)", 18_541.271484 / 20_600.671875 - 1,
    ),
    MarketShock(
        "Market −30%, spreads 5 sd", ScenarioKind.PARAMETRIC,
        "synthetic: all symbols by β to the market, each spread 5 of its standard deviations against its trade",
        -0.30, SPREAD_SDS,
    ),
    MarketShock(
        "Market +30%, spreads 5 sd", ScenarioKind.PARAMETRIC,
        "synthetic: all symbols by β to the market, each spread 5 of its standard deviations against its trade",
        0.30, SPREAD_SDS,
    ),
)  # fmt: skip

#: Days on which prices are known to have moved far; they are revalued where the store has bars of every leg.
BAD_DAYS = (date(2023, 8, 17), date(2024, 1, 3), date(2024, 3, 5), date(2024, 4, 13))
