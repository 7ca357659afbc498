"""Whatever is sent to the API is bounded, and answered with one short sentence.

Whoever sends it costs nobody else anything.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import websockets
from hypothesis import given, settings
from hypothesis import strategies as st

from spreadscope.api import shapes
from spreadscope.api.limits import ApiLimits
from spreadscope.api.requests import RequestError, parse_request
from spreadscope.api.socket_client import SocketClient
from spreadscope.contract.messages import LARGEST_REQUEST, Request
from tests.api.served import PAIR, TOPIC, hub_of, message, served, settled, ws
from tests.e2e.line import run, until

RULES = "/api/alerts/rules"


def subscribe(topic: str, ref: object = None) -> str:
    return json.dumps({"op": "subscribe", "topic": topic, "ref": ref})


def error_of(answer: httpx.Response) -> str:
    text = str(answer.json()["error"]["message"])
    assert len(text) <= 600
    return text


JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=120),
        st.sampled_from(["subscribe", "status"]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=5,
)

# --- requests ---------------------------------------------------------------------------------------------------------

LONG: list[tuple[str, str, object, int, str]] = [
    ("POST", "/api/symbols", {"symbols": ",".join(f"A{n}" for n in range(1_001))}, 400,
     "more than 1000 symbols at once"),
    ("POST", "/api/symbols", {"symbols": "x" * 60_000}, 400, "malformed symbol 'xxx"),
    ("POST", "/api/symbols", {"symbols": ",".join(f"A{n}" for n in range(40_000))}, 413, "longer than 65536 bytes"),
    ("POST", "/api/pairs", {"pair": "/" * 60_000}, 400, "malformed pair"),
    ("POST", "/api/pairs", {"pair": PAIR, "x" * 50_000: 1}, 400, "Extra inputs"),
    ("POST", RULES, {"text": "z" * 60_000, "subject": PAIR}, 422, "at most 500 characters"),
    ("POST", RULES, {"text": "z > 2", "subject": "y" * 60_000}, 400,
     "subject: String should have at most 200 characters"),
    ("POST", RULES, {"text": "z > 2", "subject": PAIR, "name": "n" * 400}, 422, "80 printable characters"),
    ("POST", RULES, {"text": "z > 2", "subject": PAIR, "recover": "z" * 60_000}, 400, "recover"),
    ("POST", RULES, {"text": "z > 2", "subject": PAIR, "channels": ["c"] * 5_000}, 422, "at most 20 channels"),
    ("POST", RULES, {"text": "z > 2", "subject": PAIR, "channels": ["c" * 40_000]}, 422, "channels"),
    ("POST", RULES, {"text": "z > 2", "subject": PAIR, "cap_per_hour": 10**30}, 422, "cap_per_hour"),
    ("POST", RULES, {"text": "z > 2", "subject": PAIR, "timeframe": "1s" * 9_000}, 400, "unknown timeframe '1s1s"),
    ("POST", RULES, {"text": "z > 2", "subject": PAIR, "once": "yes"}, 400, "once: Input should be a valid boolean"),
    ("POST", "/api/alerts/check", {"text": "z" * 60_000}, 400, "text: String should have at most"),
    ("POST", "/api/alerts/preview", {"text": "(" * 499, "subject": PAIR}, 422, "at most 20 deep"),
    ("GET", f"/api/bars?symbol={'x' * 5_000}", None, 400, "symbol: String should have at most"),
    ("GET", f"/api/alerts?rule={'x' * 5_000}", None, 400, "rule: String should have at most"),
    ("GET", f"/api/bars?symbol=A&timeframe={'x' * 5_000}", None, 400, "unknown timeframe 'xxx"),
    ("GET", f"/api/bars?symbol=AAAUSDT&from={1 << 63}", None, 400, "from: Input should be less than or equal to"),
    ("GET", f"/api/bars?symbol=AAAUSDT&to={1 << 64}", None, 400, "to: Input should be less than or equal to"),
    ("GET", f"/api/pair-tests?pair={PAIR}&lags=49", None, 400, "lags is aic or a number up to 48, not '49'"),
    ("GET", f"/api/pair-tests?pair={PAIR}&lags={'9' * 60_000}", None, 400, "lags: String should have at most"),
    ("POST", "/api/backtests/check", {"pairs": [PAIR, "A /*"]}, 400, "malformed pair 'A /*'"),
    ("POST", "/api/backtests/check", {"pairs": []}, 400, "pairs: List should have at least 1 items"),
    ("GET", f"/api/analytics?pair={PAIR}&from={10**30}", None, 400, "from: Input should be less than or equal to"),
    ("GET", f"/api/alerts?from={1 << 63}", None, 400, "from: Input should be less than or equal to"),
    ("GET", f"/api/alerts/export?to={1 << 63}", None, 400, "to: Input should be less than or equal to"),
    ("GET", f"/api/export/ticks?symbol=AAAUSDT&from={1 << 63}", None, 400,
     "from: Input should be less than or equal to"),
    ("GET", f"/api/export/bars?symbol=AAAUSDT&to={-1}", None, 400, "to: Input should be greater than or equal to 0"),
    ("GET", "/api/alerts?from=1&from=2", None, 400, "the parameter 'from' is given twice: give it once"),
    ("GET", "/api/alerts?" + "&".join(f"a{n}=1" for n in range(101)), None, 400, "at most 100 parameters"),
    ("GET", "/api/gaps?symbol=", None, 400, "empty symbol"),
    ("GET", "/api/export/everything", None, 400, "there is no export 'everything': choose one of ticks"),
    ("GET", f"/api/gaps?limit={1 << 63}", None, 400, "limit: Input should be less than or equal to"),
    ("POST", f"{RULES}/x/mute", {"until": 1 << 63}, 400, "until: Input should be less than or equal to"),
    ("POST", f"{RULES}/x/mute", {"until": 1.5}, 400, "until: Input should be a valid integer"),
    ("POST", f"{RULES}/{'x' * 5_000}/mute", {"until": 1}, 400, "rule_id: String should have at most"),
    ("POST", f"{RULES}/x/acknowledge", {"subject": "\ud800"}, 400, "unicode string"),
    ("POST", f"{RULES}/x/acknowledge", {"\ud800": "x"}, 400, "unicode string"),
    ("POST", f"/api/alerts/deliveries/{1 << 63}/retry", None, 404, "there is no delivery"),
    ("DELETE", f"/api/pairs/{'x' * 300}/B", None, 400, "y: String should have at most"),
    ("DELETE", "/api/symbols/%ed%a0%80", None, 404, "is not watched"),
    ("DELETE", "/api/symbols/%ee%80%80", None, 404, "there is no symbol"),
]  # fmt: skip


def test_everything_has_bounds_and_one_short_sentence(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as (exchange, live, client):
            await settled(exchange, live)  # what the engine takes for its trades is not measured
            for method, path, body, status, part in LONG:
                began = time.perf_counter()
                content = None if body is None else json.dumps(body)
                answer = await client.request(
                    method, path, content=content, headers={"content-type": "application/json"}
                )
                assert (answer.status_code, part in error_of(answer)) == (status, True), (path[:80], answer.text[:300])
                assert time.perf_counter() - began < 5, path[:80]  # on a busy machine; it was 50
            garbled: str | bytes
            for garbled in (
                "[" * 60_000,
                '{"a":' * 10_000,
                "9" * 60_000,
                "NaN",
                "",
                '"x"',
                "\ud800".encode("utf-8", "surrogatepass"),
            ):
                answer = await client.post(
                    "/api/symbols", content=garbled, headers={"content-type": "application/json"}
                )
                assert answer.status_code == 400, garbled[:20]
                assert error_of(answer)
            assert live.core.engine.alerts.rules == {}

    run(main())


def test_no_more_is_watched_than_is_bounded(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path, limits=ApiLimits(pairs=1, symbols=3)) as (_, _live, client):
            for path, body, part in (
                ("/api/pairs", {"pair": "BBBUSDT/AAAUSDT"}, "at most 1 pairs are watched at once: remove some first"),
                ("/api/symbols", {"symbols": "AAAUSDT,BBBUSDT"}, "at most 3 symbols"),
            ):
                answer = await client.post(path, json=body)
                assert (answer.status_code, part in error_of(answer)) == (409, True)

    run(main())


def test_what_an_address_is_not_for_names_what_it_is_for(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as (_, _live, client):
            for method, path, allowed in (
                ("PATCH", "/api/symbols", "GET, POST"),
                ("POST", "/api/symbols/AAAUSDT", "DELETE"),
                ("POST", "/api/alerts/rules/x", "DELETE, PUT"),
                ("HEAD", "/api/status", "GET"),
                ("OPTIONS", "/api/pairs", "GET, POST"),
                ("TRACE", "/api/bars", "GET"),
                # An address that has a name of its own is no id of the one with a parameter.
                ("GET", "/api/jobs/scan", "POST"),
                ("OPTIONS", "/api/jobs/scan/check", "POST"),
                ("GET", "/api/paper/accounts/paper/trades/close", "POST"),
                ("POST", "/api/export/ticks", "GET"),
                ("POST", "/api/jobs/scan2", "DELETE, GET"),
            ):
                answer = await client.request(method, path)
                assert (answer.status_code, answer.headers.get("allow")) == (405, allowed), path

    run(main())


def test_a_fault_of_ours_is_one_sentence_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with served(tmp_path) as (_, _live, client):
            monkeypatch.setattr(shapes, "instrument", lambda _: 1 / 0)
            transport = httpx.AsyncClient(base_url=client.base_url)
            answer = await transport.get("/api/instruments")
            assert (answer.status_code, error_of(answer)) == (500, "the engine failed to answer this: see its log")
            await transport.aclose()

    run(main())


async def said(port: int, *pieces: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for piece in pieces:
        writer.write(piece)
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()
    return answer


def test_a_request_that_does_not_come_to_an_end_is_ended(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path, limits=ApiLimits(request_seconds=0.3)) as (_, _live, client):
            port = client.base_url.port
            assert port is not None
            assert await said(port) == b""  # nothing was said, nothing is answered
            head = b"GET /api/symbols HTTP/1.1\r\nHost: localhost\r\n"
            for begun in (head, b"G", head + b"X: " + b"y" * 5_000):
                answer = await said(port, begun)
                assert answer.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
                assert b"the request did not come within 0.3 s" in answer
            kept = await said(port, head + b"\r\n", head)
            assert kept.startswith(b"HTTP/1.1 200 OK")
            assert b"HTTP/1.1 408" in kept
            answer = await said(port, head + b"X: " + b"y" * 100_000)
            assert answer.startswith(b"HTTP/1.1 400 ")  # no header is that long
            # What is answered, and what waits for its next request, is left alone.
            first = await client.get("/api/symbols")
            assert b"HTTP/1.1 408" in await said(port, head)  # the time of one that began later is over
            assert (await client.get("/api/symbols")).json() == first.json()
            async with websockets.connect(ws(client), proxy=None) as socket:
                assert b"HTTP/1.1 408" in await said(port, head)
                await socket.send(subscribe("status"))
                await message(socket, type="snapshot")

    run(main())


def test_there_are_no_more_connections_than_are_bounded(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path, limits=ApiLimits(connections=20)) as (_, _live, client):
            port = client.base_url.port
            assert port is not None
            held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(20)]
            answer = await said(port)
            assert answer.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
            assert b"20 connections are open already: close some, or try again later" in answer
            for _, writer in held:
                writer.close()
            for _ in range(1000):  # the server learns of a closed connection when its loop comes to it
                again = await client.get("/api/symbols")
                if again.status_code != 503:
                    break
                await asyncio.sleep(0.01)
            assert again.status_code == 200

    run(main())


# --- the socket -------------------------------------------------------------------------------------------------------

NONSENSE: list[tuple[str | bytes, str, object]] = [
    ('{"op": {}}', "unknown op of another kind than a text", None),
    ('{"op": [], "ref": "r"}', "unknown op of another kind than a text", "r"),
    ('{"op": 5, "topic": "status", "ref": 7}', "unknown op of another kind than a text", 7),
    ('{"op": "' + "x" * 50_000 + '"}', "unknown op 'xxxxxxxxxxxxxxxxxxx:", None),
    ("{}", "unknown op of another kind than a text", None),
    ('{"op": "subscribe"}', "unknown topic ''", None),
    ('{"op": "subscribe", "topic": {}, "ref": "r"}', "topic is a text of at most 100 characters", "r"),
    ('{"op": "subscribe", "topic": "' + "t" * 50_000 + '"}', "topic is a text of at most 100 characters", None),
    ('{"op": "subscribe", "topic": "status", "ref": {}}', "ref is a text of at most 100 characters", None),
    ('{"op": "subscribe", "topic": "status", "ref": "' + "r" * 101 + '"}', "ref is a text", None),
    ('{"op": "subscribe", "topic": "status", "ref": ' + "9" * 30 + "}", "ref is a text", None),
    ("[]", "not a JSON object", None),
    ("5", "not a JSON object", None),
    ("null", "not a JSON object", None),
    ('"status"', "not a JSON object", None),
    ("", "not a JSON object", None),
    ("not json", "not a JSON object", None),
    ('{"op": "\\ud800"}', "not a JSON object", None),
    ("[" * 60_000, "not a JSON object", None),
    ('{"op":' * 10_000, "nested too deeply", None),
    ("x" * (LARGEST_REQUEST + 1), "a message of 65537 characters is no request: at most 65536 are read", None),
    (b"\x00\x01", "a binary message is no request: send JSON text", None),
    (b'{"op": "subscribe", "topic": "status"}', "a binary message is no request", None),
    (subscribe("pair:aaausdt/bbbusdt:1s", "r"), f"write it {TOPIC}", "r"),
    (subscribe("pair: AAAUSDT /BBBUSDT:1s"), f"write it {TOPIC}", None),
    (subscribe("pair:AAAUSDT/BBBUSDT:1S"), f"write it {TOPIC}", None),
    (subscribe("pair:AAAUSDT/BBBUSDT"), "unknown topic", None),
    (subscribe("STATUS"), "unknown topic 'STATUS'", None),
]


def test_nonsense_is_answered_in_words_and_ends_nothing(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as (_, _live, client):
            async with websockets.connect(ws(client), proxy=None, max_size=None) as socket:
                for raw, part, ref in NONSENSE:
                    await socket.send(raw)
                    text = await socket.recv()
                    answer = msgspec.json.decode(text)
                    assert (answer["type"], answer["ref"], part in answer["message"]) == ("error", ref, True), answer
                    assert len(text) < 500
                await socket.send(subscribe("status", "still"))
                assert (await message(socket, type="snapshot"))["ref"] == "still"
                await socket.send("x" * 2_000_000)  # longer than anything that is read at all
                with pytest.raises(websockets.ConnectionClosedError) as end:
                    await message(socket, type="never")
                assert end.value.rcvd is not None
                assert end.value.rcvd.code == 1009

    run(main())


@pytest.mark.parametrize("raw", ["[]", "{", '{"op": "fly"}', "\ud800", None])
def test_any_text_is_a_request_or_one_error(raw: str | None) -> None:
    with pytest.raises(RequestError):
        parse_request(raw)


def test_two_thousand_requests_cost_their_client_alone(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path, speed=20.0) as (_, _live, client):
            async with (
                websockets.connect(ws(client), proxy=None, max_size=None) as greedy,
                websockets.connect(ws(client), proxy=None, max_size=None) as other,
            ):
                await other.send(subscribe(TOPIC))
                await message(other, type="snapshot")
                began = time.monotonic()
                request = json.dumps({"op": "snapshot", "topic": TOPIC, "ref": "r"})

                async def ask() -> None:
                    for _ in range(2_000):
                        await greedy.send(request)

                asking = asyncio.create_task(ask())
                answers: list[dict[str, Any]] = []
                latest = 0.0
                while len(answers) < 2_000:
                    answers.append(await message(greedy))
                    if len(answers) % 200 == 0:
                        before = time.monotonic()
                        await message(other, type="update")
                        latest = max(latest, time.monotonic() - before)
                await asking
                assert time.monotonic() - began < 60  # it was a minute on a machine with nothing else to do
                assert latest < 5
                kinds = [answer["type"] for answer in answers]
                assert kinds.count("snapshot") >= ApiLimits().waiting
                refused = {answer["message"] for answer in answers if answer["type"] == "error"}
                assert refused <= {
                    f"{ApiLimits().waiting} requests of this socket wait already: wait for their answers"
                }

    run(main())


def test_topics_and_sockets_have_a_number(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path, limits=ApiLimits(topics=2, sockets=3)) as (_, _live, client):
            sockets = [await websockets.connect(ws(client), proxy=None, max_size=None) for _ in range(3)]
            for topic in ("status", "alerts", "status"):
                await sockets[0].send(subscribe(topic, "r"))
                await message(sockets[0], type="snapshot", topic=topic)
            await sockets[0].send(subscribe(TOPIC, "r"))
            refused = await message(sockets[0], type="error")
            assert refused["message"] == "this socket has 2 topics already: unsubscribe some"
            await sockets[0].send(json.dumps({"op": "unsubscribe", "topic": "alerts"}))
            await sockets[0].send(subscribe(TOPIC, "r"))
            await message(sockets[0], type="snapshot", topic=TOPIC)
            fourth = await websockets.connect(ws(client), proxy=None)
            with pytest.raises(websockets.ConnectionClosedError) as end:
                await fourth.recv()
            assert end.value.rcvd is not None
            assert (end.value.rcvd.code, end.value.rcvd.reason) == (
                1013,
                "3 sockets are open already: close some, or try again later",
            )
            for socket in sockets:
                await socket.close()
            for _ in range(1000):  # the server learns of a closed socket when its loop comes to it
                async with websockets.connect(ws(client), proxy=None) as again:
                    try:
                        await again.send(subscribe("status"))
                        await message(again, type="snapshot")
                        break
                    except websockets.ConnectionClosedError:
                        await asyncio.sleep(0.01)
            else:
                pytest.fail("a closed socket still counts")

    run(main())
    assert ApiLimits().topics >= 100  # a page of every pair that is followed


def test_a_client_that_does_not_read_keeps_its_answers_and_little_else() -> None:
    async def main() -> None:
        client = SocketClient()
        client.topics = {"status"}
        await client.answer(b"a")
        for _ in range(1_000):
            client.push("status", b"u" * 1_000)
        assert client.overrun == {"status"}
        assert await client.get() == b"a"
        assert client.idle
        client.request("status", "r")
        assert client.overrun == set()
        client.push("status", b"later")  # behind the snapshot that is being made
        assert await client.next_request() == ("status", ["r"])
        await client.send_snapshots("status", [b"snapshot"])
        assert [await client.get(), await client.get()] == [b"snapshot", b"later"]
        for _ in range(40):
            await asyncio.wait_for(client.answer(b"x" * 10), 1) if client._room.is_set() else None
        with pytest.raises(TimeoutError):  # whoever asks without reading is not listened to
            await asyncio.wait_for(client.answer(b"more"), 0.05)

    asyncio.run(main())


# --- faults of ours ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("broken", ["bar", "row"])
def test_a_fact_that_cannot_be_shaped_is_said_and_the_rest_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    real: Callable[[Any], Any] = getattr(shapes, broken)
    bad = {"on": False}

    def shape(fact: Any) -> Any:
        if bad["on"]:
            raise ZeroDivisionError("injected")
        return real(fact)

    monkeypatch.setattr(shapes, broken, shape)

    async def main() -> None:
        async with served(tmp_path, speed=10.0) as (_, live, client):
            async with websockets.connect(ws(client), proxy=None, max_size=None) as socket:
                await socket.send(subscribe(TOPIC))
                await socket.send(subscribe("status"))
                await message(socket, type="snapshot", topic=TOPIC)
                bad["on"] = True
                began = time.monotonic()
                alarms: list[dict[str, Any]] = []
                while not any("cannot be shown" in alarm["message"] for alarm in alarms):
                    alarms = (await message(socket, type="update", topic="status"))["data"]["alarms"]
                assert time.monotonic() - began < 10  # five seconds, on a machine that has time
                said = next(alarm for alarm in alarms if "cannot be shown" in alarm["message"])
                assert said["level"] == "error"
                assert "cannot be shown, everything else goes on (ZeroDivisionError: injected" in said["message"]
                await socket.send(json.dumps({"op": "snapshot", "topic": TOPIC, "ref": "r"}))
                refused = await message(socket, ref="r")
                assert (refused["type"], refused["message"]) == (
                    "error",
                    f"{TOPIC} cannot be shown: see the engine's log",
                )
                bad["on"] = False
                trades = live.core.trades
                await socket.send(subscribe(TOPIC, "again"))
                await message(socket, ref="again", type="snapshot")
                update = await message(socket, type="update", topic=TOPIC)
                assert update["data"]["forming_y"]
                await until(lambda: live.core.trades > trades)

    run(main())


def test_a_hub_whose_rules_cannot_be_shaped_still_makes_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with served(tmp_path) as (_, live, _client), hub_of(live) as own:
            client = own.join()
            await own.on_message(client, subscribe("alerts"))
            assert msgspec.json.decode(await client.get())["type"] == "snapshot"
            monkeypatch.setattr(shapes, "rule", lambda _: 1 / 0)
            live.core.engine.alerts.rules["x"] = object()  # type: ignore[assignment]  # never looked at
            own.rules_changed()
            (alarm,) = live.core.faults.alarms()
            assert alarm.message == (
                "the alert rules cannot be shown, everything else goes on (ZeroDivisionError: division by zero):"
                " please report this fault"
            )
            del live.core.engine.alerts.rules["x"]

    run(main())


@settings(max_examples=100, deadline=None)
@given(
    st.one_of(
        st.text(max_size=200), st.dictionaries(st.sampled_from(["op", "topic", "ref", "x"]), JSON).map(json.dumps)
    )
)
def test_any_message_is_a_request_or_one_short_sentence(raw: str) -> None:
    found: Request | RequestError
    try:
        found = parse_request(raw)
    except RequestError as error:
        found = error
    if isinstance(found, RequestError):
        assert len(str(found)) < 400
        assert msgspec.json.encode({"topic": found.topic, "ref": found.ref, "message": str(found)})
    else:
        assert found.op in {"subscribe", "unsubscribe", "snapshot"}
