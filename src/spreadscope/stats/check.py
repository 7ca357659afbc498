"""Size and power of the product's decisions, measured on synthetic pairs with a known truth.

Pure: a seed and sizes in, a table out. ``spreadscope check`` prints it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from spreadscope.jit import FloatArray
from spreadscope.model.errors import StatisticsError
from spreadscope.stats._arrays import check_count
from spreadscope.stats._results import Result
from spreadscope.stats._scipy import beta_quantile
from spreadscope.stats.adf import adf
from spreadscope.stats.adjust_pvalues import adjust_pvalues
from spreadscope.stats.evidence import HEDGES, cointegration_evidence, hedge_spread
from spreadscope.stats.scan import pair_pvalues

ROWS_OF_CHECK = 3 * len(HEDGES) + 3
Decision = Callable[[FloatArray, FloatArray], bool]
Pair = tuple[FloatArray, FloatArray]


@dataclass(frozen=True, slots=True)
class Rate(Result, title="A rate"):
    """A rate of ``hits`` in ``n``, with the exact (Clopper–Pearson) 95% interval."""

    hits: int
    n: int
    rate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class CheckRow(Result, title="A measured rate of a decision"):
    """A line of the table. ``bound`` is the limit of the rate, None for a rate that is only a comparison.

    ``holds``: the measured rate keeps the bound. ``shown`` says whether the product shows this decision as evidence.
    """

    what: str
    hedge: str
    rate: Rate
    bound: str
    holds: bool | None
    shown: bool


def clopper_pearson(hits: int, n: int, *, confidence: float = 0.95) -> Rate:
    """Returns a rate with its exact binomial interval.

    >>> r = clopper_pearson(5, 100)
    >>> round(r.low, 4), round(r.high, 4)
    (0.0164, 0.1128)
    """
    if not 0 <= hits <= n or n == 0:
        raise StatisticsError(f"{hits} hits of {n} is no rate")
    tail = 0.5 * (1.0 - confidence)
    low = 0.0 if hits == 0 else beta_quantile(tail, hits, n - hits + 1)
    high = 1.0 if hits == n else beta_quantile(1.0 - tail, hits + 1, n - hits)
    return Rate(hits, n, hits / n, low, high)


def random_walks(rng: np.random.Generator, rows: int, *, noise_sd: float = 0.0) -> Pair:
    """Returns two unrelated random walks with steps of sd 1, seen through noise of ``noise_sd`` (bid-ask bounce)."""
    steps = rng.standard_normal((2, rows)).cumsum(axis=1) + noise_sd * rng.standard_normal((2, rows))
    return np.ascontiguousarray(steps[0]), np.ascontiguousarray(steps[1])


def cointegrated_pair(rng: np.random.Generator, rows: int, *, phi: float = 0.9) -> Pair:
    """Returns a cointegrated pair: y = x + u with u an AR(1) of coefficient ``phi``, all innovations N(0, 1)."""
    x = rng.standard_normal(rows).cumsum()
    shocks = rng.standard_normal(rows)
    u = np.empty(rows)
    u[0] = shocks[0] / math.sqrt(1.0 - phi * phi)
    for t in range(1, rows):
        u[t] = phi * u[t - 1] + shocks[t]
    return x + u, x


def rejection_rate(draw: Callable[[np.random.Generator], Pair], decide: Decision, *, n_sim: int, seed: int) -> Rate:
    """Returns the share of ``n_sim`` drawn pairs that ``decide`` calls cointegrated."""
    rng = np.random.default_rng(seed)
    hits = sum(decide(*draw(rng)) for _ in range(n_sim))
    return clopper_pearson(int(hits), n_sim)


def decision(*, direction: str = "both", lags: int | str = "aic", max_lags: int | None = None) -> Decision:
    """Returns the product's 5% decision, as ``cointegration_evidence`` makes it in every hedge mode."""

    def decide(y: FloatArray, x: FloatArray) -> bool:
        return bool(cointegration_evidence(y, x, direction=direction, lags=lags, max_lags=max_lags).cointegrated)

    return decide


def plain_adf_decision(hedge: str) -> Decision:
    """Returns a decision that the product does not make: plain ADF on the spread of a hedge mode."""

    def decide(y: FloatArray, x: FloatArray) -> bool:
        spread = hedge_spread(y, x, hedge)
        found = adf(spread[np.isfinite(spread)], trend="c", lags=1)
        return found.pvalue is not None and found.pvalue <= 0.05

    return decide


def false_pair_rate(*, coins: int, rows: int, universes: int, seed: int, level: float = 0.05) -> Rate:
    """Returns the share of universes of unrelated walks in which BH at ``level`` reports any pair (both directions,
    2·min p)."""
    rng = np.random.default_rng(seed)
    hits = 0
    upper = np.triu_indices(coins, 1)
    for _ in range(universes):
        panel = rng.standard_normal((rows, coins)).cumsum(axis=0)
        both = pair_pvalues(panel, lags="aic", max_lags=10)[upper]
        hits += bool((adjust_pvalues(both).bh <= level).any())
    return clopper_pearson(hits, universes)


def run_check(
    *, seed: int = 20230704, n_sim: int = 1000, rows: int = 300, coins: int = 20, universes: int = 200
) -> Iterator[CheckRow]:
    """Yields the rows of the table as they are measured (about 20 s with the defaults).

    For every hedge mode: size (unrelated walks) and power (u AR(1) with φ = 0.9) of the decision the product
    shows, and beside it the size of plain ADF on that mode's spread, which it does not show. Then the bounce
    and the universe of unrelated coins.

    >>> first = next(run_check(n_sim=40, rows=120))
    >>> first.what, first.hedge, first.rate.n
    ('size', 'ols', 40)
    """
    least = {"n_sim": (n_sim, 1), "universes": (universes, 1), "rows": (rows, 60), "coins": (coins, 2)}
    for name, (value, smallest) in least.items():
        check_count(value, name, f"at least {smallest}", least=smallest)
    for number, hedge in enumerate(HEDGES):
        # Each mode has its own seed: five tests of one sample are not five measurements.
        mode_seed = seed + 1000 * number
        size = rejection_rate(lambda rng: random_walks(rng, rows), decision(), n_sim=n_sim, seed=mode_seed)
        yield CheckRow("size", hedge, size, "<= 0.07", size.rate <= 0.07, shown=True)
        power = rejection_rate(lambda rng: cointegrated_pair(rng, rows), decision(), n_sim=n_sim, seed=mode_seed + 1)
        yield CheckRow("power", hedge, power, "reported", None, shown=True)
        simulations = max(1, n_sim // 5) if hedge == "kalman" else n_sim
        plain_adf = rejection_rate(
            lambda rng: random_walks(rng, rows), plain_adf_decision(hedge), n_sim=simulations, seed=mode_seed + 2
        )
        yield CheckRow("size of plain ADF on the spread", hedge, plain_adf, "not shown", None, shown=False)
    bounce = rejection_rate(lambda rng: random_walks(rng, 1000, noise_sd=1.0), decision(), n_sim=n_sim, seed=seed + 3)
    yield CheckRow("size with bid-ask bounce, 1000 rows", "ols", bounce, "<= 0.08", bounce.rate <= 0.08, shown=True)
    one_lag = rejection_rate(
        lambda rng: random_walks(rng, 1000, noise_sd=1.0),
        decision(direction="y_on_x", lags=1),
        n_sim=n_sim,
        seed=seed + 4,
    )
    yield CheckRow("size with bounce at one fixed lag", "ols", one_lag, "not shown", None, shown=False)
    false_pairs = false_pair_rate(coins=coins, rows=500, universes=universes, seed=seed + 5)
    yield CheckRow(
        f"any false pair of {coins} coins after BH", "ols", false_pairs, "<= 0.10", false_pairs.rate <= 0.10, shown=True
    )
