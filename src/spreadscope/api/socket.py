"""The WebSocket ``/ws``: its description, and messages in and out until either side ends it."""

from __future__ import annotations

import asyncio

from starlette.websockets import WebSocket, WebSocketDisconnect

from spreadscope.api.client import Client
from spreadscope.api.hub import Hub
from spreadscope.api.routing import Routes
from spreadscope.api.structs import OVERRIDES
from spreadscope.contract.schema import socket_schema
from spreadscope.model.errors import SpreadscopeError

TRY_AGAIN_LATER = 1013


def add_socket_schema(routes: Routes) -> None:
    """Add the route that describes the socket's messages, which ``/openapi.json`` cannot."""
    schema = socket_schema(OVERRIDES)

    @routes.get("/api/socket.json")
    async def get_socket_schema() -> dict[str, object]:
        return schema


async def serve_socket(websocket: WebSocket, hub: Hub) -> None:
    """One client, from its handshake to its end."""
    await websocket.accept()
    try:
        client = hub.join()
    except SpreadscopeError as error:
        await websocket.close(TRY_AGAIN_LATER, str(error))
        return
    # A client that asks without reading is not listened to until it reads: its end is noticed by the one who sends.
    tasks = {
        asyncio.create_task(_send(websocket, client), name="socket-sender"),
        asyncio.create_task(_receive(websocket, client, hub), name="socket-receiver"),
    }
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        hub.leave(client)
        for task in tasks:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception) and not isinstance(result, (WebSocketDisconnect, RuntimeError)):
                raise result  # Starlette raises RuntimeError once a socket is gone


async def _send(websocket: WebSocket, client: Client) -> None:
    while True:
        await websocket.send_text((await client.get()).decode())


async def _receive(websocket: WebSocket, client: Client, hub: Hub) -> None:
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            return
        await hub.command(client, message.get("text"))
