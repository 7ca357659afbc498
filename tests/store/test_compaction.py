"""Compaction: readers see no difference, nothing leaves the database unproved, and a crash at any point is harmless."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pytest

import spreadscope
from spreadscope.model.errors import StoreError
from spreadscope.model.facts import BarsOutdated, Gap
from spreadscope.model.states import ExportKind, GapState
from spreadscope.model.timeframe import Timeframe
from spreadscope.store import export
from spreadscope.store.archive import archive_catalog, compaction, parquet_file
from spreadscope.store.archive.compaction import DAY_MS, compact
from spreadscope.store.directory import DATABASE, connect
from spreadscope.store.export import ExportRequest
from spreadscope.store.labels import Label
from spreadscope.store.reader import StoreReader
from spreadscope.store.trades.trade_columns import TradeColumns
from spreadscope.tape.tape import Tape
from tests.support import blocks
from tests.support.closed_days import DAY, NOW, PRICES, TIMES, N, fill
from tests.support.facts import PAIR, accepted, bar, row, store
from tests.support.market import trades


def everything(path: Path) -> list[Any]:
    """What every kind of reader says."""
    reader, opened = StoreReader(path / DATABASE), spreadscope.open_store(path)
    middle = DAY + DAY_MS
    out: list[Any] = []
    for start, end in (
        (0, 1 << 62),
        (middle - 5_000, middle + 5_000),
        (middle, middle + DAY_MS),
        (middle + 7, middle + 7),
    ):
        stored = reader.trades("BTCUSDT", start, end)
        out.append([getattr(stored, name).tolist() for name in ("ids", "times", "prices", "quantities", "buyer_maker")])
        out.append(_lines(reader.trade_pages("BTCUSDT", start, end)))
        for limit in (-1, 1, 5, 30, 60):
            out.append(reader.bars("BTCUSDT", Timeframe.M1, start, end, limit))
            out.append(reader.rows(PAIR, Timeframe.M1, start, end, limit))
        out.append(opened.trades("BTCUSDT", start, end).rows())
        quotes = reader.quotes(["BTCUSDT"], [Timeframe.S1, Timeframe.M1], start, end)
        out.append([(q.timeframe, q.times.tolist(), q.bids.tolist(), q.asks.tolist()) for q in quotes])
    out += [reader.bars_span("BTCUSDT", Timeframe.M1), reader.rows_span(PAIR, Timeframe.M1)]
    out += [reader.ledger("BTCUSDT"), reader.trade_count("BTCUSDT")]
    for kind in (ExportKind.TICKS, ExportKind.BARS, ExportKind.ANALYTICS):
        out.append(b"".join(export.text_chunks(reader, ExportRequest(kind, symbol="BTCUSDT", pair=PAIR))))
    return out


def _lines(pages: Iterator[TradeColumns]) -> list[tuple[Any, ...]]:
    return [line for page in pages for line in zip(*(column.tolist() for column in page), strict=True)]


def hot(path: Path, table: str = "trades") -> int:
    if table == "trades":
        return blocks.count(path)
    connection = connect(path / DATABASE, read_only=True)
    try:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    finally:
        connection.close()


def test_no_reader_sees_a_difference(tmp_path: Path) -> None:
    fill(tmp_path)
    before = everything(tmp_path)
    done = compact(tmp_path / DATABASE, now=NOW, before=DAY + 2 * DAY_MS)
    assert [part.file for part in done.written] == [
        f"{kind}/2023-11-{day}.parquet"
        for kind in ("trades/BTCUSDT", "bars/BTCUSDT/1m", "analytics/BTCUSDT/牛来USDT/1m")
        for day in (15, 16)
    ]
    assert (hot(tmp_path), hot(tmp_path, "bars"), hot(tmp_path, "analytics")) == (N // 3, 24, 24)
    assert everything(tmp_path) == before
    done = compact(tmp_path / DATABASE, now=NOW)
    assert len(done.written) == 3
    assert hot(tmp_path) == 0
    assert everything(tmp_path) == before
    assert compact(tmp_path / DATABASE, now=NOW).written == []


def test_a_large_day_goes_in_parts(tmp_path: Path) -> None:
    fill(tmp_path)
    before = everything(tmp_path)
    done = compact(tmp_path / DATABASE, now=NOW, before=DAY + DAY_MS, rows_a_part=1_000)
    trades_parts = [part for part in done.written if part.kind == "trades"]
    assert [(part.part, part.rows) for part in trades_parts] == [(1, 1_000), (2, 1_000), (3, 1_000)]
    assert everything(tmp_path) == before
    calls = iter(range(100))
    done = compact(tmp_path / DATABASE, now=NOW, stopped=lambda: next(calls) == 1, rows_a_part=1_000)
    assert [part.rows for part in done.written] == [1_000, 1_000]  # stopped between two parts
    assert everything(tmp_path) == before
    compact(tmp_path / DATABASE, now=NOW)
    assert hot(tmp_path) == 0
    assert everything(tmp_path) == before


def test_rows_that_come_while_a_file_is_written_are_not_lost(tmp_path: Path) -> None:
    """With a running engine rows can change between reading and transaction: such a day waits for the next run."""
    tape = fill(tmp_path, range(100, N))
    late = {
        ("trades", DAY): lambda writer: writer.submit(
            *accepted(tape, range(90, 100), times=TIMES[90:100], prices=PRICES[90:100])
        ),
        ("bars", DAY + DAY_MS): lambda writer: writer.submit([bar(DAY + DAY_MS, volume=99.0, complete=True)], {}),
        ("analytics", DAY): lambda writer: writer.submit([row(DAY + 5, value=7.0)], {}),
    }
    with store(tmp_path) as (writer, _):

        def transact(function: Callable[[sqlite3.Connection], Any]) -> Any:
            part = function.args[0]  # type: ignore[attr-defined]
            if (part.kind, part.day) in late:
                late.pop((part.kind, part.day))(writer)
            return writer.run(function).result(10)

        done = compact(tmp_path / DATABASE, now=NOW, transact=transact)
        assert late == {}
        assert [left.day for left in done.skipped] == [DAY, DAY + DAY_MS, DAY]
        assert [(part.kind, part.day) for part in done.written] == [
            ("trades", DAY + DAY_MS), ("trades", DAY + 2 * DAY_MS),
            ("bars", DAY + 2 * DAY_MS),  # those of the first day stay with its trades
            ("analytics", DAY + DAY_MS), ("analytics", DAY + 2 * DAY_MS),
        ]  # fmt: skip
        files = {
            path.relative_to(tmp_path / "archive").as_posix() for path in (tmp_path / "archive").rglob("*.parquet")
        }
        assert files == {part.file for part in done.written}
        before = everything(tmp_path)
        assert before[0][0] == list(range(90, N))
        assert compact(tmp_path / DATABASE, now=NOW, transact=lambda f: writer.run(f).result(10)).skipped == []
        assert everything(tmp_path) == before
    assert hot(tmp_path) == 0


def test_today_and_the_hour_after_midnight_stay(tmp_path: Path) -> None:
    fill(tmp_path)
    assert compact(tmp_path / DATABASE, now=DAY + DAY_MS + 3_599_999).written == []
    written = compact(tmp_path / DATABASE, now=DAY + DAY_MS + 3_600_000).written
    assert {compaction.day_name(part.day) for part in written} == {"2023-11-15"}


@pytest.mark.parametrize("point", ["write", "read", "fingerprint", "before commit", "after commit"])
def test_a_crash_at_any_point_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str) -> None:
    fill(tmp_path)
    before = everything(tmp_path)

    def broken(*_: object, **__: object) -> Any:
        raise KeyboardInterrupt(point)

    def breaking_connect(path: Path, **options: Any) -> Any:
        connection = connect(path, **options)
        word = "COMMIT" if point == "before commit" else "PRAGMA wal_checkpoint(TRUNCATE)"
        return _Breaking(connection, word)

    with monkeypatch.context() as patch:
        if point in {"before commit", "after commit"}:
            patch.setattr(compaction, "connect", breaking_connect)
        elif point == "fingerprint":
            patch.setattr(compaction, "fingerprint", broken)
        else:
            patch.setattr(parquet_file, point, broken)
        with pytest.raises(KeyboardInterrupt):
            compact(tmp_path / DATABASE, now=NOW)
    assert everything(tmp_path) == before
    assert compact(tmp_path / DATABASE, now=NOW).skipped == []
    assert hot(tmp_path) == 0
    assert everything(tmp_path) == before
    assert list((tmp_path / "archive").rglob("*.tmp")) == []


class _Breaking:
    """A connection that is cut at a statement."""

    def __init__(self, connection: sqlite3.Connection, word: str) -> None:
        self._connection = connection
        self._word = word

    def execute(self, sql: str, *values: Any) -> Any:
        if sql == self._word:
            raise KeyboardInterrupt(sql)
        return self._connection.execute(sql, *values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def test_what_does_not_read_back_is_not_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path)
    read = parquet_file.read
    monkeypatch.setattr(parquet_file, "read", lambda *all_: read(*all_).slice(1))
    with pytest.raises(StoreError, match="does not read back as it was written: nothing was deleted"):
        compact(tmp_path / DATABASE, now=NOW)
    assert hot(tmp_path) == N


def test_a_day_beside_an_open_hole_stays_with_its_bars(tmp_path: Path) -> None:
    tape = Tape("BTCUSDT")
    ids = [i for i in range(N) if not 100 <= i < 110]
    with store(tmp_path) as (writer, _):
        writer.submit(*accepted(tape, ids, times=[TIMES[i] for i in ids]))
        writer.submit([bar(DAY), bar(DAY + DAY_MS)], {})
    done = compact(tmp_path / DATABASE, now=NOW)
    assert [(left.subject, left.day) for left in done.skipped] == [("BTCUSDT", DAY)]
    assert "trades 100…109 are missing and may still come" in done.skipped[0].why
    assert (hot(tmp_path), hot(tmp_path, "bars")) == (N // 3 - 10, 1)


@pytest.mark.parametrize("state", [GapState.UPSTREAM, GapState.PERMANENT])
def test_a_hole_that_is_settled_holds_nothing_up(tmp_path: Path, state: GapState) -> None:
    tape = Tape("BTCUSDT")
    ids = [i for i in range(N) if not 100 <= i < 110]
    with store(tmp_path) as (writer, _):
        writer.submit(*accepted(tape, ids, times=[TIMES[i] for i in ids]))
        facts = tape.upstream_hole(100, 109, "REST skips them", permanent=state is GapState.PERMANENT)
        writer.submit(facts, {"BTCUSDT": tape.ledger.ranges})
    assert compact(tmp_path / DATABASE, now=NOW).skipped == []
    assert StoreReader(tmp_path / DATABASE).trades("BTCUSDT").ids.tolist() == ids


def test_rows_that_the_ledger_does_not_vouch_for_stay(tmp_path: Path) -> None:
    fill(tmp_path)
    blocks.lose(tmp_path, 50)
    (left,) = compact(tmp_path / DATABASE, now=NOW).skipped
    assert "the ledger says 3000 trades 0…2999, the store holds 2999" in left.why


def test_what_comes_late_for_an_archived_day_is_a_further_part(tmp_path: Path) -> None:
    tape = fill(tmp_path, range(100, N))
    compact(tmp_path / DATABASE, now=NOW)
    revised = bar(DAY + 3_600_000, volume=99.0, complete=True)
    with store(tmp_path) as (writer, _):
        writer.submit(*accepted(tape, range(100), times=TIMES[:100], prices=PRICES[:100]))
        writer.submit([revised, row(DAY, value=1e9)], {})
    before = everything(tmp_path)
    assert before[0][0] == list(range(N))
    assert [line[0] for line in before[1]] == list(range(N))
    reader = StoreReader(tmp_path / DATABASE)
    assert reader.bars("BTCUSDT", Timeframe.M1, DAY + 1, DAY + 3_600_001) == [revised]
    assert reader.rows(PAIR, Timeframe.M1, DAY, DAY + 1) == [row(DAY, value=0.0)]  # what a trader saw stays
    done = compact(tmp_path / DATABASE, now=NOW)
    assert {part.file.rpartition("/")[2] for part in done.written} == {"2023-11-15-2.parquet"}
    assert everything(tmp_path) == before


def test_a_bar_of_an_archived_day_is_mended_from_archived_trades(tmp_path: Path) -> None:
    tape = Tape("BTCUSDT")
    times = {1: DAY - 5, 2: DAY + 1000, 3: DAY + 30_000, 4: DAY + 61_000, 5: DAY + 181_000}
    with store(tmp_path) as (writer, _):
        ids = [1, 2, 4, 5]
        writer.submit(*accepted(tape, ids, times=[times[i] for i in ids]))
        facts = tape.upstream_hole(3, 3, "over 48 h old", permanent=True)
        writer.submit([*facts, bar(DAY, complete=False, bid=5.0)], {"BTCUSDT": tape.ledger.ranges})
    compact(tmp_path / DATABASE, now=NOW)
    with store(tmp_path) as (writer, reader):
        facts, ledger = accepted(tape, [3], times=[times[3]])
        gap = Gap("BTCUSDT", 3, 3, GapState.FILLED, times[5], times[2], times[4])
        writer.submit([*facts, gap, BarsOutdated("BTCUSDT", Timeframe.M1, DAY)], ledger)
        asyncio.run(writer.flush())
        (mended,) = reader.bars("BTCUSDT", Timeframe.M1)
    assert (mended.trades, mended.complete, mended.bid) == (2, True, 5.0)
    assert hot(tmp_path) == 1


def test_a_missing_or_damaged_file_is_said_in_one_sentence(tmp_path: Path) -> None:
    fill(tmp_path)
    compact(tmp_path / DATABASE, now=NOW)
    reader = StoreReader(tmp_path / DATABASE)
    file = tmp_path / "archive" / "trades" / "BTCUSDT" / "2023-11-15.parquet"
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(StoreError, match="cannot be read") as caught:
        reader.trades("BTCUSDT")
    assert "\n" not in str(caught.value)
    file.unlink()
    with pytest.raises(StoreError, match="is missing: see spreadscope doctor"):
        reader.trades("BTCUSDT")


@pytest.mark.parametrize("until", [1, 2])
def test_a_read_across_a_compaction_goes_on_where_it_was(tmp_path: Path, until: int) -> None:
    fill(tmp_path, at_once=250)
    pages = StoreReader(tmp_path / DATABASE).trade_pages("BTCUSDT")
    got = _lines(islice(pages, 1))
    compact(tmp_path / DATABASE, now=NOW, before=DAY + until * DAY_MS)
    got += _lines(islice(pages, 2))
    compact(tmp_path / DATABASE, now=NOW)
    got += _lines(pages)
    assert got == everything(tmp_path)[1]
    assert [line[0] for line in got] == list(range(N))


def test_a_symbol_is_no_way_out_of_the_folder() -> None:
    assert compaction.file_name("trades", "..", "", DAY, 1) == "trades/%2E%2E/2023-11-15.parquet"


@pytest.mark.parametrize(
    "make",
    [
        lambda dice: dice.integers(1, 10**6, 500) / 10.0 ** dice.integers(0, 9),
        lambda dice: dice.normal(size=500),
        lambda dice: np.array([5e-324, 0.1, 1e300]),
        lambda dice: np.array([0.1, float("nan")]),
        lambda dice: np.array([]),
    ],
)
def test_floats_come_back_to_the_last_bit(tmp_path: Path, make: Callable[[Any], Any]) -> None:
    for seed in range(20):
        values = np.asarray(make(np.random.default_rng(seed)), dtype=np.float64)
        count = np.arange(len(values))
        table = pa.table({"time": count, "price": values})
        parquet_file.write(tmp_path / "x.parquet", table, scaled=["price"], increasing=["time"])
        back = parquet_file.read(tmp_path / "x.parquet", "time", 0, 1 << 62)
        assert np.array_equal(back["price"].to_numpy(), values, equal_nan=True)


@pytest.mark.shared
def test_bytes_a_tick_on_recorded_prices(tmp_path: Path, shared: Path) -> None:
    import polars as pl

    raw = pl.read_parquet(shared / "data" / "ticks" / "um_trades_btc_eth_2024-08-08.parquet")
    for symbol in ("BTCUSDT", "ETHUSDT"):
        mine = raw.filter(pl.col("symbol") == symbol)
        batch = trades(
            mine["trade_id"].to_list(), mine["trade_time_ms"].to_list(),
            mine["price"].cast(pl.Float64).to_list(), mine["qty"].cast(pl.Float64).to_list(), symbol,
        )  # fmt: skip
        columns = (batch.ids, batch.times, batch.prices, batch.quantities, mine["is_buyer_maker"].to_numpy())
        path = tmp_path / f"{symbol}.parquet"
        archive_catalog.write_part(path, ("trades", "BTCUSDT", ""), archive_catalog.trades_table(columns), Label())
        assert path.stat().st_size / len(batch) < 5
