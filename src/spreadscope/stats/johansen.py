"""Johansen's tests of the cointegration rank of several legs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.jit import FloatArray
from spreadscope.model.errors import StatisticsError
from spreadscope.model.validity import Reason
from spreadscope.stats._arrays import as_numbers, check_choice, check_count
from spreadscope.stats._johansen_tables import MACKINNON_HAUG_MICHELIS, OSTERWALD_LENUM, Row
from spreadscope.stats._labels import labelled
from spreadscope.stats._results import Result

DETERMINISTIC = ("none", "restricted constant", "unrestricted constant")


@dataclass(frozen=True, slots=True)
class JohansenCritical(Result, title="Critical values of Johansen's tests"):
    """Critical values at 10%, 5% and 1% of one family; entry r tests the null of at most r relations."""

    family: str
    trace: tuple[Row, ...]
    max_eigenvalue: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class JohansenResult(Result, title="Johansen's tests of the cointegration rank (critical values decide)"):
    """Eigenvalues in falling order and both statistics; entry r tests the null of at most r relations.

    ``vectors``: one cointegrating vector a column, its first entry 1; with a restricted constant the constant is
    the last row. ``critical`` holds every family tabulated for the deterministic terms, its name with it.
    """

    eigenvalues: tuple[float, ...] | None
    trace: tuple[float, ...] | None
    max_eigenvalue: tuple[float, ...] | None
    vectors: FloatArray | None
    critical: tuple[JohansenCritical, ...]
    deterministic: str
    lag_differences: int
    n: int
    reason: Reason | None

    def to_frame(self) -> Any:
        """One row a null of at most r relations: statistics, critical values at 5%, the vector of relation r + 1."""
        if self.vectors is None or self.eigenvalues is None:
            return self._frame({"at_most": [], "eigenvalue": [], "trace": [], "max_eigenvalue": []})
        first = self.critical[0] if self.critical else None
        columns: dict[str, Any] = {
            "at_most": list(range(len(self.eigenvalues))),
            "eigenvalue": list(self.eigenvalues),
            "trace": list(self.trace or ()),
            "trace_5%": None if first is None else [row[1] for row in first.trace],
            "max_eigenvalue": list(self.max_eigenvalue or ()),
            "max_eigenvalue_5%": None if first is None else [row[1] for row in first.max_eigenvalue],
        }
        labels = getattr(self, "_labels", None)
        for i, weights in enumerate(self.vectors):
            named = labels.columns[i] if labels is not None and i < len(labels.columns) else f"leg_{i}"
            columns["constant" if i >= len(self.eigenvalues) else f"weight_{named}"] = weights.tolist()
        return self._frame({name: column for name, column in columns.items() if column is not None})

    def rank(self, level: float = 0.05) -> int | None:
        """Number of relations by the trace test at 10%, 5% or 1%, with the first family of ``critical``.

        The first null that is not rejected decides. None where the statistics are undefined.
        """
        column = {0.10: 0, 0.05: 1, 0.01: 2}.get(level)
        if column is None:
            raise StatisticsError(f"level is {level}; the tables hold 0.10, 0.05 and 0.01")
        if self.trace is None:
            return None
        for r, (stat, row) in enumerate(zip(self.trace, self.critical[0].trace, strict=True)):
            if stat <= row[column]:
                return r
        return len(self.trace)


@labelled
def johansen(
    columns: ArrayLike,
    *,
    lag_differences: int = 1,
    deterministic: str = "restricted constant",
    seasonal: int | None = None,
    exog: ArrayLike | None = None,
) -> JohansenResult:
    """Trace and maximum-eigenvalue tests on log prices: ``columns`` is T × n with n = 2 … 5, no gaps.

    The VAR has ``lag_differences`` + 1 lags in levels. ``deterministic``: "restricted constant" (inside the
    relation; right for prices without a common drift), "unrestricted constant", or "none". ``seasonal`` adds that
    many periods' centred dummies, ``exog`` (T values or T × k: dummies of events, say) columns of your own; both stand
    outside the relation, and the tables know nothing of them: they hold for dummies that sum to about 0. Critical
    values: Osterwald-Lenum (1992) and, where tabulated, MacKinnon, Haug and Michelis (1999); the two differ, so the
    family is named.

    Undefined (with a reason): a NaN, too few rows, collinear legs, or columns outside that follow from each other.

    Source: Johansen (1991), Econometrica 59.

    >>> rng = np.random.default_rng(2)
    >>> x = np.cumsum(rng.standard_normal(400))
    >>> found = johansen(np.column_stack([x + rng.standard_normal(400), x]))
    >>> found.rank(), bool(abs(found.vectors[1, 0] + 1) < 0.1)
    (1, True)
    """
    data = as_numbers(columns, "columns")
    if data.ndim != 2 or not 2 <= data.shape[1] <= 5:
        raise StatisticsError(f"columns has shape {data.shape}; give T rows and 2 to 5 legs")
    check_choice(deterministic, "deterministic", DETERMINISTIC)
    lag_differences = check_count(lag_differences, "lag_differences", "0 or more")
    if seasonal is not None:
        seasonal = check_count(seasonal, "seasonal", "2 or more, or None", least=2)
    n = data.shape[1]
    critical = _critical(deterministic, n)
    used = data.shape[0] - lag_differences - 1
    outside = _outside(exog, data.shape[0])
    short = n * lag_differences + n + 2 + (seasonal or 0) + outside.shape[1]

    def undefined(reason: Reason) -> JohansenResult:
        return JohansenResult(None, None, None, None, critical, deterministic, lag_differences, used, reason)

    if not (np.isfinite(data).all() and np.isfinite(outside).all()):
        return undefined(Reason.NOT_FINITE)
    if used <= short:
        return undefined(Reason.TOO_FEW_ROWS)
    change, level, other = _blocks(data, lag_differences, deterministic, seasonal)
    found = _correlations(change, level, np.column_stack([other, outside[lag_differences + 1 :]]), n)
    if found is None:
        return undefined(Reason.COLLINEAR)
    eigenvalues, r1, right = found
    vectors = np.linalg.solve(r1, right.T)[:, :n]
    vectors = vectors / vectors[0]
    steps = -used * np.log1p(-eigenvalues)
    trace = np.cumsum(steps[::-1])[::-1]
    return JohansenResult(
        tuple(map(float, eigenvalues)),
        tuple(map(float, trace)),
        tuple(map(float, steps)),
        vectors,
        critical,
        deterministic,
        lag_differences,
        used,
        None,
    )


def _correlations(
    change: FloatArray, level: FloatArray, other: FloatArray, n: int
) -> tuple[FloatArray, FloatArray, FloatArray] | None:
    """(eigenvalues, R of the levels, right singular vectors) without ``other``; None where columns are collinear."""
    if other.shape[1]:
        size = np.sqrt((other**2).sum(axis=0))
        basis, triangle = np.linalg.qr(other / np.where(size > 0.0, size, 1.0))
        # Of columns that follow from each other QR makes a direction of its own, which is none of theirs.
        if not np.abs(np.diag(triangle)).min() > 1e-10:
            return None
        change = change - basis @ (basis.T @ change)
        level = level - basis @ (basis.T @ level)
    # Whitened by QR, the canonical correlations are singular values: no product of moment matrices is inverted.
    q0, r0 = np.linalg.qr(change)
    q1, r1 = np.linalg.qr(level)
    for r in (r0, r1):
        diagonal = np.abs(np.diag(r))
        if not diagonal.min() > 1e-12 * diagonal.max():
            return None
    _, correlations, right = np.linalg.svd(q0.T @ q1)
    eigenvalues = np.minimum(correlations[:n] ** 2, 1.0)
    return (eigenvalues, r1, right) if eigenvalues[0] < 1.0 else None


def _outside(exog: ArrayLike | None, rows: int) -> FloatArray:
    """Regressors outside the relation, one row a row of the legs."""
    if exog is None:
        return np.zeros((rows, 0))
    array = as_numbers(exog, "exog")
    array = array[:, None] if array.ndim == 1 else array
    if array.ndim != 2 or array.shape[0] != rows:
        raise StatisticsError(f"exog has shape {array.shape}; give one row for each of the {rows} of columns")
    return array


def _blocks(
    data: FloatArray, lags: int, deterministic: str, seasonal: int | None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(Δy_t, y_{t−1} with what is restricted to the relation, everything to be partialled out)."""
    total = data.shape[0]
    differences = np.diff(data, axis=0)
    change = differences[lags:]
    # The level's mean is taken out where a constant absorbs it anyway: prices of 60,000 keep their digits.
    level = data[lags:-1]
    rows = change.shape[0]
    others = [differences[lags - j : total - 1 - j] for j in range(1, lags + 1)]
    if deterministic == "restricted constant":
        level = np.column_stack([level, np.ones(rows)])
    elif deterministic == "unrestricted constant":
        others.append(np.ones((rows, 1)))
        level = level - level.mean(axis=0)
    if seasonal is not None:
        season = np.arange(rows) % seasonal
        others.append(np.column_stack([(season == s) - 1.0 / seasonal for s in range(1, seasonal)]))
    return change, level, np.column_stack(others) if others else np.zeros((rows, 0))


def _critical(deterministic: str, n: int) -> tuple[JohansenCritical, ...]:
    families = (
        ("MacKinnon-Haug-Michelis 1999", MACKINNON_HAUG_MICHELIS),
        ("Osterwald-Lenum 1992", OSTERWALD_LENUM),
    )
    return tuple(
        JohansenCritical(name, tuple(reversed(table["trace"][:n])), tuple(reversed(table["max"][:n])))
        for name, tables in families
        if (table := tables.get(deterministic)) is not None
    )
