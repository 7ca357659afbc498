"""An engine that tests move by hand: the fake interface of ``tests/dashboard`` with its socket, on one port."""

from __future__ import annotations

import asyncio
import json
import math
import socket
import threading
from typing import Any

import uvicorn
from fake_alerts import FakeAlerts, RefusalError
from fake_api import FakeApi
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from spreadscope.alerts import RuleError, plan
from spreadscope.alerts.levels import levels
from spreadscope.api import shapes
from spreadscope.model.config import AnalyticsConfig
from spreadscope.pairs.statistics import STATISTICS
from spreadscope.pairs.statistics.catalogue import catalogue

ROWS = 900
STATUS_SECONDS = 0.5


class FakeEngine(FakeApi):
    """``url`` is where it serves. ``move`` changes the state of a rule and tells every page."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = ROWS
        self.told_signals: list[dict[str, Any]] = []
        """Signals of every snapshot of a pair."""
        self.more_statistics: list[dict[str, Any]] = []
        """Entries of the catalogue beside the product's; ``more_values`` are what every row has of them."""
        self.more_values: dict[str, Any] = {}
        self.silent = threading.Event()
        """Set: what is asked of a pair is not answered."""
        self.dwell = 0.0
        """Seconds between what is told on the sockets and the answer to who asked for it."""
        self._sockets: dict[WebSocket, set[str]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        app = Starlette(
            routes=[
                Route("/api/{path:path}", self._http, methods=["GET", "POST", "PUT", "DELETE"]),
                WebSocketRoute("/ws", self._socket),
            ]
        )
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="websockets-sansio"))
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        async def run() -> None:
            self._loop = asyncio.get_running_loop()
            telling = asyncio.create_task(self._tell_status())
            await self._server.serve([self._listener])
            telling.cancel()

        asyncio.run(run())

    def begin_anew(self, *pairs: str) -> None:
        """As an engine that has just been started and follows ``pairs``; pages that are open are told."""
        self.symbols, self.pairs, self.alerts = [], [], FakeAlerts()
        self.dwell, self.rows, self.told_signals = 0.0, ROWS, []
        self.more_statistics, self.more_values = [], {}
        self.silent.clear()
        self.demo, self.timeframe, self.source = False, "1m", "synthetic market, seed 7"
        self.analytics = {"hedge": "ols", "stale_seconds": 10.0}
        self.follow(*pairs)
        self.cut()

    def cut(self) -> None:
        """Break every page's connection; it comes back by itself."""
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(self._cut(), self._loop).result(5)

    async def _cut(self) -> None:
        for connection in list(self._sockets):
            await connection.close()

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join()

    def move(self, rule_id: str, state: str, value: float | None = None, subject: str | None = None) -> None:
        """One life of a rule changes; as the engine does, the rules and what is new are told at once."""
        news = self.alerts.moved(rule_id, state, value, subject)
        self.tell({"rules": self.rules(), **({"history": news} if news else {})})

    def rules(self) -> list[dict[str, Any]]:
        """The rules as they are told: with the levels that the product finds in them."""
        return [{**rule, "levels": levels_of(rule)} for rule in self.alerts.rules]

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> Any:
        result = super().answer(method, path, query, body)
        return {**result, "levels": levels_of(body)} if path.endswith("/alerts/preview") else result

    def tell(self, data: object) -> None:
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(self._push("alerts", data), self._loop).result(5)

    async def _push(self, topic: str, data: object) -> None:
        text = json.dumps({"topic": topic, "type": "update", "data": data})
        for connection, topics in list(self._sockets.items()):
            if topic in topics:
                await connection.send_text(text)

    async def _tell_status(self) -> None:
        while True:
            await asyncio.sleep(STATUS_SECONDS)
            await self._push("status", self.status())

    async def _http(self, request: Request) -> Response:
        raw = await request.body()
        query: dict[str, list[str]] = {name: [value] for name, value in request.query_params.items()}
        try:
            result = self.answer(request.method, request.url.path, query, json.loads(raw) if raw else None)
        except RefusalError as refusal:
            return JSONResponse({"error": {"message": str(refusal)}}, refusal.status)
        if request.method != "GET" and "/alerts/" in request.url.path:
            await self._push("alerts", {"rules": self.rules()})
            await asyncio.sleep(self.dwell)
        return Response(status_code=204) if result is None else JSONResponse(result)

    async def _socket(self, connection: WebSocket) -> None:
        await connection.accept()
        self._sockets[connection] = set()
        try:
            while True:
                request = json.loads(await connection.receive_text())
                topic = request["topic"]
                if request["op"] == "unsubscribe":
                    self._sockets[connection].discard(topic)
                    continue
                self._sockets[connection].add(topic)
                if self.silent.is_set() and topic.startswith("pair:"):
                    continue
                answer = {"topic": topic, "type": "snapshot", "ref": request["ref"], "data": self._snapshot(topic)}
                await connection.send_text(json.dumps(answer))
        except WebSocketDisconnect:
            return
        finally:
            del self._sockets[connection]

    def _snapshot(self, topic: str) -> Any:
        if topic == "alerts":
            return {"rules": self.rules(), "history": self.alerts.history}
        if topic == "status":
            return self.status()
        pair = topic.split(":")[1]
        end = self.alerts.market_time
        rows = [
            {**row(pair, end - (self.rows - number) * 1000, number), **self.more_values} for number in range(self.rows)
        ]
        # Each leg has seconds without a trade, others than the other leg has.
        bars = {
            f"bars_{leg}": [bar(symbol, each) for each in rows if each["n"] % 10 != quiet]
            for leg, symbol, quiet in zip("yx", pair.split("/"), (3, 6), strict=True)
        }
        still = {"forming_y": None, "forming_x": None, "live": None}
        told = {"pair": pair, "timeframe": "1s", "statistics": self.statistics(), "rows": rows, **still}
        return {**told, **bars, "signals": self.told_signals}

    def statistics(self) -> list[dict[str, Any]]:
        """The product's catalogue for what the fake is configured to."""
        known = {name: value for name, value in self.analytics.items() if name in AnalyticsConfig.model_fields}
        return [*catalogue(AnalyticsConfig(**known)), *self.more_statistics]


def levels_of(rule: dict[str, Any]) -> list[dict[str, Any]]:
    """What of a rule is a level; nothing where the text, which the fake may have let pass, is no rule."""
    try:
        meaning = plan(rule["text"], rule["subject"])
    except RuleError:
        return []
    return [shapes.level(each) for each in levels(meaning)]


def row(pair: str, time: int, number: int) -> dict[str, Any]:
    z = 2.4 * math.sin(number / 40)
    values: dict[str, Any] = {name: [0.5, None] for name in STATISTICS}
    values["z"] = [z, None] if number > 60 else [None, "warming up"]
    values["spread"] = [z / 1000, None]
    values["kalman_z"], values["kalman_spread"] = [2 * z, None], [z / 500, None]
    told = {"pair": pair, "timeframe": "1s", "time": time, "price_y": 29_000 + z, "price_x": 1_800.0, "n": number}
    return {**told, "age_y": 10, "age_x": 10, "state": "FLAT", "stale": False, "incomplete": False, **values}


def bar(symbol: str, of: dict[str, Any]) -> dict[str, Any]:
    price = 29_000 + math.sin(of["n"] / 30) * 40
    prices = {"open": price, "high": price + 2, "low": price - 2, "close": price + 1}
    told = {"symbol": symbol, "timeframe": "1s", "open_time": of["time"], "volume": 1.0, "trades": 3}
    return {**told, **prices, "complete": True, "origin": "tape"}
