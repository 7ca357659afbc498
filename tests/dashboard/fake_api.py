"""An engine's HTTP side for tests of the pages: a real server with contract-shaped answers kept in memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from spreadscope import contract
from spreadscope.model.config import AnalyticsConfig
from spreadscope.pairs.statistics.catalogue import catalogue
from tests.dashboard.fake_access import FakeAccess
from tests.dashboard.fake_alerts import NOW, FakeAlerts
from tests.dashboard.fake_answers import RefusalError, body_of, found, struct_of
from tests.dashboard.fake_jobs import FakeJobs
from tests.dashboard.fake_lab import FakeLab
from tests.dashboard.fake_paper import FakePaper
from tests.dashboard.fake_playbacks import FakePlaybacks
from tests.dashboard.fake_settings import FakeParameters, FakeSettings
from tests.dashboard.fake_store import FakeStore

KNOWN = ("BTCUSDT", "ETHUSDT", "SOLUSDT")
ANALYTICS = {
    "hedge": "ols",
    "space": "log",
    "intercept": True,
    "hedge_window": 120,
    "z_window": 60,
    "correlation_window": 60,
    "evidence_window": 1440,
    "stale_seconds": 10.0,
}

CLOCK = {"offset_ms": 1.5, "round_trip_ms": 40.0, "real_time": True, "steps": 0}
REST = {
    "weight_used": 20,
    "weight_limit": 2400,
    "blocked_seconds": 0.0,
    "banned_seconds": 0.0,
    "refusals": 0,
    "trades_missing": 0,
    "trades_fetched": 0,
}


class FakeApi:
    """What the engine holds. Tests set the fields and read ``calls``."""

    def __init__(self) -> None:
        self.symbols: list[str] = []
        self.pairs: list[str] = []
        self.listed: tuple[str, ...] = KNOWN
        self.most_pairs = 1_000
        self.alerts = FakeAlerts()
        self.lab = FakeLab()
        self.signals: list[dict[str, Any]] = []
        self.gaps: list[dict[str, Any]] = []
        self.alarms: list[dict[str, str]] = []
        self.timeframe = "1m"
        self.source = "synthetic market, seed 7"
        self.analytics: dict[str, Any] = dict(ANALYTICS)
        self.demo = False
        self.starting = ""
        self.broken = False
        self.silent_ms: int | None = None
        """For how long nothing has come from the exchange; None: its first trades are still waited for."""
        self.settings = FakeSettings()
        self.access = FakeAccess()
        self.parameters = FakeParameters()
        self.calls: list[str] = []
        self.jobs = FakeJobs()
        self.store = FakeStore(self.jobs)
        self.playbacks = FakePlaybacks()
        self.paper = FakePaper()
        self.api = ""

    def follow(self, *pairs: str) -> None:
        for pair in pairs:
            self.pairs.append(pair)
            self.symbols.extend(symbol for symbol in pair.split("/") if symbol not in self.symbols)

    def status(self) -> dict[str, Any]:
        return {
            "version": "0.1.0",
            "mode": "demo" if self.demo else "custom",
            "source": self.source,
            "demo": self.demo,
            "data": "/var/lib/spreadscope",
            "now": time.time_ns() // 1_000_000,
            "market_time": self.alerts.market_time,
            "started": NOW - 60_000,
            "starting": self.starting,
            "config": {
                "signals": {"entry": 2.0, "exit": 0.5, "stop": 4.0},
                "analytics": self.analytics,
                "timeframe": self.timeframe,
            },
            "connections": [self._connection()] if self.symbols else [],
            "symbols": [self._symbol(symbol) for symbol in self.symbols],
            "pairs": self.pairs,
            "rates": {"messages_per_second": 1234.5, "trades_per_second": 99.0},
            "queue": {"events": 0, "store": 0, "store_bytes": 0},
            "loop_lag_ms": 0.1,
            "exchange_clock": CLOCK,
            "rest": REST,
            "venues": [
                {"name": "binance-futures", "title": "Binance USD-M futures", "exchange_clock": CLOCK, "rest": REST}
            ],
            "archive": {"enabled": True, "running": False, "next_run": NOW, "last_run": None, "space": None},
            "alarms": self.alarms,
            "alerts": {
                "rules": len(self.alerts.rules),
                "firing": sum(rule["state"] == "firing" for rule in self.alerts.rules),
                "file": {"path": "/var/lib/spreadscope/alerts.toml", "rules": 0, "error": self.alerts.file_error},
                "channels": {"configured": len(self.alerts.channels), "waiting": 0, "dead": len(self.alerts.dead)},
            },
            "playback": None,
        }

    def _connection(self) -> dict[str, Any]:
        silence = 40 if self.silent_ms is None else self.silent_ms
        return {
            "name": "market-1",
            "state": "connected",
            "since": NOW,
            "streams": 2,
            "reconnects": 0,
            "renewals": 0,
            "last_frame_age_ms": silence,
            "silent_ms": silence,
            "paused": False,
            "detail": "",
        }

    def _symbol(self, symbol: str) -> dict[str, Any]:
        waiting = self.silent_ms is None
        return {
            "symbol": symbol,
            "venue": "binance-futures",
            "connection": "market-1",
            "state": "waiting" if waiting else "ok",
            "last_price": None,
            "last_time": None,
            "age_ms": self.silent_ms,
            "lag_ms": None,
            "trades": 0,
            "first_id": None,
            "last_id": None,
            "open_gaps": 0,
            "missing": 0,
            "detail": "no trade yet" if waiting else "",
        }

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> Any:
        self.calls.append(f"{method} {path}")
        if self.broken:
            raise RefusalError(503, "the exchange does not answer: try again in a minute")
        match (method, path.removeprefix("/api/").split("/")):
            case ("GET", ["status"]):
                return self.status()
            case ("GET", ["statistics"]):
                return msgspec.to_builtins(catalogue(AnalyticsConfig()))
            case ("GET", ["instruments"]):
                return [*(listed(symbol) for symbol in self.listed), listed("OLDUSDT", "SETTLING")]
            case ("GET", ["symbols"]):
                return self.symbols
            case ("POST", ["symbols"]):
                return self._add_symbols(body["symbols"].split(","))
            case ("POST", ["pairs"]):
                return self._add_pair(body["pair"])
            case ("DELETE", ["symbols", symbol]):
                self._remove_symbol(symbol)
                return None
            case ("DELETE", ["pairs", y, x]):
                if f"{y}/{x}" not in self.pairs:
                    raise RefusalError(404, f"the pair {y}/{x} is not tracked")
                self.pairs.remove(f"{y}/{x}")
                return None
            case ("GET", ["signals"]):
                return [each for each in self.signals if "pair" not in query or each["pair"] == query["pair"][0]]
            case (_, ["settings"]):
                return self.settings.answer(method, body)
            case ("GET", ["access", name]):
                return self.access.answer(name, {name: values[0] for name, values in query.items()})
            case (_, ["parameters" | "pair-tests", *rest]):
                return self.parameters.answer(method, rest, {name: values[0] for name, values in query.items()}, body)
            case ("GET", ["gaps"]):
                return self.gaps
            case (_, [("study-defaults" | "dropped-files") as kind, *rest]):
                return self.lab.answer(method, kind, rest, query, body)
            case ("POST", ["jobs", ("study" | "dropped-files") as name]):
                return self.lab.answer(method, "jobs", [name], query, body)
            case ("GET", [("completeness" | "rates" | "storage" | "sessions") as name]):
                return self.store.answer([name], query, None)
            case ("POST", ["jobs", ("integrity" | "export" | "replay-check") as kind]):
                return self.store.answer(["jobs", kind], query, body)
            case (_, ["jobs", job_id, *rest]) if job_id in self.lab.known:
                return self.lab.answer(method, "jobs", [job_id, *rest], query, body)
            case (_, [("playable" | "playbacks" | "playback") as kind, *rest]):
                return self.playbacks.answer(method, [kind, *rest], body)
            case (_, ["paper", *rest]):
                return self.paper.answer(method, rest, {name: values[0] for name, values in query.items()}, body)
            case ("POST", ["backtests", *rest]):
                return self.jobs.backtest(rest, body)
            case (_, ["jobs", *rest]):
                return self.jobs.answer(method, rest, body)
            case (_, ["alerts", *rest]):
                return self.alerts.answer(method, rest, {name: values[0] for name, values in query.items()}, body)
            case _:
                raise RefusalError(404, f"there is no {path}")

    def _add_symbols(self, symbols: list[str]) -> list[str]:
        for symbol in symbols:
            if not symbol:
                raise RefusalError(400, "empty symbol: write it as the exchange does, for example BTCUSDT")
            if symbol not in self.listed:
                raise RefusalError(404, f"unknown symbol '{symbol}': did you mean 'BTCUSDT'?")
        new = [symbol for symbol in symbols if symbol not in self.symbols]
        self.symbols.extend(new)
        return new

    def _remove_symbol(self, symbol: str) -> None:
        if symbol not in self.symbols:
            raise RefusalError(404, f"{symbol} is not watched")
        if any(symbol in pair.split("/") for pair in self.pairs):
            raise RefusalError(409, f"{symbol} is a leg of a pair: remove the pair first")
        self.symbols.remove(symbol)

    def _add_pair(self, pair: str) -> dict[str, str]:
        y, _, x = pair.partition("/")
        if not x:
            raise RefusalError(400, f"malformed pair {pair!r}: write Y/X, for example BTCUSDT/ETHUSDT")
        if y == x:
            raise RefusalError(409, "a pair needs two different symbols")
        for symbol in (y, x):
            if symbol not in self.listed:
                raise RefusalError(404, f"unknown symbol '{symbol}': did you mean 'BTCUSDT'?")
        if pair in self.pairs:
            raise RefusalError(409, f"{pair} is followed already")
        if len(self.pairs) >= self.most_pairs:
            raise RefusalError(409, f"at most {self.most_pairs} pairs are watched at once: remove some first")
        self.follow(pair)
        return {"pair": pair, "y": y, "x": x}

    def reply(self, method: str, address: str, query: dict[str, list[str]], raw: bytes) -> tuple[int, bytes]:
        """What is answered to a request: the status, and the bytes of the contract's struct."""
        try:
            address = self.playbacks.within(address)
            if (content := self.jobs.result(method, address)) is not None:
                return 200, content
            status, kind, body = found(method, address.removeprefix("/api/").split("/"))
            answer = self.answer(method, address, query, body_of(body, raw))
            return status, b"" if status == 204 else msgspec.json.encode(struct_of(kind, answer))
        except RefusalError as refusal:
            told = contract.ErrorAnswer(contract.ErrorText(str(refusal)))
            return refusal.status, msgspec.json.encode(told)


def listed(symbol: str, status: str = "TRADING") -> dict[str, str]:
    base = {"symbol": symbol, "status": status, "contract_type": "PERPETUAL", "base_asset": symbol.removesuffix("USDT")}
    return {**base, "quote_asset": "USDT", "tick_size": "0.10", "step_size": "0.001"}


@contextmanager
def serving(fake: FakeApi) -> Iterator[FakeApi]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._do()

        def do_POST(self) -> None:
            self._do()

        def do_PUT(self) -> None:
            self._do()

        def do_DELETE(self) -> None:
            self._do()

        def _do(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            status, content = fake.reply(self.command, unquote(parts.path), parse_qs(parts.query), raw)
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Keep the tests' output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    fake.api = f"http://127.0.0.1:{server.server_port}"
    try:
        yield fake
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
