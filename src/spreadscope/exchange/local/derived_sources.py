"""What derived streams are made of: each source reads the state of the feed and says what is due.

Venues differ in how it is written.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import msgspec

from spreadscope.exchange.local.book import BookState, joined_changes
from spreadscope.exchange.local.frame_feed import DepthLine, FrameFeed, MarkLine
from spreadscope.exchange.local.raw_trades import SplitTrade, SplitTrades
from spreadscope.exchange.local.stream_names import StreamName
from spreadscope.exchange.local.trade_log import TradeLog

_TRADE_DELAY_MS = 150


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


class Stateless:
    """A source that has nothing to let go at its end."""

    def end(self) -> None:
        """There is nothing to let go."""


class TickerSource(Stateless):
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


class MarkSource(Stateless):
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


class QuoteSource(Stateless):
    """``!bookTicker``: every five seconds the quote of each symbol that has changed."""

    every_ms = 5_000

    def __init__(self, feed: FrameFeed, symbols: list[str]) -> None:
        self._feed = feed
        self._symbols = symbols
        self._published: dict[str, int] = {}

    def joined(self) -> None:
        self._published.clear()

    def payloads(self, now_ms: int) -> list[bytes]:
        fresh = []
        for symbol in self._symbols:
            quote = self._feed.quote(symbol, now_ms)
            if quote is not None and quote.update != self._published.get(symbol):
                self._published[symbol] = quote.update
                fresh.append(quote.payload())
        return fresh


class TradeSource(Stateless):
    """The raw trades behind each aggregate, as soon as that has been played."""

    every_ms = 0

    def __init__(self, tape: TradeLog, raw: SplitTrades, write: Callable[[SplitTrade, str, int], bytes]) -> None:
        self._tape = tape
        self._raw = raw
        self._write = write
        self._published = tape.published

    def joined(self) -> None:
        """Trades are told once: a new subscriber hears those to come."""

    def payloads(self, now_ms: int) -> list[bytes]:
        del now_ms
        if self._tape.published == self._published:
            return []
        trades = self._raw.since(self._published)
        self._published = self._tape.published
        return [self._write(trade, self._tape.symbol, _TRADE_DELAY_MS) for trade in trades]


#: The book now, the book before, how many levels of it (0: what has changed), and the time → a payload.
DepthWriter = Callable[[BookState, BookState, int, int], bytes]


class DepthSource(Stateless):
    """What has changed in the book, or its best levels, where it has changed."""

    def __init__(self, feed: FrameFeed, book: BookState, name: StreamName, every_ms: int, write: DepthWriter) -> None:
        self.every_ms = every_ms
        self._write = write
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
        return [self._write(book, before, self._levels, now_ms)]


class RecordedDepthSource:
    """The recorded changes of a book, joined to the pace that is asked for."""

    def __init__(self, line: DepthLine, every_ms: int, *, spot: bool = False) -> None:
        self.every_ms = every_ms
        self._line = line
        self._spot = spot
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
            return [joined_changes(changes, spot=self._spot)]
        except msgspec.MsgspecError:
            return changes  # garbled when it was recorded: told as it was


#: A feed, the stream's name and the time → its source; None where the feed has nothing to make it of.
Maker = Callable[[FrameFeed, StreamName, int], DerivedStream | None]
