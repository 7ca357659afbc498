"""Opening a file: whatever it is (CSV, NDJSON, Parquet; plain, zip, gzip, zstd), rows of text cells come out, block by block."""

from __future__ import annotations

import csv
import lzma
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]  # ships no types
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from spreadscope.exchange.recording.compression import DamagedDataError, decompressor
from spreadscope.importing.kinds import Content, Layout, of_header, of_row
from spreadscope.model.errors import ConfigError, StoreError

_CHUNK = 1 << 20
_ROWS = 100_000
# What zipfile lets through, besides its own error, for a member that is damaged, encrypted or packed in an unknown way.
_ZIP_ERRORS = (zlib.error, lzma.LZMAError, EOFError, RuntimeError, ValueError)
_NOTICE = "DEMO DATA, not a market: "
LINE, RAW = "line", "raw"


class Source:
    """A file being read. ``layout`` and ``demo`` are known once the first block has come.

    A block has the columns of the layout as text (null where the row has no such cell), ``line`` and ``raw``.
    """

    def __init__(self, path: Path, chosen: Mapping[str, str], content: Content | None) -> None:
        self.path = path
        self.layout: Layout | None = None
        self.demo: str | None = None
        self._chosen = chosen
        self._content = content
        self._names: list[str] | None = None  # the keys of NDJSON

    def blocks(self) -> Iterator[pl.DataFrame]:
        """Raises ``StoreError`` where the file cannot be read, ``ConfigError`` where its columns are not understood."""
        try:
            with self.path.open("rb") as file:
                head = file.read(4)
            if head == b"PAR1":
                yield from self._parquet()
                return
            for chunks in self._members(head):
                yield from self._text(chunks)
        except FileNotFoundError:
            raise StoreError(f"there is no file {self.path}") from None
        except (OSError, zipfile.BadZipFile, DamagedDataError, pa.ArrowException) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise StoreError(f"{self.path} is damaged or cannot be read: {reason}") from None

    def _members(self, head: bytes) -> Iterator[Iterator[bytes]]:
        if head.startswith(b"PK"):
            with zipfile.ZipFile(self.path) as archive:
                names = [item for item in archive.namelist() if not item.endswith("/")]
                if not names:
                    raise StoreError(f"the zip {self.path} is empty")
                for name in names:
                    yield _member(archive, name)
            return
        yield self._expanded(head)

    def _expanded(self, head: bytes) -> Iterator[bytes]:
        expand = decompressor(head)
        with self.path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield expand.feed(chunk)
        if not expand.complete():
            raise DamagedDataError("it is cut short")

    def _text(self, chunks: Iterator[bytes]) -> Iterator[pl.DataFrame]:
        number, begun = 0, False
        for lines in _lines(chunks):
            first = number + 1
            number += len(lines)
            rows = [(first + i, line) for i, line in enumerate(lines) if line.strip()]
            if not begun:
                rows, begun = self._begin(rows)
            if rows:
                yield self._csv(rows) if self._names is None else self._json(rows, self._names)

    def _begin(self, rows: list[tuple[int, str]]) -> tuple[list[tuple[int, str]], bool]:
        """Take the notices and the header off the first rows; → the rest, and whether rows have begun."""
        while rows and rows[0][1].lstrip("\ufeff").startswith("#"):
            self._notice(rows[0][1].lstrip("\ufeff# "))
            rows = rows[1:]
        if not rows:
            return rows, False
        line = rows[0][1].lstrip("\ufeff")
        if line.lstrip().startswith("{"):
            return self._begin_json([(rows[0][0], line), *rows[1:]])
        self._names = None
        cells = _split(line) or [line]
        layout = of_row(cells) if not self._chosen else None
        if layout is None:
            layout = of_header(cells, self._chosen, self._content)
            rows = rows[1:]
        self._set(layout, cells)
        return rows, True

    def _begin_json(self, rows: list[tuple[int, str]]) -> tuple[list[tuple[int, str]], bool]:
        first = _object(rows[0][1])
        if first is not None and set(first) == {"demo"}:
            self._notice(str(first["demo"]))
            rows = rows[1:]
            first = _object(rows[0][1]) if rows else None
        if first is not None and first.get("spreadscope") == "recording":
            raise StoreError(f"{self.path} is a recording: feed it to the store with spreadscope replay --data")
        if not rows:
            return rows, False
        names = list(first) if first is not None else []
        self._set(of_header(names, self._chosen, self._content), names)
        self._names = names
        return rows, True

    def _notice(self, text: str) -> None:
        if text.startswith(_NOTICE):
            self.demo = text.removeprefix(_NOTICE)

    def _set(self, layout: Layout | None, cells: list[str]) -> None:
        if layout is None:
            if {"rule_id", "incident"} <= set(cells):
                raise ConfigError(
                    f"{self.path} is the history of alerts, which stays in the store it came from: it is not imported"
                )
            shown = ", ".join(cells[:12])[:160]
            raise ConfigError(
                f"the columns of {self.path} are not understood ({shown}): say which is which with "
                "--columns id=…,time=…,price=…,quantity=…"
            )
        if self.layout is not None and self.layout.content is not layout.content:
            raise ConfigError(f"{self.path} holds files of different kinds: import them one by one")
        self.layout = layout

    def _csv(self, rows: list[tuple[int, str]]) -> pl.DataFrame:
        layout = self.layout
        if layout is None:
            raise StoreError(f"{self.path} has no rows")
        frame = pl.DataFrame(rows, schema={LINE: pl.Int64, RAW: pl.String}, orient="row")
        if any('"' in line for _, line in rows):  # quoted cells are rare: the slow way is for them only
            cells = [_split(line) for _, line in rows]
            columns = {
                name: [row[place] if place < len(row) else None for row in cells]
                for name, place in layout.places.items()
            }
            return frame.with_columns(pl.Series(name, values, pl.String) for name, values in columns.items())
        split = frame[RAW].str.split(",")
        return frame.with_columns(
            split.list.get(place, null_on_oob=True).str.strip_chars().alias(name)
            for name, place in layout.places.items()
        )

    def _json(self, rows: list[tuple[int, str]], names: list[str]) -> pl.DataFrame:
        if self.layout is None:
            raise StoreError(f"{self.path} has no rows")
        objects = [_object(line) or {} for _, line in rows]
        frame = pl.DataFrame(rows, schema={LINE: pl.Int64, RAW: pl.String}, orient="row")
        return frame.with_columns(
            pl.Series(name, [_cell(item.get(names[place])) for item in objects], pl.String)
            for name, place in self.layout.places.items()
        )

    def _parquet(self) -> Iterator[pl.DataFrame]:
        with pq.ParquetFile(self.path) as file:
            names = file.schema_arrow.names
            notice = (file.schema_arrow.metadata or {}).get(b"demo")
            if notice is not None:
                self._notice(notice.decode())
            self._set(of_header(names, self._chosen, self._content), names)
            layout = self.layout
            if layout is None:
                return
            line = 1
            for batch in file.iter_batches(_ROWS):
                table = pa.Table.from_batches([batch]).select(list(dict.fromkeys(layout.places.values())))
                frame = pl.DataFrame(pl.from_arrow(table))
                texts = [_as_text(frame[names[place]]).alias(name) for name, place in layout.places.items()]
                cells = pl.DataFrame(texts)
                yield cells.with_columns(
                    pl.int_range(line, line + cells.height).alias(LINE),
                    pl.concat_str([pl.col(name).fill_null("") for name in layout.places], separator=",").alias(RAW),
                )
                line += cells.height


def _member(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """One file of a zip, in chunks. Raises ``DamagedDataError``."""
    try:
        with archive.open(name) as member:
            while chunk := member.read(_CHUNK):
                yield chunk
    except _ZIP_ERRORS as error:
        raise DamagedDataError(f"{name} in it: {str(error) or type(error).__name__}") from None


def _lines(chunks: Iterator[bytes]) -> Iterator[list[str]]:
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        if whole:
            yield [line.removesuffix(b"\r").decode(errors="replace") for line in whole]
    if rest:
        yield [rest.removesuffix(b"\r").decode(errors="replace")]


def _split(line: str) -> list[str]:
    try:
        return next(csv.reader([line], strict=True), [])
    except csv.Error:
        return []


def _object(line: str) -> dict[str, Any] | None:
    try:
        value = msgspec.json.decode(line)
    except (msgspec.MsgspecError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _cell(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _as_text(column: pl.Series) -> pl.Series:
    if isinstance(column.dtype, pl.Datetime):
        column = column.dt.timestamp("ms")
    return column.cast(pl.String, strict=False)
