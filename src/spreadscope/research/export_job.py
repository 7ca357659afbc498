"""The job that exports what is stored to a file, in a worker process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from spreadscope.model.instrument import parse_pair
from spreadscope.model.states import ExportFormat, ExportKind
from spreadscope.model.timeframe import Timeframe
from spreadscope.research.job_kinds import PARAMETERS, ReportProgress
from spreadscope.store import export
from spreadscope.store.export import ExportRequest
from spreadscope.store.integrity.report import read_days
from spreadscope.store.reader import StoreReader
from spreadscope.store.trades.trade_blocks import DAY_MS


class ExportJob(msgspec.Struct, frozen=True):
    """What ``parameters.json`` holds: the database, what is wanted, and the name of the file."""

    database: str
    name: str
    kind: ExportKind
    format: ExportFormat
    symbol: str
    pair: str
    timeframe: Timeframe
    start: int
    end: int
    account: str = ""

    @property
    def request(self) -> ExportRequest:
        """The export, as the command line asks for it."""
        return ExportRequest(
            self.kind, self.format, self.symbol or None, parse_pair(self.pair) if self.pair else None, self.timeframe,
            self.start, self.end, account=self.account,
        )  # fmt: skip


def run(folder: Path, progress: ReportProgress) -> Sequence[str]:
    """Write the file. Returns its name."""
    job = msgspec.json.decode((folder / PARAMETERS).read_bytes(), type=ExportJob)
    reader, path = StoreReader(Path(job.database)), folder / job.name
    total, written = _trades(job), 0

    def advance(rows: int) -> None:
        nonlocal written
        written += rows
        progress(min(1.0, written / total) if total else None, f"{written:,} rows")

    if job.format is ExportFormat.PARQUET:
        export.write_parquet(reader, job.request, path, advance)
    else:
        with path.open("wb") as file:
            for chunk in export.chunks(reader, job.request, advance):
                file.write(chunk)
    return [job.name]


def _trades(job: ExportJob) -> int:
    """Returns how many trades there are to export, about; 0 for what is not counted beforehand."""
    if job.kind is not ExportKind.TICKS:
        return 0
    return sum(
        count.trades
        for held in read_days(Path(job.database), (job.symbol,))
        for day, count in held.days.items()
        if job.start - DAY_MS < day < job.end
    )
