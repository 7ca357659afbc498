"""How complete the tape is: by day, by symbol over time, and each gap with its evidence."""

from __future__ import annotations

import streamlit as st

from spreadscope.client import ApiRequestError, EngineDownError
from spreadscope.contract import CompleteDay, Gap
from spreadscope.dashboard import data_components
from spreadscope.dashboard.browser_session import engine
from spreadscope.dashboard.figures import TableRow, table
from spreadscope.dashboard.pages import waiting
from spreadscope.dashboard.text import escape, utc

GAP_ROWS = 2_000
REFRESH_SECONDS = 10
SYMBOL, STATES = "data-symbol", "data-gap-states"
ALL = "all symbols"
_DAY = "data-day"


def show() -> None:
    _days()


@st.fragment(run_every=REFRESH_SECONDS)
def _days() -> None:
    try:
        with engine() as client:
            days, gaps = client.complete_days(), client.gaps(GAP_ROWS)
    except (ApiRequestError, EngineDownError) as error:
        waiting.show_error(error)
        return
    if not days:
        st.info("No trade is stored yet: days appear here with the first one. Add symbols on the Live page.")
        _gaps(gaps, "", "")
        return
    symbols = sorted({day.symbol for day in days})
    if st.session_state.get(SYMBOL) not in {None, ALL, *symbols}:
        del st.session_state[SYMBOL]
    chosen = st.selectbox("Symbol", [ALL, *symbols], key=SYMBOL, width=260)
    symbol = "" if chosen == ALL else str(chosen)
    shown = [day for day in days if symbol in {"", day.symbol}]
    st.markdown(_summary(shown))
    st.subheader("By day")
    day = str(st.session_state.get(_DAY, ""))

    def choose(name: str) -> None:
        st.session_state[_DAY] = name

    data_components.calendar(days, symbol, day, choose)
    st.subheader("By symbol")
    data_components.timeline(shown, [gap for gap in gaps if symbol in {"", gap.symbol}])
    st.dataframe(table([_day_row(each) for each in reversed(shown)], {"complete, %": 4}), hide_index=True, key="days")
    _gaps(gaps, symbol, day)


def _summary(days: list[CompleteDay]) -> str:
    """Returns what the days come to, in a sentence."""
    trades = sum(day.trades + day.retired for day in days)
    lacking = sum(day.missing.open + day.missing.permanent for day in days)
    unproved = sorted({day.symbol for day in days if day.unprovable is not None})
    said = "no id is missing" if not lacking else f"**{lacking:,} ids are missing**"
    if unproved:
        said += f"; of {escape(', '.join(unproved))} nothing is proved, for their trades came without ids"
    open_ids = sum(day.missing.open for day in days)
    if open_ids:
        said += f", {open_ids:,} of which the engine asks for"
    count = len({day.day for day in days})
    return f"{trades:,} trades on {count:,} {'day' if count == 1 else 'days'} (UTC): {said}."


def _day_row(day: CompleteDay) -> TableRow:
    missing = day.missing
    return {
        "day": day.day,
        "symbol": day.symbol,
        "complete, %": None if day.share is None else 100 * day.share,
        "trades": day.trades,
        "retired": day.retired,
        "asked for": missing.open,
        "given up": missing.permanent,
        "fetched again": missing.refetched,
        "not at the exchange": missing.upstream,
        "first trade (UTC)": utc(day.first_time)[11:],
        "last trade (UTC)": utc(day.last_time)[11:],
        "report": "written" if day.reported else "the day is not over" if not day.closed else "with the next run",
    }


def _gaps(gaps: list[Gap], symbol: str, day: str) -> None:
    st.subheader("Gaps")
    if not gaps:
        st.caption("No gap: every id between the first and the last is there.")
        return
    states = sorted({str(gap.state) for gap in gaps})
    wanted = st.pills("State", states, selection_mode="multi", key=STATES) if len(states) > 1 else []
    found = [
        gap
        for gap in gaps
        if symbol in {"", gap.symbol} and (not wanted or gap.state in wanted) and (not day or _touches(gap, day))
    ]
    if day:
        st.caption(f"Of {day}, the day that is chosen above; choose it again to see all.")
    if not found:
        st.caption("No gap is like that.")
        return
    st.dataframe([_gap_row(gap) for gap in found], hide_index=True, key="gaps")
    if len(gaps) == GAP_ROWS:
        st.caption(f"The newest {GAP_ROWS:,} gaps.")


def _touches(gap: Gap, day: str) -> bool:
    return utc(gap.from_time)[:10] <= day <= utc(gap.to_time)[:10]


def _gap_row(gap: Gap) -> TableRow:
    return {
        "symbol": gap.symbol,
        "state": gap.state,
        "first id": gap.first,
        "last id": gap.last,
        "trades": gap.last - gap.first + 1,
        "from (UTC)": utc(gap.from_time),
        "to (UTC)": utc(gap.to_time),
        "seen (UTC)": utc(gap.time),
        "evidence": gap.evidence,
    }
