"""Services by apprise, against a real local server that speaks as ntfy does."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from spreadscope.model.errors import ConfigError, DeliveryError
from spreadscope.notify.secret import LibraryLogMasking, Masker
from spreadscope.notify.service import ServiceChannel
from tests.e2e.line import run
from tests.notify.receivers import answer, http_receiver
from tests.notify.rig import message, service


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    libraries = LibraryLogMasking(Masker())
    libraries.begin()
    yield
    libraries.end()


def test_a_message_as_it_arrives() -> None:
    async def main() -> None:
        async with http_receiver() as receiver:
            receiver.answers = lambda _: answer(body='{"id": "1"}')
            channel = ServiceChannel(service(f"ntfy://127.0.0.1:{receiver.port}/my-topic"))
            assert channel.address == "ntfy://****"
            assert not channel.deduplicates
            assert await channel.send(message(), 10.0) == "accepted"
            document = receiver.requests[0].document
            assert (document["topic"], document["title"]) == ("my-topic", "A title")
            assert document["message"].splitlines() == ["A body", "of two lines"]

    run(main())


def test_a_refusal_and_an_absence_are_certain_and_a_lost_answer_is_not() -> None:
    async def main() -> None:
        async with http_receiver() as receiver:
            channel = ServiceChannel(service(f"ntfy://127.0.0.1:{receiver.port}/my-topic?rto=0.3"))
            receiver.answers = lambda _: answer("403 Forbidden", '{"code": 40301, "error": "forbidden"}')
            with pytest.raises(DeliveryError, match="the service did not take it: ") as caught:
                await channel.send(message(), 10.0)
            assert not caught.value.uncertain
            receiver.hold = True
            with pytest.raises(DeliveryError, match="the service did not take it: ") as caught:
                await channel.send(message(), 10.0)
            assert caught.value.uncertain
        with pytest.raises(DeliveryError, match="the service did not take it: ") as caught:
            await channel.send(message(), 10.0)
        assert not caught.value.uncertain

    run(main())


def test_it_blocks_a_thread_of_its_own_and_no_second_one_while_it_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    channel = ServiceChannel(service("ntfy://127.0.0.1:9/my-topic"))
    monkeypatch.setattr(channel, "_send", lambda _: release.wait(10) and "accepted")

    async def main() -> None:
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            await channel.send(message(), 0.05)
        with pytest.raises(DeliveryError, match="has not come back yet"):
            await channel.send(message(), 0.05)
        assert time.monotonic() - began < 2
        release.set()
        assert await channel.send(message(), 5.0) == "accepted"

    run(main())


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("json://hook.example.com/token-of-mine", 'use kind = "webhook"'),
        ("jsons://hook.example.com/token-of-mine", 'use kind = "webhook"'),
        ("JSON://hook.example.com/token-of-mine", 'use kind = "webhook"'),
        ("xml://hook.example.com/token-of-mine", 'use kind = "webhook"'),
        ("forms://hook.example.com/token-of-mine", 'use kind = "webhook"'),
        ("http://169.254.169.254/token-of-mine", 'use kind = "webhook"'),
        ("https://hook.example.com/token-of-mine", 'use kind = "webhook"'),
        ("mailto://me:token-of-mine@gmail.com", 'e-mail is kind = "email"'),
        ("mailtos://me:token-of-mine@gmail.com", 'e-mail is kind = "email"'),
        ("telegram://token-of-mine", "apprise does not know its address"),
        ("tgram://token-of-mine", "apprise does not know its address"),
        ("token-of-mine", "apprise does not know its address"),
        ("file:///etc/token-of-mine", "apprise does not know its address"),
    ],
)
def test_addresses_that_are_none(url: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        ServiceChannel(service(url))
    assert "token-of-mine" not in str(caught.value)


def test_a_services_own_web_address_is_that_service() -> None:
    channel = ServiceChannel(service("https://discord.com/api/webhooks/4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"))
    assert channel.address == "https://****"
