"""The routes of exports of paper accounts (``docs/api.md``)."""

from __future__ import annotations

from starlette.responses import StreamingResponse

from spreadscope.api.exports import Downloads, StreamFormat
from spreadscope.api.queries import From, Name, PairQuery, To
from spreadscope.api.routing import Routes
from spreadscope.app.trading_service import TradingService
from spreadscope.contract.bodies import LATEST
from spreadscope.model.instrument import parse_pair
from spreadscope.model.states import ExportFormat, ExportKind
from spreadscope.store.export import ExportRequest


def add_paper_exports(routes: Routes, service: TradingService, downloads: Downloads) -> None:
    """Add a route for each kind; before those of ``exports``, which take every other kind for a mistake."""
    for kind in ExportKind:
        if kind.of_account:
            _add(routes, service, downloads, kind)


def _add(routes: Routes, service: TradingService, downloads: Downloads, kind: ExportKind) -> None:
    async def export_of_account(
        account: Name,
        pair: PairQuery | None = None,
        start: From = 0,
        end: To = LATEST,
        format: StreamFormat = "csv",  # noqa: A002 - the name of the parameter in the URL
    ) -> StreamingResponse:
        service.require(account)
        parsed = parse_pair(pair) if pair is not None else None
        return await downloads.respond(
            ExportRequest(kind, ExportFormat(format), pair=parsed, start=start, end=end, account=account)
        )

    export_of_account.__name__ = f"export_{kind.name.lower()}"
    routes.get(f"/api/export/{kind}")(export_of_account)
