"""What every page stands in, so that no click is lost: a fragment of the script.

Streamlit runs the whole script for a click outside any fragment, and lets go of a run that has not come far when it is asked
for another: of a click whose callback had not begun by then, nothing is left. A run of a fragment is never ended for the
sake of another fragment's. Those that are asked for meanwhile wait, each with what was clicked. So whatever somebody can
click, and whatever makes the script run by itself, is in a fragment.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

import streamlit as st

from spreadscope.dashboard import browser_session


def framed(show: Callable[[], None]) -> Callable[[], None]:
    """``show`` as a page: what was last said above it, and both run by themselves."""

    @st.fragment
    @wraps(show)
    def page() -> None:
        browser_session.show_notices(browser_session.PAGE)
        show()

    return page
