"""The routes of exports: what is stored as CSV or NDJSON, streamed (``docs/api.md``)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Literal

from fastapi import FastAPI, Response
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse

from spreadscope.api.disk import Disk
from spreadscope.api.queries import Frame, From, PairQuery, SymbolQuery, To, attachment
from spreadscope.api.routing import Routes
from spreadscope.app.markets import Markets
from spreadscope.contract.bodies import LATEST
from spreadscope.model.instrument import parse_pair, parse_symbol
from spreadscope.model.states import ExportKind
from spreadscope.model.timeframe import Timeframe
from spreadscope.store import export
from spreadscope.store.reader import StoreReader

Form = Literal["csv", "ndjson"]


class Downloads:
    """Streamed exports. The first piece is made before the answer begins, so that what cannot be read is an error."""

    def __init__(self, reader: StoreReader, markets: Markets, disk: Disk) -> None:
        self._reader = reader
        self._markets = markets
        self._disk = disk

    async def give(self, request: export.ExportRequest) -> StreamingResponse:
        """Returns the answer to a request."""
        whole = await self._disk.reached_for_reads()
        pieces = export.text_chunks(self._reader, request)
        begun = [await asyncio.to_thread(next, pieces, b"") for _ in range(3)]  # of these, the head is one or two
        headers = {"Content-Disposition": attachment(request.file_name(demo=self._markets.demo))}
        if not whole:
            headers |= self._disk.behind()
        media = "text/csv; charset=utf-8" if request.format is export.ExportFormat.CSV else "application/x-ndjson"
        return StreamingResponse(_joined(b"".join(begun), pieces), media_type=media, headers=headers)


def add_exports(app: FastAPI, routes: Routes, downloads: Downloads) -> None:
    """Add the routes: one for each kind, since one needs a symbol and another a pair."""

    async def give(
        kind: ExportKind, form: Form, start: int, end: int, *, symbol: str | None = None, pair: str | None = None,
        timeframe: Timeframe = Timeframe.M1,
    ) -> StreamingResponse:  # fmt: skip
        of = parse_symbol(symbol) if symbol is not None else None
        about = parse_pair(pair) if pair is not None else None
        return await downloads.give(
            export.ExportRequest(kind, export.ExportFormat(form), of, about, timeframe, start, end)
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

    @app.get("/api/export/{kind}", include_in_schema=False)
    async def export_nothing(kind: str) -> Response:
        raise HTTPException(400, f"there is no export {kind[:20]!r}: choose one of {', '.join(ExportKind)}")


async def _joined(first: bytes, rest: Iterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    while (piece := await asyncio.to_thread(next, rest, None)) is not None:
        yield piece
