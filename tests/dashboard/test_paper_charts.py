"""The pictures of a paper account: what is summed, and where each piece begins and ends."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spreadscope.contract import EquityPoint, TradeParts
from spreadscope.dashboard.pages import paper_charts
from spreadscope.dashboard.pages.paper_charts import CENT, DAY_MS

MIDNIGHT = 20_000 * DAY_MS  # 2024-10-04
amounts = st.floats(-1e6, 1e6)


def point(time: int, equity: float) -> EquityPoint:
    return EquityPoint(
        time=time, wallet=equity, unrealised=0.0, equity=equity, gross=0.0, net=0.0, maintenance=0.0, residual=0.0
    )


def test_the_drawdown_is_below_the_highest_so_far() -> None:
    points = [point(minute, equity) for minute, equity in enumerate((100.0, 90.0, 110.0, 55.0, 0.0))]
    assert paper_charts.drawdowns(points) == pytest.approx([0, -10, 0, -50, -100])
    assert paper_charts.drawdowns([point(0, -5.0)]) == [0.0]


def test_the_point_of_midnight_ends_the_day_before_and_the_first_day_is_against_the_cash() -> None:
    points = [point(MIDNIGHT - 60_000, 105.0), point(MIDNIGHT, 103.0), point(MIDNIGHT + 60_000, 101.0)]
    assert paper_charts.daily_results(points, 100.0) == {"2024-10-03": 3.0, "2024-10-04": -2.0}


@given(st.lists(st.tuples(st.integers(1, 40 * 1_440), amounts), min_size=1), amounts)
def test_the_results_of_days_add_up_to_the_gain(found: list[tuple[int, float]], cash: float) -> None:
    points = [point(MIDNIGHT + minute * 60_000, equity) for minute, equity in sorted(dict(found).items())]
    assert sum(paper_charts.daily_results(points, cash).values()) == pytest.approx(points[-1].equity - cash, abs=1e-3)


@given(st.lists(amounts, min_size=7, max_size=7))
def test_a_waterfall_goes_from_zero_to_the_net_result(found: list[float]) -> None:
    spread, imbalance, drift, slippage, fees, funding, liquidation = found
    net = spread + imbalance + drift - slippage - fees + funding - liquidation
    parts = TradeParts(
        spread=spread, imbalance=imbalance, drift=drift, slippage=slippage, fees=fees, funding=funding,
        liquidation=liquidation, net=net,
    )  # fmt: skip
    bars = [bar["value"][:2] for bar in paper_charts.waterfall_chart(parts)["series"][0]["data"]]
    steps, whole = bars[:-1], bars[-1]
    assert [begin for begin, _ in steps[:1]] in ([], [0.0])
    assert all(end == begin for (_, end), (begin, _) in pairwise(steps))
    assert sum(end - begin for begin, end in steps) == pytest.approx(net, abs=7 * CENT)
    assert whole == [0.0, net]


def test_the_calendar_has_whole_months_also_over_the_turn_of_a_year() -> None:
    chart = paper_charts.calendar_chart({"2025-12-30": 1.0, "2025-12-31": -4.0})
    assert chart["calendar"]["range"] == ["2025-12-01", "2026-01-28"]
    assert (chart["visualMap"]["min"], chart["visualMap"]["max"]) == (-4.0, 4.0)
    assert chart["series"][0]["data"] == [["2025-12-30", 1.0], ["2025-12-31", -4.0]]


def test_the_curve_stands_beside_cash_over_the_whole_time() -> None:
    chart = paper_charts.equity_chart([point(0, 100.0), point(60_000, 101.5)], 100.0)
    equity, cash, drawdown = chart["series"]
    assert equity["data"] == [[0, 100.0], [60_000, 101.5]]
    assert cash["data"] == [[0, 100.0], [60_000, 100.0]]
    assert drawdown["data"] == [[0, 0.0], [60_000, 0.0]]
