"""How many trades of each UTC day the store holds, without reading them: what a calendar needs."""

from __future__ import annotations

import sqlite3

import msgspec
import numpy as np

from spreadscope.contract import CompleteDay, DayGap, MissingIds
from spreadscope.model.states import GapState
from spreadscope.store.archive import archive_catalog
from spreadscope.store.archive.compaction import day_name
from spreadscope.store.trades import proof, trade_blocks
from spreadscope.store.trades.trade_blocks import DAY_MS


class DayCount(msgspec.Struct):
    """The trades of a day, by where they lie. Ids and times are those of the first and the last one."""

    in_database: int = 0
    in_archive: int = 0
    retired: int = 0
    first_id: int = 0
    last_id: int = 0
    first_time: int = 0
    last_time: int = 0

    @property
    def trades(self) -> int:
        return self.in_database + self.in_archive

    @property
    def place(self) -> str:
        """Where the trades lie, in one word."""
        if self.in_database and self.in_archive:
            return "both"
        return "database" if self.in_database else "archive" if self.in_archive else "retired"

    def include(self, ids: tuple[int, int], times: tuple[int, int]) -> None:
        """Widen the bounds by those of more trades."""
        begun = self.last_time > 0
        self.first_id = min(self.first_id, ids[0]) if begun else ids[0]
        self.first_time = min(self.first_time, times[0]) if begun else times[0]
        self.last_id, self.last_time = max(self.last_id, ids[1]), max(self.last_time, times[1])


class SymbolDays(msgspec.Struct):
    """The days of one symbol (by start, ms), its gaps, and the source of trades without ids."""

    symbol: str
    days: dict[int, DayCount]
    gaps: list[DayGap]
    found: dict[tuple[int, int], int]
    """Of open gaps that have been filled in part: how many of their ids are known by now."""
    unprovable: str | None

    def gaps_of(self, day: int) -> list[DayGap]:
        """Returns the gaps that touch a day."""
        return [gap for gap in self.gaps if gap.from_time < day + DAY_MS and gap.to_time >= day]


def symbol_days(connection: sqlite3.Connection, symbol_id: int, symbol: str) -> SymbolDays:
    """Returns what is held of each day of a symbol. Only blocks across a midnight are read. Raises ``StoreError``."""
    days: dict[int, DayCount] = {}
    for part in archive_catalog.parts(connection, archive_catalog.TRADES, symbol):
        count = days.setdefault(part.day, DayCount())
        count.in_archive += part.rows
        count.include((part.first_id, part.last_id), (part.first_time, part.last_time))
    retired = "SELECT day, rows, first_id, last_id, first_time, last_time FROM retired WHERE kind = ? AND subject = ?"
    for day, rows, *bounds in connection.execute(retired, (archive_catalog.TRADES, symbol)):
        count = days.setdefault(day, DayCount())
        count.retired += rows
        count.include((bounds[0], bounds[1]), (bounds[2], bounds[3]))
    for block in trade_blocks.blocks(connection, symbol_id):
        first, last = block.first_time // DAY_MS, block.last_time // DAY_MS
        if first == last:
            count = days.setdefault(first * DAY_MS, DayCount())
            count.in_database += block.rows
            count.include((block.first, block.last), (block.first_time, block.last_time))
        else:
            _count_across_midnight(connection, block.block, days)
    gaps = connection.execute(
        "SELECT first, last, state, from_time, to_time, evidence FROM gaps WHERE symbol_id = ? ORDER BY first",
        (symbol_id,),
    )
    found_gaps = [
        DayGap(first=first, last=last, state=GapState(state), from_time=low, to_time=high, evidence=evidence)
        for first, last, state, low, high, evidence in gaps
    ]
    ledger = connection.execute("SELECT first, last FROM ledger WHERE symbol_id = ?", (symbol_id,)).fetchall()
    decided = [*ledger, *((gap.first, gap.last) for gap in found_gaps if gap.state is GapState.PERMANENT)]
    found = {
        (gap.first, gap.last): sum(max(0, min(last, gap.last) - max(first, gap.first) + 1) for first, last in decided)
        for gap in found_gaps
        if gap.state is GapState.OPEN
    }
    return SymbolDays(symbol, dict(sorted(days.items())), found_gaps, found, proof.unprovable(connection).get(symbol))


def _count_across_midnight(connection: sqlite3.Connection, block: int, days: dict[int, DayCount]) -> None:
    ids, times = trade_blocks.read_block(connection, block)[:2]
    numbers = times // DAY_MS
    for number in np.unique(numbers).tolist():
        inside = numbers == number
        count = days.setdefault(number * DAY_MS, DayCount())
        count.in_database += int(inside.sum())
        count.include(
            (int(ids[inside].min()), int(ids[inside].max())), (int(times[inside].min()), int(times[inside].max()))
        )


def missing_ids(held: SymbolDays, day: int) -> MissingIds:
    """Returns how many ids of a day are missing, by the state of their gap."""
    counts = dict.fromkeys(GapState, 0)
    for gap in held.gaps_of(day):
        counts[gap.state] += gap.last - gap.first + 1
        if gap.state is GapState.OPEN:
            counts[gap.state] -= held.found[gap.first, gap.last]
    return MissingIds(
        open=counts[GapState.OPEN],
        refetched=counts[GapState.FILLED],
        upstream=counts[GapState.UPSTREAM],
        permanent=counts[GapState.PERMANENT],
    )


def complete_days(
    held: SymbolDays, start: int, end: int, *, closed_before: int, reported: set[str]
) -> list[CompleteDay]:
    """Returns how complete each day is that has trades and begins in ``[start, end)``.

    ``closed_before``: days that end by then (ms) get no trades any more; ``reported``: days of the daily reports.
    """
    found = []
    for day, count in held.days.items():
        if not start - DAY_MS < day < end:
            continue
        missing = missing_ids(held, day)
        known = count.trades + count.retired
        lacking = missing.open + missing.permanent
        found.append(
            CompleteDay(
                symbol=held.symbol,
                day=day_name(day),
                trades=count.trades,
                retired=count.retired,
                first_id=count.first_id,
                last_id=count.last_id,
                first_time=count.first_time,
                last_time=count.last_time,
                missing=missing,
                share=None if held.unprovable is not None else known / (known + lacking),
                unprovable=held.unprovable,
                closed=day + DAY_MS <= closed_before,
                reported=day_name(day) in reported,
            )
        )
    return found
