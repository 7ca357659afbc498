"""The exchange of a long soak, as a process of its own: hours of a synthetic market, and what was traded written down.

Run as ``python -m tests.soak.market``: prints one JSON line with its addresses. Every line it then reads is answered
with one: ``state``, or ``calm``, after which nothing more goes wrong. It ends with its standard input.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import uvloop

from spreadscope.exchange.local import FaultSeverity, LocalExchange, SeededFaults, SyntheticMarket
from spreadscope.exchange.local.frame_feed import Frame
from tests.soak.truth import TruthWriter

# Trades a symbol that REST can reach. The CLI keeps half a million, which for 20 symbols is more memory than the soaked
# engine has; what a soak refetches is minutes old.
KEEP: Final = 100_000
# A ban or a halt of minutes would be ten times as long on the market's clock.
_SEVERITY: Final = FaultSeverity(retry_after=(1, 1), ban=(1, 2), slow=(0.05, 0.3), rest=(0.2, 0.6), halt=(0.2, 0.6))


class WrittenMarket:
    """A synthetic market whose trades are written down once they have been played."""

    def __init__(self, market: SyntheticMarket, truth: TruthWriter) -> None:
        self._market = market
        self._truth = truth

    def __getattr__(self, name: str) -> Any:
        return getattr(self._market, name)

    def blocks(self) -> Iterator[Sequence[Frame]]:
        """The market's own. A block is asked for when the one before it has been played, and can be written."""
        for block in self._market.blocks():
            self._truth.write()
            yield block
        self._truth.write()


async def serve(options: argparse.Namespace) -> None:
    market = SyntheticMarket(
        options.symbols, seed=options.seed, rate=options.rate, duration_s=options.hours * 3600, keep=KEEP,
        past_minutes=6,
    )  # fmt: skip
    faults = SeededFaults(options.faults, options.seed, severity=_SEVERITY) if options.faults else None
    with TruthWriter(options.truth, market.tapes) as truth:
        feed = WrittenMarket(market, truth)
        # The market waits for the engine: what it would trade while history is fetched would be no part of the soak.
        exchange = LocalExchange(feed, speed=options.speed, start="subscribed", faults=faults)  # a feed by delegation
        async with exchange:
            _give({"ws": exchange.ws_url, "rest": exchange.rest_url, "symbols": list(exchange.symbols)})
            ended = asyncio.create_task(exchange.finished(), name="market")
            reader = asyncio.StreamReader()
            await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
            while line := await reader.readline():
                if faults is not None and line.strip() == b"calm":
                    faults.end()
                if ended.done():
                    ended.result()
                _give(state(exchange, market, faults, ended=ended.done()))
            ended.cancel()


def state(
    exchange: LocalExchange, market: SyntheticMarket, faults: SeededFaults | None, *, ended: bool
) -> dict[str, Any]:
    """Market times in ms: where the playback should be, and the newest trade that has really been played."""
    newest = max(tape.time_of(tape.last_id) or 0 for tape in market.tapes.values())
    return {
        "start": market.start_ms,
        "due": exchange.now_ms,
        "played": newest,
        "frames": exchange.frames_played,
        "ended": ended,
        "last": {symbol: tape.last_id for symbol, tape in market.tapes.items()},
        "fired": dict(faults.fired) if faults is not None else {},
    }


def _give(document: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(prog="market", description=__doc__)
    parser.add_argument("--symbols", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--rate", type=float, required=True, help="messages a market second")
    parser.add_argument("--speed", type=float, required=True)
    parser.add_argument("--hours", type=float, required=True, help="of market time")
    parser.add_argument("--faults", default="", help="a specification (docs/faults.md)")
    parser.add_argument("--truth", type=Path, required=True, help="the folder to write what was traded to")
    uvloop.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
