"""The routes of sign-ins, keys and the log of changes (``docs/access.md``)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import msgspec
from fastapi import Query
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import StreamingResponse

from spreadscope import contract
from spreadscope.api.exports import Downloads
from spreadscope.api.queries import Name, NamePath
from spreadscope.api.routing import Routes
from spreadscope.app.access_service import AccessService, SignInError, person
from spreadscope.app.oidc.oidc_errors import NotNamedError, OidcError, ProviderError
from spreadscope.contract import AccessEntry, ProviderBeginBody, ProviderCompleteBody, SignInBody
from spreadscope.contract.bodies import LATEST
from spreadscope.guard.identity import ADMIN, READ, Identity, IdentityKind, identity_of
from spreadscope.model.errors import ConfigError
from spreadscope.model.states import ExportFormat
from spreadscope.store.export import csv_lines

if TYPE_CHECKING:  # its packages are an extra
    from spreadscope.app.oidc.oidc_service import OidcService

LogLimit = Annotated[int, Query(ge=1, le=1_000)]
LogBefore = Annotated[int, Query(ge=0, le=LATEST)]


def add_access(routes: Routes, access: AccessService | None, provider: OidcService | None = None) -> None:
    """Add the routes. Without ``access`` (in a playback) they know the owner alone."""

    @routes.get("/api/access/person")
    async def get_person(request: Request) -> contract.Person:
        return person(_asker(request))

    if access is not None:
        _add_signing_in(routes, access)
        _add_provider(routes, access, provider)
        _add_administration(routes, access)


def _add_signing_in(routes: Routes, access: AccessService) -> None:
    @routes.post("/api/access/sign-in", 201, needs=READ)
    async def post_sign_in(body: SignInBody) -> contract.SignedIn:
        try:
            token, session = await asyncio.to_thread(access.sign_in, body.code, body.peer, body.program)
        except SignInError as error:
            await asyncio.to_thread(access.note, None, body.peer, "sign in", 403)
            raise HTTPException(403, str(error)) from None
        return await _signed_in(access, token, session, body.peer, "sign in")

    @routes.delete("/api/access/person", needs=READ)
    async def delete_person(request: Request) -> None:
        """End the sign-in that asks."""
        identity = _asker(request)
        if identity.kind is not IdentityKind.SESSION:
            raise HTTPException(
                409, "only a sign-in can be ended so: an administrator revokes an API key, the provider a token"
            )
        await asyncio.to_thread(access.revoke_session, identity.id)
        await asyncio.to_thread(access.note, identity, identity.peer, "sign out", 204)


def _add_provider(routes: Routes, access: AccessService, provider: OidcService | None) -> None:
    what = "sign in through the provider"

    @routes.get("/api/access/provider")
    async def get_provider() -> contract.SignInProvider:
        return contract.SignInProvider(label=provider.label if provider is not None else "")

    @routes.post("/api/access/provider/begin", 201, needs=READ)
    async def post_begin(body: ProviderBeginBody) -> contract.ProviderBegun:
        try:
            address, flow = await _set(provider).begin(body.page)
        except ProviderError as error:
            raise HTTPException(503, str(error)) from None
        except ConfigError as error:
            raise HTTPException(409, str(error)) from None
        return contract.ProviderBegun(address=address, flow=flow)

    @routes.post("/api/access/provider/complete", 201, needs=READ)
    async def post_complete(body: ProviderCompleteBody) -> contract.SignedIn:
        try:
            known = await _set(provider).complete(body.flow, body.state, body.code, body.error, body.issuer)
            token, session = await asyncio.to_thread(access.sign_in_provided, known, body.peer, body.program)
        except ProviderError as error:
            await asyncio.to_thread(access.note, None, body.peer, f"{what}: {error}", 503)
            raise HTTPException(503, str(error)) from None
        except OidcError as error:
            who = error.who if isinstance(error, NotNamedError) else ""
            await asyncio.to_thread(access.note, None, body.peer, f"{what}: {error}", 403, said=who)
            raise HTTPException(403, str(error)) from None
        return await _signed_in(access, token, session, body.peer, what)


def _set(provider: OidcService | None) -> OidcService:
    if provider is None:
        raise HTTPException(409, "there is no provider to sign in through: set access.oidc (docs/access.md)")
    return provider


async def _signed_in(
    access: AccessService, token: str, session: contract.AccessSession, peer: str, what: str
) -> contract.SignedIn:
    identity = await asyncio.to_thread(access.identify, token)
    if identity is None:
        raise HTTPException(403, "the sign-in was revoked at once")
    await asyncio.to_thread(access.note, identity, peer, what, 201)
    return contract.SignedIn(token=token, expires=session.expires, person=person(identity))


def _add_administration(routes: Routes, access: AccessService) -> None:
    @routes.get("/api/access/sessions", needs=ADMIN)
    async def get_sessions() -> list[contract.AccessSession]:
        return await asyncio.to_thread(access.sessions)

    @routes.delete("/api/access/sessions/{session_id}", needs=ADMIN)
    async def delete_session(session_id: NamePath) -> None:
        if not await asyncio.to_thread(access.revoke_session, session_id):
            raise HTTPException(404, f"there is no sign-in {session_id[:20]!r}")

    @routes.delete("/api/access/sessions", needs=ADMIN)
    async def delete_sessions() -> None:
        await asyncio.to_thread(access.revoke_all_sessions)

    @routes.get("/api/access/keys", needs=ADMIN)
    async def get_keys() -> list[contract.ApiKey]:
        return await asyncio.to_thread(access.keys)

    @routes.delete("/api/access/keys/{name}", needs=ADMIN)
    async def delete_key(name: NamePath) -> None:
        if not await asyncio.to_thread(access.revoke_key, name):
            raise HTTPException(404, f"there is no API key {name[:20]!r}")


def add_access_log(routes: Routes, access: AccessService, downloads: Downloads) -> None:
    """Add the routes of the log of changes."""

    @routes.get("/api/access/log", needs=ADMIN)
    async def get_log(
        limit: LogLimit = 200, before: LogBefore = LATEST, who: Name = "", what: Name = ""
    ) -> list[contract.AccessEntry]:
        return await asyncio.to_thread(access.log, limit, before, who, what)

    @routes.get("/api/access/log/export", needs=ADMIN)
    async def export_log(who: Name = "", what: Name = "") -> StreamingResponse:
        return await downloads.stream(_csv_chunks(access, who, what), "changes.csv", ExportFormat.CSV)


def _csv_chunks(access: AccessService, who: str, what: str) -> Iterator[bytes]:
    """Yields the log as CSV, the newest line first; the columns are the fields of an entry."""
    yield csv_lines([AccessEntry.__struct_fields__])
    for page in access.log_pages(who, what):
        yield csv_lines(map(msgspec.structs.astuple, page))


def _asker(request: Request) -> Identity:
    identity = identity_of(request.scope)
    if identity is None:  # the gate stands before every route
        raise HTTPException(401, "sign in first")
    return identity
