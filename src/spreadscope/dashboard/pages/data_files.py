"""Import and export: files that are looked into, and files that the engine writes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from shlex import quote

import streamlit as st

from spreadscope.contract import TIMEFRAMES, ExportBody, ExportFormat, ExportKind, Job, Timeframe
from spreadscope.dashboard import downloads
from spreadscope.dashboard.browser_session import Overview, collecting_notices, engine
from spreadscope.dashboard.code_component import code_component
from spreadscope.dashboard.deep_links import base_path
from spreadscope.dashboard.pages import job_box, lab_files
from spreadscope.dashboard.pages.data_storage import size_text
from spreadscope.dashboard.text import escape

KIND = "export"
PREFIX = "export-"
_JOB = "export-job"
_SYMBOL_KINDS = (ExportKind.TICKS, ExportKind.BARS)
_FRAMED = (ExportKind.BARS, ExportKind.ANALYTICS, ExportKind.SIGNALS)
_KINDS = (ExportKind.TICKS, ExportKind.BARS, ExportKind.ANALYTICS, ExportKind.SIGNALS, ExportKind.ALERTS)


def show(overview: Overview) -> None:
    exports, imports = st.tabs(["Export", "Import"])
    with exports:
        _export(overview)
    with imports:
        _import(overview)


def _import(overview: Overview) -> None:
    st.markdown(
        "While the engine runs it alone writes the store, so a file is looked into here and nothing of it is stored; "
        "to import it, stop the engine and run:"
    )
    code_component(f"spreadscope import FILE --data {quote(overview.status.data)}", "import-command")
    lab_files.set_defaults("")
    lab_files.draw()


def _export(overview: Overview) -> None:
    body = _form(overview)
    st.button("Export", key=f"{PREFIX}begin", on_click=_begin, args=(body,), disabled=body is None)
    found = job_box.jobs_of(KIND, st.session_state.get(_JOB))
    if found is None:
        return
    jobs, newest = found
    if newest is None:
        st.caption("Nothing was exported here yet.")
        return
    job_box.show(newest.id)
    done = [job for job in jobs if job.results]
    if done:
        st.markdown("\n".join(f"- {_link(job)}" for job in done))
        st.caption("The engine keeps the files for a day, at most 256 MB of them, and the newest always.")


def _link(job: Job) -> str:
    (result,) = job.results
    address = downloads.job_link(base_path(), job.id, result.name)
    return f"[{escape(result.name)}]({address}) · {size_text(result.size)}"


def _form(overview: Overview) -> ExportBody | None:
    top = st.container(horizontal=True, vertical_alignment="bottom")
    kind = ExportKind(top.selectbox("Kind", [str(each) for each in _KINDS], key=f"{PREFIX}kind", width=160))
    symbol = pair = ""
    if kind in _SYMBOL_KINDS:
        symbol = top.selectbox("Symbol", sorted(overview.symbols), key=f"{PREFIX}symbol", width=200) or ""
    elif kind is not ExportKind.ALERTS:
        pair = top.selectbox("Pair", sorted(overview.pairs), key=f"{PREFIX}pair", width=260) or ""
    frame = Timeframe.M1
    if kind in _FRAMED:
        frame = Timeframe(top.selectbox("Timeframe", [*TIMEFRAMES], index=1, key=f"{PREFIX}frame", width=120))
    file_format = ExportFormat(
        top.selectbox("Format", [str(each) for each in ExportFormat], key=f"{PREFIX}format", width=120)
    )
    today = datetime.fromtimestamp(overview.now / 1000, UTC).date()
    chosen = top.date_input("Days (UTC)", (today, today), key=f"{PREFIX}range", width=260)
    days: tuple[date, ...] = tuple(chosen)
    if len(days) != 2:  # while the second one is being chosen
        st.caption("Choose the last day too.")
        return None
    if kind is not ExportKind.ALERTS and not symbol and not pair:
        st.caption("Nothing of this kind is followed yet: add symbols or pairs on the Live page.")
        return None
    return ExportBody(
        kind=kind, format=file_format, symbol=symbol, pair=pair, timeframe=frame, start=_midnight(days[0]),
        end=_midnight(days[1] + timedelta(days=1)),
    )  # fmt: skip


def _midnight(day: date) -> int:
    return int(datetime.combine(day, datetime.min.time(), UTC).timestamp() * 1000)


def _begin(body: ExportBody | None) -> None:
    started: list[str] = []
    if body is None:
        return
    with collecting_notices(), engine() as client:
        started.append(client.start_export(body).id)
    if started:
        st.session_state[_JOB] = started[0]
