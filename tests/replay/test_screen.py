"""A screen is the core's backtest in compiled code: the same signals, the same trades to the cent, and it says where it
cannot know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest

from spreadscope.engine import Engine
from spreadscope.engine.journal_entry import JournalEntry
from spreadscope.model.config import Config, load_config
from spreadscope.model.errors import ConfigError
from spreadscope.model.events import Trades
from spreadscope.model.facts import Fact, PairRow, Signal
from spreadscope.model.instrument import Instrument, Pair
from spreadscope.model.states import Action
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.trading import UNIT, AccountSettings
from spreadscope.model.trading_states import Execution
from spreadscope.pairs.row_series import row_series
from spreadscope.replay.backtest_figures import entered
from spreadscope.replay.backtest_plan import plan_of
from spreadscope.replay.backtest_run import run_backtest
from spreadscope.replay.paper_backtest import BacktestResult, BacktestSettings, backtest
from spreadscope.replay.screen import Screen, Screened, screen_of
from spreadscope.replay.screen_trials import CHECK
from spreadscope.store.reader import StoreReader
from tests.replay.backtest_market import ACCOUNT, LISTED, body, settings
from tests.support.market_store import at_steps, market_config, tied_walks, write_market, write_trades

Stored = tuple[StoreReader, Config]
SHARED = Path(__file__).parents[2] / ".." / "shared" / "data" / "ticks" / "um_trades_btc_eth_2024-08-08.parquet"
SIGNS = {Action.BUY_SPREAD: 1, Action.SELL_SPREAD: -1, Action.EXIT: 0}
SHORT = {"analytics__hedge_window": 40, "analytics__z_window": 20, "analytics__correlation_window": 20}


@dataclass
class Both:
    """The core's backtest and the screen of the same."""

    core: BacktestResult
    signals: list[Signal]
    rows: list[PairRow]
    screen: Screen
    screened: Screened


def both(reader: StoreReader, config: Config, asked: BacktestSettings, listed: tuple[Instrument, ...] = LISTED) -> Both:
    signals: list[Signal] = []
    rows: list[PairRow] = []

    def observe(engine: Engine, facts: list[Fact], entries: list[JournalEntry]) -> None:
        signals.extend(fact for fact in facts if isinstance(fact, Signal))
        rows.extend(fact for fact in facts if isinstance(fact, PairRow))

    core = backtest(reader, config, asked, listed, observe=observe)
    screen = screen_of(reader, config, asked, listed)
    return Both(core, signals, rows, screen, screen.run(config))


def require_equal(found: Both, config: Config) -> None:
    """Signals equal in time and side, z to 1e-9, every trade to the cent (in fact to 1e-7 of one)."""
    assert [(each.time, SIGNS[each.action]) for each in found.signals] == [
        (each.time, each.action) for each in found.screened.signals
    ]
    market = found.screen.market
    z = row_series(market.legs, config.analytics.at(market.timeframe)).z
    for row in found.rows:
        place = (row.time - int(market.legs.times[0])) // market.timeframe.milliseconds
        value = row.z.value
        assert np.isnan(z[place]) if value is None else z[place] == pytest.approx(value, rel=1e-9, abs=1e-9)
    trades = entered(found.core.record.trades_closed)
    assert [trade.decided for trade in trades] == [trade.decided for trade in found.screened.trades]
    for trade, screened in zip(trades, found.screened.trades, strict=True):
        parts = trade.attribution
        assert parts is not None
        assert trade.side == screened.side
        assert parts.net / UNIT == pytest.approx(screened.net, abs=1e-6)
        assert (parts.spread + parts.imbalance + parts.drift) / UNIT == pytest.approx(screened.gross, abs=1e-6)
        assert (parts.fees / UNIT, parts.slippage / UNIT) == pytest.approx((screened.fees, screened.slippage), abs=1e-6)
    assert found.screened.unsure == 0
    assert sum(found.core.record.refused.values()) == sum(found.screened.refused.values())


@pytest.mark.parametrize(
    ("seed", "timeframe", "seconds", "options"),
    [
        (5, Timeframe.M1, 18_000, {}),
        (6, Timeframe.M1, 18_000, {"analytics__hedge": "kalman", "signals__time_stop_half_lives": 1.0}),
        (7, Timeframe.M1, 18_000, {"analytics__hedge": "rolling_ols", "signals__stop": 2.6}),
        (8, Timeframe.M1, 18_000, {"analytics__space": "level", "signals__time_stop_seconds": 240.0}),
        (9, Timeframe.S1, 1_500, {"signals__time_stop_from": "window", "signals__time_stop_half_lives": 0.5}),
    ],
)
def test_signals_and_trades_are_those_of_the_core(
    tmp_path: Path, seed: int, timeframe: Timeframe, seconds: int, options: dict[str, object]
) -> None:
    reader = write_market(tmp_path / "store", tied_walks(seconds, seed=seed, noise=5e-4))
    config = market_config(tmp_path / "store", **SHORT | options)
    found = both(reader, config, settings(timeframe=timeframe))
    require_equal(found, config)
    assert found.screened.count >= 5


@pytest.mark.parametrize(
    "account",
    [
        {"latency_ms": 700, "taker_fee_bps": 0.0},
        {"notional": 9_000.0, "impact_factor": 5.0, "max_leverage": 1.0},
        {"notional": 60.0},
        {"max_quote_age_ms": 400},
    ],
)
def test_costs_and_refusals_are_those_of_the_account(minutes: Stored, account: dict[str, float]) -> None:
    reader, config = minutes
    found = both(reader, config, settings(account=msgspec.structs.replace(ACCOUNT, **account)))
    if "max_quote_age_ms" in account:  # every decision comes a second after the bar's last trades
        assert found.screened.count == 0 == len(entered(found.core.record.trades_closed))
        assert found.screened.refused == {"quote too old": found.core.record.refused["quote too old"]}
    else:
        require_equal(found, config)


def test_a_sparse_market_is_told(tmp_path: Path) -> None:
    """A trade every 2.3 s: quotes are often too old, and only trades that met one may be others."""
    reader = write_market(tmp_path / "store", tied_walks(9_000, seed=5, noise=5e-4), step_ms=2_300)
    config = market_config(tmp_path / "store", **SHORT)
    found = both(reader, config, settings())
    assert found.screened.unsure > 0
    assert f"{found.screened.unsure} of {found.screened.count} trades met a quote" in found.screened.fidelity
    nets = {trade.decided: trade.attribution.net for trade in entered(found.core.record.trades_closed)}
    for trade in found.screened.trades:
        if not trade.unsure:
            assert nets[trade.decided] / UNIT == pytest.approx(trade.net, abs=1e-6)
    assert found.screened.refused["quote too old"] == found.core.record.refused["quote too old"]


def test_holes_of_minutes_change_nothing(tmp_path: Path) -> None:
    """Stretches without a trade of one leg, of both, and a beginning with one leg alone."""
    prices = tied_walks(14_400, seed=11, noise=5e-4)
    place = np.arange(14_400)
    there = {
        "AAAUSDT": (place > 400) & ~((place > 5_000) & (place < 5_400)) & ~((place > 9_000) & (place < 9_700)),
        "BBBUSDT": ~((place > 7_000) & (place < 7_070)) & ~((place > 9_000) & (place < 9_650)),
    }
    steps = {name: place[kept] for name, kept in there.items()}
    reader = write_trades(tmp_path / "store", at_steps(prices, steps))
    config = market_config(tmp_path / "store", **SHORT)
    found = both(reader, config, settings())
    require_equal(found, config)
    assert found.screened.count >= 5


@pytest.mark.skipif(not SHARED.is_file(), reason="needs the recordings beside the checkout")
def test_real_trades_are_traded_alike(tmp_path: Path) -> None:
    table = pq.read_table(SHARED)
    batches = []
    for symbol in ("BTCUSDT", "ETHUSDT"):
        part = table.filter(np.asarray(table["symbol"].to_pylist()) == symbol).sort_by("trade_id")
        columns = [part[name].to_numpy(zero_copy_only=False) for name in ("trade_id", "trade_time_ms", "price", "qty")]
        maker = part["is_buyer_maker"].to_numpy(zero_copy_only=False)
        ids, times, price, quantity = columns
        batches.append(Trades(symbol, ids, times, price.astype(float), quantity.astype(float), maker))
    reader = write_trades(tmp_path / "store", batches)
    config = load_config(None, data=tmp_path / "store", **SHORT)
    asked = BacktestSettings(pairs=(Pair("BTCUSDT", "ETHUSDT"),), timeframe=Timeframe.S1, account=ACCOUNT)
    found = both(reader, config, asked, ())
    require_equal(found, config)
    assert found.screened.count >= 3


def test_a_sweep_is_its_single_runs(minutes: Stored) -> None:
    reader, config = minutes
    screen = screen_of(reader, config, settings(), LISTED)
    configs = [
        market_config(Path(), **SHORT | {"signals__entry": entry, "analytics__hedge_window": window})
        for entry in (1.5, 2.5)
        for window in (30, 50)
    ]
    done: list[int] = []
    swept = list(screen.sweep(configs, done.append))
    assert [each.trades for each in swept] == [screen.run(each).trades for each in configs]
    assert len({each.trades for each in swept}) == 4
    assert done[-1] == 4


@pytest.mark.parametrize(
    ("asked", "options", "words"),
    [
        ({"pairs": (Pair("AAAUSDT", "BBBUSDT"), Pair("CCCUSDT", "DDDUSDT"))}, {}, "of one pair"),
        ({"account": AccountSettings(execution=Execution.PASSIVE_FIRST)}, {}, "both legs at market"),
        ({"account": AccountSettings(latency_ms=60_000)}, {}, "not below a bar"),
        ({}, {"signals__scaled": True}, "signals.scaled"),
        ({}, {"signals__need_evidence": True}, "signals.need_evidence"),
        ({}, {"analytics__hedge": "huber"}, "analytics.hedge=huber"),
    ],
)
def test_what_a_screen_does_not_know_is_refused(
    minutes: Stored, asked: dict[str, object], options: dict[str, object], words: str
) -> None:
    reader, config = minutes
    config = market_config(Path(config.data), **SHORT | options)
    with pytest.raises(ConfigError, match=words):
        screen_of(reader, config, settings(**asked), LISTED)


@pytest.fixture(scope="module")
def nothing() -> Callable[[float | None, str], None]:
    return lambda fraction, words: None


def test_the_trials_of_a_backtest_can_be_screened(
    minutes: Stored, nothing: Callable[[float | None, str], None]
) -> None:
    """The same lines as of the whole core, the best one made by it, and a check that they are one."""
    _, config = minutes
    grid = ("signals.entry=1.5,1.8,2.2", "signals.exit=0,0.5")
    screened = run_backtest(config.data, config, body(grid=grid, screen=True), nothing, workers=1).report
    whole = run_backtest(config.data, config, body(grid=grid), nothing, workers=1).report
    lines = {each.name: each for each in screened.variations}
    assert lines.keys() == {each.name for each in whole.variations}
    for line in whole.variations:
        assert lines[line.name].trades == line.trades
        assert lines[line.name].net == pytest.approx(line.net, abs=100)
        assert lines[line.name].gross == pytest.approx(line.gross, abs=100)
        assert lines[line.name].mean_return.value == pytest.approx(line.mean_return.value, abs=1e-7)
    check = {each.name: each for each in screened.checks}[CHECK]
    assert check.passed is True
    assert check.words.startswith(screened.trials.best)
    assert screened.trials.fidelity.startswith("screened: rows, signals and costs")
    assert whole.trials.fidelity == ""
    assert screened.trials.best == whole.trials.best
    assert "--screen" in screened.command.split()


def test_sets_that_cannot_be_screened_are_left_out(minutes: Stored) -> None:
    _, config = minutes
    plan = plan_of(body(grid=("analytics.hedge=kalman,huber",), screen=True), config)
    assert [each["analytics.hedge"] for each in plan.trials] == ["kalman"]
    assert "analytics.hedge=huber has no fast rows" in plan.left_out[0]
    with pytest.raises(ConfigError, match="a screen tries the sets of a grid"):
        plan_of(body(screen=True), config)
    many = ("signals.entry=" + ",".join(f"{1 + row / 100:g}" for row in range(60)), "signals.exit=0,0.1,0.2,0.3")
    with pytest.raises(ConfigError, match=r"240 trials, and at most 200 are made: .* or screen up to 2000"):
        plan_of(body(grid=many), config)
    assert len(plan_of(body(grid=many, screen=True), config).trials) == 240
