"""A whole backtest: its variations, trials, walk-forward and checks, and that its command makes the same hash."""

from __future__ import annotations

import csv
import io
import shlex
from decimal import Decimal
from pathlib import Path

import msgspec
import numpy as np
import pytest

from spreadscope.contract import BacktestReport, Estimate, Variation
from spreadscope.exchange.port import InstrumentList
from spreadscope.model.config import Config
from spreadscope.model.errors import StoreError
from spreadscope.model.instrument import DEFAULT_VENUE
from spreadscope.model.parameter_layers import Scope
from spreadscope.replay.backtest_files import csv_text
from spreadscope.replay.backtest_job import PAGE, PRINT, REPORT, TRADES, BacktestJob
from spreadscope.replay.backtest_job import run as run_job
from spreadscope.replay.backtest_plan import with_parameters
from spreadscope.replay.backtest_report import equity_line, trials_report
from spreadscope.replay.backtest_run import BacktestAnswer, placebo_pairs, run_backtest, stored_instruments
from spreadscope.replay.backtest_tasks import Task, TaskOutcome
from spreadscope.replay.paper_backtest import BacktestResult
from spreadscope.replay.session_config import OF_THE_CORE
from spreadscope.research.job_kinds import KINDS, PARAMETERS
from spreadscope.store.directory import DATABASE, connect
from spreadscope.store.instrument_list import StoredInstrumentList, save_instrument_list
from spreadscope.store.parameters_table import store_parameters
from spreadscope.store.reader import StoreReader
from tests.replay.backtest_market import LISTED, PAIR, body, settings
from tests.support.command import command

Stored = tuple[StoreReader, Config]
ASKED = body(
    costs=(0.0, 1.0, 2.0), latencies=(0, 50), grid=("signals.entry=1.5,2,2.5",), formation_hours=0.5,
    trading_hours=0.5, placebo=2, check=True,
)  # fmt: skip


def nothing(fraction: float | None, words: str) -> None:
    assert fraction is None or -1e-9 <= fraction <= 1 + 1e-9
    assert words


@pytest.fixture(scope="module")
def answer(minutes: Stored) -> BacktestAnswer:
    _, config = minutes
    return run_backtest(config.data, config, ASKED, nothing, workers=1)


def of_kind(report: BacktestReport, kind: str) -> list[Variation]:
    return [each for each in report.variations if each.kind == kind]


def test_variations_are_lines_of_one_table(answer: BacktestAnswer) -> None:
    report = answer.report
    costs, latencies = of_kind(report, "costs"), of_kind(report, "latency")
    assert [each.name for each in costs] == ["×0", "×1", "×2"]
    assert [each.name for each in latencies] == ["0 ms", "50 ms"]
    assert costs[0].costs < costs[1].costs < costs[2].costs
    assert costs[1].net == latencies[1].net == report.figures.parts.net
    assert all(each.gross - each.costs == each.net for each in report.variations)
    placebo = of_kind(report, "placebo")
    assert len(placebo) == 2
    assert all(set(each.name.split("/")) != set(PAIR.split("/")) for each in placebo)


def test_every_trial_is_listed_and_judged(answer: BacktestAnswer) -> None:
    report = answer.report
    trials = of_kind(report, "trial")
    assert [each.name for each in trials] == [
        "as configured (signals.entry=2)",
        "signals.entry=1.5",
        "signals.entry=2.5",
    ]
    assert report.trials is not None
    assert report.trials.trials == 3
    assert report.trials.overfitting.why == "3 trials are too few: at least 8 are needed"
    assert report.trials.deflated_sharpe.value is not None
    assert trials[0].net == report.figures.parts.net


def test_the_walk_forward_chooses_among_the_trials(answer: BacktestAnswer) -> None:
    walked = answer.report.walk_forward
    assert walked is not None
    assert len(walked.windows) == 3
    assert {row.chosen for row in walked.windows} <= {each.name for each in of_kind(answer.report, "trial")}
    assert walked.net == sum(row.net for row in walked.windows)


def test_checks_are_lines_with_a_verdict(answer: BacktestAnswer) -> None:
    checks = {each.name: each for each in answer.report.checks}
    assert list(checks) == ["no look-ahead", "one bar later", "recursion"]
    assert checks["no look-ahead"].passed is True
    assert checks["recursion"].passed is None  # three hours are no four windows


def test_the_printed_command_makes_the_same_hash(answer: BacktestAnswer, minutes: Stored, tmp_path: Path) -> None:
    _, config = minutes
    plain = run_backtest(config.data, config, body(), nothing)
    assert plain.report.hash == answer.report.hash
    assert plain.report.settings["analytics.hedge_window"] == "40"
    file = tmp_path / "windows.toml"
    file.write_text("[analytics]\nhedge_window = 40\nz_window = 20\ncorrelation_window = 20\n", encoding="utf-8")
    words = shlex.split(plain.report.command)
    done = command(*words[1:], "--config", file, "--out", tmp_path / "r.html", "--csv", tmp_path / "t.csv")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == answer.report.hash
    assert f"{plain.report.figures.trades} trades, net" in done.stdout
    assert (tmp_path / "t.csv").read_text(encoding="utf-8") == csv_text(plain)
    assert "Backtest of AAAUSDT/BBBUSDT at 1m" in (tmp_path / "r.html").read_text(encoding="utf-8")
    printed = command(*words[1:], "--config", file, "--json")
    report = msgspec.json.decode(printed.stdout, type=BacktestReport)
    assert report.figures == plain.report.figures


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["AAAUSDT/BBBUSDT", "--data", "/nowhere"], "there is no store in /nowhere"),
        (["AAAUSDT"], "AAAUSDT"),
        (["A/B", "--execution", "slow"], "unknown execution 'slow'"),
        (["A/B", "--costs", "1,x"], "--costs '1,x' is no list of numbers"),
        (["A/B", "--walk-forward", "7d"], "--walk-forward '7d' is no pair of times"),
        (["A/B", "--grid", "signals.entri=1"], "did you mean 'signals.entry'"),
        (["A/B", "--timeframe", "3m"], "unknown timeframe '3m'"),
        (["A/B", "--out", "/nowhere/r.html"], "there is no folder /nowhere"),
        (["A/B", "--cash", "1e30"], "cash"),
    ],
)
def test_a_mistake_is_one_sentence(options: list[str], words: str, tmp_path: Path) -> None:
    done = command("backtest", *options, cwd=tmp_path)
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_csv_has_every_trade_to_the_last_digit(answer: BacktestAnswer) -> None:
    rows = list(csv.DictReader(io.StringIO(csv_text(answer))))
    assert len(rows) == answer.report.figures.trades
    total = sum((Decimal(row["net_usdt"]) for row in rows), Decimal(0))
    assert total == Decimal(answer.report.figures.parts.net).scaleb(-8)


def test_the_curve_keeps_its_ends_and_its_lowest_point(result: BacktestResult) -> None:
    line = equity_line(result.record, result.first_time, result.last_time)
    assert line.times[0] == result.first_time
    assert line.times[-1] == result.last_time
    assert line.equity[0] == result.record.account.cash
    one, first = result.record.equity[0], result.first_time + 1
    many = tuple(
        msgspec.structs.replace(one, time=first + place, equity=10**12 - (place == 4_321)) for place in range(6_000)
    )
    thin = equity_line(msgspec.structs.replace(result.record, equity=many), result.first_time, result.last_time)
    assert len(thin.times) <= 1_501
    assert result.first_time + 4_322 in thin.times


def outcome(name: str, returns: np.ndarray) -> TaskOutcome:
    none = Estimate(value=None)
    variation = Variation(
        kind="trial", name=name, trades=1, gross=0, costs=0, net=0, sharpe=none, mean_return=none, significant=None
    )
    return TaskOutcome(
        task=Task(kind="trial", name=name, settings=settings()), variation=variation, returns=tuple(returns)
    )


def test_the_best_of_noise_is_told_from_skill() -> None:
    rng = np.random.default_rng(3)
    noise = [outcome(str(place), 0.01 * rng.standard_normal(200)) for place in range(12)]
    chance = trials_report(noise, 365.0)
    skilled = trials_report([*noise, outcome("skill", 0.01 + 0.01 * rng.standard_normal(200))], 365.0)
    assert chance is not None
    assert skilled is not None
    assert (chance.deflated_sharpe.value or 1.0) < 0.95 < (skilled.deflated_sharpe.value or 0.0)
    assert "is not better than the best that chance gives" in chance.words
    assert skilled.best == "skill"
    assert (skilled.overfitting.value or 0.0) < 0.1 < (chance.overfitting.value or 0.0)
    assert trials_report([], 365.0) is None
    few = trials_report([outcome(str(place), 0.01 * rng.standard_normal(20)) for place in range(9)], 365.0)
    assert few is not None
    assert few.overfitting.why == "20 periods are too few: at least 32 are needed"


def test_order_rules_are_those_that_the_venue_listed_last(minutes: Stored, tmp_path: Path) -> None:
    database = tmp_path / DATABASE
    source = connect(minutes[1].data / DATABASE, read_only=True)
    target = connect(database)
    source.backup(target)
    source.close()
    assert stored_instruments(database, ["AAAUSDT"]) == ()
    listed = InstrumentList({each.symbol: each for each in LISTED}, None)
    for document in (msgspec.json.encode(listed).decode(), "{"):
        saved = save_instrument_list(DEFAULT_VENUE, StoredInstrumentList("", 1, document))
        target.execute(saved.sql, saved.values)
        if document != "{":
            assert stored_instruments(database, ["AAAUSDT", "NONEUSDT"]) == (LISTED[0],)
    with pytest.raises(StoreError, match="cannot be read"):
        stored_instruments(database, ["AAAUSDT"])
    target.close()


def test_placebo_pairs_are_the_same_for_a_seed(minutes: Stored) -> None:
    reader, _ = minutes
    first, again, other = (placebo_pairs(reader, settings(), 5, seed) for seed in (1, 1, 2))
    assert first == again != other
    assert len({frozenset(pair.symbols) for pair in first}) == 5
    assert frozenset(PAIR.split("/")) not in {frozenset(pair.symbols) for pair in first}


def test_parameters_that_were_set_are_those_of_the_store_and_are_told(minutes: Stored, tmp_path: Path) -> None:
    _, config = minutes
    source, target = connect(config.data / DATABASE, read_only=True), connect(tmp_path / DATABASE)
    source.backup(target)
    source.close()
    saved = store_parameters(Scope(PAIR, "1m"), {"signals.entry": 1.25})
    target.execute(saved.sql, saved.values)
    target.close()
    by_hand = run_backtest(config.data, with_parameters(config, {"signals.entry": 1.25}), body(), nothing).report
    told = run_backtest(tmp_path, config, body(), nothing).report
    assert told.hash == by_hand.hash != run_backtest(config.data, config, body(), nothing).report.hash
    assert told.settings == by_hand.settings
    assert any("as they were set" in each and each.endswith("signals.entry=1.25") for each in told.assumptions)
    alone = run_backtest(tmp_path, config, body(configured=True), nothing).report
    assert alone.hash != told.hash
    assert any("left out" in each for each in alone.assumptions)
    assert "--configured" in alone.command


def test_the_job_writes_report_page_and_trades(minutes: Stored, tmp_path: Path) -> None:
    _, config = minutes
    core = msgspec.json.decode(config.model_dump_json(include=OF_THE_CORE))
    job = BacktestJob(str(config.data), body(), core)
    (tmp_path / PARAMETERS).write_bytes(msgspec.json.encode(job))
    assert KINDS["backtest"] == run_job.__module__
    assert list(run_job(tmp_path, nothing)) == [REPORT, PAGE, PRINT, TRADES]
    report = msgspec.json.decode((tmp_path / REPORT).read_bytes(), type=BacktestReport)
    assert report.hash == run_backtest(config.data, config, body(), nothing).report.hash
    assert (tmp_path / PAGE).read_text(encoding="utf-8").startswith("<!doctype html>")
    assert (tmp_path / TRADES).stat().st_size > 100


def test_the_job_knows_what_was_set_when_it_was_asked_for(minutes: Stored, tmp_path: Path) -> None:
    _, config = minutes
    core = msgspec.json.decode(config.model_dump_json(include=OF_THE_CORE))
    job = BacktestJob(str(config.data), body(), core, ((PAIR, "", {"signals.entry": 1.25}),))
    (tmp_path / PARAMETERS).write_bytes(msgspec.json.encode(job))
    run_job(tmp_path, nothing)
    report = msgspec.json.decode((tmp_path / REPORT).read_bytes(), type=BacktestReport)
    assert report.settings["signals.entry"] == "1.25"
