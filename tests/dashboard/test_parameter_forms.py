"""The dialog of model, windows and thresholds: a preview first, a change for a scope, and tests on demand."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from spreadscope.dashboard.pages.fit_cautions import fit_cautions
from spreadscope.dashboard.pages.parameter_forms import PREVIEW, preview_rows
from spreadscope.model.parameter_layers import Scope
from tests.dashboard.fake_api import FakeApi

SCRIPT = Path(__file__).parent / "parameters_script.py"
PAIR = "BTCUSDT/ETHUSDT"


@pytest.fixture
def dialog(engine: FakeApi) -> AppTest:
    engine.follow(PAIR)
    page = AppTest.from_file(str(SCRIPT), default_timeout=20).run()
    assert not page.exception
    return page


def field(key: str, place: str = f"{PAIR}|1m") -> str:
    return f"parameter-{place}-{key}"


def words(elements: object) -> str:
    return " ".join(element.value for element in elements).replace("\\", "")  # type: ignore[attr-defined]


def test_nothing_is_applied_before_something_differs(dialog: AppTest) -> None:
    assert dialog.button(key="parameters-apply").disabled
    assert dialog.button(key="parameters-reset").disabled


def test_a_change_goes_into_the_layer_of_its_scope(engine: FakeApi, dialog: AppTest) -> None:
    dialog.number_input(key=field("signals.entry")).set_value(2.5)
    dialog.text_input(key=field("analytics.hedge_window")).set_value("6h").run()
    dialog.button(key="parameters-apply").click().run()
    assert not dialog.exception
    expected = {"analytics.hedge_window": "6h", "signals.entry": 2.5}
    assert engine.parameters.puts == [{"pair": PAIR, "timeframe": "1m", "values": expected}]
    assert engine.parameters.layers.layer(Scope(PAIR, "1m")) == expected


def test_another_scope_is_another_layer(engine: FakeApi, dialog: AppTest) -> None:
    dialog.selectbox(key="parameters-for").set_value("all pairs at all timeframes").run()
    dialog.number_input(key=field("signals.stop", "|")).set_value(5.0).run()
    dialog.button(key="parameters-apply").click().run()
    assert engine.parameters.puts == [{"pair": "", "timeframe": "", "values": {"signals.stop": 5.0}}]


def test_the_plain_regression_of_prices_is_one_click(engine: FakeApi, dialog: AppTest) -> None:
    dialog.button(key=f"plain-{PAIR}|1m").click().run()
    dialog.button(key="parameters-preview").click().run()
    assert not dialog.exception
    assert engine.parameters.tried[0]["values"] == {"analytics.space": "level", "analytics.intercept": False}
    assert not engine.parameters.puts
    preview = dialog.session_state[PREVIEW]
    now, then = preview_rows(preview)
    assert (now["model"], then["model"]) == ("OLS on logarithms", "OLS on prices")
    assert (now["β"], then["β"], then["EG p"]) == ("1.2000", "2.2000", "warming up")


def test_windows_that_cannot_carry_their_statistics_are_said(engine: FakeApi, dialog: AppTest) -> None:
    del engine
    dialog.text_input(key=field("analytics.hedge_window")).set_value("200").run()
    dialog.button(key="parameters-preview").click().run()
    told = fit_cautions(dialog.session_state[PREVIEW].now, dialog.session_state[PREVIEW].timeframe)
    assert told[0].startswith("The hedge window of 240 rows is 4.0 half-lives long")
    assert "β is uncertain by 50%" in told[1]
    assert "3.3 half-lives" in words(dialog.warning)


def test_a_mistake_is_said_in_the_engines_words_and_nothing_changes(engine: FakeApi, dialog: AppTest) -> None:
    dialog.text_input(key=field("analytics.z_window")).set_value("soon").run()
    dialog.button(key="parameters-preview").click().run()
    assert "'soon' is no window" in words(dialog.error)
    dialog.button(key="parameters-apply").click().run()
    assert "'soon' is no window" in words(dialog.error)
    assert engine.parameters.layers.items() == []


def test_a_layer_can_be_taken_back(engine: FakeApi) -> None:
    engine.follow(PAIR)
    engine.parameters.layers.set(Scope(PAIR, "1m"), {"signals.entry": 3.0})
    page = AppTest.from_file(str(SCRIPT), default_timeout=20).run()
    assert page.number_input(key=field("signals.entry")).value == 3.0
    assert f"Set for {PAIR} at 1m: Entry at |z|." in words(page.caption)
    page.button(key="parameters-reset").click().run()
    assert engine.parameters.puts[-1]["values"] == {}
    assert engine.parameters.layers.items() == []


def test_a_test_on_demand_has_its_lags_and_trend(engine: FakeApi, dialog: AppTest) -> None:
    dialog.text_input(key="test-lags").set_value("3")
    dialog.selectbox(key="test-trend").set_value("a constant and a trend")
    next(button for button in dialog.button if button.label == "Test").click().run()
    assert not dialog.exception
    assert "GET /api/pair-tests" in engine.calls
    assert "Both directions together: p 0.024" in words(dialog.markdown)
