"""Every request has an id, which stands in its answer and in what it logs; the log's level is changed over the API."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import pytest
import structlog
import websockets

from spreadscope import log_setup
from spreadscope.client import ApiRequestError, Client
from spreadscope.contract import LogLevelBody
from spreadscope.model.states import LogFormat, LogLevel
from tests.api.served import served, settled, ws
from tests.e2e.line import run

DRAWN = re.compile(r"[0-9a-f]{16}")


def test_a_request_can_be_followed_through_the_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def main() -> None:
        async with served(tmp_path) as (exchange, live, http):
            await settled(exchange, live)  # a transaction that succeeds would end the error below
            api = str(http.base_url).rstrip("/")
            with Client(api) as engine:
                assert await asyncio.to_thread(engine.health) is not None
                assert (await asyncio.to_thread(engine.log_setting)).usual is LogLevel.WARNING
                changed = await asyncio.to_thread(engine.set_log_level, LogLevelBody(LogLevel.DEBUG, 5))
                assert changed.level is LogLevel.DEBUG
                assert changed.until is not None
                with pytest.raises(ApiRequestError, match=r"minutes.*1440"):
                    await asyncio.to_thread(engine.set_log_level, LogLevelBody(LogLevel.DEBUG, 5_000))
                assert "spreadscope_ready" in await asyncio.to_thread(engine.metrics)
                live.store.writer.error = "the disk is full"
                found = await asyncio.to_thread(engine.readiness)
                assert not found.ready
                assert "the disk is full" in found.reasons
                live.store.writer.error = None
            answer = await http.get("/api/status", headers={"X-Request-ID": "from-outside.7"})
            assert answer.headers["X-Request-ID"] == "from-outside.7"
            for wrong in ("", "-x", "a b", "x" * 65, 'a"b'):
                answer = await http.get("/api/nothing", headers={"X-Request-ID": wrong})
                assert DRAWN.fullmatch(answer.headers["X-Request-ID"]), wrong
            async with websockets.connect(ws(http), proxy=None) as socket:
                assert socket.response is not None
                assert DRAWN.fullmatch(socket.response.headers["X-Request-ID"])
            assert (await http.get("/health", headers={"Host": "evil.example"})).headers["X-Request-ID"]

    before = structlog.get_config()
    log_setup.set_up(LogLevel.WARNING, LogFormat.JSON)
    try:
        run(main())
    finally:
        log_setup.set_up(LogLevel.WARNING, LogFormat.TEXT)
        structlog.configure(**before)
    told = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    (followed,) = [line for line in told if line.get("request") == "from-outside.7"]
    assert (followed["event"], followed["method"], followed["path"], followed["status"]) == (
        "request", "GET", "/api/status", 200,
    )  # fmt: skip
    changed = [line for line in told if line["event"] == "log level changed"]
    assert [(line["before"], line["to"]) for line in changed] == [("warning", "debug"), ("debug", "warning")]
    assert changed[0]["request"]
    sockets = [line for line in told if line.get("method") == "WEBSOCKET"]
    assert [line["status"] for line in sockets] == [101]
