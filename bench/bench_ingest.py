"""Ingest: socket → decode → ledger → store → bars → 10 pairs, beside the bare socket and other clients in the same run.

Everything of the client runs on one core, the exchange on the other. Rates are messages a second, medians of the
rounds; the ratio is to the bare socket, which counts bytes and does nothing else.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
import picows
import uvloop
import websocket
import websockets

from spreadscope.app.live_engine import LiveEngine
from spreadscope.commands.compile_kernels import load_kernels
from spreadscope.exchange.binance_futures.decode import StreamData, decode
from spreadscope.model.config import load_config

MESSAGES = 300_000
SYMBOLS = 20
ROUNDS = 3
CORES = sorted(os.sched_getaffinity(0))  # the client takes the first, the exchange the last


class Market:
    """The exchange in a process of its own, on a core of its own."""

    def __enter__(self) -> dict[str, Any]:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.market", str(MESSAGES), str(SYMBOLS)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        os.sched_setaffinity(self._process.pid, {CORES[-1]})
        assert self._process.stdout is not None
        document: dict[str, Any] = json.loads(self._process.stdout.readline())
        return document

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()


def _subscription(symbols: list[str]) -> bytes:
    return json.dumps(
        {"method": "SUBSCRIBE", "params": [f"{symbol.lower()}@aggTrade" for symbol in symbols], "id": 1}
    ).encode()


def bare_socket(market: dict[str, Any]) -> float:
    """A plain TCP socket: handshake by hand, then bytes into one buffer until all frames must have come."""
    parts = urlsplit(market["ws"])
    frame_bytes = _total_bytes(market)
    with socket.create_connection((parts.hostname, parts.port)) as connection:
        connection.sendall(
            b"GET /market/stream HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        connection.recv(4096)
        payload = _subscription(market["symbols"])
        head = bytes([0x81, 0x80 | 126]) + len(payload).to_bytes(2, "big") + bytes(4)
        connection.sendall(head + payload)
        buffer = bytearray(1 << 18)
        received, began = connection.recv_into(buffer), time.perf_counter()
        while received < frame_bytes:
            received += connection.recv_into(buffer)
        return market["trades"] / (time.perf_counter() - began)


def _total_bytes(market: dict[str, Any]) -> int:
    """Bytes of all frames, counted once by a client that parses them."""
    if "bytes" not in market:
        raise RuntimeError("count the bytes with picows first")
    return int(market["bytes"])


def picows_alone(market: dict[str, Any]) -> float:
    return uvloop.run(_picows(market, decode_frames=False))


def picows_and_decode(market: dict[str, Any]) -> float:
    return uvloop.run(_picows(market, decode_frames=True))


async def _picows(market: dict[str, Any], *, decode_frames: bool) -> float:
    done = asyncio.Event()
    counted = {"frames": 0, "bytes": 0, "began": 0.0}

    class Listener(picows.WSListener):  # type: ignore[misc]
        def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:  # noqa: ARG002
            size = frame.payload_size
            counted["bytes"] += size + (2 if size < 126 else 4)
            if decode_frames and type(decode(frame.get_payload_as_memoryview())) is not StreamData:
                return
            if size < 60:
                return  # the acknowledgement
            if not counted["frames"]:
                counted["began"] = time.perf_counter()
            counted["frames"] += 1
            if counted["frames"] == market["trades"]:
                done.set()

    transport, _ = await picows.ws_connect(Listener, market["ws"] + "/market/stream", read_buffer_init_size=1 << 18)
    transport.send(picows.WSMsgType.TEXT, _subscription(market["symbols"]))
    await done.wait()
    rate = market["trades"] / (time.perf_counter() - counted["began"])
    market.setdefault("bytes", counted["bytes"])
    transport.disconnect()
    return rate


def websockets_alone(market: dict[str, Any]) -> float:
    return asyncio.run(_websockets(market))


async def _websockets(market: dict[str, Any]) -> float:
    async with websockets.connect(market["ws"] + "/market/stream", proxy=None, compression=None) as connection:
        await connection.send(_subscription(market["symbols"]).decode())
        await connection.recv()
        await connection.recv()
        began = time.perf_counter()
        for _ in range(market["trades"] - 1):
            await connection.recv()
        return market["trades"] / (time.perf_counter() - began)


def usual_stack(market: dict[str, Any]) -> float:
    """What the tutorials build: websocket-client in a thread, json, and each second a pandas frame grown and resampled.

    Nothing is stored, no pair is computed. Ends when the last trade is in the frame and its bars.
    """
    waiting: deque[tuple[str, int, float, float]] = deque()
    began: list[float] = []
    received = 0

    def on_message(_: websocket.WebSocketApp, text: str) -> None:
        nonlocal received
        data = json.loads(text).get("data")
        if data is None:
            return  # the acknowledgement
        if not began:
            began.append(time.perf_counter())
        waiting.append((data["s"], data["T"], float(data["p"]), float(data["q"])))
        received += 1

    client = websocket.WebSocketApp(
        market["ws"] + "/market/stream",
        on_open=lambda app: app.send(_subscription(market["symbols"]).decode()),
        on_message=on_message,
    )
    thread = threading.Thread(target=client.run_forever, daemon=True)
    thread.start()
    frame = pd.DataFrame()
    refreshed = time.perf_counter()
    while len(frame) < market["trades"]:
        time.sleep(0.02)
        if not thread.is_alive():
            raise RuntimeError(f"the usual stack lost its connection after {received} messages")
        if received < market["trades"] and time.perf_counter() - refreshed < 1.0:
            continue
        refreshed = time.perf_counter()
        frame = _resampled(frame, [waiting.popleft() for _ in range(len(waiting))])
    rate = market["trades"] / (time.perf_counter() - began[0])
    client.close()
    thread.join(5)
    return rate


def _resampled(frame: pd.DataFrame, rows: list[tuple[str, int, float, float]]) -> pd.DataFrame:
    """The frame with more rows, after its bars of a second and a minute were made anew."""
    more = pd.DataFrame(rows, columns=["symbol", "time", "price", "quantity"])
    more.index = pd.to_datetime(more.pop("time"), unit="ms")
    grown = pd.concat([frame, more]) if len(frame) else more
    by_symbol = grown.groupby("symbol")
    for rule in ("1s", "1min"):
        by_symbol["price"].resample(rule).ohlc()
        by_symbol["quantity"].resample(rule).sum()
    return grown


def whole_line(market: dict[str, Any]) -> float:
    """The live engine over the same socket: ends when the last trade is on disk."""
    return uvloop.run(_whole_line(market))


async def _whole_line(market: dict[str, Any]) -> float:
    symbols = market["symbols"]
    pairs = tuple(f"{y}/{x}" for y, x in zip(symbols[::2], symbols[1::2], strict=True))[:10]
    with tempfile.TemporaryDirectory() as directory:
        config = load_config(
            None, pairs=pairs, symbols=tuple(symbols), data=Path(directory) / "store", history__bars=0,
            history__trade_minutes=0, exchange__quotes=False, exchange__rest_url=market["rest"],
            exchange__ws_url=market["ws"],
        )  # fmt: skip
        async with LiveEngine(config) as live:
            while not live.markets.messages:  # noqa: ASYNC110 - a benchmark polls
                await asyncio.sleep(0)
            began, first = time.perf_counter(), live.core.trades
            while live.core.trades < market["trades"] - 2 * len(symbols):  # noqa: ASYNC110
                await asyncio.sleep(0.005)
            trades = live.core.trades - first
            await live.store.writer.flush()
            seconds = time.perf_counter() - began
            rows = sum(1 for states in live.core.engine.pairs.values() for state in states.values() if state.row)
            assert rows, "no pair row was made"
            holes = sum(len(live.core.engine.open_holes(symbol)) for symbol in symbols)
            assert not holes, "the run lost trades"
    return trades / seconds


CLIENTS: list[tuple[str, Callable[[dict[str, Any]], float]]] = [
    ("picows alone", picows_alone),
    ("bare socket (the limit)", bare_socket),
    ("picows + our decode", picows_and_decode),
    ("websockets alone", websockets_alone),
    ("websocket-client thread + json + pandas", usual_stack),
    ("whole line: store, bars, 10 pairs", whole_line),
]


def main() -> None:
    load_kernels()
    rates: dict[str, list[float]] = {name: [] for name, _ in CLIENTS}
    try:
        os.sched_setaffinity(0, {CORES[0]})
        for _ in range(ROUNDS):
            total = 0
            for name, client in CLIENTS:
                # Each client gets a market of its own: playback happens once.
                with Market() as market:
                    market.update({"bytes": total} if total else {})
                    rates[name].append(client(market))
                    total = total or market.get("bytes", 0)
    finally:
        os.sched_setaffinity(0, set(CORES))
    limit = statistics.median(rates["bare socket (the limit)"])
    print(f"{MESSAGES:,} aggTrade frames of {SYMBOLS} symbols, client on one core; median of {ROUNDS} rounds")
    for name, measured in rates.items():
        rate = statistics.median(measured)
        print(f"  {name:<42}{rate / 1e3:>9,.0f} k msg/s   {rate / limit:>6.2f} of the bare socket")


if __name__ == "__main__":
    main()
