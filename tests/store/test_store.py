"""What is written is read back, in transactions that hold together."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from spreadscope.model.config import StoreConfig
from spreadscope.model.errors import StoreError
from spreadscope.model.facts import BarsOutdated, ContentConflict, Gap
from spreadscope.model.states import BarOrigin, GapState
from spreadscope.model.timeframe import Timeframe
from spreadscope.store.command import Command, quarantine, watch_pair, watch_symbol
from spreadscope.store.directory import DATABASE, DataDirectory, banned_until, bind_source, connect, remember_ban
from spreadscope.store.reader import StoreReader
from spreadscope.store.tables import VERSION
from spreadscope.store.writer import StoreWriter, WriterLimits
from spreadscope.tape.tape import Tape
from tests.support.facts import PAIR, accepted, alert, bar, row, signal, store
from tests.support.market import START, trades


def test_every_kind_of_fact_comes_back_equal(tmp_path: Path) -> None:
    gap = Gap("BTCUSDT", 11, 20, GapState.UPSTREAM, 5, 6, 7, "REST skips …")
    kline = bar(START + 60_000, origin=BarOrigin.KLINE, bid=1.0, ask=1.1, complete=False)
    tape = Tape("BTCUSDT")
    with store(tmp_path) as (writer, _):
        writer.submit(*accepted(tape, [1, 2, 3, 7, 8]))
        writer.submit(
            [gap, ContentConflict("BTCUSDT", 7, START), bar(), kline, row(), row(START + 60_000), signal(), alert()], {}
        )
    reader = StoreReader(tmp_path / DATABASE)
    stored, expected = reader.trades("BTCUSDT"), trades([1, 2, 3, 7, 8])
    for column in ("ids", "times", "prices", "quantities", "buyer_maker"):
        assert getattr(stored, column).tolist() == getattr(expected, column).tolist()
    assert reader.ledger("BTCUSDT") == (tape.ledger.ranges, ())
    assert reader.trade_count("BTCUSDT") == 5
    assert reader.gaps() == reader.gaps("BTCUSDT") == [gap]
    assert reader.bars("BTCUSDT", Timeframe.M1) == [bar(), kline]
    assert reader.bars("BTCUSDT", Timeframe.M1, limit=1) == [kline]
    assert reader.bars("BTCUSDT", Timeframe.M1, START, START + 60_000) == [bar()]
    assert reader.rows(PAIR, Timeframe.M1) == [row(), row(START + 60_000)]
    assert reader.rows(PAIR, Timeframe.M1, START + 1) == [row(START + 60_000)]
    assert reader.signals() == reader.signals(PAIR, Timeframe.M1, START) == [signal()]
    assert reader.signals(PAIR, Timeframe.S1) == []
    assert reader.alerts() == [alert()]
    assert reader.symbols() == ["BTCUSDT"]
    assert reader.trades("NONE").ids.tolist() == []
    with connect(tmp_path / DATABASE, read_only=True) as connection:
        assert connection.execute("SELECT id FROM conflicts").fetchall() == [(7,)]
    connection.close()


def test_a_revised_bar_and_an_ended_gap_replace_what_was(tmp_path: Path) -> None:
    opened = Gap("BTCUSDT", 1, 2, GapState.OPEN, 5, 6, 7)
    with store(tmp_path) as (writer, reader):
        writer.submit([bar(complete=False), opened], {})
        asyncio.run(writer.flush())
        assert reader.gaps() == [opened]
        writer.submit([bar(volume=9.0, revised=True), Gap("BTCUSDT", 1, 2, GapState.PERMANENT, 8, 6, 7, "e")], {})
    assert [b.volume for b in reader.bars("BTCUSDT", Timeframe.M1)] == [9.0]
    assert [gap.state for gap in reader.gaps()] == [GapState.PERMANENT]
    assert reader.ledger("BTCUSDT")[1] == ((1, 2),)


def test_rows_and_signals_that_were_seen_are_not_rewritten(tmp_path: Path) -> None:
    """A pair that is taken up again goes over old bars with a window that is not full."""
    with store(tmp_path) as (writer, reader):
        writer.submit([row(value=1.0), signal(z=2.5)], {})
        writer.submit([row(value=99.0), signal(z=9.9)], {})
    assert reader.rows(PAIR, Timeframe.M1) == [row(value=1.0)]
    assert reader.signals() == [signal(z=2.5)]


def test_a_submit_is_one_transaction_however_small_the_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger that comes with a submit holds good only with all of its trades."""
    tape, torn = Tape("BTCUSDT"), []
    write = StoreWriter._write

    def checked(self: StoreWriter, connection: sqlite3.Connection, batch: object) -> None:
        write(self, connection, batch)  # type: ignore[arg-type]
        held = sum(last - first + 1 for first, last in connection.execute("SELECT first, last FROM ledger"))
        torn.append(connection.execute("SELECT sum(rows) FROM trade_blocks").fetchone()[0] - held)

    monkeypatch.setattr(StoreWriter, "_write", checked)
    with store(tmp_path, StoreConfig(batch_rows=1)) as (writer, _):
        for start in range(0, 100, 10):
            facts = [*accepted(tape, range(start, start + 5))[0], *accepted(tape, range(start + 5, start + 10))[0]]
            writer.submit(facts, {"BTCUSDT": tape.ledger.ranges})
    assert len(torn) >= 10
    assert set(torn) == {0}


def test_pending_rows_fall_to_nothing(tmp_path: Path) -> None:
    with store(tmp_path) as (writer, _):
        writer.submit(*accepted(Tape("BTCUSDT"), range(1000)))
        writer.command(watch_symbol("BTCUSDT"))
        asyncio.run(writer.flush())
        assert (writer.pending_rows, writer.written_rows, writer.pending_bytes) == (0, 1001, 0)


def test_a_statement_that_can_never_succeed_holds_nothing_up(tmp_path: Path) -> None:
    with store(tmp_path) as (writer, reader):
        for _ in range(2):
            writer.command(Command("INSERT INTO meta VALUES (?, ?)", ("key", "value")))
        writer.command(quarantine(2**70, "c", "e", b"raw"))
        writer.command(watch_pair(PAIR))
        writer.submit(*accepted(Tape("BTCUSDT"), [1]))
    assert reader.meta()["key"] == "value"
    assert reader.watched("pair") == [str(PAIR)]
    assert reader.trade_count("BTCUSDT") == 1


def test_a_locked_store_is_waited_for_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failures = iter([sqlite3.OperationalError("database or disk is full")])
    write = StoreWriter._write

    def failing(self: StoreWriter, connection: sqlite3.Connection, batch: object) -> None:
        for error in failures:
            connection.execute("BEGIN IMMEDIATE")
            self.symbol_id(connection, "HALFWAY")
            raise error
        write(self, connection, batch)  # type: ignore[arg-type]

    monkeypatch.setattr(StoreWriter, "_write", failing)
    with store(tmp_path, limits=WriterLimits(retry_seconds=0.01)) as (writer, reader):
        writer.submit(*accepted(Tape("BTCUSDT"), range(10)))
        asyncio.run(writer.flush())
        assert reader.trade_count("BTCUSDT") == 10
        assert reader.symbols() == ["BTCUSDT"]


def test_a_function_runs_on_the_writer_after_what_came_before_it(tmp_path: Path) -> None:
    def count(connection: sqlite3.Connection) -> tuple[str, int]:
        rows = connection.execute("SELECT coalesce(sum(rows), 0) FROM trade_blocks").fetchone()[0]
        return threading.current_thread().name, rows

    def failing(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO watched VALUES ('symbol', 'HALFWAY')")
        raise ValueError("no")

    with store(tmp_path) as (writer, reader):
        writer.submit(*accepted(Tape("BTCUSDT"), range(10)))
        assert writer.run(count).result(10) == ("store-writer", 10)
        with pytest.raises(ValueError, match="no"):
            writer.run(failing).result(10)
        assert writer.error is None
        assert reader.watched("symbol") == []
        writer.submit(*accepted(Tape("ETHUSDT"), range(5)))
        assert writer.run(count).result(10)[1] == 15
    with pytest.raises(StoreError, match="is closed"):
        writer.run(count)


def test_a_function_that_the_writer_no_longer_comes_to_hears_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        StoreWriter, "_write", lambda *_: (_ for _ in ()).throw(sqlite3.OperationalError("disk is full"))
    )
    with DataDirectory(tmp_path) as directory:
        limits = WriterLimits(retry_seconds=30.0)
        writer = StoreWriter(directory.database, StoreConfig(flush_seconds=0.01), limits=limits)
        writer.start()
        writer.submit(*accepted(Tape("BTCUSDT"), range(10)))
        waiting = writer.run(lambda _: None)
        writer.stop()
        with pytest.raises(StoreError, match="closed before it could be written"):
            waiting.result(10)
        assert writer.pending_rows == 10


# --- rebuilt bars ---------------------------------------------------------------------------------------------------


def test_an_outdated_bar_is_made_anew_from_its_trades_and_the_new_ledger(tmp_path: Path) -> None:
    tape = Tape("BTCUSDT")
    times = [START - 1, START, START + 30_000, START + 60_000]
    old = bar(START, complete=False, trades=1, bid=5.0, ask=6.0)
    with store(tmp_path) as (writer, reader):
        facts, ledger = accepted(tape, [1, 2, 4], times=[times[0], times[1], times[3]], prices=[1.0, 2.0, 4.0])
        writer.submit([*facts, old], ledger)
        asyncio.run(writer.flush())
        facts, ledger = accepted(tape, [3], times=[times[2]], prices=[9.0], quantities=[0.1])
        # In one transaction, and in an order in which the bar comes first.
        writer.submit([BarsOutdated("BTCUSDT", Timeframe.M1, START), *facts], ledger)
    (mended,) = reader.bars("BTCUSDT", Timeframe.M1)
    assert (mended.open, mended.high, mended.close, mended.trades) == (2.0, 9.0, 9.0, 2)
    assert (mended.complete, mended.bid, mended.ask) == (True, 5.0, 6.0)


def test_the_bars_beside_a_hole_are_whole_once_it_is_filled(tmp_path: Path) -> None:
    """Also those that memory no longer holds, and in which no late trade falls."""
    tape = Tape("BTCUSDT")
    times = {1: START - 5, 2: START + 1000, 3: START + 61_000, 4: START + 121_000, 5: START + 181_000}
    with store(tmp_path) as (writer, reader):
        facts, ledger = accepted(tape, [1, 2, 4, 5], times=[times[i] for i in (1, 2, 4, 5)])
        writer.submit([*facts, bar(START, complete=False), bar(START + 120_000, complete=False)], ledger)
        asyncio.run(writer.flush())
        facts, ledger = accepted(tape, [3], times=[times[3]])
        filled = Gap("BTCUSDT", 3, 3, GapState.FILLED, times[5], times[2], times[4])
        writer.submit([*facts, filled], ledger)
    assert [(b.open_time - START, b.complete, b.trades) for b in reader.bars("BTCUSDT", Timeframe.M1)] == [
        (0, True, 1), (120_000, True, 1),
    ]  # fmt: skip


def test_a_rebuilt_part_does_not_replace_a_whole_kline(tmp_path: Path) -> None:
    kline = bar(START, origin=BarOrigin.KLINE)
    with store(tmp_path) as (writer, reader):
        facts, ledger = accepted(Tape("BTCUSDT"), [5], times=[START + 5])
        writer.submit([kline, *facts, BarsOutdated("BTCUSDT", Timeframe.M1, START)], ledger)
    assert reader.bars("BTCUSDT", Timeframe.M1) == [kline]


def test_trades_that_are_a_little_out_of_order_in_time(tmp_path: Path) -> None:
    ids = [*range(10, 400), *range(500, 900)]
    with store(tmp_path) as (writer, reader):
        facts, ledger = accepted(Tape("BTCUSDT"), ids, times=[START + i * 1000 + (i % 3) * 700 for i in ids])
        writer.submit(facts, ledger)
    for time in (0, START, START + 10_000, START + 399_999, START + 450_000, START + 700_500, START + 10**7):
        stored = reader.trades("BTCUSDT", time, time + 5000)
        assert stored.ids.tolist() == [i for i in ids if time <= START + i * 1000 + (i % 3) * 700 < time + 5000]


# --- the directory --------------------------------------------------------------------------------------------------


def test_one_engine_a_directory(tmp_path: Path) -> None:
    with DataDirectory(tmp_path), pytest.raises(StoreError, match="another engine"), DataDirectory(tmp_path):
        pass
    with DataDirectory(tmp_path):
        pass


def test_a_directory_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with (
        pytest.raises(StoreError, match="choose another with --data") as caught,
        DataDirectory(tmp_path / "file" / "data"),
    ):
        pass
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / DATABASE).write_bytes(b"not a database, but long enough to be read as one" * 50)
    with pytest.raises(StoreError, match="store"), DataDirectory(tmp_path):
        pass
    with pytest.raises(StoreError, match="cannot open the store"):
        StoreReader(tmp_path / "none" / DATABASE).meta()


def test_a_writer_that_cannot_read_what_is_stored_says_so(tmp_path: Path) -> None:
    with store(tmp_path) as (writer, _):
        writer.submit([row(START)], {})
    with closing(sqlite3.connect(tmp_path / DATABASE)) as connection:
        connection.execute("ALTER TABLE pairs RENAME TO pears")
    with pytest.raises(StoreError, match=r"cannot read the store .*pairs"):
        StoreWriter(tmp_path / DATABASE, StoreConfig()).start()


@pytest.mark.parametrize("damage", [b"open REAL'NOT NULL", b"open RE\xdc\xce'NOT NULL"])
def test_a_damaged_schema_is_one_sentence(tmp_path: Path, damage: bytes) -> None:
    with DataDirectory(tmp_path):
        pass
    data = (tmp_path / DATABASE).read_bytes()
    (tmp_path / DATABASE).write_bytes(data.replace(b"open REAL NOT NULL", damage, 1))
    for opening in (StoreReader(tmp_path / DATABASE).meta, DataDirectory(tmp_path).__enter__):
        with pytest.raises(StoreError, match=r"malformed|decode") as caught:
            opening()
        assert "\n" not in str(caught.value)


def test_a_store_of_half_a_source_is_of_another(tmp_path: Path) -> None:
    with DataDirectory(tmp_path) as directory:
        bind_source(directory.database, "live", "https://fapi.binance.com")
        with closing(sqlite3.connect(directory.database)) as connection, connection:
            connection.execute("DELETE FROM meta WHERE key = 'mode'")
        with pytest.raises(StoreError, match="holds None data"):
            bind_source(directory.database, "live", "https://fapi.binance.com")


@pytest.mark.parametrize("value", ["²", "soon", "", b"5", -5])
def test_a_ban_that_cannot_be_read_is_none(tmp_path: Path, value: object) -> None:
    with DataDirectory(tmp_path) as directory:
        remember_ban(directory.database, 5)
        assert banned_until(directory.database) == 5
        with closing(sqlite3.connect(directory.database)) as connection, connection:
            connection.execute("UPDATE meta SET value = ?", (value,))
        assert banned_until(directory.database) == 0


def test_a_newer_store_is_refused_and_left_alone(tmp_path: Path) -> None:
    with DataDirectory(tmp_path):
        pass
    connection = sqlite3.connect(tmp_path / DATABASE)
    assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
    connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    with pytest.raises(StoreError, match="newer Spreadscope"), DataDirectory(tmp_path):
        pass


def test_demo_and_live_data_do_not_mix(tmp_path: Path) -> None:
    with DataDirectory(tmp_path) as directory:
        bind_source(directory.database, "demo", "seed 7")
        bind_source(directory.database, "demo", "seed 7")
        for mode, source in (("live", "https://fapi.binance.com"), ("demo", "seed 8")):
            with pytest.raises(StoreError, match="holds demo data"):
                bind_source(directory.database, mode, source)
        assert StoreReader(directory.database).meta() == {"mode": "demo", "source": "seed 7"}
