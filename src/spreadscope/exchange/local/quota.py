"""The exchange's request weights: 2,400 a minute and address, refusals and bans. Pure: the time is an argument."""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple

import msgspec


class QuotaLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Budgets of an address.

    A ban (418) comes when ``refused_before_ban`` requests were refused in one minute; it lasts ``ban_s`` and doubles
    from ban to ban up to ``longest_ban_s``.
    """

    weight_per_minute: int = 2400
    funding_per_5_min: int = 500
    refused_before_ban: int = 20
    ban_s: int = 120
    longest_ban_s: int = 3 * 24 * 3600


#: Spot's.
SPOT_QUOTA: Final = QuotaLimits(weight_per_minute=6000)


class Charge(NamedTuple):
    """The outcome: 200, 429 or 418, the weight used in this minute, and the seconds to wait where refused."""

    status: int
    used: int
    retry_after: int = 0
    banned_until_ms: int = 0


class _Account:
    __slots__ = ("banned_until", "bans", "funding", "minute", "refused", "used")

    def __init__(self) -> None:
        self.minute = -1
        self.used = 0
        self.refused = 0
        self.bans = 0
        self.banned_until = 0.0
        self.funding: deque[float] = deque()


class Quota:
    """Keeps the account of every address. ``now`` is UTC seconds: the budget renews on the UTC minute."""

    def __init__(self, limits: QuotaLimits) -> None:
        self.limits = limits
        self._accounts: dict[str, _Account] = {}

    def charge(self, address: str, weight: int, now: float, *, funding: bool = False) -> Charge:
        """Book one request; refused ones cost too."""
        account = self._accounts.setdefault(address, _Account())
        limits = self.limits
        minute = int(now // 60)
        if minute != account.minute:
            account.minute, account.used, account.refused = minute, 0, 0
        account.used += weight
        if now < account.banned_until:
            return self._banned(account, now)
        if funding:
            while account.funding and account.funding[0] <= now - 300:
                account.funding.popleft()
            account.funding.append(now)
        over_funding = funding and len(account.funding) > limits.funding_per_5_min
        if account.used <= limits.weight_per_minute and not over_funding:
            return Charge(200, account.used)
        account.refused += 1
        if account.refused > limits.refused_before_ban:
            account.banned_until = now + min(limits.ban_s * 2**account.bans, limits.longest_ban_s)
            account.bans += 1
            return self._banned(account, now)
        wait = account.funding[0] + 300 - now if over_funding else 60 - now % 60
        return Charge(429, account.used, retry_after=max(1, int(wait) + 1))

    @staticmethod
    def _banned(account: _Account, now: float) -> Charge:
        left = int(account.banned_until - now) + 1
        return Charge(418, account.used, retry_after=left, banned_until_ms=int(account.banned_until * 1000))
