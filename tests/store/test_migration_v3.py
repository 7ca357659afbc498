"""A store of before the blocks keeps every trade when it is opened; one that could not be moved stays as it was."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest

import spreadscope
from spreadscope.model.errors import StoreError
from spreadscope.store import tables
from spreadscope.store.directory import DATABASE, DataDirectory, connect
from spreadscope.store.maintenance.diagnosis import examine
from spreadscope.store.reader import StoreReader
from spreadscope.store.trades import trade_blocks
from spreadscope.tape.ledger import Ledger
from spreadscope.tape.tape import Tape
from tests.support import blocks
from tests.support.facts import accepted, store
from tests.support.market import trades

IDS = [*range(20_000), *range(30_000, 31_000)]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A directory with a store as version 2 wrote it."""
    connection = sqlite3.connect(tmp_path / DATABASE, isolation_level=None)
    for script in tables._STEPS[:2]:
        assert isinstance(script, str)
        connection.executescript(script)
    connection.execute("PRAGMA user_version = 2")
    connection.execute("BEGIN")
    connection.execute("INSERT INTO symbols VALUES (1, 'BTCUSDT'), (4, 'ETHUSDT')")
    batch = trades(IDS)
    columns = (batch.ids, batch.times, batch.prices, batch.quantities, batch.buyer_maker)
    for symbol_id in (1, 4):
        connection.executemany(
            f"INSERT INTO trades VALUES ({symbol_id}, ?, ?, ?, ?, ?)", zip(*(c.tolist() for c in columns), strict=True)
        )
        ledger = Ledger()
        ledger.add(batch.ids, batch.times)
        for one in ledger.ranges:
            connection.execute(
                "INSERT INTO ledger VALUES (?, ?, ?, ?, ?)",
                (symbol_id, one.first, one.last, one.first_time, one.last_time),
            )
        connection.execute("INSERT INTO gaps VALUES (?, 20000, 29999, 'open', 1, 2, 3, '')", (symbol_id,))
    connection.execute("COMMIT")
    connection.close()
    return tmp_path


def check(path: Path) -> None:
    reader, expected = StoreReader(path / DATABASE), trades(IDS)
    for symbol in ("BTCUSDT", "ETHUSDT"):
        found = reader.trades(symbol)
        for name in ("ids", "times", "prices", "quantities", "buyer_maker"):
            assert np.array_equal(getattr(found, name), getattr(expected, name))
    assert [f for f in examine(path / DATABASE).findings if f.check != "bars"] == []


def test_every_trade_is_moved(old: Path) -> None:
    with DataDirectory(old):
        check(old)
    assert blocks.count(old) == 2 * len(IDS)
    connection = connect(old / DATABASE, read_only=True)
    try:
        assert connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'trades'").fetchone() == (0,)
        assert connection.execute("PRAGMA user_version").fetchone() == (tables.VERSION,)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    finally:
        connection.close()
    ranges, _ = StoreReader(old / DATABASE).ledger("BTCUSDT")
    with store(old) as (writer, _):  # the tape goes on
        writer.submit(*accepted(Tape("BTCUSDT", Ledger(ranges)), range(31_000, 31_010)))
    assert StoreReader(old / DATABASE).trades("BTCUSDT").ids.tolist() == [*IDS, *range(31_000, 31_010)]


def test_a_move_that_is_cut_leaves_the_old_store(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put = trade_blocks.put
    calls = iter(range(100))

    def broken(*given: object) -> None:
        if next(calls) == 2:
            raise sqlite3.OperationalError("database or disk is full")
        put(*given)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(trade_blocks, "put", broken)
        with pytest.raises(StoreError, match="disk is full"), DataDirectory(old):
            pass
    connection = sqlite3.connect(old / DATABASE)
    assert connection.execute("SELECT count(*) FROM trades").fetchone() == (2 * len(IDS),)
    assert connection.execute("PRAGMA user_version").fetchone() == (2,)
    connection.close()
    with DataDirectory(old):
        check(old)


def test_an_old_store_that_is_only_read_says_what_to_do(old: Path) -> None:
    for read in (
        lambda: spreadscope.open_store(old),
        lambda: StoreReader(old / DATABASE).trades("BTCUSDT"),
        lambda: examine(old / DATABASE),
    ):
        with pytest.raises(StoreError, match=r"older version .*: bring it up to date with spreadscope doctor --repair"):
            read()
