"""An engine that tests move by hand: the fake interface of ``tests/dashboard`` with its socket, on one port."""

from __future__ import annotations

import asyncio
import json
import math
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, cast

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from spreadscope import contract
from spreadscope.api import structs
from spreadscope.api.structs import ROW
from spreadscope.contract.messages import WatchedPair, WatchView
from spreadscope.model.config import AnalyticsConfig
from spreadscope.pairs.statistics.catalogue import catalogue
from spreadscope.store.tables import VALUE_COLUMNS
from tests.dashboard.fake_alerts import FakeAlerts
from tests.dashboard.fake_answers import struct_of
from tests.dashboard.fake_api import ANALYTICS, FakeApi
from tests.dashboard.fake_paper import FakePaper

ROWS = 900
CHANGES = {"alerts": contract.AlertsChanges, "status": contract.Status}
STATUS_SECONDS = 0.5


class FakeEngine(FakeApi):
    """``url`` is where it serves. ``move`` changes the state of a rule and tells every page."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = ROWS
        self.older_rows = 0
        """Rows that are stored before those of a snapshot; ``histories`` are the times before which they were asked."""
        self.histories: list[int] = []
        self.traded = 0
        """Updates that ``trade`` has told since the engine began anew."""
        self.told_signals: list[dict[str, Any]] = []
        """Signals of every snapshot of a pair."""
        self.more_statistics: list[dict[str, Any]] = []
        """Entries of the catalogue beside the product's; ``more_values`` are what every row has of them."""
        self.more_values: dict[str, Any] = {}
        self.moved_z: dict[str, float] = {}
        """z of the watch list's pairs, where a test has moved it."""
        self.silent = threading.Event()
        """Set: what is asked of a pair is not answered."""
        self.dwell = 0.0
        """Seconds between what is told on the sockets and the answer to who asked for it."""
        self._telling: asyncio.Task[None] | None = None
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
        # A ping takes a number from ``random``, which Hypothesis watches while this thread runs beside its tests.
        config = uvicorn.Config(
            app, log_level="error", ws="websockets-sansio", ws_ping_interval=None, timeout_keep_alive=75
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        async def run() -> None:
            self._loop = asyncio.get_running_loop()
            self._telling = asyncio.create_task(self._tell_status())
            await self._server.serve([self._listener])
            self._telling.cancel()

        asyncio.run(run())

    def begin_anew(self, *pairs: str) -> None:
        """As an engine that has just been started and follows ``pairs``; pages that are open are told."""
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(self._begin_anew(*pairs), self._loop).result(5)

    async def _begin_anew(self, *pairs: str) -> None:
        if self._telling is not None and self._telling.done():
            self._telling.result()  # what ended it, else every page would be silent without a reason
        self.symbols, self.pairs, self.alerts = [], [], FakeAlerts()
        self.calls.clear()
        self.dwell, self.rows, self.told_signals = 0.0, ROWS, []
        self.older_rows, self.histories, self.traded = 0, [], 0
        self.silent_ms = None
        self.moved_z = {}
        self.more_statistics, self.more_values = [], {}
        self.paper = FakePaper()
        self.silent.clear()
        self.demo, self.timeframe, self.source = False, "1m", "synthetic market, seed 7"
        self.analytics = dict(ANALYTICS)
        self.follow(*pairs)
        await self._cut()

    def cut(self) -> None:
        """Break every page's connection; it comes back by itself."""
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(self._cut(), self._loop).result(5)

    async def _cut(self) -> None:
        for connection in list(self._sockets):
            if connection.application_state is WebSocketState.CONNECTED:
                await connection.close()

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join()

    def move(self, rule_id: str, state: str, value: float | None = None, subject: str | None = None) -> None:
        """One life of a rule changes; as the engine does, the rules and what is new are told at once."""
        news = self.alerts.moved(rule_id, state, value, subject)
        self.tell({"rules": self.alerts.rules, **({"history": news} if news else {})})

    def tell(self, data: object) -> None:
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(self._push("alerts", data), self._loop).result(5)

    def move_pairs(self, timeframe: str, z: Mapping[str, float], closed: int | None = None) -> None:
        """z of pairs moves, and the pages are told as the engine tells them; ``closed``: rows close at this time."""
        self.moved_z.update(z)
        changed = {}
        for pair, value in z.items():
            cells: dict[str, Any] = {"z": contract.Value(value), "spread": contract.Value(value / 1000)}
            if closed is None:
                changed[pair] = contract.WatchedChanges(row=structs.ROW_CHANGES(**cells))
            else:
                row = structs.ROW_CHANGES(**cells, time=closed, n=closed // 1000 % 1000)
                changed[pair] = contract.WatchedChanges(row=row, trail=[(closed, value)])
        self.tell_watch(timeframe, contract.WatchChanges(changed=changed))

    def gone_pairs(self, *pairs: str) -> contract.WatchChanges:
        """Pairs that somebody else has removed."""
        self.pairs = [pair for pair in self.pairs if pair not in pairs]
        return contract.WatchChanges(removed=list(pairs))

    def tell_watch(self, timeframe: str, changes: contract.WatchChanges) -> None:
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(self._push(f"watch:{timeframe}", changes), self._loop).result(5)

    def tell_paper(self, **news: Any) -> None:
        """Tell the pages how the first account stands now; ``news`` are fills, decisions and closed trades."""
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(self._tell_paper(**news), self._loop).result(5)

    async def _tell_paper(self, **news: Any) -> None:
        view = self.paper.first.view()
        changes = contract.PaperChanges(account=view.account, trades=view.trades, orders=view.orders, **news)
        await self._push("paper:paper", changes)

    async def _push(self, topic: str, data: object) -> None:
        ready = isinstance(data, contract.WatchChanges | contract.PaperChanges)
        changes = data if ready else struct_of(CHANGES[topic], data)
        await self._tell_all(topic, changes)

    async def _tell_all(self, topic: str, changes: object) -> None:
        """Tell every page that listens to a topic. A page may be closed, or its connection cut, at this moment."""
        text = msgspec.json.encode(contract.Update(topic, changes)).decode()
        for connection, topics in list(self._sockets.items()):
            if topic in topics and connection.application_state is WebSocketState.CONNECTED:
                with suppress(WebSocketDisconnect):
                    await connection.send_text(text)

    async def _tell_status(self) -> None:
        while True:
            await asyncio.sleep(STATUS_SECONDS)
            await self._push("status", self.status())

    def trade(self, pair: str, updates: int) -> None:
        """Tell so many updates of the open bar and of the row at its prices, one after another."""
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(self._trade(pair, updates), self._loop).result(120)

    async def _trade(self, pair: str, updates: int) -> None:
        topic, end = f"pair:{pair}:1s", self.alerts.market_time
        for number in range(self.traded, self.traded + updates):
            # A bar closes with every twentieth.
            time = end + (number // 20) * 1000
            live = row(pair, time, self.rows + number)
            open_bar = msgspec.structs.replace(bar(pair.partition("/")[0], live), trades=number % 20 + 1)
            changes = contract.PairChanges(forming_y=open_bar, live=live)
            if number % 20 == 19:
                changes = contract.PairChanges(bars_y=[open_bar], rows=[live], forming_y=None, live=None)
            await self._tell_all(topic, changes)
        self.traded += updates

    def _history(self, pair: str, before: int, limit: int) -> Response:
        """What lies before the rows of a snapshot: ``older_rows`` more of the same kind."""
        end = self.alerts.market_time
        numbers = range(-self.older_rows, self.rows)
        rows = [row(pair, end - (self.rows - number) * 1000, number) for number in numbers]
        older = [each for each in rows if each.time < before]
        shown = older[-limit:]
        y, x = pair.split("/")
        data = contract.PairHistory(
            pair=pair,
            timeframe=contract.Timeframe.S1,
            start=shown[0].time if shown else 0,
            before=before,
            more=len(older) > len(shown),
            bars_y=[bar(y, each) for each in shown],
            bars_x=[bar(x, each) for each in shown],
            rows=shown,
            signals=[],
        )
        self.histories.append(before)
        return Response(msgspec.json.encode(data), media_type="application/json")

    async def _http(self, request: Request) -> Response:
        raw = await request.body()
        if request.url.path == "/api/history":
            pair, before, limit = (request.query_params[name] for name in ("pair", "before", "limit"))
            return self._history(pair, int(before), int(limit))
        query: dict[str, list[str]] = {name: [value] for name, value in request.query_params.items()}
        status, content = self.reply(request.method, request.url.path, query, raw)
        if status >= 400:
            return Response(content, status, media_type="application/json")
        if request.method != "GET" and "/alerts/" in request.url.path:
            await self._push("alerts", {"rules": self.alerts.rules})
            await asyncio.sleep(self.dwell)
        if request.method != "GET" and "/paper/" in request.url.path:
            await self._tell_paper()
        return Response(content, status, media_type="application/json")

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
                answer = contract.Snapshot(topic, self._snapshot(topic), request["ref"])
                await connection.send_text(msgspec.json.encode(answer).decode())
        except WebSocketDisconnect:
            return
        finally:
            del self._sockets[connection]

    def _snapshot(self, topic: str) -> Any:
        if topic == "alerts":
            told = {"rules": self.alerts.rules, "history": self.alerts.history}
            return cast("contract.AlertsView", struct_of(contract.AlertsView, told))
        if topic == "status":
            return cast("contract.Status", struct_of(contract.Status, self.status()))
        if topic.startswith("paper:"):
            return self.paper.accounts[topic.removeprefix("paper:")].view()
        if topic.startswith("watch:"):
            rows = [row(pair, self.alerts.market_time, 100 + 40 * place) for place, pair in enumerate(self.pairs)]
            watched = [watched_pair(self._moved(each)) for each in rows]
            return WatchView(contract.Timeframe(topic.removeprefix("watch:")), self.statistics(), watched)
        pair = topic.split(":")[1]
        end = self.alerts.market_time
        rows = [row(pair, end - (self.rows - number) * 1000, number) for number in range(self.rows)]
        # Each leg has seconds without a trade, others than the other leg has.
        bars_y, bars_x = (
            [bar(symbol, each) for each in rows if each.n % 10 != quiet]
            for symbol, quiet in zip(pair.split("/"), (3, 6), strict=True)
        )
        view = contract.PairView(
            pair=pair,
            timeframe=contract.Timeframe.S1,
            analytics=struct_of(contract.AnalyticsSettings, self.status()["config"]["analytics"]),
            signal_settings=struct_of(contract.SignalSettings, self.status()["config"]["signals"]),
            statistics=self.statistics(),
            bars_y=bars_y,
            bars_x=bars_x,
            rows=rows,
            signals=struct_of(list[contract.Signal], self.told_signals),
            forming_y=None,
            forming_x=None,
            live=None,
            executable=None,
        )
        if not self.more_statistics:
            return view
        told = msgspec.to_builtins(view)
        told["rows"] = [{**each, **self.more_values} for each in told["rows"]]
        told["statistics"] += self.more_statistics
        return told

    def _moved(self, of: contract.Row) -> contract.Row:
        if (z := self.moved_z.get(of.pair)) is None:
            return of
        return msgspec.structs.replace(of, z=contract.Value(z), spread=contract.Value(z / 1000))

    def statistics(self) -> list[contract.Statistic]:
        """The product's catalogue for what the fake is configured to."""
        known = {name: value for name, value in self.analytics.items() if name in AnalyticsConfig.model_fields}
        return catalogue(AnalyticsConfig(**known))


def row(pair: str, time: int, number: int) -> contract.Row:
    z = 2.4 * math.sin(number / 40)
    values = dict.fromkeys(VALUE_COLUMNS, contract.Value(0.5, None))
    values["z"] = contract.Value(z, None) if number > 60 else contract.Value(None, contract.Reason.WARMING_UP)
    values["spread"] = contract.Value(z / 1000, None)
    values["kalman_z"], values["kalman_spread"] = contract.Value(2 * z, None), contract.Value(z / 500, None)
    return ROW(
        pair=pair,
        timeframe=contract.Timeframe.S1,
        time=time,
        price_y=29_000 + z,
        price_x=1_800.0,
        age_y=10,
        age_x=10,
        n=number,
        state=contract.SignalState.FLAT,
        stale=False,
        incomplete=False,
        source_y=contract.PriceSource.LAST,
        source_x=contract.PriceSource.LAST,
        mixed=False,
        **values,
    )


def watched_pair(of: contract.Row) -> WatchedPair:
    trail: list[tuple[int, float | None]] = [
        (of.time - back * 1000, 2.4 * math.sin((of.n - back) / 40)) for back in range(60, 0, -1)
    ]
    return WatchedPair(pair=of.pair, row=of, trail=trail, break_even=contract.Value(1.25), entry=2.0, stop=4.0)


def bar(symbol: str, of: contract.Row) -> contract.Bar:
    price = 29_000 + math.sin(of.n / 30) * 40
    return contract.Bar(
        symbol=symbol,
        timeframe=contract.Timeframe.S1,
        open_time=of.time,
        open=price,
        high=price + 2,
        low=price - 2,
        close=price + 1,
        volume=1.0,
        trades=3,
        complete=True,
        origin=contract.BarOrigin.TAPE,
    )
