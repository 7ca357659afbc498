"""Run in the copy after the guide: the new subjects are in the language, are offered, and fire on a synthetic event."""

from __future__ import annotations

from pathlib import Path

import spreadscope
from spreadscope.alerts.language.vocabulary import VOCABULARY
from spreadscope.model.events import Mark, SetRule
from tests.alerts.market import Market, price_bar, states
from tests.support.market import START

ROOT = Path(__file__).parents[3]


def test_it_is_the_copy() -> None:
    assert Path(spreadscope.__file__).is_relative_to(ROOT / "src")


def test_they_are_offered() -> None:
    assert {"range", "mark"} <= {term.name for term in VOCABULARY}


def test_a_mark_price_fires_a_rule() -> None:
    market = Market(SetRule("r", "Mark Price > 90k on 1s", "BTCUSDT"))
    market.book.inputs.add_mark(Mark("BTCUSDT", START, 89_000.0, 89_000.0, None, 0))
    assert market.hear(price_bar(0, 89_000.0)) == []
    market.book.inputs.add_mark(Mark("BTCUSDT", START + 1_500, 90_500.0, 90_400.0, None, 0))
    (fired,) = market.hear(price_bar(1, 90_000.0))
    assert (states([fired]), fired.value) == (["firing"], 90_500.0)
