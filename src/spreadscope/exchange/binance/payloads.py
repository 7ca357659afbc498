"""The payloads of the exchange's streams, field for field.

The field names are the exchange's own single letters. Decimal strings become floats (a float64 holds every price and
quantity of the exchange exactly enough to print the same decimal again); times are integer milliseconds. Fields that
older recordings lack (``nq``, ``st``, ``ap``, ``ps``) have defaults; unknown fields are tolerated.
Source: the exchange's "WebSocket Market Streams" pages, and recordings of 2021, 2023, 2024 and 2026.
"""

from __future__ import annotations

import msgspec

USD_M = 1
COIN_M = 2


class AggTrade(msgspec.Struct, frozen=True, tag="aggTrade", tag_field="e", gc=False):
    """Trades of one taker order at one price. ``a`` is dense per symbol; ``nq`` is the quantity without RPI orders."""

    E: int
    s: str
    a: int
    p: float
    q: float
    f: int
    l: int  # noqa: E741 - the exchange's own name
    T: int
    m: bool
    nq: float | None = None
    st: int = USD_M


class RawTrade(msgspec.Struct, frozen=True, tag="trade", tag_field="e", gc=False):
    """One raw trade. Only ``X == "MARKET"`` is a trade of the market; older recordings have no ``X``."""

    E: int
    s: str
    t: int
    p: float
    q: float
    T: int
    m: bool
    X: str = "MARKET"
    st: int = USD_M


class BookTicker(msgspec.Struct, frozen=True, tag="bookTicker", tag_field="e", gc=False):
    """Best bid (``b``, ``B``) and ask (``a``, ``A``) with their quantities."""

    s: str
    u: int
    b: float
    B: float
    a: float
    A: float
    T: int
    E: int
    st: int = USD_M


class MarkPriceUpdate(msgspec.Struct, frozen=True, tag="markPriceUpdate", tag_field="e", gc=False):
    """Mark price ``p``, index price ``i``, funding rate ``r`` (empty without funding) due at ``T`` (0 without)."""

    E: int
    s: str
    p: float
    i: float
    T: int
    r: str = ""
    P: float | None = None
    ap: float | None = None
    st: int = USD_M

    @property
    def funding_rate(self) -> float | None:
        return float(self.r) if self.r else None


class KlineBody(msgspec.Struct, frozen=True, gc=False):
    """The candle inside a ``kline`` event; ``x`` is true once it is closed."""

    t: int
    T: int
    i: str
    o: float
    c: float
    h: float
    l: float  # noqa: E741 - the exchange's own name
    v: float
    n: int
    x: bool
    q: float


class Kline(msgspec.Struct, frozen=True, tag="kline", tag_field="e"):
    """A candle of the exchange's own making."""

    E: int
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
    T: int
    ap: float | None = None
    z: float | None = None
    st: int = USD_M


class ForceOrder(msgspec.Struct, frozen=True, tag="forceOrder", tag_field="e"):
    """A liquidation: the latest per symbol and second, lossy by design."""

    E: int
    o: ForceOrderBody

    @property
    def st(self) -> int:
        return self.o.st


class ContractInfo(msgspec.Struct, frozen=True, tag="contractInfo", tag_field="e"):
    """A contract was listed, settled or changed; ``cs`` is its status (an open enumeration)."""

    E: int
    s: str
    cs: str
    ct: str = ""
    dt: int = 0
    ot: int = 0
    st: int = USD_M


class DepthUpdate(msgspec.Struct, frozen=True, tag="depthUpdate", tag_field="e", gc=False):
    """A change of the order book; only its place in the sequence is read, the levels are not used yet."""

    E: int
    s: str
    U: int
    u: int
    T: int = 0
    pu: int | None = None
    st: int = USD_M


class MiniTicker(msgspec.Struct, frozen=True, tag="24hrMiniTicker", tag_field="e", gc=False):
    """24 hour figures of one symbol."""

    E: int
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

    E: int
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
