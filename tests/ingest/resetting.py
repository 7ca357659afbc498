"""A server that resets every connection amid what it sends, as a broken path does. Run as a process of its own.

Prints its port; ends when its standard input closes.
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
import sys

import picows
import uvloop

FRAME = b"\x81\x7e\x00\xe6" + b"x" * 230  # text, 230 bytes
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Resetting(picows.WSListener):
    """One connection: frames in bursts for some hundredths of a second, then RST."""

    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        self._room = asyncio.Event()
        self._room.set()
        self._sending = asyncio.create_task(self._send(transport.underlying_transport))

    async def _send(self, transport: asyncio.Transport) -> None:
        end = asyncio.get_running_loop().time() + random.uniform(0.01, 0.05)
        while asyncio.get_running_loop().time() < end:
            await self._room.wait()
            transport.write(FRAME * random.randint(1, 400))
            await asyncio.sleep(random.choice((0, 0.001, 0.005)))
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        transport.abort()

    def pause_writing(self) -> None:
        self._room.clear()

    def resume_writing(self) -> None:
        self._room.set()


async def main() -> None:
    server = await picows.ws_create_server(lambda _: Resetting(), "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    random.seed(1)
    uvloop.run(main())
