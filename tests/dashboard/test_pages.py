"""The page script in Streamlit's own test harness, against a small engine: what it says and what it asks for."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]
import pytest
from streamlit.testing.v1 import AppTest

from spreadscope.dashboard import browser_session, page_server
from spreadscope.dashboard.pages import PAGES
from tests.dashboard.fake_alerts import NOW
from tests.dashboard.fake_api import FakeApi

PAIR = "BTCUSDT/ETHUSDT"
STATISTICS_PAGE = Path(__file__).parent / "statistics_script.py"


def opened(**query: str) -> AppTest:
    page = AppTest.from_file(str(page_server.SCRIPT), default_timeout=20)
    for name, value in query.items():
        page.query_params[name] = value
    return ran(page.run())


def ran(page: AppTest) -> AppTest:
    assert not page.exception
    return page


def components(page: AppTest) -> dict[str, dict[str, Any]]:
    """What each component was given."""
    found = [element.proto for element in page.get("bidi_component")]
    return {each.component_name: json.loads(each.json or each.mixed.json) for each in found}


def component(page: AppTest) -> dict[str, Any]:
    """What the live chart was given."""
    return components(page)["spreadscope.live"]


def words(elements: Any) -> str:
    return " ".join(element.value for element in elements).replace("\\", "")


def test_without_a_pair_it_invites_to_type_one(engine: FakeApi) -> None:
    page = opened()
    assert page.subheader[0].value == "No pair yet"
    assert "BTCUSDT,ETHUSDT" in words(page.markdown)
    assert list(components(page)) == ["spreadscope.bar"]


def test_two_symbols_become_a_pair_that_is_shown(engine: FakeApi) -> None:
    page = opened()
    page.text_input(key="symbols-text").input("btcusdt, ethusdt")
    ran(page.button[0].click().run())
    assert engine.pairs == [PAIR]
    assert component(page)["pair"] == PAIR
    assert component(page)["timeframe"] == "1m"  # windows of seconds see little but chance


@pytest.mark.parametrize(
    "typed",
    ["BTCUSDT/ETHUSDT, solusdt/ethusdt", "BTCUSDT / ETHUSDT SOLUSDT/ETHUSDT", "BTCUSDT/ETHUSDT;SOLUSDT/ETHUSDT"],
)
def test_several_pairs_in_one_line_are_pairs(engine: FakeApi, typed: str) -> None:
    page = opened()
    page.text_input(key="symbols-text").input(typed)
    ran(page.button[0].click().run())
    assert engine.pairs == [PAIR, "SOLUSDT/ETHUSDT"]
    assert component(page)["pair"] == "SOLUSDT/ETHUSDT"


def test_of_a_line_with_a_wrong_pair_the_others_are_added(engine: FakeApi) -> None:
    page = opened()
    page.text_input(key="symbols-text").input("NOPEUSDT/ETHUSDT, BTCUSDT/ETHUSDT")
    ran(page.button[0].click().run())
    assert engine.pairs == [PAIR]
    assert "Unknown symbol 'NOPEUSDT'" in words(page.error)


def test_what_is_typed_has_a_bound_and_what_is_said_of_it_too(engine: FakeApi) -> None:
    page = opened(pair="A" * 5_000)
    box = page.text_input(key="symbols-text")
    assert 0 < box.proto.max_chars <= 500
    engine.follow(PAIR)
    assert len(words(opened(pair="A" * 5_000).info)) < 200
    engine.broken = True
    assert len(words(opened().error)) < 400


def test_one_symbol_is_recorded_without_a_pair(engine: FakeApi) -> None:
    page = opened()
    page.text_input(key="symbols-text").input("SOLUSDT")
    ran(page.button[0].click().run())
    assert engine.symbols == ["SOLUSDT"]
    assert engine.pairs == []
    assert "SOLUSDT" in words(page.success)


def test_only_missing_symbols_are_asked_for(engine: FakeApi) -> None:
    engine.symbols = ["BTCUSDT"]
    page = opened()
    page.text_input(key="symbols-text").input("BTCUSDT,ETHUSDT,SOLUSDT")
    ran(page.button[0].click().run())
    assert engine.symbols == ["BTCUSDT", "ETHUSDT", "SOLUSDT"]


def test_several_pairs_of_one_line_are_told_together(engine: FakeApi) -> None:
    page = opened()
    page.text_input(key="symbols-text").input("btcusdt / ethusdt; SOLUSDT/ETHUSDT")
    ran(page.button[0].click().run())
    assert engine.pairs == [PAIR, "SOLUSDT/ETHUSDT"]
    assert "BTCUSDT/ETHUSDT, SOLUSDT/ETHUSDT: followed from now on" in words(page.success)


def test_what_the_exchange_lists_can_be_searched_and_the_example_is_of_it(engine: FakeApi) -> None:
    engine.listed = ("SYN1USDT", "SYN2USDT", "SYN3USDT")
    page = opened()
    assert page.text_input(key="symbols-text").placeholder == "SYN1USDT,SYN2USDT"
    found = page.multiselect(key="symbols-found")
    assert found.options == ["SYN1USDT", "SYN2USDT", "SYN3USDT"]
    found.select("SYN3USDT").select("SYN1USDT")
    ran(page.button[0].click().run())
    assert engine.pairs == ["SYN3USDT/SYN1USDT"], "in the order in which they were chosen"


def test_without_a_list_the_form_is_there(engine: FakeApi) -> None:
    engine.listed = ()
    page = opened()
    assert page.text_input(key="symbols-text").placeholder == "BTCUSDT,ETHUSDT"
    assert not page.multiselect


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("BTCUSD", "unknown symbol 'BTCUSD'"),
        ("BTCUSDT/BTCUSDT", "two different symbols"),
        ("NOPE,ETHUSDT", "unknown symbol 'NOPE'"),
        ("", "Type one or more symbols"),
        ("BTCUSDT/ETHUSDT, NOPE/ETHUSDT", "unknown symbol 'NOPE'"),
    ],
)
def test_a_refusal_is_shown_in_the_engines_words(engine: FakeApi, typed: str, said: str) -> None:
    page = opened()
    page.text_input(key="symbols-text").input(typed)
    ran(page.button[0].click().run())
    assert said.lower() in words(page.error).lower()
    assert engine.pairs == ([PAIR] if typed.startswith(PAIR) else [])


def test_one_pair_too_many_is_refused_and_not_called_followed(engine: FakeApi) -> None:
    engine.follow(PAIR)
    engine.most_pairs = 1
    page = opened()
    page.text_input(key="symbols-text").input("SOLUSDT/ETHUSDT")
    ran(page.button[0].click().run())
    assert "At most 1 pairs are watched at once" in words(page.error)
    assert not page.info
    assert component(page)["pair"] == PAIR


def test_the_address_chooses_pair_and_timeframe(engine: FakeApi) -> None:
    engine.follow(PAIR, "SOLUSDT/ETHUSDT")
    page = opened(pair="SOLUSDT/ETHUSDT", timeframe="5m")
    shown = component(page)
    assert (shown["pair"], shown["timeframe"]) == ("SOLUSDT/ETHUSDT", "5m")
    assert shown["pairs"] == [PAIR, "SOLUSDT/ETHUSDT"]
    page.query_params["pair"] = PAIR  # as the chart writes what somebody chose in the bar
    ran(page.run())
    shown = component(page)
    assert (shown["pair"], shown["timeframe"]) == (PAIR, "5m")


def test_a_pair_that_was_just_added_stands_until_the_address_names_it(engine: FakeApi) -> None:
    engine.follow(PAIR)
    page = opened(pair=PAIR, timeframe="5m")
    page.text_input(key="symbols-text").input("SOLUSDT/ETHUSDT")
    ran(page.button[0].click().run())
    assert component(page)["pair"] == "SOLUSDT/ETHUSDT"
    ran(page.run())  # for the tables' sake, before the chart has written the address
    assert component(page)["pair"] == "SOLUSDT/ETHUSDT"
    page.query_params["pair"] = "SOLUSDT/ETHUSDT"
    ran(page.run())
    page.query_params["pair"] = PAIR
    ran(page.run())
    assert component(page)["pair"] == PAIR


def test_an_address_without_a_pair_goes_on_with_the_one_before(engine: FakeApi) -> None:
    engine.follow(PAIR, "SOLUSDT/ETHUSDT")
    page = opened(pair="SOLUSDT/ETHUSDT", timeframe="5m")
    page.query_params.clear()  # as from another page of the navigation
    ran(page.run())
    shown = component(page)
    assert (shown["pair"], shown["timeframe"]) == ("SOLUSDT/ETHUSDT", "5m")


def test_the_bar_is_told_of_all_pages_and_of_this_one(engine: FakeApi) -> None:
    engine.follow(PAIR)
    given = components(opened())["spreadscope.bar"]
    assert [each["path"] for each in given["pages"]] == ["", *PAGES[1:]]
    assert (given["page"], given["ask"], given["socket"]) == ("", "/ask", "/live")


def test_an_address_of_an_unknown_pair_says_so_and_shows_the_first(engine: FakeApi) -> None:
    engine.follow(PAIR)
    page = opened(pair="SOLUSDT/ETHUSDT", timeframe="9d")
    assert "SOLUSDT/ETHUSDT is not followed" in words(page.info)
    shown = component(page)
    assert (shown["pair"], shown["timeframe"]) == (PAIR, "1m")


def test_a_timeframe_that_is_configured_is_opened(engine: FakeApi) -> None:
    engine.follow(PAIR)
    engine.timeframe = "5m"
    assert component(opened())["timeframe"] == "5m"


def test_a_pair_that_is_removed_elsewhere_is_told_of_and_can_be_had_again(engine: FakeApi) -> None:
    engine.follow(PAIR, "SOLUSDT/ETHUSDT")
    page = opened()
    assert component(page)["pair"] == PAIR
    engine.pairs.remove(PAIR)
    ran(page.run())
    assert component(page)["pair"] == "SOLUSDT/ETHUSDT"
    said = words(page.warning)
    assert f"{PAIR} is no longer followed: it was removed in another window" in said
    assert "SOLUSDT/ETHUSDT is shown instead" in said
    ran(page.run())
    assert "no longer followed" in words(page.warning)  # until it is closed, or there again
    ran(page.button(key="gone-again").click().run())
    assert engine.pairs == ["SOLUSDT/ETHUSDT", PAIR]
    assert component(page)["pair"] == PAIR
    assert words(page.warning) == ""


def test_a_removed_pair_gives_way_to_the_next(engine: FakeApi) -> None:
    engine.follow(PAIR, "SOLUSDT/ETHUSDT")
    page = opened()
    ran(page.button(key="remove-pair").click().run())
    assert engine.pairs == ["SOLUSDT/ETHUSDT"]
    assert component(page)["pair"] == "SOLUSDT/ETHUSDT"
    assert f"{PAIR} is no longer followed." in words(page.warning)
    ran(page.button(key="gone-close").click().run())
    assert words(page.warning) == ""


def test_a_pair_that_is_followed_already_is_just_shown(engine: FakeApi) -> None:
    engine.follow(PAIR, "SOLUSDT/ETHUSDT")
    page = opened(pair="SOLUSDT/ETHUSDT")
    page.text_input(key="symbols-text").input(PAIR)
    ran(page.button[0].click().run())
    assert component(page)["pair"] == PAIR
    assert "followed already" in words(page.info)


def test_a_quick_rule_and_the_way_to_all_about_alerts_are_below_the_chart(engine: FakeApi) -> None:
    engine.follow(PAIR)
    page = opened(timeframe="1m")
    given = components(page)["spreadscope.editor"]
    assert (given["quick"], given["subject"], given["timeframe"]) == (True, PAIR, "1m")
    assert (given["ask"], given["socket"]) == ("/ask", "/live")
    (link,) = page.get("page_link")
    assert link.proto.label == "All about alerts"


def test_signals_are_a_table(engine: FakeApi) -> None:
    engine.follow(PAIR)
    signal = {
        "pair": PAIR,
        "timeframe": "1s",
        "time": NOW,
        "action": "SELL_SPREAD",
        "state": "SHORT",
        "cause": "entry",
        "kind": "entry",
        "space": "log",
    }
    signal |= {"legs": "sell BTCUSDT, buy ETHUSDT, 1 : 0.80 by value", "cautions": ["move below fees"]}
    engine.signals = [{**signal, "z": 2.4, "spread": 0.001, "beta": 0.8, "price_y": 29_000.1, "price_x": None}]
    page = opened()
    (signals,) = (table.value for table in page.dataframe)
    assert signals["time (UTC)"][0] == "2023-08-08 00:00:00.000"
    assert signals["action"][0] == "SELL_SPREAD"
    assert signals["BTCUSDT"][0] == 29_000.1
    assert signals["what to do"][0] == "sell BTCUSDT, buy ETHUSDT, 1 : 0.80 by value"
    assert signals["against it"][0] == "move below fees"


def test_figures_in_tables_are_written_as_everywhere(engine: FakeApi) -> None:
    engine.follow(PAIR)
    signal = {
        "pair": PAIR,
        "timeframe": "1s",
        "time": NOW,
        "action": "BUY_SPREAD",
        "state": "LONG",
        "cause": "z -2.40 beyond ±2",
        "kind": "entry",
        "space": "log",
        "legs": "",
        "cautions": None,
    }
    engine.signals = [
        {**signal, "z": -2.40449, "spread": -0.0012345678, "beta": 0.8, "price_y": 29_000.1, "price_x": None}
    ]
    (shown,) = opened().dataframe
    drawn = pa.ipc.open_stream(shown.proto.arrow_data.styler.display_values).read_pandas().iloc[0].tolist()
    assert "−2.40" in drawn
    assert "−0.001235" in drawn
    assert "0.8000" in drawn
    assert "29,000.1" in drawn
    assert "–" in drawn
    assert shown.value["cause"][0] == "z −2.40 beyond ±2"
    assert shown.value["z"][0] == -2.40449  # by which it is sorted


def test_downloads_are_links_of_this_server(engine: FakeApi) -> None:
    engine.follow(PAIR)
    page = opened(timeframe="1m")
    addresses = [element.proto.url for element in page.get("link_button")]
    assert len(addresses) == 6
    assert all(address.startswith("/download/") for address in addresses)
    assert "/download/bars?symbol=ETHUSDT&timeframe=1m&format=csv" in addresses


def test_a_missing_engine_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPREADSCOPE_ENGINE", "http://127.0.0.1:9")
    monkeypatch.setattr(page_server, "_servers", [])
    page = opened()
    assert page.subheader[0].value == "Waiting for the engine"
    assert "No engine answers at http://127.0.0.1:9" in words(page.error)


def test_a_known_reason_for_a_missing_engine_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPREADSCOPE_ENGINE", "http://127.0.0.1:9")
    monkeypatch.setattr(page_server, "_servers", [])
    page_server.current_server().engine.problem = "the engine could not be started: /data is not writable"
    assert "/data is not writable" in words(opened().error)


def test_an_engine_that_refuses_is_said_in_its_words(engine: FakeApi) -> None:
    engine.broken = True
    assert "The exchange does not answer" in words(opened().error)


def test_a_lost_engine_leaves_the_chart_where_it_is(engine: FakeApi) -> None:
    engine.follow(PAIR)
    page = opened()
    engine.broken = True
    ran(page.run())
    assert component(page)["pair"] == PAIR
    assert "last known state" in words(page.error)
    engine.broken = False
    ran(page.run())
    assert not page.error


def test_an_engine_that_is_starting_is_waited_for(engine: FakeApi) -> None:
    engine.starting = "fetching the history of BTCUSDT"
    page = opened()
    assert page.subheader[0].value == "Waiting for the engine"
    assert "The engine is starting: fetching the history of BTCUSDT." in words(page.info)
    engine.starting = ""
    engine.follow(PAIR)
    ran(page.run())
    assert component(page)["pair"] == PAIR
    engine.starting, engine.pairs = "connecting to the exchange", []  # it was started anew
    ran(page.run())
    assert component(page)["pair"] == PAIR
    assert "last known state" in words(page.error)


def test_an_engine_that_waits_for_the_exchange_says_so(engine: FakeApi) -> None:
    engine.starting = "waiting for the exchange"
    page = opened()
    assert page.subheader[0].value == "Waiting for the exchange"
    assert "The exchange does not answer. The engine asks it again every few seconds" in words(page.warning)
    engine.starting = ""
    engine.follow(PAIR)
    ran(page.run())
    assert component(page)["pair"] == PAIR


def test_what_was_said_outlives_a_run_that_the_chart_asked_for(engine: FakeApi) -> None:
    engine.follow(PAIR)
    page = opened()
    page.text_input(key="symbols-text").input("NOPE,ETHUSDT")
    ran(page.button[0].click().run())
    ran(page.run())
    assert "unknown symbol 'NOPE'" in words(page.error).lower().replace("nope", "NOPE")
    page.text_input(key="symbols-text").input("SOLUSDT")
    ran(page.button[0].click().run())
    assert not page.error  # the next action begins with a clean page
    assert "SOLUSDT" in words(page.success)
    said = page.session_state[f"said-{browser_session.PAGE}"]
    said[:] = [
        replace(notice, at=notice.at - browser_session.NOTICE_SECONDS) for notice in said
    ]  # as long ago as it stands
    ran(page.run())
    assert not page.success


def test_the_statistics_page_says_what_each_figure_is(engine: FakeApi) -> None:
    page = ran(AppTest.from_file(str(STATISTICS_PAGE), default_timeout=20).run())
    shown = page.dataframe[0].value
    assert list(shown["figure"])[:2] == ["β (OLS)", "α"]
    assert "half_life" in list(shown["in rules"])
    assert "Signals act on the hedge ratio of the model ols" in words(page.caption)
    ran(page.text_input(key="statistics-search").input("KALMAN z").run())
    found = page.dataframe[0].value
    assert 0 < len(found) < len(shown)
    assert all("alman" in text for text in found["what it is"] + found["figure"])
    ran(page.text_input(key="statistics-search").input("nothing <b>like it").run())
    assert not page.dataframe
    assert "No statistic has nothing and <b>like and it" in words(page.info)
