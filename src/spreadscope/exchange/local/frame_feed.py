"""What a feed gives to the exchange: frames in order, the tape behind them, and what REST answers from."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Protocol

import msgspec

from spreadscope.exchange.local.book import BookQuote, BookState
from spreadscope.exchange.local.klines import MINUTE_MS, LocalBar, MinuteBars
from spreadscope.exchange.local.raw_trades import RawTrades
from spreadscope.exchange.local.trade_log import TradeLog


class Revealed(Protocol):
    """Something REST may show once its frame has been played."""

    def reveal(self) -> None:
        """The next frame that belongs to this has been played."""


class Frame(msgspec.Struct, frozen=True, gc=False):
    """One message to play.

    ``due_ns`` orders and paces the feed (ns since the epoch, never falling); ``event_ms`` is the exchange's time in the
    payload (0 where it has none); ``reveals`` is what REST may show from now on.
    """

    due_ns: int
    event_ms: int
    stream: str
    payload: bytes
    reveals: Revealed | None = None


class ListedInstrument(msgspec.Struct, frozen=True):
    """An instrument as ``exchangeInfo`` lists it. Steps are decimal strings; the decimals are those of the texts."""

    symbol: str
    base: str
    quote: str
    price_decimals: int
    quantity_decimals: int
    tick_size: str
    step_size: str
    onboard_ms: int = 0


class PlayedLine:
    """Payloads of one stream: those still to be played, and the newest one that has been."""

    def __init__(self) -> None:
        self.current: bytes | None = None
        self._ahead: deque[bytes] = deque()

    def add(self, payload: bytes) -> None:
        """Queue a payload whose frame is still to be played."""
        self._ahead.append(payload)

    def reveal(self) -> None:
        """The oldest queued payload has been played."""
        self.current = self._ahead.popleft()


class MarkLine(PlayedLine):
    """The mark prices of one symbol, as far as they have been played, and the minute bars of mark and index price."""

    def __init__(self) -> None:
        super().__init__()
        self.mark_bars = MinuteBars(_MARK_DECIMALS, 0)
        self.index_bars = MinuteBars(_MARK_DECIMALS, 0)

    def reveal(self) -> None:
        """The oldest queued payload has been played: it is the newest, and part of its minute's bars."""
        super().reveal()
        try:
            row = _decode_prices(self.current or b"")
            prices = [round(float(text) * 10**_MARK_DECIMALS) if text else None for text in (row.p, row.i)]
        except (msgspec.MsgspecError, ValueError, OverflowError):
            return  # garbled when it was recorded
        for bars, price in zip((self.mark_bars, self.index_bars), prices, strict=True):
            if price is not None:
                bars.put(row.E // MINUTE_MS * MINUTE_MS, LocalBar(price, price, price, price, 0, 0, 1, 0, 0))


class _Prices(msgspec.Struct):
    E: int
    p: str = ""
    i: str = ""


_MARK_DECIMALS: Final = 8
_decode_prices = msgspec.json.Decoder(_Prices).decode


class DepthLine(PlayedLine):
    """The recorded changes of one symbol's book: whoever taps it gets those played from then on."""

    def __init__(self) -> None:
        super().__init__()
        self.taps: list[list[bytes]] = []

    def reveal(self) -> None:
        """The oldest queued payload has been played."""
        super().reveal()
        for tap in self.taps:
            tap.append(self.current or b"")


class FundingRow(msgspec.Struct, frozen=True):
    """One past funding."""

    time_ms: int
    rate: str
    mark_price: str


class FrameFeed(Protocol):
    """A source of frames with the past and the truth that REST serves."""

    @property
    def description(self) -> str:
        """One line saying what plays: recording names or the seed."""

    @property
    def listings(self) -> Mapping[str, ListedInstrument]:
        """The instruments by symbol."""

    @property
    def tapes(self) -> Mapping[str, TradeLog]:
        """The trades by symbol."""

    @property
    def marks(self) -> Mapping[str, MarkLine]:
        """The mark prices by symbol, where the feed has them."""

    @property
    def start_ms(self) -> int:
        """The exchange's time before the first frame."""

    @property
    def due_is_market_time(self) -> bool:
        """Whether ``due_ns`` runs on the exchange's clock, so that its time passes between frames too."""

    @property
    def follows_wall_clock(self) -> bool:
        """Whether ``start_ms`` was the wall clock's time, so that playback at speed 1 keeps to that clock."""

    def blocks(self) -> Iterator[Sequence[Frame]]:
        """The frames, in order, in blocks small enough to be made between two turns of an event loop."""

    def funding(self, symbol: str, now_ms: int) -> Sequence[FundingRow]:
        """The fundings up to now, ascending."""

    def plays(self, stream: str) -> bool:
        """Whether ``blocks`` holds frames of this stream (others may be derived from the feed's state)."""

    def quote(self, symbol: str, now_ms: int) -> BookQuote | None:
        """The newest quote by a time; None where the feed holds no quotes of a symbol, or none yet."""

    def book(self, symbol: str, now_ms: int) -> BookState | None:
        """The order book after that quote; None where the feed holds no book."""

    def depth(self, symbol: str) -> DepthLine | None:
        """The changes of the book, where the feed holds those and no book."""

    def raw_trades(self, symbol: str) -> RawTrades | None:
        """The raw trades behind the aggregates; None where the feed holds none."""

    def open_interest(self, symbol: str, now_ms: int) -> str | None:
        """The open interest, in the base asset; None where the feed knows none."""
