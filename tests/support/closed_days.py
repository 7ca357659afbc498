"""A store of closed days, and changes of it that only a forger would make."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np

from spreadscope.store.archive.compaction import DAY_MS
from spreadscope.store.directory import DATABASE, connect
from spreadscope.store.trades import trade_blocks
from spreadscope.store.trades.trade_columns import TradeColumns, select_rows
from spreadscope.tape.tape import Tape
from tests.support.facts import accepted, bar, row, store

DAY = 1_700_006_400_000  # 2023-11-15
NOW = DAY + 10 * DAY_MS
N = 9_000
STEP = 3 * DAY_MS // N
TIMES = [DAY + i * STEP for i in range(N)]
PRICES = [round(27_000 + (i * 7919 % 1000) / 10, 1) for i in range(N)]


def fill(path: Path, ids: range = range(N), *, at_once: int = N) -> Tape:
    """A store of two days and a part of the third; a transaction, and so a block, has ``at_once`` trades."""
    tape = Tape("BTCUSDT")
    with store(path) as (writer, _):
        for first in range(0, len(ids), at_once):
            chosen = list(ids[first : first + at_once])
            writer.submit(*accepted(tape, chosen, times=[TIMES[i] for i in chosen], prices=[PRICES[i] for i in chosen]))
            asyncio.run(writer.flush())
        writer.submit(
            [bar(DAY + i * 3_600_000, complete=i % 2 == 0, bid=1.0 if i % 3 else None) for i in range(72)], {}
        )
        writer.submit([row(DAY + i * 3_600_000, value=i / 7) for i in range(72)], {})
    return tape


def rewrite(path: Path, change: Any, block: int | None = None) -> None:
    """Change the trades of a block with a checksum that fits, as only a forger would."""
    connection = connect(path / DATABASE)
    held = trade_blocks.blocks(connection, 1)
    chosen = next(each for each in held if block in {None, each.block})
    changed = change(trade_blocks.read_block(connection, chosen.block))
    connection.execute("DELETE FROM trade_blocks WHERE block = ?", (chosen.block,))
    trade_blocks.put(connection, 1, changed, chosen.block)
    connection.close()


def without_one(rows: TradeColumns) -> TradeColumns:
    return select_rows(rows, np.arange(len(rows[0])) != 4)
