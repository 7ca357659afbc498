"""Series and frames of pandas and polars as arguments: labels go round the arithmetic and come out with the result.

Neither library is imported here: an object of pandas can only be there where its owner has imported pandas.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from spreadscope.model.errors import StatisticsError
from spreadscope.stats._results import Result

P = ParamSpec("P")
R = TypeVar("R")

_PLAIN = frozenset({np.ndarray, list, tuple, int, float, str, bool, type(None)})
_JOIN = {
    "pandas": "join them first, such as y, x = y.align(x, join='inner')",
    "polars": "join them first, such as both = y.join(x, on='time')",
}


@dataclass(frozen=True, slots=True)
class Labels:
    """What the arguments were labelled with: the index of their rows, the names of series and of a panel's columns."""

    library: str
    index: Any
    whole: NDArray[np.bool_]
    names: dict[str, str] = field(default_factory=dict)
    columns: tuple[str, ...] = ()

    def of_rows(self, rows: int) -> Any:
        """The labels of an output of so many rows, if there are any: of all rows, or of the last that had no hole."""
        if self.index is None or rows == self.whole.size:
            return self.index
        kept = np.flatnonzero(self.whole)
        return self.index[kept[kept.size - rows :]] if rows <= kept.size else None


def labelled(function: Callable[P, R]) -> Callable[P, R]:
    """The function, for series and frames beside arrays: unlike indices are refused, the result keeps the labels.

    >>> import polars as pl
    >>> @labelled
    ... def doubled(y):
    ...     return 2.0 * y
    >>> doubled(pl.Series("close", [1.0, None])).to_list()
    [2.0, None]
    """
    return labelled_but("")(function)


def labelled_but(apart: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """``labelled`` for a function whose argument ``apart`` holds other rows of the same columns."""

    def wrap(function: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(function)

        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            for value in (*args, *kwargs.values()) if kwargs else args:
                if type(value) not in _PLAIN and library_of(value):
                    break
            else:
                return function(*args, **kwargs)
            given = signature.bind(*args, **kwargs)
            labels = _labels(given.arguments, apart)
            for name, value in given.arguments.items():
                if library_of(value):
                    given.arguments[name] = as_array(value, name)
            return cast("R", _with_labels(function(*given.args, **given.kwargs), labels))

        return call

    return wrap


def library_of(value: object) -> str | None:
    """The library whose series or frame this is, if it is one."""
    for library in ("pandas", "polars"):
        module = sys.modules.get(library)
        kinds = tuple(
            kind for name in ("Series", "DataFrame", "LazyFrame") if (kind := getattr(module, name, None)) is not None
        )
        if kinds and isinstance(value, kinds):
            return library
    return None


def as_array(value: Any, name: str) -> NDArray[np.float64]:
    """The numbers of a series or frame, NaN where one is missing; a frame of one column of numbers is one series."""
    if library_of(value) == "pandas":
        kinds = [value.dtype] if value.ndim == 1 else list(value.dtypes)
        if any(getattr(kind, "kind", "") in "mM" for kind in kinds):
            raise StatisticsError(f"{name} holds times; pass prices, and let the times be its index")
        try:
            array = value.to_numpy(dtype=np.float64, na_value=np.nan)
        except (TypeError, ValueError) as error:
            raise StatisticsError(f"{name} must hold numbers: {error}") from error
    else:
        frame = _polars_frame(value, name)
        if not frame.width:
            raise StatisticsError(f"{name} holds times alone; pass prices, with the times beside them")
        words = [column for column, kind in frame.schema.items() if not kind.is_numeric()]
        if words:
            raise StatisticsError(
                f"{name} must hold numbers, but {words[0]!r} is {frame.schema[words[0]]}; leave it out"
            )
        array = frame.cast(sys.modules["polars"].Float64).to_numpy()
    array = np.ascontiguousarray(array, dtype=np.float64)
    return array[:, 0].copy() if array.ndim == 2 and array.shape[1] == 1 else array


def _polars_frame(value: Any, name: str) -> Any:
    """A polars series or frame as a frame without its column of times."""
    if hasattr(value, "collect_schema") and not hasattr(value, "height") and not hasattr(value, "to_frame"):
        raise StatisticsError(f"{name} is a LazyFrame; collect() it first")
    frame = value.to_frame(value.name or name) if hasattr(value, "to_frame") else value
    return frame.drop([column for column, kind in frame.schema.items() if kind.is_temporal()])


def as_times(values: Any) -> Any:
    """Times of any library as nanoseconds, so that they are numbers; what is no times stays what it is."""
    if library_of(values) == "polars" and values.dtype.is_temporal():
        return values.dt.cast_time_unit("ns").cast(sys.modules["polars"].Int64).to_numpy()
    held = getattr(values, "to_numpy", lambda: values)()
    if isinstance(held, np.ndarray) and held.dtype.kind == "M":
        return held.astype("datetime64[ns]").astype(np.int64)
    return values


def _index(value: Any, name: str, library: str) -> Any:
    """The labels of the rows, if any: a pandas index, or the one column of times of a polars frame."""
    if library == "pandas":
        index = value.index
        ordered = index.is_monotonic_increasing or getattr(index.dtype, "kind", "") != "M"
        sort = f"{name} = {name}.sort_index()"
    else:
        times = [c for c, kind in getattr(value, "schema", {}).items() if kind.is_temporal()]
        if len(times) > 1:
            raise StatisticsError(f"{name} has {len(times)} columns of times ({', '.join(times)}); keep one of them")
        if not times:
            return None
        index = value.get_column(times[0])
        ordered = index.null_count() == 0 and index.is_sorted()
        sort = f"{name} = {name}.sort({times[0]!r})"
    if not ordered:
        raise StatisticsError(f"the index of {name} goes back in time or misses one; sort it first: {sort}")
    return index


def _labels(given: dict[str, Any], apart: str) -> Labels:
    """The labels that all labelled arguments share."""
    shared: Any = None
    first = ""
    names: dict[str, str] = {}
    columns: dict[str, tuple[str, ...]] = {}
    whole: NDArray[np.bool_] | None = None
    libraries = {name: library for name, value in given.items() if (library := library_of(value))}
    for name, library in libraries.items():
        value = given[name]
        array = as_array(value, name)
        held = _columns(value, library)
        if len(held) > 1:
            columns[name] = held
        elif held:
            names[name] = held[0]
        index = _index(value, name, library)
        if name == apart:
            continue
        if index is not None and shared is not None:
            _refuse_unlike(shared, index, first, name, libraries[first], library)
        elif index is not None:
            shared, first = index, name
        finite = np.asarray(np.isfinite(array.reshape(array.shape[0], -1)).all(axis=1), dtype=np.bool_)
        whole = finite if whole is None or whole.size != finite.size else whole & finite
    if "symbols" in given and columns:
        columns["symbols"] = tuple(map(str, given["symbols"]))
    if len(set(columns.values())) > 1 and (apart or "symbols" in given):
        one, of_one = next(iter(columns.items()))
        other, of_other = next((name, held) for name, held in columns.items() if held != of_one)
        unlike = next(((a, b) for a, b in zip(of_one, of_other, strict=False) if a != b), None)
        what = f"{len(of_one)} and {len(of_other)} of them" if unlike is None else f"{unlike[0]} and {unlike[1]}"
        raise StatisticsError(
            f"the columns of {one} and {other} differ ({what}); give the same columns in the same order"
        )
    return Labels(
        next(iter(libraries.values())),
        shared,
        np.zeros(0, dtype=np.bool_) if whole is None else whole,
        names,
        next(iter(columns.values()), ()),
    )


def _columns(value: Any, library: str) -> tuple[str, ...]:
    """The names of the columns of numbers; of a series its own, if it has one."""
    if library == "pandas":
        found = [value.name] if value.ndim == 1 else list(value.columns)
    elif hasattr(value, "schema"):
        found = [column for column, kind in value.schema.items() if not kind.is_temporal()]
    else:
        found = [value.name or None]
    return tuple(str(name) for name in found if name is not None)


def _refuse_unlike(a: Any, b: Any, first: str, second: str, of_a: str, of_b: str) -> None:
    """Refuse two indices that are not the same row by row: rows are never joined by their position."""
    if of_a != of_b:
        raise StatisticsError(
            f"{first} is labelled by {of_a} and {second} by {of_b}; pass both from one library, with one index"
        )
    if of_a == "pandas":
        like = a.equals(b) or (len(a) == len(b) and _same(a, b))
    else:
        like = len(a) == len(b) and a.dtype == b.dtype and bool((a == b).all())
    if not like:
        what, so = _difference(a, b, first, second), _JOIN[of_a]
        if str(a.dtype) != str(b.dtype):
            so = "give both the same kind of index"
        raise StatisticsError(f"{first} and {second} have unlike indices: {what}; {so}")


def _same(a: Any, b: Any) -> bool:
    try:
        return bool((a == b).all())
    except TypeError:  # times with and without a zone cannot be compared
        return False


def _difference(a: Any, b: Any, first: str, second: str) -> str:
    """What differs between two indices, in words."""
    if str(a.dtype) != str(b.dtype):
        return f"that of {first} is {a.dtype}, that of {second} {b.dtype}"
    left, right = list(a), list(b)
    both = len(set(left) & set(right))
    if both == len(set(left)) == len(set(right)) and len(left) == len(right):
        return "they hold the same labels in another order"
    at = next((i for i, (one, other) in enumerate(zip(left, right, strict=False)) if one != other), None)
    if at is None:
        return f"{first} has {len(left)} rows and {second} {len(right)}"
    return (
        f"{len(left)} and {len(right)} rows share {both} labels, and row {at} is {left[at]} in {first} "
        f"and {right[at]} in {second}"
    )


def _with_labels(result: object, labels: Labels) -> object:
    if isinstance(result, Result):
        object.__setattr__(result, "_labels", labels)
    elif isinstance(result, np.ndarray) and result.ndim == 1:
        module = sys.modules[labels.library]
        if labels.library == "pandas":
            return module.Series(result, index=labels.of_rows(result.size))
        return module.Series(result, nan_to_null=True)
    return result
