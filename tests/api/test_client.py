"""What waits for a page's socket is bounded in number and in bytes, whatever it waits for."""

from __future__ import annotations

import asyncio
from pathlib import Path

from spreadscope.api.limits import ApiLimits
from spreadscope.api.socket_client import MAX_BYTES, SocketClient
from tests.api.served import TOPIC, hub_of, served
from tests.e2e.line import run, until
from tests.support.facts import alert


def test_updates_behind_a_snapshot_are_bounded_in_bytes_over_all_topics() -> None:
    async def main() -> None:
        client = SocketClient()
        topics = [f"pair:{number}" for number in range(20)]
        for topic in topics:
            client.topics.add(topic)
            client.request(topic)
        piece = bytes(MAX_BYTES // 10)
        for _ in range(5):
            for topic in topics:
                client.push(topic, piece)
                assert client._delayed_bytes == sum(len(m) for held in client._delayed.values() for m in held)
                assert client._delayed_bytes <= MAX_BYTES
        assert client.overrun
        for topic in topics:
            client._requests.pop(topic, None)
            client._take_delayed(topic)
        assert client._delayed_bytes == 0

    asyncio.run(main())


def test_facts_that_nobody_sends_are_bounded_and_a_snapshot_follows(tmp_path: Path) -> None:
    limits = ApiLimits(pending=50, update_seconds=30.0, pair_seconds=30.0)

    async def main() -> None:
        async with served(tmp_path, speed=50.0) as (_, live, _client), hub_of(live, limits) as own:
            client = own.join()
            client.topics.update({TOPIC, "alerts"})
            for number in range(200):
                own._on_facts([alert(time=number)])
            assert len(own._alerts) <= 50
            assert "alerts" in client.overrun
            await until(lambda: TOPIC in client.overrun)
            assert all(len(found) <= 50 for kinds in own._pending.values() for found in kinds.values())
            own._request_snapshots()
            assert {TOPIC, "alerts"} & client._requests.keys() or client._queue

    run(main())
