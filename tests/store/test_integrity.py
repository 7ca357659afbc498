"""The hash of the tape, the daily reports, and what ``verify`` finds: equal, or which day and symbol differ."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import sqlite3
import struct
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spreadscope.importing.tape_file import tape_of_file
from spreadscope.model.errors import ConfigError, StoreError
from spreadscope.model.facts import Gap
from spreadscope.model.states import ExportFormat, ExportKind, GapState
from spreadscope.store import export
from spreadscope.store.archive.compaction import compact, day_name
from spreadscope.store.archive.retirement import delete_retired, retire
from spreadscope.store.directory import DATABASE, connect
from spreadscope.store.export import ExportRequest
from spreadscope.store.integrity.report import ReportRequest, completeness, hash_day, make_report
from spreadscope.store.integrity.report_files import folder_of, read_reports, write_reports
from spreadscope.store.integrity.tape_hash import TapeHash, TapeOrderError, chain
from spreadscope.store.integrity.verification import Verification, verify_days, verify_store
from spreadscope.store.reader import StoreReader
from spreadscope.store.trades.trade_blocks import DAY_MS
from spreadscope.store.trades.trade_columns import TradeColumns, select_rows
from spreadscope.tape.tape import Tape
from tests.support import blocks
from tests.support.closed_days import DAY, NOW, PRICES, TIMES, N, fill, rewrite, without_one
from tests.support.facts import accepted, bar, store

DAYS = [day_name(DAY + number * DAY_MS) for number in range(3)]


def quiet(_: str) -> None:
    """Show no progress."""


def columns(ids: list[int], prices: list[float] | None = None) -> TradeColumns:
    keys = np.array(ids, dtype=np.int64)
    values = np.array(prices, dtype=np.float64) if prices else 100.0 + keys.astype(np.float64) % 7
    return (
        keys,
        DAY + keys,
        values.astype(np.float64),
        0.5 + keys.astype(np.float64) % 5,
        (keys % 2 == 0).astype(np.bool_),
    )


def tapes(path: Path, **request: Any) -> dict[tuple[str, str], str]:
    report = make_report(path / DATABASE, ReportRequest(now=NOW, **request)).report
    return {(row.symbol, row.day): row.tape for row in report.days}


def verified(path: Path) -> Verification:
    return verify_store(path / DATABASE, read_reports(path / DATABASE), now=NOW)


def said(result: Verification) -> list[str]:
    return [f"{each.symbol} {each.day}: {each.text}" for each in result.differences]


# --- the hash ---------------------------------------------------------------------------------------------------------


def test_the_hash_is_what_the_documentation_defines() -> None:
    """As somebody else would compute it, from the page alone."""
    rows = [(7, DAY + 5, 110001.5, 0.011, True), (9, DAY + 6, 110001.4, 2.0, False)]
    text = b"spreadscope-tape-1\nBTCUSDT\n2023-11-15\n"
    text += b"".join(struct.pack("<qqddB", *row[:4], row[4]) for row in rows)
    digest = TapeHash("BTCUSDT", "2023-11-15")
    digest.update(tuple(np.array(column) for column in zip(*rows, strict=True)))  # type: ignore[arg-type]
    assert digest.hexdigest() == hashlib.sha256(text).hexdigest()
    linked = hashlib.sha256(f"spreadscope-chain-1\n{'0' * 64}\n2023-11-15\n{digest.hexdigest()}\n".encode())
    assert chain("0" * 64, "2023-11-15", digest.hexdigest()) == linked.hexdigest()


@settings(max_examples=60, deadline=None)
@given(
    ids=st.lists(st.integers(0, 10_000), unique=True, min_size=1, max_size=60).map(sorted),
    cuts=st.lists(st.integers(0, 60), max_size=5).map(sorted),
    field=st.integers(0, 4),
    place=st.integers(0, 59),
)
def test_parts_make_no_difference_and_any_change_does(ids: list[int], cuts: list[int], field: int, place: int) -> None:
    whole, parts, other = (TapeHash("BTCUSDT", DAYS[0]) for _ in range(3))
    rows = columns(ids)
    whole.update(rows)
    for low, high in zip([0, *cuts], [*cuts, len(ids)], strict=True):
        parts.update(select_rows(rows, slice(low, high)))
    assert parts.hexdigest() == whole.hexdigest()
    assert (parts.trades, parts.first_id, parts.last_id) == (len(ids), ids[0], ids[-1])
    changed: list[Any] = [column.copy() for column in rows]
    place %= len(ids)
    if field == 0:
        changed = [np.delete(column, place) for column in changed]
    elif field == 4:
        changed[4][place] = not changed[4][place]
    else:
        changed[field][place] += 1
    other.update(tuple(changed))
    assert other.hexdigest() != whole.hexdigest()


def test_order_symbol_and_day_are_part_of_it() -> None:
    digest = TapeHash("BTCUSDT", DAYS[0])
    with pytest.raises(TapeOrderError, match="not in the order of their ids: 2 comes after 3"):
        digest.update(columns([1, 3, 2]))
    digest = TapeHash("BTCUSDT", DAYS[0])
    digest.update(columns([1, 2]))
    with pytest.raises(TapeOrderError, match="trade 2 comes twice"):
        digest.update(columns([2, 3]))
    found = set()
    for symbol, day in (("BTCUSDT", DAYS[0]), ("ETHUSDT", DAYS[0]), ("BTCUSDT", DAYS[1])):
        digest = TapeHash(symbol, day)
        digest.update(columns([1, 2]))
        found.add(digest.hexdigest())
    assert len(found) == 3


def test_prints_that_are_no_trades_are_counted_and_not_hashed() -> None:
    """Exports leave them out, and their hash must be that of the store."""
    with_print, without = TapeHash("BTCUSDT", DAYS[0]), TapeHash("BTCUSDT", DAYS[0])
    with_print.update(columns([1, 2, 3], [100.0, 0.0, 101.0]))
    rows = columns([1, 2, 3], [100.0, 0.0, 101.0])
    without.update(select_rows(rows, np.array([True, False, True])))
    assert with_print.hexdigest() == without.hexdigest()
    assert (with_print.trades, with_print.empty_prints, without.empty_prints) == (2, 1, 0)


# --- the same tape, wherever it lies ----------------------------------------------------------------------------------


def test_blocks_archive_and_exports_have_one_hash(tmp_path: Path) -> None:
    at_once, bit_by_bit = tmp_path / "a", tmp_path / "b"
    fill(at_once)
    fill(bit_by_bit, at_once=137)
    inside = tapes(at_once)
    assert list(inside) == [("BTCUSDT", day) for day in DAYS]
    assert tapes(bit_by_bit) == inside
    compact(at_once / DATABASE, now=NOW)
    compact(bit_by_bit / DATABASE, now=NOW, rows_a_part=700)  # a day in several files
    assert blocks.count(at_once) == 0
    assert tapes(at_once) == tapes(bit_by_bit) == inside
    report = make_report(at_once / DATABASE, ReportRequest(now=NOW)).report
    assert [row.place for row in report.days] == ["archive"] * 3
    reader = StoreReader(at_once / DATABASE)
    for name, kind in (("csv", ExportFormat.CSV), ("ndjson", ExportFormat.NDJSON)):
        path = tmp_path / f"BTCUSDT-ticks.{name}"
        request = ExportRequest(ExportKind.TICKS, kind, symbol="BTCUSDT")
        path.write_bytes(b"".join(export.text_chunks(reader, request)))
        assert {(day.symbol, day.day): day.tape for day in tape_of_file(path, None, quiet)} == inside, name
    path = tmp_path / "trades.parquet"
    export.write_parquet(reader, ExportRequest(ExportKind.TICKS, ExportFormat.PARQUET, symbol="BTCUSDT"), path)
    assert {(day.symbol, day.day): day.tape for day in tape_of_file(path, "BTCUSDT", quiet)} == inside
    (archived,) = tape_of_file(at_once / "archive/trades/BTCUSDT" / f"{DAYS[1]}.parquet", None, quiet)
    assert archived.tape == inside["BTCUSDT", DAYS[1]]


def test_the_row_of_a_day_says_what_is_known_of_it(tmp_path: Path) -> None:
    tape = Tape("BTCUSDT")
    kept = [number for number in range(60) if not 20 <= number < 30]
    times = [DAY + number * 1_000 for number in kept]
    with store(tmp_path) as (writer, _):
        writer.submit(*accepted(tape, kept, times=times, prices=[100.0] * len(kept)))
        gaps = [
            Gap("BTCUSDT", 20, 24, GapState.OPEN, DAY, DAY + 19_000, DAY + 30_000, "19 then 30"),
            Gap("BTCUSDT", 25, 29, GapState.PERMANENT, DAY, DAY + 19_000, DAY + 30_000, "too old"),
            Gap("BTCUSDT", 40, 41, GapState.FILLED, DAY, DAY + 39_000, DAY + 42_000, "39 then 42"),
        ]
        writer.submit([*gaps, bar(DAY, complete=True), bar(DAY + 60_000, complete=False)], {})
    (row,) = make_report(tmp_path / DATABASE, ReportRequest(now=NOW)).report.days
    assert (row.trades, row.first_id, row.last_id, row.closed, row.place) == (50, 0, 59, True, "database")
    assert msgspec.to_builtins(row.missing) == {"open": 5, "refetched": 2, "upstream": 0, "permanent": 5}
    assert [gap.evidence for gap in row.gaps] == ["19 then 30", "too old", "39 then 42"]
    assert [(each.timeframe, each.complete, each.incomplete) for each in row.bars] == [("1m", 1, 1)]
    assert row.chain == chain("", row.day, row.tape)
    assert row.before is None
    (day,) = completeness(tmp_path / DATABASE, (), 0, NOW, now=NOW, reported=set())
    assert day.share == 50 / 60
    assert (day.trades, day.missing, day.closed, day.reported) == (50, row.missing, True, False)


# --- the daily reports ------------------------------------------------------------------------------------------------


def test_closed_days_are_reported_once_and_again_when_trades_come_later(tmp_path: Path) -> None:
    tape = fill(tmp_path, range(N // 2))
    database = tmp_path / DATABASE
    first = write_reports(database, now=DAY + 2 * DAY_MS)  # an hour too early for the second day
    assert (first.days, first.left) == ([DAYS[0]], [])
    assert write_reports(database, now=NOW).days == [DAYS[1]]
    assert write_reports(database, now=NOW).days == []
    before = read_reports(database)
    assert (folder_of(database).stat().st_mode & 0o777, [row.revision for row in before.values()]) == (0o700, [1, 1])
    rest = range(N // 2, N)
    with store(tmp_path) as (writer, _):
        writer.submit(*accepted(tape, rest, times=[TIMES[i] for i in rest], prices=[PRICES[i] for i in rest]))
    assert write_reports(database, now=NOW).days == DAYS[1:]
    after = read_reports(database)
    assert after["BTCUSDT", DAYS[0]] == before["BTCUSDT", DAYS[0]]
    assert after["BTCUSDT", DAYS[1]].revision == 2
    assert after["BTCUSDT", DAYS[1]].before == before["BTCUSDT", DAYS[1]].before
    assert (folder_of(database) / "earlier" / f"{DAYS[1]}.1.json").exists()
    assert verified(tmp_path).equal


def test_a_hole_that_is_given_up_changes_the_counts_and_not_the_hash(tmp_path: Path) -> None:
    fill(tmp_path)
    write_reports(tmp_path / DATABASE, now=NOW)
    with store(tmp_path) as (writer, _):
        writer.submit([Gap("BTCUSDT", 90_001, 90_002, GapState.PERMANENT, DAY, DAY, DAY + 5, "too old")], {})
    assert write_reports(tmp_path / DATABASE, now=NOW).days == [DAYS[0]]
    row = read_reports(tmp_path / DATABASE)["BTCUSDT", DAYS[0]]
    assert (row.missing.permanent, row.revision) == (2, 1)
    assert verified(tmp_path).equal


def test_a_large_old_store_is_reported_over_several_runs(tmp_path: Path) -> None:
    fill(tmp_path)
    assert write_reports(tmp_path / DATABASE, now=NOW, most=2).days == DAYS[:2]
    assert write_reports(tmp_path / DATABASE, now=NOW, most=2).days == DAYS[2:]
    assert write_reports(tmp_path / DATABASE, now=NOW, stopped=lambda: True).days == []


def test_retired_days_are_vouched_for_by_their_report(tmp_path: Path) -> None:
    fill(tmp_path)
    database = tmp_path / DATABASE
    compact(database, now=NOW)
    write_reports(database, now=NOW)
    before = read_reports(database)
    connection = connect(database)
    retire(
        database, now=DAY + 3 * DAY_MS, keep_days={"trades": 2}, transact=lambda work: work(connection),
        stopped=lambda: False,
    )  # fmt: skip
    connection.close()
    delete_retired(database)
    assert write_reports(database, now=NOW).days == []
    result = verified(tmp_path)
    assert (result.equal, result.same, result.gone) == (True, 2, 1)
    assert {key: row.chain for key, row in read_reports(database).items()} == {
        key: row.chain for key, row in before.items()
    }


# --- what verify finds ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same tape in the database and in the archive, both reported."""
    hot, cold = tmp_path_factory.mktemp("hot"), tmp_path_factory.mktemp("cold")
    for path in (hot, cold):
        fill(path, at_once=3_000)
    compact(cold / DATABASE, now=NOW)
    for path in (hot, cold):
        assert write_reports(path / DATABASE, now=NOW).days == DAYS
        assert verified(path).same == 3
    return hot, cold


def copied(path: Path, target: Path) -> Path:
    shutil.copytree(path, target)
    return target


def flipped(rows: TradeColumns) -> TradeColumns:
    raw = bytearray(rows[2].tobytes())
    raw[0] ^= 1
    return rows[0], rows[1], np.frombuffer(bytes(raw), dtype=np.float64), rows[3], rows[4]


def swapped(rows: TradeColumns) -> TradeColumns:
    order = np.arange(len(rows[0]))
    order[[4, 5]] = order[[5, 4]]
    return rows[0], rows[1][order], rows[2][order], rows[3][order], rows[4][order]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (flipped, "as many trades as reported, and not the same ones"),
        (swapped, "as many trades as reported, and not the same ones"),
        (without_one, "1 of 3,000 reported trades are not there"),
    ],
)
def test_a_forged_block_is_found_and_named(tmp_path: Path, reported: tuple[Path, Path], change: Any, text: str) -> None:
    path = copied(reported[0], tmp_path / "s")
    rewrite(path, change)
    result = verified(path)
    assert not result.equal
    assert said(result)[0].startswith(f"BTCUSDT {DAYS[0]}: {text}")
    assert result.same == 2
    # The daily run does not paper over it.
    assert write_reports(path / DATABASE, now=NOW).days == []
    assert not verified(path).equal


def test_a_damaged_block_is_found_and_named(tmp_path: Path, reported: tuple[Path, Path]) -> None:
    path = copied(reported[0], tmp_path / "s")
    connection = sqlite3.connect(path / DATABASE)
    block, data = connection.execute("SELECT block, data FROM trade_blocks ORDER BY first LIMIT 1").fetchone()
    damaged = bytearray(data)
    damaged[len(damaged) // 2] ^= 1
    connection.execute("UPDATE trade_blocks SET data = ? WHERE block = ?", (bytes(damaged), block))
    connection.commit()
    connection.close()
    found = said(verified(path))
    assert any(text.startswith(f"BTCUSDT {DAYS[0]}: ") for text in found)
    assert any(text.startswith(f"BTCUSDT : block {block} (trades 0…") for text in found)


def forge(path: Path, change: Any, *, name: str = DAYS[1]) -> None:
    """Write an archive file again with other rows, its metadata as they were."""
    file = path / "archive/trades/BTCUSDT" / f"{name}.parquet"
    table = pq.read_table(file)
    pq.write_table(change(table).replace_schema_metadata(table.schema.metadata), file)


def test_a_changed_archive_file_is_found_and_named(tmp_path: Path, reported: tuple[Path, Path]) -> None:
    cold = reported[1]
    order = list(range(3_000))
    order[7], order[8] = 8, 7
    for number, (change, texts) in enumerate(
        (
            (lambda table: table.slice(1), ("1 of 3,000 reported trades are not there",)),
            (lambda table: table.take(order), ()),  # the same rows, read in their order all the same
        )
    ):
        path = copied(cold, tmp_path / str(number))
        forge(path, change)
        found = said(verified(path))
        assert f"trades/BTCUSDT/{DAYS[1]}.parquet is not the one that was written" in "\n".join(found)
        assert all(any(text in line for line in found) for text in texts)
        assert {line.partition(":")[0] for line in found} == {f"BTCUSDT {DAYS[1]}"}
    exchanged = copied(cold, tmp_path / "exchanged")
    files = exchanged / "archive/trades/BTCUSDT"
    shutil.copy(files / f"{DAYS[0]}.parquet", files / f"{DAYS[1]}.parquet")
    found = said(verified(exchanged))
    assert {line.partition(":")[0] for line in found} == {f"BTCUSDT {DAYS[1]}"}
    (files / f"{DAYS[2]}.parquet").unlink()
    assert any("is missing" in line for line in said(verified(exchanged)))


def test_a_changed_report_breaks_the_chain(tmp_path: Path, reported: tuple[Path, Path]) -> None:
    path = copied(reported[0], tmp_path / "s")
    file = folder_of(path / DATABASE) / f"{DAYS[1]}.json"
    document = json.loads(file.read_text())
    (row,) = document["days"]
    row["tape"] = "00" * 32
    file.write_text(json.dumps(document))
    found = said(verified(path))
    assert f"BTCUSDT {DAYS[1]}: its report was changed: chain and hash do not belong together" in found
    row["chain"] = chain(row["before"]["chain"], DAYS[1], row["tape"])  # a better forger
    file.write_text(json.dumps(document))
    found = said(verified(path))
    assert f"BTCUSDT {DAYS[2]}: the chain is broken: it does not go on from the report of {DAYS[1]}" in found
    file.unlink()
    assert f"BTCUSDT {DAYS[1]}: its report is missing: that of {DAYS[2]} names it" in said(verified(path))
    file.write_text("{")
    with pytest.raises(StoreError, match="is no integrity report"):
        verified(path)


def test_files_of_somebody_else_are_compared_with_a_report(tmp_path: Path, reported: tuple[Path, Path]) -> None:
    told = read_reports(reported[1] / DATABASE)
    reader = StoreReader(reported[1] / DATABASE)
    request = ExportRequest(ExportKind.TICKS, symbol="BTCUSDT", start=DAY, end=DAY + DAY_MS)
    lines = b"".join(export.text_chunks(reader, request)).decode().splitlines(keepends=True)

    def compared(changed: list[str]) -> Verification:
        path = tmp_path / "BTCUSDT-ticks.csv"
        path.write_text("".join(changed))
        return verify_days(tape_of_file(path, None, quiet), told)

    assert (compared(lines).same, compared(lines).equal) == (1, True)
    assert said(compared([*lines[:5], *lines[6:]]))[0].startswith(f"BTCUSDT {DAYS[0]}: 1 of 3,000 reported trades")
    flipped_line = lines[5].replace(",1", ",2", 1) if ",1" in lines[5] else lines[5]
    assert flipped_line != lines[5]
    assert not compared([*lines[:5], flipped_line, *lines[6:]]).equal
    with pytest.raises(StoreError, match=f"BTCUSDT {DAYS[0]}: the trades are not in the order of their ids"):
        compared([*lines[:5], lines[6], lines[5], *lines[7:]])
    with pytest.raises(StoreError, match="the price is no price"):
        compared([*lines[:5], "5,1700006400005,-1,1,true\n", *lines[6:]])
    bars = tmp_path / "BTCUSDT-bars-1m.csv"
    bars.write_bytes(b"".join(export.text_chunks(reader, ExportRequest(ExportKind.BARS, symbol="BTCUSDT"))))
    with pytest.raises(ConfigError, match="holds no trades with ids"):
        tape_of_file(bars, None, quiet)


def test_a_day_is_read_while_it_is_written(tmp_path: Path) -> None:
    """A report reads in short reads, beside a writer."""
    tape = Tape("BTCUSDT")
    with store(tmp_path) as (writer, reader):
        for first in range(0, 900, 300):
            ids = range(first, first + 300)
            writer.submit(*accepted(tape, ids, times=[DAY + i for i in ids], prices=[100.0] * 300))
            asyncio.run(writer.flush())
            assert hash_day(reader, "BTCUSDT", DAY).trades == first + 300
            (row,) = make_report(tmp_path / DATABASE, ReportRequest(now=DAY + 1_000)).report.days
            assert (row.trades, row.closed) == (first + 300, False)
