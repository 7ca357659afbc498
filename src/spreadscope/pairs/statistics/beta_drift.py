"""The change of the traded hedge ratio in a day."""

from __future__ import annotations

from collections import deque

from spreadscope.model.config import AnalyticsConfig
from spreadscope.model.measure import Measure
from spreadscope.model.validity import Reason, Value
from spreadscope.pairs.row import OnlineSource, RowContext
from spreadscope.pairs.statistics.statistic import Card, Colour, Format, Line, RuleTerm, Statistic

_DAY_MS = 86_400_000
_MINUTE_MS = 60_000


class BetaHistory:
    """An estimator of the change of β in a day: it keeps one β a minute. Warm-up: a day of rows."""

    def __init__(self, config: AnalyticsConfig, length: int) -> None:
        del config, length
        self._by_minute: deque[tuple[int, float]] = deque(maxlen=2 * _DAY_MS // _MINUTE_MS)

    def update(self, row: RowContext) -> Value:
        beta = row.hedge.beta.value
        if beta is None:
            return row.hedge.beta
        minute = row.time // _MINUTE_MS
        if not self._by_minute or self._by_minute[-1][0] < minute:
            self._by_minute.append((minute, beta))
        day_ago = (row.time - _DAY_MS) // _MINUTE_MS
        while len(self._by_minute) > 1 and self._by_minute[1][0] <= day_ago:
            self._by_minute.popleft()
        oldest, beta_then = self._by_minute[0]
        return Value(beta - beta_then) if oldest <= day_ago else Value(None, Reason.WARMING_UP)


BETA_HISTORY = OnlineSource("β of the day", BetaHistory)

STATISTIC = Statistic(
    key="beta_drift",
    label="β since a day",
    help=(
        "The traded β less what it was a day ago: a ratio that wanders makes a position of yesterday another one."
        " It begins after a day."
    ),
    source="docs/statistics.md",
    measure=Measure.PLAIN,
    format=Format.SIGNED_FOUR,
    compute=lambda row: row.read(BETA_HISTORY),
    online=BETA_HISTORY,
    card=Card(note="β {beta:fixed:4}", order=110),
    line=Line("beta_drift", "Change of β in a day", Colour.ORANGE, chosen=False),
    rule=RuleTerm("β less that of a day ago", "abs(beta_drift) > 0.2 on 1m", words="change of β in a day"),
)
