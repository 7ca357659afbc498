"""The synthetic market of a store: its seed, its start, and its last state."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from spreadscope.exchange.local.synthetic import MarketState
from spreadscope.store.directory import DATABASE
from spreadscope.store.reader import StoreReader

_SOURCE = re.compile(r"synthetic seed (\d{1,18}), begun (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC")


def stored_market(data: Path) -> tuple[int, MarketState] | None:
    """Returns seed and last state of a store's synthetic market; None where it has none. Raises ``StoreError``."""
    database = data / DATABASE
    if not database.exists() or not database.stat().st_size:
        return None
    reader = StoreReader(database)
    source = _SOURCE.fullmatch(reader.meta().get("source", ""))
    if source is None:
        return None
    started = datetime.strptime(source[2], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    last = {}
    for symbol in reader.symbols():
        ranges, _ = reader.ledger(symbol)
        if ranges:
            newest = reader.trades_of_ids(symbol, ranges[-1].last, ranges[-1].last)
            if len(newest):
                last[symbol] = (int(newest.ids[-1]), int(newest.times[-1]), float(newest.prices[-1]))
    return int(source[1]), MarketState(int(started.timestamp() * 1000), last)
