"""The FastAPI application over one live engine. Routes and objects: ``docs/api.md``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

from fastapi import FastAPI, Request, Response, WebSocket, WebSocketDisconnect
from fastapi.exceptions import RequestValidationError
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

import spreadscope
from spreadscope.api import shapes
from spreadscope.api.alerts import add_alerts
from spreadscope.api.delivery import add_delivery
from spreadscope.api.guard import Guard
from spreadscope.api.hub import Hub
from spreadscope.api.queries import From, Limit, To, attachment
from spreadscope.api.signals import stored_with_advice
from spreadscope.api.status import StatusMaker
from spreadscope.model.errors import ExchangeError, SpreadscopeError
from spreadscope.model.instrument import parse_pair, parse_symbol, parse_symbols
from spreadscope.model.timeframe import TIMEFRAMES, parse_timeframe
from spreadscope.runtime.live import LiveEngine
from spreadscope.store import export
from spreadscope.store.reader import EVERYTHING

Json = dict[str, Any]


class SymbolsBody(BaseModel):
    """Symbols to watch, comma separated."""

    model_config = ConfigDict(extra="forbid")
    symbols: str


class PairBody(BaseModel):
    """A pair to track, ``Y/X``."""

    model_config = ConfigDict(extra="forbid")
    pair: str


def create_app(live: LiveEngine) -> FastAPI:
    """The application; ``live`` must be running."""
    status = StatusMaker(live)
    hub = Hub(live, status)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(hub.run(), name="hub")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    app = FastAPI(title="Spreadscope", version=spreadscope.__version__, lifespan=lifespan)
    app.add_middleware(Guard)
    app.add_exception_handler(SpreadscopeError, _on_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    _add_market(app, live, status)
    _add_symbols(app, live)
    _add_pairs(app, live)
    add_alerts(app, live, hub.rules_changed)
    add_delivery(app, live)
    _add_export(app, live)
    _add_socket(app, hub)
    return app


def _add_market(app: FastAPI, live: LiveEngine, status: StatusMaker) -> None:
    reader = live.reader

    @app.get("/api/status")
    async def get_status() -> Json:
        return status.status()

    @app.get("/api/instruments")
    async def get_instruments() -> list[Json]:
        return [shapes.instrument(item) for item in live.info.instruments.values()]

    @app.get("/api/bars")
    async def get_bars(
        symbol: str, timeframe: str = "1m", start: From = 0, end: To = EVERYTHING[1], limit: Limit = 1000
    ) -> list[Json]:
        name, frame = parse_symbol(symbol), parse_timeframe(timeframe)
        await live.writer.flush()
        bars = await asyncio.to_thread(reader.bars, name, frame, start, end, limit)
        return [shapes.bar(bar) for bar in bars]

    @app.get("/api/analytics")
    async def get_analytics(
        pair: str, timeframe: str = "1m", start: From = 0, end: To = EVERYTHING[1], limit: Limit = 1000
    ) -> list[Json]:
        name, frame = parse_pair(pair), parse_timeframe(timeframe)
        await live.writer.flush()
        rows = await asyncio.to_thread(reader.rows, name, frame, start, end, limit)
        return [shapes.row(row) for row in rows]

    @app.get("/api/signals")
    async def get_signals(pair: str | None = None, timeframe: str | None = None, limit: Limit = 1000) -> list[Json]:
        name = parse_pair(pair) if pair else None
        frame = parse_timeframe(timeframe) if timeframe else None
        await live.writer.flush()
        found = await asyncio.to_thread(reader.signals, name, frame, 0, limit)
        return await asyncio.to_thread(stored_with_advice, reader, found, live.config)

    @app.get("/api/gaps")
    async def get_gaps(symbol: str | None = None, limit: Limit = 1000) -> list[Json]:
        name = parse_symbol(symbol) if symbol else None
        await live.writer.flush()
        return [shapes.gap(item) for item in await asyncio.to_thread(reader.gaps, name, limit)]


def _add_symbols(app: FastAPI, live: LiveEngine) -> None:
    @app.get("/api/symbols")
    async def get_symbols() -> list[str]:
        return list(live.engine.tapes)

    @app.post("/api/symbols", status_code=201)
    async def post_symbols(body: SymbolsBody) -> list[str]:
        return await live.add_symbols(parse_symbols(body.symbols))

    @app.delete("/api/symbols/{symbol}", status_code=204)
    async def delete_symbol(symbol: str) -> Response:
        name = parse_symbol(symbol)
        if name not in live.engine.tapes:
            raise HTTPException(404, f"{name} is not watched")
        if any(name in pair.symbols for pair in live.engine.pairs):
            raise HTTPException(409, f"{name} is a leg of a pair: remove the pair first")
        await live.remove_symbol(name)
        return Response(status_code=204)


def _add_pairs(app: FastAPI, live: LiveEngine) -> None:
    @app.get("/api/pairs")
    async def get_pairs() -> list[Json]:
        return [
            {
                "pair": str(pair),
                "y": pair.y,
                "x": pair.x,
                "rows": {
                    timeframe: shapes.row(row) if (row := states[timeframe].row) is not None else None
                    for timeframe in TIMEFRAMES
                },
            }
            for pair, states in live.engine.pairs.items()
        ]

    @app.post("/api/pairs", status_code=201)
    async def post_pair(body: PairBody) -> Json:
        pair = parse_pair(body.pair)
        if pair in live.engine.pairs:
            raise HTTPException(409, f"the pair {pair} is there already")
        await live.add_pair(pair)
        return {"pair": str(pair), "y": pair.y, "x": pair.x}

    @app.delete("/api/pairs/{y}/{x}", status_code=204)
    async def delete_pair(y: str, x: str) -> Response:
        pair = parse_pair(f"{y}/{x}")
        if pair not in live.engine.pairs:
            raise HTTPException(404, f"the pair {pair} is not tracked")
        await live.remove_pair(pair)
        return Response(status_code=204)


def _add_export(app: FastAPI, live: LiveEngine) -> None:
    @app.get("/api/export/{kind}")
    async def get_export(
        kind: export.Kind,
        *,
        symbol: str | None = None,
        pair: str | None = None,
        timeframe: str = "1m",
        start: From = 0,
        end: To = EVERYTHING[1],
        format: Literal["csv", "ndjson"] = "csv",  # noqa: A002 - the name of the parameter in the URL
    ) -> StreamingResponse:
        request = export.Request(
            kind,
            export.Format(format),
            parse_symbol(symbol) if symbol else None,
            parse_pair(pair) if pair else None,
            parse_timeframe(timeframe),
            start,
            end,
        )
        request.check()
        await live.writer.flush()
        name = request.file_name(demo=bool(live.source and live.source.mode == "demo"))
        return StreamingResponse(
            export.text(live.reader, request),
            media_type="text/csv; charset=utf-8" if format == "csv" else "application/x-ndjson",
            headers={"Content-Disposition": attachment(name)},
        )


def _add_socket(app: FastAPI, hub: Hub) -> None:
    @app.websocket("/ws")
    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        client = hub.join()

        async def send() -> None:
            while True:
                await websocket.send_text((await client.queue.get()).decode())

        sender = asyncio.create_task(send(), name="socket-sender")
        try:
            while True:
                await hub.command(client, await websocket.receive_text())
        except (WebSocketDisconnect, RuntimeError, KeyError):
            # Starlette raises RuntimeError once a socket is gone, and KeyError for a binary message.
            hub.leave(client)
        finally:
            hub.leave(client)
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)


def _message(status_code: int, message: str) -> JSONResponse:
    return JSONResponse({"error": {"message": message}}, status_code=status_code)


async def _on_error(_: Request, error: Exception) -> JSONResponse:
    return _message(503 if isinstance(error, ExchangeError) else 400, str(error))


async def _on_invalid(_: Request, error: Exception) -> JSONResponse:
    details = error.errors() if isinstance(error, RequestValidationError) else []
    first = details[0] if details else {"loc": (), "msg": "invalid"}
    where = ".".join(str(part) for part in first["loc"][1:]) or "body"
    return _message(400, f"{where}: {first['msg']}")


async def _on_http(_: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = str(error.detail) if isinstance(error, HTTPException) else "internal error"
    return _message(status, detail)
