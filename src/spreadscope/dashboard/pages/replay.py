"""The replay page: what is stored plays through the chart, the watch list and the alerts of the live pages."""

from __future__ import annotations

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from spreadscope.client import ApiRequestError, EngineDownError
from spreadscope.contract import PlaybackBody, PlaybackRun, RunState
from spreadscope.dashboard import browser_session
from spreadscope.dashboard.browser_session import collecting_notices, engine
from spreadscope.dashboard.pages import replay_choice, replay_moment, replay_views, waiting
from spreadscope.dashboard.pages.fragments import as_fragment
from spreadscope.dashboard.text import escape, sentence

PLAYBACK = "playback"
REFRESH_SECONDS = 1


def page() -> StreamlitPage:
    """Returns this page, for the navigation."""
    return st.Page(as_fragment(show), title="Replay", url_path="replay")


def show() -> None:
    """Draw the page."""
    overview = browser_session.overview()
    if isinstance(overview, str):
        waiting.show_no_engine()
        return
    if overview.problem is not None:
        waiting.show_last_known(overview.problem)
    replay_moment.open_asked()
    try:
        with engine() as client:
            runs = {run.id: run for run in client.playbacks()}
            run = runs.get(_chosen())
            if run is None:
                if _chosen():
                    st.info("That playback has ended: one that nobody uses is ended after a while. Choose again.")
                    choose("")
                replay_choice.show(client, list(runs.values()), begin, choose)
                return
    except (ApiRequestError, EngineDownError) as error:
        waiting.show_error(error)
        return
    _show_run(run)


def _chosen() -> str:
    if PLAYBACK not in st.session_state:
        st.session_state[PLAYBACK] = str(st.query_params.get(PLAYBACK, ""))
    return str(st.session_state[PLAYBACK])


def choose(playback: str) -> None:
    """Show another playback; an empty one is none: the page lists what can be played."""
    st.session_state[PLAYBACK] = playback
    if playback:
        st.query_params[PLAYBACK] = playback
    elif PLAYBACK in st.query_params:
        del st.query_params[PLAYBACK]


def begin(body: PlaybackBody) -> None:
    """Start a playback and show it; for a button."""
    started: list[str] = []
    with collecting_notices(), engine() as client:
        started.append(client.start_playback(body).id)
    if started:
        choose(started[0])


def _end(playback: str) -> None:
    with collecting_notices(), engine() as client:
        client.stop_playback(playback)
    choose("")


def _show_run(run: PlaybackRun) -> None:
    line = st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute")
    line.caption(escape(f"Replay of the {run.title}. Nothing of it is stored, and no rule notifies anybody."))
    buttons = line.container(horizontal=True, horizontal_alignment="right", width="content")
    buttons.button("Other replay", key="replay-other", on_click=choose, args=("",))
    buttons.button("End replay", key="replay-end", on_click=_end, args=(run.id,))
    if run.state is RunState.STARTING:
        st.info("The replay begins: its history is read first. This takes a few seconds.")
        _rerun_when_ready(run.id)
        return
    if run.state is RunState.FAILED:
        st.error(escape(sentence(run.error or "the replay has ended")))
        return
    try:
        with engine(run.path) as client:
            replay_views.show(client, run)
    except (ApiRequestError, EngineDownError) as error:
        waiting.show_error(error)


@st.fragment(run_every=REFRESH_SECONDS)
def _rerun_when_ready(playback: str) -> None:
    try:
        with engine() as client:
            states = {run.id: run.state for run in client.playbacks()}
    except (ApiRequestError, EngineDownError):
        return
    if states.get(playback) is not RunState.STARTING:
        st.rerun()
