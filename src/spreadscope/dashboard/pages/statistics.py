"""The statistics page: meaning, unit, name in rules, and source of each figure."""

from __future__ import annotations

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from spreadscope.client import ApiRequestError, EngineDownError
from spreadscope.contract import Statistic, Status
from spreadscope.dashboard import browser_session
from spreadscope.dashboard.browser_session import engine
from spreadscope.dashboard.figures import TableRow, table
from spreadscope.dashboard.pages import waiting
from spreadscope.dashboard.pages.fragments import as_fragment
from spreadscope.dashboard.text import escape

SEARCH = "statistics-search"


def page() -> StreamlitPage:
    """Returns this page, for the navigation."""
    return st.Page(as_fragment(show), title="Statistics", url_path="statistics")


def show() -> None:
    overview = browser_session.overview()
    if isinstance(overview, str):
        waiting.show_no_engine()
        return
    if overview.problem is not None:
        waiting.show_last_known(overview.problem)
    try:
        with engine() as client:
            statistics = client.statistics()
    except (ApiRequestError, EngineDownError) as error:
        waiting.show_error(error)
        return
    st.caption(escape(_settings(overview.status)))
    words = st.text_input("Search", key=SEARCH, placeholder="half-life, p, Kalman …", width=320).casefold().split()
    matching = [statistic for statistic in statistics if all(word in _text(statistic) for word in words)]
    if not matching:
        st.info(f"No statistic has {escape(' and '.join(words))} in its name or its words.")
        return
    st.dataframe(
        table([_row(statistic) for statistic in matching], {}),
        hide_index=True,
        key="statistics",
        height="content",
        row_height=58,
    )


def _settings(status: Status) -> str:
    """Returns the settings of the statistics, in one line."""
    analytics = status.config.analytics
    fitted = "prices" if analytics.space == "level" else "logarithms of prices"
    return (
        f"Signals act on the hedge ratio of the model {analytics.hedge}, fitted to {fitted} over "
        f"{analytics.hedge_window} rows; "
        f"z is measured against the {analytics.z_window} rows before. One row is one bar of the timeframe."
    )


def _text(statistic: Statistic) -> str:
    name = statistic.rule.name if statistic.rule else ""
    return f"{statistic.key} {statistic.label} {statistic.help} {name}".casefold()


def _row(statistic: Statistic) -> TableRow:
    return {
        "figure": statistic.label,
        "what it is": statistic.help,
        "in rules": statistic.rule.name if statistic.rule else "",
        "counted in": statistic.measure,
        "in exports": statistic.key,
        "source": statistic.source,
    }
