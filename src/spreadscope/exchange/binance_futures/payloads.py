"""The payloads of the exchange's streams, field for field.

The field names are the exchange's own single letters. Decimal strings become floats (a float64 holds every price and
quantity of the exchange exactly enough to print the same decimal again); times are integer milliseconds. Fields that
older recordings lack (``nq``, ``st``, ``ap``, ``ps``) have defaults; unknown fields are tolerated.
Source: the exchange's "WebSocket Market Streams" pages, and recordings of 2021, 2023, 2024 and 2026.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from spreadscope.model.trade_limits import LARGEST_ID, LATEST_TIME

USD_M = 1
COIN_M = 2

# Ids and times are columns of 64-bit integers further on; JSON itself knows no such bound.
LARGEST = 2**63 - 1
Natural = Annotated[int, msgspec.Meta(ge=0, le=LARGEST_ID)]
Stamp = Annotated[int, msgspec.Meta(ge=0, le=LATEST_TIME)]
Size = Annotated[float, msgspec.Meta(ge=0)]  # displayed in the book


# A trade is announced after it was made. One that is dated so far (ms) after its own announcement would put the
# market's clock into the future, where every bar is closed and nothing is new any more.
MOST_AHEAD_MS = 60_000


class AggTrade(msgspec.Struct, frozen=True, tag="aggTrade", tag_field="e", gc=False):
    """Trades of one taker order at one price. ``a`` is dense per symbol; ``nq`` is the quantity without RPI orders."""

    E: Stamp
    s: str
    a: Natural
    p: float
    q: float
    f: int
    l: int  # noqa: E741 - the exchange's own name
    T: Stamp
    m: bool
    nq: float | None = None
    st: int = USD_M


class RawTrade(msgspec.Struct, frozen=True, tag="trade", tag_field="e", gc=False):
    """One raw trade. Only ``X == "MARKET"`` is a trade of the market; older recordings have no ``X``."""

    E: Stamp
    s: str
    t: Natural
    p: float
    q: float
    T: Stamp
    m: bool
    X: str = "MARKET"
    st: int = USD_M


class BookTicker(msgspec.Struct, frozen=True, tag="bookTicker", tag_field="e", gc=False):
    """Best bid (``b``, ``B``) and ask (``a``, ``A``) with their quantities."""

    s: str
    u: Natural
    b: float
    B: Size
    a: float
    A: Size
    T: Stamp
    E: Stamp
    st: int = USD_M


class MarkPriceUpdate(msgspec.Struct, frozen=True, tag="markPriceUpdate", tag_field="e", gc=False):
    """Mark price ``p``, index price ``i``, funding rate ``r`` (empty without funding) due at ``T`` (0 without)."""

    E: Stamp
    s: str
    p: float
    i: float
    T: Stamp
    r: str = ""
    P: float | None = None
    ap: float | None = None
    st: int = USD_M

    @property
    def funding_rate(self) -> float | None:
        return float(self.r) if self.r else None


class KlineBody(msgspec.Struct, frozen=True, gc=False):
    """The candle inside a ``kline`` event; ``x`` is true once it is closed."""

    t: Stamp
    T: Stamp
    i: str
    o: float
    c: float
    h: float
    l: float  # noqa: E741 - the exchange's own name
    v: float
    n: Natural
    x: bool
    q: float


class Kline(msgspec.Struct, frozen=True, tag="kline", tag_field="e"):
    """A candle of the exchange's own making."""

    E: Stamp
    s: str
    k: KlineBody
    st: int = USD_M


class ForceOrderBody(msgspec.Struct, frozen=True, gc=False):
    """The order inside a ``forceOrder`` event."""

    s: str
    S: str
    q: float
    p: float
    X: str
    T: Stamp
    ap: float | None = None
    z: float | None = None
    st: int = USD_M


class ForceOrder(msgspec.Struct, frozen=True, tag="forceOrder", tag_field="e"):
    """A liquidation: the latest per symbol and second, lossy by design."""

    E: Stamp
    o: ForceOrderBody

    @property
    def st(self) -> int:
        return self.o.st


class ContractInfo(msgspec.Struct, frozen=True, tag="contractInfo", tag_field="e"):
    """A contract was listed, settled or changed; ``cs`` is its status (an open enumeration)."""

    E: Stamp
    s: str
    cs: str
    ct: str = ""
    dt: Annotated[int, msgspec.Meta(ge=0, le=LARGEST)] = 0  # perpetuals are delivered at the end of 2100
    ot: Stamp = 0
    st: int = USD_M


class DepthUpdate(msgspec.Struct, frozen=True, tag="depthUpdate", tag_field="e", gc=False):
    """A change of the order book; only its place in the sequence is read, the levels are not used yet."""

    E: Stamp
    s: str
    U: Natural
    u: Natural
    T: Stamp = 0
    pu: int | None = None
    st: int = USD_M


class MiniTicker(msgspec.Struct, frozen=True, tag="24hrMiniTicker", tag_field="e", gc=False):
    """24 hour figures of one symbol."""

    E: Stamp
    s: str
    c: float
    o: float
    h: float
    l: float  # noqa: E741 - the exchange's own name
    v: float
    q: float
    st: int = USD_M


class Ticker(msgspec.Struct, frozen=True, tag="24hrTicker", tag_field="e", gc=False):
    """24 hour figures of one symbol, with the change."""

    E: Stamp
    s: str
    p: float
    P: float
    c: float
    o: float
    h: float
    l: float  # noqa: E741 - the exchange's own name
    v: float
    q: float
    st: int = USD_M


Payload = (
    AggTrade
    | BookTicker
    | MarkPriceUpdate
    | Kline
    | ForceOrder
    | ContractInfo
    | DepthUpdate
    | RawTrade
    | MiniTicker
    | Ticker
)
