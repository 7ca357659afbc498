"""The reader of tables as lines of text: it finds the header after other lines, and the delimiter of cells."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl

from spreadscope.exchange.recording.compression import PIECE
from spreadscope.importing.kinds import Content, FileLayout, layout_of_header, layout_of_row, unknown_columns_error
from spreadscope.model.errors import StoreError
from spreadscope.store.labels import Label, label_of_line

LINE, RAW = "line", "raw"
_DELIMITERS = (",", ";", "\t", "|")
_HEADER_LINES = 50  # the header is searched in so many lines
_MAX_LINE = 16 << 20

_NAME = re.compile(r"\s*\"?[^\W\d]")

Lines = list[tuple[int, str]]


class TextTable:
    """A reader of the lines of one table. ``layout`` is known after ``find_header``."""

    def __init__(self, path: Path, chosen_columns: Mapping[str, str], content: Content | None) -> None:
        self._path, self._chosen_columns, self._content = path, chosen_columns, content
        self.layout: FileLayout | None = None
        self._delimiter = ","
        self._header = ""

    def find_header(self, lines: Lines) -> Lines:
        """Find the header, or the first row of a table without one. Returns the rows. Raises ``ConfigError``."""
        candidates = [
            (index, line) for index, (_, line) in enumerate(lines[:_HEADER_LINES]) if not line.startswith("#")
        ]
        width_of_names = 0  # the number of cells of a line with column names that are unknown
        for index, line in candidates:
            for delimiter in _DELIMITERS:
                cells = split_cells(line, delimiter)
                if len(cells) < 2:
                    continue
                row = (
                    None
                    if self._chosen_columns or width_of_names == len(cells)
                    else layout_of_row(cells, self._content)
                )
                layout = row or layout_of_header(cells, self._chosen_columns, self._content)
                if layout is None:
                    width_of_names = len(cells) if all(_NAME.match(cell) for cell in cells) else width_of_names
                    continue
                self.layout, self._delimiter = layout, delimiter
                self._header = line if row is None else ""
                return lines[index + (row is None) :]
        rows_of_cells = [split_cells(line, delimiter) for _, line in candidates for delimiter in _DELIMITERS]
        best = max(rows_of_cells, key=len, default=[]) or [line for _, line in candidates[:1]]
        raise unknown_columns_error(self._path, best, self._chosen_columns, self._content)

    def block(self, lines: Lines) -> pl.DataFrame | None:
        """Returns the cells of these lines; None where none of them is a row."""
        layout = self.layout
        if layout is None:
            raise StoreError(f"{self._path} has no rows")
        rows = [(number, line) for number, line in lines if line != self._header]
        if not rows:
            return None
        frame = pl.DataFrame(rows, schema={LINE: pl.Int64, RAW: pl.String}, orient="row")
        indexes = layout.indexes | layout.wide
        if any('"' in line for _, line in rows):  # quoted cells are rare: only they need the slow way
            cells = [split_cells(line, self._delimiter) for _, line in rows]
            columns = {
                name: [row[index].strip() if index < len(row) else None for row in cells]
                for name, index in indexes.items()
            }
            return frame.with_columns(pl.Series(name, values, pl.String) for name, values in columns.items())
        parts = frame[RAW].str.split(self._delimiter)
        return frame.with_columns(
            parts.list.get(index, null_on_oob=True).str.strip_chars().alias(name) for name, index in indexes.items()
        )


def label_of_comment(line: str) -> Label:
    """Returns the label in a comment line."""
    return label_of_line(line.lstrip("# "))


def split_cells(line: str, delimiter: str = ",") -> list[str]:
    """Returns the cells of a line; none where a quote is not closed."""
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return []


def numbered_lines(path: Path, chunks: Iterator[bytes]) -> Iterator[Lines]:
    """Yields the lines of a text that are not empty, with their numbers, some at a time.

    Raises ``StoreError`` for a line that is too long.
    """
    rest, number = b"", 0
    for chunk in _as_utf8(chunks):
        if not rest and chunk.isspace():  # a file of nothing but line ends must not take long
            number += chunk.count(b"\n")
            continue
        *complete_lines, rest = (rest + chunk).split(b"\n")
        if len(rest) > _MAX_LINE:
            raise StoreError(f"{path} holds a line of over {_MAX_LINE >> 20} MiB: it is no table")
        rows = _decode(complete_lines, number)
        number += len(complete_lines)
        if rows:
            yield rows
    if rows := _decode([rest], number):
        yield rows


def _decode(lines: list[bytes], line_number: int) -> Lines:
    return [
        (line_number + i, line.removesuffix(b"\r").decode(errors="replace"))
        for i, line in enumerate(lines, start=1)
        if line and not line.isspace()
    ]


def _as_utf8(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yields chunks as UTF-8 without byte order mark; a spreadsheet may write UTF-16."""
    decoder: codecs.IncrementalDecoder | None = None
    for number, chunk in enumerate(chunks):
        if number == 0 and chunk[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
            decoder = codecs.getincrementaldecoder("utf-16")(errors="replace")
        data = decoder.decode(chunk).encode() if decoder is not None else chunk
        data = data.removeprefix(codecs.BOM_UTF8) if number == 0 else data
        for index in range(0, len(data), PIECE):
            yield data[index : index + PIECE]
