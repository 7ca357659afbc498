"""The core hears how late the streams are: of those that were heard of lately, once a second."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from spreadscope.exchange.venues import DEFAULT
from spreadscope.ingest.watchdog import Watchdog
from spreadscope.model.clock import ManualClock
from spreadscope.model.config import ExchangeConfig
from spreadscope.model.events import StreamLag
from spreadscope.tasks import Tasks

NOW_MS = 1_750_000_000_000


def test_lags_of_streams_that_live(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock(NOW_MS * 1_000_000)
    now = clock.monotonic_ns()
    long_ago = now - 60_000_000_000
    feed: Any = SimpleNamespace(
        symbols={
            "A": SimpleNamespace(last_seen_ns=now, lag_ms=40),
            "QUIET": SimpleNamespace(last_seen_ns=long_ago, lag_ms=40),
            "NEW": SimpleNamespace(last_seen_ns=now, lag_ms=None),
        }
    )
    client: Any = None
    watchdog = Watchdog(
        DEFAULT,
        feed,
        client,
        clock,
        ExchangeConfig(),
        last_id=lambda _: None,
        halted=lambda _: False,
        sink=lambda _: None,
        tasks=Tasks(),
    )
    assert watchdog._lags() == []  # the exchange's clock is not known yet
    monkeypatch.setattr(watchdog, "exchange_clock", SimpleNamespace(offset_ms=-3.0, real_time=True))
    assert watchdog._lags() == [StreamLag("A", NOW_MS - 3, 37.0)]
    monkeypatch.setattr(watchdog, "exchange_clock", SimpleNamespace(offset_ms=-3.0, real_time=False))
    assert watchdog._lags() == []  # a recording at full speed has no lag worth the name
