"""The job that makes an integrity report, in a worker process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from spreadscope.research.job_kinds import PARAMETERS, ReportProgress
from spreadscope.store.integrity.report import ReportRequest, make_report
from spreadscope.store.integrity.report_files import read_reports

REPORT = "integrity.json"


class IntegrityJob(msgspec.Struct, frozen=True):
    """What ``parameters.json`` holds: the database, which symbols and days, and the market's time (ms)."""

    database: str
    symbols: tuple[str, ...]
    start: int
    end: int
    now: int


def run(folder: Path, progress: ReportProgress) -> Sequence[str]:
    """Make the report. Returns the name of its file."""
    job = msgspec.json.decode((folder / PARAMETERS).read_bytes(), type=IntegrityJob)
    database = Path(job.database)
    request = ReportRequest(
        now=job.now, symbols=job.symbols, start=job.start, end=job.end, reported=read_reports(database)
    )
    made = make_report(database, request, progress)
    made.refuse_unreadable()
    (folder / REPORT).write_bytes(msgspec.json.format(msgspec.json.encode(made.report), indent=1))
    return [REPORT]
