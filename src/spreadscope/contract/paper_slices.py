"""Orders in slices, as pages see them: a ladder or a TWAP with what came of each slice."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from spreadscope.model.trading_states import Execution, SliceState, SpreadMeasure


class SlicedKind(StrEnum):
    """A ladder between two levels of the spread, or equal slices over a time."""

    LADDER = "ladder"
    TWAP = "TWAP"


class EntrySlice(msgspec.Struct, frozen=True, kw_only=True):
    """A slice of an order.

    ``share`` is its part of the notional. With a ``level`` it is sent only while the spread can be had there or beyond;
    ``due`` and ``until`` are its time (null: it has no end). ``y`` and ``x`` are its signed quantities (null until the
    first slice of the order is sent), ``filled_y`` and ``filled_x`` what it brought; ``words`` say why it was skipped,
    canceled or not filled whole.
    """

    share: float
    level: float | None
    due: int
    until: int | None
    state: SliceState
    y: float | None
    x: float | None
    filled_y: float
    filled_x: float
    words: str


class SlicedEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An order in slices: ``filled`` of ``slices`` have brought something. ``words`` say how far it is."""

    kind: SlicedKind
    measure: SpreadMeasure
    execution: Execution | None
    filled: int
    slices: list[EntrySlice]
    words: str
