"""What a running engine says of its store: completeness, integrity, sizes, sessions, and the jobs about them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from spreadscope import contract
from spreadscope.app.archiver import Archiver
from spreadscope.app.job_service import JobService
from spreadscope.app.markets import Markets
from spreadscope.contract import MOST_HASHED_AT_ONCE
from spreadscope.model.clock import Clock
from spreadscope.model.config import Config
from spreadscope.model.errors import ConfigError, StateError, UnknownSymbolError
from spreadscope.model.instrument import parse_pair, parse_symbol
from spreadscope.model.states import ExportFormat, JobState
from spreadscope.replay.check_job import REPORT as REPLAY_REPORT
from spreadscope.replay.check_job import ReplayCheckJob
from spreadscope.research.export_job import ExportJob
from spreadscope.research.integrity_job import IntegrityJob
from spreadscope.store.archive.compaction import day_name
from spreadscope.store.directory import DATABASE
from spreadscope.store.export import ExportRequest
from spreadscope.store.integrity.report import ReportRequest, completeness, make_report, read_days
from spreadscope.store.integrity.report_files import read_reports, reported_names
from spreadscope.store.maintenance.free_space import free_space
from spreadscope.store.maintenance.sizes import disk_free, measure_kinds, retained
from spreadscope.store.reader import StoredSession, StoreReader
from spreadscope.store.trades.trade_blocks import DAY_MS

RECORDINGS = "recordings"
_RECORDING_ENDINGS = (".ndjson", ".ndjson.zst", ".ndjson.gz", ".txt", ".txt.gz", ".txt.zst", ".json.gz")
_MOST_RECORDINGS = 500
_MEASURED_SECONDS = 60.0  # every page of the database is read for it


class StoredData:
    """Queries of the store that pages and programs ask for. What reads much runs on a thread, or is a job."""

    def __init__(
        self, config: Config, reader: StoreReader, jobs: JobService, archiver: Archiver,
        markets: Markets, clock: Clock, *, started_ns: int, market_time: Callable[[], int],
        most_hashed: int = MOST_HASHED_AT_ONCE,
    ) -> None:  # fmt: skip
        self._config = config
        self._database = config.data / DATABASE
        self._reader = reader
        self._jobs = jobs
        self._archiver = archiver
        self._markets = markets
        self._clock = clock
        self._started_ns = started_ns
        self._market_time = market_time
        self._kinds: tuple[contract.KindSize, ...] = ()
        self._measured = (-_MEASURED_SECONDS, 0)  # monotonic seconds, and our clock in ms
        self._measuring = asyncio.Lock()
        self._most_hashed = most_hashed
        self._checks: dict[int, str] = {}  # the newest job that replays a session

    # --- completeness and integrity -----------------------------------------------------------------------------------

    async def complete_days(self, symbol: str | None, start: int, end: int) -> list[contract.CompleteDay]:
        """Returns how complete each day is. Raises ``StoreError``."""
        names = _names(symbol)

        def read() -> list[contract.CompleteDay]:
            return completeness(
                self._database, names, start, end, now=self._now(), reported=reported_names(self._database)
            )

        return await asyncio.to_thread(read)

    async def integrity(self, symbol: str | None, start: int, end: int) -> contract.IntegrityReport:
        """Returns the report of some days at once. Raises ``ConfigError`` where that would read too many trades."""
        names = _names(symbol)

        def read() -> contract.IntegrityReport:
            reported = read_reports(self._database)
            trades = sum(
                count.trades
                for held in read_days(self._database, names)
                for day, count in held.days.items()
                if day < end and (day > start - DAY_MS or (held.symbol, day_name(day)) not in reported)
            )
            if trades > self._most_hashed:
                raise ConfigError(
                    f"{trades:,} trades are to be read for it, and at most {self._most_hashed:,} are at once: begin "
                    "a job (POST /api/jobs/integrity), or ask for fewer days"
                )
            request = ReportRequest(now=self._now(), symbols=names, start=start, end=end, reported=reported)
            made = make_report(self._database, request)
            made.refuse_unreadable()
            return made.report

        return await asyncio.to_thread(read)

    async def begin_integrity(self, body: contract.IntegrityBody) -> contract.Job:
        """Begin the job of a report. Raises ``SpreadscopeError``."""
        names = _names(body.symbol or None)
        parameters = IntegrityJob(str(self._database), names, body.start, body.end, self._now())
        title = f"Integrity of {names[0] if names else 'all symbols'}"
        return await self._jobs.submit("integrity", title, parameters, demo=self._markets.demo)

    def _now(self) -> int:
        """The market's time, which says what days are over; our clock while there is none."""
        return self._market_time() or self._clock.now_ns() // 1_000_000

    # --- the disk -----------------------------------------------------------------------------------------------------

    async def storage(self, trades_days: int | None, analytics_days: int | None) -> contract.Storage:
        """Returns the sizes of the store, and what another retention would come to. Sizes may be a minute old."""
        retention = self._config.retention
        async with self._measuring:
            if time.monotonic() - self._measured[0] >= _MEASURED_SECONDS:
                self._kinds = tuple(await asyncio.to_thread(measure_kinds, self._database))
                self._measured = (time.monotonic(), self._clock.now_ns() // 1_000_000)
        own = (retention.trades_days, retention.analytics_days)
        asked = (
            own[0] if trades_days is None else trades_days,
            own[1] if analytics_days is None else analytics_days,
        )
        # What the archiver itself goes by: no day is over before both clocks say so.
        now = min(self._clock.now_ns() // 1_000_000, self._now())

        def read() -> tuple[contract.Retained, contract.Retained, int, int, int]:
            space = free_space(self._database)
            kept = [
                retained(self._database, space.bytes, now=now, trades_days=trades, analytics_days=analytics)
                for trades, analytics in (own, asked)
            ]
            return kept[0], kept[1], space.bytes, space.free, disk_free(self._database)

        configured, would_be, size, free, left = await asyncio.to_thread(read)
        status = self._archiver.status()
        return contract.Storage(
            data=str(self._config.data),
            measured=self._measured[1],
            database=size,
            free=free,
            disk_free=left,
            kinds=self._kinds,
            total=size + sum(kind.archive for kind in self._kinds),
            configured=configured,
            asked=would_be if trades_days is not None or analytics_days is not None else None,
            next_run=status.next_run,
        )

    # --- sessions and exports -----------------------------------------------------------------------------------------

    async def sessions(self) -> contract.Sessions:
        """Returns the stored sessions, newest first, and the recordings."""
        stored = await asyncio.to_thread(self._reader.sessions)
        folder = self._database.parent / RECORDINGS
        return contract.Sessions(
            sessions=tuple([await self._session(each) for each in reversed(stored)]),
            recordings=tuple(await asyncio.to_thread(_recordings, folder)),
            recordings_folder=str(folder),
        )

    async def _session(self, session: StoredSession) -> contract.SessionSummary:
        return contract.SessionSummary(
            id=session.session_id,
            started=session.started_ns // 1_000_000,
            ended=session.ended_ns // 1_000_000,
            running=session.started_ns == self._started_ns,
            version=session.version,
            facts=session.facts,
            trades=session.trades,
            hash=session.hash,
            check=await self._check(session.session_id),
        )

    async def _check(self, session: int) -> contract.SessionCheck | None:
        job = self._jobs.get(self._checks.get(session, ""))
        if job is None:
            return None
        equal, words = None, job.error or ""
        path = self._jobs.result(job.id, REPLAY_REPORT)
        if job.state is JobState.DONE and path is not None:
            report = msgspec.json.decode(await asyncio.to_thread(path.read_bytes), type=contract.ReplayReport)
            equal, words = report.equal, report.words
        return contract.SessionCheck(job=job.id, state=job.state, progress=job.progress, equal=equal, words=words)

    async def begin_replay_check(self, body: contract.ReplayCheckBody) -> contract.Job:
        """Begin the replay of a session that has ended. Raises ``SpreadscopeError``."""
        stored = await asyncio.to_thread(self._reader.sessions)
        session = next((each for each in stored if each.session_id == body.session), None)
        if session is None:
            raise UnknownSymbolError(f"there is no session {body.session}: {_session_names(stored)}")
        if session.started_ns == self._started_ns:
            raise StateError(f"session {body.session} is the one that runs: it can be replayed when it has ended")
        parameters = ReplayCheckJob(str(self._database), body.session)
        job = await self._jobs.submit(
            "replay-check", f"Replay of session {body.session}", parameters, demo=self._markets.demo
        )
        self._checks[body.session] = job.id
        if len(self._checks) > len(stored):
            known = {each.session_id for each in stored}
            self._checks = {session: key for session, key in self._checks.items() if session in known}
        return job

    async def begin_export(self, body: contract.ExportBody) -> contract.Job:
        """Begin an export to a file. Raises ``SpreadscopeError``."""
        symbol = parse_symbol(body.symbol) if body.symbol.strip() else None
        pair = parse_pair(body.pair) if body.pair.strip() else None
        request = ExportRequest(
            body.kind, ExportFormat(body.format), symbol, pair, body.timeframe, body.start, body.end,
            account=body.account,
        )  # fmt: skip
        request.check()
        if body.start >= body.end:
            raise ConfigError("the range is empty: its end is not after its start")
        if symbol is not None:
            known = await asyncio.to_thread(self._reader.symbols)
            if symbol not in known:
                raise UnknownSymbolError(f"the store holds nothing of {symbol}; it has {', '.join(known) or 'nothing'}")
        name = request.file_name(demo=self._markets.demo)
        parameters = ExportJob(
            str(self._database), name, body.kind, body.format, symbol or "", str(pair or ""), body.timeframe,
            body.start, body.end, body.account,
        )  # fmt: skip
        return await self._jobs.submit("export", name, parameters, demo=self._markets.demo)


def _names(symbol: str | None) -> tuple[str, ...]:
    return (parse_symbol(symbol),) if symbol is not None else ()


def _session_names(stored: list[StoredSession]) -> str:
    last = ", ".join(str(each.session_id) for each in stored[-5:])
    return f"the last ones are {last}" if last else "the store keeps none"


def _recordings(folder: Path) -> list[contract.RecordingFile]:
    """Returns the newest recordings of a folder, the newest first."""
    if not folder.is_dir():
        return []
    found = []
    for path in folder.iterdir():
        if path.name.endswith(_RECORDING_ENDINGS) and path.is_file():
            status = path.stat()
            found.append(contract.RecordingFile(path.name, status.st_size, status.st_mtime_ns // 1_000_000))
    return sorted(found, key=lambda file: -file.modified)[:_MOST_RECORDINGS]
