"""A socket that says and answers nothing."""

from __future__ import annotations

from spreadscope.exchange.binance_futures import streams as names
from spreadscope.model.clock import ManualClock
from spreadscope.model.states import ConnectionState

SYMBOLS = ("AAAUSDT", "BBBUSDT")


class Socket:
    """A connection that carries both symbols and is connected again when it is cut."""

    name = "market-0"

    def __init__(self, clock: ManualClock) -> None:
        self.state = ConnectionState.CONNECTED
        self.paused = False
        self.each_second = False
        self.last_frame_ns = self.made_ns = self.connected_ns = clock.monotonic_ns()
        self.hurried = 0
        self.cuts: list[str] = []
        self._clock = clock
        self._subscribe()

    def cut(self, why: str) -> None:
        self.cuts.append(why)
        self._clock.advance(1_000_000)
        self._subscribe()

    @property
    def last_received_ns(self) -> int:
        """It answers every ping."""
        return self._clock.monotonic_ns()

    def connect_now(self) -> None:
        self.hurried += 1

    def _subscribe(self) -> None:
        self.subscribed_ns = dict.fromkeys(map(names.agg_trade, SYMBOLS), self._clock.monotonic_ns())
