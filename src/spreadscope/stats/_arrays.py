"""What every estimator does with its arguments: check them once, and say what to do when they are wrong."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.jit import FloatArray, njit
from spreadscope.model.errors import StatisticsError
from spreadscope.model.validity import Reason
from spreadscope.stats._labels import as_array, library_of

#: Of numbers of this size and more, products of two sums of squares leave float64: they count as missing, as infinity does.
TOO_LARGE = 1e70
#: The longest window and the most lags: a slip of the keyboard asks for more, and would wait or fill the memory.
MOST = 10_000_000
EPS = float(np.finfo(np.float64).eps)

#: Code of each reason inside arrays; 0 means "the value is there".
REASONS: tuple[Reason | None, ...] = (None, *Reason)
CODES: dict[Reason, int] = {reason: code for code, reason in enumerate(REASONS) if reason is not None}

# The kernels cannot look up a dict, so the codes they write are module constants.
WARMING_UP = CODES[Reason.WARMING_UP]
TOO_FEW_ROWS = CODES[Reason.TOO_FEW_ROWS]
CONSTANT_LEG = CODES[Reason.CONSTANT_LEG]
CONSTANT_SPREAD = CODES[Reason.CONSTANT_SPREAD]
COLLINEAR = CODES[Reason.COLLINEAR]
NOT_FINITE = CODES[Reason.NOT_FINITE]
NOT_MEAN_REVERTING = CODES[Reason.NOT_MEAN_REVERTING]
NOT_OU = CODES[Reason.NOT_OU]


def reason_of(code: int) -> Reason | None:
    """The ``Reason`` behind a code of a result's ``reason`` array (0, and the −1 of "not asked for", give None).

    >>> reason_of(0) is None
    True
    """
    return REASONS[code] if code > 0 else None


def as_numbers(values: ArrayLike, name: str) -> FloatArray:
    """``values`` as a contiguous float64 array; what a masked array hides, or is beyond 1e70, is missing (NaN)."""
    if type(values) is not np.ndarray and library_of(values):
        return as_numbers(as_array(values, name), name)
    try:
        if type(values) is not np.ndarray and isinstance(values, np.ma.MaskedArray):
            values = np.where(np.ma.getmaskarray(values), np.nan, values.data)
        array = np.ascontiguousarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise StatisticsError(f"{name} must hold numbers: {error}") from error
    if _any_too_large(array if array.ndim == 1 else array.reshape(-1)):
        array = np.where(np.abs(array) < TOO_LARGE, array, np.nan)
    return array


@njit
def _any_too_large(values: FloatArray) -> bool:  # pragma: no cover - compiled
    """Whether a value has to be taken for missing; every estimator asks this of every array, so it costs next to nothing."""
    found = False
    for i in range(values.size):
        found |= abs(values[i]) >= TOO_LARGE
    return found


def as_series(values: ArrayLike, name: str, *, minimum: int = 0) -> FloatArray:
    """``values`` as a contiguous one-dimensional float64 array of at least ``minimum`` rows."""
    array = as_numbers(values, name)
    if array.ndim != 1:
        raise StatisticsError(f"{name} must be one-dimensional, but its shape is {array.shape}; pass one series")
    if array.size < minimum:
        raise StatisticsError(f"{name} has {array.size} rows; pass at least {minimum}")
    return array


def as_pair(y: ArrayLike, x: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Both legs as float64 series of one length."""
    first, second = as_series(y, "y"), as_series(x, "x")
    if first.size != second.size:
        raise StatisticsError(f"y has {first.size} rows and x has {second.size}; join the legs on time first")
    return first, second


def check_window(window: int, *, minimum: int) -> int:
    """A window length, refused when no statistic could come out of it."""
    if not _is_whole(window):
        raise StatisticsError(f"window must be a whole number of rows, not {window!r}")
    if not minimum <= window <= MOST:
        raise StatisticsError(f"window is {window} rows; it must be at least {minimum}, and at most {MOST}")
    return int(window)


def check_count(value: float, name: str, allowed: str, *, least: int = 0, most: int = MOST) -> int:
    """A whole number from ``least`` to ``most``; ``allowed`` says in words what may stand there."""
    if not (_is_whole(value) and least <= value <= most):
        raise StatisticsError(f"{name} is {value}; it must be a whole number, {allowed}")
    return int(value)


def check_number(value: float, name: str, *, least: float = -math.inf, most: float = math.inf) -> float:
    """A finite number from ``least`` to ``most``."""
    if not (_is_finite(value) and least <= value <= most):
        bounds = (
            ""
            if least == -math.inf
            else f" of {least:g} or more"
            if most == math.inf
            else f" from {least:g} to {most:g}"
        )
        raise StatisticsError(f"{name} is {value}; it must be a finite number{bounds}")
    return float(value)


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except (TypeError, OverflowError):  # what is no number at all, or a whole one beyond every float
        return False


def _is_whole(value: float) -> bool:
    return _is_finite(value) and value == int(value)


def check_choice(value: str, name: str, choices: tuple[str, ...]) -> str:
    """A setting that is one of a few words."""
    if value not in choices:
        raise StatisticsError(f"{name} is {value!r}; use one of {', '.join(choices)}")
    return value


def check_positive(value: float, name: str) -> float:
    """A finite number above zero."""
    if not (_is_finite(value) and value > 0):
        raise StatisticsError(f"{name} is {value}; it must be a finite number above 0")
    return float(value)


def is_number(value: float | None) -> bool:
    """Whether a streamed value may enter an estimator at all."""
    return value is not None and abs(value) < TOO_LARGE
