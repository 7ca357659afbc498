"""Tables as lines of text: the header is found behind whatever stands before it, with whatever sets the cells apart."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl

from spreadscope.exchange.recording.compression import PIECE
from spreadscope.importing.kinds import Content, FileLayout, of_header, of_row, refusal
from spreadscope.model.errors import StoreError
from spreadscope.store.labels import Label, label_of_line

LINE, RAW = "line", "raw"
_DELIMITERS = (",", ";", "\t", "|")
_PREFACE = 50  # the header is looked for in so many lines
_LONGEST = 16 << 20

_NAME = re.compile(r"\s*\"?[^\W\d]")

Lines = list[tuple[int, str]]


class TextTable:
    """Reads the lines of one table; ``layout`` is known once ``begin`` has found it."""

    def __init__(self, path: Path, chosen: Mapping[str, str], content: Content | None) -> None:
        self._path, self._chosen, self._content = path, chosen, content
        self.layout: FileLayout | None = None
        self._delimiter = ","
        self._header = ""

    def begin(self, lines: Lines) -> Lines:
        """Find the header, or the first row of a table without one; → the rows. Raises ``ConfigError`` where there is none."""
        candidates = [(place, line) for place, (_, line) in enumerate(lines[:_PREFACE]) if not line.startswith("#")]
        names = 0  # of how many cells the line is that names columns, but not ones that are understood
        for place, line in candidates:
            for delimiter in _DELIMITERS:
                cells = split(line, delimiter)
                if len(cells) < 2:
                    continue
                row = None if self._chosen or names == len(cells) else of_row(cells, self._content)
                layout = row or of_header(cells, self._chosen, self._content)
                if layout is None:
                    names = len(cells) if all(_NAME.match(cell) for cell in cells) else names
                    continue
                self.layout, self._delimiter = layout, delimiter
                self._header = line if row is None else ""
                return lines[place + (row is None) :]
        found = [split(line, delimiter) for _, line in candidates for delimiter in _DELIMITERS]
        best = max(found, key=len, default=[]) or [line for _, line in candidates[:1]]
        raise refusal(self._path, best, self._chosen, self._content)

    def block(self, lines: Lines) -> pl.DataFrame | None:
        """Returns the cells of these lines; None where none of them is a row."""
        layout = self.layout
        if layout is None:
            raise StoreError(f"{self._path} has no rows")
        rows = [(number, line) for number, line in lines if line != self._header]
        if not rows:
            return None
        frame = pl.DataFrame(rows, schema={LINE: pl.Int64, RAW: pl.String}, orient="row")
        places = layout.places | layout.wide
        if any('"' in line for _, line in rows):  # quoted cells are rare: the slow way is for them only
            cells = [split(line, self._delimiter) for _, line in rows]
            columns = {
                name: [row[place].strip() if place < len(row) else None for row in cells]
                for name, place in places.items()
            }
            return frame.with_columns(pl.Series(name, values, pl.String) for name, values in columns.items())
        parts = frame[RAW].str.split(self._delimiter)
        return frame.with_columns(
            parts.list.get(place, null_on_oob=True).str.strip_chars().alias(name) for name, place in places.items()
        )


def comment(line: str) -> Label:
    """Returns what a line of a comment says of the rows."""
    return label_of_line(line.lstrip("# "))


def split(line: str, delimiter: str = ",") -> list[str]:
    """The cells of a line; none where its quotes are not closed."""
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return []


def lines_of(path: Path, chunks: Iterator[bytes]) -> Iterator[Lines]:
    """The lines of a text that are not empty, with their numbers, some at a time.

    Raises ``StoreError`` at a line that is longer than any row.
    """
    rest, number = b"", 0
    for chunk in _as_utf8(chunks):
        if not rest and chunk.isspace():  # a file of nothing but line ends must not take long
            number += chunk.count(b"\n")
            continue
        *whole, rest = (rest + chunk).split(b"\n")
        if len(rest) > _LONGEST:
            raise StoreError(f"{path} holds a line of over {_LONGEST >> 20} MiB: it is no table")
        rows = _decoded(whole, number)
        number += len(whole)
        if rows:
            yield rows
    if rows := _decoded([rest], number):
        yield rows


def _decoded(lines: list[bytes], before: int) -> Lines:
    return [
        (before + i, line.removesuffix(b"\r").decode(errors="replace"))
        for i, line in enumerate(lines, start=1)
        if line and not line.isspace()
    ]


def _as_utf8(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Without the mark of the encoding; what a spreadsheet wrote as UTF-16 becomes UTF-8."""
    decoder: codecs.IncrementalDecoder | None = None
    for number, chunk in enumerate(chunks):
        if number == 0 and chunk[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
            decoder = codecs.getincrementaldecoder("utf-16")(errors="replace")
        data = decoder.decode(chunk).encode() if decoder is not None else chunk
        data = data.removeprefix(codecs.BOM_UTF8) if number == 0 else data
        for place in range(0, len(data), PIECE):
            yield data[place : place + PIECE]
