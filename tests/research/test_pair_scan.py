"""A scan from closes to report and rows: what passes, what does not, what was left out, and what it costs."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import msgspec
import numpy as np
import polars as pl
import pytest

from spreadscope.contract import LeftOutSymbol, ScanReport, ScanRow
from spreadscope.importing.closes import clean_closes
from spreadscope.model.errors import ConfigError, StoreError
from spreadscope.research.heat_map import heat_map, linkage_order
from spreadscope.research.job_kinds import INPUT, PARAMETERS
from spreadscope.research.pair_scan import ScanParameters, scan_closes
from spreadscope.research.scan_job import FileSource, ScanJob, run
from spreadscope.research.scan_sources import FileCloses, SourceCloses
from tests.support.closes import ROWS, STEP, frame, scanned, silent


def test_a_pair_that_passes_has_its_numbers() -> None:
    answer = scanned(frame())
    report, best = answer.report, answer.rows[0]
    assert {best.y, best.x} == {"AUSDT", "BUSDT"}
    assert report.passes
    assert report.answer.startswith("1 pair passes (10 tests at 5%, calibrated by what chance gives")
    assert (report.timeframe, report.rows, report.tests, len(answer.rows)) == ("1h", ROWS, 10, 10)
    assert report.half - report.first == ROWS // 2 * STEP
    assert best.cost == pytest.approx(2 * 0.0005 * (1 + abs(best.beta)))
    assert best.spread_sd is not None
    assert best.break_even_z == pytest.approx(best.cost / best.spread_sd)
    assert best.half_life_low is not None
    assert best.half_life_high is not None
    assert best.half_life_low < best.half_life_high
    assert best.familywise == pytest.approx(1 / 21)
    familywise = [row.familywise for row in answer.rows]
    assert familywise == sorted(familywise, key=float)  # type: ignore[arg-type]  # a larger p is never rarer
    assert (report.passed.raw, report.passed.calibrated) == (report.survival.selected, 1)


def test_no_pair_passes_is_an_answer() -> None:
    report = scanned(frame(1, tied=False)).report
    assert not report.passes
    assert report.answer.startswith("No pair passes (10 tests at 5%")
    assert "That is an answer" in report.answer
    assert report.persistence is not None


def test_without_surrogates_bh_decides() -> None:
    report = scanned(frame(), surrogates=0).report
    assert report.passes
    assert (report.familywise, report.passed.calibrated) == (None, None)
    assert "corrected for the number of tests (BH)" in report.answer


def test_what_is_left_out_is_named() -> None:
    closes = frame()
    late = frame(9, symbols="Z", tied=False).with_columns(pl.col("open_time") + 500 * STEP).head(30)
    found = SourceCloses(
        closes=clean_closes(pl.concat([closes, late]), "a test"), title="", left_out=[LeftOutSymbol("QUSDT", "no")]
    )
    report = scan_closes(found, ScanParameters(surrogates=0), silent).report
    assert [each.symbol for each in report.left_out] == ["QUSDT", "ZUSDT"]
    assert any("ZUSDT is left out" in note for note in report.notes)


@pytest.mark.parametrize(
    ("closes", "parameters", "said"),
    [
        (frame(rows=150), {}, "the symbols have 150 bars of 1h in common; a scan needs at least 200"),
        (frame(), {"most_symbols": 4}, "there are 5 symbols, and at most 4 are scanned at once: give fewer"),
        (frame(symbols="A", tied=False), {}, "a scan needs the bars of at least two symbols (there is AUSDT alone)"),
        (frame(), {"keep": ("XUSDT",)}, "XUSDT is to be kept, but is none of the symbols"),
    ],
)
def test_what_cannot_be_scanned_is_one_sentence(closes: pl.DataFrame, parameters: dict[str, object], said: str) -> None:
    with pytest.raises(Exception, match=r".") as refused:
        scanned(closes, **parameters)
    assert str(refused.value).startswith(said)


def test_the_heat_map_has_alike_symbols_side_by_side() -> None:
    answer = scanned(frame(symbols="CADBE"))  # the tied ones are C and A
    found = answer.report.heat_map
    names = list(found.symbols)
    assert abs(names.index("CUSDT") - names.index("AUSDT")) == 1
    size = len(names)
    assert len(found.correlation) == len(found.pvalue) == size * (size - 1) // 2
    of_pair = {frozenset((row.y, row.x)): row for row in answer.rows}
    place = 0
    for i in range(size):
        for j in range(i + 1, size):
            row = of_pair[frozenset((names[i], names[j]))]
            assert found.pvalue[place] == pytest.approx(row.pvalue, rel=1e-3)
            assert found.correlation[place] == pytest.approx(row.return_correlation, rel=1e-3)
            place += 1
    assert heat_map([]).symbols == ()
    assert sorted(linkage_order(np.full((4, 4), np.nan))) == [0, 1, 2, 3]


def job(folder: Path, *files: Path, **parameters: object) -> list[str]:
    for place, file in enumerate(files):
        target = folder / INPUT / f"{place:03}" / file.name
        target.parent.mkdir(parents=True)
        target.write_bytes(file.read_bytes())
    wanted = ScanJob(FileSource(), ScanParameters(**{"surrogates": 5, **parameters}))  # type: ignore[arg-type]
    (folder / PARAMETERS).write_bytes(msgspec.json.encode(wanted))
    return list(run(folder, silent))


def test_the_job_writes_what_the_scan_says(tmp_path: Path) -> None:
    closes = tmp_path / "closes.parquet"
    frame().write_parquet(closes)
    folder = tmp_path / "job"
    assert job(folder, closes) == ["report.json", "pairs.json", "pairs.csv", "pairs.parquet"]
    answer = scanned(frame(), surrogates=5)
    report = msgspec.json.decode((folder / "report.json").read_bytes(), type=ScanReport)
    assert msgspec.structs.replace(report, source="") == msgspec.structs.replace(answer.report, source="")
    rows = msgspec.json.decode((folder / "pairs.json").read_bytes(), type=tuple[ScanRow, ...])
    assert rows == answer.rows
    table = pl.read_parquet(folder / "pairs.parquet")
    assert table.columns == list(ScanRow.__struct_fields__)
    assert [ScanRow(**row) for row in table.to_dicts()] == list(answer.rows)
    assert pl.read_csv(folder / "pairs.csv")["pvalue"].to_list() == [row.pvalue for row in answer.rows]


def test_a_zip_is_as_good_as_its_files(tmp_path: Path) -> None:
    closes = frame()
    with ZipFile(tmp_path / "all.zip", "w") as archive:
        for (name,), part in closes.group_by("symbol"):
            archive.writestr(f"{name}-1h-2024-01.csv", part.drop("symbol").write_csv())
    answer = scan_closes(
        FileCloses([tmp_path / "all.zip"], tmp_path / "unpacked").read(silent), ScanParameters(surrogates=20), silent
    )
    assert answer.rows == scanned(closes).rows


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("closes.csv", b"\x89PNG\r\n\x1a\n" + bytes(500), "closes.csv"),
        ("closes.parquet", b"PAR1" + bytes(100), "closes.parquet"),
        ("closes.zip", b"PK\x03\x04" + bytes(30), "closes.zip is damaged or cannot be read"),
        ("closes.csv", b"<html><body>404</body></html>", "closes.csv"),
        ("closes.csv", "🙂;🙂\n🙂;1\n".encode(), "closes.csv"),
        ("closes.csv", b"SQLite format 3\x00" + bytes(100), "closes.csv is a SQLite database"),
        ("closes.csv", b"a,b\n1,2\n", "closes.csv"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_one_sentence(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises((ConfigError, StoreError)) as refused:
        job(tmp_path / "job", file)
    assert said in str(refused.value)
    assert str(tmp_path) not in str(refused.value)
    assert "\n" not in str(refused.value)
