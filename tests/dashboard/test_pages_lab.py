"""The lab page in Streamlit's own harness: its controls, its address, and each state of a study in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from spreadscope.dashboard.pages import lab_range
from tests.dashboard.component_data import component_data
from tests.dashboard.fake_alerts import NOW
from tests.dashboard.fake_api import FakeApi

SCRIPT = Path(__file__).parent / "lab_script.py"
PAIR = "BTCUSDT/ETHUSDT"
MINUTE = 60_000


def opened(**query: str) -> AppTest:
    page = AppTest.from_file(str(SCRIPT), default_timeout=20)
    for name, value in query.items():
        page.query_params[name.replace("__", ".")] = value
    return ran(page.run())


def ran(page: AppTest) -> AppTest:
    assert not page.exception
    return page


def study(page: AppTest) -> AppTest:
    return ran(page.button(key="lab-run").click().run())


def drawn(page: AppTest) -> list[dict[str, Any]]:
    """What the component of a study was given."""
    return component_data(page, "lab")


def words(elements: Any) -> str:
    return " ".join(element.value for element in elements).replace("\\", "")


def address(page: AppTest) -> dict[str, str]:
    return {name: value[0] if isinstance(value, list) else value for name, value in page.query_params.items()}


def test_it_begins_with_the_first_pair_and_says_what_is_stored(engine: FakeApi) -> None:
    engine.follow(PAIR)
    page = opened()
    assert page.subheader[0].value == "No study yet"
    assert page.selectbox(key="lab-pair").value == PAIR
    assert "Stored: BTCUSDT from" in words(page.caption)


def test_without_any_pair_one_is_asked_for(engine: FakeApi) -> None:
    page = study(opened())
    assert "Choose a pair, or write one as Y/X" in page.session_state["said-notices"][0].text
    assert engine.lab.bodies == []


def test_a_study_of_the_newest_day_is_asked_for(engine: FakeApi) -> None:
    engine.follow(PAIR)
    page = study(opened())
    (body,) = engine.lab.bodies
    end = NOW + MINUTE
    assert (body["pair"], body["timeframe"], body["start"], body["end"]) == (PAIR, "1m", end - 1440 * MINUTE, end)
    assert body["sets"] == [{"settings": {}, "fee_bps": 5.0}]
    assert address(page) == {"pair": PAIR, "timeframe": "1m", "range": "1d", "study": "new"}
    assert page.button(key="lab-run").disabled


def test_changed_parameters_and_a_second_set_are_asked_for_and_named_in_the_address(engine: FakeApi) -> None:
    engine.follow(PAIR)
    page = opened()
    page.selectbox(key="lab-a-analytics.hedge").select("kalman")
    page.number_input(key="lab-a-analytics.hedge_window").set_value(200)
    ran(page.checkbox(key="lab-compare").check().run())
    page.number_input(key="lab-b-signals.entry").set_value(1.5)
    page.toggle(key="lab-b-signals.scaled").set_value(True)
    page.number_input(key="lab-b-fee").set_value(2.0)
    page = study(page)
    (body,) = engine.lab.bodies
    assert body["sets"] == [
        {"settings": {"analytics.hedge": "kalman", "analytics.hedge_window": 200}, "fee_bps": 5.0},
        {"settings": {"signals.entry": 1.5, "signals.scaled": True}, "fee_bps": 2.0},
    ]
    named = {"a.hedge": "kalman", "a.hedge_window": "200", "b.entry": "1.5", "b.scaled": "true", "b.fee": "2"}
    assert named.items() <= address(page).items()
    again = opened(**{name.replace(".", "__"): value for name, value in address(page).items()})
    engine.lab.state = "done"
    study(ran(again.run()))
    assert engine.lab.bodies[1]["sets"] == body["sets"]


@pytest.mark.parametrize(
    ("since", "until", "start", "end"),
    [
        ("1700000000000", "1700000600000", 1_700_000_000_000, 1_700_000_600_000),
        ("2023-11-14 22:13:20", "2023-11-14T22:23:20Z", 1_700_000_000_000, 1_700_000_600_000),
        ("2023-11-14T23:13:20+01:00", "", 1_700_000_000_000, 2**53 - 1),
    ],
)
def test_a_range_of_the_address(engine: FakeApi, since: str, until: str, start: int, end: int) -> None:
    engine.follow(PAIR)
    study(opened(pair=PAIR.lower(), timeframe="5m", **{"from": since, "to": until}))
    (body,) = engine.lab.bodies
    assert (body["pair"], body["timeframe"], body["start"], body["end"]) == (PAIR, "5m", start, end)


@pytest.mark.parametrize(
    ("since", "until", "said"),
    [
        ("yesterday", "", "The time 'yesterday' is not ISO, for example 2026-11-22 15:00."),
        ("2026-11-22", "2026-11-21", "The range ends before it begins: choose a later end."),
        ("<b>🎈</b>", "", "The time '<b>🎈</b>' is not ISO"),
    ],
)
def test_a_time_that_cannot_be_read_is_said(engine: FakeApi, since: str, until: str, said: str) -> None:
    engine.follow(PAIR)
    page = study(opened(pair=PAIR, **{"from": since, "to": until}))
    assert said in page.session_state["said-notices"][0].text
    assert engine.lab.bodies == []


def test_what_of_the_address_cannot_be_read_is_said_and_left_out(engine: FakeApi) -> None:
    engine.follow(PAIR)
    page = opened(a__hedge="magic", a__hedge_window="many", b__nonsense="1", a__entry="2.5")
    said = words(page.warning)
    assert all(part in said for part in ("a.hedge=magic", "a.hedge_window=many", "b.nonsense=1"))
    assert "a.entry" not in said
    assert page.number_input(key="lab-a-signals.entry").value == 2.5


def test_a_refusal_of_the_engine_is_shown_in_its_words(engine: FakeApi) -> None:
    engine.follow(PAIR)
    engine.lab.refusal = "analytics.z_window must be smaller than analytics.hedge_window"
    page = study(opened())
    assert engine.lab.refusal.casefold() in page.session_state["said-notices"][0].text.casefold()
    assert page.subheader[0].value == "No study yet"


def test_a_malformed_pair_is_said_and_the_page_stays(engine: FakeApi) -> None:
    page = opened(pair="BTCUSDT")
    assert "alformed pair 'BTCUSDT'" in words(page.error)
    assert not page.button(key="lab-run").disabled


def test_a_running_study_shows_its_progress_and_can_be_cancelled(engine: FakeApi) -> None:
    engine.follow(PAIR)
    page = opened(study="kept")
    assert page.get("progress")[0].proto.value == 25
    assert "250 of 1,000 rows." in page.get("progress")[0].proto.text.replace("\\", "")
    page = ran(page.button(key="lab-cancel").click().run())
    assert "The study was cancelled" in words(page.info)


@pytest.mark.parametrize(
    ("state", "error", "said"),
    [
        ("failed", "there are no bars of BTCUSDT", "There are no bars of BTCUSDT."),
        ("failed", None, "The study failed."),
    ],
)
def test_a_failed_study_says_why(engine: FakeApi, state: str, error: str | None, said: str) -> None:
    engine.lab.state, engine.lab.error = state, error
    assert said in words(opened(pair=PAIR, study="kept").error)


def test_a_study_that_is_forgotten_is_said(engine: FakeApi) -> None:
    page = opened(pair=PAIR, study="old")
    assert "it is forgotten a while after its end" in words(page.info)
    assert not page.button(key="lab-run").disabled


def test_a_finished_study_is_drawn_and_its_pair_can_be_saved(engine: FakeApi) -> None:
    engine.lab.state = "done"
    page = opened(pair=PAIR, study="kept")
    (given,) = drawn(page)
    assert given["study"] == "/download/jobs/kept/study.json"
    assert [table["link"] for table in given["tables"]] == [
        f"/download/jobs/kept/table-a.{kind}" for kind in ("csv", "parquet")
    ]
    page = ran(page.button(key="lab-save").click().run())
    assert engine.pairs == [PAIR]
    assert not [button for button in page.button if button.key == "lab-save"]


def test_without_an_engine_it_says_so(engine: FakeApi) -> None:
    engine.broken = True
    assert opened().subheader[0].value == "Waiting for the engine"


def test_an_engine_that_is_lost_leaves_the_study_in_sight(engine: FakeApi) -> None:
    engine.follow(PAIR)
    engine.lab.state = "done"
    page = opened(pair=PAIR, study="kept")
    engine.broken = True
    page = ran(page.run())
    assert "last known state" in words(page.error)


def test_dropped_files_of_the_address_are_used_and_reported(engine: FakeApi) -> None:
    engine.follow(PAIR)
    engine.lab.state = "done"
    engine.lab.report = {
        "files": [
            {
                "name": "BTC.csv", "content": "bars", "subjects": ["BTCUSDT"], "read": 10, "used": 9, "repeated": 0,
                "left_out": 0, "bad": 1, "unprovable": False, "notes": ["line 3: the time is no time"], "error": "",
            },
            {
                "name": "x.pdf", "content": "", "subjects": [], "read": 0, "used": 0, "repeated": 0, "left_out": 0,
                "bad": 0, "unprovable": False, "notes": [], "error": "x.pdf is a PDF, and no table",
            },
        ],
        "spans": [{"symbol": "BTCUSDT", "timeframe": "1m", "first": NOW, "last": NOW + 600 * MINUTE}],
    }  # fmt: skip
    page = opened(pair=PAIR, files="one,two")
    assert "2 files that were dropped before are used too." in words(page.caption)
    page = ran(page.button(key="lab-look").click().run())
    assert engine.lab.bodies[0]["files"] == ["one", "two"]
    page = ran(page.run())
    (table,) = page.dataframe
    assert list(table.value["used"]) == [9, 0]
    assert "x.pdf is a PDF, and no table." in words(page.error)
    assert "line 3: the time is no time" in words(page.markdown).casefold()
    page = study(page)
    assert engine.lab.bodies[1]["files"] == ["one", "two"]
    assert engine.lab.bodies[1]["end"] == NOW + 601 * MINUTE
    assert address(page)["files"] == "one,two"


def test_every_range_has_words() -> None:
    assert set(lab_range._LABELS) == set(lab_range.CHOICES)
