"""The table of a study: every statistic at every row, as CSV and Parquet, with the columns of an export."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

from spreadscope.model.facts import PairRow
from spreadscope.model.states import ExportKind
from spreadscope.store.export import COLUMNS, analytics_cells, arrow_table, csv_lines, parquet_schema
from spreadscope.store.labels import Label

_BLOCK_ROWS = 2_000


class TableFiles:
    """A context manager that writes the rows of one set to ``<stem>.csv`` and ``<stem>.parquet``, block by block."""

    def __init__(self, folder: Path, stem: str, label: Label) -> None:
        import pyarrow.parquet as pq  # type: ignore[import-untyped]  # ships no types

        self.names = f"{stem}.csv", f"{stem}.parquet"
        self._rows: list[tuple[Any, ...]] = []
        self._schema = parquet_schema(ExportKind.ANALYTICS, label)
        self._csv = (folder / self.names[0]).open("wb")
        self._parquet = pq.ParquetWriter(folder / self.names[1], self._schema, compression="zstd")
        head = [f"# {line}\n" for line in label.lines()]
        self._csv.write(("".join(head) + ",".join(COLUMNS[ExportKind.ANALYTICS]) + "\n").encode())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._flush()
        self._csv.close()
        self._parquet.close()

    def add(self, row: PairRow) -> None:
        """Write one row."""
        self._rows.append(analytics_cells(row))
        if len(self._rows) >= _BLOCK_ROWS:
            self._flush()

    def _flush(self) -> None:
        if self._rows:
            self._csv.write(csv_lines(self._rows))
            self._parquet.write_table(arrow_table(self._rows, self._schema))
            self._rows.clear()
