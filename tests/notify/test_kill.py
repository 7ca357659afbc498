"""A real process, killed with SIGKILL between firing and delivery.

Exactly once where a repeat can be recognised, and a word where not.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from spreadscope.store.delivery.delivery_reader import DeliveryReader, StoredDelivery
from spreadscope.store.directory import DATABASE
from spreadscope.store.reader import StoreReader
from tests.e2e.line import run, until
from tests.notify.dying import FIRED
from tests.notify.receivers import Mailbox, Receiver, answer, http_receiver, smtp_receiver

ROOT = Path(__file__).parents[2]


class Bench:
    """Three receivers, and the process that is killed."""

    def __init__(self, data: Path, hook: Receiver, box: Mailbox, topic: Receiver) -> None:
        self.data = data
        self.hook = hook
        self.box = box
        self.topic = topic

    @asynccontextmanager
    async def process(self, mode: str) -> AsyncIterator[None]:
        """Inside it the process runs; at the end it is killed."""
        addresses = (self.hook.url(), self.box.url(), f"ntfy://127.0.0.1:{self.topic.port}/my-topic")
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.notify.dying", str(self.data), mode, *addresses),
            stdout=asyncio.subprocess.PIPE,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
        )
        try:
            assert child.stdout is not None
            assert await asyncio.wait_for(child.stdout.readline(), 60) == b"ready\n"
            yield
            assert child.returncode is None
        finally:
            if child.returncode is None:
                child.kill()
            await child.wait()

    def rows(self) -> list[StoredDelivery]:
        return DeliveryReader(self.data / DATABASE).newest(10_000)

    def sent(self) -> bool:
        rows = self.rows()
        return bool(rows) and all(row.state == "sent" for row in rows)

    @property
    def texts(self) -> list[tuple[str, str]]:
        """Title and text of what the service was sent, in order."""
        return [(one.document["title"], one.document["message"]) for one in self.topic.requests]


@asynccontextmanager
async def bench(data: Path) -> AsyncIterator[Bench]:
    async with http_receiver() as hook, smtp_receiver() as box, http_receiver() as topic:
        topic.answers = lambda _: answer(body="{}")
        yield Bench(data, hook, box, topic)


def test_killed_after_firing_and_before_sending_each_channel_gets_it_once(tmp_path: Path) -> None:
    async def main() -> None:
        async with bench(tmp_path) as it:
            async with it.process("fire"):
                pass
            assert (it.hook.requests, it.box.mails, it.topic.requests) == ([], [], [])
            assert [row.state for row in it.rows()] == ["waiting"] * 3 * FIRED
            async with it.process("send"):
                await until(it.sent)
            async with it.process("send"):
                await asyncio.sleep(0.2)  # a third run has nothing more to say
            assert len(it.hook.requests) == len({one.key for one in it.hook.requests}) == FIRED
            assert len(it.box.mails) == len({mail["Message-ID"] for mail in it.box.mails}) == FIRED
            assert len(it.topic.requests) == len({title for title, _ in it.texts}) == FIRED
            assert not any(row.maybe_repeated for row in it.rows())
            assert not any("may be a repeat" in text for _, text in it.texts)

    run(main())


@pytest.mark.slow
def test_killed_while_sending_the_same_message_comes_again_or_says_that_it_may_be_a_repeat(tmp_path: Path) -> None:
    async def main() -> None:
        async with bench(tmp_path) as it:
            async with it.process("fire"):
                pass
            it.hook.hold = it.box.hold = it.topic.hold = True
            async with it.process("send"):
                await until(lambda: bool(it.hook.requests and it.box.mails and it.topic.requests))
            assert Counter(row.state for row in it.rows()) == {"sending": 3, "waiting": 3 * (FIRED - 1)}
            it.hook.hold = it.box.hold = it.topic.hold = False
            async with it.process("send"):
                await until(it.sent)
            assert len(it.hook.requests) == len(it.box.mails) == len(it.topic.requests) == FIRED + 1
            # The one that was on its way comes again, and can be recognised: as if it had come once.
            assert len({(one.key, one.body) for one in it.hook.requests}) == FIRED
            assert it.hook.requests[0].key in {one.key for one in it.hook.requests[1:]}
            assert len({mail.as_bytes() for mail in it.box.mails}) == FIRED
            repeats = [(title, text) for title, text in it.texts if "may be a repeat" in text]
            assert [title for title, _ in repeats] == [it.texts[0][0]]
            assert {row.channel for row in it.rows() if row.maybe_repeated} == {"service"}
            assert sum(row.maybe_repeated for row in it.rows()) == 1

    run(main())


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_killed_at_any_instant(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)

    async def main() -> None:
        async with bench(tmp_path) as it:
            for _ in range(3):
                async with it.process("both"):
                    await asyncio.sleep(dice.uniform(0.05, 0.6))
            async with it.process("send"):
                await until(it.sent, 60)
            alerts = StoreReader(tmp_path / DATABASE).alerts()
            rows = it.rows()
            assert len(alerts) > 5
            assert len(rows) == 3 * len(alerts)
            keys = {channel: {row.key for row in rows if row.channel == channel} for channel in ("hook", "mail")}
            assert {one.key for one in it.hook.requests} == keys["hook"]
            assert len({(one.key, one.body) for one in it.hook.requests}) == len(alerts)
            assert {str(mail["Message-ID"]) for mail in it.box.mails} == {
                f"<{key}@example.com>" for key in keys["mail"]
            }
            assert len({mail.as_bytes() for mail in it.box.mails}) == len(alerts)
            # A service cannot tell: whatever came more than once said so.
            first = Counter(title for title, text in it.texts if "may be a repeat" not in text)
            assert set(first.values()) <= {1}
            assert {title for title, _ in it.texts} == {row.title for row in rows if row.channel == "service"}
            repeated = {row.title for row in rows if row.maybe_repeated}
            assert {title for title, text in it.texts if "may be a repeat" in text} <= repeated
            assert {row.channel for row in rows if row.maybe_repeated} <= {"service"}

    run(main())
