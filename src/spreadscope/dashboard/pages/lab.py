"""The lab page: a study of one pair over any range of what is stored, or of files that are dropped on it."""

from __future__ import annotations

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from spreadscope.client import ApiRequestError, EngineDownError
from spreadscope.contract import TIMEFRAMES, Job, JobState, StudyBody, StudyDefaults, Timeframe
from spreadscope.contract.spelling import spelled
from spreadscope.dashboard import browser_session, lab_component
from spreadscope.dashboard.browser_session import Overview, engine
from spreadscope.dashboard.deep_links import base_path
from spreadscope.dashboard.pages import lab_files, lab_range, lab_settings, waiting
from spreadscope.dashboard.pages.fragments import as_fragment
from spreadscope.dashboard.text import demo_text, escape, sentence, shorten

PAIR = "lab-pair"
TIMEFRAME = "lab-timeframe"
JOB = "lab-job"
POLL_SECONDS = 0.5
LENGTHS = {"1s": 1_000, "1m": 60_000, "5m": 300_000}
MAX_PAIR = 100


def page() -> StreamlitPage:
    """Returns this page, for the navigation."""
    return st.Page(as_fragment(show), title="Lab", url_path="lab")


def show() -> None:
    """Draw the page; it runs again at every click or entry."""
    overview = browser_session.overview()
    if isinstance(overview, str):
        waiting.show_no_engine()
        return
    with st.container(key="lab-state"):
        if overview.problem is not None:
            waiting.show_last_known(overview.problem)
        if overview.demo:
            st.warning(f"**DEMO** · {escape(demo_text(overview.status))}.")
    _set_subject(overview)
    bar = st.container(horizontal=True, vertical_alignment="bottom", key="lab-bar")
    bar.selectbox(
        "Pair",
        list(dict.fromkeys([*overview.pairs, *([st.session_state[PAIR]] if st.session_state[PAIR] else [])])),
        key=PAIR,
        accept_new_options=True,
        placeholder="Y/X, for example BTCUSDT/ETHUSDT",
        width=300,
    )
    bar.segmented_control("Timeframe", TIMEFRAMES, key=TIMEFRAME, required=True)
    defaults = _defaults()
    if defaults is None:
        return
    address = st.query_params.to_dict()
    lab_range.set_defaults(address, str(st.session_state[TIMEFRAME]))
    lab_files.set_defaults(address.get("files", ""))
    unread = lab_settings.set_defaults(defaults.settings, address)
    if unread:
        st.warning(f"Of the address {escape(shorten(', '.join(unread), 120))} cannot be read: it is left out.")
    lab_range.draw(bar)
    lost, no_study = overview.problem is not None, not st.session_state.get(JOB)
    bar.button("Study", key="lab-run", on_click=_run, args=(defaults,), disabled=lost or _is_running())
    st.caption(lab_range.words(defaults.spans))
    with st.expander("Drop files", expanded=bool(lab_files.ids()) and no_study, key="lab-files-box"):
        lab_files.draw()
    with st.expander(
        "Parameters", expanded=bool(lab_settings.for_address(defaults.settings)) and no_study, key="lab-settings-box"
    ):
        lab_settings.draw(defaults.settings)
    _outcome(overview)


def _set_subject(overview: Overview) -> None:
    """Set pair, timeframe and study of the address where the session has none yet."""
    state, address = st.session_state, st.query_params
    if PAIR not in state:
        state[PAIR] = spelled(str(address.get("pair", "")))[:MAX_PAIR] or (
            overview.pairs[0] if overview.pairs else None
        )
    elif state[PAIR]:
        state[PAIR] = spelled(str(state[PAIR]))[:MAX_PAIR]
    if state.get(TIMEFRAME) not in TIMEFRAMES:
        given = str(address.get("timeframe", "")).lower()
        state[TIMEFRAME] = given if given in TIMEFRAMES else overview.timeframe
    if JOB not in state:
        state[JOB] = str(address.get("study", ""))[:40] or None


def _defaults() -> StudyDefaults | None:
    """Returns what a study begins with; says why there is none."""
    pair, timeframe = str(st.session_state[PAIR] or ""), str(st.session_state[TIMEFRAME])
    try:
        with engine() as client:
            try:
                return client.study_defaults(pair, timeframe)
            except ApiRequestError as error:
                st.error(escape(sentence(str(error))))
                return client.study_defaults("", timeframe)
    except (ApiRequestError, EngineDownError) as error:
        waiting.show_error(error)
        return None


def _run(defaults: StudyDefaults) -> None:
    """Start a study of what stands in the controls, and name it in the address."""
    state = st.session_state
    pair, timeframe = str(state[PAIR] or ""), str(state[TIMEFRAME])
    files, file_options, sets = lab_files.ids(), lab_files.options(), lab_settings.chosen_sets(defaults.settings)
    in_files = lab_files.spans(pair.split("/"), timeframe)
    spans = in_files or ([] if files else defaults.spans)
    problem, start, end = "", 0, 0
    started: list[str] = []
    try:
        start, end = lab_range.bounds(spans, LENGTHS)
    except lab_range.RangeError as error:
        problem = str(error)
    in_address = lab_settings.for_address(defaults.settings)
    with browser_session.collecting_notices() as add_notice, engine() as client:
        if problem:
            add_notice("error", problem)
            return
        if not pair:
            add_notice("error", "Choose a pair, or write one as Y/X, for example BTCUSDT/ETHUSDT.")
            return
        body = StudyBody(
            pair=pair, timeframe=Timeframe(timeframe), start=start, end=end, sets=sets, files=files,
            file_options=file_options,
        )  # fmt: skip
        started.append(client.start_study(body).id)
    if not started:
        return
    state[JOB] = started[0]
    shown = {
        "pair": pair,
        "timeframe": timeframe,
        **lab_range.for_address(start, end),
        **in_address,
        "study": started[0],
    }
    if files:
        shown["files"] = ",".join(files)
    st.query_params.from_dict(shown)


def _job() -> Job | str | None:
    """Returns the study of this session, a sentence where it is not known, None where there is none."""
    job_id = st.session_state.get(JOB)
    if not job_id:
        return None
    try:
        with engine() as client:
            return client.job(str(job_id))
    except (ApiRequestError, EngineDownError) as error:
        return str(error)


def _is_running() -> bool:
    job = _job()
    return isinstance(job, Job) and job.state in {JobState.WAITING, JobState.RUNNING}


def _outcome(overview: Overview) -> None:
    """Draw what became of the study: nothing yet, its progress, its failure, or the study."""
    job = _job()
    with st.container(key="lab-outcome"):
        if job is None:
            _show_empty()
        elif isinstance(job, str):
            st.info(f"{escape(sentence(job))} Choose what to study above, and press **Study**.")
        elif job.state in {JobState.WAITING, JobState.RUNNING}:
            _progress()
        elif job.state is JobState.CANCELLED:
            st.info("The study was cancelled. Press **Study** to begin it anew.")
        elif job.state is JobState.FAILED:
            st.error(escape(sentence(job.error or "the study failed")))
        else:
            _save_bar(overview)
            lab_component.study_component(job.id, tuple(result.name for result in job.results))


def _show_empty() -> None:
    st.subheader("No study yet")
    st.write(
        "Choose a pair and a range, and press **Study**. It shows what the engine would have said at every bar: β of"
        " all hedge models, spread and z, correlation and p, how fast the spread comes back, which leg leads, and what"
        " a simple backtest would have earned. Files of bars or trades may be dropped instead of what is stored."
    )


@st.fragment(run_every=POLL_SECONDS)
def _progress() -> None:
    """Draw how far the study is, and run the page again at its end."""
    job = _job()
    if isinstance(job, Job) and job.state in {JobState.WAITING, JobState.RUNNING}:
        st.progress(job.fraction or 0.0, text=escape(sentence(job.progress or "the study begins")))
        st.button("Cancel", key="lab-cancel", on_click=_cancel, args=(job.id,))
        return
    if isinstance(job, str):
        st.info(f"{escape(sentence(job))} The page asks again by itself.")
        return
    st.rerun()


def _cancel(job_id: str) -> None:
    with browser_session.collecting_notices(), engine() as client:
        client.cancel_job(job_id)


def _save_bar(overview: Overview) -> None:
    """Offer to follow the pair that was studied, or to look at it live."""
    pair = str(st.session_state[PAIR] or "")
    bar = st.container(horizontal=True, vertical_alignment="center", key="lab-save-bar")
    if pair in overview.pairs:
        bar.link_button("Open in Live", f"{base_path()}/?pair={pair}&timeframe={st.session_state[TIMEFRAME]}")
    elif pair:
        bar.button("Save as a pair", key="lab-save", on_click=_save, args=(pair,), disabled=bool(overview.problem))


def _save(pair: str) -> None:
    with browser_session.collecting_notices() as add_notice, engine() as client:
        added = client.add_pair(pair)
        add_notice("success", f"{added} is followed from now on.")


__all__ = ["page", "show"]
