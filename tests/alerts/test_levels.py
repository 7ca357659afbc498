"""What of a rule is a plain level."""

from __future__ import annotations

import pytest

from spreadscope.alerts.language.levels import levels
from spreadscope.alerts.runtime.plan import plan
from spreadscope.contract import RuleLevel as Level

PAIR, OTHER = "BTCUSDT/ETHUSDT", "SOLUSDT/ETHUSDT"

LEVELS: dict[str, list[tuple[str, str, str, float]]] = {
    "z > 2": [("z", "z", "", 2)],
    "z < -1.5": [("z", "z", "", -1.5)],
    "2 < z": [("z", "z", "", 2)],
    "-z > 2": [("z", "z", "", -2)],
    "abs(z) >= 2.5": [("z", "z", "", 2.5), ("z", "z", "", -2.5)],
    "|z| > 2 for 30s": [("z", "z", "", 2), ("z", "z", "", -2)],
    "2 <= |z|": [("z", "z", "", 2), ("z", "z", "", -2)],
    "abs(-z) > 2": [("z", "z", "", -2), ("z", "z", "", 2)],
    "-abs(z) < -2": [("z", "z", "", 2), ("z", "z", "", -2)],
    "abs(abs(z)) > 2": [("z", "z", "", 2), ("z", "z", "", -2)],
    "abs(z) > 0": [("z", "z", "", 0)],
    "abs(z) > -1": [],
    "Z-Score < -1.5 on 1m": [("z", "z", "", -1.5)],
    "z crosses above 2": [("z", "z", "", 2)],
    "|z| crosses below 1": [("z", "z", "", 1), ("z", "z", "", -1)],
    "price(btcusdt) > 90000 for 3 bars": [("price", "", "BTCUSDT", 90000)],
    f"z({OTHER}) > 2": [("z", "z", OTHER, 2)],
    "z(any pair) > 3": [("z", "z", "", 3)],
    "z > 2 and corr > 0.5": [("z", "z", "", 2), ("corr", "correlation", "", 0.5)],
    "z > 2 or z < -3": [("z", "z", "", 2), ("z", "z", "", -3)],
    "z > 2 or (z > 2 and corr < 1)": [("z", "z", "", 2), ("corr", "correlation", "", 1)],
    "z > 2 and not coint_p > 0.05": [("z", "z", "", 2), ("coint_p", "coint_p", "", 0.05)],
    "z > 2 and change(z, 5m) > 1": [("z", "z", "", 2)],
    "change(z, 5m) > 2": [],
    "z > corr": [],
    "2 * z > 2": [],
    "z > mean(z, 5m)": [],
    "1 > 0 and z > 2": [("z", "z", "", 2)],
    "spread > 25bp": [("spread", "spread", "", 0.0025)],
    "abs(spread) > 10 bps for 30s": [("spread", "spread", "", 0.001), ("spread", "spread", "", -0.001)],
    "return(btcusdt) < -0.5%": [("return", "", "BTCUSDT", -0.5)],
    "half_life > 10m": [("half_life", "half_life", "", 600)],
    "pnl < -1": [("pnl", "", "", -1)],
    "age > 30": [("age", "", "", 30)],
}


@pytest.mark.parametrize("text", LEVELS)
def test_levels_of_a_rule(text: str) -> None:
    subject = "any pair" if "any pair" in text else PAIR
    assert levels(plan(text, subject)) == [Level(*each) for each in LEVELS[text]]
