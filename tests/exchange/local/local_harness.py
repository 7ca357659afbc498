"""Helpers of the local exchange's tests: a loop, clients, a tiny feed and tiny recordings."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import httpx
import uvloop
import websockets

from spreadscope.exchange.local.frame_feed import Frame, FundingRow, ListedInstrument, MarkLine
from spreadscope.exchange.local.trade_log import TradeLog

T = TypeVar("T")
START_MS = 1_790_000_000_000


def run(main: Coroutine[Any, Any, T], limit_s: float = 30) -> T:
    """Run to the end or fail: no test waits for ever."""
    return uvloop.run(asyncio.wait_for(main, limit_s))


def connect(url: str, **options: Any) -> Any:
    return websockets.connect(url, compression=None, proxy=None, max_size=None, open_timeout=5, **options)


def rest(url: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=url, trust_env=False, timeout=5)


async def receive(socket: Any) -> Any:
    return json.loads(await asyncio.wait_for(socket.recv(), 5))


async def ask(socket: Any, message: Any) -> Any:
    await socket.send(message if isinstance(message, str | bytes) else json.dumps(message))
    return await receive(socket)


async def silent(socket: Any) -> bool:
    """Whether nothing comes: a later answer to a later question is the next message, so this needs no waiting."""
    answer = await ask(socket, {"method": "LIST_SUBSCRIPTIONS", "id": 424242})
    return isinstance(answer, dict) and answer.get("id") == 424242


class ListFeed:
    """One symbol, given frames: one trade a frame, at 1 ms from one another."""

    description = "list"
    due_is_market_time = False
    follows_wall_clock = False
    start_ms = START_MS

    def __init__(self, count: int, symbol: str = "AUSDT", size: int = 0) -> None:
        self.listings: Mapping[str, ListedInstrument] = {
            symbol: ListedInstrument(symbol, "A", "USDT", 2, 3, "0.01", "0.001")
        }
        self.tape = TradeLog(symbol, price_decimals=2, quantity_decimals=3)
        self.tapes: Mapping[str, TradeLog] = {symbol: self.tape}
        self.marks: Mapping[str, MarkLine] = {}
        self.stream = f"{symbol.lower()}@aggTrade"
        self._count = count
        self._filler = "x" * size

    def funding(self, symbol: str, now_ms: int) -> Sequence[FundingRow]:
        return ()

    def plays(self, stream: str) -> bool:
        return stream == self.stream

    def quote(self, symbol: str, now_ms: int) -> None:
        return None

    def book(self, symbol: str, now_ms: int) -> None:
        return None

    def depth(self, symbol: str) -> None:
        return None

    def raw_trades(self, symbol: str) -> None:
        return None

    def open_interest(self, symbol: str, now_ms: int) -> None:
        return None

    def blocks(self) -> Iterator[Sequence[Frame]]:
        for first in range(1, self._count + 1, 100):
            block = []
            for number in range(first, min(first + 100, self._count + 1)):
                time = START_MS + number
                self.tape.append(
                    number=number, time=time, price=10_000 + number % 7, quantity=number, non_rpi=number, first=number,
                    last=number, count=1, maker=number % 2 == 0,
                )  # fmt: skip
                payload = json.dumps({"a": number, "T": time, "x": self._filler}, separators=(",", ":")).encode()
                block.append(Frame(time * 1_000_000, time, self.stream, payload, self.tape))
            yield block


def trade_line(
    recv_ns: int, symbol: str, number: int, *, T: int, p: str = "10.00", q: str = "1.0", m: bool = False
) -> bytes:
    payload = {"e": "trade", "E": T + 3, "T": T, "s": symbol, "t": number, "p": p, "q": q, "X": "MARKET", "m": m}
    return b"%d " % recv_ns + json.dumps({"stream": f"{symbol.lower()}@trade", "data": payload}).encode() + b"\n"


def line(recv_ns: int, stream: str, payload: Any) -> bytes:
    return b"%d " % recv_ns + json.dumps({"stream": stream, "data": payload}).encode() + b"\n"


def write_recording(path: Path, lines: list[bytes]) -> Path:
    path.write_bytes(b"".join(lines))
    return path
