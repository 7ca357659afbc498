"""What somebody does in a component, as the script is told of it.

An event of Streamlit's takes the place of an earlier one that the script has not seen yet. So a page tells of every action
again until it hears that it was done (``assets/outbox.js``), and here each is done once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import msgspec
import streamlit as st

# How many are remembered. A page tells again only of what it has not heard of, which is a few at most.
REMEMBERED = 50


class PageAction(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for: ``op``, and what that needs. ``body`` is what the editor holds, whether it is a rule or not."""

    id: str
    op: str = ""
    rule_id: str | None = None
    subject: str | None = None
    until: str | None = None
    enabled: bool = False
    attempt: int | None = None
    body: dict[str, object] = {}
    watch: tuple[str, ...] = ()


def asked(key: str) -> Iterator[PageAction]:
    """In the callback of the component ``key``: each action asked there, once, however often the page tells of it.

    An action counts as done when the next one is taken: what is done with it must not raise.
    """
    state: object = st.session_state.get(key)
    told = state.get("action") if hasattr(state, "get") else None
    held = _done(key)
    for action in msgspec.convert(told or [], list[PageAction]):
        if action.id in held:
            continue
        yield action
        held.append(action.id)


def done(key: str) -> list[str]:
    """For the page: the newest actions that were done, by their ids."""
    return list(_done(key))


def _done(key: str) -> deque[str]:
    held: deque[str] = st.session_state.setdefault(f"{key}-done", deque(maxlen=REMEMBERED))
    return held
