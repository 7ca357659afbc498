"""The routes of the store itself: completeness, integrity, sizes, sessions, rates, and the jobs about them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response

from spreadscope import contract
from spreadscope.api.disk import Disk
from spreadscope.api.queries import From, SymbolQuery, To
from spreadscope.api.routing import Routes
from spreadscope.api.status import StatusMaker
from spreadscope.app.stored_data import StoredData
from spreadscope.contract import MOST_KEPT_DAYS
from spreadscope.contract.bodies import LATEST
from spreadscope.guard.identity import WORK

KeptDays = Annotated[int, Query(ge=0, le=MOST_KEPT_DAYS)]


def add_stored_data(routes: Routes, stored: StoredData, status: StatusMaker, disk: Disk) -> None:
    """Add the routes (``docs/api.md``)."""

    @routes.get("/api/completeness")
    async def get_completeness(
        response: Response, symbol: SymbolQuery | None = None, start: From = 0, end: To = LATEST
    ) -> list[contract.CompleteDay]:
        await disk.await_for_read(response)
        return await stored.complete_days(symbol, start, end)

    @routes.get("/api/integrity")
    async def get_integrity(
        response: Response, symbol: SymbolQuery | None = None, start: From = 0, end: To = LATEST
    ) -> contract.IntegrityReport:
        await disk.await_for_read(response)
        return await stored.integrity(symbol, start, end)

    @routes.post("/api/jobs/integrity", 201, needs=WORK)
    async def post_integrity(body: contract.IntegrityBody) -> contract.Job:
        return await stored.begin_integrity(body)

    @routes.get("/api/storage")
    async def get_storage(
        trades_days: KeptDays | None = None, analytics_days: KeptDays | None = None
    ) -> contract.Storage:
        return await stored.storage(trades_days, analytics_days)

    @routes.get("/api/rates")
    async def get_rates() -> contract.RateHistory:
        return status.rate_history()

    @routes.get("/api/sessions")
    async def get_sessions() -> contract.Sessions:
        return await stored.sessions()

    @routes.post("/api/jobs/replay-check", 201, needs=WORK)
    async def post_replay_check(body: contract.ReplayCheckBody) -> contract.Job:
        return await stored.begin_replay_check(body)

    @routes.post("/api/jobs/export", 201, needs=WORK)
    async def post_export(body: contract.ExportBody) -> contract.Job:
        return await stored.begin_export(body)
