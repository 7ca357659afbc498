"""The statistics page: what each figure is, what it is counted in, how a rule names it, and where its definition is from."""

from __future__ import annotations

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from spreadscope.contract import Statistic, Status
from spreadscope.dashboard import browser_session
from spreadscope.dashboard.api_client import ApiRequestError, EngineDownError
from spreadscope.dashboard.browser_session import engine
from spreadscope.dashboard.figures import Line, table
from spreadscope.dashboard.pages import waiting
from spreadscope.dashboard.pages.fragments import framed
from spreadscope.dashboard.text import escape

SEARCH = "statistics-search"


def page() -> StreamlitPage:
    """This page, for the navigation."""
    return st.Page(framed(show), title="Statistics", url_path="statistics")


def show() -> None:
    seen = browser_session.overview()
    if isinstance(seen, str):
        waiting.for_engine()
        return
    if seen.problem is not None:
        waiting.over(seen.problem)
    try:
        with engine() as client:
            statistics = client.statistics()
    except (ApiRequestError, EngineDownError) as error:
        waiting.for_answer(error)
        return
    st.caption(escape(_settings(seen.status)))
    words = st.text_input("Search", key=SEARCH, placeholder="half-life, p, Kalman …", width=320).casefold().split()
    found = [each for each in statistics if all(word in _text(each) for word in words)]
    if not found:
        st.info(f"No statistic has {escape(' and '.join(words))} in its name or its words.")
        return
    st.dataframe(
        table([_row(each) for each in found], {}), hide_index=True, key="statistics", height="content", row_height=58
    )


def _settings(status: Status) -> str:
    """What the figures are made with, in one line."""
    analytics = status.config.analytics
    fitted = "prices" if analytics.space == "level" else "logarithms of prices"
    return (
        f"Signals act on the hedge ratio of the model {analytics.hedge}, fitted to {fitted} over {analytics.hedge_window} rows; "
        f"z is measured against the {analytics.z_window} rows before. One row is one bar of the timeframe."
    )


def _text(statistic: Statistic) -> str:
    name = statistic.rule.name if statistic.rule else ""
    return f"{statistic.key} {statistic.label} {statistic.help} {name}".casefold()


def _row(statistic: Statistic) -> Line:
    return {
        "figure": statistic.label,
        "what it is": statistic.help,
        "in rules": statistic.rule.name if statistic.rule else "",
        "counted in": statistic.measure,
        "in exports": statistic.key,
        "source": statistic.source,
    }
