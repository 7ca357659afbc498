"""The picture of the correlations of pairs, as options of ECharts."""

from __future__ import annotations

from typing import Any

from spreadscope.contract import PairCorrelations
from spreadscope.dashboard.figures import fixed_text
from spreadscope.dashboard.pages.paper_charts import GAIN, LOSS

_PLAIN = "rgba(128, 128, 128, 0.18)"


def correlation_chart(found: PairCorrelations) -> dict[str, Any]:
    """Returns a map with a cell for each two pairs: red lose together, green balance each other."""
    cells = [
        {
            "value": [column, row, round(value, 3)],
            "label": {"formatter": fixed_text(value, 2)},
        }
        for row, values in enumerate(found.matrix)
        for column, value in enumerate(values)
        if value is not None
    ]
    # The names of x would cover each other: they stand under their cells as numbers.
    numbers = [str(number + 1) for number in range(len(found.pairs))]
    names = [f"{number}  {pair}" for number, pair in zip(numbers, found.pairs, strict=True)]
    return {
        "tooltip": {"show": False},
        "grid": {"left": 8, "right": 8, "top": 8, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "category", "data": numbers, "splitArea": {"show": False}, "axisTick": {"show": False}},
        "yAxis": {"type": "category", "data": names, "inverse": True, "axisTick": {"show": False}},
        "visualMap": {
            "show": False, "min": -1, "max": 1, "dimension": 2, "inRange": {"color": [GAIN, _PLAIN, LOSS]},
        },
        "series": [
            {
                "type": "heatmap", "data": cells, "label": {"show": True}, "animation": False,
                "itemStyle": {"borderWidth": 2, "borderColor": "transparent"},
            }
        ],
    }  # fmt: skip
