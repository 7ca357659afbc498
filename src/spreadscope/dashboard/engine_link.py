"""The engine as this dashboard asks it: its address, and what the dashboard shows it of itself and of a person."""

from __future__ import annotations

from starlette.requests import HTTPConnection

from spreadscope.client import EngineHeaders, engine_headers
from spreadscope.dashboard.engine_process import EngineProcess
from spreadscope.guard.identity import IdentityKind, identity_of

SESSION_COOKIE = "spreadscope_session"
#: Which the gate sets and no browser can: how the page script knows whose run it is.
PERSON_HEADER = "spreadscope-person"


class EngineLink:
    """The engine of this dashboard. ``headers_of`` is for what a person asks, ``own_headers`` for all else."""

    def __init__(self, engine: EngineProcess) -> None:
        self._engine = engine

    def address(self) -> str:
        """Returns the engine's address; a restarted one may have another."""
        return self._engine.api

    def own_headers(self) -> EngineHeaders:
        """Returns what the dashboard shows of itself."""
        return engine_headers(self._engine.key)

    def headers_of(self, asked: HTTPConnection) -> EngineHeaders:
        """Returns what is shown for a request of a browser: the person's sign-in, with which the engine judges it.

        Raises ``PermissionError`` for one that did not come through the gate.
        """
        identity = identity_of(asked.scope)
        if identity is None:
            raise PermissionError("a request that no gate has judged")
        token = asked.cookies.get(SESSION_COOKIE) if identity.kind is IdentityKind.SESSION else None
        return engine_headers(self._engine.key, token)
