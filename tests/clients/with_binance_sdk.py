"""Binance's own SDK for USD-M futures (``binance-sdk-derivatives-trading-usds-futures``): it sends UUIDs as ids."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from binance_common.configuration import ConfigurationRestAPI, ConfigurationWebSocketStreams
from binance_sdk_derivatives_trading_usds_futures.derivatives_trading_usds_futures import DerivativesTradingUsdsFutures

from tests.clients.probe import SYMBOL, Probes, addresses, run

REST, WS = addresses()
probes = Probes("binance-sdk")
sdk = DerivativesTradingUsdsFutures(
    # No secret: public routes.
    config_rest_api=ConfigurationRestAPI(api_key="none", api_secret="none", base_path=REST),  # noqa: S106
    config_ws_streams=ConfigurationWebSocketStreams(stream_url=WS),
)
api = sdk.rest_api


def data_of(call: Callable[[], Any]) -> Any:
    return call().data()


for name, call in {
    "ping": api.test_connectivity,
    "time": api.check_server_time,
    "exchangeInfo": api.exchange_information,
    "depth": lambda: api.order_book(symbol=SYMBOL),
    "trades": lambda: api.recent_trades_list(symbol=SYMBOL),
    "historicalTrades": lambda: api.old_trades_lookup(symbol=SYMBOL),
    "aggTrades": lambda: api.compressed_aggregate_trades_list(symbol=SYMBOL),
    "klines": lambda: api.kline_candlestick_data(symbol=SYMBOL, interval="1m"),
    "continuousKlines": lambda: api.continuous_contract_kline_candlestick_data(
        pair=SYMBOL, contract_type="PERPETUAL", interval="1m"
    ),
    "markPriceKlines": lambda: api.mark_price_kline_candlestick_data(symbol=SYMBOL, interval="1m"),
    "indexPriceKlines": lambda: api.index_price_kline_candlestick_data(pair=SYMBOL, interval="1m"),
    "premiumIndex": lambda: api.mark_price(symbol=SYMBOL),
    "fundingRate": lambda: api.get_funding_rate_history(symbol=SYMBOL),
    "fundingInfo": api.get_funding_rate_info,
    "ticker/24hr": lambda: api.ticker24hr_price_change_statistics(symbol=SYMBOL),
    "ticker/price": lambda: api.symbol_price_ticker(symbol=SYMBOL),
    "ticker/price (v2)": lambda: api.symbol_price_ticker_v2(symbol=SYMBOL),
    "ticker/bookTicker": lambda: api.symbol_order_book_ticker(symbol=SYMBOL),
    "openInterest": lambda: api.open_interest(symbol=SYMBOL),
}.items():
    probes.route(name)(partial(data_of, call))


def set_once(came: asyncio.Future[Any], data: Any) -> None:
    if not came.done():
        came.set_result(data)


def heard(subscribe: Callable[[Any], Awaitable[Any]]) -> Callable[[], Awaitable[Any]]:
    async def probe() -> Any:
        came: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        connection = await sdk.websocket_streams.create_connection()
        try:
            stream = await subscribe(connection)
            stream.on("message", partial(set_once, came))
            return await came
        finally:
            await connection.close_connection(close_session=True)

    return probe


LOWER = SYMBOL.lower()
for name, subscribe in {
    "aggTrade": lambda to: to.aggregate_trade_streams(symbol=LOWER),
    "kline_1m": lambda to: to.kline_candlestick_streams(symbol=LOWER, interval="1m"),
    "continuousKline_1m": lambda to: to.continuous_contract_kline_candlestick_streams(
        pair=LOWER, contract_type="perpetual", interval="1m"
    ),
    "markPrice": lambda to: to.mark_price_stream(symbol=LOWER),
    "markPrice@1s": lambda to: to.mark_price_stream(symbol=LOWER, update_speed="1s"),
    "!markPrice@arr": lambda to: to.mark_price_stream_for_all_market(),
    "ticker": lambda to: to.individual_symbol_ticker_streams(symbol=LOWER),
    "miniTicker": lambda to: to.individual_symbol_mini_ticker_stream(symbol=LOWER),
    "!ticker@arr": lambda to: to.all_market_tickers_streams(),
    "!miniTicker@arr": lambda to: to.all_market_mini_tickers_stream(),
    "bookTicker": lambda to: to.individual_symbol_book_ticker_streams(symbol=LOWER),
    "!bookTicker": lambda to: to.all_book_tickers_stream(),
    "depth": lambda to: to.diff_book_depth_streams(symbol=LOWER),
    "depth@100ms": lambda to: to.diff_book_depth_streams(symbol=LOWER, update_speed="100ms"),
    "depth5": lambda to: to.partial_book_depth_streams(symbol=LOWER, levels="5"),
    "depth20@500ms": lambda to: to.partial_book_depth_streams(symbol=LOWER, levels="20", update_speed="500ms"),
}.items():
    probes.stream(name)(heard(subscribe))

run(probes)
