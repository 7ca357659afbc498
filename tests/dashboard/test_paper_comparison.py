"""An account beside its own backtest: which trades are the same, and what each part of the result came to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from streamlit.testing.v1 import AppTest

from spreadscope.contract import BacktestReport, BacktestTrade, JobState, PairTradingMode, PaperTrade, TradeParts
from spreadscope.dashboard.pages.paper_comparison import compared
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.trading_states import TradeOrigin, TradingMode
from spreadscope.replay.backtest_run import run_backtest
from tests.dashboard.fake_api import FakeApi
from tests.dashboard.fake_paper import trade
from tests.replay.backtest_market import PAIR, body, market

SCRIPT = Path(__file__).parent / "portfolio_script.py"
MINUTE = 60_000


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> BacktestReport:
    _, config = market(tmp_path_factory.mktemp("page") / "store")
    return run_backtest(config.data, config, body(), lambda *_: None).report


def traded(other: BacktestTrade, **given: object) -> PaperTrade:
    """The trade of an account that a trade of the backtest is."""
    parts = TradeParts(**{name: getattr(other.parts, name) / 1e8 for name in TradeParts.__struct_fields__})
    told: dict[str, Any] = {
        "side": other.side, "decided": other.decided + 400, "opened": other.opened, "closed": other.closed
    }  # fmt: skip
    return trade(other.id, other.pair, **{**told, "parts": parts, **given})


def amount(cell: object) -> float:
    assert isinstance(cell, float)
    return cell


def test_what_was_traded_alike_is_the_same_to_the_cent(report: BacktestReport) -> None:
    found = compared([traded(each) for each in report.trades], report, Timeframe.M1)
    assert len(report.trades) >= 5
    assert (found.both, found.account, found.backtest, found.open) == (*(len(report.trades),) * 3, 0)
    by_name, mine = ({str(row["USDT"]): amount(row[side]) for row in found.rows} for side in ("backtest", "account"))
    assert mine == pytest.approx(by_name)
    assert by_name["net"] == pytest.approx(report.figures.parts.net / 1e8)
    assert by_name["net"] == pytest.approx(sum(value for name, value in by_name.items() if name != "net"))
    assert by_name["fees"] < 0


def test_a_trade_is_found_once_and_one_on_the_other_side_is_another(report: BacktestReport) -> None:
    first, second, *_ = report.trades
    mine = [
        traded(first),
        traded(first),
        traded(second, side=-second.side),
        traded(second, decided=second.decided + 2 * MINUTE),
        traded(second, decided=report.last + 1),
    ]
    found = compared(mine, report, Timeframe.M1)
    assert (found.both, found.account, found.backtest) == (1, 4, len(report.trades))


def test_what_is_open_on_the_account_is_not_counted_in_the_backtest(report: BacktestReport) -> None:
    *closed, last = report.trades
    found = compared([*map(traded, closed), traded(last, closed=None)], report, Timeframe.M1)
    assert (found.both, found.account, found.backtest, found.open) == (*(len(closed),) * 3, 1)
    net = amount(found.rows[-1]["backtest"])
    assert net == pytest.approx((report.figures.parts.net - last.parts.net) / 1e8)


def opened() -> AppTest:
    page = AppTest.from_file(str(SCRIPT), default_timeout=20)
    page.session_state["portfolio-part"] = "Backtest"
    return ran(page.run())


def ran(page: AppTest) -> AppTest:
    assert not page.exception
    return page


def test_without_a_mode_it_says_what_to_do(engine: FakeApi) -> None:
    assert any("choose what signals do" in each.value for each in opened().caption)


def test_its_backtest_has_the_accounts_settings_and_stands_beside_it(engine: FakeApi, report: BacktestReport) -> None:
    account = engine.paper.first
    account.modes = [PairTradingMode(PAIR, Timeframe.M1, TradingMode.AUTO)]
    account.closed = [traded(each) for each in report.trades[1:]]
    account.closed.append(traded(report.trades[0], origin=TradeOrigin.TICKET))
    page = opened()
    ran(page.button(key="paper-comparison-begin").click().run())
    (sent,) = engine.jobs.bodies
    settings, opening = account.settings, account.account().opened
    assert (sent["pairs"], sent["timeframe"], sent["start"]) == ([PAIR], "1m", opening)
    assert (sent["cash"], sent["notional"]) == (settings.cash, settings.notional)
    assert (sent["taker_bps"], sent["maker_bps"]) == (settings.taker_fee_bps, settings.maker_fee_bps)
    assert (sent["latency_ms"], sent["execution"]) == (settings.latency_ms, settings.execution)
    assert (sent["costs"], sent["latencies"]) == ([], [])
    engine.jobs.end(engine.jobs.jobs["job0"], JobState.DONE, backtest_json=msgspec.json.encode(report))
    ran(page.run())
    count = len(report.trades)
    (told,) = [each.value for each in page.markdown if "The account closed" in each.value]
    assert told == (
        f"**{count - 1} trades are the same. The account closed {count - 1}, 0 of them not in the backtest;"
        f" the backtest closed {count}, 1 of them not on the account.**"
    )
    table = page.dataframe[0].value
    assert list(table["USDT"])[-1] == "net"
    assert table["backtest"].iloc[-1] == pytest.approx(report.figures.parts.net / 1e8)


def test_a_backtest_that_failed_says_why(engine: FakeApi) -> None:
    engine.paper.first.modes = [PairTradingMode(PAIR, Timeframe.M1, TradingMode.AUTO)]
    page = opened()
    ran(page.button(key="paper-comparison-begin").click().run())
    engine.jobs.end(engine.jobs.jobs["job0"], JobState.FAILED, "the store has no trades of AAAUSDT")
    assert "The store has no trades of AAAUSDT" in ran(page.run()).error[0].value
