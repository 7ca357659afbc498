"""Typed wrappers of the scipy functions that are used; scipy has no types."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spreadscope.jit import FloatArray


@dataclass(frozen=True, slots=True)
class Minimum:
    """A minimum of a function."""

    x: FloatArray
    value: float
    converged: bool


def minimise(function: Callable[[FloatArray], float], start: FloatArray, *, tolerance: float = 1e-9) -> Minimum:
    """Returns the minimum by Nelder–Mead from ``start``: it needs no derivative, and tolerates a flat or infinite
    region."""
    from scipy.optimize import minimize  # type: ignore[import-untyped]  # no stubs

    found = minimize(
        function, start, method="Nelder-Mead", options={"xatol": tolerance, "fatol": tolerance, "maxiter": 2000}
    )
    return Minimum(np.asarray(found.x, dtype=np.float64), float(found.fun), bool(found.success))


def minimise_bounded(function: Callable[[float], float], low: float, high: float) -> tuple[float, float]:
    """Returns (argument, value) of the minimum on an interval, by Brent's method."""
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(function, bounds=(low, high), method="bounded", options={"xatol": 1e-12})
    return float(found.x), float(found.fun)


def root(function: Callable[[float], float], low: float, high: float) -> float:
    """Returns the root of a function that changes sign on [low, high], by Brent's method."""
    from scipy.optimize import brentq

    return float(brentq(function, low, high, xtol=1e-15, rtol=8.9e-16))


def beta_quantile(p: float, a: float, b: float) -> float:
    """Returns the quantile of the beta distribution, for Clopper–Pearson intervals."""
    from scipy.special import betaincinv  # type: ignore[import-untyped]  # no stubs

    return float(betaincinv(a, b, p))


def erfi(x: float) -> float:
    """Returns the imaginary error function."""
    from scipy.special import erfi as scipy_erfi

    return float(scipy_erfi(x))


def chi2_upper(x: float, df: float) -> float:
    """Returns P(χ²(df) > x)."""
    from scipy.special import gammaincc

    return float(gammaincc(df / 2.0, x / 2.0))


def dawson(x: float) -> float:
    """Returns Dawson's function e^{−x²} ∫₀ˣ e^{t²} dt."""
    from scipy.special import dawsn

    return float(dawsn(x))


def leaf_order(distance: FloatArray) -> list[int]:
    """Returns the places of n things by average linkage of their n (n − 1) / 2 distances, the nearest side by side."""
    from scipy.cluster.hierarchy import (  # type: ignore[import-untyped]
        leaves_list,
        linkage,
        optimal_leaf_ordering,
    )

    ordered: list[int] = leaves_list(optimal_leaf_ordering(linkage(distance, "average"), distance)).tolist()
    return ordered


def connected_components(tied: NDArray[np.bool_]) -> list[int]:
    """Returns the number of the component that each of n things is in; ``tied`` (n × n) says which two are joined."""
    from scipy.sparse import csr_array  # type: ignore[import-untyped]
    from scipy.sparse.csgraph import connected_components as of_graph  # type: ignore[import-untyped]

    numbers: list[int] = of_graph(csr_array(tied), directed=False)[1].tolist()
    return numbers
