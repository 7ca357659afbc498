"""The proxy between the transport bar and its playback: what a click does must not wait for a run of the page."""

from __future__ import annotations

from collections.abc import Callable

import httpx
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response

from spreadscope.client.certificates import trusted_certificates
from spreadscope.dashboard.playback_relays import playback_path

PATH = "/playback/{playback}"
MARKS_PATH = "/playback/{playback}/marks"
METHODS = ("GET", "PUT")
MAX_BODY = 4 * 1024
# A way back begins anew: a session's history is read first.
TIMEOUT = httpx.Timeout(60.0, connect=2.0)


def address(base: str, playback: str) -> str:
    """Returns the address of a playback's transport on this server."""
    return f"{base}/playback/{playback}"


class PlaybackProxy:
    """The endpoints of transports."""

    def __init__(self, api: Callable[[], str], shown: Callable[[HTTPConnection], dict[str, str]]) -> None:
        """``shown`` returns what the engine is shown of who asks."""
        self._api = api
        self._shown = shown

    async def transport(self, request: Request) -> Response:
        """Answer where a transport stands, or move it."""
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY:
                return _error(413, f"this is longer than {MAX_BODY} bytes: a command is short")
        return await self._forward(request, "/api/playback", body)

    async def marks(self, request: Request) -> Response:
        """Answer which signals and alerts are known."""
        return await self._forward(request, "/api/playback/marks", b"")

    async def _forward(self, request: Request, path: str, body: bytes) -> Response:
        try:
            url = f"{self._api()}{playback_path(request.path_params['playback'])}{path}"
        except ValueError as error:
            return _error(404, str(error))
        headers = self._shown(request) | ({"Content-Type": "application/json"} if body else {})
        try:
            async with httpx.AsyncClient(trust_env=False, verify=trusted_certificates(), timeout=TIMEOUT) as client:
                method = "PUT" if request.method == "PUT" else "GET"
                answer = await client.request(method, url, content=body, headers=headers)
        except httpx.TimeoutException:
            return _error(503, "the playback does not answer in time: try again in a moment")
        except httpx.HTTPError:
            return _error(503, "the engine does not answer: the playback cannot be moved now")
        return Response(answer.content, answer.status_code, media_type="application/json")


def _error(status: int, message: str) -> Response:
    return JSONResponse({"error": {"message": message}}, status)
