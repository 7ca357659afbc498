"""What every result can do beside holding its fields: be read at a glance, and become a frame."""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from spreadscope.model.validity import Reason

if TYPE_CHECKING:
    from spreadscope.stats._labels import Labels

_SHOWN = 4  # entries of a tuple that a short text writes out


class Result:
    """A base of frozen dataclasses: a short ``repr``, ``summary()``, HTML for notebooks, ``to_frame()``.

    ``title`` says what was done. ``decides`` names the field whose p-value decides and says of which kind it is; of
    several the first that is defined decides.
    """

    __slots__ = ("_labels",)

    _title: ClassVar[str] = ""
    _decides: ClassVar[Mapping[str, str]] = {}
    _labels: Labels

    def __init_subclass__(cls, *, title: str = "", decides: Mapping[str, str] | None = None) -> None:
        super().__init_subclass__()
        # A dataclass with slots is made twice, the second time without these words: what is said once stays.
        if title:
            cls._title = title
        if decides:
            cls._decides = decides
        # A dataclass writes a repr of its own only where the class has none.
        cls.__repr__ = Result.__repr__  # type: ignore[method-assign]

    def __reduce__(self) -> tuple[Any, ...]:
        values = tuple(getattr(self, name) for name in self._names())
        return _rebuild, (type(self), values, getattr(self, "_labels", None))

    @property
    def deciding_pvalue(self) -> float | None:
        """The one p-value that decides; None where it is undefined or the result has none."""
        name = self._deciding()
        return None if name is None else getattr(self, name)

    @property
    def pvalue_kind(self) -> str | None:
        """Where the deciding p-value comes from; None where the result has none."""
        name = self._deciding()
        if name is None:
            return None
        return self._decides[name].format_map({key: getattr(self, key) for key in self._names()})

    def _deciding(self) -> str | None:
        defined = (name for name in self._decides if getattr(self, name) is not None)
        return next(defined, next(iter(self._decides), None))

    def __repr__(self) -> str:
        parts = [f"{name}={_short(value)}" for name, value in self._scalars()]
        rows = self._rows()
        if rows is not None:
            parts = [rows, *parts]
        return f"{type(self).__name__}({', '.join(parts)})"

    def summary(self) -> str:
        """A few lines of text: what was done, the p-value that decides, the numbers, or why there are none."""
        lines = list(self._lines())
        width = max((len(name) for name, _ in lines), default=0)
        return "\n".join([self._heading(), *(f"  {name:<{width}}  {value}" for name, value in lines)])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{html.escape(name)}</th><td>{html.escape(value)}</td></tr>"
            for name, value in self._lines()
        )
        return f"<table><caption>{html.escape(self._heading())}</caption>{rows}</table>"

    def to_frame(self) -> Any:
        """One row a row of the input, with its index; one a pair where the arrays are n × n; else one of the fields.

        A pandas frame where the input was pandas, a polars one otherwise. Reasons are words; what is undefined is null
        (NaN in pandas).
        """
        arrays = {name: value for name in self._names() if isinstance(value := getattr(self, name), np.ndarray)}
        if not arrays:
            return self._frame({name: [value] for name, value in _flat(self)})
        columns: dict[str, Any] = {}
        shape = next(iter(arrays.values())).shape
        if len(shape) == 2:
            labels = getattr(self, "_labels", None)
            names = labels.columns if labels is not None and labels.columns else tuple(range(max(shape)))
            columns["y"] = [names[i] for i in range(shape[0]) for _ in range(shape[1])]
            columns["x"] = [names[j] for _ in range(shape[0]) for j in range(shape[1])]
        for name, array in arrays.items():
            flat = array.reshape(-1)
            columns[name] = _words(flat) if name == "reason" else flat
        return self._frame(columns, rows=shape[0] if len(shape) == 1 else None)

    def _frame(self, columns: dict[str, Any], rows: int | None = None) -> Any:
        """The columns as a frame of the library of the input, with the index of its rows where they are that."""
        labels = getattr(self, "_labels", None)
        index = labels.of_rows(rows) if labels is not None and rows is not None else None
        if labels is not None and labels.library == "pandas":
            import pandas as pd  # type: ignore[import-untyped]  # the caller's own: the input was made of it

            return pd.DataFrame(columns, index=index)
        import polars as pl

        if index is not None:
            name = index.name if index.name not in columns else f"{index.name}_index"
            columns = {name: index, **columns}
        # A column of nothing but null would have another type than that of a result with a reason.
        words = {name: pl.String for name in columns if name.endswith("reason")}
        return pl.DataFrame(columns, schema_overrides=words, nan_to_null=True, strict=False)

    def _names(self) -> tuple[str, ...]:
        return tuple(field.name for field in fields(self))  # type: ignore[arg-type]  # every subclass is a dataclass

    def _heading(self) -> str:
        title = self._title or (type(self).__doc__ or type(self).__name__).strip().splitlines()[0].rstrip(".")
        labels = getattr(self, "_labels", None)
        names = {} if labels is None else labels.names
        return title + (f" ({', '.join(f'{key}: {name}' for key, name in names.items())})" if names else "")

    def _lines(self) -> Iterator[tuple[str, str]]:
        """(name, text) of what is worth a line, the deciding p-value first."""
        reason = getattr(self, "reason", None)
        if isinstance(reason, Reason):
            yield "undefined", str(reason)
        name = self._deciding()
        if name is not None and self.deciding_pvalue is not None:
            yield "p, decides", f"{_short(self.deciding_pvalue)}  ({self.pvalue_kind})"
        rows = self._rows()
        if rows is not None:
            yield "arrays", rows
        for key, value in self._scalars():
            if key == "reason" or (key == name and self.deciding_pvalue is not None):
                continue
            yield key, _short(value)

    def _scalars(self) -> Iterator[tuple[str, Any]]:
        for name in self._names():
            value = getattr(self, name)
            if value is None or isinstance(value, np.ndarray) or (isinstance(value, tuple) and not value):
                continue
            yield name, value

    def _rows(self) -> str | None:
        """What the arrays hold, in words: how many rows, how many with a value, and the last one."""
        arrays = {name: value for name in self._names() if isinstance(value := getattr(self, name), np.ndarray)}
        numbers = {name: array for name, array in arrays.items() if name != "reason"}
        if not numbers:
            return None
        first = next(iter(numbers.values()))
        if first.ndim != 1:
            held = int(np.isfinite(first.astype(float)).sum())
            return f"{' × '.join(map(str, first.shape))}, {held} with a value"
        known = np.isfinite(np.column_stack([a.astype(float) for a in numbers.values()])).any(axis=1)
        text = f"{first.size} rows, {int(known.sum())} with a value"
        if known.any():
            at = int(np.flatnonzero(known)[-1])
            text += f"; at {at}: " + ", ".join(f"{name}={_short(float(a[at]))}" for name, a in numbers.items())
        return text


def _rebuild(kind: type[Result], values: tuple[Any, ...], labels: Labels | None) -> Result:
    result = kind(*values)
    if labels is not None:
        object.__setattr__(result, "_labels", labels)
    return result


def _words(codes: np.ndarray[Any, Any]) -> list[str | None]:
    from spreadscope.stats._arrays import reason_of

    words = {code: None if (reason := reason_of(code)) is None else str(reason) for code in np.unique(codes).tolist()}
    return [words[code] for code in codes.tolist()]


def _flat(result: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """(name, value) of every field that is one cell; those of a result inside a result with its name before them."""
    for field in fields(result):
        name, value = before + field.name, getattr(result, field.name)
        if is_dataclass(value):
            yield from _flat(value, f"{name}_")
        elif isinstance(value, tuple):
            yield name, list(value)
        else:
            yield name, str(value) if isinstance(value, Reason) else value


def _short(value: Any) -> str:
    """A value as a short text: six digits of a number, a reason in words."""
    if isinstance(value, float):
        return f"{value:.6g}" if math.isfinite(value) else str(value)
    if isinstance(value, str):
        return repr(str(value))
    if isinstance(value, Result) and value._decides:  # noqa: SLF001  # of its own kind
        said = value.deciding_pvalue if value.deciding_pvalue is not None else str(getattr(value, "reason", None))
        return f"{type(value).__name__}({value._deciding()}={_short(said)})"  # noqa: SLF001
    if isinstance(value, tuple):
        if len(value) > _SHOWN or (value and is_dataclass(value[0])):
            return f"<{len(value)} of {type(value[0]).__name__}>"
        return f"({', '.join(_short(entry) for entry in value)})"
    return repr(value)
