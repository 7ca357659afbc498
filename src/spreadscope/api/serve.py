"""The server of the API, in the event loop of the engine."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp

from spreadscope.api.application import create_app
from spreadscope.api.connections import BoundedConnection
from spreadscope.api.limits import ApiLimits
from spreadscope.api.requests import MAX_FRAME_BYTES
from spreadscope.app.config_file import ConfigFile
from spreadscope.app.live_engine import LiveEngine
from spreadscope.model.errors import ConfigError, SpreadscopeError
from spreadscope.tasks import Policy, Tasks


def bind(host: str, port: int) -> socket.socket:
    """Returns a listening socket; port 0 picks a free port. Raises ``ConfigError`` where the port is in use."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ConfigError(
            f"port {port} on {host} cannot be used ({error.strerror}): stop what uses it or choose another port"
        ) from None
    listener.listen(128)
    listener.settimeout(0)
    return listener


def url_of(listener: socket.socket) -> str:
    """Returns ``http://host:port`` of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Server(uvicorn.Server):
    """A uvicorn server without signal handlers: the program itself handles signals."""

    def install_signal_handlers(self) -> None:
        return


@asynccontextmanager
async def serving(
    live: LiveEngine,
    listener: socket.socket,
    limits: ApiLimits | None = None,
    config_file: ConfigFile | None = None,
) -> AsyncIterator[str]:
    """Serve the API inside the context, at the yielded URL."""
    limits = limits or ApiLimits()
    async with serving_app(create_app(live, limits, config_file), live.tasks, listener, limits) as url:
        yield url


@asynccontextmanager
async def serving_app(app: ASGIApp, tasks: Tasks, listener: socket.socket, limits: ApiLimits) -> AsyncIterator[str]:
    """Serve an application inside the context, at the yielded URL. ``tasks`` end when it ends by itself."""
    config = uvicorn.Config(
        app,
        log_level="warning",
        lifespan="on",
        http=BoundedConnection.with_limits(limits),
        ws="websockets-sansio",
        ws_max_size=MAX_FRAME_BYTES,
        proxy_headers=False,  # there is no proxy before the API: such headers would be wrong
        timeout_graceful_shutdown=1,
        # Clients keep their pool for 5 s; ending a connection then races with their next request.
        timeout_keep_alive=75,
    )
    server = _Server(config)
    # The engine stops when the API ends. serve() would install signal handlers, so _serve() is used.
    api = tasks.start("API", Policy.FATAL, lambda: server._serve([listener]))  # noqa: SLF001
    try:
        while not server.started:
            if api.done:
                raise api.error or SpreadscopeError("the API could not begin: see the log")
            await asyncio.sleep(0.01)
        yield url_of(listener)
    finally:
        server.should_exit = True
        await api.wait()
        listener.close()
