"""Files that are older than wanted go, and whatever needs to know of them still does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spreadscope.model.errors import StoreError
from spreadscope.model.facts import BarsOutdated
from spreadscope.model.timeframe import Timeframe
from spreadscope.store.archive.compaction import compact
from spreadscope.store.archive.retirement import delete_retired, retire
from spreadscope.store.directory import DATABASE, DataDirectory, connect
from spreadscope.store.import_target import ImportTarget
from spreadscope.store.maintenance.bar_check import repair_bars, wrong_bars
from spreadscope.store.maintenance.diagnosis import Finding, examine
from spreadscope.store.reader import StoreReader
from spreadscope.store.trades.trade_blocks import DAY_MS
from spreadscope.store.writer import StoreWriter
from spreadscope.tape.tape import Tape
from tests.support.facts import PAIR, accepted, bar, row, store
from tests.support.market import trades

DAY = 1_700_006_400_000
NOW = DAY + 3 * DAY_MS + 7_200_000
IDS = [i for i in range(900) if not 40 <= i < 50]
TIMES = {i: DAY + i * (3 * DAY_MS // 900) for i in range(900)}
KEEP = {"trades": 2, "analytics": 1}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Three archived days, the first with a hole that the exchange itself has."""
    tape = Tape("BTCUSDT")
    with store(tmp_path) as (writer, _):
        writer.submit(*accepted(tape, IDS, times=[TIMES[i] for i in IDS]))
        facts = tape.upstream_hole(40, 49, "REST skips them", permanent=False)
        writer.submit(facts, {"BTCUSDT": tape.ledger.ranges})
        writer.submit([row(DAY + i * DAY_MS) for i in range(3)], {})
    with DataDirectory(tmp_path):
        connection = connect(tmp_path / DATABASE)
        days = [DAY + i * DAY_MS for i in range(3)]
        connection.execute("BEGIN")
        repair_bars(connection, 1, list(wrong_bars(connection, 1, "BTCUSDT", days)))
        connection.execute("COMMIT")
        connection.close()
        assert compact(tmp_path / DATABASE, now=NOW).skipped == []
    return tmp_path


def retired(data: Path, writer: StoreWriter, now: int = NOW) -> list[str]:
    done = retire(
        data / DATABASE, now=now, keep_days=KEEP, transact=lambda f: writer.run(f).result(10), stopped=lambda: False
    )
    return [part.file for part in done]


def findings(data: Path) -> list[Finding]:
    return [finding for finding in examine(data / DATABASE).findings if finding.check != "gaps"]


def test_old_files_go_and_the_store_still_proves_what_it_holds(data: Path) -> None:
    reader = StoreReader(data / DATABASE)
    ledger, bars, everything = reader.ledger("BTCUSDT"), reader.bars("BTCUSDT", Timeframe.M1), reader.trades("BTCUSDT")
    before = findings(data)
    with store(data) as (writer, _):
        assert retired(data, writer) == [
            "trades/BTCUSDT/2023-11-15.parquet",
            "analytics/BTCUSDT/牛来USDT/1m/2023-11-15.parquet",
            "analytics/BTCUSDT/牛来USDT/1m/2023-11-16.parquet",
        ]
        assert retired(data, writer) == []
        for swept in (False, True):
            assert (data / "archive" / "trades" / "BTCUSDT" / "2023-11-15.parquet").exists() is not swept
            assert reader.trades("BTCUSDT").ids.tolist() == [i for i in IDS if TIMES[i] >= DAY + DAY_MS]
            assert [found.time for found in reader.rows(PAIR, Timeframe.M1)] == [DAY + 2 * DAY_MS]
            assert reader.ledger("BTCUSDT") == ledger
            assert reader.bars("BTCUSDT", Timeframe.M1) == bars
            assert findings(data) == before == []
            assert delete_retired(data / DATABASE) == (0 if swept else 3)
    connection = connect(data / DATABASE, read_only=True)
    kept = connection.execute("SELECT day, rows, length(sha256), ranges FROM retired WHERE kind = 'trades'").fetchall()
    connection.close()
    first = [i for i in IDS if TIMES[i] < DAY + DAY_MS]
    assert kept == [
        (DAY, len(first), 64, f"[[0,39,{TIMES[0]},{TIMES[39]}],[50,{first[-1]},{TIMES[50]},{TIMES[first[-1]]}]]")
    ]
    assert len(everything) == len(IDS)


def test_the_doctor_rebuilds_a_ledger_that_vouches_for_what_is_gone(data: Path) -> None:
    reader = StoreReader(data / DATABASE)
    before = reader.ledger("BTCUSDT")
    with store(data) as (writer, _):
        retired(data, writer)
    delete_retired(data / DATABASE)
    connection = connect(data / DATABASE)
    connection.execute("DELETE FROM ledger")
    connection.close()
    examine(data / DATABASE, repair=True)
    assert reader.ledger("BTCUSDT") == before
    assert findings(data) == []


def test_a_bar_of_a_day_that_is_gone_is_not_made_of_what_is_left(data: Path) -> None:
    reader = StoreReader(data / DATABASE)
    before = reader.bars("BTCUSDT", Timeframe.M1)
    ranges, _ = reader.ledger("BTCUSDT")
    tape = Tape("BTCUSDT")
    with store(data) as (writer, _):
        retired(data, writer)
        late, _ = accepted(tape, [45], times=[TIMES[40] + 1])  # nobody's, but a bar of that day is asked for
        writer.submit([*late, BarsOutdated("BTCUSDT", Timeframe.M1, before[3].open_time)], {"BTCUSDT": ranges})
    assert reader.bars("BTCUSDT", Timeframe.M1) == before


def test_what_is_gone_comes_again_without_a_conflict_and_is_not_taken(data: Path) -> None:
    with store(data) as (writer, _):
        retired(data, writer)
    ids = [i for i in IDS if TIMES[i] < DAY + 2 * DAY_MS]
    with DataDirectory(data) as directory, ImportTarget(directory.database) as target:
        assert target.add_trades(trades(ids, times=[TIMES[i] for i in ids])) == (0, [])
        changed = [TIMES[i] + 1 for i in ids]
        new, conflicts = target.add_trades(trades(ids, times=changed))
        assert new == 0
        assert conflicts == [i for i in ids if TIMES[i] >= DAY + DAY_MS]


def test_a_day_beside_one_that_is_gone_is_archived(data: Path) -> None:
    """Ids of two days interleave at midnight: those that are gone still count."""
    with store(data) as (writer, _):
        ranges, _ = StoreReader(data / DATABASE).ledger("BTCUSDT")
        retired(data, writer)
        tape = Tape("BTCUSDT")
        tape.ledger._ranges = list(ranges)
        ids, times = [900, 901], [DAY + 1, DAY + 3 * DAY_MS - 1]  # the first is of the day that is gone
        writer.submit(*accepted(tape, ids, times=times))
        writer.submit([bar(DAY + 3 * DAY_MS)], {})
    assert compact(data / DATABASE, now=NOW + 2 * DAY_MS).skipped == []
    parts = sorted(path.name for path in (data / "archive" / "trades" / "BTCUSDT").iterdir())
    assert "2023-11-15-2.parquet" in parts


def test_a_file_that_cannot_be_read_is_not_forgotten(data: Path) -> None:
    (data / "archive" / "trades" / "BTCUSDT" / "2023-11-15.parquet").write_bytes(b"x")
    with store(data) as (writer, _), pytest.raises(StoreError, match="cannot be read"):
        retired(data, writer)
    assert delete_retired(data / DATABASE) == 0


def test_nothing_goes_unless_it_is_asked_for(data: Path) -> None:
    with store(data) as (writer, _):
        nothing = {"trades": 0, "analytics": 0}
        done = retire(
            data / DATABASE, now=NOW * 2, keep_days=nothing, transact=lambda f: writer.run(f).result(10),
            stopped=lambda: False,
        )  # fmt: skip
        assert done == []
    assert np.array_equal(StoreReader(data / DATABASE).trades("BTCUSDT").ids, IDS)
