"""Opening a file: whatever it is (text, JSON, Parquet, Arrow; plain or packed), rows of text cells come out, block by block."""

from __future__ import annotations

import lzma
import zipfile
import zlib
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]  # ships no types

from spreadscope.exchange.recording.compression import DamagedDataError, Expansion, Plain, decompressor
from spreadscope.importing.column_tables import ARROW_MAGIC, FEATHER_1_MAGIC, PARQUET_MAGIC, ColumnTable
from spreadscope.importing.documents import JsonTable, decoded, document, is_a_line_each, numbered
from spreadscope.importing.kinds import Content, FileLayout
from spreadscope.importing.text_tables import LINE, RAW, Lines, TextTable, comment, lines_of
from spreadscope.model.errors import ConfigError, StoreError
from spreadscope.store.labels import Label, merge_labels

_CHUNK = 1 << 20
_PACKED = 1 << 16  # what a packed file expands to is judged after so many bytes of it
# What zipfile lets through, besides its own error, for a member that is damaged, encrypted or packed in an unknown way.
_ZIP_ERRORS = (zlib.error, lzma.LZMAError, EOFError, RuntimeError, ValueError, OSError)
_COLUMNS = (PARQUET_MAGIC, ARROW_MAGIC, FEATHER_1_MAGIC)
# What is often handed over, and cannot be read: what to do instead.
_OTHERS = {
    b"SQLite format 3": "is a SQLite database: write its table of trades or bars to a CSV file",
    b"\x89HDF": "is an HDF5 file: write its table to a CSV, Parquet or Feather file",
    b"\x80\x04\x95": "is a Python pickle, which is not opened: write its table to a CSV, Parquet or Feather file",
    b"\x80\x05\x95": "is a Python pickle, which is not opened: write its table to a CSV, Parquet or Feather file",
    b"7z\xbc\xaf": "is a 7z archive: unpack it first",
    b"Rar!": "is a RAR archive: unpack it first",
    b"%PDF": "is a PDF, and no table",
}

__all__ = ["LINE", "RAW", "OpenedFile"]


class OpenedFile:
    """A file being read. ``layout`` is known once the first block has come, as is what stands above the rows in ``label``.

    A block has the columns of the layout as text (null where the row has no such cell), ``line`` and ``raw``.
    """

    def __init__(self, path: Path, chosen: Mapping[str, str], content: Content | None) -> None:
        self.path = path
        self.layout: FileLayout | None = None
        self._said = Label()  # by comments, and by what was read to its end
        self._table = Label()  # by the table that is being read
        self.subject = ""  # what a file of our archive says that its rows are of
        self.timeframe = ""
        self.notes: list[str] = []
        self._chosen = chosen
        self._content = content

    @property
    def label(self) -> Label:
        """What the file says of its rows, as far as it has been read."""
        return merge_labels(self._said, self._table)

    def blocks(self) -> Iterator[pl.DataFrame]:
        """Raises ``StoreError`` where the file cannot be read, ``ConfigError`` where its columns are not understood."""
        try:
            with self.path.open("rb") as file:
                head = file.read(16)
            for magic, what in _OTHERS.items():
                if head.startswith(magic):
                    raise StoreError(f"{self.path} {what}")
            if head.startswith(_COLUMNS):
                yield from self._of_columns(head)
                return
            with closing(self._members(head)) as members:
                for member in members:
                    with closing(member) as chunks:
                        yield from self._of_text(chunks)
        except FileNotFoundError:
            raise StoreError(f"there is no file {self.path}") from None
        except (OSError, zipfile.BadZipFile, DamagedDataError, pa.ArrowException) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise StoreError(f"{self.path} is damaged or cannot be read: {reason}") from None

    def _of_columns(self, head: bytes) -> Iterator[pl.DataFrame]:
        table = ColumnTable(self.path, self._chosen, self._content)
        for block in table.blocks(head):
            self._take(table.layout, table.label)
            if table.archive is not None:
                self.subject, self.timeframe = table.archive.subject, table.archive.timeframe
                self.notes = table.notes
            yield block

    def _members(self, head: bytes) -> Generator[Generator[bytes, None, None], None, None]:
        if head.startswith(b"PK"):
            with zipfile.ZipFile(self.path) as archive:
                names = [item for item in archive.namelist() if not item.endswith("/") and "__MACOSX" not in item]
                if not names:
                    raise StoreError(f"the zip {self.path} is empty")
                if "[Content_Types].xml" in names:
                    raise StoreError(f"{self.path} is a workbook: save its table as a CSV file")
                for name in names:
                    yield _member(archive, name)
            return
        yield self._expanded(head)

    def _expanded(self, head: bytes) -> Generator[bytes, None, None]:
        expand = decompressor(head)
        with self.path.open("rb") as file:
            while chunk := file.read(_CHUNK if isinstance(expand, Plain) else _PACKED):
                yield from expand.feed(chunk)
        if not expand.complete():
            raise DamagedDataError("it is cut short")

    def _of_text(self, chunks: Iterator[bytes]) -> Iterator[pl.DataFrame]:
        """One text: the first lines tell whether it is JSON, and in which form."""
        groups = self._rows(lines_of(self.path, chunks))
        first = next(groups, [])
        if not first:
            return
        start = first[0][1].lstrip()[:1]
        if start not in {"{", "["}:
            table = TextTable(self.path, self._chosen, self._content)
            first = table.begin(first)
            for lines in chain([first], groups):
                block = table.block(lines)
                self._take(table.layout, Label())
                if block is not None:
                    yield block
            return
        rows = JsonTable(self.path, self._chosen, self._content)
        values: Iterator[list[tuple[int, str, Any]]]
        if is_a_line_each([line for _, line in first]):
            values = (decoded(lines) for lines in chain([first], groups))
        else:
            texts = (f"{line}\n" for lines in chain([first], groups) for _, line in lines)
            values = numbered(document(self.path, texts))
        for part in values:
            block = rows.block(part)
            if block is not None:
                self._take(rows.layout, rows.label)
                yield block
        self._said, self._table = merge_labels(self._said, rows.label), Label()

    def _rows(self, groups: Iterator[Lines]) -> Iterator[Lines]:
        """Lines that are no comments; what comments say goes into the label."""
        for lines in groups:
            for _, line in lines:
                if line.startswith("#"):
                    self._said = merge_labels(self._said, comment(line))
            rows = [(number, line) for number, line in lines if not line.startswith("#")]
            if rows:
                yield rows

    def _take(self, layout: FileLayout | None, label: Label) -> None:
        if layout is None:
            return
        if self.layout is not None and self.layout.content is not layout.content:
            raise ConfigError(f"{self.path} holds files of different kinds: import them one by one")
        self.layout, self._table = layout, label


def _member(archive: zipfile.ZipFile, name: str) -> Generator[bytes, None, None]:
    """One file of a zip, in chunks. Raises ``DamagedDataError``."""
    expansion = Expansion()
    packed = archive.getinfo(name)
    expansion.count(packed.compress_size, packed.file_size)  # what it says of itself …
    expansion = Expansion()
    expansion.count(packed.compress_size, 0)  # … and what comes of it
    try:
        with archive.open(name) as member:
            while chunk := member.read(_CHUNK):
                expansion.count(0, len(chunk))
                yield chunk
    except _ZIP_ERRORS as error:
        raise DamagedDataError(f"{name} in it: {str(error) or type(error).__name__}") from None
