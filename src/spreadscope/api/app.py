"""The FastAPI application over one live engine. Routes and objects: ``docs/api.md``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI, WebSocket

import spreadscope
from spreadscope.api.alert_history import add_alert_history
from spreadscope.api.alerts import add_alerts
from spreadscope.api.delivery import add_delivery
from spreadscope.api.description import describe
from spreadscope.api.disk import Disk
from spreadscope.api.errors import add_errors
from spreadscope.api.hub import Hub
from spreadscope.api.market import add_market
from spreadscope.api.queries import each_once
from spreadscope.api.routing import Routes
from spreadscope.api.socket import add_socket_schema, serve_socket
from spreadscope.api.status import StatusMaker
from spreadscope.api.watching import add_watching
from spreadscope.guard.bodies import BoundedBodies
from spreadscope.guard.middleware import Guard
from spreadscope.runtime.live import LiveEngine


def create_app(live: LiveEngine) -> FastAPI:
    """The application; ``live`` must be running."""
    status = StatusMaker(live)
    disk = Disk(live.writer)
    hub = Hub(live, status, disk)

    def hub_ended(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            status.faults.ended("the live updates", error)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(hub.run(), name="hub")
        task.add_done_callback(hub_ended)
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await disk.close()

    app = FastAPI(
        title="Spreadscope", version=spreadscope.__version__, lifespan=lifespan, dependencies=[Depends(each_once)]
    )
    app.add_middleware(BoundedBodies)
    app.add_middleware(Guard)  # the last one added is the first one asked
    add_errors(app)
    routes = Routes(app)
    add_market(app, routes, live, status, disk)
    add_watching(routes, live, disk)
    add_alerts(routes, live, disk, hub.rules_changed)
    add_alert_history(routes, live, disk)
    add_delivery(routes, live, disk)
    add_socket_schema(routes)
    describe(app, routes.described)

    @app.websocket("/ws")
    async def socket(websocket: WebSocket) -> None:
        await serve_socket(websocket, hub)

    return app
