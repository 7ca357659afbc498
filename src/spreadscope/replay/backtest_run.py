"""A whole backtest over a store: the run itself, its variations, trials, walk-forward, placebo and checks."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from spreadscope.contract import (
    MOST_TRIALS,
    BacktestBody,
    BacktestReport,
    BacktestTrade,
    CheckLine,
    TrialsReport,
    Variation,
)
from spreadscope.contract import WalkForward as WalkForwardReport
from spreadscope.exchange.port import InstrumentList
from spreadscope.model.config import Config
from spreadscope.model.errors import StoreError
from spreadscope.model.instrument import Instrument, Pair, venue_of
from spreadscope.model.parameter_layers import Scope, Values, plain_values
from spreadscope.replay import walk_forward
from spreadscope.replay.backtest_checks import LAGGED, check_lag, check_prefix, check_recursion, lagged
from spreadscope.replay.backtest_figures import money_parts, period_size, returns_of
from spreadscope.replay.backtest_plan import (
    BacktestPlan,
    Parameters,
    changed_settings,
    command_of,
    plan_of,
    trial_name,
    with_parameters,
)
from spreadscope.replay.backtest_report import best_trial, report_of, trade_rows, trials_report
from spreadscope.replay.backtest_tasks import (
    MOST_WORKERS,
    Progress,
    Shared,
    Task,
    TaskOutcome,
    observer,
    run_tasks,
    task_trades,
    variation_of,
)
from spreadscope.replay.paper_backtest import HOUR, BacktestResult, BacktestSettings, Variant, backtest
from spreadscope.replay.screen import FIDELITY
from spreadscope.replay.screen_trials import compare, screen_trials
from spreadscope.replay.trades_source import stored_span
from spreadscope.store.directory import DATABASE
from spreadscope.store.instrument_list import read_instrument_list
from spreadscope.store.reader import StoreReader

FEWEST_PLACEBO_SYMBOLS = 4
_CONFIGURED = "parameters that were set while the engine ran are left out: those of the configuration hold"
_SET = "parameters are as they were set when the backtest began, above the configuration: {}"
_OWN_SHARE = 1.0  # of the progress: the run itself counts as one


@dataclass(frozen=True, slots=True)
class BacktestAnswer:
    """A report, and all trades of the account."""

    report: BacktestReport
    trades: tuple[BacktestTrade, ...]


def run_backtest(
    data: Path,
    config: Config,
    body: BacktestBody,
    progress: Progress,
    *,
    layers: Iterable[tuple[Scope, Values]] | None = None,
    config_file: Path | None = None,
    workers: int = MOST_WORKERS,
) -> BacktestAnswer:
    """Run all that a body asks for over the store in ``data``. ``layers`` are the parameters that were set above the
    configuration; without them those of the store hold.

    Raises ``ConfigError``, ``SymbolError`` or ``StoreError`` with one sentence.
    """
    began = time.perf_counter()
    reader = _reader(data, body, config)
    layers = reader.parameters() if layers is None else list(layers)
    plan = plan_of(body, config, layers)
    config = plan.config
    symbols = tuple(dict.fromkeys(symbol for pair in plan.settings.pairs for symbol in pair.symbols))
    low, high = stored_span(reader, symbols, plan.settings.start, plan.settings.end)
    settings = msgspec.structs.replace(plan.settings, start=low, end=high + 1)
    placebo = placebo_pairs(reader, settings, body.placebo, body.seed)
    windows = _windows(plan, config, low, high)
    in_core = 1 if body.screen else len(plan.trials)  # of a screen the best
    others = in_core + len(placebo) + len(windows)
    share = _OWN_SHARE / (_OWN_SHARE + others)

    def own(fraction: float | None, words: str) -> None:
        progress(None if fraction is None else share * fraction, words)

    def rest(fraction: float | None, words: str) -> None:
        progress(None if fraction is None else share + (1 - share) * fraction, words)

    instruments = stored_instruments(data / DATABASE, reader.symbols() if placebo else symbols)
    base = Variant(name="", account=settings.account)
    variants = [*_variants(body, base), *([lagged(base, settings.timeframe.milliseconds)] if body.check else [])]
    result = backtest(reader, config, settings, instruments, variants=variants, observe=observer(settings, own))
    first, last = result.first_time, result.last_time
    shared = Shared(
        database=str(data / DATABASE), config=config, instruments=instruments, size=period_size(first, last)
    )
    screened: list[TaskOutcome] = []
    to_run = plan.trials
    if body.screen:
        screened = screen_trials(reader, config, settings, instruments, plan.trials, rest, size=shared.size)
        to_run = (best_trial(screened).task.parameters,)
    tasks = [
        *(Task(kind="trial", name=trial_name(each), settings=settings, parameters=each) for each in to_run),
        *(
            Task(kind="placebo", name=str(pair), settings=msgspec.structs.replace(settings, pairs=(pair,)))
            for pair in placebo
        ),
    ]
    workers = min(workers, os.cpu_count() or 1)
    outcomes = run_tasks(shared, tasks, _part(rest, 0.0, len(tasks), others), workers=workers)
    made, checks = outcomes[: len(to_run)], []
    if screened:
        checks.append(compare(best_trial(screened), made[0]))
        made = [made[0] if each.task.name == made[0].task.name else each for each in screened]
    trials = [_own_trial(result, config, plan), *made] if made else []
    walked = None
    if windows:
        part = _part(rest, len(tasks), len(windows), others)
        walked = _walk(shared, settings, trials, windows, part, workers)
    if body.check:
        checks += _checks(reader, config, result, instruments, progress)
    shown = sorted(trials, key=lambda each: -each.variation.net)[:MOST_TRIALS] if screened else trials
    more = (
        [f"{len(trials) - len(shown)} more trials are in the figures, and not listed"] if screened[len(shown) :] else []
    )
    assumptions = (*result.assumptions, *_parameter_words(plan, any_set=bool(layers)))
    result = msgspec.structs.replace(result, assumptions=assumptions)
    report = report_of(
        result,
        title=f"{', '.join(map(str, settings.pairs))} at {settings.timeframe}",
        command=command_of(body, data, config_file),
        label=reader.label(symbols[0]),
        variations=[*_variations(result, variants), *(each.variation for each in (*shown, *outcomes[len(to_run) :]))],
        left_out=[*more, *plan.left_out, *_no_placebo(body, placebo)],
        trials=_of_trials(trials, result, FIDELITY if screened else ""),
        walk_forward=walked,
        checks=checks,
        settings=changed_settings(config),
        seed=body.seed,
        seconds=time.perf_counter() - began,
    )
    return BacktestAnswer(report, trade_rows(result.record))


def _reader(data: Path, body: BacktestBody, config: Config) -> StoreReader:
    if not (data / DATABASE).exists():
        plan_of(body, config)  # what is wrong with the question itself is said first
        raise StoreError(f"there is no store in {data}: name its directory with --data")
    return StoreReader(data / DATABASE)


def stored_instruments(database: Path, symbols: Sequence[str]) -> tuple[Instrument, ...]:
    """Returns the order rules of symbols as their venues listed them last; of those that were never listed there are
    none. Raises ``StoreError``."""
    found: list[Instrument] = []
    for venue in dict.fromkeys(map(venue_of, symbols)):
        stored = read_instrument_list(database, venue)
        if stored is None:
            continue
        try:
            listed = msgspec.json.decode(stored.document, type=InstrumentList).instruments
        except msgspec.MsgspecError:
            raise StoreError(f"the order rules that {venue} listed cannot be read: start the engine once") from None
        found += [listed[symbol] for symbol in symbols if symbol in listed]
    return tuple(found)


def placebo_pairs(reader: StoreReader, settings: BacktestSettings, count: int, seed: int) -> list[Pair]:
    """Returns up to ``count`` random pairs of the stored symbols, other than those of the backtest in either direction;
    none where fewer than 4 symbols are stored."""
    symbols = [symbol for symbol in reader.symbols() if reader.ledger(symbol)[0]]
    if count == 0 or len(symbols) < FEWEST_PLACEBO_SYMBOLS:
        return []
    ours = {frozenset(pair.symbols) for pair in settings.pairs}
    every = [
        Pair(y, x) for place, y in enumerate(symbols) for x in symbols[place + 1 :] if frozenset((y, x)) not in ours
    ]
    rng = np.random.default_rng(seed)
    chosen = [every[row] for row in rng.permutation(len(every))[:count].tolist()]
    turned = rng.random(len(chosen)) < 0.5
    return [Pair(pair.x, pair.y) if turn else pair for pair, turn in zip(chosen, turned, strict=True)]


def _variants(body: BacktestBody, base: Variant) -> list[Variant]:
    """The accounts of the variations of costs and latency that are not the backtest itself."""
    costs = [
        Variant(name=f"costs ×{factor:g}", account=base.account, cost_factor=factor)
        for factor in dict.fromkeys(body.costs)
        if factor != 1.0
    ]
    latencies = [
        Variant(name=f"latency {delay} ms", account=msgspec.structs.replace(base.account, latency_ms=delay))
        for delay in dict.fromkeys(body.latencies)
        if delay != base.account.latency_ms
    ]
    return costs + latencies


def _variations(result: BacktestResult, variants: Sequence[Variant]) -> list[Variation]:
    """The lines of costs and latencies, with the backtest itself in its place among them."""
    first, last = result.first_time, result.last_time
    own_latency = result.record.account.latency_ms
    named = {("costs", 1.0): result.record, ("latency", float(own_latency)): result.record}
    for each in variants:
        if each.name == LAGGED:
            continue
        of_costs = each.cost_factor != 1.0
        key = ("costs", each.cost_factor) if of_costs else ("latency", float(each.account.latency_ms))
        named[key] = result.variants[each.name]
    return [
        variation_of(kind, f"×{value:g}" if kind == "costs" else f"{value:g} ms", record, first, last)
        for (kind, value), record in sorted(named.items())
        if sum(other == kind for other, _ in named) > 1
    ]


def _parameter_words(plan: BacktestPlan, *, any_set: bool) -> Iterator[str]:
    if any_set and plan.body.configured:
        yield _CONFIGURED
    elif plan.parameters:
        yield _SET.format(trial_name(plan.parameters))


def _own_trial(result: BacktestResult, config: Config, plan: BacktestPlan) -> TaskOutcome:
    """The backtest itself as one of the trials."""
    keys = dict.fromkeys(key for trial in plan.trials for key in trial)
    task = Task(kind="trial", name=f"as configured ({trial_name(_configured(config, keys))})", settings=result.settings)
    first, last = result.first_time, result.last_time
    return TaskOutcome(
        task=task,
        variation=variation_of(task.kind, task.name, result.record, first, last),
        returns=tuple(returns_of(result.record, first, last).values.tolist()),
        trades=task_trades(result.record),
    )


def _configured(config: Config, keys: dict[str, None]) -> Parameters:
    values = plain_values(config.analytics, config.signals)
    return {key: values[key] for key in keys}


def _of_trials(trials: Sequence[TaskOutcome], result: BacktestResult, fidelity: str) -> TrialsReport | None:
    returns = returns_of(result.record, result.first_time, result.last_time)
    return trials_report(trials, returns.a_year, fidelity=fidelity)


def _windows(plan: BacktestPlan, config: Config, low: int, high: int) -> list[walk_forward.WalkStep]:
    if not plan.body.formation_hours:
        return []
    configs = [config, *(with_parameters(config, trial) for trial in plan.trials)]
    purge = walk_forward.purge_of(configs, plan.settings.timeframe)
    formation, trading = (round(hours * HOUR) for hours in (plan.body.formation_hours, plan.body.trading_hours))
    return walk_forward.windows_of(low, high, formation, trading, purge)


def _walk(
    shared: Shared,
    settings: BacktestSettings,
    trials: Sequence[TaskOutcome],
    windows: Sequence[walk_forward.WalkStep],
    progress: Progress,
    workers: int,
) -> WalkForwardReport:
    """Trade each window with what was chosen before it. Returns come by the hour: windows may be shorter than days."""
    usable = [each for each in trials if not each.problem]
    chosen = [walk_forward.choose(usable, window) for window in windows]
    tasks = [
        walk_forward.task_of(settings, best.task.parameters, shared.config, window)
        for window, (best, _) in zip(windows, chosen, strict=True)
    ]
    by_hour = msgspec.structs.replace(shared, size=HOUR)
    traded = run_tasks(by_hour, tasks, progress, workers=workers)
    return walk_forward.joined(windows, chosen, traded, HOUR, settings.account.cash)


def _checks(
    reader: StoreReader, config: Config, result: BacktestResult, instruments: Sequence[Instrument], progress: Progress
) -> tuple[CheckLine, ...]:
    progress(None, "checks for look-ahead")
    prefix = check_prefix(reader, config, result, instruments)
    lag = check_lag(money_parts(result.record.trades_closed), money_parts(result.variants[LAGGED].trades_closed))
    progress(None, "checks whether rows depend on their beginning")
    return prefix, lag, check_recursion(reader, config, result)


def _no_placebo(body: BacktestBody, placebo: Sequence[Pair]) -> list[str]:
    if not body.placebo or placebo:
        return []
    return [f"placebo pairs: they need at least {FEWEST_PLACEBO_SYMBOLS} symbols in the store"]


def _part(progress: Progress, before: float, size: int, whole: int) -> Callable[[float | None, str], None]:
    """Returns a progress of a part that counts for ``size`` of ``whole`` runs, ``before`` of which are made."""

    def report(fraction: float | None, words: str) -> None:
        progress(None if fraction is None or not whole else (before + size * fraction) / whole, words)

    return report
