"""Cautions about a fit: whether its windows can carry its statistics."""

from __future__ import annotations

from collections.abc import Iterator

from spreadscope.contract import ParameterTrial, Timeframe
from spreadscope.dashboard.figures import fixed_text

_FEWEST_HALF_LIVES = 10
_WIDEST_BETA = 0.25  # its standard error, as a share of β


def fit_cautions(trial: ParameterTrial, timeframe: Timeframe) -> list[str]:
    """Returns what speaks against the windows of a trial, a sentence each."""
    return list(_cautions(trial, timeframe)) if trial.newest else []


def _cautions(trial: ParameterTrial, timeframe: Timeframe) -> Iterator[str]:
    life, beta, error = (_value(trial, key) for key in ("half_life", "beta", "beta_se"))
    window = trial.analytics.hedge_window
    if life:
        half_lives = window * timeframe.milliseconds / 1000 / life
        if half_lives < _FEWEST_HALF_LIVES:
            yield (
                f"The hedge window of {window} rows is {fixed_text(half_lives, 1)} half-lives long: a tie of this speed"
                f" is seldom found in less than {_FEWEST_HALF_LIVES}. Take a longer window."
            )
    if beta and error and abs(error / beta) > _WIDEST_BETA:
        yield f"β is uncertain by {fixed_text(100 * abs(error / beta), 0)}% (its standard error): take a longer window."
    z = trial.newest.get("z")
    if z is not None and z.value is None:
        yield f"The newest row has no z: {z.reason}."


def _value(trial: ParameterTrial, key: str) -> float | None:
    figure = trial.newest.get(key)
    return None if figure is None else figure.value
