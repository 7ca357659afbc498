"""The reader of tables in columns: Parquet and Arrow (Feather) files, also files of our own archive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]  # ships no types
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from spreadscope.importing.kinds import Content, FileLayout, layout_of_header, unknown_columns_error
from spreadscope.importing.text_tables import LINE, RAW
from spreadscope.model.errors import StoreError
from spreadscope.store.archive import parquet_file
from spreadscope.store.directory import DATABASE
from spreadscope.store.labels import Label, label_of_document
from spreadscope.store.reader import StoreReader

PARQUET_MAGIC, ARROW_MAGIC, FEATHER_1_MAGIC = b"PAR1", b"ARROW1", b"FEA1"
_ROWS = 100_000


class ColumnTable:
    """A reader of one file. ``layout``, ``label`` and ``archive`` are known after the first block."""

    def __init__(self, path: Path, chosen_columns: Mapping[str, str], content: Content | None) -> None:
        self._path, self._chosen_columns, self._content = path, chosen_columns, content
        self.layout: FileLayout | None = None
        self.label = Label()
        self.archive: parquet_file.ArchiveLayout | None = None
        self.notes: list[str] = []

    def blocks(self, head: bytes) -> Iterator[pl.DataFrame]:
        """Yields the cells as text, some rows at a time."""
        if head.startswith(PARQUET_MAGIC):
            yield from self._parquet()
        elif head.startswith(ARROW_MAGIC):
            with pa.memory_map(str(self._path)) as source, pa.ipc.open_file(source) as file:
                self._read_schema(file.schema)
                yield from self._cells(file.get_batch(number) for number in range(file.num_record_batches))
        else:
            raise StoreError(f"{self._path} is Feather of version 1: write it anew with a newer pyarrow or pandas")

    def _parquet(self) -> Iterator[pl.DataFrame]:
        with pq.ParquetFile(self._path) as file:
            if parquet_file.is_archive(file.schema_arrow.metadata):
                self._read_archive_layout(parquet_file.layout_of(self._path, file), file.schema_arrow.names)
            self._read_schema(file.schema_arrow)
            yield from self._cells(file.iter_batches(_ROWS))

    def _read_archive_layout(self, layout: parquet_file.ArchiveLayout, names: list[str]) -> None:
        kind = layout.kind or ("trades" if "quantity" in names else "bars" if "open" in names else "analytics")
        if kind not in {"trades", "bars"}:
            raise StoreError(f"{self._path} is an archive file of {kind}: only trades and bars are imported")
        self.archive = layout
        self._content = Content.TICKS if kind == "trades" else Content.BARS
        label = layout.label
        if label is None:
            label = self._label_of_store()
            if label is None:
                self.notes.append(
                    "the file is of an earlier version, which does not say whether its data are of a demo"
                )
        self.label = label or Label()

    def _label_of_store(self) -> Label | None:
        """Returns the label of the store in whose archive folder an archive file of an earlier version is."""
        for folder in self._path.resolve().parents:
            if folder.name == "archive" and (folder.parent / DATABASE).is_file():
                return StoreReader(folder.parent / DATABASE).label(None)
        return None

    def _read_schema(self, schema: Any) -> None:
        metadata = {key.decode(): value.decode(errors="replace") for key, value in (schema.metadata or {}).items()}
        label_fields: dict[str, Any] = {name: metadata[name] for name in ("demo", "unprovable") if name in metadata}
        if "no_trades" in metadata:
            try:
                label_fields["no_trades"] = msgspec.json.decode(metadata["no_trades"])
            except msgspec.MsgspecError:
                raise StoreError(f"{self._path} is damaged: its list of ids without a trade cannot be read") from None
        self.label = (label_of_document(label_fields) if label_fields else None) or self.label
        self.layout = layout_of_header(schema.names, self._chosen_columns, self._content)
        if self.layout is None:
            raise unknown_columns_error(self._path, schema.names, self._chosen_columns, self._content)

    def _cells(self, batches: Iterator[Any]) -> Iterator[pl.DataFrame]:
        layout = self.layout
        if layout is None:
            return
        indexes = layout.indexes | layout.wide
        line = 1
        for batch in batches:
            table = pa.Table.from_batches([batch])
            names = table.column_names
            columns = {}
            for name, index in indexes.items():
                column = table.column(index)
                decimals = self.archive.decimals.get(names[index]) if self.archive is not None else None
                columns[name] = text_column(
                    pl.Series(name, column if decimals is None else parquet_file.unscaled(column, decimals))
                )
            cells = pl.DataFrame(columns)
            yield cells.with_columns(
                pl.int_range(line, line + cells.height).alias(LINE),
                pl.concat_str([pl.col(name).fill_null("") for name in indexes], separator=",").alias(RAW),
            )
            line += cells.height


def text_column(column: pl.Series) -> pl.Series:
    """Returns a column as text for the checks; times become milliseconds."""
    if isinstance(column.dtype, pl.Datetime):
        column = column.dt.timestamp("ms")
    elif column.dtype == pl.Date:
        column = column.cast(pl.Datetime("ms")).dt.timestamp("ms")
    elif column.dtype == pl.Categorical or isinstance(column.dtype, pl.Enum):
        return column.cast(pl.String)
    elif column.dtype == pl.Binary:
        return column.cast(pl.String, strict=False)
    return column.cast(pl.String, strict=False)
