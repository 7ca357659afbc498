"""What the bar does of a page that was left before its script had done it."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from spreadscope.client import Client
from spreadscope.dashboard.actions import PageAction
from tests.dashboard.fake_api import FakeApi
from tests.dashboard.fake_paper import OTHER, PAIR, busy

SCRIPT = Path(__file__).parent / "undone_actions_script.py"
# The keys of components that pages have; the components themselves are made by a page alone.
RULES, PORTFOLIO, WATCH, QUICK = "alert-rules", "portfolio", "watch", "quick-rule"


@pytest.fixture
def trading(engine: FakeApi) -> FakeApi:
    engine.follow(PAIR)
    busy(engine.paper.first)
    return engine


def done(action: PageAction) -> tuple[list[str], list[str]]:
    """Returns what the bar then shows: errors, and what went well."""
    page = AppTest.from_file(str(SCRIPT), default_timeout=20)
    page.session_state["action"] = action
    page.run()
    assert not page.exception
    return [error.value for error in page.error], [success.value for success in page.success]


def add_rule(engine: FakeApi) -> str:
    return str(engine.alerts.answer("POST", ["rules"], {}, {"text": "z > 2", "subject": PAIR})["rule_id"])


def test_a_rule_is_turned_off(trading: FakeApi) -> None:
    rule = add_rule(trading)
    assert done(PageAction(id="a", source=RULES, op="enable", rule_id=rule, enabled=False)) == ([], [])
    assert [each["enabled"] for each in trading.alerts.rules] == [False]


def test_a_trade_is_closed_on_the_account_of_the_click(trading: FakeApi) -> None:
    body = {"account": "paper", "trade": 12, "percent": 50}
    assert done(PageAction(id="a", source=PORTFOLIO, op="close", body=body)) == ([], [])
    assert trading.paper.bodies == [("trades/12/close", {"percent": 50, "reason": "closed by hand"})]
    (error,), _ = done(PageAction(id="b", source=PORTFOLIO, op="close", body={**body, "account": "gone"}))
    assert "gone" in error


def test_a_pair_is_followed(trading: FakeApi) -> None:
    done(PageAction(id="a", source=WATCH, op="follow", watch=(OTHER,)))
    with Client(trading.api) as client:
        assert OTHER in client.status().pairs


def test_a_rule_is_saved_and_a_refusal_is_told(trading: FakeApi) -> None:
    errors, (said,) = done(PageAction(id="a", source=QUICK, op="save", body={"text": "z > 2", "subject": PAIR}))
    assert errors == []
    assert said.startswith("Watching from now on")
    assert [each["text"] for each in trading.alerts.rules] == ["z > 2"]
    (error,), _ = done(PageAction(id="b", source=f"watch-rule-{PAIR}", op="save", body={"text": 7}))
    assert error.startswith("The rule was not saved")


@pytest.mark.parametrize("source", [RULES, PORTFOLIO, WATCH, QUICK])
def test_what_only_opens_something_is_not_done_elsewhere(trading: FakeApi, source: str) -> None:
    rule = add_rule(trading)
    for op in ("cancel", "details", "edit", "open", "parameters", "rule"):
        assert done(PageAction(id=op, source=source, op=op, rule_id=rule, subject=PAIR)) == ([], [])
    assert trading.paper.bodies == []


def test_a_replay_changes_nothing_of_the_engine(trading: FakeApi) -> None:
    rule = add_rule(trading)
    assert done(PageAction(id="a", source="replay-rules", op="delete", rule_id=rule)) == ([], [])
    assert [each["rule_id"] for each in trading.alerts.rules] == [rule]
