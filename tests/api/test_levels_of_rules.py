"""A rule that the API tells of, and the preview of one, carry what of them is a level."""

from __future__ import annotations

import msgspec

from spreadscope.alerts import ActiveRule
from spreadscope.alerts.runtime.rule_history import HistoryResult
from spreadscope.api import shapes
from spreadscope.model.events import SetRule

RULE = SetRule("r", "abs(z) > 2 and price(BTCUSDT) < 90000", "BTCUSDT/ETHUSDT")
LEVELS = [
    {"name": "z", "statistic": "z", "subject": "", "level": 2.0},
    {"name": "z", "statistic": "z", "subject": "", "level": -2.0},
    {"name": "price", "statistic": "", "subject": "BTCUSDT", "level": 90_000.0},
]


def test_a_rule_carries_its_levels() -> None:
    assert msgspec.to_builtins(shapes.rule(ActiveRule(RULE)).levels) == tuple(LEVELS)


def test_a_preview_carries_the_levels_of_what_was_tried() -> None:
    nothing = HistoryResult(evaluated=0, no_data=0, start=None, end=None, firings=(), note="")
    assert msgspec.to_builtins(shapes.preview(nothing, RULE, [], []).levels) == tuple(LEVELS)
