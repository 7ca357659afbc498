"""The drawings of the data page: calendar, timeline and rates, one component of three kinds."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import streamlit as st

from spreadscope.contract import CompleteDay, Gap, RateHistory

_mount = st.components.v2.component("spreadscope.data", js="data.js", css="data.css")

CALENDAR = "data-calendar"


def calendar(days: Sequence[CompleteDay], symbol: str, chosen: str, choose: Callable[[str], None]) -> None:
    """Mount the calendar of a symbol (empty: of all); ``choose`` is called with the day that is chosen, or empty."""

    def on_day() -> None:
        state: object = st.session_state.get(CALENDAR)
        day = state.get("day") if hasattr(state, "get") else None
        choose(str(day or ""))

    data = {"kind": "calendar", "days": msgspec.to_builtins(days), "symbol": symbol, "chosen": chosen}
    _mount(key=CALENDAR, data=data, on_day_change=on_day)


def timeline(days: Sequence[CompleteDay], gaps: Sequence[Gap]) -> None:
    """Mount the timeline: a lane a symbol."""
    data = {"kind": "timeline", "days": msgspec.to_builtins(days), "gaps": msgspec.to_builtins(gaps)}
    _mount(key="data-timeline", data=data)


def rates(history: RateHistory) -> None:
    """Mount the charts of the last hour."""
    _mount(key="data-rates", data={"kind": "rates", "history": msgspec.to_builtins(history)})
