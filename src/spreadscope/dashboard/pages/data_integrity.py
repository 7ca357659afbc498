"""The integrity report: what is proved of each symbol and day, with the hash that others can compute."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from shlex import quote

import streamlit as st

from spreadscope.client import ApiRequestError, EngineDownError
from spreadscope.contract import IntegrityBody, IntegrityDay, Job
from spreadscope.dashboard import downloads
from spreadscope.dashboard.browser_session import Overview, collecting_notices, engine
from spreadscope.dashboard.code_component import code_component
from spreadscope.dashboard.deep_links import base_path
from spreadscope.dashboard.figures import TableRow
from spreadscope.dashboard.pages import job_box, waiting
from spreadscope.dashboard.text import escape

KIND, FILE = "integrity", "integrity.json"
SYMBOL, RANGE, BEGIN = "integrity-symbol", "integrity-range", "integrity-begin"
ALL = "all symbols"
_JOB = "integrity-job"
_DEFAULT_DAYS = 7


def show(overview: Overview) -> None:
    st.markdown(
        "Each closed day is reported once, beside the archive: how many trades, which ids are missing and why, and the "
        "**hash of the tape**, tied to the day before. Who has the report can prove that no trade was changed since."
    )
    command = f"spreadscope verify --data {quote(overview.status.data)}"
    code_component(command, "verify-command")
    st.caption(
        "It reads the whole store beside the running engine and compares it with the reports; given a report and "
        "exported files, it works on any machine."
    )
    _form(overview)
    found = job_box.jobs_of(KIND, st.session_state.get(_JOB))
    if found is None:
        return
    _, job = found
    if job is None:
        st.info("No report was made here yet. Today is reported as far as it has come.")
        return
    done = job_box.show(job.id)
    if done is not None:
        _report(done)


def _form(overview: Overview) -> None:
    today = datetime.fromtimestamp(overview.now / 1000, UTC).date()
    row = st.container(horizontal=True, vertical_alignment="bottom")
    symbol = row.selectbox("Symbol", [ALL, *sorted(overview.symbols)], key=SYMBOL, width=240)
    chosen = row.date_input("Days (UTC)", (today - timedelta(days=_DEFAULT_DAYS - 1), today), key=RANGE, width=260)
    days: tuple[date, ...] = tuple(chosen)  # one alone while the second one is being chosen
    row.button(
        "Make the report", key=BEGIN, disabled=len(days) != 2, on_click=_begin,
        args=("" if symbol == ALL else str(symbol), days),
        help="Reads the trades of these days in a process of its own",
    )  # fmt: skip


def _begin(symbol: str, days: tuple[date, ...]) -> None:
    started: list[str] = []
    body = IntegrityBody(symbol=symbol, start=_midnight(days[0]), end=_midnight(days[-1] + timedelta(days=1)))
    with collecting_notices(), engine() as client:
        started.append(client.start_integrity(body).id)
    if started:
        st.session_state[_JOB] = started[0]


def _midnight(day: date) -> int:
    return int(datetime.combine(day, datetime.min.time(), UTC).timestamp() * 1000)


def _report(job: Job) -> None:
    try:
        with engine() as client:
            report = client.integrity_report(job.id)
    except (ApiRequestError, EngineDownError) as error:
        waiting.show_error(error)
        return
    if not report.days:
        st.info("No trade is stored of these days.")
        return
    lacking = sum(day.missing.open + day.missing.permanent for day in report.days)
    trades = sum(day.trades for day in report.days)
    said = "no id is missing" if not lacking else f"{lacking:,} ids are missing"
    mark = "DEMO, no market · " if report.demo else ""
    st.markdown(f"{mark}{escape(job.title)}: {len(report.days)} days of symbols, {trades:,} trades, {said}.")
    st.dataframe([_row(day) for day in report.days], hide_index=True, key="integrity-table")
    st.markdown(f"[Report, JSON]({downloads.job_link(base_path(), job.id, FILE)})")
    st.caption(f"The hashes are of the definition {report.definition}, in docs/store.md.")


def _row(day: IntegrityDay) -> TableRow:
    minutes = next((bars for bars in day.bars if bars.timeframe == "1m"), None)
    return {
        "day": day.day,
        "symbol": day.symbol,
        "trades": day.trades,
        "first id": day.first_id,
        "last id": day.last_id,
        "asked for": day.missing.open,
        "given up": day.missing.permanent,
        "fetched again": day.missing.refetched,
        "not at the exchange": day.missing.upstream,
        "gaps": len(day.gaps) + day.gaps_left_out,
        "1m bars complete": None if minutes is None else minutes.complete,
        "incomplete": None if minutes is None else minutes.incomplete,
        "of candles": None if minutes is None else minutes.klines,
        "conflicts": day.conflicts,
        "empty prints": day.empty_prints,
        "proved by ids": "no" if day.unprovable is not None else "yes",
        "over": "yes" if day.closed else "not yet",
        "lies in": day.place,
        "hash of the tape": day.tape,
        "chain": day.chain,
    }
