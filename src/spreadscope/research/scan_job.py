"""The job of a scan, in a worker process: parameters and closes in its folder, a report and tables out."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import msgspec
import polars as pl

from spreadscope.contract import ScanRow
from spreadscope.model.errors import SpreadscopeError
from spreadscope.model.timeframe import Timeframe
from spreadscope.research.job_kinds import INPUT, PARAMETERS, ReportProgress
from spreadscope.research.pair_scan import ScanAnswer, ScanParameters, scan_closes
from spreadscope.research.scan_sources import ClosesSource, ExchangeCandles, FileCloses, StoredBars
from spreadscope.store.labels import Label

REPORT, TABLE = "report.json", "pairs"
_FLOATS = tuple(name for name in ScanRow.__struct_fields__ if name not in {"y", "x"})


class StoredSource(msgspec.Struct, frozen=True, tag="stored"):
    """Bars of the store in ``data``."""

    data: str
    timeframe: Timeframe
    symbols: tuple[str, ...]
    bars: int


class FileSource(msgspec.Struct, frozen=True, tag="files"):
    """The files that were dropped for the job."""


class CandleSource(msgspec.Struct, frozen=True, tag="exchange"):
    """The candles that the engine fetched into the job's folder."""


class ScanJob(msgspec.Struct, frozen=True):
    """What ``parameters.json`` of a scan holds."""

    source: StoredSource | FileSource | CandleSource
    parameters: ScanParameters


def run(folder: Path, progress: ReportProgress) -> Sequence[str]:
    """Scan, and write the results."""
    job = msgspec.json.decode((folder / PARAMETERS).read_bytes(), type=ScanJob)
    try:
        answer = scan_closes(_source(job.source, folder).read(progress), job.parameters, progress)
    except SpreadscopeError as error:
        # A user knows a dropped file by its name, and nothing of our folders.
        raise type(error)(without_folders(str(error), folder)) from None
    return write_answer(answer, folder)


def without_folders(text: str, folder: Path) -> str:
    """Returns a sentence in which files of a job's folder have only their names."""
    for path in sorted(folder.rglob("*"), key=lambda path: -len(path.parts)):
        text = text.replace(str(path), path.name)
    return text


def _source(source: StoredSource | FileSource | CandleSource, folder: Path) -> ClosesSource:
    if isinstance(source, StoredSource):
        return StoredBars(Path(source.data), source.timeframe, symbols=source.symbols, bars=source.bars)
    if isinstance(source, FileSource):
        return FileCloses(sorted((folder / INPUT).glob("*/*")), folder / "unpacked")
    return ExchangeCandles(folder)


def write_answer(answer: ScanAnswer, folder: Path) -> list[str]:
    """Write report and table into a folder. Returns the names of the files."""
    (folder / REPORT).write_bytes(msgspec.json.encode(answer.report))
    (folder / f"{TABLE}.json").write_bytes(msgspec.json.encode(answer.rows))
    (folder / f"{TABLE}.csv").write_text(csv_text(answer), encoding="utf-8")
    frame(answer).write_parquet(folder / f"{TABLE}.parquet")
    return [REPORT, f"{TABLE}.json", f"{TABLE}.csv", f"{TABLE}.parquet"]


def frame(answer: ScanAnswer) -> pl.DataFrame:
    """Returns the pairs as a table, a column a field."""
    schema = {"y": pl.String, "x": pl.String, **dict.fromkeys(_FLOATS, pl.Float64)}
    return pl.DataFrame([msgspec.structs.astuple(row) for row in answer.rows], schema=schema, orient="row")


def csv_text(answer: ScanAnswer) -> str:
    """Returns the pairs as CSV; of a demo, the first line says so."""
    text = io.StringIO()
    if answer.report.demo:
        text.writelines(f"# {line}\n" for line in Label(demo=answer.report.source).lines())
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(ScanRow.__struct_fields__)
    writer.writerows(msgspec.structs.astuple(row) for row in answer.rows)
    return text.getvalue()
