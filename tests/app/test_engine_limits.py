"""The limits of a whole engine reach the part that keeps them."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from spreadscope.app.engine_limits import EngineLimits
from spreadscope.app.live_engine import LiveEngine
from spreadscope.app.market_data import MarketData, MarketDataLimits
from spreadscope.model.config import load_config


def kept_by(live: LiveEngine) -> dict[str, Any]:
    """What each part of an engine has."""
    market: MarketData = live.markets.default
    return {
        "tasks": live.tasks._pauses,
        "writer": live.store.writer.limits,
        "gate": live.core.gate._limits,
        "market_data": market._limits,
        "market_data.feed": market.feed._limits,
        "market_data.watchdog": market.watchdog._limits,
        "archiver": live.archiver._limits,
        "jobs": live.jobs.limits,
        "jobs.files": live.jobs.files.limits,
        "funding": live.funding._limits,
        "writer_watch": live._writer_watch._waits,
    }


def parts(limits: Any, before: str = "") -> dict[str, Any]:
    """Every struct in the limits, by its path."""
    found: dict[str, Any] = {}
    for item in fields(limits):
        value = getattr(limits, item.name)
        if is_dataclass(value):
            found |= {f"{before}{item.name}": value, **parts(value, f"{before}{item.name}.")}
    return found


def test_every_part_has_the_limits_that_were_handed_over(tmp_path: Path) -> None:
    limits = EngineLimits(market_data=MarketDataLimits(first_answer_seconds=0.5))
    live = LiveEngine(load_config(None, data=tmp_path / "store"), limits=limits)
    given = parts(limits)
    kept = kept_by(live)
    assert kept.keys() == given.keys()
    assert [path for path in given if kept[path] is not given[path]] == []
    assert live.markets.default.catalog._first_answer_seconds == 0.5


def test_without_any_the_usual_ones_hold(tmp_path: Path) -> None:
    live = LiveEngine(load_config(None, data=tmp_path / "store"))
    usual = EngineLimits()
    assert kept_by(live) == parts(usual)
    assert 0 < usual.gate.low_water < usual.gate.quote_water < usual.gate.high_water
    # Reading stops long before the writer would have to refuse.
    assert usual.gate.high_water * 4 == usual.writer.max_bytes
