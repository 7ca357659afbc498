"""How much of Y is traded for each unit of value of X."""

from __future__ import annotations

from spreadscope.model.config import AnalyticsConfig
from spreadscope.model.measure import Measure
from spreadscope.model.validity import Reason, Value
from spreadscope.pairs.row import OnlineSource, RowContext
from spreadscope.pairs.statistics.statistic import Card, Colour, Format, InRules, Line, Need, Statistic
from spreadscope.stats import RollingMoments


class TradedValue:
    """The values traded in both legs over the correlation window. Warm-up: the window."""

    def __init__(self, config: AnalyticsConfig, length: int) -> None:
        del length
        self._y, self._x = RollingMoments(config.correlation_window), RollingMoments(config.correlation_window)

    def update(self, row: RowContext) -> Value:
        y, x = (side.update(leg.value).mean for side, leg in zip((self._y, self._x), row.legs, strict=True))
        if y is None or x is None:
            return Value(None, Reason.WARMING_UP)
        return Value(y / x) if x > 0 else Value(None, Reason.NO_TRADES)


TRADED_VALUE = OnlineSource("value traded", TradedValue)

STATISTIC = Statistic(
    key="value_ratio",
    label="Volume Y : X",
    help="Value traded in Y for each unit of value traded in X, over the correlation window: the thinner leg is the one to worry about.",
    source="docs/statistics.md",
    measure=Measure.PLAIN,
    format=Format.TWO,
    of=lambda row: row.read(TRADED_VALUE),
    need=Need.NOTHING,
    online=TRADED_VALUE,
    card=Card(note="by value", order=120),
    line=Line("value_ratio", "Value traded, Y : X", Colour.BLUE, low=0.0, chosen=False),
    rule=InRules(
        "value traded in Y for each unit in X", "value_ratio < 0.1 for 5m", also=("volume ratio",), words="volume ratio"
    ),
)
