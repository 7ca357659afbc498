"""The WebSocket ``/ws``: its description, and the tasks that send and receive until one side ends."""

from __future__ import annotations

from functools import partial

from starlette.websockets import WebSocket, WebSocketDisconnect

from spreadscope.api.hub import Hub
from spreadscope.api.routing import Routes
from spreadscope.api.socket_client import SocketClient
from spreadscope.api.structs import OVERRIDES
from spreadscope.contract.schema import socket_schema
from spreadscope.model.errors import SpreadscopeError
from spreadscope.tasks import Policy, Running, Tasks, first_ended

TRY_AGAIN_LATER = 1013


def add_socket_schema(routes: Routes) -> None:
    """Add the route that describes the messages of the socket, which ``/openapi.json`` cannot."""
    schema = socket_schema(OVERRIDES)

    @routes.get("/api/socket.json")
    async def get_socket_schema() -> dict[str, object]:
        return schema


async def serve_socket(websocket: WebSocket, hub: Hub) -> None:
    """Serve one client, from its handshake to its end."""
    await websocket.accept()
    try:
        client = hub.join()
    except SpreadscopeError as error:
        await websocket.close(TRY_AGAIN_LATER, str(error))
        return
    # A client that does not read is not received from either; then the sender notices its end.
    running: tuple[Running[None], ...] = ()
    try:
        async with Tasks() as tasks:
            running = (
                tasks.start("socket's sender", Policy.OWNED, partial(_send, websocket, client)),
                tasks.start("socket's receiver", Policy.OWNED, partial(_receive, websocket, client, hub)),
            )
            await first_ended(running)
    finally:
        hub.leave(client)
    for task in running:
        # Starlette raises RuntimeError once a socket is gone.
        if task.error is not None and not isinstance(task.error, WebSocketDisconnect | RuntimeError):
            hub.failed("a page's socket", task.error)


async def _send(websocket: WebSocket, client: SocketClient) -> None:
    while True:
        await websocket.send_text((await client.get()).decode())


async def _receive(websocket: WebSocket, client: SocketClient, hub: Hub) -> None:
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            return
        await hub.on_message(client, message.get("text"))
