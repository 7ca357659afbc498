"""A scan of a universe for cointegrated pairs, with corrections that make its p-values credible."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.jit import FloatArray, IntArray
from spreadscope.model.errors import StatisticsError
from spreadscope.stats._arrays import as_numbers, check_count, check_number
from spreadscope.stats._labels import labelled_but
from spreadscope.stats._results import Result
from spreadscope.stats.adjust_pvalues import adjust_pvalues
from spreadscope.stats.mackinnon import finite_pvalues
from spreadscope.stats.ols import ols
from spreadscope.stats.ou_fit import half_life
from spreadscope.stats.panel import engle_granger_all
from spreadscope.stats.scan_legs import LegVerdict, ScannedLeg, check_legs
from spreadscope.stats.spread_half_life import spread_half_life

__all__ = ["LegVerdict", "ScanPair", "ScanResult", "ScannedLeg", "check_legs", "pair_pvalues", "scan", "sign_flipped"]

Progress = Callable[[float, str], None]

# The shares that are done, by time: after the legs, and after the surrogates.
_LEGS_DONE = 0.05
_CALIBRATED = 0.80
_PAIRS_A_REPORT = 100


@dataclass(frozen=True, slots=True)
class ScanPair(
    Result,
    title="A pair of a scan",
    decides={
        "calibrated_bh": "BH q-value of the p calibrated on surrogates",
        "bh": "BH q-value of 2·min p, not calibrated",
    },
):
    """A pair of candidates: its values in the formation window, then in the next window.

    ``pvalue`` = min(1, 2·min p) of the two directions, finite-sample; ``bh`` and ``by`` are its q-values over all
    tests; ``calibrated`` is its rank among the same panel's sign-flipped surrogates and ``calibrated_bh`` the q-value
    of that; ``familywise`` the share of surrogates whose best pair is at least as good. ``beta`` and ``half_life``
    (bars) are of y on x, the direction with the smaller p; ``spread_sd`` of its residual. ``half_life_low`` and
    ``half_life_high`` hold the true half-life 95% of the time; where ``low`` is there and ``high`` is None, there is no
    upper bound: a random walk cannot be excluded. They are None where bars of the pair are missing. ``next_pvalue`` is
    the test repeated on the next window, ``next_spread_sd`` the root mean square of the frozen-β spread there, around
    the formation's mean. Undefined values (too few rows) are None.
    """

    y: str
    x: str
    pvalue: float
    bh: float
    by: float
    calibrated: float | None
    calibrated_bh: float | None
    familywise: float | None
    beta: float
    half_life: float | None
    half_life_low: float | None
    half_life_high: float | None
    return_correlation: float | None
    spread_sd: float | None
    next_pvalue: float | None
    next_return_correlation: float | None
    next_spread_sd: float | None


@dataclass(frozen=True, slots=True)
class ScanResult(
    Result, title="A scan of a universe", decides={"familywise": "family-wise p of the best pair, from surrogates"}
):
    """A scan. ``pairs`` are sorted by p; ``tests`` is how many were made.

    ``familywise``: share of surrogates whose best pair is at least as good as the best one here, None without
    surrogates.
    """

    legs: tuple[ScannedLeg, ...]
    pairs: tuple[ScanPair, ...]
    tests: int
    undefined: int
    surrogates: int
    familywise: float | None
    level: float

    def to_frame(self) -> Any:
        """One row a pair, sorted as ``pairs``, with the q-value that decides and its kind."""
        rows = [asdict(pair) | {"decides": pair.deciding_pvalue, "kind": pair.pvalue_kind} for pair in self.pairs]
        return self._frame({name: [row[name] for row in rows] for name in rows[0]} if rows else {})

    def survival(self, selected: str = "pvalue") -> tuple[int, int, int, int]:
        """Returns (selected, of them with p ≤ level in the next window, the others, of them likewise).

        ``selected`` names the value that selects: "pvalue", "bh", "by", "calibrated" or "calibrated_bh".
        """
        chosen = [p for p in self.pairs if (q := getattr(p, selected)) is not None and q <= self.level]
        rest = [p for p in self.pairs if (q := getattr(p, selected)) is None or q > self.level]
        survivors = [sum((p.next_pvalue or 1.0) <= self.level for p in group) for group in (chosen, rest)]
        return len(chosen), survivors[0], len(rest), survivors[1]

    def persistence(self) -> tuple[float, float, float]:
        """Returns the rank correlation between the windows of (p, return correlation, log spread volatility), over all
        pairs."""
        first = [(p.pvalue, p.return_correlation, p.spread_sd) for p in self.pairs]
        second = [(p.next_pvalue, p.next_return_correlation, p.next_spread_sd) for p in self.pairs]
        complete = [
            place for place, both in enumerate(zip(first, second, strict=True)) if None not in both[0] + both[1]
        ]
        if len(complete) < 3:
            raise StatisticsError(f"{len(complete)} pairs are too few for a correlation; scan more symbols")
        first, second = [first[place] for place in complete], [second[place] for place in complete]
        ranked = [np.argsort(np.argsort(np.array(values), axis=0), axis=0) for values in (first, second)]
        p, correlation, volatility = (float(np.corrcoef(ranked[0][:, c], ranked[1][:, c])[0, 1]) for c in range(3))
        return p, correlation, volatility


def sign_flipped(log_prices: FloatArray, block: int, rng: np.random.Generator) -> FloatArray:
    """Returns a surrogate panel: each leg's returns, block by block, with its own random signs.

    Volatility clustering stays where it was; every common movement is gone, so no pair is
    cointegrated. Missing bars stay missing. (Circularly shifted residuals are bridges and reject 26%: not a null.)
    """
    moves = np.diff(log_prices, axis=0)
    blocks = -(-moves.shape[0] // block)
    signs = rng.choice(np.array([-1.0, 1.0]), size=(blocks, log_prices.shape[1]))
    flipped = moves * np.repeat(signs, block, axis=0)[: moves.shape[0]]
    start = np.zeros((1, log_prices.shape[1]))
    path = np.concatenate([start, np.nancumsum(flipped, axis=0)])
    return np.where(np.isfinite(log_prices), path, np.nan)


def pair_pvalues(log_prices: FloatArray, *, lags: int | str, max_lags: int | None, threads: int = 1) -> FloatArray:
    """Returns min(1, 2·min p) of both directions, finite-sample, of every pair: upper triangle of n × n, NaN
    elsewhere."""
    return _both(_one_way(log_prices, lags=lags, max_lags=max_lags, threads=threads))


def _one_way(log_prices: FloatArray, *, lags: int | str, max_lags: int | None, threads: int = 1) -> FloatArray:
    """Returns the p-value of each direction: row y, column x."""
    found = engle_granger_all(log_prices, lags, max_lags, threads=threads)
    return finite_pvalues(found.stat, found.used)


def _both(one_way: FloatArray) -> FloatArray:
    # A pair with one undefined direction has not been tested in both: it stays undefined.
    p: FloatArray = np.minimum(1.0, 2.0 * np.fmin(one_way, one_way.T))
    p[np.isnan(one_way) | np.isnan(one_way.T)] = np.nan
    p[np.tril_indices(p.shape[0])] = np.nan
    return p


@labelled_but("next_prices")
def scan(
    log_prices: ArrayLike,
    symbols: Sequence[str],
    *,
    next_prices: ArrayLike,
    level: float = 0.05,
    lags: int | str = "aic",
    max_lags: int | None = 10,
    surrogates: int = 100,
    block: int = 12,
    seed: int = 0,
    threads: int = 1,
    max_missing: float = 0.05,
    keep: Sequence[str] = (),
    progress: Progress | None = None,
) -> ScanResult:
    """Scan a T × n panel of log prices and look at the same pairs in ``next_prices`` (T' × n), the window after it.

    Legs are tested first; every pair of the candidates is then tested in both directions (2·min p) and corrected for
    the number of tests; p is calibrated on ``surrogates`` sign-flipped panels (``block`` bars a block, an hour of 5 m
    bars), because BH alone reports a pair in 40% of universes whose volatility clusters. "No pair passes" is a valid
    answer, and a small p does not persist: return correlation and spread volatility do, so they stand beside it.
    ``keep`` names legs that stay whatever their own tests say. A leg may lack ``max_missing`` of its bars (NaN): they
    are holes, and no row of a test reaches across one. ``progress`` is called with the share that is done, in words.

    Raises ``StatisticsError`` for shapes that do not fit or fewer than 2 candidates.

    >>> rng = np.random.default_rng(6)
    >>> walks = np.cumsum(0.01 * rng.standard_normal((600, 5)), axis=0)
    >>> walks[:, 1] = walks[:, 0] + 0.01 * rng.standard_normal(600)
    >>> found = scan(walks[:300], "ABCDE", next_prices=walks[300:], surrogates=20)
    >>> sorted((found.pairs[0].y, found.pairs[0].x)), found.pairs[0].bh < 0.05
    (['A', 'B'], True)
    """
    panel, next_panel = as_numbers(log_prices, "log_prices"), as_numbers(next_prices, "next_prices")
    if panel.ndim != 2 or panel.shape[1] != len(symbols) or next_panel.ndim != 2 or next_panel.shape[1] != len(symbols):
        raise StatisticsError(
            f"panels of shape {panel.shape} and {next_panel.shape} do not fit {len(symbols)} symbols;"
            " give one column each"
        )
    surrogates = check_count(surrogates, "surrogates", "from 0 to 100,000", most=100_000)
    block = check_count(block, "block", "at least 1 bar", least=1)
    check_number(level, "level", least=0.0, most=1.0)
    check_number(max_missing, "max_missing", least=0.0, most=1.0)
    unknown = [name for name in keep if name not in symbols]
    if unknown:
        raise StatisticsError(f"{unknown[0]} is to be kept, but is none of the symbols; check its name")
    report = progress or _ignore
    report(0.0, f"testing {len(symbols)} symbols by themselves")
    legs = check_legs(panel, symbols, level=level, max_missing=max_missing, keep=keep)
    candidates: IntArray = np.array(
        [i for i, leg in enumerate(legs) if leg.verdict is LegVerdict.CANDIDATE], dtype=np.int64
    )
    if candidates.size < 2:
        why = ", ".join(f"{leg.symbol} {leg.verdict}" for leg in legs if leg.verdict is not LegVerdict.CANDIDATE)
        raise StatisticsError(
            f"{candidates.size} of {len(symbols)} legs are candidates, and a pair needs 2: {why[:200]}; "
            "keep those that are to be tested all the same"
        )
    panel, next_panel = panel[:, candidates], next_panel[:, candidates]
    names = [symbols[i] for i in candidates]
    report(_LEGS_DONE, f"testing {candidates.size * (candidates.size - 1) // 2} pairs in both directions")
    one_way = _one_way(panel, lags=lags, max_lags=max_lags, threads=threads)
    p = _both(one_way)
    upper = np.triu_indices(candidates.size, 1)
    raw = p[upper]
    adjusted = adjust_pvalues(raw)
    calibrated, familywise = _calibrate(
        panel, raw, surrogates, block, seed, report, lags=lags, max_lags=max_lags, threads=threads
    )
    calibrated_bh = adjust_pvalues(calibrated).bh
    next_p = pair_pvalues(next_panel, lags=lags, max_lags=max_lags, threads=threads)[upper]
    pairs = []
    for place, c in enumerate(np.argsort(raw, kind="stable")):
        if np.isnan(raw[c]):
            continue
        if place % _PAIRS_A_REPORT == 0:
            share = place / raw.size
            report(_CALIBRATED + (1.0 - _CALIBRATED) * share, f"describing the pairs: {place} of {raw.size}")
        i, j = int(upper[0][c]), int(upper[1][c])
        if one_way[j, i] < one_way[i, j]:
            i, j = j, i  # β and half-life are of the direction that decides
        pairs.append(
            _describe(
                (names[i], names[j]),
                (panel[:, i], panel[:, j]),
                (next_panel[:, i], next_panel[:, j]),
                (raw[c], adjusted.bh[c], adjusted.by[c], calibrated[c], calibrated_bh[c], next_p[c], familywise[c]),
            )
        )
    undefined = int(np.isnan(raw).sum())
    best = pairs[0].familywise if pairs else None
    return ScanResult(legs, tuple(pairs), adjusted.n, undefined, surrogates, best, level)


def _ignore(_share: float, _words: str) -> None:
    """Report progress to nobody."""


def _calibrate(
    panel: FloatArray,
    raw: FloatArray,
    surrogates: int,
    block: int,
    seed: int,
    report: Progress,
    *,
    lags: int | str,
    max_lags: int | None,
    threads: int = 1,
) -> tuple[FloatArray, FloatArray]:
    """Returns of each pair (p among all pairs of all surrogates, family-wise p: p among their best pairs)."""
    unknown = np.full(raw.size, np.nan)
    if surrogates == 0 or np.isnan(raw).all():
        return unknown, unknown
    rng = np.random.default_rng(seed)
    upper = np.triu_indices(panel.shape[1], 1)
    pool, smallest = [], []
    for place in range(surrogates):
        share = place / surrogates
        report(
            _LEGS_DONE + (_CALIBRATED - _LEGS_DONE) * share,
            f"measuring what chance gives: panel {place + 1} of {surrogates} with random signs",
        )
        p = pair_pvalues(sign_flipped(panel, block, rng), lags=lags, max_lags=max_lags, threads=threads)[upper]
        p = p[~np.isnan(p)]
        pool.append(p)
        smallest.append(float(p.min()) if p.size else np.inf)
    return _rank(np.concatenate(pool), raw), _rank(np.array(smallest), raw)


def _rank(null: FloatArray, raw: FloatArray) -> FloatArray:
    """Returns the p-value of each raw one among those of the null, never 0; NaN stays NaN."""
    at_most = np.searchsorted(np.sort(null), raw, side="right")
    ranks: FloatArray = np.where(np.isnan(raw), np.nan, (1.0 + at_most) / (1.0 + null.size))
    return ranks


def _describe(
    names: tuple[str, str],
    panel: tuple[FloatArray, FloatArray],
    next_panel: tuple[FloatArray, FloatArray],
    values: tuple[float, float, float, float, float, float, float],
) -> ScanPair:
    raw, bh, by, calibrated, calibrated_bh, next_p, familywise = (float(value) for value in values)
    y, x = panel
    fit = ols(y, x)
    alpha, beta = fit.alpha or 0.0, fit.beta or 0.0
    spread = y - alpha - beta * x
    # The interval is of rows that follow each other: a spread with holes would be taken for a shorter one.
    interval = spread_half_life(spread) if np.isfinite(spread).all() else None
    frozen = next_panel[0] - alpha - beta * next_panel[1]
    return ScanPair(
        y=names[0],
        x=names[1],
        pvalue=raw,
        bh=bh,
        by=by,
        calibrated=_known(calibrated),
        calibrated_bh=_known(calibrated_bh),
        familywise=_known(familywise),
        beta=beta,
        half_life=half_life(spread).half_life,
        half_life_low=interval.low if interval is not None else None,
        half_life_high=interval.high if interval is not None else None,
        return_correlation=_return_correlation(y, x),
        spread_sd=float(np.nanstd(spread, ddof=1)),
        next_pvalue=_known(next_p),
        next_return_correlation=_return_correlation(*next_panel),
        next_spread_sd=float(np.sqrt(np.nanmean(frozen**2))) if np.isfinite(frozen).any() else None,
    )


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value


def _return_correlation(y: FloatArray, x: FloatArray) -> float | None:
    a, b = np.diff(y), np.diff(x)
    known = np.isfinite(a) & np.isfinite(b)
    a, b = a[known], b[known]
    if a.size < 3 or np.ptp(a) == 0.0 or np.ptp(b) == 0.0:
        return None
    return float(np.corrcoef(a, b)[0, 1])
