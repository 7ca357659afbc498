"""The jobs of the lab on files and stores, run in this process: what becomes of what people drop."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import msgspec
import numpy as np
import polars as pl
import pytest

from spreadscope.contract.lab import FileOptions, FilesBody, FilesReport, ParameterSet, Study, StudyBody
from spreadscope.model.errors import ConfigError, SpreadscopeError
from spreadscope.model.facts import Bar
from spreadscope.model.timeframe import Timeframe
from spreadscope.research.job_kinds import INPUT, PARAMETERS
from spreadscope.research.lab import files_job, job
from spreadscope.research.lab.study_parameters import FILES_RESULT, STUDY_RESULT, study_parameters
from spreadscope.store.directory import DATABASE
from tests.research.lab.pairs_of_bars import PAIR, START, bars, settings, tied
from tests.support.facts import store

SMALL = ParameterSet(
    settings={"analytics.hedge_window": 60, "analytics.z_window": 30, "analytics.correlation_window": 30}
)


def csv_of(stored: list[Bar]) -> bytes:
    lines = ["open_time,open,high,low,close,volume"]
    lines += [f"{b.open_time},{b.open},{b.high},{b.low},{b.close},{b.volume}" for b in stored]
    return ("\n".join(lines) + "\n").encode()


def run_study(folder: Path, body: StudyBody, files: dict[str, bytes], database: Path | None = None) -> Study:
    folder.mkdir()
    drop(folder, files)
    parameters = study_parameters(body, settings().parameters, database or folder / "none.sqlite")
    (folder / PARAMETERS).write_bytes(msgspec.json.encode(parameters))
    names = job.run(folder, lambda *_: None)
    assert all((folder / name).is_file() for name in names)
    return msgspec.json.decode((folder / STUDY_RESULT).read_bytes(), type=Study)


def run_files(folder: Path, files: dict[str, bytes], options: FileOptions | None = None) -> FilesReport:
    folder.mkdir()
    drop(folder, files)
    body = FilesBody(files=("a",), file_options=options or FileOptions())
    (folder / PARAMETERS).write_bytes(msgspec.json.encode(body))
    assert files_job.run(folder, lambda *_: None) == [FILES_RESULT]
    return msgspec.json.decode((folder / FILES_RESULT).read_bytes(), type=FilesReport)


def drop(folder: Path, files: dict[str, bytes]) -> None:
    for place, (name, content) in enumerate(files.items()):
        target = folder / INPUT / f"{place:03}"
        target.mkdir(parents=True)
        (target / name).write_bytes(content)


def both_legs(rows: int = 400) -> tuple[list[Bar], list[Bar]]:
    y, x = tied(rows)
    return bars(PAIR.y, y), bars(PAIR.x, x)


def zipped(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


def parquet(stored: list[Bar]) -> bytes:
    buffer = io.BytesIO()
    names = ("open_time", "open", "high", "low", "close", "volume")
    pl.DataFrame({name: [getattr(bar, name) for bar in stored] for name in names}).write_parquet(buffer)
    return buffer.getvalue()


def test_a_study_of_files_of_every_form(tmp_path: Path) -> None:
    y, x = both_legs()
    body = StudyBody(pair=str(PAIR), sets=(SMALL,))
    plain = run_study(tmp_path / "a", body, {"AAAUSDT-1m.csv": csv_of(y), "BBBUSDT-1m.csv": csv_of(x)})
    assert plain.rows == 400
    assert [leg.source for leg in plain.legs] == ["AAAUSDT-1m.csv", "BBBUSDT-1m.csv"]
    assert [(report.used, report.bad, report.error) for report in plain.files] == [(400, 0, ""), (400, 0, "")]
    others = run_study(
        tmp_path / "b", body,
        {"AAAUSDT-1m.zip": zipped("AAAUSDT-1m.csv", csv_of(y)), "BBBUSDT-1m.parquet": parquet(x)},
    )  # fmt: skip
    assert (others.sets, others.times) == (plain.sets, plain.times)


def test_the_table_has_each_row_of_each_set(tmp_path: Path) -> None:
    y, x = both_legs()
    body = StudyBody(pair=str(PAIR), sets=(SMALL, ParameterSet(settings={**SMALL.settings, "signals.entry": 1.5})))
    found = run_study(
        tmp_path / "a", body, {"AAAUSDT-1m.csv": csv_of(y), "BBBUSDT-1m.csv.gz": gzip.compress(csv_of(x))}
    )
    for stem, one in zip(("table-a", "table-b"), found.sets, strict=True):
        csv = pl.read_csv(tmp_path / "a" / f"{stem}.csv", infer_schema_length=None)
        table = pl.read_parquet(tmp_path / "a" / f"{stem}.parquet")
        assert csv.columns == table.columns
        assert table["time"].to_list() == csv["time"].to_list() == found.times
        z = next(path for path in one.paths if path.traded).z.values
        assert [value and float(f"{value:.10g}") for value in table["z"].to_list()] == z
        assert "z: warming up" in str(table["reasons"][0])


def test_trades_of_a_collector_make_bars_and_repeated_saves_count_once(tmp_path: Path) -> None:
    y, x = tied(300)
    lines = []
    for place, prices in enumerate(zip(np.exp(y), np.exp(x), strict=True)):
        for symbol, price in zip(PAIR.symbols, prices, strict=True):
            row = {"symbol": symbol.lower(), "ts": START + 1_000 * place + 250, "price": float(price), "size": 0.5}
            lines.append(msgspec.json.encode(row))
    part, whole = b"\n".join(lines[:300]), b"\n".join(lines)
    body = StudyBody(pair=str(PAIR), timeframe=Timeframe.S1, sets=(SMALL,))
    found = run_study(tmp_path / "a", body, {"ticks_1.ndjson": part, "ticks_2.ndjson": whole})
    assert found.rows == 300
    assert [(report.used, report.repeated) for report in found.files] == [(300, 0), (300, 300)]
    assert all(report.unprovable for report in found.files)


def test_bad_rows_are_reported_with_their_reasons(tmp_path: Path) -> None:
    y, _ = both_legs(100)
    damaged = csv_of(y) + b"never,1,1,1,1,1\n1700000000000,1,2,3,x,1\n"
    report = run_files(tmp_path / "a", {"AAAUSDT-1m.csv": damaged})
    (file,) = report.files
    assert (file.used, file.bad, file.error) == (100, 2, "")
    assert any("the time is no time" in note for note in file.notes)
    assert any("line 103" in note for note in file.notes)
    (minutes,) = report.spans
    assert (minutes.symbol, minutes.timeframe, minutes.first) == ("AAAUSDT", Timeframe.M1, START)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(200), "picture.csv"),
        ("empty.csv", b"\n\n\n", "holds no rows"),
        ("bars.zip", b"PK\x03\x04 not a zip", "is damaged or cannot be read"),
        ("bars.parquet", b"PAR1 not parquet PAR1", "is damaged or cannot be read"),
        ("report.pdf", b"%PDF-1.7 ...", "is a PDF, and no table"),
        ("notes.txt", "<b>🎈 hello</b>, there\n".encode(), "are not understood"),
        ("hourly.csv", b"open_time,open,high,low,close,volume\n" + b"".join(
            f"{START // 3600000 * 3600000 + 3600000 * n},1,1,1,1,1\n".encode() for n in range(20)), "1h"),
        ("bars.csv", b"Date,Open,High,Low,Close,Volume\n2026-01-01,1,1,1,1,1\n2026-01-02,1,1,1,1,1\n", "1d"),
        ("prices.csv", b"when,AAAUSDT,BBBUSDT\n2026-01-01T00:00,1,2\n2026-01-01T00:01,1,2\n", "prices.csv"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_what_it_says_is_one_sentence(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (file,) = run_files(tmp_path / "a", {name: content}, FileOptions(symbol="AAAUSDT")).files
    assert words in file.error
    assert file.used == 0
    assert str(tmp_path) not in file.error
    assert "--" not in file.error
    assert "\n" not in file.error


def test_one_bad_file_does_not_cost_the_other(tmp_path: Path) -> None:
    y, _ = both_legs(100)
    report = run_files(tmp_path / "a", {"report.pdf": b"%PDF-1.7", "AAAUSDT-1m.csv": csv_of(y)})
    assert [bool(file.error) for file in report.files] == [True, False]
    assert [span.symbol for span in report.spans] == ["AAAUSDT"]


def test_a_symbol_that_nothing_tells_is_asked_for(tmp_path: Path) -> None:
    y, _ = both_legs(100)
    (file,) = run_files(tmp_path / "a", {"download.csv": csv_of(y)}).files
    assert "write it into the field Symbol" in file.error
    (file,) = run_files(tmp_path / "b", {"download.csv": csv_of(y)}, FileOptions(symbol="aaausdt")).files
    assert (file.error, file.subjects) == ("", ("AAAUSDT",))


def test_columns_can_be_named(tmp_path: Path) -> None:
    y, _ = both_legs(100)
    renamed = csv_of(y).replace(b"open_time", b"moment")
    (file,) = run_files(tmp_path / "a", {"AAAUSDT-1m.csv": renamed}).files
    assert "in the field Columns" in file.error
    (file,) = run_files(tmp_path / "b", {"AAAUSDT-1m.csv": renamed}, FileOptions(columns="open_time=moment")).files
    assert (file.error, file.used) == ("", 100)


def test_a_study_of_the_store_and_a_file(tmp_path: Path) -> None:
    y, x = both_legs()
    with store(tmp_path / "data") as (writer, _):
        writer.submit(y, {})
    database = tmp_path / "data" / DATABASE
    before = database.read_bytes()
    body = StudyBody(pair=str(PAIR), sets=(SMALL,))
    found = run_study(tmp_path / "a", body, {"BBBUSDT-1m.csv": csv_of(x)}, database)
    assert [leg.source for leg in found.legs] == ["the store", "BBBUSDT-1m.csv"]
    assert database.read_bytes() == before
    with pytest.raises(ConfigError, match="there are no bars of BBBUSDT: there are bars of AAAUSDT"):
        run_study(tmp_path / "b", body, {}, database)
    past = StudyBody(pair=str(PAIR), sets=(SMALL,), start=1_000_000_000, end=2_000_000_000)
    with pytest.raises(ConfigError, match="they reach from 2023-11-14 22:15 to"):
        run_study(tmp_path / "c", past, {"BBBUSDT-1m.csv": csv_of(x)}, database)


def test_longer_bars_are_made_of_shorter_ones(tmp_path: Path) -> None:
    y, x = both_legs(700)
    body = StudyBody(pair=str(PAIR), timeframe=Timeframe.M5, sets=(SMALL,))
    found = run_study(tmp_path / "a", body, {"AAAUSDT-1m.csv": csv_of(y), "BBBUSDT-1m.csv": csv_of(x)})
    assert found.rows == 140
    assert "bars of 5m of AAAUSDT are made of those of 1m" in found.notes
    assert found.price_y.values[3] == pytest.approx(y[19].close, rel=1e-9)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (StudyBody(pair="AAAUSDT"), "malformed pair"),
        (StudyBody(pair="AAAUSDT/AAAUSDT"), "two different symbols"),
        (StudyBody(pair="<b>🎈</b>/BBBUSDT"), ""),
        (StudyBody(pair=str(PAIR), sets=()), "one or two sets"),
        (StudyBody(pair=str(PAIR), sets=(SMALL,) * 3), "one or two sets"),
        (StudyBody(pair=str(PAIR), start=5, end=5), "ends before it begins"),
        (StudyBody(pair=str(PAIR), files=("x",) * 9), "at most 8 files"),
        (StudyBody(pair=str(PAIR), file_options=FileOptions(columns="nonsense")), "in the field Columns"),
        (StudyBody(pair=str(PAIR), sets=(ParameterSet(settings={"signals.entry": 9.0}),)), "exit < entry < stop"),
    ],
)
def test_what_cannot_be_studied_is_refused_before_it_begins(tmp_path: Path, body: StudyBody, words: str) -> None:
    with pytest.raises(SpreadscopeError) as caught:
        study_parameters(body, settings().parameters, tmp_path)
    assert words in str(caught.value)
