"""A scan of a universe for cointegrated pairs, with everything that makes its p-values believable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.jit import FloatArray, IntArray
from spreadscope.model.errors import StatisticsError
from spreadscope.model.validity import Reason
from spreadscope.stats._arrays import as_numbers, check_count, check_number
from spreadscope.stats._labels import labelled_but
from spreadscope.stats._results import Result
from spreadscope.stats.adf import adf
from spreadscope.stats.adjust_pvalues import adjust_pvalues
from spreadscope.stats.mackinnon import finite_pvalues
from spreadscope.stats.ols import ols
from spreadscope.stats.ou_fit import half_life
from spreadscope.stats.panel import engle_granger_all


class LegVerdict(StrEnum):
    """Why a symbol is or is not a leg."""

    CANDIDATE = "candidate"
    PEGGED = "pegged: hardly moves"
    STATIONARY = "stationary by itself"
    INACTIVE = "mostly without trades"
    INCOMPLETE = "too many missing bars"


@dataclass(frozen=True, slots=True)
class ScannedLeg(Result, title="A leg of a scan"):
    """One symbol tested first. ``volatility`` is the sd of its log returns a bar; ``still`` the share of zero returns."""

    symbol: str
    verdict: LegVerdict
    adf_pvalue: float | None
    volatility: float
    still: float


@dataclass(frozen=True, slots=True)
class ScanPair(
    Result,
    title="A pair of a scan",
    decides={
        "calibrated_bh": "BH q-value of the p calibrated on surrogates",
        "bh": "BH q-value of 2·min p, not calibrated",
    },
):
    """One pair of candidates: formation window first, then what became of it in the next one.

    ``pvalue`` = min(1, 2·min p) of the two directions, finite-sample; ``bh`` and ``by`` are its q-values over all tests;
    ``calibrated`` is its rank among the same panel's sign-flipped surrogates and ``calibrated_bh`` the q-value of that.
    ``beta`` and ``half_life`` (bars) are of y on x, the direction with the smaller p; ``spread_sd`` of its residual.
    ``next_pvalue`` is the test repeated on the next window, ``next_spread_sd`` the root mean square of the frozen-β spread
    there, around the formation's mean. What cannot be had (too few rows) is None.
    """

    y: str
    x: str
    pvalue: float
    bh: float
    by: float
    calibrated: float | None
    calibrated_bh: float | None
    beta: float
    half_life: float | None
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

    ``familywise``: share of surrogates whose best pair is at least as good as the best one here, None without surrogates.
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
        """(selected, of them with p ≤ level in the next window, the others, of them likewise).

        ``selected`` names the value that selects: "pvalue", "bh", "by", "calibrated" or "calibrated_bh".
        """
        chosen = [p for p in self.pairs if (q := getattr(p, selected)) is not None and q <= self.level]
        rest = [p for p in self.pairs if (q := getattr(p, selected)) is None or q > self.level]
        again = [sum((p.next_pvalue or 1.0) <= self.level for p in group) for group in (chosen, rest)]
        return len(chosen), again[0], len(rest), again[1]

    def persistence(self) -> tuple[float, float, float]:
        """Rank correlation between the windows of (p, return correlation, log spread volatility), over all pairs."""
        first = [(p.pvalue, p.return_correlation, p.spread_sd) for p in self.pairs]
        second = [(p.next_pvalue, p.next_return_correlation, p.next_spread_sd) for p in self.pairs]
        whole = [place for place, both in enumerate(zip(first, second, strict=True)) if None not in both[0] + both[1]]
        if len(whole) < 3:
            raise StatisticsError(f"{len(whole)} pairs are too few for a correlation; scan more symbols")
        first, second = [first[place] for place in whole], [second[place] for place in whole]
        ranked = [np.argsort(np.argsort(np.array(values), axis=0), axis=0) for values in (first, second)]
        p, correlation, volatility = (float(np.corrcoef(ranked[0][:, c], ranked[1][:, c])[0, 1]) for c in range(3))
        return p, correlation, volatility


def check_legs(
    log_prices: FloatArray,
    symbols: Sequence[str],
    *,
    level: float = 0.05,
    max_missing: float = 0.05,
    keep: Sequence[str] = (),
) -> tuple[ScannedLeg, ...]:
    """Test each leg by itself: a pegged or stationary one makes every pair with it "cointegrated".

    Pegged: returns with less than a tenth of the universe's median sd. Stationary: ADF with constant at ``level``.
    Inactive: more than half of the returns are exactly zero. Incomplete: more than ``max_missing`` of the bars missing,
    or too few of them neighbours. Those of ``keep`` stay whatever these tests say, unless incomplete: the test of
    a stationary leg itself drops 5% of honest walks. What a leg lacks stays a hole: no difference over a gap is one step.
    """
    returns = np.diff(log_prices, axis=0)
    known = np.isfinite(returns)
    volatility = np.array([float(r[k].std()) if k.sum() > 1 else 0.0 for r, k in zip(returns.T, known.T, strict=True)])
    typical = float(np.median(volatility[volatility > 0])) if (volatility > 0).any() else 0.0
    legs = []
    for i, symbol in enumerate(symbols):
        values = returns[known[:, i], i]
        still = float((values == 0.0).mean()) if values.size else 1.0
        found = adf(log_prices[:, i], lags="aic")
        too_few = found.reason is Reason.TOO_FEW_ROWS
        if too_few or not np.isfinite(log_prices[:, i]).mean() >= 1.0 - max_missing:
            verdict = LegVerdict.INCOMPLETE
        elif volatility[i] < 0.1 * typical or found.pvalue is None:
            verdict = LegVerdict.PEGGED
        elif still > 0.5:
            verdict = LegVerdict.INACTIVE
        elif found.pvalue <= level:
            verdict = LegVerdict.STATIONARY
        else:
            verdict = LegVerdict.CANDIDATE
        if symbol in keep and verdict is not LegVerdict.INCOMPLETE:
            verdict = LegVerdict.CANDIDATE
        legs.append(ScannedLeg(symbol, verdict, found.pvalue, float(volatility[i]), still))
    return tuple(legs)


def sign_flipped(log_prices: FloatArray, block: int, rng: np.random.Generator) -> FloatArray:
    """A surrogate panel: each leg's returns, block by block, with random signs of its own.

    Volatility clustering, calm and storm included, stays where it was; every common movement is gone, so no pair is
    tied. Missing bars stay missing. (Circularly shifted residuals are bridges and reject 26%: not a null.)
    """
    moves = np.diff(log_prices, axis=0)
    blocks = -(-moves.shape[0] // block)
    signs = rng.choice(np.array([-1.0, 1.0]), size=(blocks, log_prices.shape[1]))
    flipped = moves * np.repeat(signs, block, axis=0)[: moves.shape[0]]
    start = np.zeros((1, log_prices.shape[1]))
    path = np.concatenate([start, np.nancumsum(flipped, axis=0)])
    return np.where(np.isfinite(log_prices), path, np.nan)


def pair_pvalues(log_prices: FloatArray, *, lags: int | str, max_lags: int | None, threads: int = 1) -> FloatArray:
    """min(1, 2·min p) of both directions, finite-sample, of every pair: upper triangle of n × n, NaN elsewhere."""
    return _both(_one_way(log_prices, lags=lags, max_lags=max_lags, threads=threads))


def _one_way(log_prices: FloatArray, *, lags: int | str, max_lags: int | None, threads: int = 1) -> FloatArray:
    """The p-value of each direction: row y, column x."""
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
) -> ScanResult:
    """Scan a T × n panel of log prices and look at the same pairs in ``next_prices`` (T' × n), the window after it.

    Legs are tested first; every pair of the candidates is then tested in both directions (2·min p) and corrected for
    the number of tests; p is calibrated on ``surrogates`` sign-flipped panels (``block`` bars a block, an hour of 5 m
    bars), because BH alone reports a pair in 40% of universes whose volatility clusters. "No pair passes" is a valid
    answer, and a small p does not persist: return correlation and spread volatility do, so they stand beside it.
    ``keep`` names legs that stay whatever their own tests say. A leg may lack ``max_missing`` of its bars (NaN): they are
    holes, and no row of a test reaches across one.

    Raises ``StatisticsError`` for shapes that do not fit or fewer than 2 candidates.

    >>> rng = np.random.default_rng(6)
    >>> walks = np.cumsum(0.01 * rng.standard_normal((600, 5)), axis=0)
    >>> walks[:, 1] = walks[:, 0] + 0.01 * rng.standard_normal(600)
    >>> found = scan(walks[:300], "ABCDE", next_prices=walks[300:], surrogates=20)
    >>> sorted((found.pairs[0].y, found.pairs[0].x)), found.pairs[0].bh < 0.05
    (['A', 'B'], True)
    """
    now, after = as_numbers(log_prices, "log_prices"), as_numbers(next_prices, "next_prices")
    if now.ndim != 2 or now.shape[1] != len(symbols) or after.ndim != 2 or after.shape[1] != len(symbols):
        raise StatisticsError(
            f"panels of shape {now.shape} and {after.shape} do not fit {len(symbols)} symbols; give one column each"
        )
    surrogates = check_count(surrogates, "surrogates", "from 0 to 100,000", most=100_000)
    block = check_count(block, "block", "at least 1 bar", least=1)
    check_number(level, "level", least=0.0, most=1.0)
    check_number(max_missing, "max_missing", least=0.0, most=1.0)
    strangers = [name for name in keep if name not in symbols]
    if strangers:
        raise StatisticsError(f"{strangers[0]} is to be kept, but is none of the symbols; check its name")
    legs = check_legs(now, symbols, level=level, max_missing=max_missing, keep=keep)
    kept: IntArray = np.array([i for i, leg in enumerate(legs) if leg.verdict is LegVerdict.CANDIDATE], dtype=np.int64)
    if kept.size < 2:
        why = ", ".join(f"{leg.symbol} {leg.verdict}" for leg in legs if leg.verdict is not LegVerdict.CANDIDATE)
        raise StatisticsError(f"{kept.size} of {len(symbols)} legs are candidates, and a pair needs 2: {why[:200]}")
    now, after = now[:, kept], after[:, kept]
    names = [symbols[i] for i in kept]
    one_way = _one_way(now, lags=lags, max_lags=max_lags, threads=threads)
    p = _both(one_way)
    upper = np.triu_indices(kept.size, 1)
    raw = p[upper]
    adjusted = adjust_pvalues(raw)
    calibrated, familywise = _calibrate(
        now, raw, surrogates, block, seed, lags=lags, max_lags=max_lags, threads=threads
    )
    calibrated_bh = adjust_pvalues(calibrated).bh
    next_p = pair_pvalues(after, lags=lags, max_lags=max_lags, threads=threads)[upper]
    pairs = []
    for c in np.argsort(raw, kind="stable"):
        if np.isnan(raw[c]):
            continue
        i, j = int(upper[0][c]), int(upper[1][c])
        if one_way[j, i] < one_way[i, j]:
            i, j = j, i  # β and half-life are of the direction that decides
        pairs.append(
            _describe(
                (names[i], names[j]),
                (now[:, i], now[:, j]),
                (after[:, i], after[:, j]),
                (raw[c], adjusted.bh[c], adjusted.by[c], calibrated[c], calibrated_bh[c], next_p[c]),
            )
        )
    undefined = int(np.isnan(raw).sum())
    return ScanResult(legs, tuple(pairs), adjusted.n, undefined, surrogates, familywise, level)


def _calibrate(
    panel: FloatArray,
    raw: FloatArray,
    surrogates: int,
    block: int,
    seed: int,
    *,
    lags: int | str,
    max_lags: int | None,
    threads: int = 1,
) -> tuple[FloatArray, float | None]:
    """(p of each pair among all pairs of all surrogates, family-wise p of the best pair)."""
    if surrogates == 0 or np.isnan(raw).all():
        return np.full(raw.size, np.nan), None
    rng = np.random.default_rng(seed)
    upper = np.triu_indices(panel.shape[1], 1)
    pool, best = [], 0
    smallest = float(np.nanmin(raw))
    for _ in range(surrogates):
        p = pair_pvalues(sign_flipped(panel, block, rng), lags=lags, max_lags=max_lags, threads=threads)[upper]
        p = p[~np.isnan(p)]
        pool.append(p)
        best += bool(p.size and p.min() <= smallest)
    null = np.sort(np.concatenate(pool))
    at_most = np.searchsorted(null, raw, side="right")
    calibrated = np.where(np.isnan(raw), np.nan, (1.0 + at_most) / (1.0 + null.size))
    return calibrated, (1.0 + best) / (1.0 + surrogates)


def _describe(
    names: tuple[str, str],
    now: tuple[FloatArray, FloatArray],
    after: tuple[FloatArray, FloatArray],
    values: tuple[float, float, float, float, float, float],
) -> ScanPair:
    raw, bh, by, calibrated, calibrated_bh, next_p = (float(value) for value in values)
    y, x = now
    fit = ols(y, x)
    alpha, beta = fit.alpha or 0.0, fit.beta or 0.0
    spread = y - alpha - beta * x
    frozen = after[0] - alpha - beta * after[1]
    return ScanPair(
        y=names[0],
        x=names[1],
        pvalue=raw,
        bh=bh,
        by=by,
        calibrated=None if np.isnan(calibrated) else calibrated,
        calibrated_bh=None if np.isnan(calibrated_bh) else calibrated_bh,
        beta=beta,
        half_life=half_life(spread).half_life,
        return_correlation=_return_correlation(y, x),
        spread_sd=float(np.nanstd(spread, ddof=1)),
        next_pvalue=None if np.isnan(next_p) else next_p,
        next_return_correlation=_return_correlation(*after),
        next_spread_sd=float(np.sqrt(np.nanmean(frozen**2))) if np.isfinite(frozen).any() else None,
    )


def _return_correlation(y: FloatArray, x: FloatArray) -> float | None:
    a, b = np.diff(y), np.diff(x)
    known = np.isfinite(a) & np.isfinite(b)
    a, b = a[known], b[known]
    if a.size < 3 or np.ptp(a) == 0.0 or np.ptp(b) == 0.0:
        return None
    return float(np.corrcoef(a, b)[0, 1])
