"""The routes of what can be played, and of the playbacks that are open (``docs/api.md``)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from starlette.exceptions import HTTPException

from spreadscope import contract
from spreadscope.api.queries import NamePath
from spreadscope.api.routing import Routes
from spreadscope.app.playback_service import PlaybackService
from spreadscope.contract import PlaybackBody, PlaybackRun
from spreadscope.guard.identity import WORK
from spreadscope.model.config import Config
from spreadscope.model.errors import ConfigError
from spreadscope.model.instrument import parse_pairs
from spreadscope.replay.playback_source import open_source
from spreadscope.store.reader import StoreReader


def add_playbacks(routes: Routes, playbacks: PlaybackService, reader: StoreReader, started_ns: int) -> None:
    """Add the routes. ``started_ns`` is when this engine began: its own session still runs."""

    @routes.get("/api/playable")
    async def get_playable() -> contract.Playable:
        return await asyncio.to_thread(_playable, reader, started_ns)

    @routes.get("/api/playbacks")
    async def get_playbacks() -> list[PlaybackRun]:
        return playbacks.runs()

    @routes.post("/api/playbacks", 201, needs=WORK)
    async def post_playback(body: PlaybackBody) -> PlaybackRun:
        # What cannot be played is said now, in place of a process that ends.
        source = await asyncio.to_thread(
            open_source,
            reader,
            Config,
            session=body.session,
            pairs=parse_pairs(body.pairs),
            start=body.start,
            end=body.end,
            at=body.at,
        )
        if body.at and not source.start <= body.at <= source.end:
            raise ConfigError(
                f"the {source.title} is from {_utc(source.start)} to {_utc(source.end)} UTC: choose a time in it"
            )
        return await playbacks.start(body, source.session, source.title)

    @routes.delete("/api/playbacks/{playback_id}", needs=WORK)
    async def delete_playback(playback_id: NamePath) -> None:
        if not await playbacks.stop(playback_id):
            raise HTTPException(404, f"there is no playback {playback_id[:20]!r}: it has ended already")


def _playable(reader: StoreReader, started_ns: int) -> contract.Playable:
    spans = reader.session_spans()
    sessions = []
    for session in reversed(reader.sessions()):
        start, end = spans.get(session.session_id, (0, 0))
        sessions.append(
            contract.PlayableSession(
                session=session.session_id,
                started=session.started_ns // 1_000_000,
                ended=session.ended_ns // 1_000_000,
                version=session.version,
                start=start,
                end=end,
                facts=session.facts,
                trades=session.trades,
                running=session.started_ns == started_ns,
            )
        )
    tapes = []
    for symbol in reader.symbols():
        ranges, _ = reader.ledger(symbol)
        if ranges:
            tapes.append(
                contract.PlayableTape(
                    symbol=symbol, start=ranges[0].first_time, end=ranges[-1].last_time, parts=len(ranges)
                )
            )
    return contract.Playable(sessions=sessions, tapes=tapes)


def _utc(time: int) -> str:
    return f"{datetime.fromtimestamp(time / 1000, UTC):%Y-%m-%d %H:%M:%S}"
