"""The fields of a ticket that say how it is sent: at once, at a level of z, as a ladder, or as a TWAP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from spreadscope.contract import (
    LONGEST_TWAP_MINUTES,
    MOST_RUNGS,
    MOST_SLICES,
    LadderBody,
    SpreadMeasure,
    TwapBody,
)
from spreadscope.contract.paper_bodies import MOST_GOOD_MINUTES

_FIRST, _LAST = 2.0, 4.0  # where a ladder of z begins, on the side of the entry
_RATIO_LIMIT = 1e9
_MEASURES = {SpreadMeasure.Z: "z", SpreadMeasure.RATIO: "Ratio Y/X"}
_WAITS = "How long it waits. 0: until you take it back on the page Portfolio."


class Way(StrEnum):
    """How a ticket is sent."""

    AT_ONCE = "At once"
    LEVEL = "At a level of z"
    LADDER = "As a ladder"
    TWAP = "As a TWAP"


class Growth(StrEnum):
    """How the size of a ladder is shared among its rungs."""

    EQUAL = "equal"
    GROWING = "growing: 1, 2, 3 …"


@dataclass(frozen=True)
class Sending:
    """How a ticket is sent; ``missing`` says which field has to be filled in first."""

    limit_z: float | None = None
    good_minutes: int = 0
    ladder: LadderBody | None = None
    twap: TwapBody | None = None
    missing: str = ""


def fields(place: str, side: int) -> Sending:
    """Draw the fields. Returns what they say; ``side`` is 1 where the spread is bought."""
    chosen = Way(
        str(
            st.segmented_control(
                "Sent", list(Way), default=Way.AT_ONCE, key=f"dialog-way-{place}", required=True,
                help="A ladder and a TWAP are sent in slices, which enter one trade: a ladder between two levels of the"
                " spread, a TWAP in equal slices over a time. What is not filled can be taken back at any time.",
            )
        )
    )  # fmt: skip
    # Six places that are always there: a field that goes leaves an empty one, for its old drawing would else stay.
    places = [*st.columns(3), *st.columns(3)]
    match chosen:
        case Way.LEVEL:
            sending, used = _level(places, place), 2
        case Way.LADDER:
            sending, used = _ladder(places, place, side), 6
        case Way.TWAP:
            sending, used = _twap(places, place), 4
        case Way.AT_ONCE:
            sending, used = Sending(), 0
    for unused in places[used:]:
        unused.empty()
    return sending


def _level(places: Sequence[DeltaGenerator], place: str) -> Sending:
    limit = places[0].number_input(
        "Only at z", -100.0, 100.0, None, 0.1, key=f"dialog-limit-{place}", format="%g",
        help="It waits until z can be had there or beyond: at the best bids and asks, for this size.",
    )  # fmt: skip
    minutes = places[1].number_input("Waits, minutes", 0, MOST_GOOD_MINUTES, 0, 60, key="dialog-good", help=_WAITS)
    if limit is None:
        return Sending(missing="Give the level of z at which it is sent.")
    return Sending(limit_z=limit, good_minutes=int(minutes))


def _ladder(places: Sequence[DeltaGenerator], place: str, side: int) -> Sending:
    measure = _measure(places[0], f"dialog-ladder-measure-{place}")
    of = f"{place}-{side}-{measure}"
    of_z = measure is SpreadMeasure.Z
    first = places[1].number_input(
        "First rung at", value=-side * _FIRST if of_z else None, min_value=-_RATIO_LIMIT, max_value=_RATIO_LIMIT,
        step=0.1 if of_z else None, key=f"dialog-first-{of}", format="%g",
        help="A rung is sent when the spread can be had at its level or beyond, at bid and ask and for its size.",
    )  # fmt: skip
    last = places[2].number_input(
        "Last rung at", value=-side * _LAST if of_z else None, min_value=-_RATIO_LIMIT, max_value=_RATIO_LIMIT,
        step=0.1 if of_z else None, key=f"dialog-last-{of}", format="%g",
    )  # fmt: skip
    rungs = int(places[3].number_input("Rungs", 2, MOST_RUNGS, 3, key="dialog-rungs"))
    growth = Growth(str(places[4].selectbox("Shares of the size", list(Growth), key="dialog-shares")))
    minutes = places[5].number_input(
        "Waits, minutes", 0, MOST_GOOD_MINUTES, 0, 60, key="dialog-ladder-good", help=_WAITS
    )
    if first is None or last is None:
        return Sending(missing="Give the levels of the first and the last rung.")
    shares = tuple(float(number) for number in range(1, rungs + 1)) if growth is Growth.GROWING else ()
    ladder = LadderBody(measure=measure, first=first, last=last, rungs=rungs, shares=shares)
    return Sending(ladder=ladder, good_minutes=int(minutes))


def _twap(places: Sequence[DeltaGenerator], place: str) -> Sending:
    slices = places[0].number_input("Slices", 2, MOST_SLICES, 10, key="dialog-slices")
    minutes = places[1].number_input("Over, minutes", 1, LONGEST_TWAP_MINUTES, 30, key="dialog-minutes")
    measure = _measure(places[2], f"dialog-twap-measure-{place}")
    limit = places[3].number_input(
        "Only at", value=None, min_value=-_RATIO_LIMIT, max_value=_RATIO_LIMIT, key=f"dialog-twap-limit-{place}",
        format="%g", help="A slice is skipped where the spread cannot be had there or beyond in its time. Empty: none.",
    )  # fmt: skip
    return Sending(twap=TwapBody(slices=int(slices), minutes=int(minutes), measure=measure, limit=limit))


def _measure(place: DeltaGenerator, key: str) -> SpreadMeasure:
    chosen = place.segmented_control(
        "Levels of", list(SpreadMeasure), default=SpreadMeasure.Z, format_func=_MEASURES.__getitem__, key=key,
        required=True,
    )  # fmt: skip
    return SpreadMeasure(str(chosen))
