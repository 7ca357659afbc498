"""Tables as JSON: an object a line, an array a line, or one document that holds a list of either."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from spreadscope.importing.kinds import Content, FileLayout, of_header, of_row, refusal
from spreadscope.importing.text_tables import LINE, RAW
from spreadscope.model.errors import ConfigError, StoreError
from spreadscope.store.labels import Label, label_of_document, merge_labels

_LARGEST = 64 << 20  # a document must be read whole; a table with a row a line may be of any size
_LOOKED_AT = 1000
_ROWS = 50_000
_SHOWN = 500

Row = dict[str, Any] | list[Any]


class JsonTable:
    """Reads rows of JSON; ``layout`` and ``label`` are known once the first row has come."""

    def __init__(self, path: Path, chosen: Mapping[str, str], content: Content | None) -> None:
        self._path, self._chosen, self._content = path, chosen, content
        self.layout: FileLayout | None = None
        self.label = Label()
        self._names: list[str] | None = None  # the keys, where rows are objects

    def block(self, rows: Sequence[tuple[int, str, Any]]) -> pl.DataFrame | None:
        """Returns the cells of rows (line, text, value); None where none of them is a row."""
        kept = []
        for number, text, value in _each(rows):
            label = label_of_document(value) if isinstance(value, dict) else None
            if label is not None:
                self.label = merge_labels(self.label, label)
            else:
                kept.append((number, text, _unwrapped(value)))
        if not kept:
            return None
        if self.layout is None:
            self._begin([value for _, _, value in kept])
        layout = self.layout
        if layout is None:
            raise StoreError(f"{self._path} has no rows")
        frame = pl.DataFrame(
            [(number, text) for number, text, _ in kept], schema={LINE: pl.Int64, RAW: pl.String}, orient="row"
        )
        values = [value for _, _, value in kept]
        return frame.with_columns(
            pl.Series(name, [_cell(self._at(value, place)) for value in values], pl.String)
            for name, place in (layout.places | layout.wide).items()
        )

    def _begin(self, values: list[Any]) -> None:
        first = next((value for value in values if isinstance(value, dict | list)), None)
        if isinstance(first, dict):
            if first.get("spreadscope") == "recording":
                raise StoreError(f"{self._path} is a recording: feed it to the store with spreadscope replay --data")
            objects = [value for value in values[:_LOOKED_AT] if isinstance(value, dict)]
            self._names = list(dict.fromkeys(name for value in objects for name in value))
            self.layout = of_header(self._names, self._chosen, self._content)
            names = self._names
        else:
            names = [str(_cell(cell)) for cell in first or ()]
            self.layout = of_row(names, self._content)
        if self.layout is None:
            raise refusal(self._path, names, self._chosen, self._content)

    def _at(self, value: Any, place: int) -> Any:
        if self._names is not None:
            return value.get(self._names[place]) if isinstance(value, dict) else None
        return value[place] if isinstance(value, list) and place < len(value) else None


def _each(rows: Sequence[tuple[int, str, Any]]) -> Iterator[tuple[int, str, Any]]:
    """The rows; of a line that is a list of rows each one of them."""
    for number, text, value in rows:
        listed = isinstance(value, list) and value and all(isinstance(item, dict | list) for item in value)
        if not listed:
            yield number, text, value
            continue
        for item in value:
            yield number, msgspec.json.encode(item).decode()[:_SHOWN], item


def decoded(lines: Sequence[tuple[int, str]]) -> list[tuple[int, str, Any]]:
    """Lines with the value of each; a line that is no JSON has the value None."""
    return [(number, line, value_of(line)) for number, line in lines]


def value_of(text: str) -> Any:
    """The value of a text of JSON; None where it is none."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return None


def is_a_line_each(lines: Sequence[str]) -> bool:
    """Returns whether each line is a row, rather than the text one document."""
    rows = [value_of(line) for line in lines[:2]]
    if not rows or rows[0] is None:
        return False
    # Of several lines each is a row, or a list of rows: a buffer that was saved again and again.
    return len(lines) > 1 or rows_in(rows[0]) is None


def document(path: Path, pieces: Iterator[str]) -> list[Row]:
    """The rows of one document. Raises ``ConfigError`` where it holds no list of rows."""
    held: list[str] = []
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > _LARGEST:
            raise StoreError(
                f"{path} is one JSON document of over {_LARGEST >> 20} MiB: write its rows one a line (NDJSON)"
            )
        held.append(piece)
    try:
        value = msgspec.json.decode("".join(held))
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise StoreError(f"{path} is damaged or no JSON: {str(error).splitlines()[0]}") from None
    rows = rows_in(value)
    if rows is None:
        raise ConfigError(f"{path} is JSON, but holds no list of rows (objects, or arrays such as [time, open, …])")
    return rows


def rows_in(value: Any) -> list[Row] | None:
    """The list of rows that a document is, or has under one of its keys, or as one list a column."""
    if isinstance(value, list):
        return value if value and all(isinstance(row, dict | list) for row in value) else None
    if not isinstance(value, dict):
        return None
    columns = {name: cells for name, cells in value.items() if isinstance(cells, list)}
    even = len(columns) >= 3 and len({len(cells) for cells in columns.values()}) == 1
    if even and not any(isinstance(cell, dict | list) for cells in columns.values() for cell in cells[:1]):
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    cells = [item for item in value.values() if isinstance(item, dict)]
    if len(cells) >= 3 and len(cells) == len(value) and len({tuple(item) for item in cells}) == 1:
        return [dict(zip(value, row, strict=True)) for row in zip(*(item.values() for item in cells), strict=True)]
    found = [rows for item in value.values() if isinstance(item, dict | list) and (rows := rows_in(item)) is not None]
    return found[0] if len(found) == 1 else None


def numbered(rows: Sequence[Row]) -> Iterator[list[tuple[int, str, Any]]]:
    """The rows of a document in blocks, with the number and the text of each."""
    for low in range(0, len(rows), _ROWS):
        part = rows[low : low + _ROWS]
        yield [(low + i + 1, msgspec.json.encode(row).decode()[:_SHOWN], row) for i, row in enumerate(part)]


def _unwrapped(value: Any) -> Any:
    """The payload of a frame of a combined stream."""
    if isinstance(value, dict) and value.keys() == {"stream", "data"} and isinstance(value["data"], dict):
        return value["data"]
    return value


def _cell(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else repr(value)
