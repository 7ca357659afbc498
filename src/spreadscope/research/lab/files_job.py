"""The job that reads dropped files without a study, computed in a worker process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from spreadscope.contract.lab import FilesBody, FilesReport
from spreadscope.research.job_kinds import PARAMETERS, ReportProgress
from spreadscope.research.lab.dropped import read_files
from spreadscope.research.lab.study_parameters import FILES_RESULT


def run(folder: Path, progress: ReportProgress) -> Sequence[str]:
    """Read the dropped files of a job's folder. Returns the name of the report."""
    body = msgspec.json.decode((folder / PARAMETERS).read_bytes(), type=FilesBody)
    files = read_files(folder, body.file_options, progress)
    report = FilesReport(files=files.reports, spans=files.spans())
    (folder / FILES_RESULT).write_bytes(msgspec.json.encode(report))
    return [FILES_RESULT]
