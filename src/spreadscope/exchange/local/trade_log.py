"""The truth about one symbol: its aggregate trades in columns, and how many of them the world may know."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spreadscope.exchange.local.decimal_text import decimal_text
from spreadscope.exchange.local.klines import MinuteBars

Ints = NDArray[np.int64]

_COLUMNS: Final = 9  # id, time, price, quantity, non-RPI quantity, first, last, count, maker


class TradeColumns(NamedTuple):
    """Aggregate trades in columns of one length: ids, times in ms, prices, quantities, and whether the buyer made."""

    ids: Ints
    times: Ints
    prices: NDArray[np.float64]
    quantities: NDArray[np.float64]
    buyer_maker: NDArray[np.bool_]


class TradeLog:
    """Append-only trades of one symbol, ids ascending (dense, but for holes that a recording brings along).

    Prices and quantities are integers scaled by the symbol's decimals, so that nothing is ever rounded. Rows are
    appended ahead of playback and become visible with :meth:`reveal`. ``keep`` bounds the rows that are held: older
    ones leave (their minute bars stay), as they leave the exchange's REST after 48 hours.
    """

    def __init__(
        self,
        symbol: str,
        *,
        price_decimals: int,
        quantity_decimals: int,
        first_id: int = 1,
        keep: int | None = None,
        dropped: int = 0,
    ) -> None:
        """``dropped``: so many trades before ``first_id`` have left already."""
        self.symbol = symbol
        self.price_decimals = price_decimals
        self.quantity_decimals = quantity_decimals
        self.visible = 0
        self.dropped = dropped
        self.bars = MinuteBars(price_decimals, quantity_decimals)
        self._first_id = first_id
        self._keep = keep
        self._rows = 0
        self._barred = 0
        self._data: Ints = np.empty((_COLUMNS, 1024), dtype=np.int64)

    @property
    def first_id(self) -> int:
        """Id of the oldest row still held."""
        return int(self._data[0, 0]) if self._rows else self._first_id

    @property
    def last_id(self) -> int:
        """Id of the newest visible trade (one below the first where there is none)."""
        return int(self._data[0, self.visible - 1]) if self.visible else self._first_id - 1

    @property
    def expects_id(self) -> int:
        """Id that the next appended trade has when none is missing."""
        return int(self._data[0, self._rows - 1]) + 1 if self._rows else self._first_id

    def append(
        self,
        *,
        number: int,
        time: int,
        price: int,
        quantity: int,
        non_rpi: int,
        first: int,
        last: int,
        count: int,
        maker: bool,
    ) -> None:
        """Add one trade, invisible yet."""
        self._grow(1)
        self._data[:, self._rows] = (number, time, price, quantity, non_rpi, first, last, count, maker)
        self._rows += 1

    def extend(self, rows: Ints) -> None:
        """Add many trades, invisible yet: 8 × n of time, price, quantity, non-RPI, first, last, count, maker."""
        size = rows.shape[1]
        self._grow(size)
        block = self._data[:, self._rows : self._rows + size]
        block[0] = np.arange(self.expects_id, self.expects_id + size)
        block[1:] = rows
        self._rows += size

    def reveal(self, count: int = 1) -> None:
        """Make the next trades visible."""
        self.visible += count

    def columns(self, first: int = 0) -> TradeColumns:
        """Copy out everything visible from an id on."""
        data = self._data[:, self._row_of(first) : self.visible]
        return TradeColumns(
            ids=data[0].copy(),
            times=data[1].copy(),
            prices=data[2] / 10.0**self.price_decimals,
            quantities=data[3] / 10.0**self.quantity_decimals,
            buyer_maker=data[8].astype(np.bool_),
        )

    def time_of(self, number: int) -> int | None:
        """Time of the first visible trade from an id on, or None where there is none."""
        row = self._row_of(number)
        return int(self._data[1, row]) if row < self.visible else None

    def last_time(self) -> int | None:
        """Time of the newest visible trade."""
        return int(self._data[1, self.visible - 1]) if self.visible else None

    @property
    def published(self) -> int:
        """How many trades have become visible in all, those that have left included."""
        return self.dropped + self.visible

    def rows(self, start: int, stop: int | None = None) -> Ints:
        """Visible rows by their number in all (see ``published``), as a 9 × n block; those that left are skipped."""
        first = max(start - self.dropped, 0)
        return self._data[:, first : self.visible if stop is None else max(min(stop - self.dropped, self.visible), 0)]

    def number_of_raw(self, raw_id: int) -> int:
        """The number (see ``published``) of the first trade whose last raw id is not below this one."""
        return self.dropped + int(np.searchsorted(self._data[6, : self.visible], raw_id))

    def last_price(self) -> str | None:
        """The newest visible price."""
        return decimal_text(int(self._data[2, self.visible - 1]), self.price_decimals) if self.visible else None

    def last_quantity(self) -> str | None:
        """The newest visible quantity."""
        return decimal_text(int(self._data[3, self.visible - 1]), self.quantity_decimals) if self.visible else None

    def from_id(self, number: int, limit: int) -> list[dict[str, Any]]:
        """REST rows from an id on."""
        start = self._row_of(number)
        return self._rest_rows(range(start, min(start + limit, self.visible)))

    def newest(self, limit: int) -> list[dict[str, Any]]:
        """The newest REST rows, ascending."""
        return self._rest_rows(range(max(self.visible - limit, 0), self.visible))

    def between(self, start_ms: int | None, end_ms: int | None, limit: int) -> list[dict[str, Any]]:
        """REST rows of an inclusive time range: its first ones, or its last ones when only the end is given."""
        times = self._data[1, : self.visible]
        mask = np.ones(self.visible, dtype=np.bool_)
        if start_ms is not None:
            mask &= times >= start_ms
        if end_ms is not None:
            mask &= times <= end_ms
        rows = np.flatnonzero(mask)
        return self._rest_rows((rows[-limit:] if start_ms is None else rows[:limit]).tolist())

    def update_bars(self) -> MinuteBars:
        """Bring the minute bars up to the last visible trade."""
        if self._barred < self.visible:
            _, time, price, quantity, _, first, last, count, maker = self._data[:, self._barred : self.visible]
            self.bars.add(time, price, quantity, first, last, count, maker)
            self._barred = self.visible
        return self.bars

    def _row_of(self, number: int) -> int:
        """The first visible row whose id is not below a number."""
        return int(np.searchsorted(self._data[0, : self.visible], number))

    def _rest_rows(self, rows: range | list[int]) -> list[dict[str, Any]]:
        price_decimals, decimals = self.price_decimals, self.quantity_decimals
        return [
            {
                "a": number,
                "p": decimal_text(price, price_decimals),
                "q": decimal_text(quantity, decimals),
                "nq": decimal_text(non_rpi, decimals),
                "f": first,
                "l": last,
                "T": time,
                "m": bool(maker),
            }
            for number, time, price, quantity, non_rpi, first, last, _, maker in self._data[:, rows].T.tolist()
        ]

    def _grow(self, size: int) -> None:
        capacity = self._data.shape[1]
        if self._rows + size <= capacity:
            return
        excess = 0 if self._keep is None else max(self.visible - self._keep, 0)
        if excess:
            self.update_bars()
        kept = self._rows - excess
        wider = np.empty((_COLUMNS, max(capacity, 2 * (kept + size))), dtype=np.int64)
        wider[:, :kept] = self._data[:, excess : self._rows]
        self._data = wider
        self._rows = kept
        self.visible -= excess
        self._barred -= excess
        self.dropped += excess
