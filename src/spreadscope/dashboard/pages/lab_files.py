"""The files that are dropped on the lab: sent to the engine for its jobs, read there, and reported; never imported."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from spreadscope.client import ApiRequestError, EngineDownError
from spreadscope.contract import (
    TIMEFRAMES,
    BarSpan,
    FileOptions,
    FileReport,
    FilesBody,
    FilesReport,
    JobState,
    Timeframe,
)
from spreadscope.contract.lab import MOST_STUDY_FILES
from spreadscope.dashboard import browser_session
from spreadscope.dashboard.browser_session import engine
from spreadscope.dashboard.figures import TableRow, table
from spreadscope.dashboard.text import escape, sentence, utc

UPLOADER = "lab-uploader"
SYMBOL = "lab-file-symbol"
BARS_OF = "lab-file-timeframe"
COLUMNS = "lab-file-columns"
_SENT = "lab-sent"  # the engine's id of each file of the uploader, by its own id
_LINKED = "lab-linked"  # ids of the address, of files that were dropped before
_JOB = "lab-files-job"
_REPORT = "lab-files-report"
_UNKNOWN = "as the file says"
POLL_SECONDS = 0.5
KINDS = ["csv", "txt", "tsv", "zip", "gz", "zst", "xz", "bz2", "parquet", "feather", "arrow", "json", "jsonl", "ndjson"]


def set_defaults(address: str) -> None:
    """Take up the files of the address."""
    st.session_state.setdefault(_LINKED, [part for part in address.split(",") if part][:MOST_STUDY_FILES])
    st.session_state.setdefault(_SENT, {})


def ids() -> tuple[str, ...]:
    """Returns the ids of the files that a study is to use."""
    return tuple(dict.fromkeys([*st.session_state[_LINKED], *st.session_state[_SENT].values()]))


def options() -> FileOptions:
    """Returns what was said of the files."""
    timeframe = st.session_state.get(BARS_OF, _UNKNOWN)
    return FileOptions(
        symbol=str(st.session_state.get(SYMBOL, "")).strip(),
        timeframe=None if timeframe == _UNKNOWN else Timeframe(timeframe),
        columns=str(st.session_state.get(COLUMNS, "")).strip(),
    )


def spans(symbols: Sequence[str], timeframe: str) -> list[BarSpan]:
    """Returns which bars of these symbols are known to be in the files."""
    report = st.session_state.get(_REPORT)
    found = report.spans if isinstance(report, FilesReport) else ()
    return [span for span in found if span.symbol in symbols and span.timeframe == timeframe]


def draw() -> None:
    """Draw the place to drop files, what may be said of them, and what is in them."""
    st.file_uploader(
        "Bars or trades: CSV, Parquet, Feather, JSON or NDJSON, also in a zip or compressed",
        KINDS,
        accept_multiple_files=True,
        key=UPLOADER,
        on_change=_send,
    )
    left, middle, right = st.columns([1, 1, 2])
    left.text_input("Symbol", key=SYMBOL, placeholder="where the file does not tell it", max_chars=60)
    middle.selectbox("Bars of", [_UNKNOWN, *TIMEFRAMES], key=BARS_OF)
    right.text_input("Columns", key=COLUMNS, placeholder="open_time=Date,volume=Volume BTC", max_chars=400)
    linked = st.session_state[_LINKED]
    if linked:
        st.caption(f"{len(linked)} files that were dropped before are used too.")
        st.button("Use them no more", key="lab-unlink", on_click=_unlink)
    if ids():
        st.button("Look into the files", key="lab-look", on_click=_look)
    st.caption(
        "Nothing of them is stored: they are kept for your studies for a few hours. To keep their trades or bars, stop"
        " the engine and run `spreadscope import FILE`."
    )
    _report()


def _send() -> None:
    """Send new files to the engine, and forget those that were taken away."""
    uploaded: Sequence[UploadedFile] = st.session_state[UPLOADER] or []
    sent: dict[str, str] = dict(st.session_state[_SENT])
    present = {file.file_id: file for file in uploaded}
    with browser_session.collecting_notices() as add_notice, engine() as client:
        for key in [key for key in sent if key not in present]:
            gone = sent.pop(key)
            try:
                client.remove_file(gone)
            except ApiRequestError:
                continue  # the engine has forgotten it already
        room = MOST_STUDY_FILES - len(sent)
        new = [file for key, file in present.items() if key not in sent]
        for file in new[:room]:
            try:
                sent[file.file_id] = client.send_file(file.name, file.getvalue()).id
            except ApiRequestError as error:
                add_notice("error", sentence(f"{file.name}: {error}"))
        if len(new) > room:
            add_notice("error", f"A study takes at most {MOST_STUDY_FILES} files: {len(new) - room} were left out.")
    st.session_state[_SENT] = sent
    _look()


def _unlink() -> None:
    st.session_state[_LINKED] = []
    _look()


def _look() -> None:
    """Ask the engine what is in the files."""
    st.session_state.pop(_REPORT, None)
    st.session_state.pop(_JOB, None)
    chosen = ids()
    if not chosen:
        return
    body = FilesBody(files=chosen, file_options=options())
    started: list[str] = []
    with browser_session.collecting_notices(), engine() as client:
        started.append(client.read_files(body).id)
    if started:
        st.session_state[_JOB] = started[0]


def _report() -> None:
    if _JOB in st.session_state:
        _wait()
    elif isinstance(report := st.session_state.get(_REPORT), FilesReport):
        _show(report)
    elif isinstance(report, str):
        st.error(escape(sentence(report)))


@st.fragment(run_every=POLL_SECONDS)
def _wait() -> None:
    """Draw the progress of the engine's look into the files, and run the page again at its end."""
    job_id = st.session_state.get(_JOB)
    if job_id is None:
        return
    try:
        with engine() as client:
            job = client.job(job_id)
            if job.state is JobState.DONE:
                st.session_state[_REPORT] = client.files_report(job_id)
    except (ApiRequestError, EngineDownError) as error:
        st.session_state[_REPORT] = str(error)
    else:
        if job.state in {JobState.WAITING, JobState.RUNNING}:
            st.caption(escape(sentence(job.progress or "reading the files")))
            return
        if job.state is not JobState.DONE:
            st.session_state[_REPORT] = job.error or "the files were not read"
    del st.session_state[_JOB]
    st.rerun()


def _show(report: FilesReport) -> None:
    st.dataframe(table([_row(file) for file in report.files], {}), hide_index=True, key="lab-files-table")
    for file in report.files:
        if file.error:
            named = file.error if file.name in file.error else f"{file.name}: {file.error}"
            st.error(f"{escape(named)}.")
        if file.notes:
            with st.expander(f"{file.name}: notes of the importer"):
                for note in file.notes:
                    st.markdown(f"- {escape(sentence(note))}")
    if report.spans:
        spans = (
            f"{escape(span.symbol)} {span.timeframe} from {utc(span.first)[:16]} to {utc(span.last)[:16]}"
            for span in report.spans
        )
        st.caption(f"Bars: {'; '.join(spans)} (UTC).")


def _row(file: FileReport) -> TableRow:
    return {
        "file": file.name,
        "holds": file.content or "nothing that can be used",
        "of": ", ".join(file.subjects),
        "rows": file.read,
        "used": file.used,
        "repeated": file.repeated,
        "left out": file.left_out,
        "bad": file.bad,
        "proved by ids": "" if file.content not in {"ticks", "trades"} else "no" if file.unprovable else "yes",
    }
