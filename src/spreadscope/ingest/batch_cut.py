"""Cut a run of trades and quotes, as columns, at each new half second of the exchange's clock; group it by symbol."""

from __future__ import annotations

import numpy as np

from spreadscope.exchange.message_columns import Codes
from spreadscope.jit import njit
from spreadscope.model.events import Floats, Ints

TICK, TRADES, QUOTE = 0, 1, 2


@njit
def cut(
    kinds: Codes, symbols: Ints, times: Ints, bids: Floats, asks: Floats, low: int, high: int, next_tick: int,
    quoted_until: Ints, tick_ms: int, lead_ms: int,
) -> tuple[Ints, Ints, int]:  # fmt: skip  # pragma: no cover - compiled
    """Returns groups in the order in which they become events, the order of their rows, and the next tick.

    A group is (``TICK``, time, 0, 0), (``TRADES``, symbol, first, last): rows ``order[first:last]``, or (``QUOTE``,
    row, 0, 0). Rows are ``[low, high)`` of the columns: trades and quotes only. ``quoted_until`` (by symbol) is moved
    on.
    """
    n = high - low
    order = np.empty(n, dtype=np.int64)
    groups = np.empty((3 * n + 1, 4), dtype=np.int64)  # a row makes a tick, a group and nothing else
    count, filled = 0, 0
    most = len(quoted_until)
    rows_of = np.zeros(most, dtype=np.int64)
    place_of = np.zeros(most, dtype=np.int64)
    quote_of = np.full(most, -1, dtype=np.int64)
    quoted = np.empty(n, dtype=np.int64)
    seen = np.empty(most, dtype=np.int64)
    start = low
    while start < high:
        # The rows up to the next tick of the clock.
        stop, clock = start, 0
        while stop < high:
            clock = int(times[stop]) if kinds[stop] == TRADES else int(times[stop]) - lead_ms
            if clock >= next_tick:
                break
            stop += 1
        # Trades by symbol, symbols in the order of their first trade.
        symbols_seen, quotes = 0, 0
        for row in range(start, stop):
            symbol = symbols[row]
            if kinds[row] == TRADES:
                if rows_of[symbol] == 0:
                    seen[symbols_seen] = symbol
                    symbols_seen += 1
                rows_of[symbol] += 1
            elif quoted_until[symbol] <= times[row] and bids[row] > 0 and asks[row] > 0:
                # Of quotes the last one of each second.
                quoted_until[symbol] = times[row]
                held = quote_of[symbol]
                if held >= 0 and times[quoted[held]] // 1000 == times[row] // 1000:
                    quoted[held] = row
                else:
                    quoted[quotes] = row
                    quote_of[symbol] = quotes
                    quotes += 1
        for k in range(symbols_seen):
            symbol = seen[k]
            place_of[symbol] = filled
            groups[count, 0], groups[count, 1] = TRADES, symbol
            groups[count, 2], groups[count, 3] = filled, filled + rows_of[symbol]
            filled += rows_of[symbol]
            rows_of[symbol] = 0
            count += 1
        for row in range(start, stop):
            if kinds[row] == TRADES:
                order[place_of[symbols[row]]] = row
                place_of[symbols[row]] += 1
        for k in range(quotes):
            groups[count, 0], groups[count, 1] = QUOTE, quoted[k]
            quote_of[symbols[quoted[k]]] = -1
            count += 1
        if stop < high:
            groups[count, 0], groups[count, 1] = TICK, clock
            next_tick = clock - clock % tick_ms + tick_ms
            count += 1
        start = stop
    return groups[:count], order[:filled], next_tick
