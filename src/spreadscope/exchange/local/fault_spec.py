"""What can go wrong on request: the names of the faults, and the text in which they are asked for.

``all`` asks for everything at its usual rate; ``reset=3,drop=0.01`` for three resets in all and one frame lost in a
hundred. A whole number is how often a fault happens in all, a number below 1 its chance at each opportunity, ``3@0.2``
both, and 0 takes a fault out of ``all``.
"""

from __future__ import annotations

import difflib
from typing import Final, Literal

import msgspec

from spreadscope.model.errors import ConfigError

Opportunity = Literal["frame", "stream", "connection", "request", "market"]


class FaultKind(msgspec.Struct, frozen=True):
    """One fault: its row in the table of faults, what it is asked for, its usual rate, and what it does."""

    name: str
    row: int
    each: Opportunity
    rate: float
    does: str


# Opportunities: every trade frame, every stream a connection begins to deliver, every connection four times a second,
# every request, and the whole market four times a second.
KINDS: Final = (
    FaultKind("reset", 1, "connection", 0.03, "the connection ends with a TCP reset"),
    FaultKind("half-open", 2, "connection", 0.01, "nothing goes out or is read any more, and nothing says so"),
    FaultKind("silent", 3, "stream", 0.05, "a stream is acknowledged and never delivered on this connection"),
    FaultKind("stall", 4, "frame", 0.0005, "a stream stops on this connection, the others flow"),
    FaultKind("pings-only", 5, "connection", 0.01, "the connection answers pings and delivers nothing"),
    FaultKind("expire", 6, "connection", 0.01, "the exchange ends the connection as after 24 hours (close 1001)"),
    FaultKind("drop", 10, "frame", 0.005, "a trade's frame is lost"),
    FaultKind("duplicate", 11, "frame", 0.005, "a trade comes twice"),
    FaultKind("conflict", 11, "frame", 0.001, "a trade comes again with another price"),
    FaultKind("reorder", 12, "frame", 0.005, "a trade comes up to 20 frames late"),
    FaultKind("burst", 13, "frame", 0.002, "the trade at hand and those after it up to the next millisecond are lost"),
    FaultKind("too-old", 14, "request", 0.01, "aggTrades is refused with -4166"),
    FaultKind("429", 15, "request", 0.02, "the request is refused: slow down"),
    FaultKind("418", 16, "request", 0.005, "the address is banned for a while"),
    FaultKind("weight", 17, "request", 0.05, "others on the address have used weight"),
    FaultKind("5xx", 18, "request", 0.03, "an error of the server, as JSON or without a body"),
    FaultKind("html", 18, "request", 0.02, "a page in HTML, under status 200 or 502"),
    FaultKind("truncated", 18, "request", 0.02, "the body ends too early: the connection is cut, or the JSON is"),
    FaultKind("slow", 18, "request", 0.02, "the answer takes a while"),
    FaultKind("new-keys", 19, "frame", 0.01, "a payload with keys that nobody knows, in another order"),
    FaultKind("new-event", 19, "frame", 0.005, "an event that nobody knows"),
    FaultKind("missing-key", 19, "frame", 0.002, "a trade without its price"),
    FaultKind("coin-m", 20, "frame", 0.005, "a COIN-M row with the id of the trade at hand and another price"),
    FaultKind("halt", 21, "market", 0.02, "contractInfo says that a symbol is settling; a while later it trades again"),
    FaultKind("maintenance", 22, "market", 0.01, "the market rests for a while: no trades, ids go on densely"),
    FaultKind("skew", 23, "request", 0.05, "the exchange's clock is off by some seconds in this answer"),
    FaultKind("lag", 25, "connection", 0.01, "from now on everything on this connection comes late"),
)

BY_NAME: Final = {kind.name: kind for kind in KINDS}


class FaultRate(msgspec.Struct, frozen=True):
    """How much of a fault: its chance at each opportunity, and how often at most (None: no bound)."""

    rate: float
    most: int | None = None


def parse_faults(spec: str) -> dict[str, FaultRate]:
    """Read a specification.

    Raises:
        ConfigError: an unknown name (the nearest one is named), or a number that is neither a count nor a chance.
    """
    rates: dict[str, FaultRate] = {}
    for part in (part.strip() for part in spec.split(",")):
        name, given, text = part.partition("=")
        name = name.strip()
        if name == "all" and not given:
            rates |= {kind.name: FaultRate(kind.rate) for kind in KINDS if kind.name not in rates}
        elif name in BY_NAME:
            rates[name] = _parse_rate(name, text.strip()) if given else FaultRate(BY_NAME[name].rate)
        else:
            near = difflib.get_close_matches(name, [*BY_NAME, "all"], n=1, cutoff=0.0)[0]
            raise ConfigError(f"--faults: there is no fault {name!r}: did you mean {near!r}?")
    return {name: rate for name, rate in rates.items() if rate.most != 0}


def _parse_rate(name: str, text: str) -> FaultRate:
    """``3``, ``0.01``, or both as ``3@0.2``: a count alone comes at the usual rate."""
    count, at, chance = text.partition("@")
    if not _is_count(count):
        count, chance = "", text
    elif not at:
        return FaultRate(BY_NAME[name].rate, int(count))
    try:
        rate = float(chance)
    except ValueError:
        rate = -1.0
    if not 0 < rate < 1:
        raise ConfigError(
            f"--faults: {name}={text} is neither a count (3), nor a chance below 1 (0.01), nor both (3@0.01)"
        )
    return FaultRate(rate, int(count) if count else None)


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10
