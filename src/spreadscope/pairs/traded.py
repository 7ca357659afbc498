"""Which of a row's figures signals act on: those of the hedge ratio that the configuration names."""

from __future__ import annotations

from typing import Literal, NamedTuple

from spreadscope.model.facts import PairRow, Value

Hedge = Literal["ols", "kalman"]

#: By the name in the configuration: the fields of z, spread and hedge ratio.
FIELDS: dict[Hedge, tuple[str, str, str]] = {
    "ols": ("z", "spread", "beta"),
    "kalman": ("kalman_z", "kalman_spread", "kalman_beta"),
}


class Traded(NamedTuple):
    """What signals act on."""

    z: Value
    spread: Value
    beta: Value


def traded(row: PairRow, hedge: Hedge) -> Traded:
    """The z, spread and hedge ratio of ``row`` that signals act on."""
    return Traded(*(getattr(row, field) for field in FIELDS[hedge]))


def traded_field(field: str, hedge: Hedge) -> str:
    """The field of a row that is meant by ``field`` where z, spread and β are those that signals act on.

    >>> traded_field("z", "kalman"), traded_field("half_life", "kalman"), traded_field("z", "ols")
    ('kalman_z', 'half_life', 'z')
    """
    return dict(zip(FIELDS["ols"], FIELDS[hedge], strict=True)).get(field, field)
