"""The opening of a file: text, JSON, Parquet or Arrow, plain or compressed, becomes blocks of rows of text cells."""

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
from spreadscope.importing.documents import JsonTable, decode_lines, is_row_a_line, numbered_blocks, rows_of_document
from spreadscope.importing.kinds import Content, FileLayout
from spreadscope.importing.text_tables import LINE, RAW, Lines, TextTable, label_of_comment, numbered_lines
from spreadscope.model.errors import ConfigError, StoreError
from spreadscope.store.labels import Label, merge_labels

_CHUNK = 1 << 20
_COMPRESSED_CHUNK = 1 << 16  # the expansion of a compressed file is checked after so many bytes
# Errors that zipfile raises, beside its own, for a damaged or encrypted member or an unknown compression.
_ZIP_ERRORS = (zlib.error, lzma.LZMAError, EOFError, RuntimeError, ValueError, OSError)
_COLUMN_MAGICS = (PARQUET_MAGIC, ARROW_MAGIC, FEATHER_1_MAGIC)
# Common files that cannot be read, and what to do instead.
_UNREADABLE = {
    b"SQLite format 3": "is a SQLite database: write its table of trades or bars to a CSV file",
    b"\x89HDF": "is an HDF5 file: write its table to a CSV, Parquet or Feather file",
    b"\x80\x04\x95": "is a Python pickle, which is not opened: write its table to a CSV, Parquet or Feather file",
    b"\x80\x05\x95": "is a Python pickle, which is not opened: write its table to a CSV, Parquet or Feather file",
    b"7z\xbc\xaf": "is a 7z archive: unpack it first",
    b"Rar!": "is a RAR archive: unpack it first",
    b"%PDF": "is a PDF, and no table",
}

__all__ = ["LINE", "RAW", "OpenedFile", "unpack_zip"]


class OpenedFile:
    """A file that is being read. ``layout`` and the label above the rows are known after the first block.

    A block has the columns of the layout as text (null where the row has no such cell), ``line`` and ``raw``.
    """

    def __init__(self, path: Path, chosen_columns: Mapping[str, str], content: Content | None) -> None:
        self.path = path
        self.layout: FileLayout | None = None
        self._label_of_text = Label()  # of comments, and of tables that were read to the end
        self._label_of_table = Label()  # of the table that is being read
        self.subject = ""  # from the metadata of an archive file
        self.timeframe = ""
        self.notes: list[str] = []
        self._chosen_columns = chosen_columns
        self._content = content

    @property
    def label(self) -> Label:
        """The label of the file, as far as it has been read."""
        return merge_labels(self._label_of_text, self._label_of_table)

    def blocks(self) -> Iterator[pl.DataFrame]:
        """Yields blocks of rows. Raises ``StoreError`` for an unreadable file, ``ConfigError`` for unknown columns."""
        try:
            with self.path.open("rb") as file:
                head = file.read(16)
            for magic, advice in _UNREADABLE.items():
                if head.startswith(magic):
                    raise StoreError(f"{self.path} {advice}")
            if head.startswith(_COLUMN_MAGICS):
                yield from self._column_blocks(head)
                return
            with closing(self._members(head)) as members:
                for member in members:
                    with closing(member) as chunks:
                        yield from self._text_blocks(chunks)
        except FileNotFoundError:
            raise StoreError(f"there is no file {self.path}") from None
        except (OSError, zipfile.BadZipFile, DamagedDataError, pa.ArrowException) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise StoreError(f"{self.path} is damaged or cannot be read: {reason}") from None

    def _column_blocks(self, head: bytes) -> Iterator[pl.DataFrame]:
        table = ColumnTable(self.path, self._chosen_columns, self._content)
        for block in table.blocks(head):
            self._update(table.layout, table.label)
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
        yield self._decompress(head)

    def _decompress(self, head: bytes) -> Generator[bytes, None, None]:
        expand = decompressor(head)
        with self.path.open("rb") as file:
            while chunk := file.read(_CHUNK if isinstance(expand, Plain) else _COMPRESSED_CHUNK):
                yield from expand.feed(chunk)
        if not expand.complete():
            raise DamagedDataError("it is cut short")

    def _text_blocks(self, chunks: Iterator[bytes]) -> Iterator[pl.DataFrame]:
        """Yields the blocks of one text. The first lines show whether it is JSON, and in which form."""
        groups = self._without_comments(numbered_lines(self.path, chunks))
        first = next(groups, [])
        if not first:
            return
        start = first[0][1].lstrip()[:1]
        if start not in {"{", "["}:
            table = TextTable(self.path, self._chosen_columns, self._content)
            first = table.find_header(first)
            for lines in chain([first], groups):
                block = table.block(lines)
                self._update(table.layout, Label())
                if block is not None:
                    yield block
            return
        rows = JsonTable(self.path, self._chosen_columns, self._content)
        values: Iterator[list[tuple[int, str, Any]]]
        if is_row_a_line([line for _, line in first]):
            values = (decode_lines(lines) for lines in chain([first], groups))
        else:
            texts = (f"{line}\n" for lines in chain([first], groups) for _, line in lines)
            values = numbered_blocks(rows_of_document(self.path, texts))
        for part in values:
            block = rows.block(part)
            if block is not None:
                self._update(rows.layout, rows.label)
                yield block
        self._label_of_text, self._label_of_table = merge_labels(self._label_of_text, rows.label), Label()

    def _without_comments(self, groups: Iterator[Lines]) -> Iterator[Lines]:
        """Yields lines without comments; labels in comments are collected."""
        for lines in groups:
            for _, line in lines:
                if line.startswith("#"):
                    self._label_of_text = merge_labels(self._label_of_text, label_of_comment(line))
            rows = [(number, line) for number, line in lines if not line.startswith("#")]
            if rows:
                yield rows

    def _update(self, layout: FileLayout | None, label: Label) -> None:
        if layout is None:
            return
        if self.layout is not None and self.layout.content is not layout.content:
            raise ConfigError(f"{self.path} holds files of different kinds: import them one by one")
        self.layout, self._label_of_table = layout, label


def unpack_zip(path: Path, folder: Path, most: int) -> list[Path]:
    """Write the files of a zip into ``folder``, each under its own name. Returns them; none for another kind of file.

    Raises ``StoreError`` for one that is damaged, empty, encrypted, too large or of over ``most`` files.
    """
    unpacked: list[Path] = []
    try:
        with path.open("rb") as file:
            if file.read(2) != b"PK":
                return []
        with zipfile.ZipFile(path) as archive:
            names = [item for item in archive.namelist() if not item.endswith("/") and "__MACOSX" not in item]
            if "[Content_Types].xml" in names:
                raise StoreError(f"{path} is a workbook: save its table as a CSV file")
            if not names or len(names) > most:
                raise StoreError(f"the zip {path} holds {len(names)} files: 1 to {most} are read")
            for place, name in enumerate(names):
                target = folder / f"{place:04}" / (Path(name).name or "file")
                target.parent.mkdir(parents=True)
                with closing(_member(archive, name)) as chunks, target.open("xb") as out:
                    for chunk in chunks:
                        out.write(chunk)
                unpacked.append(target)
    except FileNotFoundError:
        raise StoreError(f"there is no file {path}") from None
    except (OSError, zipfile.BadZipFile, DamagedDataError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise StoreError(f"{path} is damaged or cannot be read: {reason}") from None
    return unpacked


def _member(archive: zipfile.ZipFile, name: str) -> Generator[bytes, None, None]:
    """Yields one file of a zip in chunks. Raises ``DamagedDataError``."""
    expansion = Expansion()
    entry = archive.getinfo(name)
    expansion.count(entry.compress_size, entry.file_size)  # the sizes in its header
    expansion = Expansion()
    expansion.count(entry.compress_size, 0)  # the real sizes, as it is read
    try:
        with archive.open(name) as member:
            while chunk := member.read(_CHUNK):
                expansion.count(0, len(chunk))
                yield chunk
    except _ZIP_ERRORS as error:
        raise DamagedDataError(f"{name} in it: {str(error) or type(error).__name__}") from None
