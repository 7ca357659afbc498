"""The watch page in Streamlit's test harness: what the component is given, and what its actions ask of the engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from spreadscope.client import Client
from spreadscope.dashboard.pages.watch_forms import MOST_AT_ONCE, follow_typed, stop_following
from tests.dashboard.component_data import component_data
from tests.dashboard.fake_api import FakeApi

PAIR, OTHER = "BTCUSDT/ETHUSDT", "SOLUSDT/ETHUSDT"
SCRIPT = Path(__file__).parent / "watch_script.py"


@pytest.fixture
def client(engine: FakeApi) -> Iterator[Client]:
    made = Client(engine.api)
    yield made
    made.close()


class Notices(list[tuple[str, str]]):
    """Those that are added, as (kind, text)."""

    def __call__(self, kind: str, text: str) -> None:
        self.append((kind, text))

    def of(self, kind: str) -> list[str]:
        return [text for each, text in self if each == kind]


def given(page: AppTest) -> dict[str, Any]:
    assert not page.exception
    (found,) = component_data(page, "watch")
    return found


def opened(**state: object) -> AppTest:
    page = AppTest.from_file(str(SCRIPT), default_timeout=20)
    for key, value in state.items():
        page.session_state[key.replace("_", "-")] = value
    return page.run()


def test_the_component_is_told_where_to_ask_and_what_could_be_added(engine: FakeApi) -> None:
    page = opened()
    assert given(page) == {
        "key": "watch",
        "timeframe": "1m",
        "socket": "/live",
        "account": "paper",
        "link": "/",
        "examples": [PAIR, OTHER],
        "done": [],
    }
    page.segmented_control(key="timeframe").set_value("5m").run()
    assert given(page)["timeframe"] == "5m"


def test_examples_are_of_what_the_exchange_lists(engine: FakeApi) -> None:
    engine.listed = ("SYN1USDT", "SYN2USDT", "SYN3USDT")
    assert given(opened())["examples"] == ["SYN1USDT/SYN2USDT", "SYN3USDT/SYN2USDT"]


def test_without_an_engine_it_says_so(engine: FakeApi) -> None:
    engine.broken = True
    page = AppTest.from_file(str(SCRIPT), default_timeout=20).run()
    assert not page.exception
    assert page.subheader[0].value == "Waiting for the engine"


def test_the_menu_of_a_line_opens_the_model_and_a_rule(engine: FakeApi) -> None:
    engine.follow(PAIR)
    page = opened(watch_open=("parameters", PAIR))
    assert f"{PAIR} at 1m" in page.selectbox(key="parameters-for").options
    page = opened(watch_open=("rule", PAIR))
    (told,) = component_data(page, "editor")
    assert (told["subject"], told["timeframe"], told["quick"]) == (PAIR, "1m", True)


def test_several_pairs_are_added_at_once(engine: FakeApi, client: Client) -> None:
    engine.follow(PAIR)
    notices = Notices()
    follow_typed(notices, client, "btcusdt/ethusdt; SOLUSDT / ETHUSDT, solusdt/btcusdt SOLUSDT/ETHUSDT")
    assert engine.pairs == [PAIR, OTHER, "SOLUSDT/BTCUSDT"]
    assert notices == [
        ("success", f"{OTHER}, SOLUSDT/BTCUSDT: followed from now on."),
        ("info", f"{PAIR}: followed already."),
    ]


def test_two_symbols_are_a_pair_and_the_other_way_round_is_said(engine: FakeApi, client: Client) -> None:
    engine.follow(PAIR)
    notices = Notices()
    follow_typed(notices, client, "ETHUSDT, BTCUSDT")
    assert engine.pairs == [PAIR, "ETHUSDT/BTCUSDT"]
    assert notices.of("info") == [f"{PAIR}: followed too, with the same legs the other way round."]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "nothing was typed"),
        ("BTCUSDT", "BTCUSDT is one symbol"),
        ("BTCUSDT/ETHUSDT SOLUSDT", "SOLUSDT is one symbol"),
        (" ".join(f"S{number}USDT" for number in range(500)), "S0USDT is one symbol"),
        ("🙂", "is one symbol"),
        (
            ", ".join(f"S{number}USDT/ETHUSDT" for number in range(MOST_AT_ONCE + 1)),
            f"At most {MOST_AT_ONCE} pairs are added at once; these are {MOST_AT_ONCE + 1}",
        ),
    ],
)
def test_what_is_no_list_of_pairs_is_one_sentence_and_changes_nothing(
    engine: FakeApi, client: Client, typed: str, said: str
) -> None:
    notices = Notices()
    follow_typed(notices, client, typed)
    ((kind, text),) = notices
    assert kind == "error"
    assert said in text
    assert len(text) < 200
    assert engine.pairs == []


def test_a_refused_pair_keeps_back_no_other_and_many_reasons_are_counted(engine: FakeApi, client: Client) -> None:
    notices = Notices()
    follow_typed(notices, client, f"NOPE/ETHUSDT, {PAIR}, BTCUSDT/BTCUSDT, A/B, C/D, E/F, <b>/x")
    assert engine.pairs == [PAIR]
    errors = notices.of("error")
    assert len(errors) == 4
    assert "NOPE/ETHUSDT: unknown symbol 'NOPE'" in errors[0]
    assert errors[-1] == "3 more pairs were refused."


def test_removed_pairs_are_told_and_one_that_is_gone_is_no_error(engine: FakeApi, client: Client) -> None:
    engine.follow(PAIR, OTHER)
    notices = Notices()
    stop_following(notices, client, (PAIR, "GONEUSDT/ETHUSDT"))
    assert engine.pairs == [OTHER]
    assert notices == [("info", f"{PAIR}, GONEUSDT/ETHUSDT: no longer followed. What is stored stays.")]
