"""The figures of a ticket: every text is escaped, and what speaks against a trade is said."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from spreadscope.contract import LadderBody, OpenTradeBody, SpreadMeasure, Ticket, Timeframe, TwapBody
from spreadscope.dashboard.pages import ticket_figures
from tests.dashboard.fake_paper import PAIR, FakePaper


def ticket(side: int = 1, z: float | None = -2.31, break_even: float | None = 0.85) -> Ticket:
    fake = FakePaper()
    query = {"pair": PAIR, "timeframe": "1m", "side": str(side), "notional": "1000"}
    return replace(fake.ticket(fake.first, query), executable_z=z, break_even_z=break_even)


def body(take_profit: float | None = 0.5, stop: float | None = 4.0) -> OpenTradeBody:
    return OpenTradeBody(pair=PAIR, timeframe=Timeframe.M1, side=1, take_profit=take_profit, stop=stop)


@pytest.mark.parametrize(
    ("side", "z", "said"),
    [
        (1, -2.31, []),
        (-1, 2.31, []),
        (1, None, []),
        (1, 2.31, ["gains when z goes further away", "inside the take profit"]),
        (1, -0.6, ["does not pay the costs: it would from |z| 0.85 on"]),
        (1, -0.3, ["does not pay the costs", "inside the take profit"]),
        (1, -4.2, ["beyond the stop"]),
        (-1, 4.2, ["beyond the stop"]),
    ],
)
def test_what_speaks_against_a_ticket(side: int, z: float | None, said: list[str]) -> None:
    found = ticket_figures.warnings(ticket(side, z), body())
    assert len(found) == len(said)
    assert all(part in text for part, text in zip(said, found, strict=True))


@pytest.mark.parametrize(
    ("side", "z", "limit", "said"),
    [
        (1, 0.4, -2.5, []),
        (-1, -0.4, 2.5, []),
        (1, 0.4, -0.6, ["does not pay the costs"]),
        (1, -2.31, -2.0, ["can be had there already"]),
        (-1, 2.31, 2.0, ["can be had there already"]),
    ],
)
def test_a_ticket_that_waits_is_judged_at_its_level(side: int, z: float, limit: float, said: list[str]) -> None:
    found = ticket_figures.warnings(ticket(side, z), replace(body(), limit_z=limit))
    assert len(found) == len(said)
    assert all(part in text for part, text in zip(said, found, strict=True))


@pytest.mark.parametrize(
    ("changes", "z", "said"),
    [
        ({"ladder": LadderBody(first=-2.0, last=-4.0, rungs=3)}, -1.0, []),
        ({"ladder": LadderBody(first=-2.0, last=-4.0, rungs=3)}, -2.31, ["the first slice would be sent at once"]),
        ({"ladder": LadderBody(first=-0.6, last=-4.0, rungs=3)}, 0.4, ["does not pay the costs"]),
        ({"twap": TwapBody(slices=5, minutes=5, limit=-2.5)}, -0.1, []),
        ({"twap": TwapBody(slices=5, minutes=5)}, -0.6, ["does not pay the costs"]),
        ({"ladder": LadderBody(measure=SpreadMeasure.RATIO, first=15.0, last=14.0, rungs=3)}, 0.4, []),
    ],
)
def test_slices_are_judged_at_the_first_level(changes: dict[str, Any], z: float, said: list[str]) -> None:
    found = ticket_figures.warnings(ticket(1, z), replace(body(), **changes))
    assert len(found) == len(said)
    assert all(part in text for part, text in zip(said, found, strict=True))


def test_the_costs_say_which_leg_is_posted() -> None:
    assert "round trip at market" in ticket_figures.html(ticket())
    shown = ticket_figures.html(replace(ticket(), passive="BTCUSDT"))
    assert "round trip with BTCUSDT posted at its best price, out at market" in shown


def test_levels_that_are_not_given_speak_against_nothing() -> None:
    assert ticket_figures.warnings(ticket(1, -9.0, None), body(None, None)) == []


def test_every_text_of_the_engine_is_escaped_and_what_is_missing_is_said() -> None:
    bare = ticket()
    strange = replace(bare, y=replace(bare.y, symbol="<b>X</b>", quantity=None, notional=None, bid=None, age_ms=None))
    html = ticket_figures.html(replace(strange, costs=None, after=None, executable_z=None))
    assert "<b>" not in html
    assert "buys &lt;b&gt;X&lt;/b&gt;" in html
    assert "no quote" in html
    assert "not said" in html
    assert "Fees" not in html
    assert "Leverage" not in html


def test_a_quote_that_is_old_is_marked() -> None:
    fresh = ticket()
    assert 'data-old="true"' not in ticket_figures.html(fresh)
    assert 'data-old="true"' in ticket_figures.html(replace(fresh, x=replace(fresh.x, age_ms=1_400)))


def test_figures_have_units_signs_and_the_decimals_of_the_prices() -> None:
    html = ticket_figures.html(ticket())
    for text in (
        "29,012.3",
        "+0.034",
        "−0.549",
        "−2.31",
        "2.00 USDT · 20.0 bps",
        "−0.04 USDT · −0.4 bps",
        "0.29×",
        "0.1 s",
    ):
        assert text in html
