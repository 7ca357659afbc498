"""Where a webhook may go, address by address; and that what was checked is what is spoken to."""

from __future__ import annotations

import asyncio
from typing import NoReturn

import httpcore
import pytest
from httpcore._backends.anyio import AnyIOBackend

from spreadscope.model.errors import DeliveryError
from spreadscope.notify.address import refusal, resolve, system_resolver
from spreadscope.notify.channel import ChannelSpec
from spreadscope.notify.secret import Secret
from spreadscope.notify.webhook import WebhookChannel
from tests.e2e.line import run
from tests.notify.receivers import http_receiver
from tests.notify.rig import message

REFUSED = [
    ("127.0.0.1", "loopback"),
    ("127.255.255.254", "loopback"),
    ("::1", "loopback"),
    ("0.0.0.0", "unspecified"),  # noqa: S104 - refused, not bound to
    ("0.1.2.3", "unspecified"),
    ("::", "unspecified"),
    ("10.0.0.1", "private"),
    ("172.16.0.1", "private"),
    ("172.31.255.255", "private"),
    ("192.168.1.1", "private"),
    ("fc00::1", "private"),
    ("fd12:3456::1", "private"),
    ("fec0::1", "private"),
    ("169.254.0.1", "link-local"),
    ("fe80::1", "link-local"),
    ("fe80::1%eth0", "link-local"),
    ("100.64.0.1", "shared with a carrier (CGNAT)"),
    ("100.127.255.255", "shared with a carrier (CGNAT)"),
    ("224.0.0.1", "multicast"),
    ("239.255.255.250", "multicast"),
    ("ff02::1", "multicast"),
    ("255.255.255.255", "multicast"),
    ("240.0.0.1", "reserved"),
    ("192.0.2.7", "reserved"),
    ("198.18.0.1", "private"),
    ("2001:db8::1", "reserved"),
    ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "reserved"),
    ("169.254.169.254", "a cloud's metadata service"),
    ("169.254.170.2", "a cloud's metadata service"),
    ("100.100.100.200", "a cloud's metadata service"),
    ("168.63.129.16", "a cloud's metadata service"),
    ("fd00:ec2::254", "a cloud's metadata service"),
    ("::ffff:127.0.0.1", "loopback"),
    ("::ffff:10.0.0.1", "private"),
    ("::ffff:169.254.169.254", "a cloud's metadata service"),
    ("::ffff:0.0.0.0", "unspecified"),
    ("::127.0.0.1", "loopback"),
    ("64:ff9b::127.0.0.1", "loopback"),
    ("64:ff9b::a9fe:a9fe", "a cloud's metadata service"),
    ("64:ff9b:1::1", "private"),
    ("2002:7f00:1::", "loopback"),
    ("2002:a00:1::1", "private"),
    ("127.1", "no address"),
    ("0x7f000001", "no address"),
    ("host", "no address"),
    ("", "no address"),
]


@pytest.mark.parametrize(("address", "why"), REFUSED)
def test_addresses_that_are_refused(address: str, why: str) -> None:
    assert refusal(address) == why


PUBLIC = (
    *("93.184.216.34", "8.8.8.8", "172.15.255.255", "172.32.0.1", "100.63.255.255", "100.128.0.1", "11.0.0.1"),
    *("2606:2800:220:1::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"),
)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_not(address: str) -> None:
    assert refusal(address) is None


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.1.2.3", "192.168.0.9", "fd12::1", "fe80::1", "100.64.0.1"])
def test_a_host_of_the_lan_may_have_local_addresses(address: str) -> None:
    assert refusal(address, lan=True) is None


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "::ffff:169.254.169.254", "fd00:ec2::254", "168.63.129.16", "0.0.0.0", "::",  # noqa: S104
     "224.0.0.1", "255.255.255.255"],
)  # fmt: skip
def test_a_host_of_the_lan_may_not_be_a_metadata_service_or_everybody(address: str) -> None:
    assert refusal(address, lan=True)


def test_one_refused_address_refuses_the_host() -> None:
    async def resolver(host: str, port: int) -> list[str]:
        return ["93.184.216.34", "10.0.0.7"]

    with pytest.raises(DeliveryError, match=r"hook\.example\.com is at 10\.0\.0\.7, which is private"):
        asyncio.run(resolve("hook.example.com", 443, lan=False, resolver=resolver))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "0x7f.1", "2130706433", "localhost", "[::1]", "0"])
def test_every_way_to_write_this_machine_is_refused(host: str) -> None:
    channel = WebhookChannel(ChannelSpec("hook", "webhook", Secret(f"https://{host}/x")))
    with pytest.raises(DeliveryError, match=r"webhooks go to public addresses only|cannot be resolved"):
        run(_send(channel))


async def _send(channel: WebhookChannel) -> None:
    await channel.send(message(), 5.0)


def test_a_name_that_answers_differently_the_second_time_gains_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: the first answer is public, every later one this machine.

    The name is looked up once, and held to.
    """
    asked: list[str] = []
    connected: list[str] = []

    async def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) > 1 else ["203.0.114.1"]

    async def connect(self: object, host: str, port: int, **options: object) -> NoReturn:
        connected.append(host)
        raise httpcore.ConnectError("no network in a test")

    monkeypatch.setattr(AnyIOBackend, "connect_tcp", connect)

    async def main() -> None:
        async with http_receiver() as receiver:
            url = f"https://rebind.example.com:{receiver.port}/x"
            channel = WebhookChannel(ChannelSpec("hook", "webhook", Secret(url)), resolver=rebinding)
            with pytest.raises(DeliveryError, match="cannot be reached"):
                await channel.send(message(), 5.0)
            assert (asked, connected) == (["rebind.example.com"], ["203.0.114.1"])
            with pytest.raises(DeliveryError, match=r"127\.0\.0\.1, which is loopback"):
                await channel.send(message(), 5.0)
            assert connected == ["203.0.114.1"]
            assert receiver.requests == []

    run(main())


def test_a_host_that_is_not_there_is_told() -> None:
    with pytest.raises(DeliveryError, match="cannot be resolved"):
        asyncio.run(resolve("no-such-host.invalid", 443, lan=False, resolver=system_resolver))
