"""Candles of the most traded perpetuals: which, within which budget, and what becomes of refusals."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import msgspec
import polars as pl
import pytest

from spreadscope.exchange.binance_futures.client import BinanceFuturesClient
from spreadscope.exchange.binance_futures.rest import decode_day_volumes
from spreadscope.exchange.port import InstrumentList
from spreadscope.exchange.rest_client import Retries
from spreadscope.model.clock import Clock
from spreadscope.model.errors import ConfigError, DecodeError, ExchangeError, SpreadscopeError
from spreadscope.model.instrument import Instrument
from spreadscope.model.timeframe import CandleLength
from spreadscope.research.exchange_candles import CandleRequest, choose, fetch
from spreadscope.research.scan_sources import CANDLES, FETCHED, FetchedCandles

HOUR = 3_600_000
NOW = 1_800_000_000_000
REQUEST = CandleRequest(length=CandleLength.H1, bars=500, top=3)


def instrument(symbol: str, quote: str = "USDT", status: str = "TRADING", kind: str = "PERPETUAL") -> Instrument:
    return Instrument(symbol, status, kind, symbol.removesuffix(quote), quote, "0.1", "0.1")


LISTED = InstrumentList(
    {
        each.symbol: each
        for each in (
            *(instrument(f"{name}USDT") for name in "ABCDE"),
            instrument("HALTUSDT", status="BREAK"),
            instrument("AUSDT_261225", kind="CURRENT_QUARTER"),
            instrument("AUSDC", "USDC"),
        )
    },
    None,
)
VOLUMES = {"AUSDT": 10.0, "BUSDT": 50.0, "CUSDT": 30.0, "DUSDT": 1.0, "HALTUSDT": 99.0, "AUSDT_261225": 999.0}


class MovingClock(Clock):
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.ns = NOW * 1_000_000
        self.slept = 0.0

    def now_ns(self) -> int:
        return self.ns

    def monotonic_ns(self) -> int:
        return self.ns

    async def sleep(self, seconds: float) -> None:
        self.ns += int(seconds * 1e9)
        self.slept += seconds


class Exchange:
    """REST that answers, and refuses the symbols that it is told to."""

    def __init__(self, refused: tuple[str, ...] = (), status: int = 400) -> None:
        self.refused, self.status = refused, status
        self.asked: list[str] = []
        self.clock = MovingClock()
        self.words: list[str] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        path, query = request.url.path, dict(request.url.params)
        if path.endswith("ticker/24hr"):
            return self._json([{"symbol": name, "quoteVolume": str(volume)} for name, volume in VOLUMES.items()])
        if path.endswith("time"):
            return self._json({"serverTime": NOW})
        symbol = query["symbol"]
        self.asked.append(symbol)
        if symbol in self.refused:
            return httpx.Response(
                self.status, headers={"Retry-After": "60"}, content=b'{"code":-1121,"msg":"Invalid."}'
            )
        newest = NOW // HOUR * HOUR
        rows = [
            [newest - place * HOUR, "1", "2", "0.5", "1.5", "10", 0, "0", 3, "0", "0", "0"]
            for place in reversed(range(int(query["limit"])))
        ]
        return self._json(rows)

    @staticmethod
    def _json(document: Any) -> httpx.Response:
        return httpx.Response(200, content=msgspec.json.encode(document))

    def fetch(self, folder: Path, request: CandleRequest = REQUEST, used: int = 0) -> None:
        async def main() -> None:
            transport, retries = httpx.MockTransport(self.answer), Retries(attempts=1, sleep=self.clock.sleep)
            async with BinanceFuturesClient(
                "http://exchange.test", self.clock, transport=transport, retries=retries
            ) as client:
                client.budget.set_used(used)
                await fetch(
                    client, LISTED, request, folder, lambda _, words: self.words.append(words), title="a test",
                    sleep=self.clock.sleep,
                )  # fmt: skip

        asyncio.run(main())


def test_the_most_traded_perpetuals_are_chosen_and_others_named() -> None:
    chosen = choose(LISTED, VOLUMES, REQUEST)
    assert chosen.symbols == ("BUSDT", "CUSDT", "AUSDT")
    assert [(each.symbol, each.why) for each in chosen.left_out] == [("HALTUSDT", "it does not trade now (break)")]
    least = msgspec.structs.replace(REQUEST, min_volume=20.0)
    chosen = choose(LISTED, VOLUMES, least)
    assert chosen.symbols == ("BUSDT", "CUSDT")
    assert [each.why for each in chosen.left_out][1] == "10 USDT in 24 h are less than 20"
    named = msgspec.structs.replace(REQUEST, top=2, symbols=("DUSDT", "EUSDT", "AUSDT"))
    assert choose(LISTED, VOLUMES, named).symbols == ("AUSDT", "DUSDT", "EUSDT")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"min_volume": 40.0},
            "1 of 6 symbols were traded for 40 USDT or more in 24 h (the most: 50), and a scan needs 2",
        ),
        ({"quote_asset": "EUR"}, "no perpetual is quoted in 'EUR': choose one of USDC, USDT"),
        ({"symbols": ("AUSDT", "XUSDT")}, "the exchange lists no symbol XUSDT"),
    ],
)
def test_a_choice_of_too_few_is_one_sentence(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(SpreadscopeError) as refused:
        choose(LISTED, VOLUMES, msgspec.structs.replace(REQUEST, **changes))
    assert str(refused.value).startswith(said)


def test_whole_candles_are_written_with_what_they_are(tmp_path: Path) -> None:
    exchange = Exchange()
    exchange.fetch(tmp_path)
    assert exchange.asked == ["BUSDT", "CUSDT", "AUSDT"]
    frame = pl.read_parquet(tmp_path / CANDLES)
    assert frame["open_time"].max() == NOW // HOUR * HOUR - HOUR  # the newest is not whole yet
    assert frame.height == 3 * 499
    fetched = msgspec.json.decode((tmp_path / FETCHED).read_bytes(), type=FetchedCandles)
    assert fetched.title == "candles of 1h of a test, the 3 most traded perpetuals in USDT"
    assert not fetched.demo
    assert exchange.clock.slept == 0


def test_half_of_the_budget_is_left_to_the_engine_and_the_wait_is_said(tmp_path: Path) -> None:
    exchange = Exchange()
    exchange.fetch(tmp_path, used=1_038)  # 40 for the volumes, 1 for the time: then one of 2 is left below 1,080
    assert exchange.asked == ["BUSDT", "CUSDT", "AUSDT"]
    assert 0 < exchange.clock.slept <= 4 * 62
    assert any("waits for the next minute of the exchange's budget (1079 of 2160 is used)" in w for w in exchange.words)


def test_a_symbol_without_candles_is_left_out_and_many_are_a_refusal(tmp_path: Path) -> None:
    exchange = Exchange(refused=("CUSDT",))
    exchange.fetch(tmp_path)
    fetched = msgspec.json.decode((tmp_path / FETCHED).read_bytes(), type=FetchedCandles)
    assert [each.symbol for each in fetched.left_out] == ["HALTUSDT", "CUSDT"]
    assert "the exchange gave no candles (/fapi/v1/klines: Invalid." in fetched.left_out[1].why
    with pytest.raises(ExchangeError, match="Invalid"):
        Exchange(refused=("AUSDT", "BUSDT", "CUSDT")).fetch(tmp_path)


def test_a_ban_ends_it_at_once(tmp_path: Path) -> None:
    exchange = Exchange(refused=("BUSDT", "CUSDT", "AUSDT"), status=418)
    with pytest.raises(ExchangeError, match="banned this address"):
        exchange.fetch(tmp_path)
    assert len(exchange.asked) <= 4


def test_an_answer_that_is_no_volume_is_refused() -> None:
    assert decode_day_volumes(b'[{"symbol":"A","quoteVolume":"1.5","x":1}]') == {"A": 1.5}
    for body in (
        b'{"code":1}',
        b'[{"symbol":"A","quoteVolume":"nan"}]',
        b'[{"symbol":"A","quoteVolume":"-1"}]',
        b'[{"symbol":"A"}]',
        b"<html>",
    ):
        with pytest.raises(DecodeError):
            decode_day_volumes(body)


def test_a_quote_asset_that_is_none_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError):
        choose(LISTED, VOLUMES, msgspec.structs.replace(REQUEST, quote_asset="🙂"))
