"""Arrow arrays made from their buffers are what pyarrow would have made, and pandas stays out of the engine."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # ships no types
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spreadscope.store.arrow import from_cells, from_column, to_column

CELLS: dict[Any, st.SearchStrategy[Any]] = {
    pa.int64(): st.integers(-(2**63), 2**63 - 1),
    pa.float64(): st.floats(allow_nan=False),
    pa.bool_(): st.booleans(),
    pa.string(): st.text(),
}


@given(st.data())
@pytest.mark.parametrize("arrow_type", CELLS, ids=str)
def test_cells_of_rows(arrow_type: Any, data: st.DataObject) -> None:
    cells = data.draw(st.lists(st.none() | CELLS[arrow_type]))
    made = from_cells(cells, arrow_type)
    made.validate(full=True)
    assert made.equals(pa.array(cells, type=arrow_type))


@given(st.data())
@pytest.mark.parametrize("arrow_type", [pa.int64(), pa.float64(), pa.bool_()], ids=str)
def test_columns(arrow_type: Any, data: st.DataObject) -> None:
    column = np.array(data.draw(st.lists(CELLS[arrow_type])), dtype=arrow_type.to_pandas_dtype())
    made = from_column(column[::2])
    made.validate(full=True)
    assert made.equals(pa.array(column[::2]))
    chunks = pa.chunked_array([made[:3], made[3:][1:], made[:0]], type=arrow_type)
    back = to_column(chunks)
    assert back.dtype == column.dtype
    assert back.flags.writeable
    np.testing.assert_array_equal(back, np.concatenate([column[::2][:3], column[::2][4:]]))


def test_nulls_are_no_numbers() -> None:
    with pytest.raises(ValueError, match="nulls"):
        to_column(pa.chunked_array([from_cells([1, None], pa.int64())]))


def test_numbers_that_the_database_gives_as_0_and_1_are_booleans() -> None:
    assert from_cells([0, 1, None], pa.bool_()).to_pylist() == [False, True, None]


def test_archiving_does_not_import_pandas() -> None:
    script = (
        "import sys, pathlib, tempfile\n"
        "from spreadscope.store.archive import archive_catalog\n"
        "from spreadscope.store.labels import Label\n"
        "row = (60000, 1.0, 2.0, 0.5, 1.5, 10.0, 3, 1, 'tape', None, None)\n"
        "path = pathlib.Path(tempfile.mkdtemp()) / 'bars.parquet'\n"
        "archive_catalog.write_part(path, (archive_catalog.BARS, 'BTCUSDT', '1m'),"
        " archive_catalog.archive_table(archive_catalog.BARS, [row]), Label())\n"
        "read = archive_catalog.parquet_file.read(path, 'open_time', 0, 1 << 62)\n"
        "assert archive_catalog.database_rows(archive_catalog.BARS, read) == [row]\n"
        "print('pandas' in sys.modules)\n"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"
