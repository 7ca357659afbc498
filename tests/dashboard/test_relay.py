"""The relay against a real WebSocket server: one subscription for all tabs, a snapshot for each, and no lost state."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from spreadscope.contract import Request
from spreadscope.dashboard.relay import MAX_TABS, MAX_TOPICS, Relay, socket_url
from spreadscope.dashboard.tab_queue import Tab
from tests.dashboard.fake_upstream import Upstream, until, upstream

TOPIC = "pair:BTCUSDT/ETHUSDT:1s"


@asynccontextmanager
async def running(server: Upstream, **options: Any) -> AsyncIterator[Relay]:
    relay = Relay(lambda: server.api, max_delay=0.3, **options)
    task = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        task.cancel()
        async with asyncio.timeout(3):  # a clean shutdown is a quick one
            await asyncio.gather(task, return_exceptions=True)


async def received(tab: Tab) -> dict[str, Any]:
    async with asyncio.timeout(3):
        text = await tab.get()
    assert text is not None
    return dict(json.loads(text))


async def joined(relay: Relay, *topics: str, limit: int = 64) -> Tab:
    """A tab that follows ``topics`` and has read everything up to its snapshots."""
    tab = Tab(limit)
    relay.join(tab)
    while (await received(tab)).get("state") != "connected":
        pass
    for topic in topics:
        await relay.handle(tab, Request("subscribe", topic, f"mine:{topic}"))
    for topic in topics:
        message = await received(tab)
        assert (message["type"], message["topic"], message["ref"]) == ("snapshot", topic, f"mine:{topic}")
    return tab


def test_many_tabs_make_one_subscription_and_each_gets_its_own_snapshot() -> None:
    async def scenario() -> None:
        async with upstream() as server, running(server) as relay:
            first = await joined(relay, TOPIC)
            server.version = 7
            others = [await joined(relay, TOPIC) for _ in range(4)]
            assert len(server.asked("subscribe", TOPIC)) == 1
            assert len(server.asked("snapshot", TOPIC)) == 4
            await server.push(TOPIC, {"live": 1})
            for tab in (first, *others):
                assert await received(tab) == {"topic": TOPIC, "type": "update", "data": {"live": 1}}

    asyncio.run(scenario())


def test_updates_wait_for_the_snapshot() -> None:
    async def scenario() -> None:
        async with upstream() as server, running(server) as relay:
            await joined(relay, TOPIC)
            late = Tab()
            relay.join(late)
            assert (await received(late))["state"] == "connected"
            late.topics[TOPIC] = None
            late.waiting.add(TOPIC)
            relay._followers[TOPIC].add(late)  # as if its snapshot were still on the way
            await server.push(TOPIC, {"live": 1})
            await relay.handle(late, Request("subscribe", TOPIC, "x"))
            assert (await received(late))["type"] == "snapshot"

    asyncio.run(scenario())


def test_the_last_tab_to_leave_ends_the_subscription() -> None:
    async def scenario() -> None:
        async with upstream() as server, running(server) as relay:
            first, second = await joined(relay, TOPIC), await joined(relay, TOPIC)
            await relay.leave(first)
            await server.push(TOPIC, {"live": 2})
            assert (await received(second))["data"] == {"live": 2}
            assert not server.asked("unsubscribe")
            await relay.leave(second)
            await until(lambda: server.asked("unsubscribe", TOPIC))
            third = await joined(relay, TOPIC)
            assert len(server.asked("subscribe", TOPIC)) == 2
            await relay.handle(third, Request("unsubscribe", TOPIC))
            await until(lambda: len(server.asked("unsubscribe", TOPIC)) == 2)

    asyncio.run(scenario())


def test_a_sleeping_tab_loses_its_backlog_and_starts_anew_from_a_snapshot() -> None:
    async def scenario() -> None:
        async with upstream() as server, running(server) as relay:
            sleeper, awake = await joined(relay, TOPIC, limit=8), await joined(relay, TOPIC)
            for number in range(50):
                await server.push(TOPIC, {"live": number})
                assert (await received(awake))["data"] == {"live": number}
            assert sleeper.behind
            assert len(sleeper._queue) == 0
            snapshots = len(server.asked("snapshot", TOPIC))
            await server.push(TOPIC, {"live": "more"})
            await received(awake)
            assert len(server.asked("snapshot", TOPIC)) == snapshots  # nothing is asked while it sleeps
            server.version = 9
            assert await sleeper.get() is None
            await relay.restart(sleeper)
            assert (await received(sleeper))["state"] == "connected"
            assert await received(sleeper) == {
                "topic": TOPIC,
                "type": "snapshot",
                "ref": f"mine:{TOPIC}",
                "data": {"version": 9},
            }
            await server.push(TOPIC, {"live": "after"})
            assert (await received(sleeper))["data"] == {"live": "after"}
            assert sleeper.dropped == 9  # its queue of 8 and the one that did not fit; no more was offered

    asyncio.run(scenario())


def test_an_engine_that_comes_back_is_subscribed_anew() -> None:
    async def scenario() -> None:
        async with upstream() as server, running(server) as relay:
            tabs = [await joined(relay, TOPIC, "status") for _ in range(3)]
            await server.stop()
            for tab in tabs:
                lost = await received(tab)
                assert (lost["type"], lost["state"]) == ("engine", "lost")
                assert lost["detail"]
            server.requests.clear()
            server.version = 2
            await server.start()
            for tab in tabs:
                while (message := await received(tab)).get("state") == "lost":
                    pass  # said again with more words
                assert message["state"] == "connected"
                snapshots = [await received(tab), await received(tab)]
                assert {each["topic"] for each in snapshots} == {TOPIC, "status"}
                assert all(each["data"] == {"version": 2} for each in snapshots)
            assert len(server.asked("subscribe")) == 2
            await server.push(TOPIC, {"live": 3})
            for tab in tabs:
                assert (await received(tab))["data"] == {"live": 3}

    asyncio.run(scenario())


def test_a_missing_engine_is_told_in_the_words_of_whoever_starts_it() -> None:
    async def scenario() -> None:
        server = Upstream()
        server.port = 9  # nobody listens on the discard port
        async with running(server, problem=lambda: "the data directory is not writable") as relay:
            tab = Tab()
            relay.join(tab)
            while (message := await received(tab))["detail"] != "the data directory is not writable":
                assert message["state"] == "lost"

    asyncio.run(scenario())


def test_a_refused_topic_reaches_who_asked_and_can_be_asked_again() -> None:
    async def scenario() -> None:
        async with upstream() as server, running(server) as relay:
            server.refused.add(TOPIC)
            tab = await joined(relay, "status")
            await relay.handle(tab, Request("subscribe", TOPIC, "try"))
            refusal = await received(tab)
            assert (refusal["type"], refusal["ref"]) == ("error", "try")
            assert refusal["message"] == "this pair is not followed"
            server.refused.clear()
            await relay.handle(tab, Request("subscribe", TOPIC, "again"))
            assert (await received(tab))["type"] == "snapshot"
            assert len(server.asked("subscribe", TOPIC)) == 2

    asyncio.run(scenario())


def test_a_tab_that_asks_again_and_again_is_served_by_the_snapshot_that_is_on_its_way() -> None:
    async def scenario() -> None:
        async with upstream() as server, running(server) as relay:
            tab = await joined(relay, TOPIC, limit=3_000)
            other = await joined(relay, TOPIC)
            asked = len(server.asked("snapshot", TOPIC))
            for number in range(2_000):
                await relay.handle(tab, Request("snapshot", TOPIC, f"r{number}"))
            answers = [await received(tab) for _ in range(2_000)]
            refused = [answer for answer in answers if answer["type"] == "error"]
            assert len(refused) >= 1_900
            assert {answer["message"] for answer in refused} == {
                "16 requests of this tab wait already: wait for their answers"
            }
            assert {answer["ref"] for answer in answers} == {f"r{number}" for number in range(2_000)}
            assert len(server.asked("snapshot", TOPIC)) - asked <= 10
            await server.push(TOPIC, {"live": 5})
            assert (await received(other))["data"] == {"live": 5}

    asyncio.run(scenario())


def test_what_a_tab_may_follow_is_bounded() -> None:
    async def scenario() -> None:
        async with upstream() as server, running(server) as relay:
            tab = await joined(relay, *(f"t{number}" for number in range(MAX_TOPICS)), limit=500)
            for topic, ref, part in (
                ("one more", "r", "follows 64 topics already: unsubscribe some"),
                ("t" * 60_000, "r", "texts of at most 100 characters"),
                ("status", "r" * 60_000, "texts of at most 100 characters"),
            ):
                await relay.handle(tab, Request("subscribe", topic, ref))
                answer = await received(tab)
                assert (answer["type"], part in answer["message"]) == ("error", True)
                assert len(json.dumps(answer)) < 400
            await relay.handle(tab, Request("unsubscribe", "t0"))
            await relay.handle(tab, Request("subscribe", "one more", "r"))
            assert (await received(tab))["type"] == "snapshot"
            tabs = [Tab() for _ in range(MAX_TABS)]
            assert [relay.join(one) for one in tabs].count(True) == MAX_TABS - 1

    asyncio.run(scenario())


def test_unknown_messages_do_not_disturb_the_rest() -> None:
    async def scenario() -> None:
        async with upstream() as server, running(server) as relay:
            tab = await joined(relay, TOPIC)
            await server.say({"topic": TOPIC, "type": "novelty"})
            await server.say(["not", "an", "object"])
            await server.push(TOPIC, {"live": 1})
            assert (await received(tab))["data"] == {"live": 1}

    asyncio.run(scenario())


def test_socket_address_follows_the_scheme() -> None:
    assert socket_url("http://127.0.0.1:8765") == "ws://127.0.0.1:8765/ws"
    assert socket_url("https://127.0.0.1:8765") == "wss://127.0.0.1:8765/ws"
