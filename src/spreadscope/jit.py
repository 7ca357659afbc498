"""The options with which kernels are compiled, and the folder that keeps them compiled.

``nogil`` because a kernel that holds the GIL for 80 ms stalls the feed reader for as long; ``cache``
because compiling takes seconds and loading 0.03 s; ``fastmath`` stays off because reassociated sums
would make a prefix differ from the whole in the last bit.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

import numba
import numpy as np
import platformdirs
from numpy.typing import NDArray

P = ParamSpec("P")
R = TypeVar("R")

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
CodeArray = NDArray[np.int8]


def _writable(folder: Path) -> bool:
    """Whether files can be made there; asked of the file system, since root's answer differs on a read-only one."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def kernel_folder(package: Path, named: str) -> Path | None:
    """Returns the folder that keeps compiled kernels: the one ``named``, else the package's own, else the user's.

    The package's own is not writable where somebody else installed it, or in a container. None where no folder is
    writable: every process then compiles anew.
    """
    if named:
        candidates = [Path(named)]
    else:
        candidates = [package / "stats" / "__pycache__", Path(platformdirs.user_cache_dir("spreadscope")) / "kernels"]
    return next((folder for folder in candidates if _writable(folder)), None)


_PACKAGE = Path(__file__).parent
FOLDER = kernel_folder(_PACKAGE, os.environ.get("NUMBA_CACHE_DIR", ""))
_CACHED = FOLDER is not None
if FOLDER is not None and not FOLDER.is_relative_to(_PACKAGE):
    numba.config.CACHE_DIR = str(FOLDER)  # type: ignore[attr-defined]  # numba's own name of it


def njit(function: Callable[P, R]) -> Callable[P, R]:
    """Compile ``function`` lazily, on its first call, and keep its Python type."""
    return cast("Callable[P, R]", numba.njit(nogil=True, cache=_CACHED, fastmath=False)(function))


def njit_array(function: Callable[P, R]) -> Callable[P, R]:
    """As ``njit``, but a division by zero gives inf or NaN as in numpy: the check would keep loops from being
    vectorised."""
    return cast(
        "Callable[P, R]",
        numba.njit(nogil=True, cache=_CACHED, fastmath=False, error_model="numpy")(function),
    )
