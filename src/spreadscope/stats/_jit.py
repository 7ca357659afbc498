"""One place that says how kernels are compiled.

``nogil`` because a kernel that holds the GIL for 80 ms stalls the feed reader for as long; ``cache``
because compiling takes seconds and loading 0.03 s; ``fastmath`` stays off because reassociated sums
would make a prefix differ from the whole in the last bit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

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


def njit_inline(function: Callable[P, R]) -> Callable[P, R]:
    """As ``njit``, but LLVM is asked to inline it: for the few-line helpers of an inner loop."""
    compiled: Any = numba.njit(nogil=True, cache=True, fastmath=False, forceinline=True)(function)
    return cast("Callable[P, R]", compiled)
