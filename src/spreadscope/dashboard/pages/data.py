"""The data page: what is stored, how complete it is, how anyone can check it, and what the engine takes in now."""

from __future__ import annotations

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from spreadscope.contract import Level
from spreadscope.dashboard import browser_session
from spreadscope.dashboard.browser_session import Overview
from spreadscope.dashboard.pages import (
    data_completeness,
    data_files,
    data_integrity,
    data_live,
    data_sessions,
    data_storage,
    waiting,
)
from spreadscope.dashboard.pages.fragments import as_fragment
from spreadscope.dashboard.runbook_pages import address
from spreadscope.dashboard.text import demo_text, escape, sentence, utc

PART = "data-part"
COMPLETENESS, NOW, INTEGRITY, STORAGE, SESSIONS, FILES = (
    "Completeness", "Now", "Integrity", "Storage", "Sessions", "Import and export",
)  # fmt: skip
PARTS = (COMPLETENESS, NOW, INTEGRITY, STORAGE, SESSIONS, FILES)
REFRESH_SECONDS = 2


def page() -> StreamlitPage:
    """Returns this page, for the navigation."""
    return st.Page(as_fragment(show), title="Data", url_path="data")


def show() -> None:
    """Draw the page. What ages is drawn again by itself, in fragments of its own."""
    overview = browser_session.overview()
    if isinstance(overview, str):
        waiting.show_no_engine()
        return
    if overview.problem is not None:
        waiting.show_last_known(overview.problem)
    if overview.demo:
        st.warning(f"**DEMO** · {escape(demo_text(overview.status))}.")
    _summary(lost=overview.problem is not None)
    part = st.segmented_control(
        "Part", PARTS, default=_part_of_address(), key=PART, label_visibility="collapsed", required=True
    )
    if part != _part_of_address():  # each write is a step for Back
        st.query_params["part"] = str(part).lower().replace(" ", "-")
    if part == NOW:
        data_live.show()
    elif overview.problem is not None:
        st.caption("Not known while no engine answers.")
    else:
        _show_stored(str(part), overview)


def _show_stored(part: str, overview: Overview) -> None:
    match part:
        case "Integrity":
            data_integrity.show(overview)
        case "Storage":
            data_storage.show()
        case "Sessions":
            data_sessions.show()
        case "Import and export":
            data_files.show(overview)
        case _:
            data_completeness.show()


def _part_of_address() -> str:
    asked = str(st.query_params.get("part", "")).lower().replace("-", " ")
    return next((part for part in PARTS if part.lower() == asked), COMPLETENESS)


@st.fragment(run_every=REFRESH_SECONDS)
def _summary(*, lost: bool) -> None:
    overview = browser_session.overview()
    if isinstance(overview, str) or (overview.problem is not None and not lost):
        st.rerun()  # the page says at its top that the engine is lost
    status = overview.status
    st.caption(
        f"Source: {escape(status.source)} · stored in {escape(status.data)} · engine {status.version}, "
        f"started {utc(status.started)[:19]} UTC · {status.rates.messages_per_second:,.0f} messages/s, "
        f"{status.rates.trades_per_second:,.0f} trades/s"
    )
    boxes = {Level.ERROR: st.error, Level.WARNING: st.warning}
    for alarm in status.alarms:
        page = f" [What to do]({address(alarm.runbook)})" if alarm.runbook is not None else ""
        boxes[alarm.level](escape(sentence(alarm.message)) + page)
