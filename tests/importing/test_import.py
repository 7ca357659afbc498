"""Imports: every row is accounted for, twice is once, and what was exported comes back equal."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest
from typer.testing import CliRunner

from spreadscope.cli import app
from spreadscope.commands.exporting import run_export
from spreadscope.importing.kinds import Content, parse_columns
from spreadscope.importing.names import subject_of_name
from spreadscope.importing.run import Options, import_file
from spreadscope.model.errors import ConfigError, SpreadscopeError, StoreError
from spreadscope.model.states import ExportFormat, ExportKind
from spreadscope.model.timeframe import Timeframe
from spreadscope.store import export
from spreadscope.store.archive import parquet_file
from spreadscope.store.directory import DATABASE, DataDirectory, bind_source, connect
from spreadscope.store.export import ExportRequest
from spreadscope.store.import_target import ImportTarget
from spreadscope.store.maintenance.diagnosis import examine
from spreadscope.store.reader import StoreReader
from spreadscope.tape.tape import Tape
from tests.importing.bringing import bring
from tests.support.facts import PAIR, accepted, bar, row, signal, store
from tests.support.market import START

AGG_HEADER = "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker\n"
AGG = [
    f"{i},{100 + i % 7 / 10},{0.001 * (1 + i % 5):.3f},{i},{i},{START + i * 700},{'true' if i % 2 else 'false'}"
    for i in range(500)
]


def with_changed_bytes(place: int, local: bytes, central: bytes = b"") -> bytes:
    """A zip of trades with other bytes in the member's header or data, and in its entry in the directory at the end."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("t.csv", "\n".join(AGG))
    data = bytearray(target.getvalue())
    data[place : place + len(local)] = local
    entry = data.index(b"PK\x01\x02") + place + 2  # the entry has the same fields two bytes later
    data[entry : entry + len(central)] = central
    return bytes(data)


def zipped(path: Path, text: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(path.stem + ".csv", text)
    return path


def quarantined(data: Path) -> list[tuple[str, str, bytes]]:
    connection = connect(data / DATABASE, read_only=True)
    try:
        return connection.execute("SELECT connection, error, raw FROM quarantine ORDER BY rowid").fetchall()
    finally:
        connection.close()


@pytest.mark.parametrize("header", [AGG_HEADER, ""])
@pytest.mark.parametrize("unit", ["ms", "us"])
def test_agg_trades_of_the_exchange(tmp_path: Path, header: str, unit: str) -> None:
    lines = AGG
    if unit == "us":
        lines = [",".join([*(c := line.split(","))[:5], c[5] + "123", c[6]]) for line in lines]
    file = zipped(tmp_path / "BTCUSDT-aggTrades-2023-11-14.zip", header + "\n".join(lines) + "\n")
    (result,) = bring(tmp_path / "d", file)
    assert (result.content, result.subjects, result.read, result.new) == ("ticks", ["BTCUSDT"], 500, 500)
    assert result.bars > 100
    reader = StoreReader(tmp_path / "d" / DATABASE)
    held = reader.trades("BTCUSDT")
    assert held.ids.tolist() == list(range(500))
    assert held.times.tolist() == [START + i * 700 for i in range(500)]
    assert held.prices.tolist() == [float(f"{100 + i % 7 / 10}") for i in range(500)]
    assert examine(tmp_path / "d" / DATABASE).findings == []
    assert reader.meta() == {"mode": "import", "source": "files"}
    (again,) = bring(tmp_path / "d", file)
    assert (again.read, again.new, again.repeated, again.conflicts, again.bars) == (500, 0, 500, 0, 0)


def test_bad_rows_are_counted_kept_and_shown(tmp_path: Path) -> None:
    lines = list(AGG[:10])
    lines[2] = "2,NA,0.5,2,2,1700000100020,true"
    lines[3] = "3,-1,0.5,3,3,1700000100020,true"
    lines[4] = "4,1,nan,4,4,1700000100020,true"
    lines[5] = "5,1,1,5,5,12,true"
    lines[6] = "6,1,1,6,6,1700000100020,maybe"
    lines[7] = "x"
    lines[8] = '"unclosed'
    file = tmp_path / "BTCUSDT-aggTrades-2023-11-14.csv"
    file.write_bytes(("\ufeff" + AGG_HEADER + "\r\n".join(lines)).encode() + b"\r\n\xff\xfe,1,1,1,1,1,1\n")
    (result,) = bring(tmp_path / "d", file)
    assert (result.read, result.new, result.bad, result.left_out) == (11, 3, 8, 0)
    kept = quarantined(tmp_path / "d")
    assert len(kept) == 8
    assert kept[0] == ("import BTCUSDT-aggTrades-2023-11-14.csv", "line 4: the price is no price", lines[2].encode())
    assert result.notes[0] == f"line 4: the price is no price: {lines[2]}"
    assert result.missing == 7
    assert [(gap.first, gap.last) for gap in StoreReader(tmp_path / "d" / DATABASE).gaps()] == [(2, 8)]
    bring(tmp_path / "d", file)
    assert len(quarantined(tmp_path / "d")) == 8


def test_a_hole_between_files_is_filled_by_the_next(tmp_path: Path) -> None:
    parts = []
    for number, chosen in enumerate((AGG[:100], AGG[200:], AGG[90:210])):
        parts.append(tmp_path / f"BTCUSDT-aggTrades-2023-11-1{number}.csv")
        parts[-1].write_text(AGG_HEADER + "\n".join(chosen))
    results = bring(tmp_path / "d", *parts)
    assert [(r.new, r.repeated, r.missing) for r in results] == [(100, 0, 0), (300, 0, 100), (100, 20, 0)]
    reader = StoreReader(tmp_path / "d" / DATABASE)
    assert [(r.first, r.last) for r in reader.ledger("BTCUSDT")[0]] == [(0, 499)]
    assert [gap.state.value for gap in reader.gaps()] == ["filled"]
    assert examine(tmp_path / "d" / DATABASE).findings == []


def test_other_content_under_a_held_id_is_a_conflict(tmp_path: Path) -> None:
    one, other = tmp_path / "BTCUSDT-aggTrades-2023-1.csv", tmp_path / "BTCUSDT-aggTrades-2023-2.csv"
    one.write_text(AGG_HEADER + "\n".join(AGG))
    other.write_text(AGG_HEADER + "\n".join([AGG[0], AGG[1].replace("100.1", "999.9")]))
    _, second = bring(tmp_path / "d", one, other, symbol="BTCUSDT")
    assert (second.new, second.repeated, second.conflicts) == (0, 2, 1)
    assert second.notes == ["trade 1 is held with other content: the one that is held stays"]
    assert StoreReader(tmp_path / "d" / DATABASE).trades("BTCUSDT").prices[1] == 100.1


RAW = [
    "10,100.5,0.2,20.1,1700000100000,true", "11,100.5,0.3,30.1,1700000100000,true",
    "13,100.5,0.3,30.1,1700000100000,false", "14,0,0,0,1700000100001,false", "15,101,1,101,1700000100500,false",
]  # fmt: skip


def test_raw_trades_are_aggregated_and_enter_once(tmp_path: Path) -> None:
    file = zipped(tmp_path / "BTCUSDT-trades-2023-11-14.zip", "\n".join(RAW))
    more = tmp_path / "BTCUSDT-trades-2023-11-15.csv"
    more.write_text(
        "id,price,qty,quote_qty,time,is_buyer_maker\n" + "\n".join([*RAW[3:], "16,102,1,1,1700000200000,true"])
    )
    first, again, last = bring(tmp_path / "d", file, file, more)
    assert (first.content, first.read, first.new, first.left_out) == ("trades", 5, 3, 1)
    assert (again.new, again.repeated) == (0, 4)
    assert (last.new, last.repeated, last.left_out) == (1, 1, 1)
    held = StoreReader(tmp_path / "d" / DATABASE).trades("BTCUSDT")
    # The raw id 12 did not come: one aggregate id stays free for it. The print 14 has one of its own, and is no trade.
    assert held.ids.tolist() == [1, 3, 4, 5]
    assert held.quantities.tolist() == [0.5, 0.3, 1.0, 1.0]
    assert held.buyer_maker.tolist() == [True, False, False, True]
    ticks = tmp_path / "BTCUSDT-aggTrades-2023-11-14.csv"
    ticks.write_text("\n".join(AGG))
    with pytest.raises(StoreError, match="made from raw trades"):
        bring(tmp_path / "d", ticks)
    bring(tmp_path / "e", ticks)
    with pytest.raises(StoreError, match="cannot join"):
        bring(tmp_path / "e", file)


KLINE = (
    "open_time,open,high,low,close,volume,close_time,quote_volume,count,"
    "taker_buy_volume,taker_buy_quote_volume,ignore\n"
)


@pytest.mark.parametrize("header", [KLINE, ""])
def test_klines(tmp_path: Path, header: str) -> None:
    rows = [
        f"{START + i * 300_000},1.0,2.5,0.5,{1 + i / 10},10.5,"
        f"{START + (i + 1) * 300_000 - 1},1,{5 if i != 3 else 0},1,NA,0"
        for i in range(6)
    ]
    rows[4] = rows[4].replace(",2.5,", ",0.9,")
    file = zipped(tmp_path / "BCHUSDT-5m-2023-11.zip", header + "\n".join(rows))
    (result,) = bring(tmp_path / "d", file)
    assert (result.content, result.new, result.left_out, result.bad) == ("bars", 4, 1, 1)
    assert "high and low do not hold" in result.notes[0]
    bars = StoreReader(tmp_path / "d" / DATABASE).bars("BCHUSDT", Timeframe.M5)
    assert [b.open_time for b in bars] == [START + i * 300_000 for i in (0, 1, 2, 5)]
    assert {(b.origin.value, b.complete, b.trades) for b in bars} == {("kline", True, 5)}
    assert bring(tmp_path / "d", file)[0].repeated == 4
    with pytest.raises(ConfigError, match="holds bars of 1h: the store keeps 1s, 1m, 5m"):
        bring(tmp_path / "d", file.rename(tmp_path / "BCHUSDT-1h-2023-11.zip"))


def fill(data: Path) -> None:
    with store(data) as (writer, _):
        writer.submit(*accepted(Tape("BTCUSDT"), [*range(50), *range(60, 100)]))
        writer.submit([bar(START), bar(START + 60_000, complete=False)], {})
        writer.submit(
            [row(START), row(START + 60_000, value=2 / 3), signal(START), signal(START + 60_000, cause="=1+1")], {}
        )


def test_the_history_of_alerts_is_not_imported(tmp_path: Path) -> None:
    fill(tmp_path / "a")
    file = tmp_path / "alerts.csv"
    file.write_bytes(
        b"".join(
            export.text_chunks(
                StoreReader(tmp_path / "a" / DATABASE), ExportRequest(ExportKind.ALERTS, ExportFormat.CSV)
            )
        )
    )
    with pytest.raises(ConfigError, match="is the history of alerts"):
        bring(tmp_path / "b", file)


@pytest.mark.parametrize("kind", [kind for kind in ExportKind if kind.of_account])
def test_what_is_of_a_paper_account_is_not_taken_for_the_market(tmp_path: Path, kind: ExportKind) -> None:
    columns = export.COLUMNS[kind]
    values = {"id": 7, "time": START, "symbol": "BTCUSDT", "price": 100.5, "quantity": 2.0}
    row = ",".join(str(values.get(column, "")) for column in columns)
    (tmp_path / "BTCUSDT-fills.csv").write_text(f"{','.join(columns)}\n{row}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="is of a paper account, which stays in the store it came from"):
        bring(tmp_path / "b", tmp_path / "BTCUSDT-fills.csv")


@pytest.mark.parametrize("demo", [False, True])
@pytest.mark.parametrize("form", ExportFormat)
@pytest.mark.parametrize("kind", [kind for kind in ExportKind if kind is not ExportKind.ALERTS and not kind.of_account])
def test_what_is_exported_comes_back_equal(tmp_path: Path, kind: ExportKind, form: ExportFormat, demo: bool) -> None:
    fill(tmp_path / "a")
    bind_source(tmp_path / "a" / DATABASE, *(("demo", "seed 7") if demo else ("live", "x")))
    of: dict[str, Any] = {"symbol": "BTCUSDT"} if kind in {ExportKind.TICKS, ExportKind.BARS} else {"pair": PAIR}
    asked = ExportRequest(kind, form, **of)
    first, second = StoreReader(tmp_path / "a" / DATABASE), StoreReader(tmp_path / "b" / DATABASE)
    file = tmp_path / asked.file_name(demo=demo)
    if form is ExportFormat.PARQUET:
        export.write_parquet(first, asked, file)
    else:
        file.write_bytes(b"".join(export.text_chunks(first, asked)))
    (result,) = bring(tmp_path / "b", file)
    assert (result.bad, result.notes) == (0, [])
    assert result.new == result.read > 0
    assert list(export.row_pages(second, asked)) == list(export.row_pages(first, asked))
    assert second.meta()["mode"] == ("demo" if demo else "import")
    if demo:  # its mark comes with it: it enters no market's store
        with DataDirectory(tmp_path / "c") as directory:
            bind_source(directory.database, "live", "x")
        with pytest.raises(StoreError, match="holds live data"):
            bring(tmp_path / "c", file)


def test_imported_data_do_not_enter_a_demo_and_raw_trades_no_live_tape(tmp_path: Path) -> None:
    raw, agg = tmp_path / "BTCUSDT-trades-2023-1.csv", tmp_path / "BTCUSDT-aggTrades-2023-1.csv"
    raw.write_text("\n".join(RAW))
    agg.write_text("\n".join(AGG))
    for mode, file, fails in (("demo", agg, True), ("recording", agg, True), ("live", raw, True), ("live", agg, False)):
        data = tmp_path / f"{mode}{file.stem}"
        with DataDirectory(data) as directory:
            bind_source(directory.database, mode, "s")
        if fails:
            with pytest.raises(StoreError, match="must not mix"):
                bring(data, file)
            assert StoreReader(data / DATABASE).symbols() == []
        else:
            assert bring(data, file)[0].new == 500


def test_a_column_map_and_compression(tmp_path: Path) -> None:
    text = "Stream,TradeId,T,Price,Qty,Maker,Sym\n" + "\n".join(
        f"x,{i},{START + i},1.5,2,{i % 2},btcusdt" for i in range(10)
    )
    file = tmp_path / "any.csv.gz"
    file.write_bytes(gzip.compress(text.encode()))
    columns = parse_columns("id=TradeId,time=T,price=Price,quantity=Qty,buyer_maker=Maker,symbol=Sym")
    assert bring(tmp_path / "d", file, columns=columns)[0].new == 10
    table = pa.table({
        "no": pa.array(range(10)), "at": pa.array([START + i for i in range(10)]).cast(pa.timestamp("ms")),
        "px": [1.5] * 10, "sz": [2.0] * 10,
    })  # fmt: skip
    pq.write_table(table, tmp_path / "any.parquet")
    columns = parse_columns("id=no,time=at,price=px,quantity=sz")
    (result,) = bring(tmp_path / "d", tmp_path / "any.parquet", columns=columns, symbol="ETHUSDT")
    assert (result.new, result.subjects) == (10, ["ETHUSDT"])
    with pytest.raises(ConfigError, match="name it with --symbol"):
        bring(tmp_path / "d", tmp_path / "any.parquet", columns=columns)
    with pytest.raises(ConfigError, match="there is no column 'nope'"):
        bring(tmp_path / "d", tmp_path / "any.parquet", columns={"id": "nope"})
    with pytest.raises(ConfigError, match="write our=theirs"):
        parse_columns("id:no")


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("a.csv", lambda: b""),
        ("a.csv", lambda: b"\n\n"),
        ("a.csv", lambda: b"hello world\n"),
        ("a.csv", lambda: b"a,b,c\n1,2,3\n"),
        ("a.csv", lambda: bytes(range(256)) * 40),
        ("a.json", lambda: b'{"x": 1}\n'),
        ("a.json", lambda: b'{"spreadscope":"recording","version":1}\n'),
        ("a.gz", lambda: gzip.compress(b"x" * 9999)[:30]),
        ("a.zip", lambda: b"PK\x03\x04 cut short"),
        ("damaged.zip", lambda: with_changed_bytes(40, b"\x07\x07\x07")),
        ("encrypted.zip", lambda: with_changed_bytes(6, b"\x01", b"\x01")),
        ("packed-in-an-unknown-way.zip", lambda: with_changed_bytes(8, b"\x63", b"\x63")),
        ("a.parquet", lambda: b"PAR1 nothing"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(tmp_path: Path, name: str, make: Callable[[], bytes]) -> None:
    file = tmp_path / name
    file.write_bytes(make())
    with pytest.raises(SpreadscopeError) as caught:
        bring(tmp_path / "d", file)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_names_tell_what_they_can() -> None:
    assert subject_of_name("BTCUSDT-aggTrades-2026-11-21.zip") == ("BTCUSDT", None)
    assert subject_of_name("BTCUSDT-trades-2026-11.csv") == ("BTCUSDT", None)
    assert subject_of_name("BCHUSDT-5m-2025-09.zip") == ("BCHUSDT", "5m")
    assert subject_of_name("DEMO-BTCUSDT-ticks.csv") == ("BTCUSDT", None)
    assert subject_of_name("BTCUSDT-ETHUSDT-analytics-1s.parquet") == ("BTCUSDT-ETHUSDT", "1s")
    assert subject_of_name("anything.csv") == (None, None)


def test_the_command(tmp_path: Path) -> None:
    file = zipped(tmp_path / "BTCUSDT-aggTrades-2023-11-14.zip", "\n".join([*AGG, "bad"]))
    command = CliRunner()
    result = command.invoke(app, ["import", str(file), "--data", str(tmp_path / "d")])
    assert result.exit_code == 0, result.output
    assert "501 rows of ticks (BTCUSDT): 500 new, 1 bad, quarantined" in result.stdout
    result = command.invoke(app, ["import", str(file), "--data", str(tmp_path / "d"), "--json"])
    assert msgspec.json.decode(result.stdout)["files"][0]["repeated"] == 500
    result = command.invoke(app, ["import", str(tmp_path / "none"), "--data", str(tmp_path / "d")])
    assert "there is no file" in str(result.exception)


@pytest.mark.shared
def test_a_kline_archive_of_the_exchange(tmp_path: Path, shared: Path) -> None:
    (result,) = bring(tmp_path, shared / "data" / "bars" / "BCHUSDT-5m-2025-09.zip")
    assert (result.read, result.new, result.bad) == (8640, 8640, 0)


@pytest.mark.shared
def test_recorded_trades_with_a_column_map(tmp_path: Path, shared: Path) -> None:
    ticks = shared / "data" / "ticks"
    columns = parse_columns(
        "id=TradeId,time=TransactionTime,price=Price,quantity=Quantity,buyer_maker=IsBuyerMarketMaker,"
        "symbol=Symbol,order_type=XUnknownParameter"
    )
    (one,) = bring(tmp_path / "a", ticks / "trade_usdm_trx_2025-03-04.csv.gz", columns=columns, content=Content.TRADES)
    assert (one.read, one.bad, one.left_out) == (10_000, 0, 1)
    assert 3_000 < one.new < 10_000
    (two,) = bring(tmp_path / "b", ticks / "um_trades_btc_eth_2024-08-08.parquet")
    assert (two.content, two.subjects, two.read, two.bad) == ("trades", ["BTCUSDT", "ETHUSDT"], 35_389, 0)
    assert examine(tmp_path / "b" / DATABASE).findings == []


def test_an_export_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    fill(tmp_path)
    for form in ExportFormat:
        with pytest.raises(ConfigError, match="cannot write"):
            run_export(tmp_path, ExportRequest(ExportKind.TICKS, form, "BTCUSDT"), str(tmp_path / "none" / "x"))


def test_a_full_disk_is_one_sentence_and_what_was_entered_is_whole(tmp_path: Path) -> None:
    one, two = tmp_path / "BTCUSDT-aggTrades-2023-1.csv", tmp_path / "BTCUSDT-aggTrades-2023-2.csv"
    one.write_text("\n".join(AGG[:250]))
    two.write_text("\n".join(AGG[250:]))
    bring(tmp_path / "d", one)
    with DataDirectory(tmp_path / "d") as directory, ImportTarget(directory.database) as target:
        target.connection.execute("PRAGMA query_only = 1")  # stands for every refusal of SQLite to write
        with pytest.raises(StoreError, match="cannot take the rows"):
            import_file(target, two, Options())
    assert examine(tmp_path / "d" / DATABASE).findings == []
    assert bring(tmp_path / "d", two)[0].new == 250


def test_an_archive_file_of_an_earlier_version_is_scaled_and_says_what_it_does_not_say(tmp_path: Path) -> None:
    columns = {
        "id": [1, 2], "time": [START, START + 1], "price": [100.5, 101.25], "quantity": [0.1, 0.25],
        "buyer_maker": [True, False],
    }  # fmt: skip
    file = tmp_path / "elsewhere.parquet"
    parquet_file.write(file, pa.table(columns), scaled=["price", "quantity"], increasing=["id", "time"])
    (result,) = bring(tmp_path / "d", file, symbol="BTCUSDT")
    held = StoreReader(tmp_path / "d" / DATABASE).trades("BTCUSDT")
    assert (held.prices.tolist(), held.quantities.tolist()) == ([100.5, 101.25], [0.1, 0.25])
    assert any("does not say whether its data are of a demo" in note for note in result.notes)
    # Where it still lies in its store, the store says it.
    with DataDirectory(tmp_path / "demo") as directory:
        bind_source(directory.database, "demo", "seed 3")
    inside = tmp_path / "demo" / "archive" / "trades" / "BTCUSDT" / "2023-11-14.parquet"
    inside.parent.mkdir(parents=True)
    inside.write_bytes(file.read_bytes())
    bring(tmp_path / "e", inside, symbol="BTCUSDT")
    assert StoreReader(tmp_path / "e" / DATABASE).meta()["mode"] == "demo"
    other = tmp_path / "rows.parquet"
    parquet_file.write(other, pa.table({"time": [START], "z": [1.0]}), scaled=[], increasing=["time"])
    with pytest.raises(StoreError, match="only trades and bars are imported"):
        bring(tmp_path / "f", other)


def test_prints_that_are_no_trades_are_no_holes_and_damage_is_one(tmp_path: Path) -> None:
    lines = list(AGG[:12])
    lines[3] = lines[3].replace(",100.3,", ",0,")
    lines[5] = lines[5].replace(lines[5].split(",")[2], "0.000")
    lines[8] = lines[8].replace(lines[8].split(",")[1], "1e300")
    file = tmp_path / "BTCUSDT-aggTrades-2023-11-14.csv"
    file.write_text(AGG_HEADER + "\n".join(lines))
    first, again = bring(tmp_path / "d", file, file)
    assert (first.new, first.left_out, first.bad, first.missing) == (9, 2, 1, 1)
    assert (again.new, again.repeated, again.left_out, again.missing) == (0, 9, 2, 1)
    reader = StoreReader(tmp_path / "d" / DATABASE)
    assert [(gap.first, gap.last, gap.state.value) for gap in reader.gaps()] == [
        (8, 8, "open"), (5, 5, "upstream"), (3, 3, "upstream"),
    ]  # fmt: skip
    assert [(r.first, r.last) for r in reader.ledger("BTCUSDT")[0]] == [(0, 7), (9, 11)]
    assert examine(tmp_path / "d" / DATABASE).findings == []


def test_demo_rows_behind_others_do_not_slip_in(tmp_path: Path) -> None:
    file = tmp_path / "BTCUSDT-aggTrades-2023-11-14.csv"
    many = "\n".join(f"{i},100.5,0.001,{i},{i},{START + i},true" for i in range(40_000))
    file.write_text(f"{AGG_HEADER}{many}\n# DEMO DATA, not a market: seed 7\n{AGG[1].replace('1,', '50000,', 1)}\n")
    with pytest.raises(StoreError, match="several kinds"):
        bring(tmp_path / "d", file)
    assert 50_000 not in StoreReader(tmp_path / "d" / DATABASE).trades("BTCUSDT").ids.tolist()
