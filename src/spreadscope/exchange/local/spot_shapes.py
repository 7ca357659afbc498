"""Spot's payloads and rows where they differ from those of futures."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from spreadscope.exchange.local.book import BookQuote
from spreadscope.exchange.local.raw_trades import SplitTrade
from spreadscope.exchange.local.tickers import ticker_row
from spreadscope.exchange.local.trade_log import TradeLog
from spreadscope.exchange.recording import BuiltAggregate
from spreadscope.model.instrument import local_symbol

_BOOLEANS: Final = ("false", "true")


def spot_aggregate_payload(one: BuiltAggregate) -> bytes:
    """An ``aggTrade`` payload (keys ``e E s a p q f l T m M``)."""
    return (
        f'{{"e":"aggTrade","E":{one.E},"s":"{local_symbol(one.s)}","a":{one.a},"p":"{one.p}","q":"{one.q}","f":{one.f},'
        f'"l":{one.l},"T":{one.T},"m":{_BOOLEANS[one.m]},"M":true}}'
    ).encode()


def spot_trade_payload(trade: SplitTrade, symbol: str, delay_ms: int) -> bytes:
    """A ``trade`` payload; ``E`` is ``delay_ms`` after ``T``."""
    return (
        f'{{"e":"trade","E":{trade.time_ms + delay_ms},"s":"{local_symbol(symbol)}","t":{trade.id},"p":"{trade.price}",'
        f'"q":"{trade.quantity}","T":{trade.time_ms},"m":{_BOOLEANS[trade.maker]},"M":true}}'
    ).encode()


def spot_ticker_row(tape: TradeLog, quote: BookQuote | None, now_ms: int) -> dict[str, Any]:
    """A row of Spot's ``ticker/24hr``: with the best bid and ask.

    The price at the beginning is there once more, as the close before it.
    """
    row = ticker_row(tape, now_ms)
    best = {"bidPrice": "0", "bidQty": "0", "askPrice": "0", "askQty": "0"} if quote is None else quote.spot_row()
    return row | {"symbol": local_symbol(tape.symbol), "prevClosePrice": row["openPrice"]} | _without_symbol(best)


def spot_ticker_payload(tape: TradeLog, quote: BookQuote | None, now_ms: int) -> bytes:
    """A ``24hrTicker`` payload: the figures of ``ticker/24hr``."""
    row = spot_ticker_row(tape, quote, now_ms)
    return msgspec.json.encode(
        {
            "e": "24hrTicker", "E": now_ms, "s": row["symbol"], "p": row["priceChange"], "P": row["priceChangePercent"],
            "w": row["weightedAvgPrice"], "x": row["prevClosePrice"], "c": row["lastPrice"], "Q": row["lastQty"],
            "b": row["bidPrice"], "B": row["bidQty"], "a": row["askPrice"], "A": row["askQty"], "o": row["openPrice"],
            "h": row["highPrice"], "l": row["lowPrice"], "v": row["volume"], "q": row["quoteVolume"],
            "O": row["openTime"],
            "C": row["closeTime"], "F": row["firstId"], "L": row["lastId"], "n": row["count"],
        }
    )  # fmt: skip


def spot_mini_ticker_payload(tape: TradeLog, now_ms: int) -> bytes:
    """A ``24hrMiniTicker`` payload: some of those figures."""
    row = ticker_row(tape, now_ms)
    return msgspec.json.encode(
        {
            "e": "24hrMiniTicker", "E": now_ms, "s": local_symbol(tape.symbol), "c": row["lastPrice"],
            "o": row["openPrice"],
            "h": row["highPrice"], "l": row["lowPrice"], "v": row["volume"], "q": row["quoteVolume"],
        }
    )  # fmt: skip


def _without_symbol(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != "symbol"}
