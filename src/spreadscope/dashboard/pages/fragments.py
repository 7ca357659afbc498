"""The fragment around every page, so that no click is lost.

Streamlit runs the whole script for a click outside any fragment, and may abort that run for a newer one: a click whose
callback had not begun is then lost. A run of a fragment is never aborted for another fragment; those wait, each with
its click. So all that a user can click, and all that makes the script run by itself, is in a fragment.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

import streamlit as st

from spreadscope.dashboard import browser_session


def as_fragment(show: Callable[[], None]) -> Callable[[], None]:
    """Returns ``show`` as a page in a fragment, with the notices above it."""

    @st.fragment
    @wraps(show)
    def page() -> None:
        browser_session.show_notices(browser_session.PAGE)
        show()

    return page
