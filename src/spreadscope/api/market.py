"""The routes of what there is to read: status, instruments, bars, rows, signals, gaps and exports (``docs/api.md``)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any, Literal

from fastapi import FastAPI, Response
from fastapi.responses import StreamingResponse
from starlette.exceptions import HTTPException

from spreadscope.api import shapes
from spreadscope.api.description import DOWNLOAD, answers
from spreadscope.api.disk import Disk
from spreadscope.api.queries import LATEST, Frame, From, Limit, PairQuery, SymbolQuery, To, attachment
from spreadscope.api.signals import stored_with_advice
from spreadscope.api.status import StatusMaker
from spreadscope.model.instrument import parse_pair, parse_symbol
from spreadscope.model.timeframe import Timeframe
from spreadscope.runtime.live import LiveEngine
from spreadscope.store import export

Json = dict[str, Any]
Form = Literal["csv", "ndjson"]


def add_market(app: FastAPI, live: LiveEngine, status: StatusMaker, disk: Disk) -> None:
    """Add the routes. While the disk waits they answer with what is there."""
    reader = live.reader

    @app.get("/api/status", responses=answers("status"))
    async def get_status() -> Json:
        return status.status()

    @app.get("/api/instruments", responses=answers("instrument", many=True))
    async def get_instruments() -> list[Json]:
        return [shapes.instrument(item) for item in live.info.instruments.values()]

    @app.get("/api/bars", responses=answers("bar", many=True))
    async def get_bars(
        response: Response,
        symbol: SymbolQuery,
        timeframe: Frame = Timeframe.M1,
        start: From = 0,
        end: To = LATEST,
        limit: Limit = 1000,
    ) -> list[Json]:
        name = parse_symbol(symbol)
        await disk.note(response)
        bars = await asyncio.to_thread(reader.bars, name, timeframe, start, end, limit)
        return [shapes.bar(bar) for bar in bars]

    @app.get("/api/analytics", responses=answers("row", many=True))
    async def get_analytics(
        response: Response,
        pair: PairQuery,
        timeframe: Frame = Timeframe.M1,
        start: From = 0,
        end: To = LATEST,
        limit: Limit = 1000,
    ) -> list[Json]:
        name = parse_pair(pair)
        await disk.note(response)
        rows = await asyncio.to_thread(reader.rows, name, timeframe, start, end, limit)
        return [shapes.row(row) for row in rows]

    @app.get("/api/signals", responses=answers("signal", many=True))
    async def get_signals(
        response: Response, pair: PairQuery | None = None, timeframe: Frame | None = None, limit: Limit = 1000
    ) -> list[Json]:
        name = parse_pair(pair) if pair is not None else None
        await disk.note(response)
        return await asyncio.to_thread(
            lambda: stored_with_advice(reader, reader.signals(name, timeframe, 0, limit), live.config)
        )

    @app.get("/api/gaps", responses=answers("gap", many=True))
    async def get_gaps(response: Response, symbol: SymbolQuery | None = None, limit: Limit = 1000) -> list[Json]:
        name = parse_symbol(symbol) if symbol is not None else None
        await disk.note(response)
        return [shapes.gap(item) for item in await asyncio.to_thread(reader.gaps, name, limit)]

    _add_exports(app, live, disk)


def _add_exports(app: FastAPI, live: LiveEngine, disk: Disk) -> None:
    """A route for each kind, since one needs a symbol and another a pair."""

    async def give(
        kind: export.Kind, form: Form, start: int, end: int, *, symbol: str | None = None, pair: str | None = None,
        timeframe: Timeframe = Timeframe.M1,
    ) -> Response:  # fmt: skip
        of = parse_symbol(symbol) if symbol is not None else None
        about = parse_pair(pair) if pair is not None else None
        return await download(live, disk, export.Request(kind, export.Format(form), of, about, timeframe, start, end))

    described: dict[str, Any] = {"responses": DOWNLOAD, "response_class": StreamingResponse}

    @app.get("/api/export/ticks", **described)
    async def export_ticks(symbol: SymbolQuery, start: From = 0, end: To = LATEST, format: Form = "csv") -> Response:  # noqa: A002 - the name of the parameter in the URL
        return await give(export.Kind.TICKS, format, start, end, symbol=symbol)

    @app.get("/api/export/bars", **described)
    async def export_bars(
        symbol: SymbolQuery,
        timeframe: Frame = Timeframe.M1,
        start: From = 0,
        end: To = LATEST,
        format: Form = "csv",  # noqa: A002
    ) -> Response:
        return await give(export.Kind.BARS, format, start, end, symbol=symbol, timeframe=timeframe)

    @app.get("/api/export/analytics", **described)
    async def export_analytics(
        pair: PairQuery,
        timeframe: Frame = Timeframe.M1,
        start: From = 0,
        end: To = LATEST,
        format: Form = "csv",  # noqa: A002
    ) -> Response:
        return await give(export.Kind.ANALYTICS, format, start, end, pair=pair, timeframe=timeframe)

    @app.get("/api/export/signals", **described)
    async def export_signals(
        pair: PairQuery,
        timeframe: Frame = Timeframe.M1,
        start: From = 0,
        end: To = LATEST,
        format: Form = "csv",  # noqa: A002
    ) -> Response:
        return await give(export.Kind.SIGNALS, format, start, end, pair=pair, timeframe=timeframe)

    @app.get("/api/export/alerts", **described)
    async def export_alerts_about(
        symbol: SymbolQuery | None = None,
        pair: PairQuery | None = None,
        start: From = 0,
        end: To = LATEST,
        format: Form = "csv",  # noqa: A002
    ) -> Response:
        return await give(export.Kind.ALERTS, format, start, end, symbol=symbol, pair=pair)

    @app.get("/api/export/{kind}", include_in_schema=False)
    async def export_nothing(kind: str) -> Response:
        raise HTTPException(400, f"there is no export {kind[:20]!r}: choose one of {', '.join(export.Kind)}")


async def download(live: LiveEngine, disk: Disk, request: export.Request) -> Response:
    """A streamed export. Its first piece is made before the answer begins, so that what cannot be read is an error."""
    whole = await disk.reached()
    pieces = export.text(live.reader, request)
    begun = [await asyncio.to_thread(next, pieces, b"") for _ in range(3)]  # of these, the head is one or two
    headers = {
        "Content-Disposition": attachment(request.file_name(demo=bool(live.source and live.source.mode == "demo")))
    }
    if not whole:
        headers |= disk.behind()
    media = "text/csv; charset=utf-8" if request.format is export.Format.CSV else "application/x-ndjson"
    return StreamingResponse(_joined(b"".join(begun), pieces), media_type=media, headers=headers)


async def _joined(first: bytes, rest: Iterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    while (piece := await asyncio.to_thread(next, rest, None)) is not None:
        yield piece
