"""The format of an archive file: columns become Parquet, and back without any loss.

Prices and quantities are stored as integers with a number of decimals (in the metadata of the file), which compress
much better than floats; a column that has no such form stays float. Slowly increasing integers are stored as their
differences. Any program that reads Parquet can read the files.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # ships no types
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from spreadscope.model.errors import StoreError
from spreadscope.model.events import Floats, Ints
from spreadscope.store.arrow import from_column, to_column
from spreadscope.store.labels import Label

_METADATA = b"spreadscope"
_MAX_DECIMALS = 10
_EXACT = 1 << 53
_ROWS_A_GROUP = 131_072


class ArchiveLayout(msgspec.Struct, frozen=True):
    """The metadata of an archive file: version of the layout, decimals of the scaled columns, subject and label of the
    rows.

    Files of an earlier version have no ``kind``, ``subject``, ``timeframe`` and ``label``.
    """

    version: int
    decimals: dict[str, int]
    kind: str = ""
    subject: str = ""
    timeframe: str = ""
    label: Label | None = None


def to_integers(values: Floats) -> tuple[Ints, int] | None:
    """Returns integers and decimals with ``integers / 10**decimals == values`` in every row; None where none fit."""
    least = 0
    if not bool(np.isfinite(values).all()):
        return None
    for rows in (values[:256], values):  # the head finds the decimals cheaply, the whole confirms them
        for decimals in range(least, _MAX_DECIMALS + 1):
            power = 10.0**decimals
            with np.errstate(over="ignore"):  # what overflows is no small decimal
                integers = np.rint(rows * power)
            if bool(np.all(np.abs(integers) < _EXACT)) and bool(np.all(integers / power == rows)):
                least = decimals
                break
        else:
            return None
    return np.rint(values * 10.0**least).astype(np.int64), least


def write(
    path: Path, table: pa.Table, *, scaled: Iterable[str], increasing: Iterable[str],
    subject: tuple[str, str, str] = ("", "", ""), label: Label | None = None,
) -> None:  # fmt: skip
    """Write a temporary file and rename it: a crash leaves the old state or the new one.

    ``subject`` (kind, subject, timeframe) and ``label`` let the file be read far from the database that it left.
    """
    decimals: dict[str, int] = {}
    encodings: dict[str, str] = {}
    for name in scaled:
        column = table[name]
        scaled_column = to_integers(to_column(column)) if column.null_count == 0 else None
        if scaled_column is not None:
            integers, decimals[name] = scaled_column
            table = table.set_column(table.column_names.index(name), name, from_column(integers))
            encodings[name] = "PLAIN" if name == "quantity" else "DELTA_BINARY_PACKED"  # sizes jump: deltas cost more
    encodings |= dict.fromkeys(increasing, "DELTA_BINARY_PACKED")
    texts = [field.name for field in table.schema if pa.types.is_string(field.type)]
    table = table.replace_schema_metadata({_METADATA: msgspec.json.encode(ArchiveLayout(1, decimals, *subject, label))})
    temporary = path.with_name(path.name + ".tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(
            table,
            temporary,
            compression="zstd",
            compression_level=9,
            use_dictionary=texts or False,
            column_encoding=encodings,
            row_group_size=_ROWS_A_GROUP,
        )
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise StoreError(f"cannot write the archive file {path}: {error.strerror or error}") from None


def read(path: Path, time: str, start: int, end: int) -> pa.Table:
    """Returns the rows whose column ``time`` is in ``[start, end)``; scaled columns are floats again."""
    try:
        with pq.ParquetFile(path) as file:
            layout = layout_of(path, file)
            groups = [number for number in range(file.num_row_groups) if _touches(file, number, time, start, end)]
            table = file.read_row_groups(groups)
    except FileNotFoundError:
        raise StoreError(f"the archive file {path} is missing: see spreadscope doctor") from None
    except (OSError, pa.ArrowException) as error:
        reason = str(error).splitlines()[0]
        raise StoreError(f"the archive file {path} cannot be read ({reason}): see spreadscope doctor") from None
    for name, decimals in layout.decimals.items():
        table = table.set_column(table.column_names.index(name), name, unscaled(table[name], decimals))
    times = to_column(table[time])
    inside = (times >= start) & (times < end)
    return table if bool(inside.all()) else table.filter(from_column(inside))


def is_archive(metadata: Mapping[bytes, bytes] | None) -> bool:
    """Returns whether a Parquet file with this metadata is an archive file."""
    return _METADATA in (metadata or {})


def unscaled(column: Any, decimals: int) -> Any:
    """Returns a scaled column as floats."""
    return from_column(to_column(column) / 10.0**decimals)


def layout_of(path: Path, file: pq.ParquetFile) -> ArchiveLayout:
    """Returns the metadata of an archive file. Raises ``StoreError`` where it cannot be read."""
    try:
        layout = msgspec.json.decode((file.schema_arrow.metadata or {}).get(_METADATA, b""), type=ArchiveLayout)
    except msgspec.MsgspecError:
        raise StoreError(f"{path} is Parquet, but no archive file of Spreadscope") from None
    if layout.version != 1:
        raise StoreError(f"the archive file {path} was written by a newer Spreadscope: upgrade")
    return layout


def _touches(file: Any, number: int, time: str, start: int, end: int) -> bool:
    group = file.metadata.row_group(number)
    statistics = group.column(file.schema_arrow.names.index(time)).statistics
    if statistics is None or not statistics.has_min_max:
        return True
    return bool(statistics.min < end and statistics.max >= start)
