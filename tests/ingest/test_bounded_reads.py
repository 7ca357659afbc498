"""What piled up in the kernel is read in slices, and the reading client's memory does not depend on how much it was."""

from __future__ import annotations

import asyncio

import picows

from spreadscope.exchange.venues import DEFAULT
from spreadscope.ingest.bounded_reads import READ_BYTES
from spreadscope.ingest.websocket import Socket
from spreadscope.model.clock import SystemClock
from spreadscope.tasks import Tasks
from tests.e2e.line import run

FRAME = b"x" * 200
FRAMES = 100_000


class Flood(picows.WSListener):
    """Sends all it has, as fast as it is taken."""

    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        for _ in range(FRAMES):
            transport.send(picows.WSMsgType.TEXT, FRAME)
        transport.send_close(picows.WSCloseCode.OK, b"done")


def test_twenty_megabytes_that_wait_are_read_in_slices() -> None:
    async def main() -> None:
        reads: list[int] = []
        server = await picows.ws_create_server(lambda _: Flood(), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        tasks = await Tasks().__aenter__()
        socket = Socket("one", DEFAULT, SystemClock(), lambda frames: reads.append(sum(map(len, frames))), tasks)
        socket.pause()
        assert await socket.open(f"ws://127.0.0.1:{port}/", 30)
        socket.resume()
        await asyncio.wait_for(socket.ended(), 30)
        await socket.close()
        assert tasks.running == frozenset()
        server.close()
        await server.wait_closed()
        assert sum(reads) == FRAMES * len(FRAME)
        assert max(reads) <= READ_BYTES
        assert socket.detail == "closed by the exchange: 1000 done"

    run(main())
