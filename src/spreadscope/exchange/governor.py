"""One budget of REST weight for the process, and what the exchange's refusals mean for it. Pure: the clock is injected.

The exchange counts per address and UTC minute, and others on this address count too: the larger of its count and ours
is believed, and a tenth of the budget is left to them. A 429 holds every request back; a 418 is a ban that a request
made meanwhile would only prolong, so it is kept beyond a restart (``restore``) and shown as a countdown.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from spreadscope.model.clock import Clock

RESERVE = 0.10
LONGEST_BAN_S = (
    3 * 86_400.0
)  # the exchange's longest; a header or a store that says more is wrong, and asked again then
_MINUTE_NS = 60_000_000_000
_SECOND_NS = 1_000_000_000
_SPREAD_S = 0.5  # requests that waited for the same moment do not go out at once


class WeightBudget:
    """Weight used in the current UTC minute, and until when nothing may be asked."""

    def __init__(self, clock: Clock, weight_per_minute: int, on_ban: Callable[[int], None] | None = None) -> None:
        """``on_ban`` is called with every ban: until when it lasts, in ns of the wall clock."""
        self._clock = clock
        self._weight_per_minute = weight_per_minute
        self._minute = 0
        self._used = 0
        self._on_ban = on_ban
        self.blocked_until_ns = 0
        self.banned_until_ns = 0
        self.refusals = 0
        self.bans = 0

    @property
    def used(self) -> int:
        """Weight used in this minute."""
        self._roll()
        return self._used

    @property
    def limit(self) -> int:
        """What may be used in a minute."""
        return int(self._weight_per_minute * (1 - RESERVE))

    @property
    def banned_s(self) -> float:
        """Seconds left of a ban (0: there is none)."""
        return max(0, self.banned_until_ns - self._clock.now_ns()) / _SECOND_NS

    @property
    def blocked_s(self) -> float:
        """Seconds for which nothing may be asked (0: at once)."""
        return max(0, self.blocked_until_ns - self._clock.now_ns()) / _SECOND_NS

    def on_ban(self, remember: Callable[[int], None]) -> None:
        """Call ``remember`` with bans from now on, and with one that is in force."""
        self._on_ban = remember
        if self.banned_s:
            remember(self.banned_until_ns)

    def wait_ns(self, weight: int) -> int:
        """How long to wait before a request of ``weight`` may go (0: at once, and it is counted)."""
        self._roll()
        now = self._clock.now_ns()
        if now < self.blocked_until_ns:
            return self.blocked_until_ns - now
        if self._used + weight > self.limit:
            return _MINUTE_NS - now % _MINUTE_NS
        self._used += weight
        return 0

    def set_used(self, used: int) -> None:
        """The exchange's own count, which others on this address add to."""
        self._roll()
        self._used = max(self._used, used)

    def block(self, seconds: float) -> None:
        """No request before ``seconds`` from now."""
        self.refusals += 1
        self.blocked_until_ns = max(self.blocked_until_ns, self._clock.now_ns() + int(seconds * _SECOND_NS))

    def ban(self, seconds: float) -> None:
        """The address is banned for ``seconds``."""
        self.bans += 1
        self.block(seconds)
        self.banned_until_ns = self.blocked_until_ns
        if self._on_ban is not None:
            self._on_ban(self.banned_until_ns)

    def restore(self, banned_until_ns: int) -> None:
        """A ban of an earlier run, of which there may be something left."""
        now = self._clock.now_ns()
        if banned_until_ns > now:
            banned_until_ns = min(banned_until_ns, now + int(LONGEST_BAN_S * _SECOND_NS))
            self.banned_until_ns = banned_until_ns
            self.blocked_until_ns = max(self.blocked_until_ns, banned_until_ns)

    @staticmethod
    def jitter() -> float:
        """Seconds to add to a wait that others share."""
        return random.uniform(0.01, _SPREAD_S)  # noqa: S311 - jitter

    def _roll(self) -> None:
        minute = self._clock.now_ns() // _MINUTE_NS
        if minute != self._minute:
            self._minute, self._used = minute, 0
