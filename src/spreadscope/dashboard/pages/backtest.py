"""The backtest page: signals traded on stored data as a job of the engine, with progress, cancel and result."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from spreadscope.client import ApiRequestError, EngineDownError
from spreadscope.contract import BacktestBody, BacktestReport, Job
from spreadscope.dashboard import browser_session
from spreadscope.dashboard.browser_session import collecting_notices, engine
from spreadscope.dashboard.pages import backtest_form, backtest_result, job_box, waiting
from spreadscope.dashboard.pages.fragments import as_fragment
from spreadscope.dashboard.text import utc

KIND = "backtest"
CHOSEN_JOB = "backtest-job"
_STATE = "backtest"


@dataclass
class BacktestState:
    """What the page shows in this session. It is changed in place (see ``browser_session.collecting_notices``)."""

    job: str = ""
    shown: tuple[str, BacktestReport] | None = None
    """The last result with the id of its job, which stays on the screen while no engine answers."""


def page() -> StreamlitPage:
    """Returns this page, for the navigation."""
    return st.Page(as_fragment(show), title="Backtest", url_path="backtest")


def show() -> None:
    """Draw the page."""
    overview = browser_session.overview()
    if isinstance(overview, str):
        waiting.show_no_engine()
        return
    if overview.problem is not None:
        waiting.show_last_known(overview.problem)
    state: BacktestState = st.session_state.setdefault(_STATE, BacktestState())
    with st.container(border=True):
        body = backtest_form.show(overview)
        st.button("Run", key="backtest-begin", on_click=partial(_begin, state, body), disabled=body is None)
    found = job_box.jobs_of(KIND, state.job or str(st.query_params.get("job", "")))
    if found is None:
        if state.shown is not None:
            backtest_result.show(*state.shown)
        return
    jobs, job = found
    if job is None:
        st.info("Nothing was run yet. A backtest trades the signals of pairs on stored data, with a paper account.")
        return
    state.job = job.id
    if len(jobs) > 1:
        _choose(state, jobs)
    done = job_box.show(state.job)
    if done is not None:
        _show_result(state, done)


def _begin(state: BacktestState, body: BacktestBody | None) -> None:
    if body is None:
        return
    with collecting_notices(), engine() as client:
        state.job = client.start_backtest(body).id


def _choose(state: BacktestState, jobs: list[Job]) -> None:
    names = {job.id: f"{job.title} · {utc(job.created)[:16]} UTC · {job.state}" for job in jobs}
    st.session_state[CHOSEN_JOB] = state.job

    def on_change() -> None:
        state.job = st.session_state[CHOSEN_JOB]

    st.selectbox("Backtest", list(names), key=CHOSEN_JOB, format_func=names.__getitem__, on_change=on_change, width=560)


def _show_result(state: BacktestState, job: Job) -> None:
    if state.shown is None or state.shown[0] != job.id:
        try:
            with engine() as client:
                state.shown = job.id, client.backtest_report(job.id)
        except (ApiRequestError, EngineDownError) as error:
            waiting.show_error(error)
            return
    backtest_result.show(*state.shown)
