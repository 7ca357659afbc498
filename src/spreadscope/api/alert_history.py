"""The routes of the alert history, its download, and the scores of rules (``docs/api.md``)."""

from __future__ import annotations

import asyncio
from typing import Literal

from fastapi import Response
from starlette.responses import StreamingResponse

from spreadscope import contract
from spreadscope.alerts.runtime.scorecard import ZSeries, scorecard
from spreadscope.api import shapes
from spreadscope.api.disk import Disk
from spreadscope.api.exports import Downloads
from spreadscope.api.queries import From, Limit, Name, To
from spreadscope.api.routing import Routes
from spreadscope.app.rule_service import RuleService
from spreadscope.contract.bodies import LATEST
from spreadscope.model.alerting import AlertState, Severity
from spreadscope.model.config import Config, SignalConfig
from spreadscope.model.instrument import parse_pair
from spreadscope.model.states import ExportFormat, ExportKind
from spreadscope.model.timeframe import Timeframe
from spreadscope.store import export
from spreadscope.store.alert_tables import AlertFilter
from spreadscope.store.reader import StoreReader

_SCORED_ALERTS = 10_000  # the newest
_SCORED_ROWS = 20_000  # of each pair


def add_alert_history(
    routes: Routes, config: Config, service: RuleService, reader: StoreReader, downloads: Downloads, disk: Disk
) -> None:
    """Add the routes."""

    @routes.get("/api/alerts")
    async def get_alerts(
        response: Response,
        limit: Limit = 200,
        rule: Name | None = None,
        subject: Name | None = None,
        state: AlertState | None = None,
        severity: Severity | None = None,
        start: From = 0,
        end: To = LATEST,
    ) -> list[contract.Alert]:
        alert_filter = AlertFilter(rule, subject, state, severity, start, end)
        await disk.await_for_read(response)
        return [shapes.alert(item) for item in await asyncio.to_thread(reader.alerts, limit, alert_filter)]

    @routes.get("/api/alerts/scorecard")
    async def get_scorecard(response: Response) -> list[contract.Score]:
        await disk.await_for_read(response)
        return await asyncio.to_thread(
            _scores, reader, config.signals, tuple(rule.rule_id for rule in service.active())
        )

    @routes.get("/api/alerts/export")
    async def export_alerts(
        *,
        format: Literal["csv", "ndjson"] = "csv",  # noqa: A002 - the name of the parameter in the URL
        rule: Name | None = None,
        subject: Name | None = None,
        state: AlertState | None = None,
        severity: Severity | None = None,
        start: From = 0,
        end: To = LATEST,
    ) -> StreamingResponse:
        alert_filter = AlertFilter(rule, subject, state, severity, start, end)
        request = export.ExportRequest(
            ExportKind.ALERTS, ExportFormat(format), start=start, end=end, alerts=alert_filter
        )
        return await downloads.respond(request)


def _scores(reader: StoreReader, signal_config: SignalConfig, rule_ids: tuple[str, ...]) -> list[contract.Score]:
    alerts = reader.alerts(_SCORED_ALERTS)
    first_times: dict[tuple[str, Timeframe], int] = {}
    for alert in alerts:  # the newest first, so that the oldest time stays
        if alert.state is AlertState.FIRING and alert.rule_id in rule_ids and "/" in alert.subject:
            first_times[alert.subject, alert.timeframe] = alert.time
    z_series: dict[tuple[str, Timeframe], ZSeries] = {
        key: reader.z(parse_pair(key[0]), key[1], time - key[1].milliseconds, _SCORED_ROWS)
        for key, time in first_times.items()
    }
    scores = scorecard(rule_ids, reversed(alerts), z_series, exit_level=signal_config.exit, stop=signal_config.stop)
    return [shapes.score(score) for score in scores]
