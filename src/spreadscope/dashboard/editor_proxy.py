"""The proxy for questions of the components to the engine: of the rule editor, of the palette, of a chart's past.

Through the page script an answer would take a run of the whole page, about a hundred milliseconds; through this route
it takes a few, so a wrong word is marked at once, and older bars come while the user pans. The questions change
nothing; changes go through the page script.
"""

from __future__ import annotations

from collections.abc import Callable

import httpx
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response

PATH = "/ask/{question}"
ADDRESS = "/ask"
# By name: how each is asked, and what the engine calls it.
QUESTIONS = {
    "check": ("POST", "/api/alerts/check"),
    "preview": ("POST", "/api/alerts/preview"),
    "vocabulary": ("GET", "/api/alerts/vocabulary"),
    "instruments": ("GET", "/api/instruments"),
    "history": ("GET", "/api/history"),
}
LONGEST_QUERY = 1_000
METHODS = ("GET", "POST")
# A rule has 500 characters at most, and its options are a few numbers and names.
MAX_BODY = 16 * 1024
# A preview reads stored rows of many days.
TIMEOUT = httpx.Timeout(30.0, connect=2.0)
# The engine closes a connection that is idle for five seconds.
LIMITS = httpx.Limits(keepalive_expiry=3.0)


class EditorProxy:
    """The endpoint of the questions. It keeps its connections: opening one takes longer than an answer."""

    def __init__(self, api: Callable[[], str], shown: Callable[[HTTPConnection], dict[str, str]]) -> None:
        """``shown`` returns what the engine is shown of who asks."""
        self._api = api
        self._shown = shown
        """Called each time, because a restarted engine may have another address."""
        self._client: httpx.AsyncClient | None = None

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def endpoint(self, request: Request) -> Response:
        question = request.path_params["question"]
        if question not in QUESTIONS:
            return _error(404, f"there is no question {question!r}: choose one of {', '.join(QUESTIONS)}")
        method, path = QUESTIONS[question]
        if request.method != method:
            return _error(405, f"{question} is asked with {method}")
        body = await _read_body(request)
        if body is None:
            return _error(413, f"this is longer than {MAX_BODY} bytes: a rule has 500 characters at most")
        query = request.url.query
        if len(query) > LONGEST_QUERY:
            return _error(413, f"this is longer than {LONGEST_QUERY} characters: ask for one pair and one time")
        url = f"{self._api()}{path}{f'?{query}' if query else ''}"
        return await self._forward(method, url, body, self._shown(request))

    async def _forward(self, method: str, url: str, body: bytes, shown: dict[str, str]) -> Response:
        if self._client is None:
            self._client = httpx.AsyncClient(trust_env=False, timeout=TIMEOUT, limits=LIMITS)
        headers = shown | ({"Content-Type": "application/json"} if body else {})
        question = self._client.build_request(method, url, content=body, headers=headers)
        try:
            try:
                answer = await self._client.send(question)
            except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
                # The engine closed an idle connection as we used it. A question changes nothing, so it may be sent
                # twice.
                answer = await self._client.send(question)
        except httpx.TimeoutException:
            return _error(503, "the engine does not answer in time: try again in a moment")
        except httpx.HTTPError:
            return _error(503, "the engine does not answer: nothing can be checked now")
        return Response(answer.content, answer.status_code, media_type="application/json")


async def _read_body(request: Request) -> bytes | None:
    """Returns the request's body, or None where it is too long for a rule."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            return None
    return body


def _error(status: int, message: str) -> Response:
    return JSONResponse({"error": {"message": message}}, status)
