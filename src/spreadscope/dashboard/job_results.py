"""The results of the engine's jobs, streamed through this server so that a page asks nobody else."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from spreadscope.dashboard.downloads import forward

PATH = "/job/{job_id}/{name}"


def link(job_id: str, name: str, base: str = "") -> str:
    """Returns the address of a result on this server, such as ``/job/1f…/table-a.csv``."""
    return f"{base}/job/{quote(job_id, safe='')}/{quote(name, safe='')}"


def handler(api: Callable[[], str]) -> Callable[[Request], object]:
    """Returns the endpoint of results; ``api`` returns the current address of the engine."""

    async def result(request: Request) -> Response:
        job_id, name = (quote(request.path_params[key], safe="") for key in ("job_id", "name"))
        return await forward(f"{api()}/api/jobs/{job_id}/results/{name}", {})

    return result
