"""Our own webhook: one JSON document by POST, to an address that was looked up once and is held to.

Repeats carry the same ``Idempotency-Key``. With a signing secret the header ``Spreadscope-Signature`` is
``t=<unix seconds>,v1=<hex>``, HMAC-SHA256 over ``<unix seconds>.<body>``.
"""

from __future__ import annotations

import hashlib
import hmac
import ssl
import time
from collections.abc import Callable
from typing import Any

import httpx
import msgspec

import spreadscope
from spreadscope.model.errors import ConfigError, DeliveryError
from spreadscope.notify.address import Resolver, resolve, system_resolver
from spreadscope.notify.channel import ChannelSpec, Message
from spreadscope.notify.secret import MASK
from spreadscope.notify.template import one_line

_LONGEST_URL = 2_048
_MOST_ADDRESSES = 4
_ANSWER_BYTES = 2_048
_ANSWER_SHOWN = 200
_LONGEST_PAUSE = 900.0


class WebhookChannel:
    """Raises ``ConfigError`` where the address is none. Holds no connection: alerts are rare."""

    deduplicates = True

    def __init__(
        self,
        spec: ChannelSpec,
        *,
        resolver: Resolver = system_resolver,
        tls: ssl.SSLContext | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._url = _checked(spec)
        self._lan = self._url.host in spec.lan
        self._signing = spec.signing
        self._resolver = resolver
        self._now = now
        self._tls = tls or httpx.create_ssl_context()

    @property
    def address(self) -> str:
        return f"{self._url.scheme}://{_authority(self._url)}/{MASK}"

    @property
    def public(self) -> tuple[str, ...]:
        """What may be shown of the address."""
        return (self._url.host, _authority(self._url))

    async def send(self, message: Message, seconds: float) -> str:
        port = self._url.port or (443 if self._url.scheme == "https" else 80)
        addresses = await resolve(self._url.host, port, lan=self._lan, resolver=self._resolver)
        body = msgspec.json.encode(document(message))
        timeout = httpx.Timeout(seconds)
        # No proxy of the environment: behind one, the address that was checked would not be the one spoken to.
        async with httpx.AsyncClient(
            verify=self._tls, trust_env=False, follow_redirects=False, timeout=timeout
        ) as client:
            refused: list[str] = []
            for address in addresses[:_MOST_ADDRESSES]:
                try:
                    return await self._post(client, address, message.key, body)
                except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                    refused.append(f"{address}: {str(error) or type(error).__name__}")
        raise DeliveryError(f"{self._url.host} cannot be reached ({'; '.join(refused)})")

    async def _post(self, client: httpx.AsyncClient, address: str, key: str, body: bytes) -> str:
        """To one address; the Host header and the name in the certificate stay those of the URL."""
        request = client.build_request(
            "POST",
            self._url.copy_with(host=address, fragment=None),
            content=body,
            headers=self._headers(key, body),
            extensions={"sni_hostname": self._url.host},
        )
        try:
            response = await client.send(request, stream=True)
            try:
                answer = await _beginning(response)
            finally:
                await response.aclose()
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise
        except httpx.HTTPError as error:
            raise DeliveryError(
                f"{self._url.host} did not answer: {str(error) or type(error).__name__}", uncertain=True
            ) from None
        return self._judge(response, answer)

    def _judge(self, response: httpx.Response, answer: str) -> str:
        told = f"HTTP {response.status_code}{f': {answer}' if answer else ''}"
        if response.is_success:
            return told
        if response.is_redirect:
            raise DeliveryError(
                f"{self._url.host} redirects (HTTP {response.status_code}), which is not followed: give the final address"
            )
        raise DeliveryError(
            f"{self._url.host} refused: {told}",
            uncertain=response.is_server_error,
            retry_after=_retry_after(response.headers.get("Retry-After", "")),
        )

    def _headers(self, key: str, body: bytes) -> dict[str, str]:
        headers = {
            "Host": _authority(self._url),
            "Content-Type": "application/json",
            "User-Agent": f"spreadscope/{spreadscope.__version__}",
            "Accept-Encoding": "identity",
            "Idempotency-Key": key,
        }
        if self._signing is not None:
            moment = int(self._now())
            headers["Spreadscope-Signature"] = f"t={moment},v1={signature(self._signing.reveal(), moment, body)}"
        return headers


def signature(secret: str, moment: int, body: bytes) -> str:
    """HMAC-SHA256 (hex) over ``<unix seconds>.<body>``."""
    return hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()


def document(message: Message) -> dict[str, Any]:
    """The JSON body. The same message gives the same document, however often it is sent."""
    told: dict[str, Any] = {"id": message.key, "title": message.title, "body": message.body, "demo": message.demo}
    if message.alert is None:
        return {**told, "test": True, "severity": message.severity}
    fact = msgspec.to_builtins(message.alert)
    return told | {name: value for name, value in fact.items() if name not in {"type", "channels"}}


async def _beginning(response: httpx.Response) -> str:
    """The first words of an answer; the rest is not read."""
    read = b""
    async for piece in response.aiter_raw():
        read += piece
        if len(read) >= _ANSWER_BYTES:
            break
    return one_line(read[:_ANSWER_BYTES].decode("utf-8", "replace"))[:_ANSWER_SHOWN]


def _retry_after(text: str) -> float:
    """Seconds the receiver asks us to wait; a date or nonsense asks for none."""
    return min(float(text), _LONGEST_PAUSE) if text.isascii() and text.isdigit() and len(text) < 10 else 0.0


def _checked(spec: ChannelSpec) -> httpx.URL:
    text = spec.url.reveal()
    where = f"channel {spec.name!r}"
    try:
        url = httpx.URL(text) if len(text) <= _LONGEST_URL and text.isprintable() and " " not in text else None
    except (httpx.InvalidURL, ValueError, UnicodeError):
        url = None
    if url is None or not url.host or url.scheme not in {"http", "https"} or not 0 < (url.port or 1) < 65_536:
        raise ConfigError(f"{where}: its address is no web address: write https://host/path")
    if url.scheme == "http" and url.host not in spec.lan:
        raise ConfigError(
            f"{where}: its address is plain http: use https, or name its host in lan if it is in the local network"
        )
    return url


def _authority(url: httpx.URL) -> str:
    return url.netloc.decode("ascii")
