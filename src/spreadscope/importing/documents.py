"""The reader of tables as JSON: an object a line, an array a line, or one document with a list of either."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from spreadscope.importing.kinds import Content, FileLayout, layout_of_header, layout_of_row, unknown_columns_error
from spreadscope.importing.text_tables import LINE, RAW
from spreadscope.model.errors import ConfigError, StoreError
from spreadscope.store.labels import Label, label_of_document, merge_labels

_MAX_DOCUMENT = 64 << 20  # a document must fit in memory; a table with a row a line may have any size
_SAMPLE_ROWS = 1000
_ROWS = 50_000
_SHOWN = 500

Row = dict[str, Any] | list[Any]


class JsonTable:
    """A reader of rows of JSON. ``layout`` and ``label`` are known after the first row."""

    def __init__(self, path: Path, chosen_columns: Mapping[str, str], content: Content | None) -> None:
        self._path, self._chosen_columns, self._content = path, chosen_columns, content
        self.layout: FileLayout | None = None
        self.label = Label()
        self._names: list[str] | None = None  # the keys, where rows are objects

    def block(self, rows: Sequence[tuple[int, str, Any]]) -> pl.DataFrame | None:
        """Returns the cells of rows (line, text, value); None where none of them is a row."""
        table_rows = []
        for number, text, value in _unpack_lists(rows):
            label = label_of_document(value) if isinstance(value, dict) else None
            if label is not None:
                self.label = merge_labels(self.label, label)
            else:
                table_rows.append((number, text, _payload(value)))
        if not table_rows:
            return None
        if self.layout is None:
            self._find_layout([value for _, _, value in table_rows])
        layout = self.layout
        if layout is None:
            raise StoreError(f"{self._path} has no rows")
        frame = pl.DataFrame(
            [(number, text) for number, text, _ in table_rows], schema={LINE: pl.Int64, RAW: pl.String}, orient="row"
        )
        values = [value for _, _, value in table_rows]
        return frame.with_columns(
            pl.Series(name, [_cell(self._get_cell(value, index)) for value in values], pl.String)
            for name, index in (layout.indexes | layout.wide).items()
        )

    def _find_layout(self, values: list[Any]) -> None:
        first = next((value for value in values if isinstance(value, dict | list)), None)
        if isinstance(first, dict):
            if first.get("spreadscope") == "recording":
                raise StoreError(f"{self._path} is a recording: feed it to the store with spreadscope replay --data")
            objects = [value for value in values[:_SAMPLE_ROWS] if isinstance(value, dict)]
            self._names = list(dict.fromkeys(name for value in objects for name in value))
            self.layout = layout_of_header(self._names, self._chosen_columns, self._content)
            names = self._names
        else:
            names = [str(_cell(cell)) for cell in first or ()]
            self.layout = layout_of_row(names, self._content)
        if self.layout is None:
            raise unknown_columns_error(self._path, names, self._chosen_columns, self._content)

    def _get_cell(self, value: Any, index: int) -> Any:
        if self._names is not None:
            return value.get(self._names[index]) if isinstance(value, dict) else None
        return value[index] if isinstance(value, list) and index < len(value) else None


def _unpack_lists(rows: Sequence[tuple[int, str, Any]]) -> Iterator[tuple[int, str, Any]]:
    """Yields the rows; a line that is a list of rows becomes several."""
    for number, text, value in rows:
        is_list_of_rows = isinstance(value, list) and value and all(isinstance(item, dict | list) for item in value)
        if not is_list_of_rows:
            yield number, text, value
            continue
        for item in value:
            yield number, msgspec.json.encode(item).decode()[:_SHOWN], item


def decode_lines(lines: Sequence[tuple[int, str]]) -> list[tuple[int, str, Any]]:
    """Returns lines with their JSON values; None for a line that is no JSON."""
    return [(number, line, decode_json(line)) for number, line in lines]


def decode_json(text: str) -> Any:
    """Returns the value of a JSON text; None where it is no JSON."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return None


def is_row_a_line(lines: Sequence[str]) -> bool:
    """Returns whether each line is a row; else the text is one document."""
    rows = [decode_json(line) for line in lines[:2]]
    if not rows or rows[0] is None:
        return False
    # With several lines, each is a row or a list of rows (a buffer that was saved repeatedly).
    return len(lines) > 1 or find_rows(rows[0]) is None


def rows_of_document(path: Path, chunks: Iterator[str]) -> list[Row]:
    """Returns the rows of one document. Raises ``ConfigError`` where it holds no list of rows."""
    texts: list[str] = []
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > _MAX_DOCUMENT:
            raise StoreError(
                f"{path} is one JSON document of over {_MAX_DOCUMENT >> 20} MiB: write its rows one a line (NDJSON)"
            )
        texts.append(chunk)
    try:
        value = msgspec.json.decode("".join(texts))
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise StoreError(f"{path} is damaged or no JSON: {str(error).splitlines()[0]}") from None
    rows = find_rows(value)
    if rows is None:
        raise ConfigError(f"{path} is JSON, but holds no list of rows (objects, or arrays such as [time, open, …])")
    return rows


def find_rows(value: Any) -> list[Row] | None:
    """Returns the list of rows that a document is, has under one of its keys, or has as one list a column."""
    if isinstance(value, list):
        return value if value and all(isinstance(row, dict | list) for row in value) else None
    if not isinstance(value, dict):
        return None
    columns = {name: cells for name, cells in value.items() if isinstance(cells, list)}
    same_length = len(columns) >= 3 and len({len(cells) for cells in columns.values()}) == 1
    if same_length and not any(isinstance(cell, dict | list) for cells in columns.values() for cell in cells[:1]):
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    cells = [item for item in value.values() if isinstance(item, dict)]
    if len(cells) >= 3 and len(cells) == len(value) and len({tuple(item) for item in cells}) == 1:
        return [dict(zip(value, row, strict=True)) for row in zip(*(item.values() for item in cells), strict=True)]
    lists_of_rows = [
        rows for item in value.values() if isinstance(item, dict | list) and (rows := find_rows(item)) is not None
    ]
    return lists_of_rows[0] if len(lists_of_rows) == 1 else None


def numbered_blocks(rows: Sequence[Row]) -> Iterator[list[tuple[int, str, Any]]]:
    """Yields the rows of a document in blocks, with the number and the text of each."""
    for low in range(0, len(rows), _ROWS):
        part = rows[low : low + _ROWS]
        yield [(low + i + 1, msgspec.json.encode(row).decode()[:_SHOWN], row) for i, row in enumerate(part)]


def _payload(value: Any) -> Any:
    """Returns the payload of a frame of a combined stream, else the value."""
    if isinstance(value, dict) and value.keys() == {"stream", "data"} and isinstance(value["data"], dict):
        return value["data"]
    return value


def _cell(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else repr(value)
