"""The shapes of the REST answers, with the weight each request costs.

Every ``decode_*`` takes a body and raises ``DecodeError`` (and nothing else) when it is not what the route answers,
which includes HTML under a 5xx and truncated JSON.
"""

from __future__ import annotations

import math
from typing import Any, Literal

import msgspec

from spreadscope.exchange.binance_futures.order_filters import OrderFilters, decimal_string
from spreadscope.exchange.binance_futures.payloads import LARGEST, Natural, Stamp
from spreadscope.exchange.port import DemoNotice, InstrumentList, TradeMessage, TradePage
from spreadscope.exchange.settled_funding import SettledFunding
from spreadscope.model.errors import DecodeError
from spreadscope.model.events import BarRow
from spreadscope.model.instrument import Instrument
from spreadscope.model.timeframe import MINUTE
from spreadscope.model.trade_limits import LATEST_TIME

WEIGHT_PER_MINUTE = 2_400
AGG_TRADES_WEIGHT = 20
AGG_TRADES_LIMIT = 1000
KLINES_LIMIT = 1500
FUNDING_LIMIT = 1000
TICKERS_WEIGHT = 40  # of all symbols at once
RETENTION_MS = 48 * 3_600_000


class AggTradeRow(msgspec.Struct, frozen=True, gc=False):
    """One row of ``/fapi/v1/aggTrades``."""

    a: Natural
    p: float
    q: float
    T: Stamp
    m: bool
    f: int = -1
    l: int = -1  # noqa: E741 - the exchange's own name


class _DemoNotice(msgspec.Struct, frozen=True):
    """What our local exchange adds to exchangeInfo."""

    source: Literal["demo"]
    description: str = ""


class _Symbol(msgspec.Struct):
    """One instrument. What orders must pass is of any type here: ``OrderFilters`` reads it."""

    symbol: str
    status: str = ""
    contractType: str = ""
    baseAsset: str = ""
    quoteAsset: str = ""
    marketTakeBound: Any = None
    liquidationFee: Any = None
    filters: Any = None


class _ExchangeInfo(msgspec.Struct):
    symbols: list[_Symbol]
    spreadscope: _DemoNotice | None = None


class _Time(msgspec.Struct):
    serverTime: int


class _Ticker(msgspec.Struct):
    symbol: str
    quoteVolume: float


class PremiumIndex(msgspec.Struct, frozen=True, gc=False):
    """Mark price and funding of one symbol."""

    symbol: str
    markPrice: float
    indexPrice: float
    lastFundingRate: str
    nextFundingTime: int
    time: int


class FundingRate(msgspec.Struct, frozen=True, gc=False):
    """One funding payment; ``markPrice`` is empty in old rows."""

    symbol: str
    fundingTime: int
    fundingRate: float
    markPrice: str = ""


class _FundingTerms(msgspec.Struct):
    symbol: str
    fundingIntervalHours: int


def _decode(body: bytes, shape: Any, what: str) -> Any:
    try:
        return msgspec.json.decode(body, type=shape, strict=False)
    except (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError, OverflowError) as error:
        raise DecodeError(f"{what}: {error}; the answer begins {bytes(body[:80])!r}") from None


def decode_time(body: bytes) -> int:
    time = int(_decode(body, _Time, "time").serverTime)
    if not 0 < time <= LATEST_TIME:
        raise DecodeError(f"time: {time} is no time")
    return time


def decode_agg_trades(symbol: str, body: bytes) -> TradePage:
    """Returns the trades of an ``aggTrades`` answer. A row that cannot be read is no reason not to take the others."""
    try:
        rows: list[AggTradeRow] = msgspec.json.decode(body, type=list[AggTradeRow], strict=False)
        if all(math.isfinite(row.p) and math.isfinite(row.q) for row in rows):
            return TradePage([_trade(symbol, row) for row in rows])
    except (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError, OverflowError):
        pass  # row by row, then: it is known which one is wrong, and what is no answer at all raises there
    good: list[AggTradeRow] = []
    unread: list[tuple[bytes, str]] = []
    for raw in map(bytes, _decode(body, list[msgspec.Raw], "aggTrades")):
        try:
            row = _decode(raw, AggTradeRow, "aggTrades")
        except DecodeError as error:
            unread.append((raw, str(error)))
            continue
        if math.isfinite(row.p) and math.isfinite(row.q):
            good.append(row)
        else:
            unread.append((raw, "aggTrades: a number is not finite"))
    if unread and not good:
        raise DecodeError(unread[0][1])
    return TradePage([_trade(symbol, row) for row in good], unread)


def _trade(symbol: str, row: AggTradeRow) -> TradeMessage:
    return TradeMessage(symbol, row.a, row.p, row.q, row.T, row.T, row.m)


def decode_klines(body: bytes) -> list[BarRow]:
    """Returns the bars of an answer of ``klines``; the last one can be unfinished (its close time tells)."""
    rows: list[tuple[Any, ...]] = _decode(body, list[tuple[Any, ...]], "klines")
    try:
        bars = [
            BarRow(int(r[0]), float(r[1]), float(r[2]), float(r[3]), float(r[4]), float(r[5]), int(r[8])) for r in rows
        ]
    except (TypeError, ValueError, IndexError, OverflowError) as error:
        raise DecodeError(f"klines: {error}") from None
    if not all(math.isfinite(v) for bar in bars for v in (bar.open, bar.high, bar.low, bar.close, bar.volume)):
        raise DecodeError("klines: a number is not finite")
    if not all(0 <= bar.open_time <= LATEST_TIME and 0 <= bar.trades <= LARGEST for bar in bars):
        raise DecodeError("klines: a number is out of range")
    return bars


def decode_day_volumes(body: bytes) -> dict[str, float]:
    """Returns the quote volume of each symbol in the last 24 hours, of an answer of ``ticker/24hr``."""
    rows: list[_Ticker] = _decode(body, list[_Ticker], "ticker/24hr")
    if not all(math.isfinite(row.quoteVolume) and row.quoteVolume >= 0 for row in rows):
        raise DecodeError("ticker/24hr: a volume is no number")
    return {row.symbol: row.quoteVolume for row in rows}


def decode_exchange_info(body: bytes) -> InstrumentList:
    """Returns the instruments of an ``exchangeInfo`` answer. Our local exchange adds a notice that it is a demo."""
    info: _ExchangeInfo = _decode(body, _ExchangeInfo, "exchangeInfo")
    notice = DemoNotice(info.spreadscope.description) if info.spreadscope is not None else None
    return InstrumentList({item.symbol: _instrument(item) for item in info.symbols}, notice)


def decode_premium_index(body: bytes) -> list[PremiumIndex]:
    """One object for a symbol, an array for all."""
    answer: PremiumIndex | list[PremiumIndex] = _decode(body, PremiumIndex | list[PremiumIndex], "premiumIndex")
    rows = answer if isinstance(answer, list) else [answer]
    if not all(math.isfinite(row.markPrice) and math.isfinite(row.indexPrice) for row in rows):
        raise DecodeError("premiumIndex: a number is not finite")
    return rows


def decode_funding_rates(body: bytes) -> list[FundingRate]:
    rows: list[FundingRate] = _decode(body, list[FundingRate], "fundingRate")
    if not all(math.isfinite(row.fundingRate) for row in rows):
        raise DecodeError("fundingRate: a number is not finite")
    return rows


def decode_settled_funding(symbol: str, body: bytes) -> list[SettledFunding]:
    """Returns the fundings of a symbol. Their times are whole minutes: the exchange's stamps are some ms later."""
    found = []
    for row in decode_funding_rates(body):
        mark = _mark_price(row.markPrice)
        found.append(SettledFunding(symbol, row.fundingTime // MINUTE * MINUTE, row.fundingRate, mark))
    return found


def _mark_price(text: str) -> float | None:
    try:
        mark = float(text) if text else None
    except ValueError:
        raise DecodeError(f"fundingRate: {text[:40]!r} is no mark price") from None
    if mark is not None and not 0 < mark < math.inf:
        raise DecodeError(f"fundingRate: a mark price of {text[:40]} cannot be")
    return mark


def decode_funding_intervals(body: bytes) -> dict[str, int]:
    """Returns the hours between two fundings by symbol."""
    rows: list[_FundingTerms] = _decode(body, list[_FundingTerms], "fundingInfo")
    if not all(0 < row.fundingIntervalHours <= 24 for row in rows):
        raise DecodeError("fundingInfo: an interval is not of 1 to 24 hours")
    return {row.symbol: row.fundingIntervalHours for row in rows}


def _instrument(item: _Symbol) -> Instrument:
    filters = OrderFilters(item.filters)
    return Instrument(
        symbol=item.symbol,
        status=item.status,
        contract_type=item.contractType,
        base_asset=item.baseAsset,
        quote_asset=item.quoteAsset,
        tick_size=filters.value_of("PRICE_FILTER", "tickSize") or "",
        step_size=filters.value_of("LOT_SIZE", "stepSize") or "",
        min_notional=filters.value_of("MIN_NOTIONAL", "notional"),
        min_quantity=filters.value_of("LOT_SIZE", "minQty"),
        max_quantity=filters.value_of("LOT_SIZE", "maxQty"),
        market_step_size=filters.value_of("MARKET_LOT_SIZE", "stepSize"),
        market_max_quantity=filters.value_of("MARKET_LOT_SIZE", "maxQty"),
        multiplier_up=filters.value_of("PERCENT_PRICE", "multiplierUp"),
        multiplier_down=filters.value_of("PERCENT_PRICE", "multiplierDown"),
        market_take_bound=decimal_string(item.marketTakeBound),
        liquidation_fee=decimal_string(item.liquidationFee),
    )


def klines_weight(limit: int) -> int:
    """Weight of a klines request of ``limit`` rows."""
    return next((weight for rows, weight in ((100, 1), (500, 2), (1000, 5)) if limit <= rows), 10)
