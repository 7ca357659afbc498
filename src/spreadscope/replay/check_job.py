"""The job that replays a stored session and compares its facts with what was said live, in a worker process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from spreadscope.contract import ReplayReport
from spreadscope.engine import Engine
from spreadscope.engine.journal_entry import JournalEntry
from spreadscope.model.errors import StoreError
from spreadscope.model.facts import Fact
from spreadscope.replay.journal_source import SessionReplay, replay_session
from spreadscope.research.job_kinds import PARAMETERS, ReportProgress
from spreadscope.store.archive.compaction import day_name
from spreadscope.store.reader import StoreReader

REPORT = "replay.json"
_STEP_MS = 60_000


class ReplayCheckJob(msgspec.Struct, frozen=True):
    """What ``parameters.json`` holds: the database and the session."""

    database: str
    session: int


def run(folder: Path, progress: ReportProgress) -> Sequence[str]:
    """Replay the session. Returns the name of the report."""
    job = msgspec.json.decode((folder / PARAMETERS).read_bytes(), type=ReplayCheckJob)
    reader = StoreReader(Path(job.database))
    session = next((each for each in reader.sessions() if each.session_id == job.session), None)
    if session is None:
        raise StoreError(f"there is no session {job.session} any more")
    first = shown = 0
    until = session.ended_ns // 1_000_000

    def observe(engine: Engine, facts: list[Fact], entries: list[JournalEntry]) -> None:
        nonlocal first, shown
        del facts, entries
        first = first or engine.market_time
        if engine.market_time - shown > _STEP_MS:
            shown = engine.market_time
            part = (shown - first) / (until - first) if until > first else None
            progress(part, f"replayed until {day_name(shown)} {shown // 3_600_000 % 24:02}:{shown // 60_000 % 60:02}")

    result = replay_session(reader, session, observe=observe)
    report = ReplayReport(
        session=session.session_id,
        equal=bool(result.equal),
        hash=result.hash,
        recorded_hash=result.recorded_hash,
        trades=result.trades,
        facts=result.facts,
        seconds=result.seconds,
        words=_words(result, session.version),
    )
    (folder / REPORT).write_bytes(msgspec.json.encode(report))
    return [REPORT]


def _words(result: SessionReplay, version: str) -> str:
    if result.compared is not None:
        verdict = "are equal to" if result.equal else "differ from"
        return f"the facts {verdict} what version {version} stored, compared one by one"
    return "equal to what was said live" if result.equal else f"differs from what was said live (version {version})"
