"""The routes of jobs and of the files that are dropped for them (``docs/api.md``)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Query
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse

from spreadscope import contract
from spreadscope.api.queries import NamePath, attachment
from spreadscope.api.routing import Routes
from spreadscope.app.job_service import JobService
from spreadscope.guard.identity import WORK
from spreadscope.model.errors import ConfigError

_FILES = "/api/files"
EXPORT = "export"

_MEDIA = {
    "json": "application/json", "csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet",
    "ndjson": "application/x-ndjson", "html": "text/html; charset=utf-8", "pdf": "application/pdf"}  # fmt: skip

FileName = Annotated[str, Query(min_length=1, max_length=300)]


def uploads(jobs: JobService) -> dict[str, int]:
    """Returns the most bytes that may be sent to each path that takes files."""
    return {_FILES: jobs.files.limits.file_bytes}


def add_jobs(routes: Routes, jobs: JobService) -> None:
    """Add the routes that every kind of job has. Those that begin one stand with their kind."""
    _add_files(routes, jobs)

    @routes.get("/api/jobs")
    async def get_jobs() -> list[contract.Job]:
        return jobs.jobs()

    @routes.get("/api/jobs/{job_id}")
    async def get_job(job_id: NamePath) -> contract.Job:
        return _require(jobs.get(job_id), job_id)

    @routes.post("/api/jobs/{job_id}/cancel", needs=WORK)
    async def cancel_job(job_id: NamePath) -> contract.Job:
        return _require(await jobs.cancel(job_id), job_id)

    @routes.delete("/api/jobs/{job_id}", needs=WORK)
    async def delete_job(job_id: NamePath) -> None:
        _require(await jobs.cancel(job_id), job_id)
        await jobs.forget(job_id)

    @routes.get("/api/jobs/{job_id}/results/{name}")
    async def get_result(job_id: NamePath, name: NamePath) -> FileResponse:
        job = _require(jobs.get(job_id), job_id)
        path = jobs.result(job_id, name)
        if path is None:
            names = ", ".join(result.name for result in job.results) or f"none: it is {job.state}"
            raise HTTPException(404, f"the job {job_id} has no result {name[:40]!r} (it has {names})")
        # The name of an export says already what is in it, and the importer reads it.
        file_name = name if job.kind == EXPORT else f"{'DEMO-' if job.demo else ''}{job.kind}-{name}"
        return FileResponse(
            path,
            media_type=_MEDIA.get(path.suffix.removeprefix("."), "application/octet-stream"),
            headers={"Content-Disposition": attachment(file_name)},
        )


def _add_files(routes: Routes, jobs: JobService) -> None:
    @routes.upload(_FILES, needs=WORK)
    async def post_file(request: Request, name: FileName) -> contract.DroppedFile:
        length = request.headers.get("content-length", "")
        if not length.isdigit():
            raise HTTPException(411, "the length of the file is not said: send it with a Content-Length")
        return await jobs.files.receive(name, int(length), _chunks(request))

    @routes.get(_FILES)
    async def get_files() -> list[contract.DroppedFile]:
        return jobs.files.listed()

    @routes.delete(_FILES + "/{file_id}", needs=WORK)
    async def delete_file(file_id: NamePath) -> None:
        if not await jobs.files.remove(file_id):
            raise HTTPException(404, f"there is no dropped file {file_id[:20]!r}")


async def _chunks(request: Request) -> AsyncIterator[bytes]:
    try:
        async for chunk in request.stream():
            yield chunk
    except ClientDisconnect:
        raise ConfigError("the file did not arrive whole: send it again") from None


def _require(job: contract.Job | None, job_id: str) -> contract.Job:
    if job is None:
        raise HTTPException(404, f"there is no job {job_id[:40]!r}: it is forgotten a while after its end")
    return job
