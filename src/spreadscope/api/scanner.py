"""The route that begins a scan for pairs (``docs/api.md``)."""

from __future__ import annotations

from spreadscope import contract
from spreadscope.api.routing import Routes
from spreadscope.app.scan_service import ScanService
from spreadscope.guard.identity import READ, WORK


def add_scanner(routes: Routes, scans: ScanService) -> None:
    """Add the routes. What becomes of the scan is asked of its job."""

    @routes.post("/api/jobs/scan/check", needs=READ)
    async def check_scan(body: contract.ScanBody) -> contract.ScanCheck:
        return scans.check(body)

    @routes.post("/api/jobs/scan", 201, needs=WORK)
    async def post_scan(body: contract.ScanBody) -> contract.Job:
        return await scans.start(body)
