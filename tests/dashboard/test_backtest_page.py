"""The backtest page in every state, and its numbers beside those of the engine."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from streamlit.testing.v1 import AppTest

from spreadscope.contract import BacktestReport, JobState
from spreadscope.contract.backtest_words import money, money_rows
from spreadscope.replay.backtest_run import run_backtest
from tests.dashboard.component_data import copied
from tests.dashboard.fake_api import FakeApi
from tests.replay.backtest_market import body, market

PAGE = Path(__file__).parent / "backtest_script.py"
PAIR = "ETHUSDT/BTCUSDT"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> BacktestReport:
    _, config = market(tmp_path_factory.mktemp("page") / "store")
    asked = body(costs=(0.0, 1.0), grid=("signals.entry=1.5",), check=True, formation_hours=0.5, trading_hours=0.5)
    return run_backtest(config.data, config, asked, lambda *_: None).report


def shown() -> AppTest:
    return ran(AppTest.from_file(str(PAGE), default_timeout=30).run())


def ran(page: AppTest) -> AppTest:
    assert not page.exception
    return page


def done(engine: FakeApi, report: BacktestReport) -> None:
    job = engine.jobs.begin("Backtest of AAAUSDT/BBBUSDT at 1m", "backtest")
    engine.jobs.end(job, JobState.DONE, backtest_json=msgspec.json.encode(report))


def test_before_the_first_run_it_says_what_one_is_and_begins_one(engine: FakeApi) -> None:
    engine.pairs = [PAIR]
    page = shown()
    assert "Nothing was run yet" in page.info[0].value
    assert page.text_input(key="backtest-pairs").value == PAIR
    page.text_input(key="backtest-from").input("2026-11-22 15:00").run()
    page.text_area(key="backtest-grid").input("signals.entry=1.5,2.5\nsignals.exit=0.2").run()
    assert any("3 runs over the same data" in each.value for each in ran(page).caption)
    page.button(key="backtest-begin").click().run()
    ran(page)
    (sent,) = engine.jobs.bodies
    assert (sent["pairs"], sent["timeframe"], sent["start"]) == ([PAIR], "1m", 1_795_359_600_000)
    assert sent["grid"] == ["signals.entry=1.5,2.5", "signals.exit=0.2"]
    assert (sent["costs"], sent["latencies"]) == ([0.0, 1.0, 2.0, 4.0], [0, 50, 250])
    page.button(key="cancel-job0").click().run()
    assert engine.jobs.jobs["job0"].state is JobState.CANCELLED
    assert any("cancelled" in each.value for each in shown().info)


def test_parameters_that_were_set_are_told_and_can_be_left_out(engine: FakeApi) -> None:
    engine.pairs = [PAIR]
    assert not any("as they are set" in each.value for each in shown().caption)
    engine.jobs.set_parameters = {"signals.entry": 2.5, "analytics.z_window": 30}
    page = shown()
    (told,) = [each.value.replace("\\", "") for each in page.caption if "as they are set" in each.value]
    assert told == "With parameters as they are set now: signals.entry 2.5, analytics.z_window 30."
    page.toggle(key="backtest-configured").set_value(True).run()
    page.button(key="backtest-begin").click().run()
    ran(page)
    assert engine.jobs.bodies[-1]["configured"] is True


@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        ("backtest-pairs", "BTCUSDT", "BTCUSDT"),
        ("backtest-from", "yesterday", "is no time"),
        ("backtest-costs", "1, twice", "is no list of numbers"),
    ],
)
def test_what_cannot_be_run_is_said_and_waits(engine: FakeApi, key: str, text: str, said: str) -> None:
    engine.pairs = [PAIR]
    page = shown()
    page.text_input(key=key).input(text).run()
    assert said in ran(page).error[0].value.replace("\\", "")
    assert page.button(key="backtest-begin").disabled


def test_a_failed_run_says_why(engine: FakeApi) -> None:
    job = engine.jobs.begin("Backtest of A/B at 1m", "backtest")
    engine.jobs.end(job, JobState.FAILED, "the store has no trades of <b>A</b>")
    error = shown().error[0].value
    assert "could not be made" in error
    assert "\\<b\\>" in error


def test_the_numbers_of_the_page_are_the_engines(engine: FakeApi, report: BacktestReport) -> None:
    done(engine, report)
    page = shown()
    answer = page.info[0].value.replace("\\", "").replace("−", "-")
    assert f"{report.figures.trades} trades, net {money(report.figures.parts.net)} USDT" in answer
    assert report.figures.verdict.split(":")[0] in answer
    tables = {str(frame.value.columns[0]): frame.value for frame in page.dataframe}
    shown_money = [cell.replace("−", "-") for cell in tables["part of the result"]["USDT"]]
    assert shown_money == [amount for _, amount in money_rows(report.figures.parts)]
    assert len(tables["kind"]) == len(report.variations)
    assert len(tables["id"]) == len(report.trades) == report.figures.trades
    assert report.walk_forward is not None
    assert len(tables["traded from (UTC)"]) == len(report.walk_forward.windows)
    assert copied(page) == [report.command]
    words = "\n".join(each.value for each in page.markdown).replace("\\", "")
    assert "no look-ahead: passed" in words
    for name in ("backtest.html", "backtest.pdf", "trades.csv", "backtest.json"):
        assert f"/download/jobs/job0/{name}" in "\n".join(each.value for each in page.markdown)
    assert all(each in words for each in report.assumptions)


def test_the_last_result_stays_while_no_engine_answers(engine: FakeApi, report: BacktestReport) -> None:
    done(engine, report)
    page = shown()
    engine.broken = True
    page.run()
    assert len(ran(page).dataframe) > 3


def test_without_an_engine_it_says_so(engine: FakeApi) -> None:
    engine.broken = True
    assert shown().subheader[0].value == "Waiting for the engine"
