"""An action of a component is done once, however often its page tells of it."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from spreadscope.dashboard.actions import MAX_DONE, done_ids, new_actions

KEY = "alert-rules"


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    held: dict[str, Any] = {}
    monkeypatch.setattr("streamlit.session_state", held)
    return held


def told(session: dict[str, Any], *names: str) -> list[str]:
    session[KEY] = {"action": [{"id": name, "op": "acknowledge"} for name in names]}
    return [action.id for action in new_actions(KEY)]


def test_what_is_told_again_is_not_done_again(session: dict[str, Any]) -> None:
    assert told(session, "a") == ["a"]
    assert told(session, "a", "b") == ["b"]
    assert told(session, "a", "b") == []
    assert done_ids(KEY) == ["a", "b"]


def test_what_broke_off_is_done_when_it_is_told_again(session: dict[str, Any]) -> None:
    session[KEY] = {"action": [{"id": "a"}, {"id": "b"}]}
    doing = new_actions(KEY)
    assert isinstance(doing, Generator)
    assert next(doing).id == "a"
    doing.close()  # as when Streamlit ends the callback
    assert told(session, "a", "b") == ["a", "b"]


def test_without_an_action_there_is_nothing_to_do(session: dict[str, Any]) -> None:
    assert list(new_actions(KEY)) == []
    session[KEY] = {"action": None}
    assert list(new_actions(KEY)) == []


def test_what_a_page_left_undone_is_done_once_whoever_tells_of_it(session: dict[str, Any]) -> None:
    assert told(session, "a") == ["a"]
    session["bar"] = {"action": [{"id": name, "op": "acknowledge", "source": KEY} for name in ("a", "b")]}
    assert [action.id for action in new_actions("bar")] == ["b"]
    assert done_ids("bar") == ["a", "b"], "the bar stops telling of both"
    assert told(session, "a", "b") == []


def test_what_was_done_long_ago_is_forgotten(session: dict[str, Any]) -> None:
    for number in range(2 * MAX_DONE):
        told(session, str(number))
    assert len(done_ids(KEY)) == MAX_DONE
