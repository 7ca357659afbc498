"""What Prometheus scrapes, and the two questions of whoever watches a process: does it live, and is it ready?

The parts of the engine say their figures when they are asked; nothing is counted for this page alone.
"""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import Response
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector
from starlette.responses import PlainTextResponse

import spreadscope
from spreadscope import contract
from spreadscope.api.routing import Routes
from spreadscope.api.status import StatusMaker
from spreadscope.app.component import Component
from spreadscope.app.live_engine import LiveEngine
from spreadscope.app.metric_families import gauge, gauges
from spreadscope.contract import Level
from spreadscope.guard.identity import NOTHING

_NOT_READY = 503


class EngineCollector(Collector):
    """The metrics of all parts of an engine, as they are when they are scraped."""

    def __init__(self, live: LiveEngine, status: StatusMaker) -> None:
        core = live.core
        faults = core.faults
        self._parts: tuple[Component, ...] = (*live.components, _Whole(live, status))
        self._guard = faults.guard

    def collect(self) -> Iterable[Metric]:
        for part in self._parts:
            yield from self._metrics(part)

    def _metrics(self, part: Component) -> list[Metric]:
        """Returns the metrics of a part; none where it fails, so that it costs the others nothing."""
        found: list[Metric] = []
        self._guard(
            "metrics", part.name, f"the metrics of {part.name} are not told", lambda: found.extend(part.metrics())
        )
        return found


class _Whole(Component):
    """What is said of the engine as a whole."""

    name = "engine"

    def __init__(self, live: LiveEngine, status: StatusMaker) -> None:
        self._live = live
        self._markets = live.markets
        self._status = status

    def alarms(self) -> Iterable[contract.Alarm]:
        return ()

    def metrics(self) -> Iterable[Metric]:
        live, demo = self._live, str(self._markets.demo).lower()
        yield gauges(
            "build_info", "The version, and whether what is shown is no market but a demo.", ["version", "demo"],
            [((spreadscope.__version__, demo), 1)],
        )  # fmt: skip
        yield gauge("start_time_seconds", "When the engine began, seconds since 1970.", live.started_ns / 1e9)
        yield gauge("ready", "1 where the engine can answer with true data.", self._status.readiness().ready)
        alarms = [alarm.level for alarm in live.alarms()]
        yield gauges(
            "alarms", "Alarms that the screen shows, by level.", ["level"],
            [((str(level),), alarms.count(level)) for level in Level],
        )  # fmt: skip


def make_registry(live: LiveEngine, status: StatusMaker) -> CollectorRegistry:
    """Returns the registry of an engine and of its process."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    registry.register(EngineCollector(live, status))
    return registry


def add_metrics(routes: Routes, live: LiveEngine, status: StatusMaker) -> None:
    """Add the routes of whoever watches the process."""
    registry = make_registry(live, status)

    @routes.get("/metrics")
    async def get_metrics() -> PlainTextResponse:
        return PlainTextResponse(generate_latest(registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    @routes.get("/health", needs=NOTHING)
    async def get_health() -> contract.Health:
        return status.health()

    @routes.get("/ready", also={_NOT_READY: contract.Readiness}, needs=NOTHING)
    async def get_ready(response: Response) -> contract.Readiness:
        readiness = status.readiness()
        response.status_code = 200 if readiness.ready else _NOT_READY
        return readiness
