"""The routes of exports: stored rows as CSV, NDJSON or an Arrow stream (``docs/api.md``)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

from fastapi import FastAPI, Response
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from spreadscope.api.disk import Disk
from spreadscope.api.queries import Frame, From, PairQuery, SymbolQuery, To, attachment
from spreadscope.api.routing import Routes
from spreadscope.app.markets import Markets
from spreadscope.contract.bodies import LATEST
from spreadscope.model.instrument import parse_pair, parse_symbol
from spreadscope.model.states import ExportFormat, ExportKind
from spreadscope.model.timeframe import Timeframe
from spreadscope.store import export
from spreadscope.store.reader import StoreReader

StreamFormat = Literal["csv", "ndjson", "arrow"]
_MEDIA = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.NDJSON: "application/x-ndjson",
    ExportFormat.ARROW: "application/vnd.apache.arrow.stream",
}


class Downloads:
    """Streamed exports.

    The first chunks are made before the answer begins, so that a read error becomes an error answer. ``most`` may be
    under way: each reads the store on a thread.
    """

    def __init__(self, reader: StoreReader, markets: Markets, disk: Disk, most: int) -> None:
        self._reader = reader
        self._markets = markets
        self._disk = disk
        self._most = most
        self._under_way = 0

    async def respond(self, request: export.ExportRequest) -> StreamingResponse:
        """Returns the streamed answer to a request. Raises ``HTTPException`` where too many are under way."""
        with self._counted():
            all_on_disk = await self._disk.reached_for_reads()
            answer = await self._begin(
                export.chunks(self._reader, request), request.file_name(demo=self._markets.demo), request.format
            )
            if not all_on_disk:
                answer.headers.update(self._disk.pending_header())
            return answer

    async def stream(self, chunks: Iterator[bytes], file_name: str, stream_format: ExportFormat) -> StreamingResponse:
        """Returns the streamed answer of bytes that are no rows of the store; it counts as one that is under way."""
        with self._counted():
            return await self._begin(chunks, file_name, stream_format)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """Count a download from here on; its answer, once it is made, tells its end itself."""
        if self._under_way >= self._most:
            why = f"{self._most} downloads are under way already: try again when one has ended"
            raise HTTPException(503, why, {"Retry-After": "1"})
        self._under_way += 1
        try:
            yield
        except BaseException:
            self._ended()
            raise

    def _ended(self) -> None:
        self._under_way -= 1

    async def _begin(self, chunks: Iterator[bytes], file_name: str, stream_format: ExportFormat) -> StreamingResponse:
        first_chunks = [
            await asyncio.to_thread(next, chunks, b"") for _ in range(3)
        ]  # the head takes one or two of them
        headers = {"Content-Disposition": attachment(file_name)}
        stream = _stream(b"".join(first_chunks), chunks)
        return _Download(stream, media_type=_MEDIA[stream_format], headers=headers, ended=self._ended)


class _Download(StreamingResponse):
    """A streamed answer that tells its end, also where the client has left."""

    def __init__(self, content: AsyncIterator[bytes], *, ended: Callable[[], None], **options: Any) -> None:
        super().__init__(content, **options)
        self._ended = ended

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._ended()


def add_exports(app: FastAPI, routes: Routes, downloads: Downloads) -> None:
    """Add the routes: one for each kind, since one needs a symbol and another a pair."""

    async def respond(
        kind: ExportKind, stream_format: StreamFormat, start: int, end: int, *, symbol: str | None = None,
        pair: str | None = None, timeframe: Timeframe = Timeframe.M1,
    ) -> StreamingResponse:  # fmt: skip
        parsed_symbol = parse_symbol(symbol) if symbol is not None else None
        parsed_pair = parse_pair(pair) if pair is not None else None
        return await downloads.respond(
            export.ExportRequest(kind, ExportFormat(stream_format), parsed_symbol, parsed_pair, timeframe, start, end)
        )

    @routes.get("/api/export/ticks")
    async def export_ticks(
        symbol: SymbolQuery,
        start: From = 0,
        end: To = LATEST,
        format: StreamFormat = "csv",  # noqa: A002 - the name of the parameter in the URL
    ) -> StreamingResponse:
        return await respond(ExportKind.TICKS, format, start, end, symbol=symbol)

    @routes.get("/api/export/bars")
    async def export_bars(
        symbol: SymbolQuery,
        timeframe: Frame = Timeframe.M1,
        start: From = 0,
        end: To = LATEST,
        format: StreamFormat = "csv",  # noqa: A002
    ) -> StreamingResponse:
        return await respond(ExportKind.BARS, format, start, end, symbol=symbol, timeframe=timeframe)

    @routes.get("/api/export/analytics")
    async def export_analytics(
        pair: PairQuery,
        timeframe: Frame = Timeframe.M1,
        start: From = 0,
        end: To = LATEST,
        format: StreamFormat = "csv",  # noqa: A002
    ) -> StreamingResponse:
        return await respond(ExportKind.ANALYTICS, format, start, end, pair=pair, timeframe=timeframe)

    @routes.get("/api/export/signals")
    async def export_signals(
        pair: PairQuery,
        timeframe: Frame = Timeframe.M1,
        start: From = 0,
        end: To = LATEST,
        format: StreamFormat = "csv",  # noqa: A002
    ) -> StreamingResponse:
        return await respond(ExportKind.SIGNALS, format, start, end, pair=pair, timeframe=timeframe)

    @routes.get("/api/export/alerts")
    async def export_alerts_about(
        symbol: SymbolQuery | None = None,
        pair: PairQuery | None = None,
        start: From = 0,
        end: To = LATEST,
        format: StreamFormat = "csv",  # noqa: A002
    ) -> StreamingResponse:
        return await respond(ExportKind.ALERTS, format, start, end, symbol=symbol, pair=pair)

    @app.get("/api/export/{kind}", include_in_schema=False)
    async def export_nothing(kind: str) -> Response:
        raise HTTPException(400, f"there is no export {kind[:20]!r}: choose one of {', '.join(ExportKind)}")


async def _stream(first: bytes, chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
        yield chunk
