"""Downloads: exports of the engine, streamed through without being held in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from urllib.parse import quote, urlencode

import httpx
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from spreadscope.client.certificates import trusted_certificates
from spreadscope.contract import ExportKind

ACCESS_LOG = "changes"
STATEMENT = "statement"
# Where the engine exports each kind.
KINDS = {str(kind): f"/api/export/{kind}" for kind in ExportKind} | {
    str(ExportKind.ALERTS): "/api/alerts/export",
    ACCESS_LOG: "/api/access/log/export",
    STATEMENT: "/api/paper/accounts/{account}/statement.pdf",
}
FORWARDED_QUERY = (
    "symbol",
    "pair",
    "timeframe",
    "from",
    "to",
    "format",
    "rule",
    "subject",
    "state",
    "severity",
    "account",
    "who",
    "what",
)
FORWARDED_HEADERS = ("content-type", "content-disposition")
PATH = "/download/{kind}"
JOB_PATH = "/download/jobs/{job_id}/{name}"


def link(kind: str, base: str = "", **query: str) -> str:
    """Returns the address of a download on this server, such as ``/download/bars?symbol=BTCUSDT&timeframe=1m``."""
    return f"{base}/download/{kind}?{urlencode(query)}"


def job_link(base: str, job_id: str, name: str) -> str:
    """Returns the address of a job's result on this server."""
    return f"{base}/download/jobs/{quote(job_id, safe='')}/{quote(name, safe='')}"


Shown = Callable[[HTTPConnection], dict[str, str]]
"""Returns what the engine is shown of who asks."""


def job_handler(api: Callable[[], str], shown: Shown) -> Callable[[Request], object]:
    """Returns the endpoint of the results of jobs."""

    async def download(request: Request) -> Response:
        job_id, name = (quote(request.path_params[part], safe="") for part in ("job_id", "name"))
        return await _forward(f"{api()}/api/jobs/{job_id}/results/{name}", {}, shown(request))

    return download


def handler(api: Callable[[], str], shown: Shown) -> Callable[[Request], object]:
    """Returns the endpoint of downloads; ``api`` returns the current address of the engine."""

    async def download(request: Request) -> Response:
        kind = request.path_params["kind"]
        if kind not in KINDS:
            return PlainTextResponse(f"there is no download {kind!r}: choose one of {', '.join(KINDS)}", 404)
        query = {name: request.query_params[name] for name in FORWARDED_QUERY if name in request.query_params}
        path = KINDS[kind]
        if "{account}" in path:
            path = path.format(account=quote(query.pop("account", ""), safe=""))
        return await _forward(f"{api()}{path}", query, shown(request))

    return download


async def _forward(url: str, query: dict[str, str], shown: dict[str, str]) -> Response:
    async with AsyncExitStack() as stack:
        # A large export may take long, but its chunks must keep coming.
        timeout = httpx.Timeout(60.0, connect=2.0)
        client = await stack.enter_async_context(
            httpx.AsyncClient(trust_env=False, verify=trusted_certificates(), timeout=timeout)
        )
        try:
            answer = await stack.enter_async_context(client.stream("GET", url, params=query, headers=shown))
        except httpx.HTTPError:
            return PlainTextResponse("the engine does not answer: nothing can be downloaded now", 503)
        if answer.is_error:
            return Response(await answer.aread(), answer.status_code, media_type=answer.headers.get("content-type"))
        headers = {name: answer.headers[name] for name in FORWARDED_HEADERS if name in answer.headers}
        open_stack = stack.pop_all()  # the stream outlives this function: it is closed when the last piece is sent
        return StreamingResponse(_stream(answer, open_stack), headers=headers)


async def _stream(answer: httpx.Response, open_stack: AsyncExitStack) -> AsyncIterator[bytes]:
    async with open_stack:
        async for chunk in answer.aiter_bytes():
            yield chunk
