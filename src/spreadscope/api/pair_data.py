"""What a chart shows of a stored pair: bars of both legs, rows and signals, of the newest or of an older stretch."""

from __future__ import annotations

from typing import NamedTuple

from spreadscope import contract
from spreadscope.api import shapes
from spreadscope.api.signals import with_advice
from spreadscope.contract.bodies import LATEST
from spreadscope.model.config import SignalConfig
from spreadscope.model.instrument import Pair
from spreadscope.model.timeframe import Timeframe
from spreadscope.store.reader import StoreReader

ROWS = 1_000  # of each leg's bars and of the rows, at once


class StoredPair(NamedTuple):
    """Bars, rows and signals of a pair, ascending. ``full`` are the first times of lists that may go on before them."""

    bars_y: list[contract.Bar]
    bars_x: list[contract.Bar]
    rows: list[contract.Row]
    signals: list[contract.Signal]
    full: tuple[int, ...]


def stored_pair(
    reader: StoreReader,
    levels: SignalConfig,
    pair: Pair,
    timeframe: Timeframe,
    before: int = LATEST,
    limit: int = ROWS,
) -> StoredPair:
    """Returns the newest ``limit`` bars of each leg and rows before ``before``, with the signals among the bars."""
    bars_y = reader.bars(pair.y, timeframe, end=before, limit=limit)
    bars_x = reader.bars(pair.x, timeframe, end=before, limit=limit)
    oldest_time = min((fact.open_time for fact in (*bars_y[:1], *bars_x[:1])), default=0)
    rows = reader.rows(pair, timeframe, end=before, limit=limit)
    row_by_time = {row.time: row for row in rows}
    signals = [fact for fact in reversed(reader.signals(pair, timeframe, oldest_time)) if fact.time < before]
    times = [[bar.open_time for bar in bars_y], [bar.open_time for bar in bars_x], [row.time for row in rows]]
    return StoredPair(
        [shapes.bar(fact) for fact in bars_y],
        [shapes.bar(fact) for fact in bars_x],
        [shapes.row(fact) for fact in rows],
        [with_advice(fact, row_by_time.get(fact.time), levels) for fact in signals],
        tuple(each[0] for each in times if len(each) == limit),
    )


def pair_history(
    reader: StoreReader, levels: SignalConfig, pair: Pair, timeframe: Timeframe, before: int, limit: int
) -> contract.PairHistory:
    """Returns all of a stretch that ends at ``before``: it begins where the first of the lists ends at its limit."""
    stored = stored_pair(reader, levels, pair, timeframe, before, limit)
    start = max(stored.full, default=0)
    return contract.PairHistory(
        pair=str(pair),
        timeframe=timeframe,
        start=start,
        before=before,
        more=bool(stored.full),
        bars_y=[bar for bar in stored.bars_y if bar.open_time >= start],
        bars_x=[bar for bar in stored.bars_x if bar.open_time >= start],
        rows=[row for row in stored.rows if row.time >= start],
        signals=[signal for signal in stored.signals if signal.time >= start],
    )
