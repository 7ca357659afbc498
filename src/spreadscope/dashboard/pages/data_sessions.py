"""The stored sessions and recordings, and whether a session replays to the same facts."""

from __future__ import annotations

import streamlit as st

from spreadscope.client import ApiRequestError, EngineDownError
from spreadscope.contract import JobState, SessionSummary
from spreadscope.dashboard.browser_session import collecting_notices, engine
from spreadscope.dashboard.deep_links import base_path
from spreadscope.dashboard.figures import TableRow
from spreadscope.dashboard.pages import job_box, waiting
from spreadscope.dashboard.pages.data_storage import size_text
from spreadscope.dashboard.text import duration_text, escape, utc

SESSION, CHECK = "check-session", "check-begin"
_LINK = "open"


def show() -> None:
    try:
        with engine() as client:
            told = client.sessions()
    except (ApiRequestError, EngineDownError) as error:
        waiting.show_error(error)
        return
    st.subheader("Sessions")
    if not told.sessions:
        st.info("No session is stored yet: each run of the engine is one.")
    else:
        rows = [_row(session) for session in told.sessions]
        link = st.column_config.LinkColumn("replay", display_text=_LINK, help="Opens it on the Replay page")
        st.dataframe(rows, hide_index=True, key="sessions", column_config={"replay": link})
        _check(told.sessions)
    st.subheader("Recordings")
    if not told.recordings:
        st.caption(
            f"None lies in {escape(told.recordings_folder)}. `spreadscope record --out` writes one, frame by frame; "
            "those that lie there are listed."
        )
        return
    files = [
        {"recording": file.name, "size": size_text(file.size), "written (UTC)": utc(file.modified)[:19]}
        for file in told.recordings
    ]
    st.dataframe(files, hide_index=True, key="recordings")
    st.caption(f"In {escape(told.recordings_folder)}; `spreadscope replay FILE --pair Y/X` plays one.")


def _row(session: SessionSummary) -> TableRow:
    return {
        "session": session.id,
        "began (UTC)": utc(session.started)[:19],
        "ended (UTC)": "it runs" if session.running else utc(session.ended)[:19],
        "length": duration_text(max(0, session.ended - session.started) / 1000),
        "trades": session.trades,
        "facts": session.facts,
        "version": session.version,
        "replay check": _verdict(session),
        "hash of the facts": session.hash,
        "replay": None if session.running else f"{base_path()}/replay?session={session.id}",
    }


def _verdict(session: SessionSummary) -> str:
    if session.running:
        return "when it has ended"
    check = session.check
    if check is None:
        return "not checked"
    if check.equal is not None:
        return "equal" if check.equal else "differs"
    return check.state if check.state is not JobState.RUNNING else "it runs"


def _check(sessions: tuple[SessionSummary, ...]) -> None:
    ended = [session for session in sessions if not session.running]
    if not ended:
        st.caption("A session can be replayed when it has ended.")
        return
    by_id = {session.id: session for session in ended}
    row = st.container(horizontal=True, vertical_alignment="bottom")
    if st.session_state.get(SESSION) not in by_id:
        st.session_state.pop(SESSION, None)
    chosen = row.selectbox("Session", list(by_id), key=SESSION, width=200)
    row.button(
        "Check its replay", key=CHECK, on_click=_begin, args=(chosen,),
        help="Replays its journal in a process of its own and compares the hash over all facts",
    )  # fmt: skip
    check = by_id[chosen].check
    if check is None:
        return
    job = job_box.show(check.job)
    if job is not None:
        (st.success if check.equal else st.error)(f"Session {chosen}: {escape(check.words)}.")


def _begin(session: int) -> None:
    with collecting_notices(), engine() as client:
        client.start_replay_check(session)
