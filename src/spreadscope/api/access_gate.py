"""The gate of the API: who asks, may they, and a line in the log for what they changed (``docs/access.md``).

A program shows a key (``Authorization: Bearer``), or a token of the provider, where one is configured. The dashboard
shows, for a person, that person's session beside what it is known by itself: then the person's scopes count, whichever
way the request came. On loopback a program of the account that runs the engine needs to show nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from spreadscope.api.access_table import READS, AccessTable
from spreadscope.app.oidc.oidc_errors import NotNamedError, OidcError, ProviderError
from spreadscope.guard.attempts import FailedAttempts
from spreadscope.guard.identity import NOTHING, OWNER, READ, AccessScope, Identity, IdentityKind, names, set_identity
from spreadscope.guard.middleware import GuardAnswer, refuse_socket
from spreadscope.guard.middleware import error as error_answer
from spreadscope.guard.peer import OwnPrograms
from spreadscope.guard.revoking import CHECK_SECONDS, RevocableSocket

log = structlog.get_logger()

SESSION_HEADER = "spreadscope-session"
_BEARER = "bearer "
_DOTS_OF_JWT = 2  # keys of ours have none
_RETRY_SECONDS = "30"
_HOW = "sign in: show an API key (Authorization: Bearer …), or ask as the account that runs the engine (docs/access.md)"
_OVER = "the sign-in is over: sign in again"


class Credentials(Protocol):
    """What the gate asks; both may read or write a file."""

    def identify(self, token: str) -> Identity | None:
        """Returns whose token it is; None where it is nobody's."""

    def note(self, identity: Identity | None, peer: str, what: str, status: int) -> None:
        """Add a line to the log of changes."""


class ProviderTokens(Protocol):
    """The provider, whose tokens programs may show."""

    async def identify(self, token: str) -> Identity:
        """Returns whose token it is. Raises ``OidcError``."""


class _RefusedError(Exception):
    """``identity`` is who may not; None where nobody is known."""

    def __init__(self, answer: GuardAnswer, why: str, identity: Identity | None = None) -> None:
        super().__init__(why)
        self.answer = answer
        self.identity = identity


class AccessGate:
    """ASGI middleware: 401 for who is not known, 403 for who may not, 429 for who has failed too often.

    Without ``credentials`` the account that runs the engine alone is answered, as in a playback's process.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        table: AccessTable,
        own: OwnPrograms,
        credentials: Credentials | None,
        failed: Callable[[Exception], None],
        provider: ProviderTokens | None = None,
        attempts: FailedAttempts | None = None,
        check_seconds: float = CHECK_SECONDS,
    ) -> None:
        """``failed`` is told that a line could not be written to the log of changes."""
        self._app = app
        self._table = table
        self._own = own
        self._credentials = credentials
        self._failed = failed
        self._provider = provider
        self._attempts = attempts or FailedAttempts()
        self._check_seconds = check_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        method = scope.get("method", "GET")
        needed = self._table.needed(method, scope["path"])
        if scope["type"] == "http" and needed == NOTHING:
            await self._app(scope, receive, send)
            return
        changes = scope["type"] == "http" and method not in READS and needed != READ
        try:
            identity = await self._identify(scope)
            if not identity.may(needed):
                raise _not_allowed(identity, needed)
        except _RefusedError as refused:
            await self._refuse(scope, receive, send, refused, refused.identity if changes else None)
            return
        set_identity(scope, identity)
        if scope["type"] == "websocket":
            receive, send = self._revocable(scope, receive, send, identity)
        elif changes:
            send = self._noting(scope, send, identity)
        await self._app(scope, receive, send)

    # --- who asks -----------------------------------------------------------------------------------------------------

    async def _identify(self, scope: Scope) -> Identity:
        """Returns who asks. Raises ``_RefusedError``."""
        host = scope["client"][0] if scope.get("client") else ""
        headers = Headers(scope=scope)
        carrier = await self._carrier(scope, host, headers.getlist("authorization"))
        sessions = headers.getlist(SESSION_HEADER)
        if not sessions:
            if carrier is None:
                raise _RefusedError(error_answer(401, _HOW, {"WWW-Authenticate": "Bearer"}), _HOW)
            return carrier
        person = await self._of_token(sessions[0]) if len(sessions) == 1 else None
        if person is not None and person.kind is IdentityKind.SESSION:
            return person
        if carrier is None:  # a dashboard that is known by itself is not held to what browsers send it
            self._attempts.failed(host)
        raise _RefusedError(error_answer(401, _OVER, {"WWW-Authenticate": "Bearer"}), _OVER)

    async def _carrier(self, scope: Scope, host: str, shown: list[str]) -> Identity | None:
        """Returns whose program sends the request; None where that is not known."""
        if not shown and await self._own.are_at(scope):
            return OWNER
        if (wait := self._attempts.wait(host)) > 0:
            why = f"too many attempts to sign in failed: wait {wait:.0f} s"
            raise _RefusedError(error_answer(429, why, {"Retry-After": str(max(1, round(wait)))}), why)
        if not shown:
            return None
        token = _token(shown[0])
        if self._provider is not None and token.count(".") == _DOTS_OF_JWT and len(shown) == 1:
            return await self._of_provider(self._provider, token, host)
        found = await self._of_token(token) if token and len(shown) == 1 else None
        if found is None or found.kind is IdentityKind.SESSION:
            self._attempts.failed(host)
            why = "this API key is not valid: it may have been revoked (spreadscope access key list)"
            raise _RefusedError(error_answer(401, why, {"WWW-Authenticate": 'Bearer error="invalid_token"'}), why)
        return found

    async def _of_provider(self, provider: ProviderTokens, token: str, host: str) -> Identity:
        """Returns whose token of the provider it is. Raises ``_RefusedError``."""
        try:
            return await provider.identify(token)
        except ProviderError as error:  # nobody has tried anything: it is not counted
            raise _RefusedError(error_answer(503, str(error), {"Retry-After": _RETRY_SECONDS}), str(error)) from None
        except OidcError as error:
            self._attempts.failed(host)
            status = 403 if isinstance(error, NotNamedError) else 401
            headers = {} if status == 403 else {"WWW-Authenticate": 'Bearer error="invalid_token"'}
            raise _RefusedError(error_answer(status, str(error), headers), str(error)) from None

    async def _of_token(self, token: str) -> Identity | None:
        if self._credentials is None:
            return None
        return await asyncio.to_thread(self._credentials.identify, token)

    # --- what they do -------------------------------------------------------------------------------------------------

    def _revocable(self, scope: Scope, receive: Receive, send: Send, identity: Identity) -> tuple[Receive, Send]:
        if identity.kind is IdentityKind.OWNER:
            return receive, send

        headers = Headers(scope=scope)
        session = identity.kind is IdentityKind.SESSION
        token = headers[SESSION_HEADER] if session else _token(headers["authorization"])

        async def still_valid() -> bool:
            # Only this token is looked at: that somebody else at the same address has to wait ends no socket.
            if identity.kind is IdentityKind.TOKEN and self._provider is not None:
                try:
                    return (await self._provider.identify(token)).may(READ)
                except OidcError:
                    return False
            found = await self._of_token(token)
            return found is not None and found.may(READ)

        socket = RevocableSocket(receive, send, still_valid, self._check_seconds)
        return socket.receive, socket.send

    def _noting(self, scope: Scope, send: Send, identity: Identity) -> Send:
        """Returns a ``send`` that writes the line to the log before the answer begins."""

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                await self._note(scope, identity, message["status"])
            await send(message)

        return noting

    async def _note(self, scope: Scope, identity: Identity | None, status: int) -> None:
        if self._credentials is None:
            return
        peer = scope["client"][0] if scope.get("client") else ""
        if identity is not None and identity.kind is IdentityKind.SESSION:
            peer = identity.peer  # the connection is the dashboard's
        try:
            await asyncio.to_thread(
                self._credentials.note, identity, peer, f"{scope['method']} {scope['path']}", status
            )
        except Exception as problem:  # noqa: BLE001 - what was done is done: it is answered, and the fault is told
            self._failed(problem)

    async def _refuse(
        self, scope: Scope, receive: Receive, send: Send, refused: _RefusedError, noted: Identity | None
    ) -> None:
        if scope["type"] == "websocket":
            await refuse_socket(scope, receive, send, refused.answer, str(refused))
            return
        if noted is not None:
            await self._note(scope, noted, refused.answer.status_code)
        await refused.answer(scope, receive, send)


def _token(shown: str) -> str:
    """Returns the token of an ``Authorization``; empty where it has none."""
    return shown[len(_BEARER) :].strip() if shown.lower().startswith(_BEARER) else ""


def _not_allowed(identity: Identity, needed: frozenset[AccessScope]) -> _RefusedError:
    why = f"{identity.name!r} may not do this: it needs the scope {' or '.join(names(needed))} (docs/access.md)"
    return _RefusedError(error_answer(403, why), why, identity)
