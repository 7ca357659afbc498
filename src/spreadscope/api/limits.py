"""The limits and waits of the API (``docs/api.md``), in one object that is passed to the parts that apply them."""

from __future__ import annotations

from dataclasses import dataclass

from spreadscope.contract import MOST_HASHED_AT_ONCE


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiLimits:
    """The limits of the API; tests set others. Counts are of what exists at one time; seconds are the longest waits."""

    connections: int = 256
    request_seconds: float = 10.0  # until a request is whole
    symbols: int = 1_000  # watched
    pairs: int = 1_000
    sockets: int = 100
    downloads: int = 8  # of exports under way
    topics: int = 256  # of a socket
    waiting: int = 256  # requests of a socket; a client that comes back asks for all of its topics at once
    pending: int = 5_000  # facts of a topic between two updates
    update_seconds: float = 0.1  # between two updates of a topic
    pair_seconds: float = 0.04  # between two updates of pairs: a trade is sent at once, then these pass
    recheck_seconds: float = 5.0  # between two looks whether who uses a socket still may
    hashed_at_once: int = MOST_HASHED_AT_ONCE  # trades that an integrity report reads without a job
    read_seconds: float = 0.5  # for the disk, before a read
    change_seconds: float = 5.0  # for the disk, after a change
