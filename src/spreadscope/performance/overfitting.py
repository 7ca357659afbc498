"""The probability that the best of many trials was chosen by chance: combinatorially symmetric cross-validation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.jit import FloatArray, IntArray, njit_array
from spreadscope.model.errors import StatisticsError
from spreadscope.model.validity import Reason
from spreadscope.performance._checks import as_return_matrix
from spreadscope.stats._arrays import check_count
from spreadscope.stats._labels import labelled
from spreadscope.stats._results import Result

MOST_BLOCKS = 20  # 184,756 combinations


@dataclass(frozen=True, slots=True)
class OverfittingProbability(Result, title="Probability of backtest overfitting"):
    """The share of splits in which the trial that was best in one half was not above the median in the other.

    ``logits``, ``in_sample`` and ``out_of_sample`` have a row for each split: ln(rank / (N + 1 − rank)) of the chosen
    trial in the other half, and its Sharpe ratios **per period**. ``slope`` is that of the regression of
    ``out_of_sample`` on ``in_sample`` (None where the latter does not vary), ``loss_probability`` the share of splits
    in which the chosen trial lost in the other half.
    """

    value: float | None
    loss_probability: float | None
    slope: float | None
    logits: FloatArray
    in_sample: FloatArray
    out_of_sample: FloatArray
    trials: int
    blocks: int
    n: int
    reason: Reason | None


@labelled
def overfitting_probability(returns: ArrayLike, *, blocks: int = 16) -> OverfittingProbability:
    """Returns the probability of backtest overfitting (PBO) of a choice by the Sharpe ratio.

    ``returns``: periods × trials, every trial that was made over the same periods. The rows are cut into ``blocks``
    (even; of nearly equal length) and every half of the blocks (12,870 ways of 16) serves once to choose and once to
    judge. Ties share their mean rank; a logit of 0 counts as overfit. A trial that did not move in a half has there a
    ratio of 0. No skill gives about 0.5 over many data sets, but any value in one: the splits share their rows.

    Undefined: fewer than 2 trials, or than 2 rows a block. Errors: a missing return; a trial whose return is the same,
    and not 0, in every row of a half, because it has no Sharpe ratio there; an odd number of blocks.

    Source: Bailey, Borwein, López de Prado and Zhu (2015), Journal of Computational Finance 20.

    >>> noise = np.random.default_rng(1).standard_normal((400, 20))
    >>> skill = noise + 0.4 * (np.arange(20) == 7)
    >>> found = overfitting_probability(skill, blocks=8)
    >>> found.value, found.loss_probability, found.logits.size
    (0.0, 0.0, 70)
    """
    matrix = as_return_matrix(returns)
    blocks = check_count(blocks, "blocks", f"even, from 2 to {MOST_BLOCKS}", least=2, most=MOST_BLOCKS)
    if blocks % 2:
        raise StatisticsError(f"blocks is {blocks}; it must be even, so that half of them choose and half judge")
    n, trials = matrix.shape
    if trials < 2 or n < 2 * blocks:
        none = np.zeros(0)
        return OverfittingProbability(None, None, None, none, none, none, trials, blocks, n, Reason.TOO_FEW_ROWS)
    starts = np.arange(blocks) * n // blocks
    rows = np.diff(np.append(starts, n)).astype(np.float64)
    # Around each trial's mean, so that the sums of squares keep their digits.
    means = matrix.mean(axis=0)
    centred = matrix - means
    sums = np.add.reduceat(centred, starts, axis=0)
    squares = np.add.reduceat(centred * centred, starts, axis=0)
    moved = np.add.reduceat((matrix != 0.0).astype(np.float64), starts, axis=0)
    # A split and its reverse are made together: half of the combinations hold block 0.
    chosen = np.array([(0, *others) for others in combinations(range(1, blocks), blocks // 2 - 1)], dtype=np.int64)
    member = np.zeros((len(chosen), blocks), dtype=np.int64)
    np.put_along_axis(member, chosen, 1, axis=1)
    in_sample, out_of_sample, ranks, constant = _splits(member, rows, means, sums, squares, moved)
    if constant >= 0:
        raise StatisticsError(f"trial {constant} has one return other than 0 in a whole half; it has no Sharpe ratio")
    logits = np.log(ranks / (trials + 1.0 - ranks))
    return OverfittingProbability(
        value=float((logits <= 0.0).mean()),
        loss_probability=float((out_of_sample < 0.0).mean()),
        slope=_slope(in_sample, out_of_sample),
        logits=logits,
        in_sample=in_sample,
        out_of_sample=out_of_sample,
        trials=trials,
        blocks=blocks,
        n=n,
        reason=None,
    )


def _slope(x: FloatArray, y: FloatArray) -> float | None:
    centred = x - x.mean()
    spread = float(centred @ centred)
    if spread <= 1e-24 * max(1e-300, float(x @ x)):
        return None
    return float(centred @ y) / spread


@njit_array
def _splits(
    member: IntArray, rows: FloatArray, means: FloatArray, sums: FloatArray, squares: FloatArray, moved: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, int]:  # pragma: no cover - compiled
    """(Sharpe where chosen, Sharpe where judged, rank where judged, first trial without a ratio or −1).

    Rows 2i and 2i + 1 are split i and its reverse.
    """
    blocks, trials = sums.shape
    count = member.shape[0]
    inside, outside, ranks = np.empty(2 * count), np.empty(2 * count), np.empty(2 * count)
    total, square, active = np.empty((2, trials)), np.empty((2, trials)), np.empty((2, trials))
    ratio = np.empty((2, trials))
    for i in range(count):
        total[:], square[:], active[:] = 0.0, 0.0, 0.0
        size = np.zeros(2)
        for b in range(blocks):
            half = member[i, b]
            size[half] += rows[b]
            for j in range(trials):
                total[half, j] += sums[b, j]
                square[half, j] += squares[b, j]
                active[half, j] += moved[b, j]
        for half in range(2):
            for j in range(trials):
                mean = total[half, j] / size[half]
                around = square[half, j] - total[half, j] * mean
                if active[half, j] == 0.0:
                    ratio[half, j] = 0.0
                elif around <= 1e-12 * square[half, j]:
                    return inside, outside, ranks, j
                else:
                    ratio[half, j] = (means[j] + mean) / math.sqrt(around / (size[half] - 1.0))
        for half in range(2):
            best = np.argmax(ratio[half])
            judged = ratio[1 - half, best]
            below, equal = 0, 0
            for j in range(trials):
                below += ratio[1 - half, j] < judged
                equal += ratio[1 - half, j] == judged
            inside[2 * i + half], outside[2 * i + half] = ratio[half, best], judged
            ranks[2 * i + half] = below + (equal + 1) / 2.0
    return inside, outside, ranks, -1
