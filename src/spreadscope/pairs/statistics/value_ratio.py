"""The value traded in Y for each unit of value traded in X."""

from __future__ import annotations

from collections import deque

from spreadscope.model.config import AnalyticsConfig
from spreadscope.model.measure import Measure
from spreadscope.model.validity import Reason, Value
from spreadscope.pairs.row import OnlineSource, RowContext
from spreadscope.pairs.statistics.statistic import Card, Colour, Format, Line, Need, RuleTerm, Statistic


class TradedValue:
    """An estimator of the value traded in both legs over the correlation window, summed again at each row. Warm-up: the
    window."""

    def __init__(self, config: AnalyticsConfig, length: int) -> None:
        del length
        self._y: deque[float] = deque(maxlen=config.correlation_window)
        self._x: deque[float] = deque(maxlen=config.correlation_window)

    def update(self, row: RowContext) -> Value:
        leg_y, leg_x = row.legs
        self._y.append(leg_y.value)
        self._x.append(leg_x.value)
        if len(self._y) < (self._y.maxlen or 0):
            return Value(None, Reason.WARMING_UP)
        value_x = sum(self._x)
        return Value(sum(self._y) / value_x) if value_x > 0 else Value(None, Reason.NO_TRADES)


TRADED_VALUE = OnlineSource("value traded", TradedValue)

STATISTIC = Statistic(
    key="value_ratio",
    label="Volume Y : X",
    help=(
        "Value traded in Y for each unit of value traded in X, over the correlation window:"
        " the thinner leg is the one to worry about."
    ),
    source="docs/statistics.md",
    measure=Measure.PLAIN,
    format=Format.TWO,
    compute=lambda row: row.read(TRADED_VALUE),
    need=Need.NOTHING,
    online=TRADED_VALUE,
    card=Card(note="by value", order=120),
    line=Line("value_ratio", "Value traded, Y : X", Colour.BLUE, low=0.0, chosen=False),
    rule=RuleTerm(
        "value traded in Y for each unit in X", "value_ratio < 0.1 for 5m", also=("volume ratio",), words="volume ratio"
    ),
)
