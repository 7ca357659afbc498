"""What is asked of a backtest, made into runs: pairs, settings, the grid of trials, and the command that repeats it."""

from __future__ import annotations

import itertools
import shlex
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from pydantic import ValidationError

from spreadscope.contract import MOST_BACKTEST_PAIRS, MOST_SCREENED, MOST_TRIALS, BacktestBody
from spreadscope.model.config import AnalyticsSection, Config, SignalConfig, explain
from spreadscope.model.errors import ConfigError
from spreadscope.model.instrument import Pair, parse_pairs
from spreadscope.model.parameter_layers import (
    ParameterLayers,
    ParameterValue,
    Scope,
    Values,
    parameter_descriptions,
    plain_values,
    require_known,
)
from spreadscope.model.sections import parse_window
from spreadscope.model.setting_descriptions import SettingDescription
from spreadscope.model.states import SettingKind
from spreadscope.model.timeframe import Timeframe
from spreadscope.replay.paper_backtest import BacktestSettings
from spreadscope.replay.screen import require_screen
from spreadscope.store.reader import ALL_TIMES

Parameters = dict[str, ParameterValue]
_SWITCHES = {"true": True, "false": False}
_DEFAULT = BacktestBody(pairs=())
_WAYS_OUT = "take those of the configuration alone"
# What the body says, or a backtest decides: the section of paper accounts does not count for these.
_OF_THE_BODY = frozenset({
    "cash", "notional", "execution", "maker_fee_bps", "taker_fee_bps", "latency_ms", "daily_loss_percent",
    "drawdown_percent", "messages", "ask_seconds",
})  # fmt: skip


class BacktestPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be run, and the configuration it is run with, in which are the ``parameters`` that were set since.

    ``trials`` are sets of parameters beside those; ``left_out`` says which sets of the grid do not go together.
    """

    body: BacktestBody
    config: Config
    parameters: Parameters
    settings: BacktestSettings
    trials: tuple[Parameters, ...]
    left_out: tuple[str, ...]

    @property
    def runs(self) -> int:
        return 1 + len(self.trials) + self.body.placebo


def plan_of(body: BacktestBody, config: Config, layers: Iterable[tuple[Scope, Values]] = ()) -> BacktestPlan:
    """Returns the runs that a body asks for. ``layers`` are parameters that were set above the configuration.

    Raises ``ConfigError`` or ``SymbolError`` with one sentence.
    """
    pairs = _pairs(body.pairs)
    parameters = {} if body.configured else _set_parameters(pairs, body.timeframe, config, layers)
    config = with_parameters(config, parameters)
    start, end = body.start or ALL_TIMES[0], ALL_TIMES[1] if body.end is None else body.end
    if start >= end:
        raise ConfigError("the backtest ends before it begins: give a --to that is later than --from")
    if bool(body.formation_hours) != bool(body.trading_hours):
        raise ConfigError("a walk-forward needs both the formation and the trading time, such as 7d,2d")
    if body.formation_hours and not body.grid:
        raise ConfigError(
            "a walk-forward chooses among the trials of a grid: give one, such as signals.entry=1.5,2,2.5"
        )
    account = msgspec.structs.replace(
        config.paper.account_settings(), cash=body.cash, notional=body.notional, execution=body.execution,
        maker_fee_bps=body.maker_bps, taker_fee_bps=body.taker_bps, latency_ms=body.latency_ms,
        # A limit that stops the account for good would hide what came after it.
        daily_loss_percent=0.0, drawdown_percent=0.0,
    )  # fmt: skip
    settings = BacktestSettings(pairs=pairs, timeframe=body.timeframe, start=start, end=end, account=account)
    if body.screen:
        if not body.grid:
            raise ConfigError("a screen tries the sets of a grid: give one, such as signals.entry=1.5,2,2.5")
        require_screen(config, settings)
        trials, left_out = trials_of(
            body.grid, config, most=MOST_SCREENED, require=lambda changed: require_screen(changed, settings)
        )
    else:
        trials, left_out = trials_of(body.grid, config)
    return BacktestPlan(
        body=body, config=config, parameters=parameters, settings=settings, trials=trials, left_out=left_out
    )


def _set_parameters(
    pairs: Sequence[Pair], timeframe: Timeframe, config: Config, layers: Iterable[tuple[Scope, Values]]
) -> Parameters:
    """Returns what was set for the pairs and differs from the configuration. Raises ``ConfigError`` where it cannot
    hold, or is not the same for all of them."""
    try:
        above = ParameterLayers(config, (each for each in layers if _concerns(each[0], pairs, timeframe)))
    except ConfigError as error:
        raise ConfigError(f"the parameters that were set do not fit the configuration ({error}): {_WAYS_OUT}") from None
    configured = plain_values(config.analytics, config.signals)
    first, *others = (above.values(pair, timeframe) for pair in pairs)
    for pair, values in zip(pairs[1:], others, strict=True):
        for key, value in values.items():
            if value != first[key]:
                raise ConfigError(
                    f"{key} is set to {first[key]} for {pairs[0]}, and to {value} for {pair}: name one of them at a"
                    f" time, or {_WAYS_OUT}"
                )
    return {key: value for key, value in first.items() if value != configured[key]}


def _concerns(scope: Scope, pairs: Sequence[Pair], timeframe: Timeframe) -> bool:
    return any(scope.covers(str(pair), timeframe) for pair in pairs)


def trials_of(
    grid: Sequence[str],
    config: Config,
    *,
    most: int = MOST_TRIALS,
    require: Callable[[Config], None] = lambda _: None,
) -> tuple[tuple[Parameters, ...], tuple[str, ...]]:
    """Returns every combination of the values of a grid, such as ``signals.entry=1.5,2``, but the configured one, and
    which do not go together. ``require`` raises for one that cannot be run. Raises ``ConfigError``."""
    axes: dict[str, list[ParameterValue]] = {}
    for text in (part for each in grid for part in each.split(";") if part.strip()):
        key, sign, values = text.partition("=")
        key = key.strip()
        require_known({key: _any_value(key)})
        found = [_value(parameter_descriptions()[key], value.strip()) for value in values.split(",") if value.strip()]
        if not sign or not found:
            raise ConfigError(f"{text.strip()[:60]!r} names no values: write {key}=1.5,2,2.5")
        require_known({key: found[0]})
        axes[key] = list(dict.fromkeys([*axes.get(key, []), *found]))
    count = 1
    for values_of_key in axes.values():
        count *= len(values_of_key)
    if count > most:
        more = f", or screen up to {MOST_SCREENED}" if most < MOST_SCREENED else ""
        raise ConfigError(f"the grid has {count} trials, and at most {most} are made: give fewer values{more}")
    configured = plain_values(config.analytics, config.signals)
    trials: list[Parameters] = []
    left_out: list[str] = []
    for values_of_trial in itertools.product(*axes.values()):
        trial = dict(zip(axes, values_of_trial, strict=True))
        if all(configured[key] == value for key, value in trial.items()):
            continue
        try:
            require(with_parameters(config, trial))
        except ConfigError as error:
            left_out.append(f"{trial_name(trial)}: {error}")
        else:
            trials.append(trial)
    if axes and not trials:
        why = left_out[0] if left_out else "its only values are the configured ones"
        raise ConfigError(f"the grid has no trial that can be made: {why}")
    return tuple(trials), tuple(left_out)


def with_parameters(config: Config, parameters: Parameters) -> Config:
    """Returns a configuration with some parameters of statistics and signals set. Raises ``ConfigError``."""
    sections = {"analytics": config.analytics.model_dump(), "signals": config.signals.model_dump()}
    for key, value in parameters.items():
        section, _, name = key.partition(".")
        sections[section][name] = value
    try:
        changed = {
            "analytics": AnalyticsSection(**sections["analytics"]),
            "signals": SignalConfig(**sections["signals"]),
        }
    except ValidationError as error:
        raise ConfigError(explain(error)) from None
    return config.model_copy(update=changed)


def trial_name(parameters: Parameters) -> str:
    """Returns a set of parameters in one line.

    >>> trial_name({"signals.entry": 1.5, "analytics.hedge": "ols"})
    'signals.entry=1.5 analytics.hedge=ols'
    """
    return " ".join(f"{key}={_text(value)}" for key, value in parameters.items()) or "as configured"


def changed_settings(config: Config) -> Parameters:
    """Returns the settings of statistics, signals and paper accounts that differ from their defaults."""
    known = parameter_descriptions()
    values = plain_values(config.analytics, config.signals)
    changed = {key: value for key, value in values.items() if value != _plain(known[key].default)}
    paper = {key: value for key, value in dict(config.paper).items() if key not in _OF_THE_BODY}
    plain = dict(type(config.paper)())
    return changed | {f"paper.{key}": str(value) for key, value in paper.items() if value != plain[key]}


def command_of(body: BacktestBody, data: Path, config_file: Path | None = None) -> str:
    """Returns the command line that makes the same backtest again."""
    words = ["spreadscope", "backtest", *body.pairs, "--data", str(data), "--timeframe", body.timeframe.value]
    options: list[tuple[str, object, object]] = [
        ("--notional", body.notional, _DEFAULT.notional), ("--cash", body.cash, _DEFAULT.cash),
        ("--execution", body.execution.value, _DEFAULT.execution.value),
        ("--taker", body.taker_bps, _DEFAULT.taker_bps), ("--maker", body.maker_bps, _DEFAULT.maker_bps),
        ("--latency", body.latency_ms, _DEFAULT.latency_ms),
        ("--costs", body.costs, _DEFAULT.costs), ("--latencies", body.latencies, _DEFAULT.latencies),
        ("--placebo", body.placebo, 0), ("--seed", body.seed, 0),
    ]  # fmt: skip
    for option, time in (("--from", body.start), ("--to", body.end)):
        if time is not None:
            words += [option, _time(time)]
    for option, value, default in options:
        if value != default:
            words += [option, ",".join(map(_text, value)) if isinstance(value, tuple) else _text(value)]
    for text in body.grid:
        words += ["--grid", text]
    if body.formation_hours:
        words += ["--walk-forward", f"{_text(body.formation_hours)}h,{_text(body.trading_hours)}h"]
    switches = {"--screen": body.screen, "--check": body.check, "--configured": body.configured}
    words += [switch for switch, on in switches.items() if on]
    if config_file is not None:
        words += ["--config", str(config_file)]
    return shlex.join(words)


def _pairs(texts: Sequence[str]) -> tuple[Pair, ...]:
    if not texts:
        raise ConfigError("no pair is named: give one, such as BTCUSDT/ETHUSDT")
    if len(texts) > MOST_BACKTEST_PAIRS:
        raise ConfigError(f"{len(texts)} pairs are named, and at most {MOST_BACKTEST_PAIRS} are traded: name fewer")
    return parse_pairs(texts)


def _any_value(key: str) -> ParameterValue:
    """A value of the kind of a key, so that only an unknown key is refused."""
    known = parameter_descriptions().get(key)
    value: ParameterValue = known.default if known is not None else 0
    return value


def _value(described: SettingDescription, text: str) -> ParameterValue:
    try:
        match described.kind:
            case SettingKind.SWITCH:
                return _SWITCHES[text.lower()]
            case SettingKind.WHOLE:
                return int(text)
            case SettingKind.NUMBER:
                return float(text)
            case SettingKind.WINDOW:
                window = parse_window(text)
                return window if isinstance(window, int | str) else text
            case _:
                return text
    except (KeyError, ValueError):
        raise ConfigError(f"{described.key}: {text[:40]!r} is not of its kind, {described.kind.value}") from None


def _plain(value: object) -> object:
    return str(value) if isinstance(value, str) else value


def _text(value: object) -> str:
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _time(milliseconds: int) -> str:
    if milliseconds % 1000:
        return str(milliseconds)
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
