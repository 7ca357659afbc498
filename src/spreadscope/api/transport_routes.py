"""The routes of a playback's transport (``docs/api.md``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from starlette.exceptions import HTTPException

from spreadscope import contract
from spreadscope.api.routing import Routes
from spreadscope.contract import PlaybackCommand, PlaybackMark
from spreadscope.guard.identity import WORK

LIVE = "this engine is live: a playback is started with POST /api/playbacks, and answers below its own path"


class TransportCommands(Protocol):
    """What moves a playback. A way back begins it anew, so that another engine may answer afterwards."""

    async def command(self, command: PlaybackCommand) -> contract.Playback:
        """Move the playback. Raises ``SpreadscopeError``."""

    def marks(self) -> list[PlaybackMark]:
        """Returns the known signals and alerts, in order of time."""


def add_transport(
    routes: Routes, status: Callable[[], contract.Playback | None], transport: TransportCommands | None
) -> None:
    """Add the routes. Without a ``transport`` they say that the engine is live."""

    @routes.get("/api/playback")
    async def get_playback() -> contract.Playback:
        if (found := status()) is None:
            raise HTTPException(404, LIVE)
        return found

    @routes.put("/api/playback", needs=WORK)
    async def put_playback(body: PlaybackCommand) -> contract.Playback:
        if transport is None:
            raise HTTPException(404, LIVE)
        return await transport.command(body)

    @routes.get("/api/playback/marks")
    async def get_marks() -> list[PlaybackMark]:
        if transport is None:
            raise HTTPException(404, LIVE)
        return transport.marks()
