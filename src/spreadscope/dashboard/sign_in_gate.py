"""The gate of the pages: before every route and socket, Streamlit's too. Who is not known gets the page to sign in."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from spreadscope.dashboard import sign_in
from spreadscope.dashboard.engine_link import PERSON_HEADER, SESSION_COOKIE
from spreadscope.dashboard.people import EngineSilentError, People
from spreadscope.guard.identity import CALLBACK_PATH, OWNER, Identity, IdentityKind, set_identity
from spreadscope.guard.middleware import error, refuse_socket
from spreadscope.guard.peer import OwnPrograms
from spreadscope.guard.revoking import CHECK_SECONDS, RevocableSocket

# The readiness probe of whoever starts the dashboard; it says "ok".
HEALTH = "/_stcore/health"
_PUBLIC = frozenset({sign_in.PATH, sign_in.PROVIDER_PATH, CALLBACK_PATH, HEALTH})
_SIGN_IN = "sign in first: open the page in a browser"
_SILENT = "the engine does not answer, so nobody can be signed in: try again in a moment"


class SignInGate:
    """ASGI middleware: knows a person by the cookie of a sign-in, and on loopback the account that runs the server."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        people: People,
        own: OwnPrograms,
        base: Callable[[], str],
        check_seconds: float = CHECK_SECONDS,
    ) -> None:
        """``base`` is the path under which the pages are served."""
        self._app = app
        self._people = people
        self._own = own
        self._base = base
        self._check_seconds = check_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"} or self._is_public(scope["path"]):
            await self._app(scope, receive, send)
            return
        token = HTTPConnection(scope).cookies.get(SESSION_COOKIE)
        try:
            identity = await self._identify(scope, token)
        except EngineSilentError:
            await self._refuse(scope, receive, send, error(503, _SILENT, {"Retry-After": "2"}), _SILENT)
            return
        if identity is None:
            await self._refuse(scope, receive, send, await self._answer(scope), _SIGN_IN)
            return
        scope = _with_person(scope, identity)
        set_identity(scope, identity)
        if scope["type"] == "websocket" and token is not None and identity.kind is IdentityKind.SESSION:
            socket = RevocableSocket(receive, send, lambda: self._is_valid(token), self._check_seconds)
            receive, send = socket.receive, socket.send
        await self._app(scope, receive, send)

    def _is_public(self, path: str) -> bool:
        return path.removeprefix(self._base()) in _PUBLIC

    async def _identify(self, scope: Scope, token: str | None) -> Identity | None:
        found: Identity | None = None
        problem: EngineSilentError | None = None
        if token is not None:
            try:
                found = await self._people.of_token(token)
            except EngineSilentError as silent:
                problem = silent
        if found is None and await self._own.are_at(scope):
            return OWNER  # the cookie is an old one, or of another Spreadscope on this machine
        if found is None and problem is not None:
            raise problem
        return found

    async def _is_valid(self, token: str) -> bool:
        try:
            return await self._people.of_token(token) is not None
        except EngineSilentError:
            return False

    async def _answer(self, scope: Scope) -> Response:
        asked = HTTPConnection(scope).headers
        is_document = scope["type"] == "http" and scope["method"] == "GET" and "text/html" in asked.get("accept", "")
        if not is_document:
            return error(401, _SIGN_IN)
        return sign_in.page(self._base(), status=401, provider=await self._people.provider())

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, answer: Response, why: str) -> None:
        if scope["type"] == "websocket":
            await refuse_socket(scope, receive, send, error(answer.status_code, why), why)
        else:
            await answer(scope, receive, send)


def _with_person(scope: Scope, identity: Identity) -> Scope:
    """Returns a request with who asks in a header, for the page script; the cookie of an old sign-in is left out."""
    name = PERSON_HEADER.encode()
    headers = [header for header in scope["headers"] if header[0] != name]
    if identity.kind is not IdentityKind.SESSION:
        headers = [_without_session(header) for header in headers]
    return {**scope, "headers": [*headers, (name, identity.kind.value.encode())]}


def _without_session(header: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    if header[0] != b"cookie":
        return header
    kept = [part for part in header[1].split(b";") if part.partition(b"=")[0].strip() != SESSION_COOKIE.encode()]
    return header[0], b";".join(kept)
