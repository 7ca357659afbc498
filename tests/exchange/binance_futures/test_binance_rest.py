"""The REST shapes, and that everything else is one documented error."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from spreadscope.exchange.binance_futures import rest
from spreadscope.exchange.port import DemoNotice, TradeMessage
from spreadscope.exchange.rest_client import decode_refusal
from spreadscope.exchange.settled_funding import SettledFunding
from spreadscope.model.errors import DecodeError
from spreadscope.model.events import BarRow
from spreadscope.model.instrument import Instrument

KLINE = [1789478160000, "1.0", "4.0", "0.5", "2.0", "20.680", 1789478219999, "15", 878, "15.190", "11", "0"]
DECODERS: list[Callable[[bytes], object]] = [
    rest.decode_time,
    partial(rest.decode_agg_trades, "BTCUSDT"),
    rest.decode_klines,
    rest.decode_exchange_info,
    rest.decode_premium_index,
    rest.decode_funding_rates,
]
NO_ANSWERS = [
    b"", b"<html><body>502 Bad Gateway</body></html>", b"{", b"[[", b"null", b"5", b'"text"', b"\xff", b"[" * 3000,
    b'{"code":-1120,"msg":"Invalid interval."}', b'[{"a":1}]', b"[[]]", b"[[1,2,3]]",
]  # fmt: skip


@pytest.mark.parametrize("read", DECODERS)
@pytest.mark.parametrize("body", NO_ANSWERS)
def test_a_body_of_another_kind_is_one_error(read: Callable[[bytes], object], body: bytes) -> None:
    with pytest.raises(DecodeError):
        read(body)


def test_time_and_aggregate_trades() -> None:
    assert rest.decode_time(b'{"serverTime":1499827319559}') == 1499827319559
    body = b'[{"a":26129,"p":"0.01633102","q":"4.70443515","nq":"4.7","f":27781,"l":27784,"T":1498793709153,"m":true}]'
    (row,) = rest.decode_agg_trades("BTCUSDT", body)
    assert row == TradeMessage("BTCUSDT", 26129, 0.01633102, 4.70443515, 1498793709153, 1498793709153, True)
    assert rest.decode_agg_trades("BTCUSDT", b"[]") == []


@pytest.mark.parametrize("change", [{"p": "nan"}, {"q": "inf"}, {"a": 2**63}, {"T": -1}, {"m": None}])
def test_a_trade_that_is_none_costs_no_other_row(change: dict[str, Any]) -> None:
    good = {"a": 1, "p": "2", "q": "3", "T": 4, "m": True}
    bad = msgspec.json.encode(good | change)
    page = rest.decode_agg_trades("BTCUSDT", b"[" + msgspec.json.encode(good) + b"," + bad + b"]")
    assert [row.id for row in page] == [1]
    ((raw, error),) = page.unread
    assert raw == bad
    assert error.startswith("aggTrades: ")
    with pytest.raises(DecodeError):
        rest.decode_agg_trades("BTCUSDT", b"[" + bad + b"]")


def test_klines() -> None:
    assert rest.decode_klines(msgspec.json.encode([KLINE])) == [
        BarRow(1789478160000, 1.0, 4.0, 0.5, 2.0, 20.68, 878)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("place", "value"), [(1, "nan"), (5, "inf"), (0, "x"), (8, None), (0, 2**70), (0, -1), (8, -1)]
)
def test_a_candle_that_is_none_is_refused(place: int, value: object) -> None:
    row = list(KLINE)
    row[place] = value
    with pytest.raises(DecodeError):
        rest.decode_klines(msgspec.json.encode([row]))


def test_funding() -> None:
    one = b'{"symbol":"B","markPrice":"1.5","indexPrice":"1.4","lastFundingRate":"","nextFundingTime":0,"time":7}'
    assert [row.markPrice for row in rest.decode_premium_index(one)] == [1.5]
    assert len(rest.decode_premium_index(b"[" + one + b"," + one + b"]")) == 2
    with pytest.raises(DecodeError):
        rest.decode_premium_index(one.replace(b"1.4", b"nan"))
    (old,) = rest.decode_funding_rates(b'[{"symbol":"B","fundingTime":5,"fundingRate":"-0.0001","markPrice":""}]')
    assert (old.fundingRate, old.markPrice) == (-0.0001, "")
    with pytest.raises(DecodeError):
        rest.decode_funding_rates(b'[{"symbol":"B","fundingTime":5,"fundingRate":"nan"}]')


def test_settled_funding_is_of_whole_minutes() -> None:
    row = '{"symbol":"B","fundingTime":1700006400003,"fundingRate":"0.0001","markPrice":"%s"}'
    read = partial(rest.decode_settled_funding, "BTCUSDT")
    assert read(f"[{row % '35000.5'}]".encode()) == [SettledFunding("BTCUSDT", 1_700_006_400_000, 0.0001, 35_000.5)]
    assert read(f"[{row % ''}]".encode()) == [SettledFunding("BTCUSDT", 1_700_006_400_000, 0.0001, None)]
    for mark in ("x", "nan", "0", "-1", "inf"):
        with pytest.raises(DecodeError):
            read(f"[{row % mark}]".encode())


def test_funding_intervals() -> None:
    body = b'[{"symbol":"B","adjustedFundingRateCap":"0.02","fundingIntervalHours":4,"disclaimer":false}]'
    assert rest.decode_funding_intervals(body) == {"B": 4}
    for hours in (b"0", b"25", b'"x"', b"null"):
        with pytest.raises(DecodeError):
            rest.decode_funding_intervals(body.replace(b":4", b":" + hours))


def test_error_bodies() -> None:
    assert decode_refusal(b'{"code":-4166,"msg":"too old"}') == (-4166, "too old")
    for body in (b"<html>", b"", b"[]", b'{"msg":"x"}', b'{"code":"-1"}', b"\xff"):
        assert decode_refusal(body) is None


def test_weights_of_klines() -> None:
    assert [rest.klines_weight(rows) for rows in (1, 100, 101, 500, 501, 1000, 1001, 1500)] == [
        1,
        1,
        2,
        2,
        5,
        5,
        10,
        10,
    ]


def test_exchange_info_keeps_steps_as_the_exchange_writes_them() -> None:
    symbol = {
        "symbol": "BTCUSDT", "status": "TRADING", "contractType": "PERPETUAL", "baseAsset": "BTC", "quoteAsset": "USDT",
        "pricePrecision": 2,
        "filters": [
            {"filterType": "PRICE_FILTER", "tickSize": "0.10"}, {"filterType": "LOT_SIZE", "stepSize": "0.001"},
            {"filterType": "MIN_NOTIONAL", "notional": "50"}, {"filterType": "NEW_ONE", "x": []},
        ],
    }  # fmt: skip
    other = {"symbol": "NEWUSDT", "status": "A_NEW_STATUS", "filters": []}
    info = rest.decode_exchange_info(msgspec.json.encode({"symbols": [symbol, other], "timezone": "UTC"}))
    bitcoin = info.instruments["BTCUSDT"]
    assert (bitcoin.tick_size, bitcoin.step_size, bitcoin.min_notional, bitcoin.trading) == (
        "0.10",
        "0.001",
        "50",
        True,
    )
    assert not info.instruments["NEWUSDT"].trading
    assert info.demo is None


LIMITED: dict[str, Any] = {
    "symbol": "BTCUSDT", "status": "TRADING", "liquidationFee": "0.012500", "marketTakeBound": "0.05",
    "filters": [
        {"filterType": "PRICE_FILTER", "minPrice": "556.80", "maxPrice": "4529764", "tickSize": "0.10"},
        {"filterType": "LOT_SIZE", "minQty": "0.002", "stepSize": "0.001", "maxQty": "1000"},
        {"filterType": "MARKET_LOT_SIZE", "minQty": "0.001", "stepSize": "0.010", "maxQty": "120"},
        {"filterType": "MIN_NOTIONAL", "notional": "50"},
        {"filterType": "PERCENT_PRICE", "multiplierUp": "1.0500", "multiplierDown": "0.9500", "multiplierDecimal": "4"},
    ],
}  # fmt: skip


def listed(symbol: dict[str, Any]) -> Instrument:
    other = {"symbol": "ETHUSDT", "status": "TRADING"}
    found = rest.decode_exchange_info(msgspec.json.encode({"symbols": [symbol, other]})).instruments
    assert found["ETHUSDT"] == Instrument("ETHUSDT", "TRADING", "", "", "", "", ""), "the others are read all the same"
    return found["BTCUSDT"]


def test_exchange_info_has_the_limits_of_an_order() -> None:
    assert listed(LIMITED) == Instrument(
        "BTCUSDT", "TRADING", "", "", "", tick_size="0.10", step_size="0.001", min_notional="50", min_quantity="0.002",
        max_quantity="1000", market_step_size="0.010", market_max_quantity="120", multiplier_up="1.0500",
        multiplier_down="0.9500", market_take_bound="0.05", liquidation_fee="0.012500",
    )  # fmt: skip


@pytest.mark.parametrize("word", [5, 0.5, None, True, "", "x", "nan", "1e-3", "-1", "0.5\n", "９", [], {}, ["1"]])
def test_a_limit_that_is_no_decimal_string_is_not_said(word: object) -> None:
    rows = LIMITED["filters"]
    damaged = [{key: value if key == "filterType" else word for key, value in row.items()} for row in rows]
    symbol = LIMITED | {"filters": damaged, "liquidationFee": word, "marketTakeBound": word}
    assert listed(symbol) == Instrument("BTCUSDT", "TRADING", "", "", "", "", "")


@pytest.mark.parametrize(
    "filters", [None, 5, "x", {}, {"LOT_SIZE": {}}, [5, None, [], {}, {"filterType": 5}, {"filterType": ["LOT_SIZE"]}]]
)
def test_filters_of_another_shape_are_not_said(filters: object) -> None:
    assert listed(LIMITED | {"filters": filters}) == Instrument(
        "BTCUSDT", "TRADING", "", "", "", "", "", market_take_bound="0.05", liquidation_fee="0.012500"
    )


def test_a_demo_exchange_says_so() -> None:
    body = b'{"symbols":[],"spreadscope":{"source":"demo","description":"seed 7"}}'
    assert rest.decode_exchange_info(body).demo == DemoNotice("seed 7")
    with pytest.raises(DecodeError):
        rest.decode_exchange_info(b'{"symbols":[],"spreadscope":{"source":"market"}}')


@pytest.mark.shared
def test_the_quoted_bodies_of_2026(shared: Path) -> None:
    readers: dict[str, Callable[[bytes], Any]] = {
        "premiumIndex": rest.decode_premium_index,
        "fundingRate": rest.decode_funding_rates,
        "klines": rest.decode_klines,
        "aggTrades": partial(rest.decode_agg_trades, "BTCUSDT"),
    }
    seen = []
    for line in (shared / "data" / "rest" / "um_rest_bodies_2026-09-15.ndjson").read_bytes().splitlines():
        quoted = msgspec.json.decode(line)
        route = quoted["url"].removeprefix("/fapi/v1/").partition("?")[0].partition(" ")[0]
        body = msgspec.json.encode(quoted["body"])
        if quoted["status"] != 200:
            refusal = decode_refusal(body)
            assert refusal is not None
            seen.append(refusal[0])
        elif route == "exchangeInfo":
            info = rest.decode_exchange_info(b'{"symbols":[' + body + b"]}")
            bitcoin = info.instruments["BTCUSDT"]
            assert (bitcoin.tick_size, bitcoin.max_quantity, bitcoin.market_max_quantity) == ("0.10", "1000", "120")
            assert (bitcoin.multiplier_up, bitcoin.multiplier_down) == ("1.0500", "0.9500")
            assert (bitcoin.market_take_bound, bitcoin.liquidation_fee) == ("0.05", "0.012500")
            seen.append(route)
        elif route in readers:
            assert readers[route](body)
            seen.append(route)
    assert seen == ["premiumIndex", "fundingRate", "klines", "aggTrades", "exchangeInfo", -1120, -1130]


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "symbols"),
    [("mainnet_2021-07-21", 122), ("testnet_2025b", 660), ("testnet_2026-03-31_reserialized", 705)],
)
def test_whole_exchange_infos(shared: Path, name: str, symbols: int) -> None:
    body = gzip.decompress((shared / "data" / "rest" / f"exchangeInfo_um_{name}.json.gz").read_bytes())
    info = rest.decode_exchange_info(body)
    assert len(info.instruments) == symbols
    for item in info.instruments.values():
        assert item.tick_size
        assert item.step_size
        assert Decimal(item.min_quantity or 0) <= Decimal(item.market_max_quantity or 0) <= 1_000_000_000_000
        assert Decimal(item.multiplier_down or 2) < 1 < Decimal(item.multiplier_up or 0)
    assert info.instruments["BTCUSDT"].trading
    assert info.demo is None
