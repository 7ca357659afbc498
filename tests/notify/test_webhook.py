"""The webhook against a real HTTP server."""

from __future__ import annotations

import hashlib
import hmac
import ssl
import time
from pathlib import Path

import pytest

from spreadscope.model.errors import ConfigError, DeliveryError
from spreadscope.notify.channel import ChannelSpec
from spreadscope.notify.secret import Secret
from spreadscope.notify.webhook import WebhookChannel
from tests.e2e.line import run
from tests.notify.certificates import certificate, needs_openssl
from tests.notify.receivers import answer, http_receiver
from tests.notify.rig import LAN, message, webhook


def test_the_document_its_headers_and_its_signature() -> None:
    async def main() -> None:
        async with http_receiver() as receiver:
            spec = webhook(receiver.url("/a/b?c=d#e"), signing=Secret("signing-secret"))
            assert (
                await WebhookChannel(spec, now=lambda: 1_764_000_000.9).send(message(demo=True), 5.0) == "HTTP 200: ok"
            )
            request = receiver.requests[0]
            assert (request.method, request.path) == ("POST", "/a/b?c=d")
            assert request.headers["host"] == f"127.0.0.1:{receiver.port}"
            assert request.headers["content-type"] == "application/json"
            assert request.key == "k1"
            document = request.document
            told = {
                "id": "k1",
                "title": "A title",
                "demo": True,
                "rule_id": "r1",
                "state": "firing",
                "notify": "firing",
            }
            assert {name: document[name] for name in told} == told
            assert (document["value"], document["threshold"], document["late"]) == (2.5, 2.0, False)
            assert not {"channels", "type", "test"} & document.keys()
            expected = hmac.new(b"signing-secret", b"1764000000." + request.body, hashlib.sha256).hexdigest()
            assert request.headers["spreadscope-signature"] == f"t=1764000000,v1={expected}"

    run(main())


def test_the_same_message_is_the_same_document_and_key_however_often_it_is_sent() -> None:
    async def main() -> None:
        async with http_receiver() as receiver:
            channel = WebhookChannel(webhook(receiver.url()))
            for _ in range(2):
                await channel.send(message(), 5.0)
            first, second = receiver.requests
            assert first.body == second.body
            assert first.key == second.key == "k1"
            assert "spreadscope-signature" not in first.headers

    run(main())


@pytest.mark.parametrize(
    "status",
    ["301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"],
)
def test_a_redirect_is_refused_and_not_followed(status: str) -> None:
    async def main() -> None:
        async with http_receiver() as target, http_receiver() as receiver:
            receiver.answers = lambda _: answer(status, Location=target.url())
            with pytest.raises(DeliveryError, match=r"redirects .* not followed") as caught:
                await WebhookChannel(webhook(receiver.url())).send(message(), 5.0)
            assert not caught.value.uncertain
            assert len(receiver.requests) == 1
            assert target.requests == []

    run(main())


@pytest.mark.parametrize(
    ("status", "uncertain"), [("400 Bad Request", False), ("404 Not Found", False), ("503 Service Unavailable", True)]
)
def test_a_refusal_tells_the_answer(status: str, uncertain: bool) -> None:
    async def main() -> None:
        async with http_receiver() as receiver:
            receiver.answers = lambda _: answer(status, "not\r\nnow\x1b[31m", Retry_After="7")
            with pytest.raises(DeliveryError, match=rf"127.0.0.1 refused: HTTP {status[:3]}: not  now \[31m") as caught:
                await WebhookChannel(webhook(receiver.url())).send(message(), 5.0)
            assert caught.value.uncertain is uncertain
            assert caught.value.retry_after == 7.0

    run(main())


@pytest.mark.parametrize(
    ("text", "seconds"), [("99999", 900.0), ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0), ("-5", 0.0), ("9" * 400, 0.0),
     ("²", 0.0)]
)  # fmt: skip
def test_nonsense_in_retry_after_is_ignored_and_long_pauses_are_cut(text: str, seconds: float) -> None:
    async def main() -> None:
        async with http_receiver() as receiver:
            head = f"HTTP/1.1 429 Too Many\r\nContent-Length: 0\r\nRetry-After: {text}\r\n\r\n"
            receiver.answers = lambda _: head.encode("latin-1")
            with pytest.raises(DeliveryError) as caught:
                await WebhookChannel(webhook(receiver.url())).send(message(), 5.0)
            assert caught.value.retry_after == seconds

    run(main())


def test_an_endless_answer_is_not_read_to_its_end() -> None:
    async def main() -> None:
        async with http_receiver() as receiver:
            receiver.endless = True
            receiver.answers = lambda _: b"HTTP/1.1 200 OK\r\n\r\n"
            began = time.monotonic()
            assert (await WebhookChannel(webhook(receiver.url())).send(message(), 20.0)).startswith("HTTP 200: xxx")
            assert time.monotonic() - began < 5

    run(main())


def test_who_does_not_answer_leaves_it_open_whether_it_arrived() -> None:
    async def main() -> None:
        async with http_receiver() as receiver:
            receiver.hold = True
            with pytest.raises(DeliveryError, match="did not answer: ReadTimeout") as caught:
                await WebhookChannel(webhook(receiver.url())).send(message(), 0.2)
            assert caught.value.uncertain
            assert len(receiver.requests) == 1
            receiver.hold = False
            receiver.answers = lambda _: b"nonsense\r\n\r\n"
            with pytest.raises(DeliveryError, match="did not answer") as caught:
                await WebhookChannel(webhook(receiver.url())).send(message(), 5.0)
            assert caught.value.uncertain

    run(main())


def test_who_is_not_there_certainly_got_nothing() -> None:
    async def main() -> None:
        async with http_receiver() as receiver:
            url = receiver.url()
        with pytest.raises(DeliveryError, match=r"127\.0\.0\.1 cannot be reached") as caught:
            await WebhookChannel(webhook(url)).send(message(), 5.0)
        assert not caught.value.uncertain

    run(main())


@needs_openssl
def test_https_to_the_pinned_address_keeps_the_name_in_host_and_certificate(tmp_path: Path) -> None:
    server, client = certificate(tmp_path, "hook.example.com")

    async def resolver(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    async def main() -> None:
        async with http_receiver(server) as receiver:

            def channel(name: str, tls: ssl.SSLContext) -> WebhookChannel:
                url = Secret(f"https://{name}:{receiver.port}/x")
                return WebhookChannel(
                    ChannelSpec("h", "webhook", url, lan=frozenset({name})), resolver=resolver, tls=tls
                )

            assert await channel("hook.example.com", client).send(message(), 5.0) == "HTTP 200: ok"
            assert receiver.server_names == ["hook.example.com"]
            assert receiver.requests[0].headers["host"] == f"hook.example.com:{receiver.port}"
            with pytest.raises(DeliveryError, match=r"cannot be reached .*certificate"):
                await channel("other.example.com", client).send(message(), 5.0)
            with pytest.raises(DeliveryError, match=r"cannot be reached .*certificate"):
                await channel("hook.example.com", ssl.create_default_context()).send(message(), 5.0)
            assert len(receiver.requests) == 1

    run(main())


def test_the_second_address_is_tried_where_the_first_does_not_listen() -> None:
    async def resolver(host: str, port: int) -> list[str]:
        return ["::1", "127.0.0.1"]

    async def main() -> None:
        async with http_receiver() as receiver:
            spec = ChannelSpec(
                "h", "webhook", Secret(f"http://nas.home:{receiver.port}/x"), lan=frozenset({"nas.home"})
            )
            assert await WebhookChannel(spec, resolver=resolver).send(message(), 5.0) == "HTTP 200: ok"
            assert receiver.requests[0].headers["host"] == f"nas.home:{receiver.port}"

    run(main())


def test_a_login_in_the_address_is_sent_as_such() -> None:
    async def main() -> None:
        async with http_receiver() as receiver:
            url = f"http://user:pass%2Fword@127.0.0.1:{receiver.port}/x"
            await WebhookChannel(webhook(url)).send(message(), 5.0)
            assert receiver.requests[0].headers["authorization"] == "Basic dXNlcjpwYXNzL3dvcmQ="
            assert receiver.requests[0].headers["host"] == f"127.0.0.1:{receiver.port}"

    run(main())


def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")

    async def main() -> None:
        async with http_receiver() as receiver:
            await WebhookChannel(webhook(receiver.url())).send(message(), 5.0)
            assert len(receiver.requests) == 1

    run(main())


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://hook.example.com/x", "plain http: use https"),
        ("ftp://hook.example.com/x", "is no web address"),
        ("https:///x", "is no web address"),
        ("hook.example.com/x", "is no web address"),
        ("https://hook.example.com/a b", "is no web address"),
        ("https://hook.example.com/\x01", "is no web address"),
        ("https://hook.example.com:99999/", "is no web address"),
        ("https://[::1/", "is no web address"),
        ("https://hook.example.com/" + "x" * 3_000, "is no web address"),
    ],
)
def test_addresses_that_are_none(url: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        WebhookChannel(ChannelSpec("hook", "webhook", Secret(url), lan=LAN))
    assert url not in str(caught.value)
