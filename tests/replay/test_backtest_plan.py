"""What is asked becomes runs, or one sentence; and the command line that is printed asks the same again."""

from __future__ import annotations

import shlex
from pathlib import Path
from unittest import mock

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spreadscope.contract import BacktestBody
from spreadscope.model.config import Config
from spreadscope.model.errors import ConfigError, SpreadscopeError
from spreadscope.model.parameter_layers import Scope
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.trading_states import Execution
from spreadscope.replay.backtest_plan import changed_settings, command_of, plan_of, trials_of, with_parameters
from tests.replay.backtest_market import body
from tests.support.command import command

CONFIG = Config()


def test_a_grid_is_every_combination_but_the_configured_one() -> None:
    trials, left_out = trials_of(["signals.entry=1.5,2", "signals.exit=0.5,1; analytics.hedge=ols"], CONFIG)
    assert [(each["signals.entry"], each["signals.exit"]) for each in trials] == [(1.5, 0.5), (1.5, 1.0), (2.0, 1.0)]
    assert left_out == ()


def test_what_does_not_go_together_is_left_out_with_its_reason() -> None:
    trials, left_out = trials_of(["signals.entry=1,3", "signals.exit=0.5,2"], CONFIG)
    assert len(trials) == 3
    assert left_out == ("signals.entry=1 signals.exit=2: signals need exit < entry < stop",)


def test_windows_and_switches_are_read() -> None:
    trials, _ = trials_of(["analytics.hedge_window=2h,240", "signals.scaled=true"], CONFIG)
    assert [each["analytics.hedge_window"] for each in trials] == ["2h", 240]
    assert with_parameters(CONFIG, trials[0]).analytics.at(Timeframe.M1).hedge_window == 120
    assert with_parameters(CONFIG, trials[0]).signals.scaled is True


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"pairs": ()}, "no pair is named"),
        ({"pairs": ("AAAUSDT",)}, "AAAUSDT"),
        ({"start": 10, "end": 10}, "ends before it begins"),
        ({"grid": ("signals.entri=1",)}, "did you mean 'signals.entry'"),
        ({"grid": ("signals.entry",)}, "names no values"),
        ({"grid": ("signals.entry=high",)}, "is not of its kind"),
        ({"grid": ("signals.entry=2",)}, "its only values are the configured ones"),
        ({"grid": ("signals.entry=0.1",)}, "exit < entry < stop"),
        ({"grid": ("signals.stop=" + ",".join(map(str, range(5, 300))),)}, "at most 200 are made"),
        ({"formation_hours": 2.0}, "needs both"),
        ({"formation_hours": 2.0, "trading_hours": 1.0}, "chooses among the trials of a grid"),
    ],
)
def test_what_cannot_be_run_is_refused_in_a_sentence(changes: dict[str, object], words: str) -> None:
    with pytest.raises(SpreadscopeError, match=words):
        plan_of(body(**changes), CONFIG)


def test_the_account_is_as_asked() -> None:
    plan = plan_of(body(cash=500.0, notional=50.0, taker_bps=1.0, latency_ms=9, placebo=3), CONFIG)
    account = plan.settings.account
    assert (account.cash, account.notional, account.taker_fee_bps, account.latency_ms) == (500.0, 50.0, 1.0, 9)
    assert plan.runs == 4


def test_the_section_of_paper_accounts_holds_where_the_body_says_nothing() -> None:
    paper = CONFIG.paper.model_copy(update={"impact_factor": 3.5, "cash": 7.0, "drawdown_percent": 1.0})
    config = CONFIG.model_copy(update={"paper": paper})
    account = plan_of(body(), config).settings.account
    assert (account.impact_factor, account.cash, account.drawdown_percent) == (3.5, 10_000.0, 0.0)
    assert changed_settings(config) == {"paper.impact_factor": "3.5"}


def test_parameters_that_were_set_hold_above_the_configuration() -> None:
    layers = [
        (Scope("", "1m"), {"signals.entry": 2.5, "signals.exit": 0.3}),
        (Scope("AAAUSDT/BBBUSDT"), {"signals.entry": 3.0, "analytics.z_window": 30}),
        (Scope("CCCUSDT/DDDUSDT"), {"signals.entry": 1.25}),  # of another pair
        (Scope("", "5m"), {"signals.stop": 9.0}),  # of another timeframe
    ]
    plan = plan_of(body(grid=("signals.entry=2,3",)), CONFIG, layers)
    assert plan.parameters == {"signals.entry": 3.0, "signals.exit": 0.3, "analytics.z_window": 30}
    assert plan.config == with_parameters(CONFIG, plan.parameters)
    assert plan.trials == ({"signals.entry": 2.0},), "3 is what is set"
    alone = plan_of(body(configured=True), CONFIG, layers)
    assert (alone.parameters, alone.config) == ({}, CONFIG)


def test_pairs_with_unlike_parameters_are_backtested_one_at_a_time() -> None:
    layers = [(Scope("CCCUSDT/DDDUSDT"), {"signals.entry": 3.0})]
    both = body(pairs=("AAAUSDT/BBBUSDT", "CCCUSDT/DDDUSDT"))
    with pytest.raises(ConfigError, match=r"signals.entry is set to 2\.0 for AAAUSDT/BBBUSDT, and to 3\.0 for CCCUSDT"):
        plan_of(both, CONFIG, layers)
    assert plan_of(msgspec.structs.replace(both, configured=True), CONFIG, layers).parameters == {}
    alike = [(Scope("", "1m"), {"signals.entry": 3.0})]
    assert plan_of(both, CONFIG, alike).parameters == {"signals.entry": 3.0}


def test_parameters_that_do_not_fit_the_configuration_are_refused_with_a_way_out() -> None:
    layers = [(Scope("AAAUSDT/BBBUSDT"), {"signals.entry": 0.01})]
    with pytest.raises(ConfigError, match=r"do not fit the configuration .*: take those of the configuration alone"):
        plan_of(body(), CONFIG, layers)
    assert plan_of(body(configured=True), CONFIG, layers).parameters == {}


def test_settings_that_are_not_the_defaults_are_listed() -> None:
    assert changed_settings(CONFIG) == {}
    assert changed_settings(with_parameters(CONFIG, {"signals.entry": 2.5})) == {"signals.entry": 2.5}


@settings(max_examples=20, deadline=None)
@given(
    st.builds(
        BacktestBody,
        pairs=st.just(("AAAUSDT/BBBUSDT", "CCCUSDT/DDDUSDT")),
        timeframe=st.sampled_from(Timeframe),
        start=st.none() | st.integers(1, 2_000_000_000_000),
        end=st.none() | st.integers(2_000_000_000_001, 2_100_000_000_000),
        notional=st.integers(100, 10**8).map(lambda cents: cents / 100),
        cash=st.integers(100, 10**11).map(lambda cents: cents / 100),
        execution=st.sampled_from(Execution),
        taker_bps=st.sampled_from([0.0, 0.25, 5.0]),
        latency_ms=st.integers(0, 5_000),
        costs=st.lists(st.sampled_from([0.0, 0.5, 1.0, 4.0]), max_size=3, unique=True).map(tuple),
        latencies=st.lists(st.integers(0, 900), max_size=3, unique=True).map(tuple),
        grid=st.sampled_from([(), ("signals.entry=1.5,2",), ("signals.entry=1.5", "analytics.hedge=ols,tls")]),
        placebo=st.integers(0, 9),
        seed=st.integers(0, 99),
        check=st.booleans(),
        configured=st.booleans(),
    )
)
def test_the_command_asks_the_same_again(asked: BacktestBody) -> None:
    words = shlex.split(command_of(asked, Path("/some data")))
    assert words[:2] == ["spreadscope", "backtest"]
    with (
        mock.patch("spreadscope.commands.backtests.run_command") as run,
        mock.patch("spreadscope.commands.compile_kernels.ensure_compiled"),
    ):
        done = command(*words[1:])
    assert (done.returncode, done.stderr) == (0, "")
    config, again = run.call_args.args
    assert config.data == Path("/some data")
    assert again == asked
