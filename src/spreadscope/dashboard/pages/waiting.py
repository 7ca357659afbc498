"""What a page shows while there is no engine, or none any more."""

from __future__ import annotations

import streamlit as st

from spreadscope.dashboard import browser_session
from spreadscope.dashboard.api_client import EngineDownError
from spreadscope.dashboard.browser_session import Overview
from spreadscope.dashboard.engine_process import STARTING
from spreadscope.dashboard.text import escape, sentence

RETRY_SECONDS = 2
# As the engine says it (``starting`` of its status) while nothing is known of what the exchange lists.
FOR_EXCHANGE = "waiting for the exchange"


def for_engine() -> None:
    """In place of a page: why there is no engine. The page comes by itself once one answers."""
    waits = FOR_EXCHANGE in str(browser_session.overview())
    st.subheader("Waiting for the exchange" if waits else "Waiting for the engine")
    _why_not()
    st.caption("This page tries again by itself. Nothing that is stored is lost.")


def over(problem: str) -> None:
    """Above a page that shows what was known before the engine went."""
    st.error(last_known(problem))
    _until_well()


def last_known(problem: str) -> str:
    """That what stands below is not the present, why, and what to do."""
    return (
        f"**What you see is the last known state.** {escape(sentence(problem))} The page comes back by itself; "
        "if the engine does not, start it again."
    )


def for_answer(error: Exception) -> None:
    """In place of what could not be had just now: why, and it comes by itself."""
    st.caption(escape(sentence(str(error))))
    if isinstance(error, EngineDownError):
        _until_well()


@st.fragment(run_every=RETRY_SECONDS)
def for_pairs() -> None:
    """Somebody else may add a pair, in another tab or by the engine's interface."""
    if isinstance(seen := browser_session.overview(), Overview) and seen.pairs:
        st.rerun()


@st.fragment(run_every=RETRY_SECONDS)
def _why_not() -> None:
    seen = browser_session.overview()
    if not isinstance(seen, str):
        st.rerun()
    elif FOR_EXCHANGE in seen:
        st.warning(
            "The exchange does not answer. The engine asks it again every few seconds: check the network, and the address in its"
            " configuration. What is followed begins once it answers."
        )
    elif seen.startswith(STARTING):
        st.info(escape(sentence(seen)))
    else:
        st.error(escape(sentence(seen)))


@st.fragment(run_every=RETRY_SECONDS)
def _until_well() -> None:
    if isinstance(seen := browser_session.overview(), Overview) and seen.problem is None:
        st.rerun()
