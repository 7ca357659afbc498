"""The components' questions: those that change nothing are passed on, and only to our own page."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from spreadscope.dashboard.editor_proxy import METHODS, PATH, EditorProxy
from tests.dashboard.fake_alerts import VOCABULARY
from tests.dashboard.fake_api import FakeApi, serving
from tests.dashboard.fake_upstream import until
from tests.dashboard.served import dashboard, served

RULE = {"text": "z > 2", "subject": "BTCUSDT/ETHUSDT", "timeframe": "1s"}


def asked(method: str, path: str, api: str, **options: object) -> httpx.Response:
    async def scenario() -> httpx.Response:
        async with dashboard(api) as (_, port), httpx.AsyncClient(trust_env=False) as client:
            return await client.request(method, f"http://127.0.0.1:{port}{path}", **options)  # type: ignore[arg-type]

    return asyncio.run(scenario())


def reached(engine: FakeApi) -> list[str]:
    """What came through to the engine's interface; the relay's own socket aside."""
    return [call for call in engine.calls if "/api/" in call]


def test_check_preview_and_vocabulary_are_passed_on() -> None:
    with serving(FakeApi()) as engine:
        right = asked("POST", "/ask/check", engine.api, json=RULE).json()
        assert right["ok"] is True
        assert right["needs"] == ["z"]
        wrong = asked("POST", "/ask/check", engine.api, json={**RULE, "text": "zz > 2"}).json()
        assert (wrong["ok"], wrong["position"], wrong["suggestion"]) == (False, 0, "z")
        assert asked("POST", "/ask/preview", engine.api, json=RULE).json()["fired"] == 3
        assert asked("GET", "/ask/vocabulary", engine.api).json() == VOCABULARY


def test_what_the_palette_and_the_chart_ask_is_passed_on_with_its_query() -> None:
    with serving(FakeApi()) as engine:
        listed = asked("GET", "/ask/instruments", engine.api).json()
        assert [each["symbol"] for each in listed][:2] == ["BTCUSDT", "ETHUSDT"]
        # The double knows no history: its own words come back.
        past = asked("GET", "/ask/history?pair=BTCUSDT%2FETHUSDT&timeframe=1s&before=5", engine.api)
        assert past.json()["error"]["message"] == "there is no /api/history"
        long = asked("GET", f"/ask/history?pair={'A' * 2_000}", engine.api)
        assert long.status_code == 413
        assert "ask for one pair and one time" in long.json()["error"]["message"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/ask/history", 405),
        ("GET", "/ask/history%2F..%2Fpairs", 404),
        ("GET", "/ask/rules", 404),
        ("POST", "/ask/rules", 404),
        ("POST", "/ask/../rules", 404),
        ("POST", "/ask/check%2F..%2Frules", 404),
        ("GET", "/ask/check", 405),
        ("POST", "/ask/vocabulary", 405),
        ("DELETE", "/ask/check", 405),
    ],
)
def test_nothing_else_is(method: str, path: str, status: int) -> None:
    with serving(FakeApi()) as engine:
        assert asked(method, path, engine.api).status_code == status
        assert not reached(engine)


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Host": "rebound.example"}]
)
def test_another_sites_page_may_not_ask(headers: dict[str, str]) -> None:
    with serving(FakeApi()) as engine:
        answer = asked("POST", "/ask/check", engine.api, json=RULE, headers=headers)
        assert answer.status_code == 403
        assert not reached(engine)


def test_what_is_too_long_to_be_a_rule_is_not_passed_on() -> None:
    with serving(FakeApi()) as engine:
        answer = asked("POST", "/ask/check", engine.api, json={**RULE, "text": "z" * 20_000})
        assert answer.status_code == 413
        assert "500 characters" in answer.json()["error"]["message"]
        assert not reached(engine)


def test_an_engines_refusal_comes_back_in_its_words() -> None:
    with serving(FakeApi()) as engine:
        engine.broken = True
        answer = asked("POST", "/ask/check", engine.api, json=RULE)
        assert answer.status_code == 503
        assert "the exchange does not answer" in answer.json()["error"]["message"]


def test_without_an_engine_it_says_so() -> None:
    answer = asked("POST", "/ask/check", "http://127.0.0.1:9", json=RULE)
    assert answer.status_code == 503
    assert "does not answer" in answer.json()["error"]["message"]


def test_the_connection_to_the_engine_is_kept_and_closed_in_the_end() -> None:
    async def scenario() -> None:
        async with dashboard(engine.api) as (server, port), httpx.AsyncClient(trust_env=False) as client:
            for _ in range(5):
                assert (await client.post(f"http://127.0.0.1:{port}/ask/check", json=RULE)).status_code == 200
            kept = server.proxy._client
            assert kept is not None
        assert kept.is_closed

    with serving(FakeApi()) as engine:
        asyncio.run(scenario())


def test_a_connection_that_the_engine_closed_meanwhile_is_no_fault() -> None:
    """As every server closes one that is idle.

    The first answer closes it without a word, and the next question must not fail.
    """

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
        )
        await reader.readexactly(length)
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"ok":true}')
        await writer.drain()
        await reader.read(1)  # the next question begins: gone, as if both had crossed
        writer.close()
        await writer.wait_closed()
        ended.append(True)

    ended: list[bool] = []

    async def scenario() -> None:
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as engine:
            port = engine.sockets[0].getsockname()[1]
            asking = EditorProxy(lambda: f"http://127.0.0.1:{port}", lambda _: {})
            app = Starlette(routes=[Route(PATH, asking.endpoint, methods=list(METHODS))])
            async with served(app) as own, httpx.AsyncClient(trust_env=False) as client:
                for _ in range(3):
                    assert (await client.post(f"http://127.0.0.1:{own}/ask/check", json=RULE)).status_code == 200
            await asking.close()
            await until(lambda: len(ended) == 3)

    asyncio.run(scenario())
