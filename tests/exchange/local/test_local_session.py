"""The connection's protocol without a socket, and the names and addresses of streams."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spreadscope.exchange.local.protocol_session import Output, ProtocolSession, SessionLimits
from spreadscope.exchange.local.stream_names import SocketAddress, parse_target, route_of


def session(path: str = "/market/stream", **limits: Any) -> ProtocolSession:
    target = parse_target(path)
    assert target is not None
    return ProtocolSession(target, SessionLimits(**limits), now=0.0)


def say(to: ProtocolSession, message: Any, now: float = 0.0) -> tuple[Any, Output]:
    output = to.text(message if isinstance(message, bytes) else json.dumps(message).encode(), now)
    return (json.loads(output.send[0][1]) if output.send else None), output


@pytest.mark.parametrize(
    ("path", "target"),
    [
        (
            "/market/stream?streams=btcusdt@aggTrade/ethusdt@aggTrade",
            SocketAddress("market", True, ("btcusdt@aggTrade", "ethusdt@aggTrade")),
        ),
        ("/public/ws/btcusdt@bookTicker", SocketAddress("public", False, ("btcusdt@bookTicker",))),
        ("/private/ws", SocketAddress("private", False, ())),
        ("/market/stream", SocketAddress("market", True, ())),
        ("/ws/btcusdt@bookTicker", SocketAddress("unrouted", False, ("btcusdt@bookTicker",))),
        ("/stream?streams=a@b", SocketAddress("unrouted", True, ("a@b",))),
        ("/elsewhere/stream", SocketAddress(None, True, ())),
        ("/market/ws/%E7%89%9B%E6%9D%A5usdt@aggTrade", SocketAddress("market", False, ("牛来usdt@aggTrade",))),
        ("/market/ws/%21markPrice@arr@1s", SocketAddress("market", False, ("!markPrice@arr@1s",))),
        ("/", None),
        ("/market", None),
        ("/market/other", None),
        ("/fapi/v1/time", None),
    ],
)
def test_addresses(path: str, target: SocketAddress | None) -> None:
    assert parse_target(path) == target


@pytest.mark.parametrize(
    ("stream", "route"),
    [
        ("btcusdt@bookTicker", "public"), ("btcusdt@depth20@100ms", "public"), ("btcusdt@depth@0ms", "public"),
        ("!bookTicker", "public"), ("btcusdt@aggTrade", "market"), ("btcusdt_261225@aggTrade", "market"),
        ("牛来usdt@aggTrade", "market"), ("btcusdt@markPrice@1s", "market"), ("!markPrice@arr@1s", "market"),
        ("btcusdt@kline_1m", "market"), ("btcusdt_perpetual@continuousKline_1M", "market"), ("!ticker@arr", "market"),
        ("btcusdt@trade", "public"), ("btcusdt@depth", "public"), ("btcusdt@depth5@500ms", "public"),
        ("btcusdt@rpiDepth@500ms", "public"), ("btcusdt@miniTicker", "market"), ("!miniTicker@arr", "market"),
        ("btcusdt@kline_1s", None), ("btcusdt@depth7", None), ("btcusdt@depth@1s", None), ("!trade", None),
        ("!forceOrder@arr", "market"),
        ("!contractInfo", "market"), ("BTCUSDT@aggTrade", None), ("btcusdt@aggtrade", None), ("btcusdt", None),
        ("@aggTrade", None), ("btcusdt@nonsense", None), ("", None),
    ],
)  # fmt: skip
def test_routes(stream: str, route: str | None) -> None:
    assert route_of(stream) == route


def test_subscribe_list_unsubscribe() -> None:
    one = session()
    answer, output = say(one, {"method": "SUBSCRIBE", "params": ["a@aggTrade", "b@aggTrade", "a@aggTrade"], "id": 1})
    assert answer == {"result": None, "id": 1}
    assert output.subscribed == ("a@aggTrade", "b@aggTrade")
    assert say(one, {"method": "SUBSCRIBE", "params": ["a@aggTrade"], "id": 2})[1].subscribed == ()
    answer, output = say(one, {"method": "UNSUBSCRIBE", "params": ["a@aggTrade", "never@aggTrade"], "id": 3})
    assert (answer, output.unsubscribed) == ({"result": None, "id": 3}, ("a@aggTrade",))
    assert say(one, {"method": "LIST_SUBSCRIPTIONS", "id": 4})[0] == {"result": ["b@aggTrade"], "id": 4}


@pytest.mark.parametrize(
    ("path", "stream"),
    [
        ("/market/stream", "A@aggTrade"),
        ("/market/stream", "a@bookTicker"),
        ("/market/stream", "a@unknown"),
        ("/public/stream", "a@aggTrade"),
        ("/private/stream", "a@aggTrade"),
        ("/stream", "a@aggTrade"),
    ],
)
def test_wrong_route_upper_case_and_unknown_are_acknowledged_and_silent(path: str, stream: str) -> None:
    one = session(path)
    answer, output = say(one, {"method": "SUBSCRIBE", "params": [stream], "id": 9})
    assert answer == {"result": None, "id": 9}
    assert output.subscribed == ()
    assert one.streams == (stream,)


@pytest.mark.parametrize(
    ("message", "code", "identifier"),
    [
        (b"not json", 3, None),
        (b"", 3, None),
        (b"\xff", 3, None),
        (b"[1]", 2, None),
        (b'"text"', 2, None),
        ({"method": "SUBSCRIBE", "params": ["a"], "id": -1}, 2, None),
        ({"method": "SUBSCRIBE", "params": ["a"], "id": 1.5}, 2, None),
        ({"method": "SUBSCRIBE", "params": ["a"], "id": 1 << 64}, 2, None),
        ({"method": "SUBSCRIBE", "params": ["a"], "id": ""}, 2, None),
        ({"method": "SUBSCRIBE", "params": ["a"], "id": "x" * 37}, 2, None),
        ({"method": "SUBSCRIBE", "params": ["a"], "id": [1]}, 2, None),
        ({"method": "SUBSCRIBE", "params": ["a"], "id": True}, 2, None),
        ({"method": "subscribe", "params": ["a"], "id": 5}, 2, 5),
        ({"method": "SUBSCRIBE", "params": "a", "id": 5}, 2, 5),
        ({"method": "SUBSCRIBE", "params": [1], "id": 5}, 2, 5),
        ({"method": "SUBSCRIBE", "id": 5}, 2, 5),
        ({"method": "subscribe", "params": ["a"], "id": "five"}, 2, "five"),
        ({"method": "SET_PROPERTY", "params": ["combined", "yes"], "id": 5}, 1, 5),
        ({"method": "SET_PROPERTY", "params": ["combined"], "id": 5}, 2, 5),
        ({"method": "SET_PROPERTY", "params": ["colour", True], "id": 5}, 0, 5),
        ({"method": "SET_PROPERTY", "params": [1, True], "id": 5}, 2, 5),
        ({"method": "GET_PROPERTY", "params": ["colour"], "id": 5}, 0, 5),
        ({"method": "GET_PROPERTY", "params": "combined", "id": 5}, 2, 5),
        ({"method": "GET_PROPERTY", "id": 5}, 2, 5),
    ],
)
def test_errors(message: Any, code: int, identifier: int | str | None) -> None:
    answer, output = say(session(), message)
    assert answer.get("error", answer)["code"] == code
    assert answer.get("id") == identifier
    assert output.close is None


IDS = [
    0, 1, (1 << 64) - 1, None, "x", "7", "b3c1b2a0-8d55-4a58-9d0e-2f4f6a0c1d2e", "d41d8cd98f00b204e9800998ecf8427e",
    "größe",
]  # fmt: skip


@pytest.mark.parametrize("identifier", IDS, ids=repr)
def test_case_4_every_request_is_answered_with_its_own_id(identifier: Any) -> None:
    one = session()
    answer, output = say(one, {"method": "SUBSCRIBE", "params": ["a@aggTrade"], "id": identifier})
    assert answer == {"result": None, "id": identifier}
    assert output.subscribed == output.requested == ("a@aggTrade",)
    for method, params, result in (
        ("LIST_SUBSCRIPTIONS", None, ["a@aggTrade"]), ("GET_PROPERTY", ["combined"], True),
        ("SET_PROPERTY", ["combined", False], None), ("UNSUBSCRIBE", ["a@aggTrade"], None),
    ):  # fmt: skip
        assert say(one, {"method": method, "params": params, "id": identifier})[0] == {
            "result": result,
            "id": identifier,
        }


def test_case_4_a_request_without_an_id_is_answered_like_one_with_null() -> None:
    answer, output = say(session(), {"method": "SUBSCRIBE", "params": ["a@aggTrade"]})
    assert (answer, output.subscribed) == ({"result": None, "id": None}, ("a@aggTrade",))


@pytest.mark.parametrize(("path", "wrapped"), [("/market/stream", True), ("/market/ws", False)])
def test_the_combined_form_is_a_property_that_can_be_set(path: str, wrapped: bool) -> None:
    one = session(path)
    assert say(one, {"method": "GET_PROPERTY", "params": ["combined"], "id": 1})[0]["result"] is wrapped
    answer, output = say(one, {"method": "SET_PROPERTY", "params": ["combined", not wrapped], "id": "p"})
    assert (answer, output.wrapped) == ({"result": None, "id": "p"}, not wrapped)
    assert say(one, {"method": "GET_PROPERTY", "params": ["combined"], "id": 1})[0]["result"] is not wrapped
    assert say(one, {"method": "LIST_SUBSCRIPTIONS", "id": 1})[1].wrapped is None


@pytest.mark.parametrize("stream", ["a@bookTicker", "a@trade", "a@depth@100ms", "a@depth5", "!bookTicker"])
def test_without_a_route_comes_what_public_carries(stream: str) -> None:
    for path in ("/stream", "/public/stream"):
        one = session(path)
        assert say(one, {"method": "SUBSCRIBE", "params": [stream], "id": 9})[1].subscribed == (stream,)
    assert say(session("/elsewhere/stream"), {"method": "SUBSCRIBE", "params": [stream], "id": 9})[1].subscribed == ()


def test_the_1025th_stream_is_refused_and_closes() -> None:
    one = session()
    names = [f"s{number}@aggTrade" for number in range(1024)]
    assert say(one, {"method": "SUBSCRIBE", "params": names, "id": 1})[0] == {"result": None, "id": 1}
    answer, output = say(one, {"method": "SUBSCRIBE", "params": ["one@aggTrade"], "id": 2})
    assert (answer["error"]["code"], answer["id"]) == (4, 2)
    assert output.close is not None
    assert output.close.code == 1008
    assert len(one.streams) == 1024


def test_too_many_streams_in_the_address_close_too() -> None:
    output = session("/market/stream?streams=a@aggTrade/b@aggTrade", streams=1).open()
    assert b'"code":4' in output.send[0][1]
    assert output.close is not None


def test_forty_messages_at_once_get_fifteen_answers_then_1008() -> None:
    one = session()
    answers, close = 0, None
    for number in range(40):
        output = one.text(b'{"method":"LIST_SUBSCRIPTIONS","id":%d}' % number, 0.0)
        answers += len(output.send)
        if output.close is not None:
            close = output.close.code
            break
    assert (answers, close) == (15, 1008)


def test_ten_a_second_may_go_on_for_ever_and_pings_count() -> None:
    one = session()
    assert all(one.text(b'{"method":"LIST_SUBSCRIPTIONS","id":1}', n / 10).close is None for n in range(500))
    flood = [one.ping(b"x", 50.0) for _ in range(16)]
    assert flood[0].send == (("pong", b"x"),)
    assert flood[15].close is not None


def test_pings_come_at_140_and_320_s_with_the_time_as_payload() -> None:
    one = session()
    pings = []
    for second in range(330):
        for kind, payload in one.tick(float(second), 1_000_000 + second).send:
            pings.append((second, kind, payload))
        one.pong(pings[-1][2] if pings else b"", float(second))
    assert pings == [(140, "ping", b"1000140"), (320, "ping", b"1000320")]


def test_a_client_that_does_not_echo_is_closed_after_ten_minutes() -> None:
    one = session()
    assert one.tick(140.0, 7).send == (("ping", b"7"),)
    one.pong(b"something else", 0.0)
    for second in (320.0, 500.0, 680.0):
        assert one.tick(second, 8).close is None
    assert one.next_deadline() == 740.0
    close = one.tick(740.0, 9).close
    assert close is not None
    assert close.code == 1008


def test_lifetime() -> None:
    one = session(lifetime_s=100)
    assert one.next_deadline() == 100
    close = one.tick(100.0, 0).close
    assert close is not None
    assert close.code == 1001


@given(st.lists(st.binary(max_size=60), max_size=20), st.floats(0, 1))
def test_any_bytes_give_answers_or_a_close(messages: list[bytes], pause: float) -> None:
    one = session()
    for number, message in enumerate(messages):
        output = one.text(message, number * pause)
        assert len(output.send) == 1 or output.close is not None
        for _, payload in output.send:
            json.loads(payload)
