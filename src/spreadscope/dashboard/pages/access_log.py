"""The log of changes on the settings page: who changed what, from where, for the scope ``admin`` alone."""

from __future__ import annotations

import streamlit as st

from spreadscope.client import ApiRequestError, Client, EngineDownError
from spreadscope.contract import AccessEntry
from spreadscope.dashboard.browser_session import engine
from spreadscope.dashboard.deep_links import base_path
from spreadscope.dashboard.downloads import ACCESS_LOG, link
from spreadscope.dashboard.figures import TableRow
from spreadscope.dashboard.pages import waiting
from spreadscope.dashboard.text import utc
from spreadscope.guard.identity import AccessScope

ROWS = 200
WHO, WHAT, TABLE = "changes-who", "changes-what", "changes-table"


def show() -> None:
    """Draw the log; nothing for somebody who may not read it. The engine judges that, not this page."""
    try:
        with engine() as client:
            if AccessScope.ADMIN in client.person().scopes:
                _show(client)
    except (ApiRequestError, EngineDownError) as error:
        waiting.show_error(error)


def _show(client: Client) -> None:
    st.subheader("Log of changes")
    st.caption("Who changed what, from where, and how the engine answered, refusals too. The newest stand first.")
    bar = st.container(horizontal=True)
    filters = {
        "who": str(bar.text_input("Person or key", key=WHO, placeholder="Ada", max_chars=100, width=240)).strip(),
        "what": str(
            bar.text_input("Action", key=WHAT, placeholder="PUT /api/settings", max_chars=100, width=320)
        ).strip(),
    }
    entries = client.access_log(ROWS, **filters)
    chosen = {name: text for name, text in filters.items() if text}
    if not entries:
        st.caption("Nothing was changed that fits what is written above." if chosen else "Nothing was changed yet.")
        return
    st.dataframe([_row(entry) for entry in entries], hide_index=True, key=TABLE)
    left, right = st.columns([3, 1], vertical_alignment="center")
    left.caption(
        f"The newest {ROWS}; the download holds all." if len(entries) == ROWS else f"{len(entries)} rows, newest first."
    )
    right.link_button("Download as CSV", link(ACCESS_LOG, base_path(), **chosen), width="stretch")


def _row(entry: AccessEntry) -> TableRow:
    return {
        "time (UTC)": utc(entry.time)[:19],
        "who": entry.who or entry.kind,
        "from": entry.peer,
        "what": entry.what,
        "answer": str(entry.status),
    }
