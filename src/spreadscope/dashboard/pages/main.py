"""The page script that Streamlit runs for each session: navigation, and what every page shows above itself."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from spreadscope.dashboard import entrance, session
from spreadscope.dashboard.actions import asked
from spreadscope.dashboard.alert_components import ALARM, alarm
from spreadscope.dashboard.pages import alert_actions, alerts, data, live
from spreadscope.dashboard.pages.frame import framed

ASSETS = Path(__file__).parent.parent / "assets"
ICON = str(ASSETS / "icon.svg")


def main() -> None:
    # A local icon: a page must not ask any other server for anything.
    st.set_page_config(page_title="Spreadscope", page_icon=ICON, layout="wide")
    st.logo(ICON, size="medium")
    st.html(ASSETS / "page.css")
    page = st.navigation(
        [
            st.Page(framed(live.show), title="Live", url_path="live", default=True),
            alerts.page(),
            st.Page(framed(data.show), title="Data", url_path=entrance.DATA),
        ],
        position="top",
    )
    _alarm()
    page.run()


@st.fragment
def _alarm() -> None:
    alarm(_on_alarm)
    session.show_notices(session.ALARM)


def _on_alarm() -> None:
    for action in asked(ALARM):
        alert_actions.carry_out(action, session.ALARM)


main()
