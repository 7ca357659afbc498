"""Snapshots of the live topics: what a screen needs to begin with. Read and shaped off the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from spreadscope.api import shapes
from spreadscope.api.disk import Disk
from spreadscope.api.requests import pair_topic
from spreadscope.api.signals import with_advice
from spreadscope.api.status import StatusMaker
from spreadscope.model.errors import StoreError
from spreadscope.model.instrument import Pair
from spreadscope.model.timeframe import Timeframe
from spreadscope.pairs.statistics.catalogue import catalogue
from spreadscope.runtime.live import LiveEngine

Json = dict[str, Any]

_ROWS = 1_000
_ALERTS = 200
_AT_ONCE = 2
_SECONDS = 10.0


class Snapshots:
    """Makes them. What is not on disk after a moment is left out, and said: the caller sends another when it is."""

    def __init__(self, live: LiveEngine, status: StatusMaker, disk: Disk) -> None:
        self._live = live
        self._status = status
        self._disk = disk
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def make(self, topic: str) -> tuple[msgspec.Raw, bool]:
        """A topic's snapshot as JSON, and whether it holds everything until now. Raises ``SpreadscopeError``."""
        if topic == "status":
            return _raw(self._status.status()), True
        whole = await self._disk.reached()
        async with self._turns:
            try:
                async with asyncio.timeout(_SECONDS):
                    data = await self._alerts() if topic == "alerts" else await self._pair(*pair_topic(topic))
            except TimeoutError:
                raise StoreError(f"the store did not answer within {_SECONDS:g} s: ask again in a moment") from None
        return _raw(data), whole

    async def _alerts(self) -> Json:
        history = await asyncio.to_thread(lambda: _shaped(self._live.reader.alerts(_ALERTS), shapes.alert))
        return {"rules": rules(self._live), "history": history}

    async def _pair(self, pair: Pair, timeframe: Timeframe) -> Json:
        stored = await asyncio.to_thread(self._stored, pair, timeframe)
        moving = forming(self._live, pair, timeframe)
        statistics = catalogue(self._live.config.analytics)
        return {"pair": str(pair), "timeframe": timeframe, "statistics": statistics, **stored, **moving}

    def _stored(self, pair: Pair, timeframe: Timeframe) -> Json:
        reader = self._live.reader
        bars_y = reader.bars(pair.y, timeframe, limit=_ROWS)
        bars_x = reader.bars(pair.x, timeframe, limit=_ROWS)
        oldest = min((fact.open_time for fact in (*bars_y[:1], *bars_x[:1])), default=0)
        rows = reader.rows(pair, timeframe, limit=_ROWS)
        made_on = {row.time: row for row in rows}
        signals = reversed(reader.signals(pair, timeframe, oldest))
        return {
            "bars_y": _shaped(bars_y, shapes.bar),
            "bars_x": _shaped(bars_x, shapes.bar),
            "rows": _shaped(rows, shapes.row),
            "signals": _shaped(signals, lambda fact: with_advice(fact, made_on.get(fact.time), self._live.config)),
        }


def forming(live: LiveEngine, pair: Pair, timeframe: Timeframe) -> Json:
    """The open bars, and the newest row restated at the newest prices."""
    engine = live.engine
    states = engine.pairs.get(pair)
    if states is None:
        return {"forming_y": None, "forming_x": None, "live": None}
    y, x = engine.series[pair.y], engine.series[pair.x]
    forming_y, forming_x = y.forming(timeframe), x.forming(timeframe)
    state = states[timeframe]
    preview = state.preview(y, x)
    live_row = None
    if state.row is not None and preview:
        live_row = shapes.row(state.row)
        live_row |= {name: [number, None] if name in {"spread", "z"} else number for name, number in preview.items()}
    return {
        "forming_y": shapes.bar(forming_y) if forming_y else None,
        "forming_x": shapes.bar(forming_x) if forming_x else None,
        "live": live_row,
    }


def rules(live: LiveEngine) -> list[Json]:
    """Every alert rule as it stands."""
    return [shapes.rule(rule) for rule in live.engine.alerts.rules.values()]


def _shaped(facts: Iterable[Any], shape: Callable[[Any], Json]) -> msgspec.Raw:
    return _raw([shape(fact) for fact in facts])


def _raw(data: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(data))
