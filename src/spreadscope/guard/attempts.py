"""Bounds how often an address may fail to sign in. Its memory is bounded, however many addresses try."""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable

MOST_FAILURES = 10
SECONDS = 60.0
MOST_ADDRESSES = 4_096
_IPV6_PREFIX = 64  # what one subscriber of a network has


class FailedAttempts:
    """The failed attempts of each peer address: after ``most`` within ``seconds`` it has to wait.

    Where ``addresses`` have failed already, the one that has failed longest ago is forgotten.
    """

    def __init__(
        self,
        most: int = MOST_FAILURES,
        seconds: float = SECONDS,
        addresses: int = MOST_ADDRESSES,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = most
        self._seconds = seconds
        self._addresses = addresses
        self._now = now
        self._failed: OrderedDict[str, list[float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._failed)

    def wait(self, host: str) -> float:
        """Returns the seconds that an address has to wait; 0 where it may try."""
        recent = self._recent(_group(host))
        return 0.0 if len(recent) < self._most else recent[-self._most] + self._seconds - self._now()

    def failed(self, host: str) -> None:
        """Count a failure."""
        group = _group(host)
        self._failed[group] = [*self._recent(group), self._now()][-self._most :]
        self._failed.move_to_end(group)
        while len(self._failed) > self._addresses:
            self._failed.popitem(last=False)

    def _recent(self, group: str) -> list[float]:
        since = self._now() - self._seconds
        recent = [at for at in self._failed.get(group, ()) if at > since]
        if not recent:
            self._failed.pop(group, None)
        return recent


def _group(host: str) -> str:
    """Returns an address, or the network of a subscriber: one has 2**64 addresses of IPv6."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, _IPV6_PREFIX), strict=False))
    return str(address)
