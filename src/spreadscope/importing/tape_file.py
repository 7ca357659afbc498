"""The tape in a file: the hash of each day of the trades that an export, an archive file or a table holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import polars as pl

from spreadscope.importing.checking import REASON, Checks
from spreadscope.importing.file_subject import Options, Subjects
from spreadscope.importing.kinds import Content
from spreadscope.importing.opening import OpenedFile
from spreadscope.importing.text_tables import LINE
from spreadscope.model.errors import ConfigError, StoreError
from spreadscope.store.archive.compaction import day_name
from spreadscope.store.integrity.tape_hash import TapeHash, TapeOrderError
from spreadscope.store.integrity.verification import FoundDay
from spreadscope.store.trades.trade_blocks import DAY_MS
from spreadscope.store.trades.trade_columns import TradeColumns, select_rows


def tape_of_file(path: Path, symbol: str | None, progress: Callable[[str], None]) -> list[FoundDay]:
    """Returns the tape of each symbol and day in a file of trades with the exchange's ids.

    Raises ``StoreError`` where it cannot be read, is out of order or has a row that is no trade, ``ConfigError`` where
    it holds no such trades.
    """
    source, subjects = OpenedFile(path, {}, None), Subjects(path, Options(symbol=symbol))
    checks = Checks()
    hashes: dict[tuple[str, int], TapeHash] = {}
    rows = 0
    for block in _blocks(source):
        subjects.subject = source.subject
        sound, bad = checks.trades(block)
        if bad.height:
            raise StoreError(f"{path}, line {bad[LINE][0]}: {bad[REASON][0]}")
        for name, part in subjects.by_symbol(sound):
            try:
                _add(hashes, name, _columns(part))
            except TapeOrderError as error:
                raise StoreError(f"{path}: {error}") from None
        rows += block.height
        progress(f"{path.name}: {rows:,} rows")
    return [
        FoundDay(
            symbol=name,
            day=day_name(day),
            tape=digest.hexdigest(),
            trades=digest.trades,
            first_id=digest.first_id,
            last_id=digest.last_id,
        )
        for (name, day), digest in sorted(hashes.items())
        if digest.trades
    ]


def _blocks(source: OpenedFile) -> Iterator[pl.DataFrame]:
    """Yields the blocks of a file of trades with ids; raises ``ConfigError`` for every other file."""
    error = ConfigError(
        f"{source.path} holds no trades with ids: verify takes exports of ticks and files of the archive"
    )
    try:
        for block in source.blocks():
            if source.layout is None or source.layout.content is not Content.TICKS or "id" not in block.columns:
                raise error
            yield block
    except ConfigError:
        raise error from None  # what the importer says of columns is of options that verify does not have


def _columns(rows: pl.DataFrame) -> TradeColumns:
    return (
        rows["id"].cast(pl.Int64).to_numpy(),
        rows["time"].cast(pl.Int64).to_numpy(),
        rows["price"].cast(pl.Float64).to_numpy(),
        rows["quantity"].cast(pl.Float64).to_numpy(),
        rows["buyer_maker"].cast(pl.Boolean).to_numpy(),
    )


def _add(hashes: dict[tuple[str, int], TapeHash], symbol: str, columns: TradeColumns) -> None:
    days = columns[1] // DAY_MS
    for number in np.unique(days).tolist():
        start = number * DAY_MS
        digest = hashes.setdefault((symbol, start), TapeHash(symbol, day_name(start)))
        try:
            digest.update(select_rows(columns, days == number))
        except TapeOrderError as error:
            raise TapeOrderError(f"{symbol} {day_name(start)}: {error}") from None
