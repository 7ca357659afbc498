"""Correlations over lags with a band that holds for series whose volatility changes, and what they say in words."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from spreadscope.contract.lab import Correlogram
from spreadscope.model.events import Floats
from spreadscope.model.timeframe import Timeframe

MOST_LAGS = 40
LEAD_LAGS = 20
_FEWEST = 30
_CHANCE = 0.05


def autocorrelation(returns: Floats, what: str) -> Correlogram:
    """Returns the autocorrelation of returns (NaN: none). The band is robust to changing volatility (White 1980)."""
    lags = list(range(1, _most_lags(returns, MOST_LAGS) + 1))
    values, bands = _lagged(returns, returns, lags)
    n = int(np.count_nonzero(np.isfinite(returns)))
    return Correlogram(lags=lags, values=values, band=bands, n=n, words=_words_of_returns(values, bands, what, n))


def residual_autocorrelation(residual: Floats, lags: int = MOST_LAGS) -> Correlogram:
    """Returns the autocorrelation of a spread (NaN: a leg is missing), with the band of a series without memory."""
    n = int(np.count_nonzero(np.isfinite(residual)))
    chosen = list(range(1, _most_lags(residual, lags) + 1))
    centred = residual - np.nanmean(residual) if n else residual
    values = [_correlation(centred[lag:], centred[: len(centred) - lag]) for lag in chosen]
    band = 1.96 / math.sqrt(n) if n else None
    return Correlogram(
        lags=chosen, values=values, band=[band] * len(chosen), n=n, words=_words_of_residual(values, band, n)
    )


def lead_lag(returns_y: Floats, returns_x: Floats, names: tuple[str, str], timeframe: Timeframe) -> Correlogram:
    """Returns the correlation of y's return with x's return ``lag`` rows before it (negative: after it).

    A peak at a positive lag says that x leads. Whether a lag is beyond chance is judged for all lags together.
    """
    most = _most_lags(returns_y, LEAD_LAGS)
    lags = list(range(-most, most + 1))
    values, bands = _lagged(returns_y, returns_x, lags)
    n = int(np.count_nonzero(np.isfinite(returns_y) & np.isfinite(returns_x)))
    return Correlogram(
        lags=lags, values=values, band=bands, n=n, words=_words_of_lead(lags, values, bands, names, timeframe, n)
    )


def _most_lags(series: Floats, most: int) -> int:
    n = int(np.count_nonzero(np.isfinite(series)))
    return most if n >= 4 * most else 0 if n < _FEWEST else max(1, n // 4)


def _lagged(a: Floats, b: Floats, lags: list[int]) -> tuple[list[float | None], list[float | None]]:
    """Returns correlations of ``a`` with ``b`` so many rows before, and the band of each."""
    values: list[float | None] = []
    bands: list[float | None] = []
    for lag in lags:
        later, earlier = (a[lag:], b[: len(b) - lag]) if lag >= 0 else (a[:lag], b[-lag:])
        both = np.isfinite(later) & np.isfinite(earlier)
        u, v = later[both], earlier[both]
        if len(u) < _FEWEST:
            values.append(None)
            bands.append(None)
            continue
        u, v = u - u.mean(), v - v.mean()
        scale = math.sqrt(float(u @ u) * float(v @ v))
        if scale <= 0.0:
            values.append(None)
            bands.append(None)
            continue
        values.append(float(u @ v) / scale)
        products = u * v
        bands.append(1.96 * math.sqrt(float(products @ products)) / scale)
    return values, bands


def _correlation(later: Floats, earlier: Floats) -> float | None:
    both = np.isfinite(later) & np.isfinite(earlier)
    u, v = later[both], earlier[both]
    scale = math.sqrt(float(u @ u) * float(v @ v))
    return float(u @ v) / scale if len(u) >= _FEWEST and scale > 0.0 else None


def _beyond(values: list[float | None], bands: list[float | None], lags: list[int], tests: int) -> dict[int, float]:
    """Returns the lags whose correlation is beyond chance when so many are looked at, with the correlation."""
    wider = NormalDist().inv_cdf(1.0 - _CHANCE / (2 * max(1, tests))) / 1.96
    return {
        lag: value
        for lag, value, band in zip(lags, values, bands, strict=True)
        if value is not None and band is not None and abs(value) > wider * band
    }


def _words_of_returns(values: list[float | None], bands: list[float | None], what: str, n: int) -> str:
    if not any(value is not None for value in values):
        return f"{n} returns of {what} are too few for it."
    found = _beyond(values, bands, list(range(1, len(values) + 1)), len(values))
    if not found:
        return f"Nothing in the past returns of {what} says where the next one goes."
    if found.get(1, 0.0) < 0.0:
        return (
            f"A return of {what} is followed by one of the other sign ({_signed(found[1])} after one row): trades "
            "bounce between bid and ask, or the move was too large. It is seldom more than what a trade costs."
        )
    lag = max(found, key=lambda each: abs(found[each]))
    return f"Returns of {what} have a memory: {_signed(found[lag])} after {_rows(lag)}."


def _words_of_residual(values: list[float | None], band: float | None, n: int) -> str:
    if band is None or not any(value is not None for value in values):
        return f"{n} rows are too few for it."
    inside = next((lag for lag, value in enumerate(values, 1) if value is not None and abs(value) <= band), None)
    if inside is None:
        return (
            f"After {_rows(len(values))} the spread still remembers where it was: it comes back slowly, or not at all."
        )
    return f"After {_rows(inside)} the spread has forgotten where it was."


def _words_of_lead(
    lags: list[int],
    values: list[float | None],
    bands: list[float | None],
    names: tuple[str, str],
    timeframe: Timeframe,
    n: int,
) -> str:
    y, x = names
    if not any(value is not None for value in values):
        return f"{n} rows with returns of both legs are too few for it."
    found = {lag: value for lag, value in _beyond(values, bands, lags, len(lags) - 1).items() if lag}
    if not found:
        return f"Neither leg leads the other at bars of {timeframe}."
    lag = max(found, key=lambda each: abs(found[each]))
    leader, follower = (x, y) if lag > 0 else (y, x)
    other = {each: value for each, value in found.items() if each * lag < 0}
    both = " The other way round there is something too." if other else ""
    return (
        f"{leader} leads {follower} by {_rows(abs(lag))} (correlation {_signed(found[lag])}, more than chance gives). "
        f"A leg that trades less often seems to follow, though it only shows its price later.{both}"
    )


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")
