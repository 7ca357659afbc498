"""Rows of trades for tests of their blocks."""

from __future__ import annotations

import numpy as np

from spreadscope.store.trades.trade_columns import TradeColumns

EVER = (-(1 << 62), 1 << 62)
DAY = 1_700_006_400_000


def rows(ids: list[int], mark: float = 0.0, step: int = 1_000) -> TradeColumns:
    """Trades whose content follows from their id, but for a mark in the quantity."""
    keys = np.array(ids, dtype=np.int64)
    reals = keys.astype(np.float64)
    return keys, DAY + keys * step, 100.0 + reals % 7, 0.5 + reals % 5 + mark, keys % 2 == 0


def same(one: TradeColumns, other: TradeColumns) -> bool:
    return all(np.array_equal(mine, theirs) for mine, theirs in zip(one, other, strict=True))
