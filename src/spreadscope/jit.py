"""The options with which kernels are compiled.

``nogil`` because a kernel that holds the GIL for 80 ms stalls the feed reader for as long; ``cache``
because compiling takes seconds and loading 0.03 s; ``fastmath`` stays off because reassociated sums
would make a prefix differ from the whole in the last bit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

P = ParamSpec("P")
R = TypeVar("R")

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
CodeArray = NDArray[np.int8]


def njit(function: Callable[P, R]) -> Callable[P, R]:
    """Compile ``function`` lazily, on its first call, and keep its Python type."""
    return cast("Callable[P, R]", numba.njit(nogil=True, cache=True, fastmath=False)(function))


def njit_array(function: Callable[P, R]) -> Callable[P, R]:
    """As ``njit``, but a division by zero gives inf or NaN as in numpy: the check would keep loops from being
    vectorised."""
    return cast("Callable[P, R]", numba.njit(nogil=True, cache=True, fastmath=False, error_model="numpy")(function))
