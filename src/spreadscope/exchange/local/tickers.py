"""The REST rows that sum a symbol up: 24-hour ticker and premium index."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from spreadscope.exchange.local.decimal_text import decimal_text
from spreadscope.exchange.local.frame_feed import MarkLine
from spreadscope.exchange.local.klines import MINUTE_MS
from spreadscope.exchange.local.trade_log import TradeLog

_DAY_MS: Final = 86_400_000


class _Mark(msgspec.Struct):
    """The fields of a mark-price payload that the premium index repeats."""

    p: str
    r: str = ""
    T: int = 0
    E: int = 0
    i: str = ""
    P: str = ""


_decode_mark = msgspec.json.Decoder(_Mark).decode


def mark_row(tape: TradeLog, line: MarkLine | None, now_ms: int) -> dict[str, Any]:
    """A row of ``premiumIndex``. Without recorded marks the last trade stands in, and the funding rate is empty."""
    if line is None or line.current is None:
        last = tape.last_price() or ""
        mark = _Mark(p=last, i=last, P=last, E=now_ms)
    else:
        mark = _decode_mark(line.current)
    return {
        "symbol": tape.symbol,
        "markPrice": mark.p,
        "indexPrice": mark.i or mark.p,
        "estimatedSettlePrice": mark.P or mark.p,
        "lastFundingRate": mark.r,
        "interestRate": "0.00010000",
        "nextFundingTime": mark.T,
        "time": mark.E,
    }


def ticker_row(tape: TradeLog, now_ms: int) -> dict[str, Any]:
    """A row of ``ticker/24hr``, over the whole minutes of the last 24 hours."""
    price, size = tape.price_decimals, tape.quantity_decimals
    open_ms = (now_ms - _DAY_MS) // MINUTE_MS * MINUTE_MS
    bar = tape.update_bars().window(open_ms, now_ms + 1)
    row: dict[str, Any] = {"symbol": tape.symbol}
    if bar is not None:
        average = bar.quote / bar.volume / 10**price if bar.volume else 0.0
        row |= {
            "priceChange": decimal_text(bar.close - bar.open, price),
            "priceChangePercent": f"{(bar.close / bar.open - 1) * 100 if bar.open else 0:.3f}",
            "weightedAvgPrice": f"{average:.{price}f}",
            "lastPrice": decimal_text(bar.close, price),
            "lastQty": tape.last_quantity() or decimal_text(0, size),
            "openPrice": decimal_text(bar.open, price),
            "highPrice": decimal_text(bar.high, price),
            "lowPrice": decimal_text(bar.low, price),
            "volume": decimal_text(bar.volume, size),
            "quoteVolume": decimal_text(bar.quote, price + size),
        }
    else:
        last = tape.last_price() or decimal_text(0, price)
        row |= dict.fromkeys(("lastPrice", "openPrice", "highPrice", "lowPrice", "weightedAvgPrice"), last)
        row |= dict.fromkeys(("priceChange", "lastQty", "volume", "quoteVolume"), "0")
        row["priceChangePercent"] = "0.000"
    return row | {
        "openTime": open_ms,
        "closeTime": now_ms,
        "firstId": -1 if bar is None else bar.first,
        "lastId": -1 if bar is None else bar.last,
        "count": 0 if bar is None else bar.trades,
    }


def ticker_payload(tape: TradeLog, now_ms: int) -> bytes:
    """A ``24hrTicker`` payload: the figures of ``ticker/24hr``."""
    row = ticker_row(tape, now_ms)
    return msgspec.json.encode(
        {
            "e": "24hrTicker", "E": now_ms, "s": row["symbol"], "ps": row["symbol"], "p": row["priceChange"],
            "P": row["priceChangePercent"], "w": row["weightedAvgPrice"], "c": row["lastPrice"], "Q": row["lastQty"],
            "o": row["openPrice"], "h": row["highPrice"], "l": row["lowPrice"], "v": row["volume"],
            "q": row["quoteVolume"], "O": row["openTime"], "C": row["closeTime"], "F": row["firstId"],
            "L": row["lastId"],
            "n": row["count"], "st": 1,
        }
    )  # fmt: skip


def mini_ticker_payload(tape: TradeLog, now_ms: int) -> bytes:
    """A ``24hrMiniTicker`` payload: some of those figures."""
    row = ticker_row(tape, now_ms)
    return msgspec.json.encode(
        {
            "e": "24hrMiniTicker", "E": now_ms, "s": row["symbol"], "ps": row["symbol"], "c": row["lastPrice"],
            "o": row["openPrice"], "h": row["highPrice"], "l": row["lowPrice"], "v": row["volume"],
            "q": row["quoteVolume"], "st": 1,
        }
    )  # fmt: skip


def price_row(tape: TradeLog) -> dict[str, Any] | None:
    """A row of ``ticker/price``; None before the first trade."""
    price, time = tape.last_price(), tape.last_time()
    return None if price is None else {"symbol": tape.symbol, "price": price, "time": time}
