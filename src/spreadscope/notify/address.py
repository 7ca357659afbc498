"""The addresses to which a webhook may connect: public ones, and those of hosts that are named as local."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Awaitable, Callable

from spreadscope.model.errors import DeliveryError
from spreadscope.notify.thread import in_thread

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], Awaitable[list[str]]]

_RESOLVE_SECONDS = 10.0

# IANA's registries of special-purpose addresses. They are written out because what the standard library calls
# "global" changes with its version.
_REFUSED = [
    (ipaddress.ip_network(network), kind)
    for network, kind in (
        ("0.0.0.0/8", "unspecified"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared with a carrier (CGNAT)"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"),
        ("192.0.2.0/24", "reserved"),
        ("192.88.99.0/24", "reserved"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "private"),
        ("198.51.100.0/24", "reserved"),
        ("203.0.113.0/24", "reserved"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("64:ff9b:1::/48", "private"),
        ("100::/64", "reserved"),
        ("2001::/23", "reserved"),
        ("2001:db8::/32", "reserved"),
        ("3fff::/20", "reserved"),
        ("5f00::/16", "reserved"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "private"),
        ("ff00::/8", "multicast"),
    )
]
# Metadata services of clouds, which give out credentials. They are refused in a LAN too: no receiver of alerts is
# there.
_METADATA_SERVICES = frozenset(
    ipaddress.ip_address(text)
    for text in (
        *("169.254.169.254", "169.254.170.2", "169.254.170.23", "100.100.100.200", "168.63.129.16", "192.0.0.192"),
        *("fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254", "fe80::a9fe:a9fe"),
    )
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_COMPATIBLE = ipaddress.ip_network("::/96")


def refusal(text: str, *, lan: bool = False) -> str | None:
    """Returns why an address must not be used, or None. ``lan``: its host was named as one of the local network."""
    try:
        address: Address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return "no address"
    for inner in (address, *_embedded(address)):
        if inner in _METADATA_SERVICES:
            return "a cloud's metadata service"
        if inner.is_unspecified or inner.is_multicast or inner == ipaddress.IPv4Address("255.255.255.255"):
            return "unspecified" if inner.is_unspecified else "multicast"
        if lan:
            continue
        for network, kind in _REFUSED:
            if inner in network:
                return kind
    return None


async def system_resolver(host: str, port: int) -> list[str]:
    """Returns all addresses of a host from the resolver of the system. Raises ``OSError``."""

    def look_up() -> list[str]:
        entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(str(entry[4][0]) for entry in entries))

    return await in_thread("resolver", look_up, _RESOLVE_SECONDS)


async def resolve(host: str, port: int, *, lan: bool, resolver: Resolver) -> list[str]:
    """Returns the addresses of a host, looked up once. Raises ``DeliveryError`` where one of them must not be used."""
    try:
        addresses = await resolver(host, port)
    except TimeoutError:
        raise DeliveryError(f"the name {host} was not resolved in {_RESOLVE_SECONDS:.0f} s") from None
    except (OSError, UnicodeError) as error:
        raise DeliveryError(f"the name {host} cannot be resolved: {error}") from None
    if not addresses:
        raise DeliveryError(f"the name {host} has no address")
    for address in addresses:
        if (why := refusal(address, lan=lan)) is not None:
            hint = "" if lan else f"; if it is meant, write lan = [{host!r}] for the channel"
            raise DeliveryError(f"{host} is at {address}, which is {why}: webhooks go to public addresses only{hint}")
    return addresses


def _embedded(address: Address) -> list[Address]:
    """Returns the IPv4 addresses inside an IPv6 address: mapped, compatible, NAT64, 6to4 and Teredo."""
    if not isinstance(address, ipaddress.IPv6Address):
        return []
    embedded: list[Address] = []
    if address.ipv4_mapped is not None:
        embedded.append(address.ipv4_mapped)
    if address.sixtofour is not None:
        embedded.append(address.sixtofour)
    if address.teredo is not None:
        embedded += address.teredo
    if address in _NAT64 or (address in _COMPATIBLE and int(address) > 0xFFFF):
        embedded.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return embedded
