"""What a reverse proxy tells is believed of named proxies alone."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from spreadscope.guard.forwarded import ForwardedHeaders, came_through_proxy, is_within, parse_networks

PROXIES = parse_networks(["10.0.0.0/8", "127.0.0.1"])


def seen(client: str, *headers: tuple[str, str], kind: str = "http", proxies: Any = PROXIES) -> dict[str, Any]:
    """What the application behind sees."""
    found: list[dict[str, Any]] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        found.append(scope)

    scope = {
        "type": kind,
        "scheme": "ws" if kind == "websocket" else "http",
        "client": (client, 4_000),
        "headers": [(b"host", b"inside:8501"), *((name.encode(), value.encode()) for name, value in headers)],
    }
    asyncio.run(ForwardedHeaders(app, proxies)(scope, None, None))  # type: ignore[arg-type]  # not used here
    return found[0]


def test_a_named_proxy_tells_client_scheme_and_host() -> None:
    told = [("x-forwarded-for", "203.0.113.7"), ("x-forwarded-proto", "https"), ("x-forwarded-host", "scope.example")]
    scope = seen("127.0.0.1", *told)
    assert scope["client"] == ("203.0.113.7", 0)
    assert scope["scheme"] == "https"
    assert scope["headers"] == [(b"host", b"scope.example")]
    assert came_through_proxy(scope)
    assert seen("127.0.0.1", *told, kind="websocket")["scheme"] == "wss"


@pytest.mark.parametrize("client", ["192.0.2.1", "11.0.0.1", "not an address"])
def test_nobody_else_is_believed(client: str) -> None:
    told = [("x-forwarded-for", "127.0.0.1"), ("x-forwarded-proto", "https"), ("x-forwarded-host", "localhost")]
    scope = seen(client, *told)
    assert scope["client"] == (client, 4_000)
    assert scope["scheme"] == "http"
    assert scope["headers"] == [(b"host", b"inside:8501")]
    assert came_through_proxy(scope)


def test_only_what_the_last_named_proxy_wrote_counts() -> None:
    assert seen("10.0.0.1", ("x-forwarded-for", "127.0.0.1, 203.0.113.7, 10.0.0.2"))["client"][0] == "203.0.113.7"
    assert seen("10.0.0.1", ("x-forwarded-for", "8.8.8.8"), ("x-forwarded-for", "203.0.113.7"))["client"][0] == (
        "203.0.113.7"
    )
    assert seen("10.0.0.1", ("x-forwarded-for", "8.8.8.8, <script>"))["client"][0] == "10.0.0.1"
    assert seen("10.0.0.1", ("x-forwarded-for", "10.0.0.9"))["client"][0] == "10.0.0.9"
    assert seen("10.0.0.1", ("x-forwarded-proto", "https, http"))["scheme"] == "http"
    assert seen("10.0.0.1", ("x-forwarded-proto", "javascript"))["scheme"] == "http"
    twice = seen("10.0.0.1", ("x-forwarded-host", "a.example"), ("x-forwarded-host", "b.example"))
    assert twice["headers"] == [(b"host", b"inside:8501")]


def test_without_such_headers_nothing_changes() -> None:
    scope = seen("127.0.0.1", ("accept", "text/html"))
    assert scope["client"] == ("127.0.0.1", 4_000)
    assert not came_through_proxy(scope)


def test_networks_are_read_strictly() -> None:
    assert is_within("::ffff:10.1.2.3", PROXIES)
    assert not is_within("unix", PROXIES)
    with pytest.raises(ValueError, match="does not appear to be"):
        parse_networks(["proxy.example"])
    with pytest.raises(ValueError, match="has host bits set"):
        parse_networks(["10.0.0.1/8"])
