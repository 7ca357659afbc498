"""The routes of studies of one pair (``docs/api.md``): their jobs, and what one begins with and comes to."""

from __future__ import annotations

import asyncio
from typing import TypeVar

import msgspec
from starlette.exceptions import HTTPException

from spreadscope import contract
from spreadscope.api.queries import Frame, NamePath, PairOrAllQuery
from spreadscope.api.routing import Routes
from spreadscope.app.core_service import CoreService
from spreadscope.app.job_service import JobService
from spreadscope.app.markets import Markets
from spreadscope.guard.identity import WORK
from spreadscope.model.config import Config
from spreadscope.model.instrument import parse_pair
from spreadscope.model.timeframe import Timeframe
from spreadscope.research.lab.study_parameters import (
    FILES_RESULT,
    MOST_ROWS,
    STUDY_RESULT,
    require_files,
    study_parameters,
)
from spreadscope.research.lab.study_settings import StudySettings
from spreadscope.store.directory import DATABASE
from spreadscope.store.reader import StoreReader

S = TypeVar("S", bound=msgspec.Struct)


def add_lab(
    routes: Routes, core: CoreService, config: Config, markets: Markets, reader: StoreReader, jobs: JobService
) -> None:
    """Add the routes."""

    @routes.get("/api/study-defaults")
    async def get_defaults(pair: PairOrAllQuery = "", timeframe: Frame = Timeframe.M1) -> contract.StudyDefaults:
        symbols = parse_pair(pair).symbols if pair else ()
        stored, spans = await asyncio.to_thread(_stored, reader, symbols, timeframe)
        return contract.StudyDefaults(
            settings=StudySettings(core.parameters("/".join(symbols), timeframe), 0.0).shown(),
            symbols=stored,
            spans=spans,
            most_rows=MOST_ROWS,
        )

    @routes.post("/api/jobs/study", 201, needs=WORK)
    async def post_study(body: contract.StudyBody) -> contract.Job:
        base = core.parameters(parse_pair(body.pair), body.timeframe)
        parameters = study_parameters(body, base, config.data / DATABASE)
        title = f"study of {parse_pair(body.pair)} at {body.timeframe}"
        return await jobs.submit("study", title, parameters, files=body.files, demo=markets.demo and not body.files)

    @routes.post("/api/jobs/dropped-files", 201, needs=WORK)
    async def post_files(body: contract.FilesBody) -> contract.Job:
        require_files(body)
        return await jobs.submit("dropped-files", f"reading {len(body.files)} files", body, files=body.files)

    @routes.get("/api/studies/{job_id}")
    async def get_study(job_id: NamePath) -> contract.Study:
        return await _result(jobs, job_id, STUDY_RESULT, contract.Study)

    @routes.get("/api/dropped-files/{job_id}")
    async def get_files_report(job_id: NamePath) -> contract.FilesReport:
        return await _result(jobs, job_id, FILES_RESULT, contract.FilesReport)


def _stored(
    reader: StoreReader, symbols: tuple[str, ...], timeframe: Timeframe
) -> tuple[list[str], list[contract.BarSpan]]:
    spans = [(symbol, reader.bars_span(symbol, timeframe)) for symbol in symbols]
    return reader.symbols(), [
        contract.BarSpan(symbol=symbol, timeframe=timeframe, first=span[0], last=span[1])
        for symbol, span in spans
        if span is not None
    ]


async def _result(jobs: JobService, job_id: str, name: str, kind: type[S]) -> S:
    """Returns the result of a job. Raises ``HTTPException`` where there is none yet, or none any more."""
    found = jobs.get(job_id)
    if found is None:
        raise HTTPException(404, f"there is no job {job_id[:40]!r}: it is forgotten a while after its end")
    path = jobs.result(job_id, name)
    if path is None:
        raise HTTPException(404, f"the job {job_id} has no such result: it is {found.state}")
    return msgspec.json.decode(await asyncio.to_thread(path.read_bytes), type=kind)
