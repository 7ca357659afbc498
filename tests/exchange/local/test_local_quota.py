"""Weights, refusals and bans."""

from __future__ import annotations

from spreadscope.exchange.local.quota import Quota, QuotaLimits


def test_the_budget_renews_on_the_utc_minute_and_refused_requests_cost() -> None:
    quota = Quota(QuotaLimits(weight_per_minute=100))
    assert quota.charge("a", 60, 30.0).used == 60
    assert quota.charge("a", 40, 31.0) == (200, 100, 0, 0)
    refused = quota.charge("a", 40, 45.0)
    assert (refused.status, refused.used, refused.retry_after) == (429, 140, 16)
    assert quota.charge("b", 40, 45.0).status == 200
    assert quota.charge("a", 40, 60.0) == (200, 40, 0, 0)


def test_who_goes_on_asking_is_banned_for_longer_each_time() -> None:
    quota = Quota(QuotaLimits(weight_per_minute=0, refused_before_ban=2, ban_s=120, longest_ban_s=200))
    assert [quota.charge("a", 1, 0.0).status for _ in range(3)] == [429, 429, 418]
    banned = quota.charge("a", 1, 100.0)
    assert (banned.status, banned.retry_after, banned.banned_until_ms) == (418, 21, 120_000)
    assert quota.charge("a", 1, 120.0).status == 429
    assert [quota.charge("a", 1, 121.0).status for _ in range(2)] == [429, 418]
    assert quota.charge("a", 1, 320.0).status == 418
    assert quota.charge("a", 1, 321.0).status == 429


def test_fundings_have_their_own_500_in_5_minutes() -> None:
    quota = Quota(QuotaLimits(funding_per_5_min=2))
    assert [quota.charge("a", 0, t, funding=True).status for t in (0.0, 200.0, 250.0)] == [200, 200, 429]
    assert quota.charge("a", 1, 250.0).status == 200
    assert quota.charge("a", 0, 550.5, funding=True).status == 200
