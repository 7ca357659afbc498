"""Caps that no other test has: downloads that are under way at one time, files that are kept, tabs of the pages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import websockets
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from spreadscope.api.disk import Disk
from spreadscope.api.exports import Downloads
from spreadscope.api.limits import ApiLimits
from spreadscope.app.dropped_files import DroppedFileLimits, DroppedFiles
from spreadscope.model.clock import SystemClock
from spreadscope.model.errors import BusyError, ConfigError
from spreadscope.model.states import ExportFormat, ExportKind
from spreadscope.model.timeframe import Timeframe
from spreadscope.store.export import ExportRequest
from spreadscope.tasks import Tasks
from tests.api.served import served
from tests.dashboard.served import dashboard
from tests.e2e.line import run

REQUEST = ExportRequest(ExportKind.TICKS, ExportFormat.CSV, "AAAUSDT", None, Timeframe.M1, 0, 2**53 - 1)


def test_so_many_downloads_are_under_way_and_no_more(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path, speed=1.0) as (_, live, client), Tasks() as tasks:
            disk = Disk(live.store.writer, tasks, ApiLimits())
            downloads = Downloads(live.store.reader, live.markets, disk, most=2)
            first, _ = [await downloads.respond(REQUEST) for _ in range(2)]
            with pytest.raises(HTTPException, match="2 downloads are under way already") as refused:
                await downloads.respond(REQUEST)
            assert refused.value.status_code == 503
            assert refused.value.headers == {"Retry-After": "1"}

            async def gone() -> dict[str, str]:
                return {"type": "http.disconnect"}

            async def sent(_: object) -> None:
                raise OSError("the client has left")

            scope = {"type": "http", "asgi": {"spec_version": "2.4"}}
            with pytest.raises(ClientDisconnect):
                await first(scope, gone, sent)
            await downloads.respond(REQUEST)  # its place is free again, though it did not end well
            # Over the wire many at once are answered or told to wait, and later all are well.
            address = "/api/export/ticks?symbol=AAAUSDT"
            answers = await asyncio.gather(*(client.get(address) for _ in range(30)))
            assert {answer.status_code for answer in answers} <= {200, 503}
            assert (await client.get(address)).status_code == 200

    run(main())


def test_no_more_files_are_kept_than_there_is_room_for(tmp_path: Path) -> None:
    async def chunks(content: bytes) -> AsyncIterator[bytes]:
        yield content

    async def main() -> None:
        limits = DroppedFileLimits(files=3, file_bytes=10, all_bytes=15)
        files = DroppedFiles(tmp_path, SystemClock(), limits)
        with pytest.raises(ConfigError, match=r"at most .* of one file"):
            await files.receive("a.csv", 11, chunks(b"x" * 11))
        with pytest.raises(ConfigError, match="longer than it was said to be"):
            await files.receive("a.csv", 5, chunks(b"x" * 10))
        await files.receive("a.csv", 10, chunks(b"x" * 10))
        with pytest.raises(BusyError, match="1 dropped files"):  # there is a place, and no room
            await files.receive("a.csv", 6, chunks(b"x" * 6))
        for content in (b"xx", b"x"):
            await files.receive("a.csv", len(content), chunks(content))
        with pytest.raises(BusyError, match="3 dropped files"):
            await files.receive("a.csv", 1, chunks(b"x"))
        assert await files.remove(files.listed()[0].id)
        laid = await asyncio.to_thread(lambda: sum(path.stat().st_size for path in tmp_path.rglob("*.csv*")))
        assert laid == 3  # nothing of what was refused stays

    run(main())


def test_so_many_tabs_are_open_at_the_pages_and_no_more() -> None:
    async def main() -> None:
        async with dashboard("http://127.0.0.1:1") as (server, port):
            server.relay.most_tabs = 2
            address = f"ws://127.0.0.1:{port}/live"
            async with websockets.connect(address, proxy=None) as first, websockets.connect(address, proxy=None):
                async with asyncio.timeout(10):
                    while server.relay.tabs < 2:  # noqa: ASYNC110 - each is counted when its handler runs
                        await asyncio.sleep(0.01)
                async with websockets.connect(address, proxy=None) as third:
                    with pytest.raises(websockets.ConnectionClosed) as closed:
                        async with asyncio.timeout(10):
                            await third.recv()
                assert closed.value.rcvd is not None
                assert (closed.value.rcvd.code, "tabs are open already" in closed.value.rcvd.reason) == (1013, True)
                await first.close()
                async with asyncio.timeout(10):
                    while server.relay.tabs > 1:  # noqa: ASYNC110
                        await asyncio.sleep(0.01)
                async with websockets.connect(address, proxy=None) as again:
                    await again.send('{"op": "subscribe", "topic": "status"}')
                    async with asyncio.timeout(10):
                        assert await again.recv()

    run(main())
