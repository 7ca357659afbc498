"""What the rule editor asks of the engine while somebody types: three questions passed on, and nothing else.

By way of the page script an answer would take a run of the whole page, some hundred milliseconds; by way of this route
it takes a few, so a wrong word is marked before the next one is typed. None of the three changes anything: whatever does,
goes through the page script.
"""

from __future__ import annotations

from collections.abc import Callable

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

PATH = "/ask/{question}"
ADDRESS = "/ask"
QUESTIONS = {"check": "POST", "preview": "POST", "vocabulary": "GET"}
METHODS = ("GET", "POST")
# A rule has 500 characters at most, and its options are a handful of numbers and names.
LARGEST_BODY = 16 * 1024
# A preview reads stored rows of many days.
TIMEOUT = httpx.Timeout(30.0, connect=2.0)
# The engine closes a connection that is idle for five seconds.
LIMITS = httpx.Limits(keepalive_expiry=3.0)


class Asking:
    """The route's endpoint. Keeps its connections to the engine, since opening one would take longer than the answer."""

    def __init__(self, api: Callable[[], str]) -> None:
        self._api = api
        """Asked each time, since an engine started anew may be elsewhere."""
        self._client: httpx.AsyncClient | None = None

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def endpoint(self, request: Request) -> Response:
        question = request.path_params["question"]
        method = QUESTIONS.get(question)
        if method is None:
            return _refused(404, f"there is no question {question!r}: choose one of {', '.join(QUESTIONS)}")
        if request.method != method:
            return _refused(405, f"{question} is asked with {method}")
        body = await _bounded(request)
        if body is None:
            return _refused(413, f"this is longer than {LARGEST_BODY} bytes: a rule has 500 characters at most")
        return await self._pass_on(method, f"{self._api()}/api/alerts/{question}", body)

    async def _pass_on(self, method: str, url: str, body: bytes) -> Response:
        if self._client is None:
            self._client = httpx.AsyncClient(trust_env=False, timeout=TIMEOUT, limits=LIMITS)
        headers = {"Content-Type": "application/json"} if body else {}
        question = self._client.build_request(method, url, content=body, headers=headers)
        try:
            try:
                answer = await self._client.send(question)
            except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
                # It closed a connection just as we used it again. A question changes nothing, so it may be asked twice.
                answer = await self._client.send(question)
        except httpx.TimeoutException:
            return _refused(503, "the engine does not answer in time: try again in a moment")
        except httpx.HTTPError:
            return _refused(503, "the engine does not answer: nothing can be checked now")
        return Response(answer.content, answer.status_code, media_type="application/json")


async def _bounded(request: Request) -> bytes | None:
    """The request's body, or None when it is too long to be a rule."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST_BODY:
            return None
    return body


def _refused(status: int, message: str) -> Response:
    return JSONResponse({"error": {"message": message}}, status)
