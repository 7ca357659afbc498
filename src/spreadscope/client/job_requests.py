"""The requests of jobs and of the files that are dropped for them, a part of the client."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import quote

import msgspec

from spreadscope.contract import (
    BacktestBody,
    BacktestCheck,
    BacktestReport,
    DroppedFile,
    ExportBody,
    FilesBody,
    FilesReport,
    IntegrityBody,
    IntegrityReport,
    Job,
    ReplayCheckBody,
    ScanBody,
    ScanCheck,
    ScanReport,
    StudyBody,
    StudyDefaults,
)

T = TypeVar("T")
Query = Mapping[str, str | int]


class JobRequests(ABC):
    """Exports, integrity reports, checks of sessions, scans, backtests and studies, and how they go."""

    @abstractmethod
    def _get(self, path: str, kind: type[T], query: Query | None = None) -> T: ...

    @abstractmethod
    def _get_bytes(self, path: str, query: Query | None = None) -> bytes: ...

    @abstractmethod
    def _send_bytes(self, path: str, kind: type[T], content: bytes, query: Query) -> T: ...

    @abstractmethod
    def _change(self, method: str, path: str, kind: type[T], body: msgspec.Struct | None = None) -> T: ...

    @abstractmethod
    def _remove(self, path: str) -> None: ...

    @abstractmethod
    def _decode(self, content: bytes, kind: type[T]) -> T: ...

    def start_integrity(self, body: IntegrityBody) -> Job:
        return self._change("POST", "/api/jobs/integrity", Job, body)

    def start_export(self, body: ExportBody) -> Job:
        return self._change("POST", "/api/jobs/export", Job, body)

    def start_replay_check(self, session: int) -> Job:
        return self._change("POST", "/api/jobs/replay-check", Job, ReplayCheckBody(session))

    def integrity_report(self, job_id: str) -> IntegrityReport:
        """Returns the report that a job made."""
        return self._decode(self.job_result(job_id, "integrity.json"), IntegrityReport)

    def jobs(self) -> list[Job]:
        return self._get("/api/jobs", list[Job])

    def job(self, job_id: str) -> Job:
        return self._get(f"/api/jobs/{quote(job_id, safe='')}", Job)

    def cancel_job(self, job_id: str) -> Job:
        return self._change("POST", f"/api/jobs/{quote(job_id, safe='')}/cancel", Job)

    def remove_job(self, job_id: str) -> None:
        self._remove(f"/api/jobs/{quote(job_id, safe='')}")

    def job_result(self, job_id: str, name: str) -> bytes:
        """Returns a file that a job made."""
        return self._get_bytes(f"/api/jobs/{quote(job_id, safe='')}/results/{quote(name, safe='')}")

    def check_scan(self, body: ScanBody) -> ScanCheck:
        return self._change("POST", "/api/jobs/scan/check", ScanCheck, body)

    def start_scan(self, body: ScanBody) -> Job:
        return self._change("POST", "/api/jobs/scan", Job, body)

    def scan_report(self, job_id: str) -> ScanReport:
        return self._decode(self.job_result(job_id, "report.json"), ScanReport)

    def check_backtest(self, body: BacktestBody) -> BacktestCheck:
        return self._change("POST", "/api/backtests/check", BacktestCheck, body)

    def start_backtest(self, body: BacktestBody) -> Job:
        return self._change("POST", "/api/backtests", Job, body)

    def backtest_report(self, job_id: str) -> BacktestReport:
        return self._decode(self.job_result(job_id, "backtest.json"), BacktestReport)

    def send_file(self, name: str, content: bytes) -> DroppedFile:
        """Send a file for a job; nothing is imported. Returns what the engine calls it."""
        return self._send_bytes("/api/files", DroppedFile, content, {"name": name})

    def remove_file(self, file_id: str) -> None:
        self._remove(f"/api/files/{quote(file_id, safe='')}")

    def study_defaults(self, pair: str, timeframe: str) -> StudyDefaults:
        query = {"pair": pair, "timeframe": timeframe} if pair else {"timeframe": timeframe}
        return self._get("/api/study-defaults", StudyDefaults, query)

    def start_study(self, body: StudyBody) -> Job:
        return self._change("POST", "/api/jobs/study", Job, body)

    def read_files(self, body: FilesBody) -> Job:
        """Start the job that reports what is in dropped files."""
        return self._change("POST", "/api/jobs/dropped-files", Job, body)

    def files_report(self, job_id: str) -> FilesReport:
        return self._get(f"/api/dropped-files/{quote(job_id, safe='')}", FilesReport)
