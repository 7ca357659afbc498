"""One call from the words of a command line to a local exchange."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from spreadscope.exchange.local.faults import Faults
from spreadscope.exchange.local.player import Speed, Start
from spreadscope.exchange.local.recorded import RecordingFeed
from spreadscope.exchange.local.server import LocalExchange
from spreadscope.exchange.local.synthetic import SyntheticMarket
from spreadscope.model.errors import ConfigError


def parse_speed(text: str) -> Speed:
    """Read ``"max"`` or a positive factor such as ``"20"`` or ``"0.5x"``.

    Raises:
        ConfigError: it is neither.
    """
    if text.strip().lower() == "max":
        return "max"
    try:
        factor = float(text.strip().lower().removesuffix("x"))
    except ValueError:
        factor = 0.0
    if not 0 < factor < float("inf"):
        raise ConfigError(f"The speed {text!r} cannot be played; give a positive number such as 20, or 'max'.")
    return factor


def create_exchange(
    recordings: Sequence[str | Path] = (),
    *,
    speed: Speed = 1.0,
    start: Start | None = None,
    symbols: int = 8,
    seed: int = 1,
    rate: float | None = None,
    host: str = "127.0.0.1",
    ws_port: int = 0,
    rest_port: int = 0,
    faults: Faults | None = None,
) -> LocalExchange:
    """Make an exchange that plays these recordings, or the synthetic market when there are none.

    Reading recordings takes about a second for 150,000 frames and making the market half a second: call it before the
    event loop, or in a thread. Use the result with ``async with``.

    Raises:
        RecordingError: a recording is missing, unknown or without trades.
        ConfigError: the speed or the synthetic market makes no sense.
    """
    feed = RecordingFeed(recordings) if recordings else SyntheticMarket(symbols, seed=seed, rate=rate)
    return LocalExchange(
        feed, host=host, ws_port=ws_port, rest_port=rest_port, speed=speed, start=start, faults=faults
    )  # fmt: skip
