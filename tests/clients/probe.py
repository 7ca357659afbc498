# ruff: noqa: T201 - a program that reports to the terminal
"""What every client's program shares: named probes, each run with a time of its own, one JSON line about each.

Runs in the clients' environment, where nothing of the product is: the standard library alone.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import sys
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

SECONDS = 20.0
SYMBOL = "SYN1USDT"
Probe = Callable[[], Any]


class Probes:
    """The probes of one client. A probe returns what it got; nothing, or an exception, is not delivered."""

    def __init__(self, client: str) -> None:
        self.client = client
        self._probes: list[tuple[str, str, Probe, str]] = []

    def route(self, name: str) -> Callable[[Probe], Probe]:
        """A REST route."""
        return self._add("route", name, "")

    def stream(self, name: str, *, silent: str = "") -> Callable[[Probe], Probe]:
        """A stream; ``silent`` says why the exchange itself delivers nothing to what this client asks for."""
        return self._add("stream", name, silent)

    def _add(self, kind: str, name: str, silent: str) -> Callable[[Probe], Probe]:
        def add(probe: Probe) -> Probe:
            self._probes.append((kind, name, probe, silent))
            return probe

        return add

    async def run(self) -> None:
        """Run them one after the other."""
        for kind, name, probe, silent in self._probes:
            line = {"client": self.client, "kind": kind, "name": name, "silent": silent, "got": "", "error": ""}
            try:
                async with asyncio.timeout(3.0 if silent else SECONDS):
                    got = probe()
                    if inspect.isawaitable(got):
                        got = await got
                line["got"] = _short(got)
            except TimeoutError:
                line["error"] = "nothing came"
            except Exception as error:  # noqa: BLE001 - a client's own failure is a line of the table
                line["error"] = f"{type(error).__name__}: {_short(error)}"
                traceback.print_exc(file=sys.stderr)
            print(json.dumps(line), flush=True)


def run(probes: Probes, close: Callable[[], Awaitable[None]] | None = None) -> None:
    """Run a client's probes and leave, whatever threads the client still has."""

    async def main() -> None:
        await probes.run()
        if close is not None:
            await close()

    asyncio.run(main())
    sys.stdout.flush()
    os._exit(0)


def addresses() -> tuple[str, str]:
    """The local exchange's REST and WebSocket addresses, from the command line."""
    return sys.argv[1], sys.argv[2]


def event_of(stream: str) -> str:
    """The event that a stream's payloads carry."""
    kind = stream.lstrip("!").partition("@")[0].partition("_")[0]
    if kind.startswith("depth"):
        return "depthUpdate"
    return {"markPrice": "markPriceUpdate", "ticker": "24hrTicker", "miniTicker": "24hrMiniTicker",
            "continuousKline": "continuous_kline"}.get(kind, kind)  # fmt: skip


def checked(stream: str, message: Any) -> Any:
    """The message, if it is one of this stream and not some other."""
    data = message.get("data", message) if isinstance(message, dict) else message
    for row in data if isinstance(data, list) else [data]:
        if row["e"] != event_of(stream):
            raise AssertionError(f"{stream} delivered {row['e']}")
    return message


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 100 else text[:100] + "…"
