"""The whole line in one process: a local exchange over a recording, and the engine over real sockets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import uvloop

from spreadscope.app.engine_limits import EngineLimits
from spreadscope.app.live_engine import LiveEngine
from spreadscope.exchange.local.local_exchange import LocalExchange
from spreadscope.exchange.local.recording_feed import RecordingFeed
from spreadscope.model.config import Config, load_config

START_MS = 1_750_000_000_000


def run(main: Coroutine[Any, Any, None]) -> None:
    uvloop.run(asyncio.wait_for(main, 120))


async def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for a condition; fail when it does not come true.

    The limit is that of a hang, on a machine that has other work.
    """
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - the conditions are of many kinds
            await asyncio.sleep(0.01)


def write_recording(
    path: Path, symbols: Sequence[str] = ("AAAUSDT", "BBBUSDT"), seconds: int = 300, a_second: int = 8, seed: int = 7
) -> Path:
    """A recording of ours in the exchange's 2026 shapes: aggTrades and quotes, ids dense, twins in one millisecond."""
    rng = np.random.default_rng(seed)
    lines: list[str] = []
    common = np.cumsum(rng.normal(0, 2e-4, seconds * a_second))
    ids = dict.fromkeys(symbols, 1000)
    for step in range(seconds * a_second):
        for place, symbol in enumerate(symbols):
            time = START_MS + step * (1000 // a_second) + place
            price = f"{100 * (1 + place) * np.exp(common[step] + rng.normal(0, 1e-4)):.2f}"
            received = (time + 40) * 1_000_000
            for _ in range(1 + int(rng.random() < 0.2)):
                trade = {
                    "e": "aggTrade", "E": time + 30, "s": symbol, "a": ids[symbol], "p": price,
                    "q": f"{rng.integers(1, 5000) / 1000:.3f}", "nq": "0.001", "f": ids[symbol], "l": ids[symbol],
                    "T": time, "m": bool(rng.random() < 0.5), "st": 1,
                }  # fmt: skip
                ids[symbol] += 1
                lines.append(_line(received, f"{symbol.lower()}@aggTrade", trade))
            quote = {
                "e": "bookTicker", "u": step, "s": symbol, "ps": symbol, "b": price, "B": "1", "a": price, "A": "1",
                "T": time, "E": time, "st": 1,
            }  # fmt: skip
            lines.append(_line(received + 1, f"{symbol.lower()}@bookTicker", quote))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _line(received_ns: int, stream: str, data: dict[str, object]) -> str:
    return f"{received_ns} {json.dumps({'stream': stream, 'data': data}, separators=(',', ':'))}"


#: Windows of two minutes and one: recordings here are short. A replay is compared with the same ones.
WINDOWS: dict[str, Any] = {
    "analytics__hedge_window": 120,
    "analytics__z_window": 60,
    "analytics__correlation_window": 60,
}


def config(exchange: LocalExchange, data: Path, **options: Any) -> Config:
    """The configuration of an engine at this exchange."""
    addresses = {"exchange__rest_url": exchange.rest_url, "exchange__ws_url": exchange.ws_url}
    return load_config(None, data=data, api__port=0, **addresses, **WINDOWS | options)


@asynccontextmanager
async def line(
    recordings: Sequence[Path], data: Path, *, speed: float | str = "max", **options: Any
) -> AsyncIterator[tuple[LocalExchange, LiveEngine]]:
    """Exchange and engine, connected; the first two symbols are the pair unless ``pairs`` says otherwise.

    ``limits``: the engine's.
    """
    limits: EngineLimits | None = options.pop("limits", None)
    feed = RecordingFeed(list(recordings))
    async with LocalExchange(feed, speed=speed) as exchange:  # type: ignore[arg-type]  # a factor or "max"
        if "pairs" not in options and "symbols" not in options:
            y, x = exchange.symbols[:2]
            options["pairs"] = (f"{y}/{x}",)
        async with LiveEngine(config(exchange, data, **options), limits=limits) as live:
            yield exchange, live


def whole(exchange: LocalExchange, live: LiveEngine) -> bool:
    """Whether every tape reaches the exchange's newest trade without a hole."""
    return all(
        symbol in live.core.engine.tapes
        and live.core.engine.tapes[symbol].ledger.last == exchange.truth(symbol).ids[-1]
        and not live.core.engine.open_holes(symbol)
        for symbol in exchange.symbols
    )


def assert_store_equals_truth(exchange: LocalExchange, live: LiveEngine) -> int:
    """Every stored trade equals the exchange's, once each, nothing missing; → how many there are."""
    total = 0
    for symbol in exchange.symbols:
        stored, truth = live.store.reader.trades(symbol), exchange.truth(symbol)
        np.testing.assert_array_equal(stored.ids, truth.ids)
        np.testing.assert_array_equal(stored.times, truth.times)
        np.testing.assert_array_equal(stored.prices, truth.prices)
        np.testing.assert_array_equal(stored.quantities, truth.quantities)
        np.testing.assert_array_equal(stored.buyer_maker, truth.buyer_maker)
        ranges, lost = live.store.reader.ledger(symbol)
        assert [(r.first, r.last) for r in ranges] == [(int(truth.ids[0]), int(truth.ids[-1]))]
        assert lost == ()
        total += len(stored)
    return total
