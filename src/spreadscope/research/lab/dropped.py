"""Dropped files as a store of their own: read by the importer, with its report, and gone with the job."""

from __future__ import annotations

from pathlib import Path

import msgspec

from spreadscope.contract.lab import BarSpan, FileOptions, FileReport
from spreadscope.importing.kinds import parse_columns
from spreadscope.importing.run import ImportResult, Options, import_file
from spreadscope.model.errors import SpreadscopeError
from spreadscope.model.instrument import parse_symbol
from spreadscope.model.timeframe import TIMEFRAMES
from spreadscope.research.job_kinds import INPUT, ReportProgress
from spreadscope.research.lab.study_parameters import in_words
from spreadscope.store.directory import DataDirectory
from spreadscope.store.import_target import ImportTarget
from spreadscope.store.reader import StoreReader

_STORE = "read"


class ReadFiles(msgspec.Struct, frozen=True):
    """The dropped files: the report of each, and the store of what is in them (None where nothing is)."""

    reports: tuple[FileReport, ...]
    reader: StoreReader | None

    def spans(self) -> tuple[BarSpan, ...]:
        """Returns which bars there are."""
        if self.reader is None:
            return ()
        found = []
        for symbol in self.reader.symbols():
            for timeframe in TIMEFRAMES:
                span = self.reader.bars_span(symbol, timeframe)
                if span is not None:
                    found.append(BarSpan(symbol=symbol, timeframe=timeframe, first=span[0], last=span[1]))
        return tuple(found)

    def names_with(self, symbol: str) -> str:
        """Returns the names of the files that hold a symbol."""
        return ", ".join(report.name for report in self.reports if symbol in report.subjects)

    def demo(self) -> str:
        """Returns the source of demo data; empty for others."""
        return "" if self.reader is None else self.reader.label(None).demo


def read_files(folder: Path, options: FileOptions, progress: ReportProgress) -> ReadFiles:
    """Import the files of a job's folder into a store of its own. The report of a file that is of no use says why."""
    paths = sorted(path for path in (folder / INPUT).glob("*/*") if path.is_file())
    if not paths:
        return ReadFiles((), None)
    symbol = parse_symbol(options.symbol) if options.symbol.strip() else None
    chosen = Options(symbol, None, options.timeframe, parse_columns(options.columns), None)
    reports = []
    with DataDirectory(folder / _STORE) as directory, ImportTarget(directory.database) as target:
        for path in paths:
            try:
                result = import_file(target, path, chosen, lambda words: progress(None, f"reading {words}"))
            except SpreadscopeError as error:
                reports.append(_unusable(path, str(error)))
            else:
                reports.append(_report(path, result))
        reader = StoreReader(directory.database)
    return ReadFiles(tuple(reports), reader if any(not report.error for report in reports) else None)


def _report(path: Path, result: ImportResult) -> FileReport:
    error = "" if result.has_stored_rows else f"no row of {path.name} can be used: see the reasons"
    return FileReport(
        name=path.name,
        content=result.content,
        subjects=tuple(result.subjects),
        read=result.read,
        used=result.new,
        repeated=result.repeated,
        left_out=result.left_out,
        bad=result.bad,
        unprovable=result.unprovable,
        notes=tuple(_in_words(note, path) for note in result.notes),
        error=error,
    )


def _unusable(path: Path, error: str) -> FileReport:
    return FileReport(
        name=path.name, content="", subjects=(), read=0, used=0, repeated=0, left_out=0, bad=0, unprovable=False,
        notes=(), error=_in_words(error, path),
    )  # fmt: skip


def _in_words(text: str, path: Path) -> str:
    """Returns a sentence of the importer for a page, without our folder."""
    return in_words(text.replace(str(path), path.name))
