"""ccxt: REST, and ccxt.pro's websockets."""

from __future__ import annotations

from typing import Any

import ccxt.pro

from tests.clients.probe import Probes, addresses, run

REST, WS = addresses()
MARKET = "SYN1/USDT:USDT"
probes = Probes("ccxt")


class Local(ccxt.pro.binanceusdm):  # type: ignore[misc, unused-ignore]
    """The USD-M class with the local exchange's addresses."""

    def describe(self) -> Any:
        described = super().describe()
        api = described["urls"]["api"]
        for version in ("", "V2", "V3"):
            api[f"fapiPublic{version}"] = f"{REST}/fapi/v{version[1:] or 1}"
        api["ws"]["linear"] = f"{WS}/ws"
        described["options"]["fetchMarkets"] = {"types": ["linear"]}
        return described


exchange = Local({"options": {"fetchCurrencies": False}, "enableRateLimit": False, "newUpdates": True})


@probes.route("exchangeInfo")
async def load_markets() -> Any:
    await exchange.load_markets()
    return exchange.market(MARKET)["id"]


@probes.route("time")
async def fetch_time() -> Any:
    return await exchange.fetch_time()


@probes.route("depth")
async def fetch_order_book() -> Any:
    return (await exchange.fetch_order_book(MARKET, 20))["bids"][0]


@probes.route("ticker/24hr")
async def fetch_ticker() -> Any:
    return (await exchange.fetch_ticker(MARKET))["last"]


@probes.route("ticker/bookTicker")
async def fetch_bids_asks() -> Any:
    return (await exchange.fetch_bids_asks([MARKET]))[MARKET]["bid"]


@probes.route("ticker/price")
async def fetch_last_prices() -> Any:
    return (await exchange.fetch_last_prices([MARKET]))[MARKET]["price"]


@probes.route("aggTrades")
async def fetch_trades() -> Any:
    return len(await exchange.fetch_trades(MARKET))


@probes.route("trades")
async def fetch_raw_trades() -> Any:
    return len(await exchange.fetch_trades(MARKET, params={"fetchTradesMethod": "fapiPublicGetTrades"}))


@probes.route("klines")
async def fetch_ohlcv() -> Any:
    return (await exchange.fetch_ohlcv(MARKET, "1m", limit=3))[-1]


@probes.route("markPriceKlines")
async def fetch_mark_ohlcv() -> Any:
    return (await exchange.fetch_mark_ohlcv(MARKET, "1m", limit=3))[-1]


@probes.route("premiumIndex")
async def fetch_funding_rate() -> Any:
    return (await exchange.fetch_funding_rate(MARKET))["markPrice"]


@probes.route("fundingRate")
async def fetch_funding_rate_history() -> Any:
    return len(await exchange.fetch_funding_rate_history(MARKET))


@probes.route("fundingInfo")
async def fetch_funding_intervals() -> Any:
    return (await exchange.fetch_funding_intervals([MARKET]))[MARKET]["interval"]


@probes.route("openInterest")
async def fetch_open_interest() -> Any:
    return (await exchange.fetch_open_interest(MARKET))["openInterestAmount"]


@probes.stream("trade (watch_trades)")
async def watch_trades() -> Any:
    return (await exchange.watch_trades(MARKET))[-1]["price"]


@probes.stream("aggTrade (watch_trades)")
async def watch_agg_trades() -> Any:
    return (await exchange.watch_trades(MARKET, params={"name": "aggTrade"}))[-1]["price"]


@probes.stream("depth@100ms (watch_order_book)")
async def watch_order_book() -> Any:
    for _ in range(20):  # a local book: the snapshot by REST, and the changes on it
        book = await exchange.watch_order_book(MARKET)
    bid, ask = book["bids"][0][0], book["asks"][0][0]
    if bid >= ask:
        raise AssertionError(f"the book is crossed: {bid} and {ask}")
    return bid, ask


@probes.stream("kline_1m (watch_ohlcv)")
async def watch_ohlcv() -> Any:
    return (await exchange.watch_ohlcv(MARKET, "1m"))[-1]


@probes.stream("ticker (watch_ticker)")
async def watch_ticker() -> Any:
    return (await exchange.watch_ticker(MARKET))["last"]


@probes.stream("bookTicker (watch_bids_asks)")
async def watch_bids_asks() -> Any:
    return (await exchange.watch_bids_asks([MARKET]))[MARKET]["bid"]


@probes.stream("markPrice (watch_mark_price)")
async def watch_mark_price() -> Any:
    return (await exchange.watch_mark_price(MARKET, {"use1sFreq": False}))["markPrice"]


@probes.stream("markPrice@1s (watch_mark_price)")
async def watch_mark_price_each_second() -> Any:
    return (await exchange.watch_mark_price(MARKET))["markPrice"]


@probes.stream("!miniTicker@arr (watch_tickers)")
async def watch_tickers() -> Any:
    return sorted(await exchange.watch_tickers(None, {"name": "miniTicker"}))


run(probes, exchange.close)
