"""The shapes of Spot's REST answers, with the weight each request costs.

Every ``decode_*`` takes a body and raises ``DecodeError`` (and nothing else) when it is not what the route answers.
Times can be in ms or µs.
"""

from __future__ import annotations

import math
from typing import Any, Final, Literal

import msgspec

from spreadscope.exchange.binance_futures.order_filters import OrderFilters
from spreadscope.exchange.binance_futures.payloads import Natural
from spreadscope.exchange.binance_spot.spot_names import spot_symbol
from spreadscope.exchange.binance_spot.spot_times import milliseconds
from spreadscope.exchange.port import DemoNotice, InstrumentList, TradeMessage, TradePage
from spreadscope.model.errors import DecodeError
from spreadscope.model.events import BarRow
from spreadscope.model.instrument import Instrument
from spreadscope.model.trade_limits import LARGEST_ID

EXCHANGE_INFO: Final = "/api/v3/exchangeInfo"
TIME: Final = "/api/v3/time"
AGG_TRADES: Final = "/api/v3/aggTrades"
KLINES: Final = "/api/v3/klines"

EXCHANGE_INFO_WEIGHT: Final = 20
TIME_WEIGHT: Final = 1
AGG_TRADES_WEIGHT: Final = 4
KLINES_WEIGHT: Final = 2
WEIGHT_PER_MINUTE: Final = 6_000
AGG_TRADES_LIMIT: Final = 1000
KLINES_LIMIT: Final = 1000


class _AggTradeRow(msgspec.Struct, frozen=True, gc=False):
    a: Natural
    p: float
    q: float
    T: int
    m: bool


class _Symbol(msgspec.Struct):
    """One instrument. Its filters are of any type here: ``OrderFilters`` reads them."""

    symbol: str
    status: str = ""
    baseAsset: str = ""
    quoteAsset: str = ""
    filters: Any = None


class _Notice(msgspec.Struct):
    """What our local exchange adds to exchangeInfo, so that nobody takes it for the market."""

    source: Literal["demo"]
    description: str = ""


class _ExchangeInfo(msgspec.Struct):
    symbols: list[_Symbol]
    spreadscope: _Notice | None = None


class _Time(msgspec.Struct):
    serverTime: int


_FAILURES: Final = (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError, OverflowError)


def _decode(body: bytes, shape: Any, what: str) -> Any:
    try:
        return msgspec.json.decode(body, type=shape, strict=False)
    except _FAILURES as error:
        raise DecodeError(f"{what}: {error}; the answer begins {bytes(body[:80])!r}") from None


def decode_time(body: bytes) -> int:
    """Returns the exchange's clock, ms."""
    time = milliseconds(_decode(body, _Time, "time").serverTime)
    if time == 0:
        raise DecodeError("time: 0 is no time")
    return time


def decode_agg_trades(symbol: str, body: bytes) -> TradePage:
    """Returns the rows of ``aggTrades``. One that cannot be read is no reason not to take the others."""
    good: list[TradeMessage] = []
    unread: list[tuple[bytes, str]] = []
    for raw in map(bytes, _decode(body, list[msgspec.Raw], "aggTrades")):
        try:
            good.append(_trade(_decode(raw, _AggTradeRow, "aggTrades"), symbol))
        except DecodeError as error:
            unread.append((raw, str(error)))
    if unread and not good:
        raise DecodeError(unread[0][1])
    return TradePage(good, unread)


def _trade(row: _AggTradeRow, symbol: str) -> TradeMessage:
    if not (math.isfinite(row.p) and math.isfinite(row.q)):
        raise DecodeError("aggTrades: a number is not finite")
    time = milliseconds(row.T)
    return TradeMessage(symbol, row.a, row.p, row.q, time, time, row.m)


def decode_klines(body: bytes) -> list[BarRow]:
    """Returns bars of twelve-element arrays; the last one can be unfinished."""
    rows: list[tuple[Any, ...]] = _decode(body, list[tuple[Any, ...]], "klines")
    try:
        bars = [
            BarRow(
                milliseconds(int(row[0])),
                float(row[1]),
                float(row[2]),
                float(row[3]),
                float(row[4]),
                float(row[5]),
                int(row[8]),
            )
            for row in rows
        ]
    except (TypeError, ValueError, IndexError, OverflowError) as error:
        raise DecodeError(f"klines: {error}") from None
    if not all(math.isfinite(value) for bar in bars for value in (bar.open, bar.high, bar.low, bar.close, bar.volume)):
        raise DecodeError("klines: a number is not finite")
    if not all(0 <= bar.trades <= LARGEST_ID for bar in bars):
        raise DecodeError("klines: a number is out of range")
    return bars


def decode_exchange_info(body: bytes) -> InstrumentList:
    """Returns the instruments by the product's names."""
    info: _ExchangeInfo = _decode(body, _ExchangeInfo, "exchangeInfo")
    instruments = [_instrument(item) for item in info.symbols]
    notice = info.spreadscope
    return InstrumentList(
        {instrument.symbol: instrument for instrument in instruments},
        None if notice is None else DemoNotice(notice.description),
    )


def _instrument(item: _Symbol) -> Instrument:
    filters = OrderFilters(item.filters)
    return Instrument(
        symbol=spot_symbol(item.symbol),
        status=item.status,
        contract_type="SPOT",
        base_asset=item.baseAsset,
        quote_asset=item.quoteAsset,
        tick_size=filters.value_of("PRICE_FILTER", "tickSize") or "",
        step_size=filters.value_of("LOT_SIZE", "stepSize") or "",
        # Until 2023 the filter was called MIN_NOTIONAL; recordings and other exchanges of the family still have it.
        min_notional=filters.value_of("NOTIONAL", "minNotional") or filters.value_of("MIN_NOTIONAL", "minNotional"),
        min_quantity=filters.value_of("LOT_SIZE", "minQty"),
        max_quantity=filters.value_of("LOT_SIZE", "maxQty"),
        market_step_size=filters.value_of("MARKET_LOT_SIZE", "stepSize"),
        market_max_quantity=filters.value_of("MARKET_LOT_SIZE", "maxQty"),
        multiplier_up=_multiplier(filters, "Up"),
        multiplier_down=_multiplier(filters, "Down"),
    )


def _multiplier(filters: OrderFilters, end: str) -> str | None:
    """Returns a bound of an order's price, as a multiple of the average price.

    Since 2022 Spot says it for bids and asks apart; it is one bound where both are the same.
    """
    bid, ask = (filters.value_of("PERCENT_PRICE_BY_SIDE", f"{side}Multiplier{end}") for side in ("bid", "ask"))
    return filters.value_of("PERCENT_PRICE", f"multiplier{end}") or (bid if bid == ask else None)
