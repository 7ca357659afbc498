"""The routes of what there is to read: status, instruments, bars, rows, signals, gaps and exports (``docs/api.md``)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Literal

from fastapi import FastAPI, Response
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse

from spreadscope import contract
from spreadscope.api import shapes
from spreadscope.api.disk import Disk
from spreadscope.api.queries import Frame, From, Limit, PairQuery, SymbolQuery, To, attachment
from spreadscope.api.routing import Routes
from spreadscope.api.signals import stored_with_advice
from spreadscope.api.status import StatusMaker
from spreadscope.app.live import LiveEngine
from spreadscope.contract.bodies import LATEST
from spreadscope.model.instrument import parse_pair, parse_symbol
from spreadscope.model.states import ExportKind
from spreadscope.model.timeframe import Timeframe
from spreadscope.pairs.statistics.catalogue import catalogue
from spreadscope.store import export

Form = Literal["csv", "ndjson"]


def add_market(app: FastAPI, routes: Routes, live: LiveEngine, status: StatusMaker, disk: Disk) -> None:
    """Add the routes. While the disk waits they answer with what is there."""
    reader = live.reader

    @routes.get("/api/status")
    async def get_status() -> contract.Status:
        return status.status()

    @routes.get("/api/instruments")
    async def get_instruments() -> list[contract.Instrument]:
        return [shapes.instrument(item) for item in live.info.instruments.values()]

    @routes.get("/api/statistics")
    async def get_statistics() -> list[contract.Statistic]:
        return catalogue(live.config.analytics)

    @routes.get("/api/bars")
    async def get_bars(
        response: Response,
        symbol: SymbolQuery,
        timeframe: Frame = Timeframe.M1,
        start: From = 0,
        end: To = LATEST,
        limit: Limit = 1000,
    ) -> list[contract.Bar]:
        name = parse_symbol(symbol)
        await disk.note(response)
        bars = await asyncio.to_thread(reader.bars, name, timeframe, start, end, limit)
        return [shapes.bar(bar) for bar in bars]

    @routes.get("/api/analytics")
    async def get_analytics(
        response: Response,
        pair: PairQuery,
        timeframe: Frame = Timeframe.M1,
        start: From = 0,
        end: To = LATEST,
        limit: Limit = 1000,
    ) -> list[contract.Row]:
        name = parse_pair(pair)
        await disk.note(response)
        rows = await asyncio.to_thread(reader.rows, name, timeframe, start, end, limit)
        return [shapes.row(row) for row in rows]

    @routes.get("/api/signals")
    async def get_signals(
        response: Response, pair: PairQuery | None = None, timeframe: Frame | None = None, limit: Limit = 1000
    ) -> list[contract.Signal]:
        name = parse_pair(pair) if pair is not None else None
        await disk.note(response)
        return await asyncio.to_thread(
            lambda: stored_with_advice(reader, reader.signals(name, timeframe, 0, limit), live.config)
        )

    @routes.get("/api/gaps")
    async def get_gaps(
        response: Response, symbol: SymbolQuery | None = None, limit: Limit = 1000
    ) -> list[contract.Gap]:
        name = parse_symbol(symbol) if symbol is not None else None
        await disk.note(response)
        return [shapes.gap(item) for item in await asyncio.to_thread(reader.gaps, name, limit)]

    _add_exports(routes, live, disk)

    @app.get("/api/export/{kind}", include_in_schema=False)
    async def export_nothing(kind: str) -> Response:
        raise HTTPException(400, f"there is no export {kind[:20]!r}: choose one of {', '.join(ExportKind)}")


def _add_exports(routes: Routes, live: LiveEngine, disk: Disk) -> None:
    """A route for each kind, since one needs a symbol and another a pair."""

    async def give(
        kind: ExportKind, form: Form, start: int, end: int, *, symbol: str | None = None, pair: str | None = None,
        timeframe: Timeframe = Timeframe.M1,
    ) -> StreamingResponse:  # fmt: skip
        of = parse_symbol(symbol) if symbol is not None else None
        about = parse_pair(pair) if pair is not None else None
        return await download(
            live, disk, export.ExportRequest(kind, export.ExportFormat(form), of, about, timeframe, start, end)
        )

    @routes.get("/api/export/ticks")
    async def export_ticks(
        symbol: SymbolQuery,
        start: From = 0,
        end: To = LATEST,
        format: Form = "csv",  # noqa: A002 - the name of the parameter in the URL
    ) -> StreamingResponse:
        return await give(ExportKind.TICKS, format, start, end, symbol=symbol)

    @routes.get("/api/export/bars")
    async def export_bars(
        symbol: SymbolQuery,
        timeframe: Frame = Timeframe.M1,
        start: From = 0,
        end: To = LATEST,
        format: Form = "csv",  # noqa: A002
    ) -> StreamingResponse:
        return await give(ExportKind.BARS, format, start, end, symbol=symbol, timeframe=timeframe)

    @routes.get("/api/export/analytics")
    async def export_analytics(
        pair: PairQuery,
        timeframe: Frame = Timeframe.M1,
        start: From = 0,
        end: To = LATEST,
        format: Form = "csv",  # noqa: A002
    ) -> StreamingResponse:
        return await give(ExportKind.ANALYTICS, format, start, end, pair=pair, timeframe=timeframe)

    @routes.get("/api/export/signals")
    async def export_signals(
        pair: PairQuery,
        timeframe: Frame = Timeframe.M1,
        start: From = 0,
        end: To = LATEST,
        format: Form = "csv",  # noqa: A002
    ) -> StreamingResponse:
        return await give(ExportKind.SIGNALS, format, start, end, pair=pair, timeframe=timeframe)

    @routes.get("/api/export/alerts")
    async def export_alerts_about(
        symbol: SymbolQuery | None = None,
        pair: PairQuery | None = None,
        start: From = 0,
        end: To = LATEST,
        format: Form = "csv",  # noqa: A002
    ) -> StreamingResponse:
        return await give(ExportKind.ALERTS, format, start, end, symbol=symbol, pair=pair)


async def download(live: LiveEngine, disk: Disk, request: export.ExportRequest) -> StreamingResponse:
    """A streamed export. Its first piece is made before the answer begins, so that what cannot be read is an error."""
    whole = await disk.reached_for_reads()
    pieces = export.text(live.reader, request)
    begun = [await asyncio.to_thread(next, pieces, b"") for _ in range(3)]  # of these, the head is one or two
    headers = {
        "Content-Disposition": attachment(request.file_name(demo=bool(live.source and live.source.mode == "demo")))
    }
    if not whole:
        headers |= disk.behind()
    media = "text/csv; charset=utf-8" if request.format is export.ExportFormat.CSV else "application/x-ndjson"
    return StreamingResponse(_joined(b"".join(begun), pieces), media_type=media, headers=headers)


async def _joined(first: bytes, rest: Iterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    while (piece := await asyncio.to_thread(next, rest, None)) is not None:
        yield piece
