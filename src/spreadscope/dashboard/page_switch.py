"""Another page of the same session, opened by a script.

The browser goes there, asked by the bar, as it does where a person clicks: it then stops the timers of the fragments
first. ``st.switch_page`` does not: the request of a timer that is under way comes after the switch, with the page that
was left, and the browser then throws away what it has drawn ("Cannot set a node at a delta path").
"""

from __future__ import annotations

from typing import TypedDict
from uuid import uuid4

import streamlit as st

# Paths of the pages that scripts open; the live page is the default, which Streamlit serves at the root.
LIVE = ""
PORTFOLIO = "portfolio"

_WANTED = "page-wanted"


class PageWanted(TypedDict):
    """What the bar is told: a page, once for each id."""

    id: str
    path: str


def open_page(path: str) -> None:
    """Ask for the page of a path. It opens when the script runs in full the next time."""
    st.session_state[_WANTED] = PageWanted(id=str(uuid4()), path=path)


def wanted(current: str) -> PageWanted | None:
    """Returns the page that was asked for; None once it is the current one."""
    asked: PageWanted | None = st.session_state.get(_WANTED)
    if asked is not None and asked["path"] == current:
        del st.session_state[_WANTED]
        return None
    return asked
