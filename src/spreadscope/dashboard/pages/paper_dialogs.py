"""Which dialog of paper trading is open in this session.

Streamlit closes a dialog when the page runs without calling it, and pages run for many reasons: what is open is kept
here, and called at each run, until somebody closes it.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import streamlit as st

_OPEN, _CLOSED = "paper-dialog", "paper-dialog-closed"


class Dialog(StrEnum):
    """The dialogs, of which one can be open."""

    NEW_ACCOUNT = "new-account"
    SETTINGS = "settings"
    MODES = "modes"
    TICKET = "ticket"
    TRADE = "trade"
    WHAT_IF = "what-if"


def open_dialog(dialog: Dialog, trade: int = 0) -> None:
    """Open a dialog at the next run; ``trade`` is what the details are of."""
    _forget()
    st.session_state[_OPEN] = (dialog, trade)


def opened() -> tuple[Dialog, int] | None:
    """Returns the dialog that is open, with the trade that it is of; what was typed in a closed one is forgotten."""
    if st.session_state.get(_CLOSED):
        _forget()
    found: tuple[Dialog, int] | None = st.session_state.get(_OPEN)
    return found


def dismissed(dialog: Dialog) -> Callable[[], None]:
    """Returns what is called when somebody closes this dialog.

    On a busy machine that comes with the click that opens the next one, in either order: the next one stays open.
    """

    def close_it() -> None:
        found = st.session_state.get(_OPEN)
        if found is None or found[0] is dialog:
            close()

    return close_it


def close() -> None:
    """Close the dialog.

    What was typed in it is forgotten with the next run of the page: whoever closes it with a key right after a click
    calls this before what the click calls, which reads the value that was clicked.
    """
    st.session_state.pop(_OPEN, None)
    st.session_state[_CLOSED] = True


def _forget() -> None:
    for key in [str(key) for key in st.session_state if str(key).startswith("dialog-")]:
        del st.session_state[key]
    st.session_state.pop(_CLOSED, None)
