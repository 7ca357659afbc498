"""What a venue is to the rest of the product: its messages, its sockets, its history, and what its trade ids prove.

``ingest`` and ``app`` speak to this alone. A venue is a folder beside this module that implements ``Venue`` and a line
in ``exchange/venues.py`` (``docs/guides/add-a-venue.md``). An instrument of the default venue is named by its bare
symbol (``BTCUSDT``), one of any other venue by ``venue:SYMBOL`` (``binance-spot:BTCUSDT``); what crosses this border is
always such a name, never the venue's own symbol.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from types import TracebackType
from typing import Self

import httpx
import msgspec

from spreadscope.exchange.governor import WeightBudget
from spreadscope.exchange.message_columns import Columns, SymbolTable, unread_columns
from spreadscope.exchange.recording import RawFrame
from spreadscope.exchange.settled_funding import SettledFunding
from spreadscope.model.clock import Clock
from spreadscope.model.errors import ExchangeError
from spreadscope.model.events import BarRow
from spreadscope.model.instrument import Instrument, local_symbol, qualified
from spreadscope.model.timeframe import CandleLength, Timeframe


class TradeIds(StrEnum):
    """What the ids of a venue's trades prove."""

    DENSE = "dense"  # one after the other, per symbol: a missing id is a missing trade
    MONOTONE = "monotone"  # they ascend with holes: order and repeats are known, completeness is not
    NONE = "none"


class Capabilities(msgspec.Struct, frozen=True):
    """What a venue offers, and its limits.

    ``dated_quotes``: whether a quote carries the exchange's time; where it does not, it is given the time the venue's
    trades have come to. ``retention_ms``: how far back trades can be asked for; None where there is no such limit.
    ``page``: most trades in one answer. ``longest_interval_ms``: of a request for trades by time.
    """

    trade_ids: TradeIds
    quotes: bool
    dated_quotes: bool
    marks: bool
    status_announcements: bool
    retention_ms: int | None
    page: int
    longest_interval_ms: int
    weight_per_minute: int


# --- messages: what a frame says, in the field's words. Times are the exchange's, ms; prices and quantities are floats.


class TradeMessage(msgspec.Struct, frozen=True, gc=False):
    """Trades of one taker order at one price: ``time`` is when they were made, ``event_time`` when announced."""

    symbol: str
    id: int
    price: float
    quantity: float
    time: int
    event_time: int
    buyer_is_maker: bool


class QuoteMessage(msgspec.Struct, frozen=True, gc=False):
    """Best bid and ask. ``time`` is None where the venue does not say it.

    ``bid_quantity`` and ``ask_quantity``: what is displayed at these prices, in units of the base asset. ``update``:
    the venue's id of the book after this change; it ascends within a symbol. Each is 0 where the venue does not say it.
    """

    symbol: str
    bid: float
    ask: float
    time: int | None
    bid_quantity: float = 0.0
    ask_quantity: float = 0.0
    update: int = 0


class MarkMessage(msgspec.Struct, frozen=True, gc=False):
    """Mark and index price; the funding rate, None without funding, and when it is due (ms; 0 without)."""

    symbol: str
    event_time: int
    mark: float
    index: float
    funding_rate: float | None
    next_funding_time: int


class StatusMessage(msgspec.Struct, frozen=True, gc=False):
    """Whether an instrument trades from now on."""

    symbol: str
    trading: bool


class RefusedRequest(msgspec.Struct, frozen=True):
    """The venue refused a control message."""

    code: int
    message: str


class AnsweredRequest(msgspec.Struct, frozen=True):
    """The venue accepted a control message."""


Message = TradeMessage | QuoteMessage | MarkMessage | StatusMessage | RefusedRequest | AnsweredRequest


class Decoder(ABC):
    """Reads frames of one venue as messages.

    One is made for each feed; it knows the symbols of that feed by ``table``.
    """

    def __init__(self) -> None:
        self.table = SymbolTable()

    @abstractmethod
    def messages(self, payload: bytes) -> Sequence[Message]:
        """Returns what one frame says; nothing for a frame of a kind that is not read.

        Raises ``DecodeError`` and nothing else.
        """

    def columns(self, payloads: Sequence[bytes]) -> Columns:
        """Returns many frames at once; those that are ``OTHER`` there are read by ``messages``.

        Both ways say the same, to the last bit.

        A venue whose frames come by the thousand reads them here by a compiled kernel; without one each is ``OTHER``.
        """
        return unread_columns(len(payloads))


class RecordingDecoder(ABC):
    """Reads recorded frames of one venue as messages, in order.

    Frames that a live feed would not subscribe to (raw trades) are read as well.
    """

    @property
    @abstractmethod
    def contradictory(self) -> int:
        """How many recorded trades contradict others, and were left out."""

    @abstractmethod
    def messages(self, payload: bytes) -> Sequence[Message]:
        """Returns what one frame says. Raises ``DecodeError`` and nothing else."""

    @abstractmethod
    def end(self) -> Sequence[Message]:
        """Returns what was waited with for further frames."""


class LiveFrames(RecordingDecoder):
    """The recording decoder of a venue that records what it streams.

    It is the live decoder, with quotes left out where they are not wanted.
    """

    def __init__(self, decoder: Decoder, *, quotes: bool) -> None:
        self._decoder = decoder
        self._quotes = quotes

    @property
    def contradictory(self) -> int:
        return 0

    def messages(self, payload: bytes) -> Sequence[Message]:
        found = self._decoder.messages(payload)
        return found if self._quotes else [each for each in found if not isinstance(each, QuoteMessage)]

    def end(self) -> Sequence[Message]:
        return ()


# --- history ----------------------------------------------------------------------------------------------------------


class TradePage(list[TradeMessage]):
    """The trades of an answer that can be read. ``unread`` are the other rows, each with what is wrong with it."""

    def __init__(self, trades: Iterable[TradeMessage] = (), unread: Iterable[tuple[bytes, str]] = ()) -> None:
        super().__init__(trades)
        self.unread = tuple(unread)


class DemoNotice(msgspec.Struct, frozen=True):
    """What an exchange says that is a demo, so that nobody takes it for the market."""

    description: str = ""


class InstrumentList(msgspec.Struct, frozen=True):
    """The instruments of a venue by name, and the notice of a demo exchange; None on a real one."""

    instruments: dict[str, Instrument]
    demo: DemoNotice | None


class HistoryClient(ABC):
    """REST of one venue.

    Every call raises ``ExchangeError`` or ``DecodeError`` with one sentence, and never returns half an answer.
    """

    base_url: str
    budget: WeightBudget

    async def __aenter__(self) -> Self:
        return self

    @abstractmethod
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    @abstractmethod
    async def instruments(self) -> InstrumentList:
        """Returns what the venue lists."""

    @abstractmethod
    async def time(self) -> int:
        """Returns the venue's clock, ms."""

    @abstractmethod
    async def trades(
        self,
        symbol: str,
        *,
        from_id: int | None = None,
        start_time: int | None = None,
        end_time: int | None = None,
        limit: int | None = None,
    ) -> TradePage:
        """Returns trades from an id, or of an interval, ascending; at most ``limit`` (None: a whole page)."""

    @abstractmethod
    async def candles(self, symbol: str, timeframe: Timeframe | CandleLength, limit: int) -> list[BarRow]:
        """Returns the newest candles; the last one can be unfinished."""

    def candles_weight(self, limit: int) -> int:
        """Returns the weight of a request for so many candles."""
        del limit
        raise ExchangeError(f"it is not known what candles cost at {self.base_url}: scan what is stored, or a file")

    async def day_volumes(self) -> dict[str, float]:
        """Returns what was traded of each instrument in the last 24 hours, in its quote asset."""
        raise ExchangeError(f"{self.base_url} is not asked for volumes: scan what is stored, or a file")

    async def settled_funding(self, symbol: str, start_time: int, end_time: int) -> list[SettledFunding]:
        """Returns the fundings of ``[start_time, end_time]`` that are settled, ascending."""
        del start_time, end_time
        raise ExchangeError(f"{self.base_url} is not asked for the funding of {symbol}: it has none")

    async def funding_intervals(self) -> dict[str, int]:
        """Returns the hours between two fundings of each instrument whose interval is not the usual one."""
        raise ExchangeError(f"{self.base_url} is not asked for funding intervals: it has no funding")

    @abstractmethod
    def too_old(self, code: int | None) -> bool:
        """Returns whether an error code says that trades are older than the venue keeps them."""

    async def newest_trade(self, symbol: str) -> TradeMessage | None:
        """Returns the newest trade of a symbol; None before its first one."""
        trades = await self.trades(symbol, limit=1)
        return trades[-1] if trades else None


# --- the venue --------------------------------------------------------------------------------------------------------

Tap = Callable[[str, bytes], None]


class Venue(ABC):
    """One exchange's market. Stateless: feeds and clients are made by it."""

    name: str  # in names of instruments and in the configuration
    title: str  # for people
    rest_url: str  # of the real exchange
    ws_url: str
    capabilities: Capabilities

    # --- names

    def instrument(self, local: str) -> str:
        """Returns the product's name of a venue's own symbol."""
        return qualified(self.name, local)

    def local(self, symbol: str) -> str:
        """Returns the venue's own symbol."""
        return local_symbol(symbol)

    # --- sockets

    @abstractmethod
    def trade_stream(self, symbol: str) -> str:
        """Returns the name of the stream of a symbol's trades."""

    @abstractmethod
    def streams(self, symbol: str, *, quotes: bool) -> Sequence[str]:
        """Returns all streams a symbol needs, its trades' first."""

    @property
    def status_stream(self) -> str | None:
        """The stream on which halts are announced, where there is one."""
        return None

    @abstractmethod
    def shards(self, streams: Iterable[str], size: int) -> list[tuple[str, tuple[str, ...]]]:
        """Returns streams by route (the kind of socket that serves them), at most ``size`` a socket, in order."""

    @abstractmethod
    def carries_quotes_only(self, route: str) -> bool:
        """Returns whether a route has nothing but quotes: its frames may be dropped unread under load."""

    @abstractmethod
    def socket_url(self, ws_url: str, route: str) -> str:
        """Returns where to connect for a route. Streams are subscribed afterwards."""

    @abstractmethod
    def symbol_of(self, stream: str) -> str:
        """Returns the instrument a stream is about; empty for a stream of the whole market."""

    @abstractmethod
    def subscribe(self, streams: Sequence[str], request_id: int) -> bytes:
        """Returns the control message that subscribes."""

    @abstractmethod
    def unsubscribe(self, streams: Sequence[str], request_id: int) -> bytes:
        """Returns the control message that unsubscribes."""

    def beats_each_second(self, payload: bytes) -> bool:
        """Returns whether a frame is one that is due every second (a mark price): its silence is a fault at once."""
        del payload
        return False

    # --- what is made for a run

    @abstractmethod
    def decoder(self) -> Decoder:
        """Returns a decoder for one feed."""

    @abstractmethod
    def client(
        self,
        base_url: str,
        clock: Clock,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        tap: Tap | None = None,
    ) -> HistoryClient:
        """Returns a client for REST at ``base_url``.

        ``tap`` is shown every good answer: the request's path with its query, and the body.
        """

    def recording_decoder(self, *, quotes: bool, aggregated: Iterable[str] = ()) -> RecordingDecoder:
        """Returns a decoder for one recording. ``aggregated``: instruments of which it has the venue's own aggregates.

        A venue whose streams are also recorded in another form (raw trades) has a decoder of its own for them.
        """
        del aggregated
        return LiveFrames(self.decoder(), quotes=quotes)

    def recognises(self, payload: bytes) -> bool:
        """Returns whether a recorded frame can only be this venue's.

        Asked where a recording does not name its connections.
        """
        del payload
        return False

    def aggregated_in(self, frames: Iterable[RawFrame]) -> set[str]:
        """Returns the instruments whose own aggregates stand near the beginning of a recording.

        The recording may have raw trades as well.
        """
        del frames
        return set()

    @abstractmethod
    def recorded_trades(self, request: str, body: bytes) -> tuple[str, TradePage] | None:
        """Returns the symbol and trades of a recorded REST answer; None for an answer to another request."""
