"""The range of a study: the newest hours or days of what is stored, everything, or from one time to another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from spreadscope.contract import BarSpan
from spreadscope.contract.bodies import LATEST
from spreadscope.dashboard.text import escape, utc

RANGE = "lab-range"
FROM = "lab-from"
TO = "lab-to"
ALL, DATES = "all", "dates"
_HOUR = 3_600_000
LENGTHS = {"1h": _HOUR, "6h": 6 * _HOUR, "1d": 24 * _HOUR, "7d": 168 * _HOUR, "30d": 720 * _HOUR}
_DEFAULTS = {"1s": "1h", "1m": "1d", "5m": "7d"}
_LABELS = {
    "1h": "Newest hour", "6h": "Newest 6 hours", "1d": "Newest day", "7d": "Newest week", "30d": "Newest 30 days",
    ALL: "All of it", DATES: "From … to …",
}  # fmt: skip
CHOICES = (*LENGTHS, ALL, DATES)
_EXAMPLE = "2026-11-22 15:00"


class RangeError(Exception):
    """The error of a time that cannot be read, in one sentence."""


def set_defaults(address: Mapping[str, str], timeframe: str) -> None:
    """Set the range of the address, else one that suits the timeframe."""
    state = st.session_state
    if state.get(RANGE) in CHOICES:
        return
    given = address.get("range", "")
    if address.get("from") or address.get("to"):
        state[RANGE] = DATES
        state.setdefault(FROM, _shown(address.get("from", "")))
        state.setdefault(TO, _shown(address.get("to", "")))
    else:
        state[RANGE] = given if given in CHOICES else _DEFAULTS.get(timeframe, "1d")


def draw(bar: DeltaGenerator) -> None:
    """Draw the choice, and two fields for times where they are wanted."""
    bar.selectbox("Range", CHOICES, key=RANGE, format_func=_LABELS.__getitem__, width=190)
    if st.session_state[RANGE] == DATES:
        bar.text_input("From (UTC)", key=FROM, placeholder=_EXAMPLE, max_chars=40, width=180)
        bar.text_input("To (UTC)", key=TO, placeholder="the newest", max_chars=40, width=180)


def bounds(spans: Sequence[BarSpan], lengths: Mapping[str, int]) -> tuple[int, int]:
    """Returns the range (ms). ``lengths`` has the length of a bar by timeframe. Raises ``RangeError``."""
    choice = str(st.session_state[RANGE])
    if choice == DATES:
        start = _milliseconds(str(st.session_state.get(FROM, "")), 0)
        end = _milliseconds(str(st.session_state.get(TO, "")), LATEST)
        if start >= end:
            raise RangeError("The range ends before it begins: choose a later end.")
        return start, end
    if choice == ALL or not spans:
        return 0, LATEST
    end = max(span.last + lengths[span.timeframe] for span in spans)
    return max(0, end - LENGTHS[choice]), end


def for_address(start: int, end: int) -> dict[str, str]:
    """Returns the range for the address of the page."""
    choice = str(st.session_state[RANGE])
    if choice != DATES:
        return {"range": choice}
    bounds_given = {"from": start or None, "to": None if end == LATEST else end}
    return {name: str(value) for name, value in bounds_given.items() if value is not None} or {"range": ALL}


def words(spans: Sequence[BarSpan]) -> str:
    """Returns what is stored of the pair, in words."""
    parts = [f"{escape(span.symbol)} from {utc(span.first)[:16]} to {utc(span.last)[:16]} UTC" for span in spans]
    return f"Stored: {'; '.join(parts)}." if parts else "Nothing of this pair is stored at this timeframe."


def _milliseconds(text: str, default: int) -> int:
    text = text.strip()
    if not text:
        return default
    if text.isascii() and text.isdigit() and len(text) >= 11:
        return min(int(text[:17]), LATEST)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise RangeError(f"The time {text[:40]!r} is not ISO, for example {_EXAMPLE}.") from None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0, round(aware.timestamp() * 1000))


def _shown(text: str) -> str:
    """Returns a time of the address as somebody would write it."""
    if text.isascii() and text.isdigit() and 11 <= len(text) <= 14:
        return utc(int(text))[:19]
    return text[:40]
