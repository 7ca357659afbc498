"""Binance USD-M futures as a venue."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import parse_qs, urlsplit

import httpx

from spreadscope.exchange.binance_futures import rest
from spreadscope.exchange.binance_futures import streams as names
from spreadscope.exchange.binance_futures.client import BinanceFuturesClient
from spreadscope.exchange.binance_futures.decoder import FuturesDecoder
from spreadscope.exchange.binance_futures.recorded_frames import FuturesRecordingDecoder, aggregated_in
from spreadscope.exchange.port import Capabilities, RecordingDecoder, Tap, TradeIds, TradePage, Venue
from spreadscope.exchange.recording import RawFrame
from spreadscope.model.clock import Clock
from spreadscope.model.instrument import local_symbol

_MARK_PRICE = b'"markPriceUpdate"'


class BinanceFutures(Venue):
    """USD-M perpetuals and futures: aggregate trades with dense ids, mark prices each second, news of halts."""

    name = "binance-futures"
    title = "Binance USD-M futures"
    rest_url = "https://fapi.binance.com"
    ws_url = "wss://fstream.binance.com"
    capabilities = Capabilities(
        trade_ids=TradeIds.DENSE,
        quotes=True,
        dated_quotes=True,
        marks=True,
        status_announcements=True,
        retention_ms=rest.RETENTION_MS,
        page=rest.AGG_TRADES_LIMIT,
        longest_interval_ms=3_600_000 - 1,
        weight_per_minute=rest.WEIGHT_PER_MINUTE,
    )

    def trade_stream(self, symbol: str) -> str:
        return names.agg_trade(local_symbol(symbol))

    def streams(self, symbol: str, *, quotes: bool) -> Sequence[str]:
        """Mark prices come every second on the trades' own socket: the market's clock goes on in quiet times."""
        local = local_symbol(symbol)
        wanted = [names.agg_trade(local), names.mark_price(local)]
        return [*wanted, names.book_ticker(local)] if quotes else wanted

    @property
    def status_stream(self) -> str | None:
        return names.CONTRACT_INFO

    def shards(self, streams: Iterable[str], size: int) -> list[tuple[str, tuple[str, ...]]]:
        return [(str(route), group) for route, group in names.shards(streams, size)]

    def carries_quotes_only(self, route: str) -> bool:
        return route == names.Route.PUBLIC

    def socket_url(self, ws_url: str, route: str) -> str:
        return names.connection_url(ws_url, names.Route(route))

    def symbol_of(self, stream: str) -> str:
        return names.symbol_of(stream)

    def subscribe(self, streams: Sequence[str], request_id: int) -> bytes:
        return names.subscribe(streams, request_id)

    def unsubscribe(self, streams: Sequence[str], request_id: int) -> bytes:
        return names.unsubscribe(streams, request_id)

    def beats_each_second(self, payload: bytes) -> bool:
        return _MARK_PRICE in payload

    def decoder(self) -> FuturesDecoder:
        return FuturesDecoder()

    def client(
        self,
        base_url: str,
        clock: Clock,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        tap: Tap | None = None,
    ) -> BinanceFuturesClient:
        return BinanceFuturesClient(base_url, clock, transport=transport, tap=tap)

    def recording_decoder(self, *, quotes: bool, aggregated: Iterable[str] = ()) -> RecordingDecoder:
        return FuturesRecordingDecoder(quotes=quotes, aggregated=aggregated)

    def aggregated_in(self, frames: Iterable[RawFrame]) -> set[str]:
        return aggregated_in(frames)

    def recorded_trades(self, request: str, body: bytes) -> tuple[str, TradePage] | None:
        parts = urlsplit(request)
        symbol = parse_qs(parts.query).get("symbol", [""])[0]
        if parts.path != "/fapi/v1/aggTrades" or not symbol:
            return None
        return symbol, rest.decode_agg_trades(symbol, body)
