"""The derived streams of futures, by kind: what makes each, or None where the feed has nothing to make it of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from spreadscope.exchange.binance_spot.spot_names import is_spot
from spreadscope.exchange.local.book import BookState
from spreadscope.exchange.local.derived_sources import (
    DepthSource,
    DerivedStream,
    Maker,
    MarkSource,
    QuoteSource,
    RecordedDepthSource,
    TickerSource,
    TradeSource,
)
from spreadscope.exchange.local.frame_feed import FrameFeed
from spreadscope.exchange.local.kline_stream import KlineStream
from spreadscope.exchange.local.raw_trades import SplitTrade, SplitTrades
from spreadscope.exchange.local.stream_names import Kind, StreamName
from spreadscope.exchange.local.tickers import mini_ticker_payload, ticker_payload
from spreadscope.exchange.local.trade_log import TradeLog

_EVERY_MS: Final = {"": 250, "0ms": 0, "100ms": 100, "250ms": 250, "500ms": 500}  # of a depth stream, by its name


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
        tapes = [
            tape
            for tape in feed.tapes.values()
            if name.symbol == tape.symbol or not (name.symbol or is_spot(tape.symbol))
        ]
        return TickerSource(tapes, write, array=not name.symbol) if tapes else None

    return make


def _marks(feed: FrameFeed, name: StreamName, now_ms: int) -> DerivedStream | None:
    del now_ms
    lines = [line for symbol, line in feed.marks.items() if name.symbol in {"", symbol}]
    return MarkSource(lines, name) if lines else None


def _all_quotes(feed: FrameFeed, name: StreamName, now_ms: int) -> DerivedStream | None:
    del name, now_ms
    symbols = [symbol for symbol in feed.tapes if not is_spot(symbol)]
    return QuoteSource(feed, symbols) if any(feed.plays(f"{symbol.lower()}@bookTicker") for symbol in symbols) else None


def _trades(feed: FrameFeed, name: StreamName, now_ms: int) -> DerivedStream | None:
    del now_ms
    tape = feed.tapes.get(name.symbol)
    raw = None if tape is None else feed.raw_trades(name.symbol)
    return TradeSource(tape, raw, SplitTrade.payload) if tape is not None and isinstance(raw, SplitTrades) else None


def _depth(feed: FrameFeed, name: StreamName, now_ms: int) -> DerivedStream | None:
    if name.symbol not in feed.tapes:
        return None
    book = feed.book(name.symbol, now_ms)
    if book is not None:
        return DepthSource(feed, book, name, _EVERY_MS[name.speed], _write_depth)
    line = feed.depth(name.symbol) if name.kind == "depth" else None
    return None if line is None else RecordedDepthSource(line, _EVERY_MS[name.speed])


def _write_depth(book: BookState, before: BookState, levels: int, now_ms: int) -> bytes:
    return book.top(levels, before.update, now_ms) if levels else book.since(before, now_ms)


OF_A_SYMBOL: Final[dict[Kind, Maker]] = {
    "kline": _kline, "continuousKline": _continuous_kline, "ticker": _ticker(ticker_payload),
    "miniTicker": _ticker(mini_ticker_payload), "markPrice": _marks, "trade": _trades, "depth": _depth,
    "partialDepth": _depth,
}  # fmt: skip
OF_THE_MARKET: Final[dict[Kind, Maker]] = {
    "ticker": _ticker(ticker_payload), "miniTicker": _ticker(mini_ticker_payload), "markPrice": _marks,
    "bookTicker": _all_quotes,
}  # fmt: skip
