"""The second upstream of the tabs' socket, and the proxy of the transport."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from spreadscope.dashboard import playback_proxy
from spreadscope.dashboard.playback_proxy import PlaybackProxy
from spreadscope.dashboard.playback_relays import MAX_RELAYS, PlaybackRelays, playback_path
from spreadscope.dashboard.tab_queue import Tab
from tests.dashboard.fake_api import FakeApi


@pytest.mark.parametrize("text", ["", "../status", "a/b", "A1", "0" * 40, "a1\n"])
def test_only_an_id_is_a_playback(text: str) -> None:
    with pytest.raises(ValueError, match="is no playback"):
        playback_path(text)


def test_a_relay_is_kept_while_a_tab_is_there_and_there_are_few() -> None:
    async def main() -> None:
        relays = PlaybackRelays(lambda: "http://127.0.0.1:9", lambda: "it is away", unused_seconds=0.05)
        running = asyncio.create_task(relays.run())
        tab = Tab()
        first = relays.get("a1")
        assert first is not None
        assert relays.get("a1") is first
        assert first.join(tab)
        assert relays.get("../x") is None
        others = [relays.get(f"b{number}") for number in range(MAX_RELAYS)]
        assert [other is None for other in others] == [False, False, False, True]
        async with asyncio.timeout(20):
            while relays.get("c1") is None:  # noqa: ASYNC110 - there is room again, once the others were ended
                await asyncio.sleep(0.02)
        assert relays.get("a1") is first
        await first.leave(tab)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(main())


def asked(api: str, method: str, path: str, content: bytes = b"") -> tuple[int, Any]:
    """What the dashboard answers."""
    proxy = PlaybackProxy(lambda: api, lambda _: {})
    routes = [
        Route(playback_proxy.PATH, proxy.transport, methods=list(playback_proxy.METHODS)),
        Route(playback_proxy.MARKS_PATH, proxy.marks),
    ]

    async def main() -> httpx.Response:
        transport = httpx.ASGITransport(Starlette(routes=routes))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(method, path, content=content)

    answer = asyncio.run(main())
    return answer.status_code, answer.json()


def test_the_transport_is_asked_and_moved_through_the_dashboard(engine: FakeApi) -> None:
    engine.playbacks.answer("POST", ["playbacks"], {"session": 1})
    ask = partial(asked, engine.api)
    assert ask("GET", "/playback/a1")[1]["state"] == "paused"
    assert ask("PUT", "/playback/a1", b'{"op": "play"}')[0] == 200
    assert engine.playbacks.commands == [{"op": "play"}]
    assert [mark["kind"] for mark in ask("GET", "/playback/a1/marks")[1]] == ["signal"]
    assert ask("PUT", "/playback/a1", b'{"op": "fly"}')[0] == 400
    assert ask("GET", "/playback/ff")[1]["error"]["message"] == "there is no playback 'ff'"
    assert ask("GET", "/playback/NO")[0] == 404
    assert ask("PUT", "/playback/a1", b"x" * 5_000)[0] == 413
    assert engine.playbacks.commands == [{"op": "play"}]


def test_without_an_engine_it_says_so() -> None:
    status, answer = asked("http://127.0.0.1:9", "PUT", "/playback/a1", b'{"op": "play"}')
    assert status == 503
    assert answer["error"]["message"] == "the engine does not answer: the playback cannot be moved now"
