"""The dashboard's routes on a real server."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette

from spreadscope.dashboard.environment import Settings
from spreadscope.dashboard.page_server import PageServer
from tests.dashboard.fake_upstream import until


def free_listener() -> socket.socket:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    return listener


@asynccontextmanager
async def served(app: Starlette, listener: socket.socket | None = None) -> AsyncIterator[int]:
    """Serve ``app`` until the block ends, and see it shut down in good time. ``listener`` is bound; else a free port
    is."""
    listener = listener or free_listener()
    # The implementation that Streamlit chooses.
    # Clients keep a connection for five seconds, as the server would: its end would race with their next request.
    config = uvicorn.Config(app, log_level="error", ws="websockets-sansio", timeout_keep_alive=75)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve([listener]))
    await until(lambda: server.started)
    try:
        yield int(listener.getsockname()[1])
    finally:
        server.should_exit = True
        async with asyncio.timeout(3):
            await task


@asynccontextmanager
async def dashboard(api: str) -> AsyncIterator[tuple[PageServer, int]]:
    server = PageServer(Settings(api=api, start_engine=False))
    app = Starlette(routes=server.routes(), lifespan=server.lifespan, middleware=server.middleware())
    async with served(app) as port:
        yield server, port
