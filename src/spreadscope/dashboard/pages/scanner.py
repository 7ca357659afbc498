"""The scanner page: a search for pairs as a job of the engine, with progress, cancel, and its answer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from spreadscope.client import CONFLICT, ApiRequestError, EngineDownError
from spreadscope.contract import Job, JobState, ScanBody
from spreadscope.dashboard import browser_session, page_switch
from spreadscope.dashboard.browser_session import NEW_PAIR, PAIR, TIMEFRAME, Overview, collecting_notices, engine
from spreadscope.dashboard.pages import alert_editor, job_box, scan_form, scan_result, waiting
from spreadscope.dashboard.pages.fragments import as_fragment
from spreadscope.dashboard.pages.scan_result import Shown
from spreadscope.dashboard.text import escape, sentence, utc

KIND = "scan"
REFRESH_SECONDS = 1
CHOSEN_JOB = "scan-job"
_STATE = "scanner"
_RULE = "scan-rule"


@dataclass
class ScannerState:
    """What the page shows in this session. It is changed in place (see ``browser_session.collecting_notices``)."""

    job: str = ""
    pair: str = ""
    shown: Shown | None = None
    """The last result, which stays on the screen while no engine answers."""


def page() -> StreamlitPage:
    """Returns this page, for the navigation."""
    return st.Page(as_fragment(show), title="Scanner", url_path="scanner")


def show() -> None:
    """Draw the page."""
    overview = browser_session.overview()
    if isinstance(overview, str):
        waiting.show_no_engine()
        return
    if overview.problem is not None:
        waiting.show_last_known(overview.problem)
    state: ScannerState = st.session_state.setdefault(_STATE, ScannerState())
    with st.container(border=True):
        body = scan_form.show(overview)
        st.button("Scan", key="scan-begin", on_click=partial(_begin, state, body), disabled=body is None)
    try:
        with engine() as client:
            jobs = [job for job in client.jobs() if job.kind == KIND]
    except (ApiRequestError, EngineDownError) as error:
        waiting.show_error(error)
        if state.shown is not None:
            _show_result(state, state.shown, overview)
        return
    job = _choose_job(state, jobs)
    if job is None:
        st.info("Nothing is scanned yet. A scan tests every pair of the symbols, and says how much of it is chance.")
        return
    _show_job(state, job, overview)


def _begin(state: ScannerState, body: ScanBody | None) -> None:
    files = scan_form.uploaded()
    if body is None:
        return
    with collecting_notices(), engine() as client:
        state.job = scan_form.begin(client, body, files)
        state.pair = ""


def _choose_job(state: ScannerState, jobs: list[Job]) -> Job | None:
    """Returns the job to show: the one of this session, of the address, or the newest."""
    by_id = {job.id: job for job in jobs}
    if not jobs:
        return None
    if state.job not in by_id:
        asked = str(st.query_params.get("job", ""))
        state.job = asked if asked in by_id else jobs[0].id
    if len(jobs) > 1:
        st.session_state[CHOSEN_JOB] = state.job

        def on_change() -> None:
            state.job, state.pair = st.session_state[CHOSEN_JOB], ""

        st.selectbox(
            "Scan", list(by_id), key=CHOSEN_JOB, format_func=lambda key: _name_of(by_id[key]), on_change=on_change,
            width=520,
        )  # fmt: skip
    return by_id[state.job]


def _name_of(job: Job) -> str:
    return f"{job.title} · {utc(job.created)[:16]} UTC · {job.state}"


def _show_job(state: ScannerState, job: Job, overview: Overview) -> None:
    if job.state in {JobState.WAITING, JobState.RUNNING}:
        job_box.show_running(job.id)
        return
    if job.state is JobState.CANCELLED:
        st.info("This scan was cancelled. Nothing was changed.")
        return
    if job.state is JobState.FAILED:
        st.error(f"**This scan could not be made.** {escape(sentence(job.error or ''))} Nothing was changed.")
        return
    try:
        with engine() as client:
            state.shown = scan_result.read(client, job)
    except (ApiRequestError, EngineDownError) as error:
        waiting.show_error(error)
        return
    _show_result(state, state.shown, overview)


def _show_result(state: ScannerState, shown: Shown, overview: Overview) -> None:
    def choose(pair: str) -> None:
        state.pair = pair

    scan_result.show(shown, state.pair, choose, partial(_show_actions, overview))


def _show_actions(overview: Overview, pair: str) -> None:
    """Draw what can be done with the chosen pair."""
    followed = pair in overview.pairs
    away = overview.problem is not None
    row = st.container(horizontal=True, vertical_alignment="center")
    open_live = row.button("Open on Live", key=f"scan-live-{pair}", disabled=away, help="Follows the pair, if need be.")
    row.button(
        "On the watch list" if followed else "Add to watch list",
        key=f"scan-watch-{pair}", on_click=partial(_add, pair), disabled=away or followed,
    )  # fmt: skip
    row.link_button("Open in Lab", scan_result.lab_link(pair))
    with st.expander("Make a rule"):
        alert_editor.show(f"{_RULE}-{pair}", overview, pair, NEW_PAIR, quick=True)
    if open_live and _follow(pair):
        st.session_state[PAIR], st.session_state[TIMEFRAME] = pair, NEW_PAIR
        page_switch.open_page(page_switch.LIVE)
        st.rerun()


def _add(pair: str) -> None:
    _follow(pair)


def _follow(pair: str) -> bool:
    """Follow a pair. Returns whether it is followed now; else a notice says why not."""
    done = False
    with collecting_notices() as add_notice, engine() as client:
        try:
            client.add_pair(pair)
        except ApiRequestError as error:
            if error.status != CONFLICT or pair not in client.status().pairs:
                raise
        add_notice("success", f"{pair} is followed from now on.")
        done = True
    return done  # noqa: RET504 - a refusal ends the block before it is set
