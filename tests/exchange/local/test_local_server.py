"""The local exchange over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import websockets

from spreadscope.exchange.local import LocalExchange, RecordingFeed, SessionLimits, SyntheticMarket
from spreadscope.model.errors import ConfigError, SymbolError
from tests.exchange.local.local_harness import (
    START_MS,
    ListFeed,
    ask,
    connect,
    receive,
    rest,
    run,
    silent,
    trade_line,
    write_recording,
)

STREAM = "ausdt@aggTrade"


@contextlib.asynccontextmanager
async def subscribed(exchange: LocalExchange, *streams: str, route: str = "market") -> AsyncIterator[Any]:
    async with connect(f"{exchange.ws_url}/{route}/stream?streams={'/'.join(streams)}") as socket:
        yield socket


async def collect(socket: Any, count: int) -> list[int]:
    return [(await receive(socket))["data"]["a"] for _ in range(count)]


def test_every_subscriber_gets_every_frame_once_and_in_order() -> None:
    async def main() -> None:
        async with LocalExchange(ListFeed(5_000), speed="max", start="subscribed") as exchange:
            wrapped = connect(f"{exchange.ws_url}/market/stream?streams={STREAM}")
            async with (
                connect(f"{exchange.ws_url}/market/ws") as raw,
                connect(f"{exchange.ws_url}/market/stream") as other,
            ):
                assert await ask(other, {"method": "SUBSCRIBE", "params": ["x@aggTrade"], "id": 1}) == {
                    "result": None,
                    "id": 1,
                }
                # Playback waits for the stream: this subscription starts it, and the ack comes before any data.
                assert await ask(raw, {"method": "SUBSCRIBE", "params": [STREAM], "id": 1}) == {"result": None, "id": 1}
                raw_ids = [(await receive(raw))["a"] for _ in range(5_000)]
                await exchange.finished()
                assert raw_ids == list(range(1, 5_001))
                assert exchange.truth("AUSDT").ids.tolist() == raw_ids
                assert await silent(other)
                async with wrapped as late:
                    assert await silent(late)

    run(main())


def test_two_subscribers_and_a_slow_one_lose_nothing() -> None:
    async def main() -> None:
        feed = ListFeed(6_000, size=4_000)  # 24 MB: far beyond what sockets hold
        async with (
            LocalExchange(feed, speed="max", start="subscribed") as exchange,
            connect(f"{exchange.ws_url}/market/stream") as slow,
            connect(f"{exchange.ws_url}/market/stream") as quick,
        ):
            for socket in (slow, quick):
                await socket.send(json.dumps({"method": "SUBSCRIBE", "params": [STREAM], "id": 1}))
            assert await receive(slow) == {"result": None, "id": 1}
            held = 0
            for _ in range(50):  # the feed must come to a halt while the slow one does not read
                await asyncio.sleep(0.02)
                if exchange.frames_played == held and held:
                    break
                held = exchange.frames_played
            assert 0 < held < 6_000
            slow_ids, _ = await asyncio.gather(collect(slow, 6_000), _drain(quick))
            assert slow_ids == list(range(1, 6_001))
            await exchange.finished()

    async def _drain(socket: Any) -> None:
        while True:
            message = json.loads(await socket.recv())
            if message.get("data", {}).get("a") == 6_000:
                return

    run(main())


@pytest.mark.parametrize(
    ("path", "stream"),
    [
        ("/public/stream", STREAM),
        ("/private/stream", STREAM),
        ("/stream", STREAM),
        ("/market/stream", "AUSDT@aggTrade"),
    ],
)
def test_the_wrong_place_is_acknowledged_and_silent(path: str, stream: str) -> None:
    async def main() -> None:
        async with (
            LocalExchange(ListFeed(10), speed="max", start="now") as exchange,
            connect(exchange.ws_url + path) as socket,
        ):
            assert await ask(socket, {"method": "SUBSCRIBE", "params": [stream], "id": 3}) == {"result": None, "id": 3}
            await exchange.finished()
            assert await silent(socket)

    run(main())


def test_errors_and_list_on_the_wire() -> None:
    async def main() -> None:
        async with LocalExchange(ListFeed(1)) as exchange, connect(exchange.ws_url + "/market/ws/a@aggTrade") as socket:
            assert await ask(socket, {"method": "LIST_SUBSCRIPTIONS", "id": 1}) == {"result": ["a@aggTrade"], "id": 1}
            assert (await ask(socket, "{"))["code"] == 3
            assert (await ask(socket, {"method": "X", "id": 2}))["error"]["code"] == 2
            assert await ask(socket, {"method": "UNSUBSCRIBE", "params": ["a@aggTrade"], "id": 3}) == {
                "result": None,
                "id": 3,
            }
            assert await ask(socket, {"method": "LIST_SUBSCRIPTIONS", "id": 4}) == {"result": [], "id": 4}

    run(main())


async def closing(socket: Any) -> tuple[list[Any], int]:
    """Everything until the close, and its code."""
    messages = []
    try:
        while True:
            messages.append(await receive(socket))
    except websockets.ConnectionClosed as closed:
        return messages, closed.rcvd.code if closed.rcvd else 1006


def test_a_burst_of_requests_is_closed_with_1008() -> None:
    async def main() -> None:
        async with LocalExchange(ListFeed(1)) as exchange, connect(exchange.ws_url + "/market/ws") as socket:
            for number in range(40):
                await socket.send(json.dumps({"method": "LIST_SUBSCRIPTIONS", "id": number}))
            messages, code = await closing(socket)
            assert ([message["id"] for message in messages], code) == (list(range(15)), 1008)

    run(main())


def test_the_1025th_stream_is_closed_with_1008() -> None:
    async def main() -> None:
        async with LocalExchange(ListFeed(1)) as exchange, connect(exchange.ws_url + "/market/ws") as socket:
            names = [f"s{number}@aggTrade" for number in range(1025)]
            await socket.send(json.dumps({"method": "SUBSCRIBE", "params": names, "id": 1}))
            messages, code = await closing(socket)
            assert (messages[0]["error"]["code"], code) == (4, 1008)

    run(main())


def test_pings_carry_the_time_and_a_connection_lives_its_time() -> None:
    async def main() -> None:
        limits = SessionLimits(first_ping_s=0.1, ping_every_s=60, lifetime_s=1.0)
        async with LocalExchange(ListFeed(1), session_limits=limits) as exchange:
            pings: list[bytes] = []

            class Client(websockets.ClientConnection):
                def process_event(self, event: Any) -> None:
                    if getattr(event, "opcode", None) == 9:
                        pings.append(bytes(event.data))
                    super().process_event(event)

            url = exchange.ws_url + "/market/ws"
            async with websockets.connect(url, create_connection=Client, proxy=None) as socket:
                assert (await closing(socket))[1] == 1001
            (ping,) = pings
            assert abs(int(ping) - time.time() * 1000) < 10_000

    run(main())


def test_a_client_that_answers_no_ping_is_closed_and_one_that_does_is_kept() -> None:
    async def main() -> None:
        limits = SessionLimits(first_ping_s=0.01, ping_every_s=60, pong_timeout_s=0.4)
        async with LocalExchange(ListFeed(1), session_limits=limits) as exchange:

            class Deaf(websockets.ClientConnection):
                def process_event(self, event: Any) -> None:
                    if getattr(event, "opcode", None) != 9:
                        super().process_event(event)

                def data_received(self, data: bytes) -> None:
                    self.protocol.receive_data(data)
                    self.protocol.data_to_send()  # the automatic pong goes nowhere
                    for event in self.protocol.events_received():
                        self.process_event(event)

            url = exchange.ws_url + "/market/ws"
            async with connect(url) as polite:
                async with websockets.connect(url, create_connection=Deaf, proxy=None, close_timeout=0.1) as deaf:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(deaf.wait_closed(), 3)
                    assert deaf.protocol.close_rcvd is not None
                    assert deaf.protocol.close_rcvd.code == 1008
                assert (await ask(polite, {"method": "LIST_SUBSCRIPTIONS", "id": 1}))["id"] == 1

    run(main())


def test_a_wrong_path_is_404() -> None:
    async def main() -> None:
        async with LocalExchange(ListFeed(1)) as exchange:
            with pytest.raises(websockets.InvalidStatus) as caught:
                await connect(exchange.ws_url + "/nothing/here")
            assert caught.value.response.status_code == 404
            assert exchange.missing == {"WebSocket /nothing/here": 1}

    run(main())


def test_rest_over_http_has_its_headers() -> None:
    async def main() -> None:
        async with LocalExchange(ListFeed(1)) as exchange, rest(exchange.rest_url) as client:
            answer = await client.get("/fapi/v1/time")
            assert answer.json() == {"serverTime": START_MS}
            assert answer.headers["x-mbx-used-weight-1m"] == "1"
            assert answer.headers["content-type"] == "application/json"
            assert (await client.get("/fapi/v1/aggTrades", params={"symbol": "牛来USDT"})).json()["code"] == -1121
            assert (await client.head("/fapi/v1/time")).status_code == 200
            assert (await client.get("/nothing")).status_code == 404

    run(main())


def test_rest_knows_the_first_trade_before_the_start_and_only_what_was_played_after(tmp_path: Path) -> None:
    lines = [trade_line(START_MS * 1_000_000 + n, "AUSDT", n, T=START_MS + n) for n in range(1, 51)]
    feed = RecordingFeed([write_recording(tmp_path / "r", lines)])

    async def main() -> None:
        async with LocalExchange(feed, speed="max") as exchange, rest(exchange.rest_url) as client:
            before = (await client.get("/fapi/v1/aggTrades?symbol=AUSDT")).json()
            assert [row["a"] for row in before] == [1]
            async with subscribed(exchange, STREAM) as socket:
                assert await collect(socket, 50) == list(range(1, 51))
            await exchange.finished()
            after = (await client.get("/fapi/v1/aggTrades?symbol=AUSDT")).json()
            assert [row["a"] for row in after] == exchange.truth("AUSDT").ids.tolist() == list(range(1, 51))
            assert (await client.get("/fapi/v1/time")).json()["serverTime"] == START_MS + 53

    run(main())


@pytest.mark.parametrize("speed", [50.0, "max"])
def test_speed_changes_the_pace_and_nothing_else(tmp_path: Path, speed: Any) -> None:
    ns = START_MS * 1_000_000
    lines = [trade_line(ns + n * 20_000_000, "AUSDT", n, T=START_MS + n * 20) for n in range(500)]
    path = write_recording(tmp_path / "r", lines)

    async def main() -> float:
        async with (
            LocalExchange(RecordingFeed([path]), speed=speed) as exchange,
            subscribed(exchange, STREAM) as socket,
        ):
            began = time.monotonic()
            assert await collect(socket, 500) == list(range(1, 501))
            return time.monotonic() - began

    took = run(main())
    assert took >= 0.19 if speed == 50.0 else took < 5  # ten recorded seconds


def test_the_synthetic_market_runs_on_the_wall_clock() -> None:
    market = SyntheticMarket(2, history_hours=0, past_minutes=1)

    async def main() -> None:
        async with LocalExchange(market) as exchange, rest(exchange.rest_url) as client:
            async with subscribed(exchange, "syn1usdt@aggTrade", "syn2usdt@aggTrade") as trades:
                first = await receive(trades)
                assert abs(first["data"]["T"] - time.time() * 1000) < 3_000
                anchor = (await client.get("/fapi/v1/aggTrades?symbol=SYN1USDT&limit=1")).json()[0]["a"]
                assert anchor >= 1_000_001
            async with subscribed(exchange, "syn1usdt@bookTicker", route="public") as quotes:
                assert (await receive(quotes))["data"]["e"] == "bookTicker"
            server_ms = (await client.get("/fapi/v1/time")).json()["serverTime"]
            assert abs(server_ms - time.time() * 1000) < 2_000

    run(main())


def test_the_synthetic_market_at_full_speed_over_sockets() -> None:
    market = SyntheticMarket(3, start_ms=START_MS, duration_s=10, history_hours=0, past_minutes=1)
    begun = {symbol: tape.last_id for symbol, tape in market.tapes.items()}

    async def main() -> None:
        async with LocalExchange(market, speed="max") as exchange:
            streams = [f"{symbol.lower()}@aggTrade" for symbol in exchange.symbols]
            async with subscribed(exchange, *streams) as socket:
                got: dict[str, list[int]] = {symbol: [] for symbol in exchange.symbols}
                finished = asyncio.create_task(exchange.finished())
                while not finished.done() or any(got[s][-1:] != [market.tapes[s].last_id] for s in got):
                    row = (await receive(socket))["data"]
                    got[row["s"]].append(row["a"])
                for symbol, ids in got.items():
                    assert ids == list(range(begun[symbol] + 1, int(exchange.truth(symbol).ids[-1]) + 1))

    run(main())


def test_clean_end_with_open_connections_within_a_second() -> None:
    async def main() -> float:
        exchange = LocalExchange(SyntheticMarket(2, history_hours=0, past_minutes=1))
        await exchange.start()
        async with rest(exchange.rest_url) as client, subscribed(exchange, "syn1usdt@aggTrade") as socket:
            await client.get("/fapi/v1/ping")
            await receive(socket)
            began = time.monotonic()
            await exchange.stop()
            took = time.monotonic() - began
            assert (await closing(socket))[1] == 1001
        await exchange.stop()
        assert len(asyncio.all_tasks()) <= 2  # this test and its timeout
        return took

    assert run(main()) < 1.0


def test_a_taken_port_and_a_senseless_speed_are_refused() -> None:
    async def main() -> None:
        async with LocalExchange(ListFeed(1)) as exchange:
            port = int(exchange.ws_url.rpartition(":")[2])
            for ports in ({"ws_port": port}, {"rest_port": port}):
                with pytest.raises(ConfigError, match="in use"):
                    await LocalExchange(ListFeed(1), **ports).start()  # type: ignore[arg-type]
            with pytest.raises(SymbolError, match="AUSDT"):
                exchange.truth("NONE")

    run(main())
    for speed in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(ConfigError):
            LocalExchange(ListFeed(1), speed=speed)


def test_what_breaks_the_playback_is_told_to_who_waits() -> None:
    class Broken(ListFeed):
        def blocks(self) -> Any:
            yield from super().blocks()
            raise RuntimeError("the feed broke")

    async def main() -> None:
        async with LocalExchange(Broken(1), speed="max", start="now") as exchange:
            with pytest.raises(RuntimeError, match="broke"):
                await exchange.finished()
        unheard = LocalExchange(Broken(1), speed="max", start="now")
        await unheard.start()
        async with rest(unheard.rest_url) as client:  # a turn or two of the loop, and the feed is broken
            assert (await client.get("/fapi/v1/aggTrades?symbol=AUSDT")).json()
        with pytest.raises(RuntimeError, match="broke"):
            await unheard.stop()

    run(main())
