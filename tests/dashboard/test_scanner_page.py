"""The scanner page in every state, and its numbers beside those of the engine."""

from __future__ import annotations

import io
import json
from pathlib import Path

import msgspec
import pytest
from streamlit.testing.v1 import AppTest

from spreadscope.contract import JobState
from spreadscope.research.pair_scan import ScanAnswer
from spreadscope.research.scan_job import frame as frame_of
from tests.dashboard.component_data import component_data
from tests.dashboard.fake_api import FakeApi
from tests.support.closes import frame, scanned

PAGE = Path(__file__).parent / "scanner_script.py"


@pytest.fixture(scope="module")
def passing() -> ScanAnswer:
    return scanned(frame())


@pytest.fixture(scope="module")
def failing() -> ScanAnswer:
    return scanned(frame(1, tied=False))


def shown() -> AppTest:
    return ran(AppTest.from_file(str(PAGE), default_timeout=30).run())


def ran(page: AppTest) -> AppTest:
    assert not page.exception
    return page


def done(engine: FakeApi, answer: ScanAnswer) -> None:
    table = io.BytesIO()
    frame_of(answer).write_parquet(table)
    engine.jobs.end(
        engine.jobs.begin(),
        JobState.DONE,
        report_json=msgspec.json.encode(answer.report),
        pairs_parquet=table.getvalue(),
    )


def test_before_the_first_scan_it_says_what_one_is(engine: FakeApi) -> None:
    page = shown()
    assert "Nothing is scanned yet" in page.info[0].value
    assert not page.button(key="scan-begin").disabled
    page.button(key="scan-begin").click().run()
    ran(page)
    (body,) = engine.jobs.bodies
    assert (body["source"], body["candle"], body["top"], body["fee"]) == ("exchange", "1h", 30, 0.0005)
    assert not page.button(key="cancel-job0").disabled


def test_a_running_scan_is_cancelled(engine: FakeApi) -> None:
    engine.jobs.begin()
    page = shown()
    assert page.get("progress")[0].proto.value == 25
    text = page.get("progress")[0].proto.text.replace("\\", "")
    assert text == "Top 30 perpetuals in USDT: Candles of BTCUSDT, 3 of 30."
    page.button(key="cancel-job0").click().run()
    assert engine.jobs.jobs["job0"].state is JobState.CANCELLED


def test_an_ended_scan_without_a_result_says_why(engine: FakeApi) -> None:
    engine.jobs.end(engine.jobs.begin(), JobState.CANCELLED)
    assert "This scan was cancelled. Nothing was changed." in shown().info[0].value
    engine.jobs.end(engine.jobs.begin(), JobState.FAILED, "the symbols have 12 bars in common: choose <b>others</b>")
    error = shown().error[0].value
    assert "This scan could not be made" in error
    assert "The symbols have 12 bars in common" in error
    assert "\\<b\\>" in error


def test_that_no_pair_passes_is_the_first_thing_it_says(engine: FakeApi, failing: ScanAnswer) -> None:
    done(engine, failing)
    page = shown()
    assert "No pair passes" in page.info[0].value
    assert not page.success
    page.toggle(key="scan-only-passing").set_value(True).run()
    assert any("No pair passes." in each.value for each in ran(page).info)


def test_the_numbers_of_the_page_are_the_engines(engine: FakeApi, passing: ScanAnswer) -> None:
    done(engine, passing)
    page = shown()
    assert "1 pair passes" in page.success[0].value
    table = page.dataframe[0].value
    assert list(table["pair"]) == [f"{row.y}/{row.x}" for row in passing.rows]
    assert list(table["p"]) == [row.pvalue for row in passing.rows]
    assert list(table["q by chance"]) == [row.calibrated_bh for row in passing.rows]
    assert list(table["break-even z"]) == [row.break_even_z for row in passing.rows]
    assert list(table["passes"]) == ["yes", *[""] * 9]
    (told,) = component_data(page, "heatmap")
    assert told["map"] == json.loads(msgspec.json.encode(passing.report.heat_map))
    page.text_input(key="scan-find").input("cusdt").run()
    assert all("CUSDT" in pair for pair in ran(page).dataframe[0].value["pair"])
    page.text_input(key="scan-find").input("<b>").run()
    assert any("There is no pair with" in each.value for each in ran(page).info)


def test_a_list_that_the_engine_refuses_stops_the_scan(engine: FakeApi) -> None:
    page = shown()
    for text, said in (
        (" ".join(f"S{number}USDT" for number in range(500)), "500 symbols are named"),
        ("🙂!", "Malformed symbol"),
        ("A/B B/A", "is a pair"),
    ):
        page.text_area(key="scan-symbols").input(text).run()
        assert said in ran(page).error[0].value.replace("\\", "")
        assert page.button(key="scan-begin").disabled
    assert not engine.jobs.bodies


def test_a_lost_engine_leaves_the_last_result(engine: FakeApi, passing: ScanAnswer) -> None:
    done(engine, passing)
    page = shown()
    engine.broken = True
    page.run()
    assert "What you see is the last known state" in ran(page).error[0].value
    assert page.button(key="scan-begin").disabled
    assert page.dataframe[0].value["pair"].iloc[0] == f"{passing.rows[0].y}/{passing.rows[0].x}"


def test_without_an_engine_it_waits(engine: FakeApi) -> None:
    engine.broken = True
    assert shown().subheader[0].value == "Waiting for the engine"
