"""The webhook channel: one JSON document by POST, to an address that was resolved once.

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

_MAX_URL = 2_048
_MAX_ADDRESSES = 4
_ANSWER_BYTES = 2_048
_ANSWER_SHOWN = 200
_MAX_RETRY_AFTER = 900.0


class WebhookChannel:
    """A channel that posts JSON. Raises ``ConfigError`` for a bad address. Keeps no connection: alerts are rare."""

    deduplicates = True

    def __init__(
        self,
        spec: ChannelSpec,
        *,
        resolver: Resolver = system_resolver,
        tls: ssl.SSLContext | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._url = _parse_url(spec)
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
        """The parts of the address that may be shown."""
        return (self._url.host, _authority(self._url))

    async def send(self, message: Message, seconds: float) -> str:
        port = self._url.port or (443 if self._url.scheme == "https" else 80)
        addresses = await resolve(self._url.host, port, lan=self._lan, resolver=self._resolver)
        body = msgspec.json.encode(document(message))
        timeout = httpx.Timeout(seconds)
        # No proxy of the environment: it would connect to another address than the checked one.
        async with httpx.AsyncClient(
            verify=self._tls, trust_env=False, follow_redirects=False, timeout=timeout
        ) as client:
            failures: list[str] = []
            for address in addresses[:_MAX_ADDRESSES]:
                try:
                    return await self._post(client, address, message.key, body)
                except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                    failures.append(f"{address}: {str(error) or type(error).__name__}")
        raise DeliveryError(f"{self._url.host} cannot be reached ({'; '.join(failures)})")

    async def _post(self, client: httpx.AsyncClient, address: str, key: str, body: bytes) -> str:
        """Post to one address. Returns the answer. Host header and certificate name stay those of the URL."""
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
                answer = await _read_start(response)
            finally:
                await response.aclose()
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise
        except httpx.HTTPError as error:
            raise DeliveryError(
                f"{self._url.host} did not answer: {str(error) or type(error).__name__}", uncertain=True
            ) from None
        return self._check_response(response, answer)

    def _check_response(self, response: httpx.Response, answer: str) -> str:
        answer_text = f"HTTP {response.status_code}{f': {answer}' if answer else ''}"
        if response.is_success:
            return answer_text
        if response.is_redirect:
            raise DeliveryError(
                f"{self._url.host} redirects (HTTP {response.status_code}), which is not followed: give the final "
                "address"
            )
        raise DeliveryError(
            f"{self._url.host} refused: {answer_text}",
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
            unix_seconds = int(self._now())
            headers["Spreadscope-Signature"] = (
                f"t={unix_seconds},v1={signature(self._signing.reveal(), unix_seconds, body)}"
            )
        return headers


def signature(secret: str, unix_seconds: int, body: bytes) -> str:
    """Returns the HMAC-SHA256 (hex) over ``<unix seconds>.<body>``."""
    return hmac.new(secret.encode(), f"{unix_seconds}.".encode() + body, hashlib.sha256).hexdigest()


def document(message: Message) -> dict[str, Any]:
    """Returns the JSON body; it is the same for every repeat of a message."""
    content: dict[str, Any] = {"id": message.key, "title": message.title, "body": message.body, "demo": message.demo}
    if message.alert is None:
        return {**content, "test": True, "severity": message.severity}
    fact = msgspec.to_builtins(message.alert)
    return content | {name: value for name, value in fact.items() if name not in {"type", "channels"}}


async def _read_start(response: httpx.Response) -> str:
    """Returns the start of an answer; the rest is not read."""
    read = b""
    async for piece in response.aiter_raw():
        read += piece
        if len(read) >= _ANSWER_BYTES:
            break
    return one_line(read[:_ANSWER_BYTES].decode("utf-8", "replace"))[:_ANSWER_SHOWN]


def _retry_after(text: str) -> float:
    """Returns the seconds of a Retry-After header; 0 for a date or an invalid value."""
    return min(float(text), _MAX_RETRY_AFTER) if text.isascii() and text.isdigit() and len(text) < 10 else 0.0


def _parse_url(spec: ChannelSpec) -> httpx.URL:
    text = spec.url.reveal()
    where = f"channel {spec.name!r}"
    try:
        url = httpx.URL(text) if len(text) <= _MAX_URL and text.isprintable() and " " not in text else None
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
