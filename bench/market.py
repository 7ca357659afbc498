"""A market rendered once and served as fast as a client reads: the exchange's side of the ingest benchmark.

Run as a process of its own (``python -m bench.market MESSAGES SYMBOLS``): prints one JSON line with its addresses,
serves until its standard input closes.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import uvloop

from spreadscope.exchange.local.frame_feed import Frame
from spreadscope.exchange.local.local_exchange import LocalExchange
from spreadscope.exchange.local.synthetic import SyntheticMarket

START_MS = 1_750_000_000_000
RATE = 5_000.0


class RenderedMarket:
    """The synthetic market with its frames made beforehand, so that making them is not what is measured."""

    def __init__(self, messages: int, symbols: int) -> None:
        self._market = SyntheticMarket(
            symbols, seed=11, start_ms=START_MS, rate=RATE, history_hours=0.1, past_minutes=0.2, keep=None,
            duration_s=messages / RATE * 6,
        )  # fmt: skip
        self._blocks: list[Sequence[Frame]] = []
        self.trades = 0
        for block in self._market.blocks():
            kept = [frame for frame in block if frame.stream.endswith("@aggTrade")]
            self._blocks.append(kept)
            self.trades += len(kept)
            if self.trades >= messages:
                break

    def __getattr__(self, name: str) -> Any:
        return getattr(self._market, name)

    def blocks(self) -> Iterator[Sequence[Frame]]:
        return iter(self._blocks)


async def serve(messages: int, symbols: int) -> None:
    market = RenderedMarket(messages, symbols)
    async with LocalExchange(market, speed="max") as exchange:  # type: ignore[arg-type]  # a feed by delegation
        line = {"ws": exchange.ws_url, "rest": exchange.rest_url, "symbols": exchange.symbols, "trades": market.trades}
        print(json.dumps(line), flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), int(sys.argv[2])))
