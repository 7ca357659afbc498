"""What a reverse proxy says of the client it speaks for: believed of named proxies, and of nobody else."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_THROUGH = "spreadscope.through_proxy"
_FOR, _PROTO, _HOST = b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host"
# A request with one of these has come through some proxy, named or not: nobody behind it is known by the connection.
_MARKS = frozenset({_FOR, _PROTO, _HOST, b"forwarded", b"via", b"x-real-ip"})
_MOST_HOPS = 20


def parse_networks(named: Iterable[str]) -> tuple[Network, ...]:
    """Returns addresses and networks such as ``10.0.0.0/8``. Raises ``ValueError``."""
    return tuple(ipaddress.ip_network(each.strip()) for each in named)


def is_within(host: str, networks: Iterable[Network]) -> bool:
    """Returns whether an address is in one of the networks."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in network for network in networks)


def came_through_proxy(scope: Mapping[str, Any]) -> bool:
    """Returns whether a request came through a proxy, as far as it says so itself."""
    return bool(scope.get(_THROUGH)) or any(name in _MARKS for name, _ in scope.get("headers", ()))


class ForwardedHeaders:
    """ASGI middleware: puts the client, the scheme and the host that a named proxy tells in place of the proxy's own.

    Of everybody else these headers are taken away; what came with them is never taken for a program of this account.
    """

    def __init__(self, app: ASGIApp, proxies: Iterable[Network] = ()) -> None:
        self._app = app
        self._proxies = tuple(proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in {"http", "websocket"} and came_through_proxy(scope):
            scope = self._judged(scope)
        await self._app(scope, receive, send)

    def _judged(self, scope: Scope) -> Scope:
        told: dict[bytes, list[str]] = {}
        for name, value in scope["headers"]:
            if name in _MARKS:
                told.setdefault(name, []).append(value.decode("latin-1"))
        headers = [header for header in scope["headers"] if header[0] not in _MARKS]
        judged = {**scope, "headers": headers, _THROUGH: True}
        client = scope.get("client")
        if client is None or not is_within(client[0], self._proxies):
            return judged
        judged["client"] = (self._client(client[0], told.get(_FOR, [])), 0)
        secure = [value.strip().lower() for value in told.get(_PROTO, [])]
        if secure in (["https"], ["http"]):
            plain = "ws" if scope["type"] == "websocket" else "http"
            judged["scheme"] = plain + ("s" if secure == ["https"] else "")
        if len(hosts := told.get(_HOST, [])) == 1:
            others = [header for header in headers if header[0] != b"host"]
            judged["headers"] = [(b"host", hosts[0].strip().encode("latin-1")), *others]
        return judged

    def _client(self, peer: str, values: list[str]) -> str:
        """Returns the last address in the chain that is no named proxy: what stands before it, anybody may have
        written."""
        chain = [hop.strip() for value in values for hop in value.split(",")][-_MOST_HOPS:]
        for hop in reversed(chain):
            try:
                address = str(ipaddress.ip_address(hop.strip("[]")))
            except ValueError:
                return peer
            if not is_within(address, self._proxies):
                return address
            peer = address
        return peer
