"""Binance Spot as a venue: what it can, how its sockets are asked, and what is made for a run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import parse_qs, urlsplit

import httpx

from spreadscope.exchange.binance_futures.streams import subscribe, unsubscribe
from spreadscope.exchange.binance_spot import rest
from spreadscope.exchange.binance_spot.client import BinanceSpotClient
from spreadscope.exchange.binance_spot.decode import SpotDecoder
from spreadscope.exchange.binance_spot.recorded_frames import SpotRecordingDecoder, aggregated_in
from spreadscope.exchange.binance_spot.spot_names import NAME, spot_symbol
from spreadscope.exchange.binance_spot.streams import SpotRoute, agg_trade, book_ticker, shards, symbol_of
from spreadscope.exchange.port import Capabilities, RecordingDecoder, Tap, TradeIds, TradePage, Venue
from spreadscope.exchange.recording import RawFrame
from spreadscope.model.clock import Clock

_HOUR_MS: Final = 3_600_000
_HEAD = 160  # bytes in which the names of stream and event stand


class BinanceSpot(Venue):
    """Spot: dense aggregate ids, quotes without a time, no mark price, no news of halts, a history without an end."""

    name = NAME
    title = "Binance Spot"
    rest_url = "https://api.binance.com"
    ws_url = "wss://stream.binance.com:9443"
    capabilities = Capabilities(
        trade_ids=TradeIds.DENSE,
        quotes=True,
        dated_quotes=False,
        marks=False,
        status_announcements=False,
        retention_ms=None,
        page=rest.AGG_TRADES_LIMIT,
        longest_interval_ms=24
        * _HOUR_MS,  # the exchange has no bound since 2022; a day bounds what one request makes it search
        weight_per_minute=rest.WEIGHT_PER_MINUTE,
    )

    def trade_stream(self, symbol: str) -> str:
        """Returns the stream of a symbol's aggregate trades."""
        return agg_trade(symbol)

    def streams(self, symbol: str, *, quotes: bool) -> Sequence[str]:
        """Returns the streams of a symbol, its trades' first."""
        return (agg_trade(symbol), book_ticker(symbol)) if quotes else (agg_trade(symbol),)

    def shards(self, streams: Iterable[str], size: int) -> list[tuple[str, tuple[str, ...]]]:
        """Returns streams by route, at most ``size`` a socket."""
        return shards(streams, size)

    def carries_quotes_only(self, route: str) -> bool:
        """Returns whether a route has nothing but quotes."""
        return route == SpotRoute.QUOTES

    def socket_url(self, ws_url: str, route: str) -> str:
        """Returns the one address of all streams, whose frames carry their stream's name."""
        del route
        return f"{ws_url}/stream"

    def symbol_of(self, stream: str) -> str:
        """Returns the instrument a stream is about."""
        return symbol_of(stream)

    def subscribe(self, streams: Sequence[str], request_id: int) -> bytes:
        """Returns the control message that subscribes; it is the same as on futures."""
        return subscribe(streams, request_id)

    def unsubscribe(self, streams: Sequence[str], request_id: int) -> bytes:
        """Returns the control message that unsubscribes."""
        return unsubscribe(streams, request_id)

    def decoder(self) -> SpotDecoder:
        """Returns a decoder for one feed."""
        return SpotDecoder()

    def client(
        self,
        base_url: str,
        clock: Clock,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        tap: Tap | None = None,
    ) -> BinanceSpotClient:
        """Returns a client for REST at ``base_url``."""
        return BinanceSpotClient(base_url, clock, transport=transport, tap=tap)

    def recording_decoder(self, *, quotes: bool, aggregated: Iterable[str] = ()) -> RecordingDecoder:
        """Returns a decoder for one recording."""
        return SpotRecordingDecoder(quotes=quotes, aggregated=aggregated)

    def recognises(self, payload: bytes) -> bool:
        """Returns True for trades with ``M``, and for quotes that do not name their event: futures have neither."""
        head = payload[:_HEAD]
        if b"@bookTicker" in head:
            return b'"e"' not in payload
        if b'"M"' not in payload:
            return False  # most are of futures, and it is asked of every frame
        return b"@trade" in head or b"@aggTrade" in head or b'"trade"' in head or b'"aggTrade"' in head

    def aggregated_in(self, frames: Iterable[RawFrame]) -> set[str]:
        """Returns the instruments whose own aggregates stand near the beginning of a recording."""
        return aggregated_in(frames)

    def recorded_trades(self, request: str, body: bytes) -> tuple[str, TradePage] | None:
        """Returns the symbol and trades of a recorded answer of ``aggTrades``; None for answers to other requests."""
        address = urlsplit(request)
        named = parse_qs(address.query).get("symbol")
        if not address.path.endswith(rest.AGG_TRADES) or not named:
            return None
        symbol = spot_symbol(named[0])
        return symbol, rest.decode_agg_trades(symbol, body)
