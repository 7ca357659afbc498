"""Arrow arrays from their buffers.

``pa.array`` would import pandas at its first call, 44 MB that an engine never uses.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa  # type: ignore[import-untyped]  # ships no types

from spreadscope.model.events import Bools, Floats, Ints

_DTYPES = {pa.int64(): np.int64, pa.float64(): np.float64}
_NULL_FILL: dict[Any, Any] = {pa.int64(): 0, pa.float64(): 0.0, pa.bool_(): False, pa.string(): ""}


def from_column(column: Ints | Floats | Bools) -> pa.Array:
    """Returns a column of int64, float64 or booleans without nulls as an Arrow array."""
    if column.dtype == np.bool_:
        return pa.Array.from_buffers(pa.bool_(), len(column), [None, _pack_bits(column.astype(np.bool_))])
    arrow_type = next(arrow_type for arrow_type, dtype in _DTYPES.items() if column.dtype == dtype)
    return pa.Array.from_buffers(arrow_type, len(column), [None, pa.py_buffer(np.ascontiguousarray(column))])


def from_cells(cells: Sequence[Any], arrow_type: pa.DataType) -> pa.Array:
    """Returns the cells of a row store as one Arrow array; None becomes null."""
    valid = np.fromiter((cell is not None for cell in cells), np.bool_, len(cells))
    validity = None if bool(valid.all()) else _pack_bits(valid)
    filled = cells if validity is None else [_NULL_FILL[arrow_type] if cell is None else cell for cell in cells]
    if arrow_type == pa.string():
        texts = [cell.encode() for cell in filled]
        offsets = np.fromiter(accumulate(map(len, texts), initial=0), np.int32, len(texts) + 1)
        buffers = [validity, pa.py_buffer(offsets), pa.py_buffer(b"".join(texts))]
    elif arrow_type == pa.bool_():
        buffers = [validity, _pack_bits(np.fromiter(map(bool, filled), np.bool_, len(cells)))]
    else:
        buffers = [validity, pa.py_buffer(np.fromiter(filled, _DTYPES[arrow_type], len(cells)))]
    return pa.Array.from_buffers(arrow_type, len(cells), buffers)


def _pack_bits(flags: Bools) -> pa.Buffer:
    return pa.py_buffer(np.packbits(flags, bitorder="little"))


def to_column(column: pa.ChunkedArray) -> npt.NDArray[Any]:
    """Returns an Arrow column without nulls as a new NumPy array; ``to_numpy`` would import pandas."""
    if column.null_count:
        raise ValueError("a column with nulls is not an array of numbers")
    dtype = np.bool_ if pa.types.is_boolean(column.type) else _DTYPES[column.type]
    parts = [_chunk_values(chunk) for chunk in column.chunks if len(chunk)]
    return np.concatenate(parts, dtype=dtype) if parts else np.empty(0, dtype=dtype)


def _chunk_values(chunk: pa.Array) -> npt.NDArray[Any]:
    data = chunk.buffers()[1]
    if pa.types.is_boolean(chunk.type):
        bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")
        return bits[chunk.offset : chunk.offset + len(chunk)].astype(np.bool_)
    return np.frombuffer(data, _DTYPES[chunk.type], len(chunk), chunk.offset * 8)
