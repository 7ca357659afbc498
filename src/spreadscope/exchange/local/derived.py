"""Streams made from the market's state rather than played: klines, tickers, depth, and what else follows from the tape.

Only what somebody has subscribed to is made. Time is the exchange's own, as far as it has been played: a stream of 250 ms
speaks four times in each second of the market, at whatever speed that is played.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

import msgspec

from spreadscope.exchange.local.book import BookState, joined_changes
from spreadscope.exchange.local.feed import DepthLine, Frame, FrameFeed, MarkLine
from spreadscope.exchange.local.kline_stream import KlineStream
from spreadscope.exchange.local.raw_trades import SplitTrades
from spreadscope.exchange.local.streams import Kind, StreamName, parse_stream
from spreadscope.exchange.local.tape import TradeLog
from spreadscope.exchange.local.tickers import mini_ticker_payload, ticker_payload

_TRADE_DELAY_MS: Final = 150
_EVERY_MS: Final = {"": 250, "0ms": 0, "100ms": 100, "250ms": 250, "500ms": 500}  # of a depth stream, by its name


class DerivedStream(Protocol):
    """One derived stream."""

    def end(self) -> None:
        """Nobody listens any more."""

    @property
    def every_ms(self) -> int:
        """How often it speaks; 0: whenever something has been played."""

    def payloads(self, now_ms: int) -> list[bytes]:
        """What it says now."""

    def joined(self) -> None:
        """There is a new subscriber, who is to hear the state soon."""


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
        makers = _OF_A_SYMBOL if name.symbol else _OF_THE_MARKET
        make = makers.get(name.kind)
        return None if make is None else make(self._feed, name, now_ms)


class _Stateful:
    """A source that holds nothing but itself."""

    def end(self) -> None:
        """There is nothing to let go."""


class _Ticker(_Stateful):
    """24 hour figures, once a second: of one symbol, or an array of those that have traded since."""

    every_ms = 1_000

    def __init__(self, tapes: list[TradeLog], write: Callable[[TradeLog, int], bytes], *, array: bool = False) -> None:
        self._tapes = tapes
        self._write = write
        self._array = array
        self._published: dict[str, int] = {}

    def joined(self) -> None:
        self._published.clear()

    def payloads(self, now_ms: int) -> list[bytes]:
        if not self._array:
            return [self._write(tape, now_ms) for tape in self._tapes if tape.visible]
        changed = [tape for tape in self._tapes if tape.visible and self._published.get(tape.symbol) != tape.published]
        self._published.update((tape.symbol, tape.published) for tape in changed)
        rows = [self._write(tape, now_ms) for tape in changed]
        return [b"[" + b",".join(rows) + b"]"] if rows else []


class _Marks(_Stateful):
    """Mark prices every three seconds, or each second where the name says so, as far as they have been told anew."""

    def __init__(self, lines: list[MarkLine], name: StreamName) -> None:
        self.every_ms = 1_000 if name.speed == "1s" else 3_000
        self._array = not name.symbol
        self._lines = lines
        self._published: dict[int, bytes] = {}

    def joined(self) -> None:
        self._published.clear()

    def payloads(self, now_ms: int) -> list[bytes]:
        del now_ms
        fresh = []
        for number, line in enumerate(self._lines):
            if line.current is not None and line.current is not self._published.get(number):
                self._published[number] = line.current
                fresh.append(line.current)
        return [b"[" + b",".join(fresh) + b"]"] if self._array and fresh else fresh


class _Quotes(_Stateful):
    """``!bookTicker``: every five seconds the quote of each symbol that has changed."""

    every_ms = 5_000

    def __init__(self, feed: FrameFeed) -> None:
        self._feed = feed
        self._published: dict[str, int] = {}

    def joined(self) -> None:
        self._published.clear()

    def payloads(self, now_ms: int) -> list[bytes]:
        fresh = []
        for symbol in self._feed.tapes:
            quote = self._feed.quote(symbol, now_ms)
            if quote is not None and quote.update != self._published.get(symbol):
                self._published[symbol] = quote.update
                fresh.append(quote.payload())
        return fresh


class _Trades(_Stateful):
    """The raw trades behind each aggregate, as soon as that has been played."""

    every_ms = 0

    def __init__(self, tape: TradeLog, raw: SplitTrades) -> None:
        self._tape = tape
        self._raw = raw
        self._published = tape.published

    def joined(self) -> None:
        """Trades are told once: a new subscriber hears those to come."""

    def payloads(self, now_ms: int) -> list[bytes]:
        del now_ms
        if self._tape.published == self._published:
            return []
        trades = self._raw.since(self._published)
        self._published = self._tape.published
        return [trade.payload(self._tape.symbol, _TRADE_DELAY_MS) for trade in trades]


class _Depth(_Stateful):
    """What has changed in the book, or its best levels, where it has changed."""

    def __init__(self, feed: FrameFeed, book: BookState, name: StreamName) -> None:
        self.every_ms = _EVERY_MS[name.speed]
        self._feed = feed
        self._book = book
        self._levels = int(name.argument or 0)
        self._anew = False

    def joined(self) -> None:
        self._anew = self._levels > 0

    def payloads(self, now_ms: int) -> list[bytes]:
        book = self._feed.book(self._book.symbol, now_ms)
        if book is None or (book.update <= self._book.update and not self._anew):
            return []
        before, self._book, self._anew = self._book, book, False
        if self._levels:
            return [book.top(self._levels, before.update, now_ms)]
        return [book.since(before, now_ms)]


class _RecordedDepth:
    """The recorded changes of a book, joined to the pace that is asked for."""

    def __init__(self, line: DepthLine, name: StreamName) -> None:
        self.every_ms = _EVERY_MS[name.speed]
        self._line = line
        self._tap: list[bytes] = []

    def joined(self) -> None:
        """Changes are told once: a new subscriber hears those to come."""
        if not any(tap is self._tap for tap in self._line.taps):
            self._line.taps.append(self._tap)

    def end(self) -> None:
        self._line.taps = [tap for tap in self._line.taps if tap is not self._tap]

    def payloads(self, now_ms: int) -> list[bytes]:
        del now_ms
        if not self._tap:
            return []
        changes = list(self._tap)
        self._tap.clear()
        try:
            return [joined_changes(changes)]
        except msgspec.MsgspecError:
            return changes  # garbled when it was recorded: told as it was


Maker = Callable[[FrameFeed, StreamName, int], DerivedStream | None]


def _kline(feed: FrameFeed, name: StreamName, now_ms: int) -> DerivedStream | None:
    tape = feed.tapes.get(name.symbol)
    return None if tape is None else KlineStream(tape, name.argument, now_ms)


def _continuous_kline(feed: FrameFeed, name: StreamName, now_ms: int) -> DerivedStream | None:
    pair, _, contract = name.symbol.rpartition("_")
    tape = feed.tapes.get(pair) if contract == "PERPETUAL" else None
    return None if tape is None else KlineStream(tape, name.argument, now_ms, continuous=True)


def _ticker(write: Callable[[TradeLog, int], bytes]) -> Maker:
    def make(feed: FrameFeed, name: StreamName, now_ms: int) -> DerivedStream | None:
        del now_ms
        tapes = [tape for tape in feed.tapes.values() if name.symbol in {"", tape.symbol}]
        return _Ticker(tapes, write, array=not name.symbol) if tapes else None

    return make


def _marks(feed: FrameFeed, name: StreamName, now_ms: int) -> DerivedStream | None:
    del now_ms
    lines = [line for symbol, line in feed.marks.items() if name.symbol in {"", symbol}]
    return _Marks(lines, name) if lines else None


def _all_quotes(feed: FrameFeed, name: StreamName, now_ms: int) -> DerivedStream | None:
    del name, now_ms
    return _Quotes(feed) if any(feed.plays(f"{symbol.lower()}@bookTicker") for symbol in feed.tapes) else None


def _trades(feed: FrameFeed, name: StreamName, now_ms: int) -> DerivedStream | None:
    del now_ms
    tape = feed.tapes.get(name.symbol)
    raw = None if tape is None else feed.raw_trades(name.symbol)
    return _Trades(tape, raw) if tape is not None and isinstance(raw, SplitTrades) else None


def _depth(feed: FrameFeed, name: StreamName, now_ms: int) -> DerivedStream | None:
    if name.symbol not in feed.tapes:
        return None
    book = feed.book(name.symbol, now_ms)
    if book is not None:
        return _Depth(feed, book, name)
    line = feed.depth(name.symbol) if name.kind == "depth" else None
    return None if line is None else _RecordedDepth(line, name)


_OF_A_SYMBOL: Final[dict[Kind, Maker]] = {
    "kline": _kline, "continuousKline": _continuous_kline, "ticker": _ticker(ticker_payload),
    "miniTicker": _ticker(mini_ticker_payload), "markPrice": _marks, "trade": _trades, "depth": _depth,
    "partialDepth": _depth,
}  # fmt: skip
_OF_THE_MARKET: Final[dict[Kind, Maker]] = {
    "ticker": _ticker(ticker_payload), "miniTicker": _ticker(mini_ticker_payload), "markPrice": _marks,
    "bookTicker": _all_quotes,
}  # fmt: skip


def _next(now_ms: int, every_ms: int) -> int:
    """The next moment of a grid."""
    return now_ms // every_ms * every_ms + every_ms if every_ms else 0
