"""The doctor finds what was broken, says it, mends what the trades can mend, and deletes nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
from typer.testing import CliRunner

from spreadscope.cli import app
from spreadscope.model.errors import StoreError
from spreadscope.model.facts import Gap
from spreadscope.model.states import BarOrigin, GapState
from spreadscope.model.timeframe import Timeframe
from spreadscope.store.archive.compaction import DAY_MS, compact
from spreadscope.store.directory import DATABASE, DataDirectory, connect
from spreadscope.store.maintenance.diagnosis import Diagnosis, examine
from spreadscope.store.reader import StoreReader
from spreadscope.store.trades import trade_blocks
from spreadscope.store.trades.block_codec import encode
from spreadscope.store.trades.trade_columns import TradeColumns, select_rows
from spreadscope.tape.tape import Tape
from tests.store.editing import edit
from tests.support.facts import accepted, bar, store
from tests.support.streams import disturbed, run, true_trades

START = 1_700_006_400_000 - 40_000  # 40 s before midnight
NOW = START + 10 * DAY_MS


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A session of the whole core over a disturbed market that crosses midnight."""
    engine, facts = run(disturbed(true_trades(90, seed=3, start=START), seed=4))
    with store(tmp_path) as (writer, _):
        writer.submit(facts, {symbol: engine.ledger(symbol) for symbol in engine.tapes})
    return tmp_path


def look(data: Path, *, repair: bool = False) -> Diagnosis:
    return examine(data / DATABASE, repair=repair)


@pytest.mark.parametrize("archive", [False, True])
def test_a_sound_store_is_sound(data: Path, archive: bool) -> None:
    if archive:
        assert compact(data / DATABASE, now=NOW).skipped == []
    result = look(data)
    assert result.findings == []
    assert result.checked["trades"] > 300
    assert (result.checked["files"] > 10) is archive


@pytest.mark.parametrize("archive", [False, True])
@pytest.mark.parametrize(
    ("damage", "check", "text"),
    [
        ("UPDATE ledger SET last = last + 5 WHERE symbol_id = 1", "ledger", "and they are not stored"),
        ("UPDATE ledger SET last = last - 5 WHERE symbol_id = 1", "ledger", "the ledger does not know them"),
        ("DELETE FROM ledger WHERE symbol_id = 2", "ledger", "the ledger does not know them"),
    ],
)
def test_the_ledger_is_rebuilt_from_the_ids(data: Path, archive: bool, damage: str, check: str, text: str) -> None:
    if archive:
        compact(data / DATABASE, now=NOW)
    reader = StoreReader(data / DATABASE)
    before = {symbol: [(r.first, r.last) for r in reader.ledger(symbol)[0]] for symbol in reader.symbols()}
    edit(data, damage)
    findings = [finding for finding in look(data).findings if finding.check == check]
    assert findings
    assert text in findings[0].text
    assert findings[0].repair
    result = look(data, repair=True)
    assert [finding for finding in result.repaired if finding.check == check] == findings
    assert look(data).findings == []
    assert {symbol: [(r.first, r.last) for r in reader.ledger(symbol)[0]] for symbol in reader.symbols()} == before


@pytest.mark.parametrize("archive", [False, True])
def test_bars_are_rebuilt_from_their_trades(data: Path, archive: bool) -> None:
    reader = StoreReader(data / DATABASE)
    before = reader.bars("BTCUSDT", Timeframe.S1)
    edit(
        data,
        "UPDATE bars SET high = high + 1 WHERE (symbol_id, timeframe, open_time) = (1, '1s', ?)",
        before[5].open_time,
    )
    edit(
        data,
        "UPDATE bars SET complete = NOT complete WHERE (symbol_id, timeframe, open_time) = (1, '1s', ?)",
        before[7].open_time,
    )
    if archive:
        compact(data / DATABASE, now=NOW)
    findings = look(data).findings
    assert len(findings) == 2
    assert "its trades give" in findings[0].text
    assert "the ledger proves it whole" in findings[1].text
    assert look(data, repair=True).findings == []
    assert look(data).findings == []
    assert reader.bars("BTCUSDT", Timeframe.S1) == before


def test_a_missing_bar_and_a_bar_of_nothing(data: Path) -> None:
    reader = StoreReader(data / DATABASE)
    before = reader.bars("BTCUSDT", Timeframe.S1)
    edit(data, "DELETE FROM bars WHERE symbol_id = 1 AND timeframe = '1s' AND open_time = ?", before[5].open_time)
    with store(data) as (writer, _):
        writer.submit([bar(START - 60_000)], {})
        writer.submit([bar(START - 120_000, origin=BarOrigin.KLINE)], {})  # a kline needs no trades
    texts = [finding.text for finding in look(data).findings]
    assert any("is missing" in text for text in texts)
    assert any("has no trades" in text for text in texts)
    (left,) = look(data, repair=True).findings
    assert ("has no trades" in left.text, left.repair) == (True, "")
    rebuilt = reader.bars("BTCUSDT", Timeframe.S1)
    assert [msgspec.structs.replace(b, bid=None, ask=None) for b in rebuilt] == [
        msgspec.structs.replace(b, bid=None, ask=None) for b in before
    ]


def test_gaps_are_recorded_and_want_evidence(tmp_path: Path) -> None:
    with store(tmp_path) as (writer, _):
        writer.submit(*accepted(Tape("BTCUSDT"), [*range(10), *range(20, 30)]))
        writer.submit([Gap("BTCUSDT", 50, 60, GapState.PERMANENT, 5, 6, 7)], {})
    findings = look(tmp_path).findings
    assert [finding.text for finding in findings] == [
        "trades 10…19 are missing, and no gap is recorded for them",
        "trades 50…60 were given up (permanent) without evidence",
    ]
    assert len(look(tmp_path, repair=True).findings) == 1
    opened = [gap for gap in StoreReader(tmp_path / DATABASE).gaps() if gap.state is GapState.OPEN]
    assert [(gap.first, gap.last, gap.evidence) for gap in opened] == [(10, 19, "found by doctor")]


def test_an_upstream_hole_is_part_of_the_ledger(tmp_path: Path) -> None:
    tape = Tape("BTCUSDT")
    with store(tmp_path) as (writer, _):
        writer.submit(*accepted(tape, [*range(10), *range(20, 30)]))
        facts = tape.upstream_hole(10, 19, "REST skips them", permanent=False)
        writer.submit(facts, {"BTCUSDT": tape.ledger.ranges})
    assert look(tmp_path).findings == []
    edit(tmp_path, "DELETE FROM ledger")
    look(tmp_path, repair=True)
    assert look(tmp_path).findings == []


def test_files_of_the_archive(data: Path) -> None:
    compact(data / DATABASE, now=NOW)
    folder = data / "archive"
    file = folder / "trades" / "BTCUSDT" / "2023-11-14.parquet"
    content = file.read_bytes()
    (folder / "trades" / "rest.parquet.tmp").write_bytes(b"x")
    file.write_bytes(content[:-1] + b"?")
    findings = {finding.subject: finding.text for finding in look(data, repair=True).findings}
    assert "checksum differs" in findings["trades/BTCUSDT/2023-11-14.parquet"]
    assert "belongs to nothing" in findings["trades/rest.parquet.tmp"]
    file.unlink()
    assert (
        "the file is missing" in {f.subject: f.text for f in look(data).findings}["trades/BTCUSDT/2023-11-14.parquet"]
    )
    assert (folder / "trades" / "rest.parquet.tmp").exists()
    file.write_bytes(content)
    assert len(look(data).findings) == 1


def harm(data: Path, change: Callable[[TradeColumns], TradeColumns]) -> None:
    """Write the first block of a symbol anew with other content and the bounds it had."""
    connection = connect(data / DATABASE)
    block = trade_blocks.blocks(connection, 1)[0]
    changed = encode(change(trade_blocks.read_block(connection, block.block)))
    connection.execute("UPDATE trade_blocks SET data = ? WHERE block = ?", (changed, block.block))
    connection.close()


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda columns: select_rows(columns, slice(1, None)), "trades, and its row says"),
        (lambda columns: select_rows(columns, np.arange(len(columns[0]))[::-1]), "is not in the order of ids"),
        (lambda columns: (columns[0], columns[1] + 1, *columns[2:]), "has the bounds"),
        (lambda columns: (np.maximum(columns[0], columns[0][1]), *columns[1:]), "twice"),
    ],
)
def test_a_block_that_is_not_what_its_row_says(
    data: Path, change: Callable[[TradeColumns], TradeColumns], text: str
) -> None:
    harm(data, change)
    (finding,) = look(data, repair=True).findings
    assert (finding.check, finding.subject, finding.repair) == ("blocks", "BTCUSDT", "")
    assert text in finding.text
    assert look(data).checked["symbols"] == 2  # the other one is judged all the same


def test_a_damaged_block_is_named_and_reads_say_so(data: Path) -> None:
    edit(data, "UPDATE trade_blocks SET data = substr(data, 1, length(data) - 1) WHERE symbol_id = 1")
    findings = look(data, repair=True).findings
    assert {(finding.check, finding.subject) for finding in findings} == {("blocks", "BTCUSDT")}
    assert "is damaged (its checksum differs)" in findings[0].text
    with pytest.raises(StoreError, match=r"is damaged .*: see spreadscope doctor"):
        StoreReader(data / DATABASE).trades("BTCUSDT")


@pytest.mark.parametrize(("factor", "text"), [(1.0, "(the same)"), (2.0, "with another price")])
def test_blocks_that_hold_the_same_trade(data: Path, factor: float, text: str) -> None:
    reader = StoreReader(data / DATABASE)
    before = reader.trades("BTCUSDT")
    connection = connect(data / DATABASE)
    ids, times, prices, quantities, sides = select_rows(trade_blocks.read(connection, 1, 0, 1 << 62), slice(5, 7))
    trade_blocks.add(connection, 1, [(ids, times, prices * factor, quantities, sides)])
    connection.close()
    (finding,) = look(data).findings
    assert text in finding.text
    assert "the one written first is read" in finding.text
    after = reader.trades("BTCUSDT")
    assert (after.ids.tolist(), after.prices.tolist()) == (before.ids.tolist(), before.prices.tolist())


def test_rows_of_no_symbol(data: Path) -> None:
    edit(data, "INSERT INTO bars SELECT 99, timeframe, open_time, 1, 1, 1, 1, 1, 1, 1, 'tape', 1, 1 FROM bars LIMIT 3")
    (finding,) = look(data).findings
    assert (finding.check, finding.subject, finding.text) == (
        "foreign keys", "bars", "3 rows belong to no symbol of the store",
    )  # fmt: skip


def test_the_command(data: Path) -> None:
    command = CliRunner()
    assert command.invoke(app, ["doctor", "--data", str(data)]).exit_code == 0
    edit(data, "UPDATE ledger SET last = last + 5 WHERE symbol_id = 1")
    result = command.invoke(app, ["doctor", "--data", str(data)])
    assert result.exit_code == 1
    assert "--repair would rebuild the ledger" in result.output
    result = command.invoke(app, ["doctor", "--data", str(data), "--json"])
    assert (result.exit_code, msgspec.json.decode(result.stdout)["healthy"]) == (1, False)
    assert command.invoke(app, ["doctor", "--data", str(data), "--repair"]).exit_code == 0
    assert command.invoke(app, ["archive", "--data", str(data)]).exit_code == 0
    assert command.invoke(app, ["doctor", "--data", str(data)]).exit_code == 0
    assert "there is no store" in str(command.invoke(app, ["doctor", "--data", str(data / "none")]).exception)
    with DataDirectory(data):
        said = str(command.invoke(app, ["archive", "--data", str(data)]).exception)
    assert "an engine is writing to" in said
    assert "archives closed days by itself" in said
    assert "2026-11-22" in str(command.invoke(app, ["archive", "--data", str(data), "--before", "x"]).exception)
