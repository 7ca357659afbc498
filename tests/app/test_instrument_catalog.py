"""What the exchange lists, where it can be asked and where it cannot."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from spreadscope.app.instrument_catalog import InstrumentCatalog
from spreadscope.exchange.binance_futures.client import BinanceFuturesClient
from spreadscope.exchange.rest_client import Retries
from spreadscope.model.clock import ManualClock
from spreadscope.model.config import StoreConfig
from spreadscope.model.errors import ExchangeError, SymbolError
from spreadscope.model.instrument import Instrument
from spreadscope.store.directory import DataDirectory, connect
from spreadscope.store.writer import StoreWriter

NOW_MS = 1_764_000_000_000
URL = "https://exchange.test"
ANSWER = (
    b'{"symbols":[{"symbol":"BTCUSDT","status":"TRADING","filters":[{"filterType":"PRICE_FILTER","tickSize":"0.10"}]}]}'
)
BANNED = httpx.Response(418, headers={"Retry-After": "600"})


@contextmanager
def store(folder: Path) -> Iterator[tuple[Path, StoreWriter]]:
    with DataDirectory(folder) as directory:
        writer = StoreWriter(directory.database, StoreConfig())
        writer.start()
        try:
            yield directory.database, writer
        finally:
            writer.stop()


def begun(
    database: Path, writer: StoreWriter, answer: httpx.Response | Exception | None, *, url: str = URL,
    then: Callable[[InstrumentCatalog], None] | None = None,
    seconds: float = 5.0,
) -> InstrumentCatalog:  # fmt: skip
    clock = ManualClock(NOW_MS * 1_000_000)
    once = Retries(attempts=1)

    async def said(_: httpx.Request) -> httpx.Response:
        if answer is None:
            await asyncio.sleep(3600)
        if isinstance(answer, Exception):
            raise answer
        assert answer is not None
        return answer

    async def main() -> InstrumentCatalog:
        async with BinanceFuturesClient(url, clock, transport=httpx.MockTransport(said), retries=once) as client:
            listing = InstrumentCatalog(
                "binance-futures", client, database, writer, clock, first_answer_seconds=seconds
            )
            await listing.begin()
            if then is not None:
                then(listing)
                await writer.flush()
            return listing

    return asyncio.run(main())


def test_the_exchange_is_asked_and_its_answer_is_there_when_it_cannot_be(tmp_path: Path) -> None:
    with store(tmp_path) as (database, writer):
        said = begun(database, writer, httpx.Response(200, content=ANSWER), then=InstrumentCatalog.keep)
        assert said.fresh
        assert said.alarm == ""
        recalled = begun(database, writer, BANNED)
        assert not recalled.fresh
        assert recalled.info == said.info
        assert recalled.info.instruments["BTCUSDT"].tick_size == "0.10"
        assert recalled.alarm == (
            "what the exchange lists is as it was on 2025-11-24 16:00 UTC: it is asked again when the ban ends"
        )
        recalled.require("BTCUSDT")
        with pytest.raises(SymbolError, match="ETHUSDT was not listed on 2025-11-24"):
            recalled.require("ETHUSDT")
        with pytest.raises(SymbolError, match="lists no symbol BTCUSD: did you mean BTCUSDT"):
            said.require("BTCUSD")


def test_the_newest_answer_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    with store(tmp_path) as (database, writer):
        begun(database, writer, httpx.Response(200, content=ANSWER), then=InstrumentCatalog.keep)
        newer = ANSWER.replace(b"BTCUSDT", b"ETHUSDT")
        begun(database, writer, httpx.Response(200, content=newer), then=InstrumentCatalog.keep)
        assert set(begun(database, writer, BANNED).info.instruments) == {"ETHUSDT"}
        reading = connect(database, read_only=True)
        assert reading.execute("SELECT count(*) FROM instrument_lists").fetchone() == (1,)
        reading.close()


def test_a_list_that_an_earlier_version_stored_is_read(tmp_path: Path) -> None:
    """It says nothing of an order's quantity and price."""
    document = (
        '{"instruments":{"BTCUSDT":{"symbol":"BTCUSDT","status":"TRADING","contract_type":"PERPETUAL","base_asset":"BTC",'
        '"quote_asset":"USDT","tick_size":"0.10","step_size":"0.001","min_notional":"50"}},"demo":null}'
    )
    with store(tmp_path) as (database, writer):
        writer.run(
            lambda connection: connection.execute(
                "INSERT INTO instrument_lists VALUES ('binance-futures', ?, ?, ?)", (URL, NOW_MS, document)
            )
        ).result()
        assert begun(database, writer, BANNED).info.instruments["BTCUSDT"] == Instrument(
            "BTCUSDT", "TRADING", "PERPETUAL", "BTC", "USDT", "0.10", "0.001", "50"
        )


@pytest.mark.parametrize(
    "spoil", ["", "UPDATE instrument_lists SET document = '{'", "UPDATE instrument_lists SET document = '[]'"]
)
def test_without_a_list_of_this_exchange_that_can_be_read_nothing_is_known(tmp_path: Path, spoil: str) -> None:
    with store(tmp_path) as (database, writer):
        begun(database, writer, httpx.Response(200, content=ANSWER), then=InstrumentCatalog.keep)
        if spoil:
            writer.run(lambda connection: connection.execute(spoil)).result()
        listing = begun(database, writer, BANNED, url=URL if spoil else "https://another.test")
        assert not listing.known
        assert listing.info.instruments == {}
        assert "is not known" in listing.alarm


@pytest.mark.parametrize(
    "answer", [httpx.Response(403), httpx.Response(404), httpx.Response(200, content=b"{}"),
        httpx.Response(200, content=b"<html>")]
)  # fmt: skip
def test_what_is_not_the_exchange_is_refused_at_the_start(tmp_path: Path, answer: httpx.Response) -> None:
    with store(tmp_path) as (database, writer):
        begun(database, writer, httpx.Response(200, content=ANSWER), then=InstrumentCatalog.keep)
        with pytest.raises(ExchangeError):
            begun(database, writer, answer)


@pytest.mark.parametrize("stored", [True, False])
@pytest.mark.parametrize(
    "answer", [httpx.ConnectError("no route to host"), httpx.Response(503), httpx.Response(451), None]
)
def test_an_exchange_that_cannot_be_reached_is_waited_for(
    tmp_path: Path, answer: httpx.Response | Exception | None, stored: bool
) -> None:  # fmt: skip
    """None: it takes the connection and says nothing."""
    with store(tmp_path) as (database, writer):
        if stored:
            begun(database, writer, httpx.Response(200, content=ANSWER), then=InstrumentCatalog.keep)
        waiting = begun(database, writer, answer, seconds=0.05 if answer is None else 30)
        assert not waiting.fresh
        assert (waiting.known, waiting.waiting) == (stored, "waiting for the exchange")
        assert waiting.alarm.startswith("waiting for the exchange, which is asked again and again: what it lists is ")
        assert ("as it was on 2025-11-24 16:00 UTC" if stored else "not known") in waiting.alarm
        assert waiting.problem in waiting.alarm
        with pytest.raises(SymbolError, match="as soon as it answers" if stored else "ETHUSDT waits for the exchange"):
            waiting.require("ETHUSDT")
