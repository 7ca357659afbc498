"""The z, spread and hedge ratio that signals act on are those of the configured hedge, wherever they are shown or judged."""

from __future__ import annotations

import pytest
from tests.support.facts import row
from tests.support.market import START

from spreadscope.model.facts import Value
from spreadscope.pairs.traded import Hedge, traded, traded_field

ROW = row(
    START,
    z=Value(1.0), spread=Value(0.1), beta=Value(1.1), kalman_z=Value(-3.0), kalman_spread=Value(-0.3), kalman_beta=Value(0.9),
)  # fmt: skip


@pytest.mark.parametrize(("hedge", "figures"), [("ols", (1.0, 0.1, 1.1)), ("kalman", (-3.0, -0.3, 0.9))])
def test_the_figures_of_the_configured_hedge_are_taken(hedge: Hedge, figures: tuple[float, float, float]) -> None:
    assert tuple(value.value for value in traded(ROW, hedge)) == figures
    assert tuple(getattr(ROW, traded_field(name, hedge)).value for name in ("z", "spread", "beta")) == figures


def test_what_no_hedge_has_of_its_own_stays() -> None:
    assert {traded_field(name, "kalman") for name in ("kalman_z", "half_life", "spread_sd")} == {
        "kalman_z",
        "half_life",
        "spread_sd",
    }
