"""What somebody does in a component, as the script is told of it.

An event of Streamlit's takes the place of an earlier one that the script has not seen yet. So a page tells of every action
again until it hears that it was done (``assets/outbox.js``), and here each is done once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

import streamlit as st

from spreadscope.dashboard.client import Json

# How many are remembered. A page tells again only of what it has not heard of, which is a few at most.
REMEMBERED = 50


def asked(key: str) -> Iterator[Json]:
    """In the callback of the component ``key``: each action asked there, once, however often the page tells of it.

    An action counts as done when the next one is taken: what is done with it must not raise.
    """
    state: Any = st.session_state.get(key)
    held = _done(key)
    for action in (None if state is None else state.get("action")) or []:
        if action["id"] in held:
            continue
        yield dict(action)
        held.append(action["id"])


def done(key: str) -> list[str]:
    """For the page: the newest actions that were done, by their ids."""
    return list(_done(key))


def _done(key: str) -> deque[str]:
    held: deque[str] = st.session_state.setdefault(f"{key}-done", deque(maxlen=REMEMBERED))
    return held
