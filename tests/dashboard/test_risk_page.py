"""The risk page in Streamlit's test harness: what is drawn of an account, and what is asked of the engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from spreadscope.contract import KillEvent, KillSwitch, SettingChange
from spreadscope.dashboard.pages.paper_dialogs import Dialog
from tests.dashboard.fake_alerts import NOW
from tests.dashboard.fake_api import FakeApi
from tests.dashboard.fake_paper import OTHER, PAIR, busy, settings
from tests.dashboard.fake_risk import limits_of

SCRIPT = Path(__file__).parent / "risk_script.py"


@pytest.fixture
def trading(engine: FakeApi) -> FakeApi:
    engine.follow(PAIR, OTHER)
    account = busy(engine.paper.first)
    account.told_limits = limits_of(account.account())
    account.changes = [
        SettingChange(time=NOW - 60_000, by="a person", key="max_leverage", before=3.0, after=2.0),
        SettingChange(time=NOW - 90_000, by="a person", key="max_leverage", before=5.0, after=3.0),
    ]
    account.kills = [KillEvent(time=NOW - 1_000, active=False, by="a person", reason="the feed is back")]
    return engine


def ran(page: AppTest) -> AppTest:
    assert not page.exception, page.exception
    return page


def shown(dialog: bool = False) -> AppTest:
    page = AppTest.from_file(str(SCRIPT), default_timeout=30)
    if dialog:
        page.session_state["paper-dialog"] = (Dialog.WHAT_IF, 0)
    return ran(page.run())


def words(elements: object) -> str:
    return "\n".join(element.value for element in elements)  # type: ignore[attr-defined]


def told(page: AppTest, column: str) -> Any:
    """The table that has such a column."""
    return next(table.value for table in page.dataframe if column in table.value.columns)


def test_an_account_with_trades_shows_every_part(trading: FakeApi) -> None:
    page = shown()
    assert [each.value for each in page.subheader] == [
        "Limits", "Exposures", "What may be lost", "Stress", "Concentration and liquidity", "Funding at risk, 24 h",
        "Pairs that lose together", "Kill switch, so far", "What is not included",
    ]  # fmt: skip
    symbols = told(page, "β · value")
    assert set(symbols["symbol"]) == {"BTCUSDT", "ETHUSDT", "SOLUSDT"}
    assert [each.label for each in page.metric][:4] == ["Gross", "Net", "Leverage", "β to BTCUSDT"]
    tail = told(page, "VaR")
    assert len(tail) == 12
    hour = tail[(tail["over"] == "1 h") & (tail["level"] == "95%")]
    assert (hour["VaR"] < 0).all()
    assert (hour["ES"] < hour["VaR"]).all()
    assert (hour["forecasts"] == 360).all()
    stress = told(page, "scenario")
    assert {"dated", "stored bars", "parametric"} == set(stress["kind"])
    assert list(stress["P&L"]) == sorted(stress["P&L"])
    assert r"Not worked out, for the store has no bars of every leg on that day: 17 August 2023; 3" in words(
        page.caption
    )
    assert "insurance fund" in words(page.markdown)


def test_limits_say_how_near_they_are_and_who_set_them(trading: FakeApi) -> None:
    limits = told(shown(), "where it is reached").set_index("limit")
    assert limits.loc["leverage", "set"].endswith("by a person, was 3.0")
    assert limits.loc["drawdown", "set"] == "at the opening"
    assert limits.loc["loss of the day", "state"] == "⚠ near"
    assert limits.loc["loss of the day", "used"] == pytest.approx(0.84)
    assert limits.loc["largest share of one symbol", "state"] == "off"
    assert limits.loc["margin used", "where it is reached"] == "pulls the kill switch"
    assert limits.loc["leverage", "where it is reached"] == "refuses a trade"


def test_an_account_without_trades_says_what_will_be_here(engine: FakeApi) -> None:
    page = shown()
    assert "Once a pair trade is open you see here" in page.info[0].value
    assert "Stress" not in [each.value for each in page.subheader]
    assert "It was never pulled." in words(page.caption)


def test_few_bars_are_said_and_not_guessed(trading: FakeApi) -> None:
    trading.paper.first.days_of_bars = 1
    tail = told(shown(), "VaR")
    historical = tail[(tail["by"] == "historical") & (tail["over"] == "1 d") & (tail["level"] == "99%")].iloc[0]
    assert historical["verdict"] == "undefined: 100 whole days are needed, there are 0"
    assert historical[["VaR", "ES"]].isna().all()


def test_the_kill_switch_is_pulled_and_reset_with_a_reason(trading: FakeApi) -> None:
    page = shown()
    assert page.button(key="risk-kill-go").disabled
    page.text_input(key="risk-kill-reason").input("news at noon")
    ran(page.run())
    ran(page.button(key="risk-kill-go").click().run())
    assert trading.paper.bodies[-1] == ("kill", {"reason": "news at noon"})
    assert trading.paper.first.kill is not None
    assert "PULLED" in words(page.markdown)
    assert "News at noon" in words(page.markdown)
    page.text_input(key="risk-kill-reason").input("it was nothing")
    ran(page.run())
    ran(page.button(key="risk-kill-go").click().run())
    assert trading.paper.bodies[-1] == ("reset", {"reason": "it was nothing"})
    assert "Kill switch armed." in words(page.markdown)


def test_a_pulled_switch_says_by_whom_and_why(trading: FakeApi) -> None:
    trading.paper.first.kill = KillSwitch(time=NOW, by="limit", reason="drawdown 20.3%, the limit is 20%")
    text = words(shown().markdown)
    assert "by a limit" in text
    assert "Drawdown 20.3%, the limit is 20%." in text


def test_what_if_scales_a_trade_and_adds_a_pair(trading: FakeApi) -> None:
    page = shown(dialog=True)
    assert page.button(key="dialog-what-if-go").disabled
    page.number_input(key="dialog-scale-12").set_value(200.0)
    page.selectbox(key="dialog-add-pair").set_value(PAIR)
    ran(page.run())
    ran(page.button(key="dialog-what-if-go").click().run())
    path, body = trading.paper.bodies[-1]
    assert path == "risk/what-if"
    assert body["scaled"] == [{"trade": 12, "percent": 200.0}]
    assert body["added"] == [{"pair": PAIR, "timeframe": "1m", "side": 1, "notional": 1000.0}]
    figures = told(page, "then").set_index("figure")
    assert figures.loc["gross", "then"] > figures.loc["gross", "now"]
    assert figures.loc["gross", "change"] == pytest.approx(figures.loc["gross", "then"] - figures.loc["gross", "now"])


def test_the_last_figures_stay_while_no_engine_answers(trading: FakeApi) -> None:
    page = shown()
    trading.broken = True
    ran(page.run())
    assert "last known state" in words(page.error)
    assert len(told(page, "VaR")) == 12
    assert page.button(key="risk-what-if").disabled


def test_without_an_engine_or_an_account_it_says_so(engine: FakeApi) -> None:
    engine.paper.accounts.clear()
    assert "There is no paper account yet" in shown().info[0].value
    engine.broken = True
    assert shown().subheader[0].value == "Waiting for the engine"


def test_a_copy_of_the_settings_is_the_account_s_own(trading: FakeApi) -> None:
    trading.paper.first.settings = settings(kill_flattens=False)
    assert "leaves what is open" in words(shown().markdown)
