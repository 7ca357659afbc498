"""The boxes of a page while no engine answers."""

from __future__ import annotations

import streamlit as st

from spreadscope.client import EngineDownError
from spreadscope.dashboard import browser_session
from spreadscope.dashboard.browser_session import Overview
from spreadscope.dashboard.engine_process import STARTING
from spreadscope.dashboard.text import demo_text, escape, sentence

RETRY_SECONDS = 2
# The text of ``starting`` in the engine's status while the exchange does not answer.
EXCHANGE_MISSING = "waiting for the exchange"


def show_no_engine() -> None:
    """Show, in place of a page, why there is no engine. The page appears once one answers."""
    exchange_missing = EXCHANGE_MISSING in str(browser_session.overview())
    st.subheader("Waiting for the exchange" if exchange_missing else "Waiting for the engine")
    _show_reason()
    st.caption("This page tries again by itself. Nothing that is stored is lost.")


def show_state(key: str) -> Overview | None:
    """Show above a page what holds for all of it: no engine, data that are not current, a demo.

    Returns what is known; None where no engine ever answered, and nothing else is to be drawn. ``key`` names the
    container of the boxes, by which the parts below keep their position.
    """
    overview = browser_session.overview()
    if isinstance(overview, str):
        show_no_engine()
        return None
    with st.container(key=key):
        if overview.problem is not None:
            show_last_known(overview.problem)
        if overview.demo:
            st.warning(f"**DEMO** · {escape(demo_text(overview.status))}.")
    return overview


def show_last_known(problem: str) -> None:
    """Show, above a page, that its data are the last known ones."""
    st.error(last_known_text(problem))
    _rerun_when_connected()


def last_known_text(problem: str) -> str:
    """Returns the text that the data are not current, with the reason and what to do."""
    return (
        f"**What you see is the last known state.** {escape(sentence(problem))} The page comes back by itself; "
        "if the engine does not, start it again."
    )


def show_error(error: Exception) -> None:
    """Show an error in place of data; the page tries again by itself."""
    st.caption(escape(sentence(str(error))))
    if isinstance(error, EngineDownError):
        _rerun_when_connected()


@st.fragment(run_every=RETRY_SECONDS)
def rerun_when_pairs() -> None:
    """Run the script again when a pair was added in another tab or by another program."""
    if isinstance(overview := browser_session.overview(), Overview) and overview.pairs:
        st.rerun()


@st.fragment(run_every=RETRY_SECONDS)
def _show_reason() -> None:
    overview = browser_session.overview()
    if not isinstance(overview, str):
        st.rerun()
    elif EXCHANGE_MISSING in overview:
        st.warning(
            "The exchange does not answer. The engine asks it again every few seconds: check the network, and the "
            "address in its"
            " configuration. What is followed begins once it answers."
        )
    elif overview.startswith(STARTING):
        st.info(escape(sentence(overview)))
    else:
        st.error(escape(sentence(overview)))


@st.fragment(run_every=RETRY_SECONDS)
def _rerun_when_connected() -> None:
    if isinstance(overview := browser_session.overview(), Overview) and overview.problem is None:
        st.rerun()
