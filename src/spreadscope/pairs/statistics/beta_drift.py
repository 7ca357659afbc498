"""By how much the traded hedge ratio has moved since a day ago."""

from __future__ import annotations

from collections import deque

from spreadscope.model.config import AnalyticsConfig
from spreadscope.model.measure import Measure
from spreadscope.model.validity import Reason, Value
from spreadscope.pairs.row import OnlineSource, RowContext
from spreadscope.pairs.statistics.statistic import Card, Colour, Format, InRules, Line, Statistic

_DAY_MS = 86_400_000
_MINUTE_MS = 60_000


class BetaOfTheDay:
    """Keeps one β a minute for a day, and says how far the newest is from that of a day ago. Warm-up: a day of rows."""

    def __init__(self, config: AnalyticsConfig, length: int) -> None:
        del config, length
        self._kept: deque[tuple[int, float]] = deque(maxlen=2 * _DAY_MS // _MINUTE_MS)

    def update(self, row: RowContext) -> Value:
        beta = row.hedge.beta.value
        if beta is None:
            return row.hedge.beta
        minute = row.time // _MINUTE_MS
        if not self._kept or self._kept[-1][0] < minute:
            self._kept.append((minute, beta))
        before = (row.time - _DAY_MS) // _MINUTE_MS
        while len(self._kept) > 1 and self._kept[1][0] <= before:
            self._kept.popleft()
        oldest, then = self._kept[0]
        return Value(beta - then) if oldest <= before else Value(None, Reason.WARMING_UP)


BETA_OF_THE_DAY = OnlineSource("β of the day", BetaOfTheDay)

STATISTIC = Statistic(
    key="beta_drift",
    label="β since a day",
    help="The traded β less what it was a day ago: a ratio that wanders makes a position of yesterday another one. It begins after a day.",
    source="docs/statistics.md",
    measure=Measure.PLAIN,
    format=Format.SIGNED_FOUR,
    of=lambda row: row.read(BETA_OF_THE_DAY),
    online=BETA_OF_THE_DAY,
    card=Card(note="β {beta:fixed:4}", order=110),
    line=Line("beta_drift", "Change of β in a day", Colour.ORANGE, chosen=False),
    rule=InRules("β less that of a day ago", "abs(beta_drift) > 0.2 on 1m", words="change of β in a day"),
)
