"""The replay page: what can be played, what plays, and links to a moment."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from spreadscope.contract import RunState
from spreadscope.dashboard.pages.replay_moment import BARS_BEFORE, moment_link
from tests.dashboard.fake_alerts import NOW
from tests.dashboard.fake_api import FakeApi
from tests.dashboard.fake_playbacks import START

SCRIPT = """
from spreadscope.dashboard import browser_session
from spreadscope.dashboard.pages import replay

browser_session.show_notices(browser_session.PAGE)
replay.show()
"""


def opened(**query: str) -> AppTest:
    page = AppTest.from_string(SCRIPT, default_timeout=30)
    for name, value in query.items():
        page.query_params[name] = value
    return checked(page.run())


def checked(page: AppTest) -> AppTest:
    assert not page.exception
    return page


def components(page: AppTest) -> list[str]:
    """The components that are mounted, by their names."""
    return [each.proto.component_name for each in page.get("bidi_component")]


@pytest.fixture(autouse=True)
def followed(engine: FakeApi) -> None:
    engine.follow("BTCUSDT/ETHUSDT")


def test_an_empty_store_says_what_is_missing(engine: FakeApi) -> None:
    told = [box.value for box in opened().info]
    assert [words.partition(" yet")[0] for words in told] == ["No session is stored", "No trades are stored"]


def test_a_session_is_chosen_and_played(engine: FakeApi) -> None:
    engine.playbacks.add_session(1)
    engine.playbacks.add_session(2, running=True)
    page = opened()
    assert list(page.dataframe[0].value["session"]) == [2, 1]
    assert "runs now" in page.selectbox(key="replay-session").options[0]
    page.selectbox(key="replay-session").select(1)
    checked(page.button(key="replay-session-begin").click().run())
    assert [body["session"] for body in engine.playbacks.bodies] == [1]
    assert components(page) == ["spreadscope.transport", "spreadscope.live"]
    assert page.query_params["playback"] == "a1"
    for view, component in (("Watch list", "spreadscope.watch"), ("Alerts", "spreadscope.rules")):
        page.button_group(key="replay-view").set_value(view)
        checked(page.run())
        assert components(page) == ["spreadscope.transport", component]
    page.button_group(key="replay-view").set_value("Signals")
    assert "No signal of BTCUSDT" in checked(page.run()).caption[-1].value
    checked(page.button(key="replay-end").click().run())
    assert engine.playbacks.runs == {}
    assert page.subheader[0].value == "Replay"


def test_a_range_of_stored_trades_is_played(engine: FakeApi) -> None:
    for symbol in ("BTCUSDT", "ETHUSDT"):
        engine.playbacks.add_tape(symbol)
    page = opened()
    assert page.button(key="replay-range-begin").disabled
    page.text_input(key="replay-pairs").input("btcusdt/dogeusdt")
    assert "No trades of DOGEUSDT are stored" in checked(page.run()).warning[0].value.replace("\\", "")
    page.text_input(key="replay-pairs").input(" btcusdt/ethusdt ")
    checked(page.run())
    checked(page.button(key="replay-range-begin").click().run())
    (body,) = engine.playbacks.bodies
    assert body["pairs"] == ["BTCUSDT/ETHUSDT"]
    assert START - 60_000 < body["start"] <= START
    assert NOW <= body["end"] <= NOW + 60_000


def test_a_replay_that_begins_failed_or_has_ended_says_so(engine: FakeApi) -> None:
    engine.playbacks.add_session(1)
    page = opened()
    checked(page.button(key="replay-session-begin").click().run())
    run = engine.playbacks.runs["a1"]
    run["state"] = RunState.STARTING
    assert "begins" in checked(page.run()).info[0].value
    run["state"], run["error"] = RunState.FAILED, "trades 1…2 are in the journal, but not in the store any more"
    assert "not in the store any more" in checked(page.run()).error[0].value
    engine.playbacks.runs.clear()
    assert "has ended" in checked(page.run()).info[0].value
    assert page.subheader[0].value == "Replay"


def test_one_too_many_is_refused_in_the_words_of_the_engine(engine: FakeApi) -> None:
    engine.playbacks.add_session(1)
    for _ in range(2):
        page = opened()
        checked(page.button(key="replay-session-begin").click().run())
    page = opened()
    assert [button.label for button in page.button if button.label.startswith("Open")] == ["Open session 1"] * 2
    checked(page.button(key="replay-session-begin").click().run())
    assert "2 playbacks are open already" in page.error[0].value
    checked(page.button(key="replay-open-a1").click().run())
    assert components(page)[0] == "spreadscope.transport"


def test_a_link_opens_a_moment_some_bars_before(engine: FakeApi) -> None:
    assert moment_link(NOW, "BTCUSDT/ETHUSDT", "5m") == f"/replay?at={NOW}&timeframe=5m&pair=BTCUSDT%2FETHUSDT"
    page = opened(at=str(NOW), pair="BTCUSDT/ETHUSDT", timeframe="5m")
    (body,) = engine.playbacks.bodies
    assert body["at"] == NOW - BARS_BEFORE * 300_000
    assert components(page) == ["spreadscope.transport", "spreadscope.live"]
    assert page.selectbox(key="replay-pair").value == "BTCUSDT/ETHUSDT"
    assert page.button_group(key="replay-timeframe").value == "5m"
    assert f"{BARS_BEFORE} bars before" in page.info[0].value.replace("\\", "")
    checked(page.run())
    assert len(engine.playbacks.bodies) == 1  # once


def test_a_moment_without_a_session_plays_the_trades_around_it(engine: FakeApi) -> None:
    engine.playbacks.no_session_then = True
    opened(at=str(NOW), pair="btcusdt/ethusdt", timeframe="1m")
    asked = engine.playbacks.bodies[-1]
    assert (asked["pairs"], asked["at"]) == (["BTCUSDT/ETHUSDT"], NOW - BARS_BEFORE * 60_000)
    assert asked["start"] < asked["at"] < asked["end"]
    page = opened(at=str(NOW))
    assert "no stored session was there" in page.error[0].value.lower()


@pytest.mark.parametrize("at", ["soon", "-5", "9" * 40])
def test_a_moment_that_is_none_is_said(engine: FakeApi, at: str) -> None:
    assert "is no time" in opened(at=at).warning[0].value
    assert engine.playbacks.bodies == []


def test_a_playback_of_the_address_is_shown_and_one_that_is_none_is_said(engine: FakeApi) -> None:
    assert "has ended" in opened(playback="../../status").info[0].value


def test_without_an_engine_it_says_so(engine: FakeApi) -> None:
    engine.broken = True
    assert opened().subheader[0].value == "Waiting for the engine"
