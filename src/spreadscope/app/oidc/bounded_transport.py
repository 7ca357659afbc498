"""How a provider is asked: over TLS (or on loopback), within seconds, for so many bytes, and never elsewhere."""

from __future__ import annotations

import asyncio
import ssl

import httpx

from spreadscope.app.oidc.oidc_errors import ProviderError
from spreadscope.model.oidc_section import is_safe_address

LARGEST_ANSWER = 256 * 1024
SECONDS = 8.0
_PLAIN = "identity"
_CONNECT_SECONDS = 4.0
TIMEOUT = httpx.Timeout(SECONDS, connect=_CONNECT_SECONDS)


class BoundedTransport(httpx.AsyncBaseTransport):
    """A transport whose answers are whole and short. Raises ``ProviderError`` for everything else.

    Packed bodies are refused, as some bytes may unpack to gigabytes; so are redirects, which would lead elsewhere.
    """

    def __init__(
        self,
        inner: httpx.AsyncBaseTransport | None = None,
        *,
        largest: int = LARGEST_ANSWER,
        seconds: float = SECONDS,
    ) -> None:
        # trust_env: a certificate authority of one's own, by SSL_CERT_FILE.
        self._inner = inner or httpx.AsyncHTTPTransport(trust_env=True, limits=httpx.Limits(max_connections=8))
        self._largest = largest
        self._seconds = seconds

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        where = f"{request.url.scheme}://{request.url.netloc.decode('ascii', 'replace')}"
        if not is_safe_address(str(request.url.copy_with(query=None))):
            raise ProviderError(f"{where} is not asked: a provider is asked over https, or on loopback")
        request.headers["accept-encoding"] = _PLAIN
        try:
            async with asyncio.timeout(self._seconds):
                return await self._whole(request, where)
        except TimeoutError:
            raise ProviderError(f"the provider does not answer: {where} took longer than {self._seconds:g} s") from None
        except httpx.TimeoutException:
            raise ProviderError(f"the provider does not answer: {where} did not answer in time") from None
        except httpx.TransportError as error:
            raise ProviderError(f"the provider does not answer: {where}: {_reason(error)}") from None

    async def _whole(self, request: httpx.Request, where: str) -> httpx.Response:
        response = await self._inner.handle_async_request(request)
        try:
            if response.is_redirect:
                raise ProviderError(
                    f"{where}{request.url.path} leads to another address, which is not followed: write the address "
                    "itself"
                )
            if response.headers.get("content-encoding", _PLAIN) != _PLAIN:
                raise ProviderError(f"{where} sends packed answers though it was asked for plain ones")
            body = bytearray()
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > self._largest:
                    raise ProviderError(f"{where} sends more than {self._largest // 1024} KB: that is no provider")
        finally:
            await response.aclose()
        return httpx.Response(response.status_code, headers=response.headers, content=bytes(body), request=request)

    async def aclose(self) -> None:
        await self._inner.aclose()


def _reason(error: httpx.TransportError) -> str:
    cause = error.__cause__
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted ({cause.verify_message}): SSL_CERT_FILE names your own authorities"
        cause = cause.__cause__ or cause.__context__
    return str(error)[:200] or type(error).__name__
