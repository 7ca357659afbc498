"""What the exchange lists, where it can be asked and where it cannot."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from spreadscope.exchange.client import RestClient
from spreadscope.model.clock import ManualClock
from spreadscope.model.config import StoreConfig
from spreadscope.model.errors import ExchangeError, SymbolError
from spreadscope.runtime.listing import Listing
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
    database: Path, writer: StoreWriter, answer: httpx.Response, *, url: str = URL, then: Callable[[Listing], None] | None = None
) -> Listing:  # fmt: skip
    clock = ManualClock(NOW_MS * 1_000_000)

    async def main() -> Listing:
        async with RestClient(url, clock, transport=httpx.MockTransport(lambda _: answer)) as client:
            listing = Listing(client, database, writer, clock)
            await listing.begin()
            if then is not None:
                then(listing)
                await writer.flush()
            return listing

    return asyncio.run(main())


def test_the_exchange_is_asked_and_its_answer_is_there_when_it_cannot_be(tmp_path: Path) -> None:
    with store(tmp_path) as (database, writer):
        said = begun(database, writer, httpx.Response(200, content=ANSWER), then=Listing.keep)
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
        begun(database, writer, httpx.Response(200, content=ANSWER), then=Listing.keep)
        newer = ANSWER.replace(b"BTCUSDT", b"ETHUSDT")
        begun(database, writer, httpx.Response(200, content=newer), then=Listing.keep)
        assert set(begun(database, writer, BANNED).info.instruments) == {"ETHUSDT"}
        reading = connect(database, read_only=True)
        assert reading.execute("SELECT count(*) FROM listing").fetchone() == (1,)
        reading.close()


@pytest.mark.parametrize("spoil", ["", "UPDATE listing SET document = '{'", "UPDATE listing SET document = '[]'"])
def test_without_a_list_of_this_exchange_that_can_be_read_nothing_is_known(tmp_path: Path, spoil: str) -> None:
    with store(tmp_path) as (database, writer):
        begun(database, writer, httpx.Response(200, content=ANSWER), then=Listing.keep)
        if spoil:
            writer.run(lambda connection: connection.execute(spoil)).result()
        listing = begun(database, writer, BANNED, url=URL if spoil else "https://another.test")
        assert not listing.known
        assert listing.info.instruments == {}
        assert "is not known" in listing.alarm


@pytest.mark.parametrize("answer", [httpx.Response(403), httpx.Response(200, content=b"{}")])
def test_only_a_ban_lets_an_engine_start_without_asking(tmp_path: Path, answer: httpx.Response) -> None:
    with store(tmp_path) as (database, writer):
        begun(database, writer, httpx.Response(200, content=ANSWER), then=Listing.keep)
        with pytest.raises(ExchangeError):
            begun(database, writer, answer)
