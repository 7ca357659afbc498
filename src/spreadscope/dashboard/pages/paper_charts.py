"""The pictures of a paper account as options of ECharts: equity and drawdown, results by day, the parts of a result."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from spreadscope.contract import EquityPoint, TradeParts

EQUITY, CASH, LOSS, GAIN, PLAIN = "#8f6ee0", "#8a94a0", "#d9515d", "#22a17a", "#5b87c5"
"""Colours that can be told from the ground in the dark and in the light theme; violet is paper money."""
DAY_MS = 86_400_000
CENT = 0.005
"""From this amount on something is written as more than nothing (USDT)."""
_MONEY = "%,.2f USDT"
_PART_SIGNS = {
    "spread": 1, "imbalance": 1, "drift": 1, "slippage": -1, "fees": -1, "funding": 1, "liquidation": -1,
}  # fmt: skip


ChartOptions = dict[str, Any]
"""The options of a chart of ECharts (https://echarts.apache.org/en/option.html)."""


def part_amounts(parts: TradeParts) -> dict[str, float]:
    """Returns the parts of a result with the signs that they have in it; their sum is ``parts.net``."""
    return {name: sign * float(getattr(parts, name)) for name, sign in _PART_SIGNS.items()}


def drawdowns(points: Sequence[EquityPoint]) -> list[float]:
    """Returns how far equity is below its highest so far, in percent; 0 or less."""
    peak, found = 0.0, []
    for point in points:
        peak = max(peak, point.equity)
        found.append(100 * (point.equity / peak - 1) if peak > 0 else 0.0)
    return found


def daily_results(points: Sequence[EquityPoint], cash: float) -> dict[str, float]:
    """Returns the change of equity by UTC day; the first is against ``cash``, what the account began with."""
    last: dict[str, float] = {}
    for point in points:
        # A point is the end of a minute: that of midnight belongs to the day before.
        last[datetime.fromtimestamp((point.time - 1) / 1000, UTC).strftime("%Y-%m-%d")] = point.equity
    results, before = {}, cash
    for day, equity in sorted(last.items()):
        results[day] = equity - before
        before = equity
    return results


def equity_chart(points: Sequence[EquityPoint], cash: float) -> ChartOptions:
    """Returns the curve of equity beside cash, with the drawdown below it."""
    times = [point.time for point in points]
    fallen = drawdowns(points)
    axis = {"type": "time", "axisLabel": {"hideOverlap": True}}
    line = {"type": "line", "showSymbol": False, "animation": False}
    return {
        "useUTC": True,
        "legend": {"top": 0, "right": 16, "data": ["Equity", "Cash"]},
        "tooltip": {"trigger": "axis"},
        "axisPointer": {"link": [{"xAxisIndex": "all"}]},
        "grid": [
            {"left": 72, "right": 16, "top": 30, "height": 210}, {"left": 72, "right": 16, "top": 270, "height": 80},
        ],
        "xAxis": [{**axis, "gridIndex": 0, "axisLabel": {"show": False}}, {**axis, "gridIndex": 1}],
        "yAxis": [
            {"scale": True, "name": "USDT, paper", "gridIndex": 0, "nameTextStyle": {"align": "left"}},
            {"max": 0, "name": "Drawdown, %", "gridIndex": 1, "splitNumber": 2, "nameTextStyle": {"align": "left"}},
        ],
        "series": [
            {
                **line, "name": "Equity", "color": EQUITY, "lineStyle": {"width": 2},
                "data": [[time, round(point.equity, 2)] for time, point in zip(times, points, strict=True)],
                "tooltip": {"valueFormatter": _MONEY},
            },
            {
                **line, "name": "Cash", "color": CASH, "lineStyle": {"type": "dashed", "width": 1},
                "data": [[time, cash] for time in (times[:1] + times[-1:])], "tooltip": {"valueFormatter": _MONEY},
            },
            {
                **line, "name": "Drawdown", "color": LOSS, "areaStyle": {"opacity": 0.25}, "xAxisIndex": 1,
                "yAxisIndex": 1, "data": [[time, round(each, 3)] for time, each in zip(times, fallen, strict=True)],
                "tooltip": {"valueFormatter": "%.2f%%"},
            },
        ],
    }  # fmt: skip


def calendar_chart(results: dict[str, float]) -> ChartOptions:
    """Returns a calendar of the results of days: green gained, red lost."""
    size = max(0.01, *(abs(result) for result in results.values()))
    days = sorted(results)
    first, last = (datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC) for day in (days[0], days[-1]))
    # A lone week would be one column in an empty room: whole months, at least two.
    start = f"{first:%Y-%m}-01"
    end = f"{last.year + (last.month == 12)}-{last.month % 12 + 1:02d}-28"
    return {
        "tooltip": {"formatter": "{@[0]}: {@[1]} USDT"},
        "visualMap": {
            "show": False, "min": -size, "max": size, "dimension": 1,
            "inRange": {"color": [LOSS, "rgba(128, 128, 128, 0.22)", GAIN]},
        },
        "calendar": {
            "range": [start, end], "cellSize": [18, 18], "left": 44, "top": 24,
            "dayLabel": {"firstDay": 1, "nameMap": "en"}, "yearLabel": {"show": False},
            "itemStyle": {"color": "transparent", "borderColor": "rgba(128, 128, 128, 0.25)"},
            "splitLine": {"lineStyle": {"color": "rgba(128, 128, 128, 0.6)"}},
        },
        "series": [{
            "type": "heatmap", "coordinateSystem": "calendar",
            "data": [[day, round(results[day], 2)] for day in days],
        }],
    }  # fmt: skip


def waterfall_chart(parts: TradeParts) -> ChartOptions:
    """Returns the parts of a result one after another, each from where the one before ended, and their sum.

    Parts of less than a cent are left out.
    """
    amounts = {name: amount for name, amount in part_amounts(parts).items() if abs(amount) >= CENT}
    names, bases, heights, colours = [], [], [], []
    level = 0.0
    for name, amount in amounts.items():
        names.append(name)
        # A bar across zero has two pieces, which stacked bars cannot draw: candles from level to level can.
        bases.append(level)
        level += amount
        heights.append(level)
        colours.append(GAIN if amount >= 0 else LOSS)
    names.append("net")
    bases.append(0.0)
    heights.append(parts.net)
    colours.append(PLAIN)
    return {
        "tooltip": {"show": False},
        "grid": {"left": 64, "right": 16, "top": 26, "bottom": 44},
        "xAxis": {"type": "category", "data": names, "axisLabel": {"interval": 0, "rotate": 30}},
        "yAxis": {"type": "value", "name": "USDT, paper", "scale": True, "nameTextStyle": {"align": "left"}},
        "series": [
            {
                "type": "candlestick", "barWidth": "55%",
                "data": [
                    {
                        "value": [base, top, min(base, top), max(base, top)],
                        "itemStyle": {"color": colour, "color0": colour, "borderColor": colour, "borderColor0": colour},
                    }
                    for base, top, colour in zip(bases, heights, colours, strict=True)
                ],
            },
            {
                "type": "scatter", "symbolSize": 0, "silent": True,
                "data": [
                    {
                        "value": [index, max(base, top)],
                        "label": {"show": True, "position": "top", "fontSize": 11, "formatter": _signed(top - base)},
                    }
                    for index, (base, top) in enumerate(zip(bases, heights, strict=True))
                ],
            },
        ],
    }  # fmt: skip


def _signed(amount: float) -> str:
    text = f"{abs(amount):,.2f}"
    return text if text == "0.00" else f"{'+' if amount > 0 else '−'}{text}"
