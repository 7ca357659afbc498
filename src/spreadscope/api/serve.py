"""The server of the API, in the event loop of the engine."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import uvicorn
from starlette.types import ASGIApp

from spreadscope import log_setup
from spreadscope.api.application import create_app
from spreadscope.api.connections import BoundedConnection
from spreadscope.api.limits import ApiLimits
from spreadscope.api.request_ids import RequestIds
from spreadscope.api.requests import MAX_FRAME_BYTES
from spreadscope.app.access_service import AccessService
from spreadscope.app.config_file import ConfigFile
from spreadscope.app.exposure import CertificateFiles
from spreadscope.app.live_engine import LiveEngine
from spreadscope.app.oidc.make_service import make_oidc
from spreadscope.model.errors import ConfigError, SpreadscopeError
from spreadscope.tasks import Policy, Tasks, end

_DAY_SECONDS = 86_400.0


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


def url_of(listener: socket.socket, scheme: str = "http") -> str:
    """Returns ``http://host:port`` of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


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
    tls: CertificateFiles | None = None,
) -> AsyncIterator[str]:
    """Serve the API inside the context, at the yielded URL."""
    limits = limits or ApiLimits()
    config = live.config
    async with AsyncExitStack() as opened:
        access = opened.enter_context(AccessService(config.data, config.access, live.clock))
        access.make_local_key()
        provider = make_oidc(config.access.oidc)
        if provider is not None:
            await opened.enter_async_context(provider)
        app = create_app(live, limits, config_file, access=access, provider=provider)
        async with Tasks(live.task_failed) as tasks:
            forgetting = tasks.start("log of changes", Policy.RESTART, partial(_forget_old_lines, access))
            try:
                async with serving_app(app, live.tasks, listener, limits, tls) as url:
                    yield url
            finally:
                await end(forgetting)


async def _forget_old_lines(access: AccessService) -> None:
    while True:
        await asyncio.to_thread(access.forget_old)
        await asyncio.sleep(_DAY_SECONDS)


@asynccontextmanager
async def serving_app(
    app: ASGIApp, tasks: Tasks, listener: socket.socket, limits: ApiLimits, tls: CertificateFiles | None = None
) -> AsyncIterator[str]:
    """Serve an application inside the context, at the yielded URL. ``tasks`` end when it ends by itself."""
    config = uvicorn.Config(
        RequestIds(app),
        log_level="warning",
        log_config=log_setup.server_log_config(),
        lifespan="on",
        http=BoundedConnection.with_limits(limits),
        ws="websockets-sansio",
        ws_max_size=MAX_FRAME_BYTES,
        proxy_headers=False,  # the guard reads them, of named proxies
        ssl_certfile=tls[0] if tls else None,
        ssl_keyfile=tls[1] if tls else None,
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
        yield url_of(listener, "https" if tls else "http")
    finally:
        server.should_exit = True
        await api.wait()
        listener.close()
