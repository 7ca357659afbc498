"""Stored trades through the same core, as fast as it can take them: from the database and the archive alike.

No journal is needed (an imported tape has none), so the order is that of time: nothing comes late, and a bar is closed once all of its trades
are in. Of quotes the store keeps the last one of each bar, and a leg's price is their mid as it was live. The hash is over everything that was said but the trades themselves.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import msgspec
import numpy as np

from spreadscope.engine import Engine, FactsDigest
from spreadscope.model.config import Config
from spreadscope.model.errors import StoreError
from spreadscope.model.events import FlushChanges, MarketTime, StoredQuotes, Trades, WatchPair
from spreadscope.model.facts import Fact, PairRow, TradesAccepted
from spreadscope.model.instrument import Pair
from spreadscope.model.states import PriceSource
from spreadscope.model.timeframe import TIMEFRAMES, Timeframe
from spreadscope.store.reader import EVERYTHING, StoreReader

_CHUNK_MS = 3_600_000
_BEFORE_MS = 600_000  # bars of the last chunk that are closed in this one
_DISORDER_MS = 2_000  # times follow ids but for a few milliseconds


class TapeReplay(msgspec.Struct, frozen=True):
    """What a replay of stored trades said; ``first_time`` and ``last_time`` bound the trades (ms).

    ``rows_by_last_trade``: rows of which a leg's price is its last trade, as the store has no quote of that bar.
    """

    hash: str
    trades: int
    facts: dict[str, int]
    first_time: int
    last_time: int
    rows_by_last_trade: int
    seconds: float


def replay_tape(
    reader: StoreReader,
    config: Config,
    pairs: Iterable[Pair],
    *,
    start: int = EVERYTHING[0],
    end: int = EVERYTHING[1],
    timeframes: tuple[Timeframe, ...] = TIMEFRAMES,
    observe: Callable[[Engine, list[Fact]], None] | None = None,
) -> TapeReplay:
    """Feed the stored trades of ``[start, end)`` (ms) of the pairs' legs to a core that makes bars and rows of ``timeframes``.

    Raises ``StoreError`` where a leg has no trades.
    """
    engine = Engine(config, timeframes)
    digest = FactsDigest()
    kinds: Counter[str] = Counter()
    began = time.perf_counter()
    chosen = tuple(pairs)
    symbols = tuple(dict.fromkeys(symbol for pair in chosen for symbol in pair.symbols))
    low, high = _span(reader, symbols, start, end)
    total = by_last_trade = 0

    def push(event: Trades | StoredQuotes | MarketTime | WatchPair | FlushChanges) -> None:
        nonlocal by_last_trade
        facts: list[Fact] = [fact for fact in engine.on(event) if not isinstance(fact, TradesAccepted)]
        for fact in facts:
            digest.add(fact)
            kinds[str(fact.__struct_config__.tag)] += 1
            by_last_trade += isinstance(fact, PairRow) and PriceSource.LAST in {fact.source_y, fact.source_x}
        if facts and observe is not None:
            observe(engine, facts)

    for pair in chosen:
        push(WatchPair(pair))
    for clock, batches in _chunks(reader, symbols, low, high + 1, timeframes):
        for batch in batches:
            total += len(batch) if isinstance(batch, Trades) else 0
            push(batch)
        push(MarketTime(clock))
    push(MarketTime(high + config.bars.grace_ms + max(frame.milliseconds for frame in timeframes)))
    push(FlushChanges())
    return TapeReplay(
        hash=digest.hexdigest(),
        trades=total,
        facts=dict(sorted(kinds.items())),
        first_time=low,
        last_time=high,
        rows_by_last_trade=by_last_trade,
        seconds=round(time.perf_counter() - began, 3),
    )


def _span(reader: StoreReader, symbols: tuple[str, ...], start: int, end: int) -> tuple[int, int]:
    """Times of the first and last stored trade in ``[start, end)`` of all symbols together."""
    spans = []
    for symbol in symbols:
        ranges, _ = reader.ledger(symbol)
        if not ranges:
            raise StoreError(f"the store has no trades of {symbol}: import some, or let the engine record them")
        spans.append((ranges[0].first_time, ranges[-1].last_time))
    low, high = max(start, min(first for first, _ in spans)), min(end - 1, max(last for _, last in spans))
    if low > high:
        raise StoreError(f"the store has no trades of {', '.join(symbols)} in that time")
    return low, high


def _chunks(
    reader: StoreReader, symbols: tuple[str, ...], low: int, end: int, timeframes: tuple[Timeframe, ...]
) -> Iterator[tuple[int, list[Trades | StoredQuotes]]]:
    """The market's time, and the trades up to it with the quotes of their bars, chunk by chunk; the next chunk is read while one
    is worked on."""
    fed = dict.fromkeys(symbols, -1)

    def read(start: int) -> tuple[int, list[Trades | StoredQuotes]]:
        stop = min(start - start % _CHUNK_MS + _CHUNK_MS, end)
        quotes = reader.quotes(symbols, timeframes, start - _BEFORE_MS, stop)
        trades = [_up_to(reader, symbol, start, stop, end, fed) for symbol in symbols]
        return stop, [*quotes, *(batch for batch in trades if len(batch))]

    with ThreadPoolExecutor(1, thread_name_prefix="tape-reader") as pool:
        waiting = pool.submit(read, low)
        while True:
            stop, batches = waiting.result()
            more = stop < end
            if more:
                waiting = pool.submit(read, stop)
            yield stop, batches
            if not more:
                return


def _up_to(reader: StoreReader, symbol: str, start: int, stop: int, end: int, fed: dict[str, int]) -> Trades:
    """The next trades of a symbol, by id, up to the last one before ``stop``: cut by id, so that no id is missing at the cut."""
    trades = reader.trades(symbol, start, min(stop + _DISORDER_MS, end))
    first = int(np.searchsorted(trades.ids, fed[symbol], side="right"))
    backwards = (trades.times < stop)[::-1]  # the last one stands near the end: no list is made of all the others
    last = len(trades) - int(backwards.argmax()) if backwards.any() else first
    taken = trades.take(slice(first, max(first, last)))
    if len(taken):
        fed[symbol] = int(taken.ids[-1])
    return taken
