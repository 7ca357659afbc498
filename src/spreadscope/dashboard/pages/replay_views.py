"""The views of one replay: its transport, and below it the chart, the watch list, the alerts and the signals."""

from __future__ import annotations

import streamlit as st

from spreadscope.client import Client
from spreadscope.contract import TIMEFRAMES, PlaybackRun, Status
from spreadscope.contract.spelling import spelled
from spreadscope.dashboard.actions import new_actions
from spreadscope.dashboard.alert_components import rules_component
from spreadscope.dashboard.browser_session import PAIR, TIMEFRAME, collecting_notices
from spreadscope.dashboard.chart_component import chart_component
from spreadscope.dashboard.pages import alert_history, data_tables
from spreadscope.dashboard.transport_component import playback_socket, transport_component
from spreadscope.dashboard.watch_component import watch_component

VIEW = "replay-view"
REPLAY_PAIR = "replay-pair"
REPLAY_TIMEFRAME = "replay-timeframe"
RULES = "replay-rules"
WATCH = "replay-watch"
VIEWS = ("Chart", "Watch list", "Alerts", "Signals")
ROWS = 200


def show(client: Client, run: PlaybackRun) -> None:
    """Draw the transport and the chosen view."""
    status = client.status()
    _set_defaults(status)
    timeframe = str(st.session_state[REPLAY_TIMEFRAME])
    transport_component(run.id, timeframe)
    bar = st.container(horizontal=True, vertical_alignment="bottom")
    view = bar.segmented_control("View", VIEWS, key=VIEW, required=True, default=VIEWS[0])
    if status.pairs:
        bar.selectbox("Pair", status.pairs, key=REPLAY_PAIR, width=320)
    bar.segmented_control("Timeframe", TIMEFRAMES, key=REPLAY_TIMEFRAME, required=True)
    if not status.pairs:
        st.info("No pair is followed at this moment of the replay. Play on, or choose a later time.")
        return
    pair, socket = str(st.session_state[REPLAY_PAIR]), playback_socket(run.id)
    if view == "Watch list":
        watch_component(timeframe, (), _refuse, socket=socket, link="replay", key=WATCH)
    elif view == "Alerts":
        rules_component(_refuse, _on_stale, socket=socket, key=RULES)
        rows = [alert_history.alert_row(alert, delivered=False) for alert in client.alerts(ROWS)]
        if rows:
            st.dataframe(rows, hide_index=True, key="replay-alerts")
    elif view == "Signals":
        data_tables.show_signals(client, pair, timeframe)
    else:
        chart_component(pair, timeframe, list(status.pairs), socket=socket, key="replay-chart")


def _set_defaults(status: Status) -> None:
    state, address = st.session_state, st.query_params
    if state.get(REPLAY_PAIR) not in status.pairs and status.pairs:
        asked = spelled(str(address.get(PAIR, "")))
        state[REPLAY_PAIR] = asked if asked in status.pairs else status.pairs[0]
    if state.get(REPLAY_TIMEFRAME) not in TIMEFRAMES:
        asked = str(address.get(TIMEFRAME, "")).lower()
        state[REPLAY_TIMEFRAME] = asked if asked in TIMEFRAMES else status.config.timeframe


def _refuse() -> None:
    with collecting_notices() as add:
        for _ in [*new_actions(RULES), *new_actions(WATCH)]:
            add("warning", "This is a replay: pairs and rules are changed on their pages, for the market of now.")


def _on_stale() -> None:
    """Do nothing: the script run that follows draws the tables again."""
