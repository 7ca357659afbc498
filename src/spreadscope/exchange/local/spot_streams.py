"""The derived streams of Spot, by kind: what makes each, or None where the feed has nothing to make it of."""

from __future__ import annotations

from typing import Final

import msgspec

from spreadscope.exchange.binance_spot.spot_names import is_spot
from spreadscope.exchange.local.book import BookState
from spreadscope.exchange.local.derived_sources import (
    DepthSource,
    DerivedStream,
    Maker,
    RecordedDepthSource,
    TickerSource,
    TradeSource,
)
from spreadscope.exchange.local.frame_feed import FrameFeed
from spreadscope.exchange.local.kline_stream import KlineStream
from spreadscope.exchange.local.klines import INTERVALS
from spreadscope.exchange.local.raw_trades import SplitTrades
from spreadscope.exchange.local.spot_shapes import spot_mini_ticker_payload, spot_ticker_payload, spot_trade_payload
from spreadscope.exchange.local.stream_names import Kind, StreamName

_KLINE_MS: Final = 2_000
_DEPTH_MS: Final = {"": 1_000, "1000ms": 1_000, "100ms": 100}


def _kline(feed: FrameFeed, name: StreamName, now_ms: int) -> DerivedStream | None:
    tape = feed.tapes.get(name.symbol)
    if tape is None or name.speed or name.argument not in INTERVALS:
        return None  # bars of another time zone, and those of a second: there are minute bars alone to make them of
    return KlineStream(tape, name.argument, now_ms, every_ms=_KLINE_MS)


def _ticker(feed: FrameFeed, name: StreamName, now_ms: int) -> DerivedStream | None:
    del now_ms
    tape = feed.tapes.get(name.symbol)
    if tape is None:
        return None
    return TickerSource([tape], lambda tape, now: spot_ticker_payload(tape, feed.quote(tape.symbol, now), now))


def _mini_ticker(feed: FrameFeed, name: StreamName, now_ms: int) -> DerivedStream | None:
    del now_ms
    tape = feed.tapes.get(name.symbol)
    return None if tape is None else TickerSource([tape], spot_mini_ticker_payload)


def _all_mini_tickers(feed: FrameFeed, name: StreamName, now_ms: int) -> DerivedStream | None:
    del name, now_ms
    tapes = [tape for tape in feed.tapes.values() if is_spot(tape.symbol)]
    return TickerSource(tapes, spot_mini_ticker_payload, array=True) if tapes else None


def _trades(feed: FrameFeed, name: StreamName, now_ms: int) -> DerivedStream | None:
    del now_ms
    tape = feed.tapes.get(name.symbol)
    raw = None if tape is None else feed.raw_trades(name.symbol)
    return TradeSource(tape, raw, spot_trade_payload) if tape is not None and isinstance(raw, SplitTrades) else None


def _depth(feed: FrameFeed, name: StreamName, now_ms: int) -> DerivedStream | None:
    if name.symbol not in feed.tapes:
        return None
    every_ms = _DEPTH_MS[name.speed]
    book = feed.book(name.symbol, now_ms)
    if book is not None:
        return DepthSource(feed, book, name, every_ms, _write_depth)
    line = feed.depth(name.symbol) if name.kind == "depth" else None
    return None if line is None else RecordedDepthSource(line, every_ms, spot=True)


def _write_depth(book: BookState, before: BookState, levels: int, now_ms: int) -> bytes:
    return msgspec.json.encode(book.spot_row(levels)) if levels else book.spot_since(before, now_ms)


OF_A_SYMBOL: Final[dict[Kind, Maker]] = {
    "kline": _kline, "ticker": _ticker, "miniTicker": _mini_ticker, "trade": _trades, "depth": _depth,
    "partialDepth": _depth,
}  # fmt: skip
OF_THE_MARKET: Final[dict[Kind, Maker]] = {"miniTicker": _all_mini_tickers}
