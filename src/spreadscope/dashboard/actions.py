"""The actions of a user in a component, as they reach the page script.

An event of Streamlit replaces an earlier one that the script has not seen yet. So a page repeats every action until it
gets its id as done (``assets/outbox.js``), and the script does each action once. What a page left undone is told by the
bar, which is on every page.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import msgspec
import streamlit as st

# The ids that are stored. A page repeats only actions without an answer, which are a few.
MAX_DONE = 50


class PageAction(msgspec.Struct, frozen=True, kw_only=True):
    """An action of a page: ``op`` and its arguments. ``source`` is the key of the component in which it was asked for.

    ``body`` is the content of the editor, which may be no valid rule.
    """

    id: str
    source: str = ""
    op: str = ""
    rule_id: str | None = None
    subject: str | None = None
    until: str | None = None
    enabled: bool = False
    attempt: int | None = None
    body: dict[str, object] = {}
    watch: tuple[str, ...] = ()


def new_actions(key: str) -> Iterator[PageAction]:
    """Yields each new action of the component ``key`` once; for use in its callback.

    An action counts as done when the next one is taken, so the caller must not raise.
    """
    state: object = st.session_state.get(key)
    reported = state.get("action") if hasattr(state, "get") else None
    for action in msgspec.convert(reported or [], list[PageAction]):
        # The component of the source may have told its script, and the bar tells of it too.
        lists = [_done_actions(each) for each in {key, action.source or key}]
        if not any(action.id in done for done in lists):
            yield action
        for done in lists:
            if action.id not in done:
                done.append(action.id)


def done_ids(key: str) -> list[str]:
    """Returns the ids of the newest actions that were done, for the page."""
    return list(_done_actions(key))


def _done_actions(key: str) -> deque[str]:
    done: deque[str] = st.session_state.setdefault(f"{key}-done", deque(maxlen=MAX_DONE))
    return done
