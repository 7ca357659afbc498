"""Exports: exact numbers, half-open ranges, demo marks, and no formulas for a spreadsheet."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest

from spreadscope.model.errors import ConfigError
from spreadscope.model.states import ExportFormat, ExportKind
from spreadscope.model.timeframe import Timeframe
from spreadscope.store import export
from spreadscope.store.directory import DATABASE, bind_source
from spreadscope.store.export import COLUMNS, ExportRequest
from spreadscope.store.labels import Label, label_of_document, label_of_line, merge_labels
from spreadscope.store.reader import StoreReader
from spreadscope.tape.tape import Tape
from tests.support.facts import PAIR, accepted, alert, bar, row, signal, store
from tests.support.market import START

PRICES = [0.1, 1 / 3, 1e-8, 123456.78, 5e-324, 84551.1]
N = 12_000  # more than two pages
TIMES = [START + i * 10 for i in range(N)]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> StoreReader:
    path = tmp_path_factory.mktemp("market")
    with store(path) as (writer, _):
        facts, ledger = accepted(
            Tape("BTCUSDT"), range(N), times=TIMES, prices=[PRICES[i % 6] for i in range(N)],
            quantities=[PRICES[-i % 6] for i in range(N)],
        )  # fmt: skip
        writer.submit(facts, ledger)
        day = 86_400_000
        writer.submit([bar(START), bar(START + 60_000, complete=False), bar(START + 40 * day)], {})
        writer.submit(
            [row(START), row(START + 60_000, value=2 / 3), signal(START), signal(START + 60_000, cause="=1+1")], {}
        )
        writer.submit([alert(START + i, value=PRICES[i % 6], name="=1+1") for i in range(N // 2)], {})
    return StoreReader(path / DATABASE)


def request(kind: ExportKind, form: ExportFormat = ExportFormat.CSV, **other: Any) -> ExportRequest:
    of = {"symbol": "BTCUSDT"} if kind in {ExportKind.TICKS, ExportKind.BARS} else {"pair": PAIR}
    return ExportRequest(kind, form, **of, **other)


def read(reader: StoreReader, asked: ExportRequest) -> list[dict[str, str]]:
    text = b"".join(export.text_chunks(reader, asked)).decode()
    return list(csv.DictReader(line for line in io.StringIO(text) if not line.startswith("#")))


def test_ticks_come_out_exactly(reader: StoreReader) -> None:
    rows = read(reader, request(ExportKind.TICKS))
    assert [int(r["id"]) for r in rows] == list(range(N))
    assert [int(r["time"]) for r in rows] == TIMES
    assert [float(r["price"]) for r in rows] == [PRICES[i % 6] for i in range(N)]
    assert [float(r["quantity"]) for r in rows] == [PRICES[-i % 6] for i in range(N)]
    assert [r["buyer_maker"] for r in rows[:2]] == ["true", "false"]


@pytest.mark.parametrize("kind", [kind for kind in ExportKind if not kind.of_account])
@pytest.mark.parametrize("form", [ExportFormat.NDJSON, ExportFormat.PARQUET])
def test_every_format_holds_the_same(reader: StoreReader, tmp_path: Path, kind: ExportKind, form: ExportFormat) -> None:
    expected = [
        dict(zip(COLUMNS[kind], line, strict=True)) for page in export.row_pages(reader, request(kind)) for line in page
    ]
    assert expected
    asked = request(kind, form)
    if form is ExportFormat.NDJSON:
        assert [
            msgspec.json.decode(line) for line in b"".join(export.text_chunks(reader, asked)).splitlines()
        ] == expected
        return
    path = tmp_path / asked.file_name(demo=False)
    assert export.write_parquet(reader, asked, path) == len(expected)
    table = pq.read_table(path)
    assert table.to_pylist() == expected
    assert table.column_names == list(COLUMNS[kind])
    assert b"demo" not in (table.schema.metadata or {})


@pytest.mark.parametrize(("start", "end"), [(0, 0), (1, 2), (5, 6000), (4999, 5001), (N - 1, N), (0, N), (N, N + 9)])
def test_times_are_half_open(reader: StoreReader, start: int, end: int) -> None:
    rows = read(reader, request(ExportKind.TICKS, start=START + start * 10, end=START + end * 10))
    assert [int(r["id"]) for r in rows] == list(range(start, min(end, N)))


@pytest.mark.parametrize("kind", [ExportKind.BARS, ExportKind.ANALYTICS, ExportKind.SIGNALS])
def test_so_are_those_of_bars_rows_and_signals(reader: StoreReader, kind: ExportKind) -> None:
    assert len(read(reader, request(kind, end=START + 60_000))) == 1
    assert len(read(reader, request(kind, start=START + 1, end=START + 60_001))) == 1
    assert len(read(reader, request(kind, start=START + 60_001, end=START + 61_000))) == 0
    assert read(reader, request(kind, timeframe=Timeframe.S1)) == []


def test_bars_and_rows(reader: StoreReader) -> None:
    rows = read(reader, request(ExportKind.BARS))
    assert [r["complete"] for r in rows] == ["true", "false", "true"]
    assert float(rows[0]["volume"]) == 0.30000000000000004
    (first, _) = read(reader, request(ExportKind.ANALYTICS))
    assert (first["z"], first["price_x"], first["stale"]) == ("", "", "true")
    assert "z: stale leg" in first["reasons"]
    assert float(first["beta"]) == 1 / 3


def test_text_is_never_a_formula(reader: StoreReader) -> None:
    assert [r["cause"] for r in read(reader, request(ExportKind.SIGNALS))][1] == "'=1+1"
    for text in ("=1", "+1", "-1", "@x", "\tx", "\rx"):
        assert export._neutralise(text) == f"'{text}"
    assert export._neutralise("z +2.5") == "z +2.5"


def test_demo_data_say_so_everywhere(tmp_path: Path) -> None:
    with store(tmp_path) as (writer, reader):
        bind_source(tmp_path / DATABASE, "demo", "seed 7\n=evil")
        writer.submit(*accepted(Tape("BTCUSDT"), [1]))
    asked = request(ExportKind.TICKS)
    lines = b"".join(export.text_chunks(reader, asked)).decode().splitlines()
    assert lines[0] == "# DEMO DATA, not a market: seed 7 =evil"
    assert lines[1] == "id,time,price,quantity,buyer_maker"
    assert b'"demo":"DEMO DATA' in b"".join(export.text_chunks(reader, request(ExportKind.TICKS, ExportFormat.NDJSON)))
    path = tmp_path / "x.parquet"
    export.write_parquet(reader, request(ExportKind.TICKS, ExportFormat.PARQUET), path)
    assert b"DEMO DATA" in pq.read_schema(path).metadata[b"demo"]
    assert asked.file_name(demo=True) == "DEMO-BTCUSDT-ticks.csv"


def test_a_request_names_its_subject(reader: StoreReader) -> None:
    for kind, needs in (
        (ExportKind.TICKS, "symbol"),
        (ExportKind.BARS, "symbol"),
        (ExportKind.ANALYTICS, "pair"),
        (ExportKind.SIGNALS, "pair"),
    ):
        with pytest.raises(ConfigError, match=f"are of a {needs}"):
            export.row_pages(reader, ExportRequest(kind))
    assert request(ExportKind.BARS).file_name(demo=False) == "BTCUSDT-bars-1m.csv"
    assert request(ExportKind.SIGNALS).file_name(demo=False) == "BTCUSDT-牛来USDT-signals-1m.csv"
    assert read(reader, ExportRequest(ExportKind.TICKS, symbol="NONE")) == []


def test_a_bar_or_a_row_years_ahead_costs_one_page_more(tmp_path: Path) -> None:
    far = START + 500_000 * 365 * 86_400_000
    with store(tmp_path) as (writer, _):
        writer.submit([bar(START), bar(far), row(START), row(far)], {})
    reader = StoreReader(tmp_path / DATABASE)
    pages = 0

    class Counting(StoreReader):
        def bars(self, *of: Any, **more: Any) -> Any:
            nonlocal pages
            pages += 1
            return super().bars(*of, **more)

    rows = read(Counting(tmp_path / DATABASE), request(ExportKind.BARS, timeframe=bar(START).timeframe))
    assert [int(each["open_time"]) for each in rows] == [START, far]
    assert pages <= 4
    assert [
        int(each["time"]) for each in read(reader, request(ExportKind.ANALYTICS, timeframe=row(START).timeframe))
    ] == [
        START,
        far,
    ]
    assert read(reader, request(ExportKind.BARS, timeframe=bar(START).timeframe, start=START + 1, end=far)) == []


def test_the_largest_id_there_is_comes_out(tmp_path: Path) -> None:
    largest = 2**63 - 1
    with store(tmp_path) as (writer, _):
        facts, ledger = accepted(Tape("BTCUSDT"), [largest - 1, largest])
        writer.submit(facts, ledger)
    assert [int(each["id"]) for each in read(StoreReader(tmp_path / DATABASE), request(ExportKind.TICKS))] == [
        largest - 1,
        largest,
    ]


def test_a_bar_far_in_the_future_and_the_largest_id_do_not_keep_an_export(tmp_path: Path) -> None:
    largest = (1 << 63) - 1
    with store(tmp_path) as (writer, _):
        facts, ledger = accepted(Tape("BTCUSDT"), [1, 2, largest], times=[START, START + 1, START + 2])
        writer.submit(facts, ledger)
        ahead = [bar(START), bar(START + 60_000), bar(1 << 55), bar((1 << 61) + 60_000)]
        writer.submit(ahead, {})
        writer.submit([row(START), row(1 << 58)], {})
    found = StoreReader(tmp_path / DATABASE)
    assert [line[0] for page in export.row_pages(found, request(ExportKind.TICKS)) for line in page] == [1, 2, largest]
    times = [line[0] for page in export.row_pages(found, request(ExportKind.BARS)) for line in page]
    assert times == [START, START + 60_000, 1 << 55, (1 << 61) + 60_000]
    assert [line[0] for page in export.row_pages(found, request(ExportKind.ANALYTICS)) for line in page] == [
        START,
        1 << 58,
    ]


@pytest.mark.parametrize("form", ExportFormat)
def test_prints_that_are_no_trades_are_left_out_and_named(tmp_path: Path, form: ExportFormat) -> None:
    with store(tmp_path) as (writer, _):
        facts, ledger = accepted(
            Tape("BTCUSDT"), range(1, 8), times=[START + i for i in range(7)],
            prices=[1.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0], quantities=[1.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0],
        )  # fmt: skip
        writer.submit(facts, ledger)
    found, asked = StoreReader(tmp_path / DATABASE), request(ExportKind.TICKS, form)
    assert [line[0] for page in export.row_pages(found, asked) for line in page] == [1, 3, 6, 7]
    if form is ExportFormat.PARQUET:
        export.write_parquet(found, asked, tmp_path / "t.parquet")
        assert pq.read_metadata(tmp_path / "t.parquet").metadata[b"no_trades"] == b"[[2,2],[4,5]]"
        return
    text = b"".join(export.text_chunks(found, asked)).decode()
    last = text.splitlines()[-1]
    assert last == (
        "# ids without a market trade: 2, 4-5" if form is ExportFormat.CSV else '{"no_trades":[[2,2],[4,5]]}'
    )


def test_what_a_label_says_is_read_again() -> None:
    label = Label("seed 7", "ticks.ndjson", ((2, 2), (4, 5)))
    read = Label()
    for line in label.lines():
        read = merge_labels(read, label_of_line(line))
    assert read == label
    assert label_of_document(label.document()) == label
    assert label_of_document({"demo": 1}) is None
    assert label_of_document({"id": 1, "demo": "x"}) is None
    assert label_of_document({}) is None
    assert label_of_line("anything else") == Label()
