"""Streams made from the market's state rather than played: klines, tickers, depth, and what else follows from the tape.

Only what somebody has subscribed to is made. Time is the exchange's own, as far as it has been played: a stream of 250
ms speaks four times in each second of the market, at whatever speed that is played.
"""

from __future__ import annotations

from collections.abc import Callable

from spreadscope.exchange.local import futures_streams, spot_streams
from spreadscope.exchange.local.derived_sources import DerivedStream
from spreadscope.exchange.local.frame_feed import Frame, FrameFeed
from spreadscope.exchange.local.stream_names import parse_stream


class DerivedStreams:
    """The derived streams that have subscribers. The hub tells who comes and goes, the player what time it is."""

    def __init__(self, feed: FrameFeed, now_ms: Callable[[], int]) -> None:
        self._feed = feed
        self._now_ms = now_ms
        self._sources: dict[str, DerivedStream] = {}
        self._due: dict[str, int] = {}

    @property
    def active(self) -> bool:
        """Whether there is anything to make."""
        return bool(self._sources)

    def delivers(self, stream: str) -> bool:
        """Whether frames of a stream can come: played, derived, or announced by the exchange itself."""
        name = parse_stream(stream)
        announced = name is not None and name.kind == "contractInfo"
        return announced or self._feed.plays(stream) or self._make(stream, self._now_ms()) is not None

    def joined(self, stream: str) -> None:
        """A stream has one subscriber more."""
        source = self._sources.get(stream)
        if source is None:
            now = self._now_ms()
            source = None if self._feed.plays(stream) else self._make(stream, now)
            if source is None:
                return
            self._sources[stream] = source
            self._due[stream] = _next(now, source.every_ms)
        source.joined()

    def deserted(self, stream: str) -> None:
        """A stream has lost its last subscriber."""
        source = self._sources.pop(stream, None)
        if source is not None:
            source.end()
        self._due.pop(stream, None)

    def frames(self, now_ms: int) -> list[Frame]:
        """What is due by a time."""
        made = []
        for stream, due in self._due.items():
            if due <= now_ms:
                source = self._sources[stream]
                self._due[stream] = _next(now_ms, source.every_ms)
                made += [Frame(0, now_ms, stream, payload) for payload in source.payloads(now_ms)]
        return made

    def _make(self, stream: str, now_ms: int) -> DerivedStream | None:
        name = parse_stream(stream)
        if name is None:
            return None
        venue = spot_streams if name.spot else futures_streams
        make = (venue.OF_A_SYMBOL if name.symbol else venue.OF_THE_MARKET).get(name.kind)
        return None if make is None else make(self._feed, name, now_ms)


def _next(now_ms: int, every_ms: int) -> int:
    """The next moment of a grid."""
    return now_ms // every_ms * every_ms + every_ms if every_ms else 0
