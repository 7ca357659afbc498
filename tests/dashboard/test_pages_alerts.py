"""The alerts page in Streamlit's test harness: what it says, and what it asks of the engine."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from spreadscope.dashboard import page_server
from tests.dashboard.component_data import component_data, copied
from tests.dashboard.fake_alerts import NOW
from tests.dashboard.fake_api import FakeApi

PAIR = "BTCUSDT/ETHUSDT"
SCRIPT = Path(__file__).parent / "alerts_script.py"


@pytest.fixture
def engine(engine: FakeApi) -> FakeApi:
    engine.follow(PAIR)
    return engine


def opened() -> AppTest:
    return ran(AppTest.from_file(str(SCRIPT), default_timeout=20).run())


def ran(page: AppTest) -> AppTest:
    assert not page.exception
    return page


def given(page: AppTest, name: str) -> dict[str, Any]:
    (found,) = component_data(page, name)
    return found


def words(elements: Any) -> str:
    return " ".join(element.value for element in elements).replace("\\", "")


def fired(engine: FakeApi, **more: Any) -> dict[str, Any]:
    rule = engine.alerts.answer("POST", ["rules"], {}, {"text": "z > 2", "subject": PAIR, "name": "Far", **more})
    (alert,) = engine.alerts.moved(rule["rule_id"], "firing", 2.31)
    return dict(alert)


def test_list_and_editor_are_told_where_to_ask_and_what_is_watched(engine: FakeApi) -> None:
    engine.alerts.channels = [channel("desk")]
    page = opened()
    assert given(page, "rules") == {"key": "alert-rules", "socket": "/live", "done": []}
    editor = given(page, "editor")
    assert (editor["pairs"], editor["symbols"]) == ([PAIR], ["BTCUSDT", "ETHUSDT"])
    assert (editor["subject"], editor["timeframe"], editor["quick"]) == (PAIR, "1m", False)
    assert editor["channels"] == ["desk"]
    assert editor["draft"] == {"token": 0, "rule": None}
    assert (editor["ask"], editor["answer"]) == ("/ask", None)


def test_everything_that_is_empty_says_so(engine: FakeApi) -> None:
    page = opened()
    said = words(page.caption)
    assert "Nothing has fired yet." in said
    assert "No rule yet, and so nothing to judge." in said
    assert "No channel yet" in words(page.markdown)
    assert "Write channels into /var/lib/spreadscope/alerts.toml" in words(page.markdown)
    (snippet,) = copied(page)
    channels = tomllib.loads(snippet)["channel"]
    assert [each["url_env"] for each in channels] == ["ALERTS_TELEGRAM", "ALERTS_WEBHOOK"]
    assert "whatever was to be sent was delivered" in said


def test_without_a_pair_a_rule_of_any_pair_is_offered(engine: FakeApi) -> None:
    engine.pairs, engine.symbols = [], []
    page = opened()
    assert "No pair yet" in words(page.info)
    assert given(page, "editor")["subject"] == "any pair"


def test_a_ready_made_rule_is_added_with_one_click_to_what_is_chosen(engine: FakeApi) -> None:
    page = opened()
    ran(page.button(key="preset-entry").click().run())
    (rule,) = engine.alerts.rules
    assert (rule["name"], rule["text"], rule["subject"], rule["recover"]) == ("Entry", "abs(z) > 2", PAIR, 1.5)
    assert (rule["keep_seconds"], rule["cooldown_seconds"], rule["notify_resolved"]) == (0, 0, True)
    assert "Watching from now on: Entry" in words(page.success)
    assert page.button(key="preset-entry").label == "Watched already"
    ran(page.selectbox(key="preset-pair").select("any pair").run())
    ran(page.button(key="preset-entry").click().run())
    assert engine.alerts.rules[1]["subject"] == "any pair"
    ran(page.button(key="preset-stale").click().run())
    assert (engine.alerts.rules[2]["subject"], engine.alerts.rules[2]["severity"]) == ("BTCUSDT", "critical")


def test_the_history_says_in_words_what_became_of_each_alert(engine: FakeApi) -> None:
    alert = fired(engine)
    engine.alerts.channels = [channel("desk")]
    engine.alerts.history = [
        {**alert, "state": "resolved", "notify": "resolved", "time": NOW + 9000},
        {**alert, "notify": "", "suppressed": "acknowledged", "time": NOW + 8000},
        {**alert, "notify": "", "suppressed": "cap", "late": True, "time": NOW + 7000},
        {**alert, "notify": "digest", "time": NOW + 6000},
    ]
    table = opened().dataframe[0].value
    assert list(table["state"]) == ["resolved", "firing", "firing", "firing"]
    assert table["time (UTC)"][0] == "2023-08-08 00:00:09.000"
    assert list(table["remarks"]) == [
        "end sent",
        "not sent: acknowledged",
        "not sent: over the rule's cap, told in the hour's digest; late: judged after the engine was down",
        "digest of the hour sent",
    ]
    assert (table["rule"][0], table["of"][0], table["value"][0]) == ("Far", PAIR, 2.31)


def test_nothing_is_called_sent_where_there_is_no_channel(engine: FakeApi) -> None:
    fired(engine)
    assert list(opened().dataframe[0].value["remarks"]) == [""]


def test_what_is_chosen_filters_the_history_and_its_download(engine: FakeApi) -> None:
    alert = fired(engine)
    page = opened()
    ran(page.selectbox(key="history-rule").select(alert["rule_id"]).run())
    ran(page.selectbox(key="history-subject").select(PAIR).run())
    ran(page.selectbox(key="history-state").select("firing").run())
    ran(page.selectbox(key="history-severity").select("warning").run())
    ran(page.selectbox(key="history-range").select("last hour").run())
    asked = engine.alerts.queries[-1]
    since = str(engine.alerts.market_time - 3_600_000)
    expected = {"rule": alert["rule_id"], "subject": PAIR, "state": "firing", "severity": "warning", "from": since}
    assert asked == {**expected, "limit": "500"}
    assert len(page.dataframe[0].value) == 1
    (link,) = [each.proto.url for each in page.get("link_button")]
    assert link.startswith("/download/alerts?format=csv&")
    assert f"rule={alert['rule_id']}" in link
    assert f"from={since}" in link
    ran(page.selectbox(key="history-severity").select("critical").run())
    assert "Nothing has fired that fits" in words(page.caption)


def test_a_time_of_ones_own_is_a_half_open_interval_in_utc(engine: FakeApi) -> None:
    fired(engine)
    page = opened()
    ran(page.selectbox(key="history-range").select("between …").run())
    assert engine.alerts.queries[-1] == {"limit": "500", "from": str(NOW)}  # from the day's beginning


def test_the_scorecard_names_its_rules_and_leaves_out_what_is_not_known(engine: FakeApi) -> None:
    alert = fired(engine)
    score = {
        "rule_id": alert["rule_id"],
        "fired": 4,
        "suppressed": 1,
        "resolved": 3,
        "open": 1,
        "flaps": 2,
        "median_seconds": 90.0,
        "reverted": 2,
        "stopped": 1,
        "reverted_share": 2 / 3,
        "median_seconds_to_reversion": None,
    }
    engine.alerts.scores = [score, {**score, "rule_id": "gone", "reverted_share": None}]
    table = opened().dataframe[1].value
    assert list(table["rule"]) == ["Far", "deleted (gone)"]
    assert (table["Fired"][0], table["Flaps"][0], table["Not sent"][0]) == (4, 2, 1)
    assert (table["Median length"][0], table["Median reversion"][0]) == ("90 s", "–")
    assert list(table["Reverted"]) == ["67%", "–"]


def channel(name: str, **more: Any) -> dict[str, Any]:
    told = {"name": name, "kind": "service", "address": "tgram://12…/…", "enabled": True, "deduplicates": False}
    counts = {"sent": 3, "failed": 1, "waiting": 2, "last_sent": NOW, "last_error": "timed out"}
    return {**told, **counts, **more}


def test_channels_show_their_record_and_are_tested(engine: FakeApi) -> None:
    engine.alerts.channels = [channel("desk", deduplicates=True), channel("broken")]
    page = opened()
    table = page.dataframe[0].value
    assert list(table["channel"]) == ["desk", "broken"]
    assert list(table["address"]) == ["tgram://12…/…"] * 2
    assert list(table["a repeat"]) == ["is told apart", "may show twice after a crash"]
    assert (table["waiting"][0], table["last error"][0]) == (2, "timed out")
    ran(page.button(key="test-desk").click().run())
    assert "Test of desk: accepted (0.2 s)." in words(page.success)
    ran(page.button(key="test-broken").click().run())
    assert "Test of broken: no route (0.2 s)." in words(page.error)
    assert "POST /api/alerts/channels/broken/test" in engine.calls


def test_a_dead_letter_is_sent_once_more(engine: FakeApi) -> None:
    letter = {
        "id": 7,
        "channel": "desk",
        "title": "Far: BTCUSDT/ETHUSDT",
        "time": NOW,
        "attempts": 9,
        "error": "410 gone",
        "state": "dead",
        "next_at": NOW,
        "sent_at": None,
        "maybe_repeated": False,
        "rule_id": "r1",
        "subject": PAIR,
    }
    engine.alerts.dead = [letter]
    page = opened()
    assert "9 attempts; 410 gone." in words(page.markdown)
    ran(page.button(key="retry-7").click().run())
    assert engine.alerts.dead == []
    assert "Sent once more to desk." in words(page.info)


def test_a_missing_engine_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPREADSCOPE_ENGINE", "http://127.0.0.1:9")
    monkeypatch.setattr(page_server, "_servers", [])
    page = opened()
    assert page.subheader[0].value == "Waiting for the engine"
    assert "No engine answers" in words(page.error)


def test_an_engine_that_is_starting_is_waited_for(engine: FakeApi) -> None:
    engine.starting, engine.pairs = "fetching the history of BTCUSDT", []
    page = opened()
    assert "The engine is starting: fetching the history of BTCUSDT." in words(page.info)


def test_a_lost_engine_leaves_the_list_where_it_is(engine: FakeApi) -> None:
    page = opened()
    engine.broken = True
    ran(page.run())
    assert "last known state" in words(page.error)
    assert given(page, "rules")["socket"] == "/live"


def test_a_file_that_cannot_be_read_is_said(engine: FakeApi) -> None:
    engine.alerts.file_error = "line 3: unknown key 'sverity', did you mean 'severity'?"
    said = words(opened().error)
    assert "alerts.toml is not in force" in said
    assert "Line 3: unknown key 'sverity', did you mean 'severity'?" in said


def test_demo_data_are_marked(engine: FakeApi) -> None:
    engine.demo = True
    assert "DEMO" in words(opened().warning)
