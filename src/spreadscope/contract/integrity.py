"""What the store proves of each symbol and day: counts, holes with their evidence, and the hash of the tape."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from spreadscope.contract.bodies import LATEST, OF_SYMBOL_OR_NONE
from spreadscope.model.states import GapState

MOST_GAPS_A_DAY = 500
MOST_HASHED_AT_ONCE = 1_000_000
"""The most trades that ``GET /api/integrity`` hashes; beyond it is a job."""

Day = Annotated[str, Meta(examples=["2026-11-22"])]


class DayGap(msgspec.Struct, frozen=True, kw_only=True):
    """Ids that are missing, or were, between trades of the times ``from_time`` and ``to_time`` (ms)."""

    first: int
    last: int
    state: GapState
    from_time: int
    to_time: int
    evidence: str


class MissingIds(msgspec.Struct, frozen=True, kw_only=True):
    """How many ids have no trade of the stream, by what is known of them.

    ``open``: asked for. ``refetched``: missed, fetched again, and there now. ``upstream``: the exchange itself has no
    trade of that id. ``permanent``: given up, for the exchange no longer gives them.
    """

    open: int
    refetched: int
    upstream: int
    permanent: int


class CompleteDay(msgspec.Struct, frozen=True, kw_only=True):
    """How complete the tape of a symbol is on a UTC day.

    ``share`` is that of the known ids that are there (0 to 1); null where no ids prove anything (``unprovable`` names
    the source). ``retired``: trades that retention has deleted; they count as known. A gap across midnight counts on
    both days.
    """

    symbol: str
    day: Day
    trades: int
    retired: int
    first_id: int
    last_id: int
    first_time: int
    last_time: int
    missing: MissingIds
    share: float | None
    unprovable: str | None
    closed: bool
    reported: bool


class BarCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Stored bars of a day at one timeframe: proved whole, incomplete, and how many are the exchange's candles."""

    timeframe: str
    complete: int
    incomplete: int
    klines: int


class ChainLink(msgspec.Struct, frozen=True):
    """The day before, as the chain of the tape has it."""

    day: Day
    chain: str


class IntegrityDay(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one symbol on one UTC day. ``docs/store.md`` defines ``tape`` and ``chain`` (SHA-256, hex).

    ``tape`` is empty where the trades were deleted before they were reported; ``before`` is null where the chain
    begins. ``place``: where the trades lie, "database", "archive", "both" or "retired". ``closed``: no trade of that
    day is under way any more. ``revision`` counts how often trades came after the day had been reported.
    """

    symbol: str
    day: Day
    closed: bool
    trades: int
    first_id: int
    last_id: int
    first_time: int
    last_time: int
    missing: MissingIds
    unprovable: str | None
    gaps: tuple[DayGap, ...]
    gaps_left_out: int
    bars: tuple[BarCounts, ...]
    conflicts: int
    empty_prints: int
    tape: str
    before: ChainLink | None
    chain: str
    place: str
    revision: int


class IntegrityReport(msgspec.Struct, frozen=True, kw_only=True):
    """The integrity of a store, by symbol and day. ``definition`` names what the hashes are of."""

    definition: str
    version: str
    made: int
    source: str
    demo: bool
    days: tuple[IntegrityDay, ...]


class IntegrityBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of a job that makes an integrity report: of one symbol (empty: of all), in ``[start, end)`` (ms)."""

    symbol: Annotated[str, Meta(max_length=200, extra_json_schema=dict(OF_SYMBOL_OR_NONE))] = ""
    start: Annotated[int, Meta(ge=0, le=LATEST)] = 0
    end: Annotated[int, Meta(ge=0, le=LATEST)] = LATEST
