"""The store as the target of an import: it writes trades, bars and bad rows, each only once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Self

import numpy as np

from spreadscope.model.errors import StoreError
from spreadscope.model.events import Trades
from spreadscope.model.facts import Gap
from spreadscope.model.instrument import Pair
from spreadscope.model.states import GapState
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.trade_limits import NO_TRADE
from spreadscope.store.archive import retirement
from spreadscope.store.command import quarantine
from spreadscope.store.directory import bind_source, connect, set_meta
from spreadscope.store.maintenance.bar_check import repair_bars, stored_bars, wrong_bars
from spreadscope.store.trades import proof, trade_blocks
from spreadscope.store.trades.bars_from_trades import trades_between
from spreadscope.store.trades.block_merging import merge_small
from spreadscope.store.trades.trade_blocks import DAY_MS
from spreadscope.tape.ledger import IdRange, Ledger
from spreadscope.tape.tape import Tape

TradeRow = tuple[int, float, float, bool]
"""A trade without its id: time (ms), price, quantity, whether the buyer was the maker."""

_MAX_QUARANTINED = 10_000  # of one file; all are counted


class ImportTarget:
    """An open store for an import; the caller has locked its directory."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self.connection = connect(database)
        self._tapes: dict[str, Tape] = {}
        self._changed_days: dict[str, set[int]] = {}
        self._ids_without_trade: dict[str, list[tuple[int, int]]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def bind(self, demo: str, *, own_ids: bool) -> None:
        """Refuse data that must not be mixed with those of the store: demo data, or trades without exchange ids.

        ``demo`` is the source of demo data, else empty; ``own_ids``: the ids of the trades would be our own.
        """
        stored = dict(self.connection.execute("SELECT key, value FROM meta WHERE key IN ('mode', 'source')").fetchall())
        mode = stored.get("mode")
        if demo:
            bind_source(self._database, "demo", demo)
        elif mode is None:
            bind_source(self._database, "import", "files")
        elif mode not in {"import", "live"} or (mode == "live" and own_ids):
            data_name = "trades whose aggregate ids would be our own" if mode == "live" else "imported data"
            raise StoreError(
                f"the store {self._database} holds {mode} data ({stored['source']}), which {data_name} must not mix "
                "with: choose another directory with --data"
            )

    # --- trades ---------------------------------------------------------------------------------------------------

    def add_trades(
        self, trades: Trades, raw: tuple[int, int] | None = None, unprovable: str = ""
    ) -> tuple[int, list[int]]:
        """Store new trades and the ledger in one transaction.

        Returns how many are new, and ids stored with other content.

        ``raw`` is the range of raw ids that were aggregated into the tape so far; ``unprovable`` is the source of
        trades without ids of the exchange.
        """
        connection = self.connection
        connection.execute("BEGIN IMMEDIATE")
        symbol_id = self.symbol_id(trades.symbol)
        tape = self._tape(symbol_id, trades.symbol)
        accepted = tape.accept(trades)
        new = accepted.trades if accepted is not None else None
        repeated = trades if new is None else _without(trades, new)
        self._changed_days.setdefault(trades.symbol, set()).update((trades.times // DAY_MS * DAY_MS).tolist())
        if new is not None:
            trade_blocks.add(connection, symbol_id, [(new.ids, new.times, new.prices, new.quantities, new.buyer_maker)])
            merge_small(connection, symbol_id)
            self._write_ledger(symbol_id, tape)
        if unprovable:
            proof.mark_unprovable(connection, trades.symbol, unprovable)
        if raw is not None:
            self.remember_raw(trades.symbol, raw)
        conflicts = self._conflicts(symbol_id, repeated)
        connection.executemany(
            "INSERT OR IGNORE INTO conflicts VALUES (?, ?, ?)",
            [(symbol_id, number, time) for number, time in conflicts],
        )
        connection.execute("COMMIT")
        return (0 if new is None else len(new)), [number for number, _ in conflicts]

    def finish(self, progress: Callable[[str], None]) -> tuple[int, int]:
        """Store the gaps that the trades opened or filled, and make their bars.

        Returns counts of bars and of missing trades.
        """
        bars = missing = 0
        for symbol, days in self._changed_days.items():
            progress(f"bars of {symbol}")
            symbol_id = self.symbol_id(symbol)
            tape = self._tapes[symbol]
            self.connection.execute("BEGIN IMMEDIATE")
            facts = tape.flush_changes()
            for first, last in self._ids_without_trade.pop(symbol, []):
                facts += tape.upstream_hole(first, last, NO_TRADE, permanent=False)
            self._write_ledger(symbol_id, tape)
            for gap in facts:
                if isinstance(gap, Gap):
                    self.connection.execute(
                        "INSERT OR REPLACE INTO gaps VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                        (symbol_id, gap.first, gap.last, gap.state, gap.time, gap.from_time, gap.to_time, gap.evidence),
                    )
            # A bar beside a filled gap may be complete now.
            days_beside = {day + step for day in days for step in (-DAY_MS, 0, DAY_MS)}
            for day in sorted(days_beside):
                bars += repair_bars(self.connection, symbol_id, wrong_bars(self.connection, symbol_id, symbol, [day]))
            self.connection.execute("COMMIT")
            missing += tape.ledger.missing
        self._changed_days.clear()
        return bars, missing

    def close_ids(self, symbol: str, ranges: Iterable[tuple[int, int]]) -> None:
        """Record ids that belong to no market trade: between stored trades they are no holes."""
        self._ids_without_trade.setdefault(symbol, []).extend(ranges)

    def require_unnumbered(self, symbol: str) -> None:
        """Raise ``StoreError`` where the tape of a symbol is provable: trades without ids cannot join it."""
        if self.last_id(symbol) is not None and not proof.is_unprovable(self.connection, symbol):
            raise StoreError(
                f"the tape of {symbol} has ids that prove it: trades without the exchange's ids cannot join it; "
                "choose another directory with --data"
            )

    def require_numbered(self, symbol: str) -> None:
        """Raise ``StoreError`` where the trades of a symbol came without ids: others cannot join them."""
        if proof.is_unprovable(self.connection, symbol):
            raise StoreError(
                f"the trades of {symbol} that are held came without the exchange's ids: trades with ids cannot join "
                "them; choose another directory with --data"
            )

    def stored_rows(self, symbol: str, start: int, end: int) -> tuple[list[TradeRow], int | None]:
        """Returns the stored trades of ``start … end`` (ms) by id, and the time of the newest stored trade."""
        stored = trades_between(self.connection, self.symbol_id(symbol), symbol, start=start, end=end + 1)
        newest = self.connection.execute(
            "SELECT max(last_time) FROM ledger NATURAL JOIN symbols WHERE symbol = ?", (symbol,)
        ).fetchone()[0]
        return _rows_of_trades(stored), None if newest is None else int(newest)

    def _write_ledger(self, symbol_id: int, tape: Tape) -> None:
        self.connection.execute("DELETE FROM ledger WHERE symbol_id = ?", (symbol_id,))
        self.connection.executemany(
            "INSERT INTO ledger VALUES (?, ?, ?, ?, ?)",
            [(symbol_id, r.first, r.last, r.first_time, r.last_time) for r in tape.ledger.ranges],
        )

    def _tape(self, symbol_id: int, symbol: str) -> Tape:
        if symbol not in self._tapes:
            ranges = self.connection.execute(
                "SELECT first, last, first_time, last_time FROM ledger WHERE symbol_id = ?", (symbol_id,)
            ).fetchall()
            gaps = self.connection.execute(
                "SELECT first, last, state, time, from_time, to_time, evidence FROM gaps"
                " WHERE symbol_id = ? AND state IN ('open', 'permanent')",
                (symbol_id,),
            ).fetchall()
            gaps_of_symbol = [Gap(symbol, first, last, GapState(state), *rest) for first, last, state, *rest in gaps]
            given_up = tuple((gap.first, gap.last) for gap in gaps_of_symbol if gap.state is GapState.PERMANENT)
            open_gaps = [gap for gap in gaps_of_symbol if gap.state is GapState.OPEN]
            self._tapes[symbol] = Tape(symbol, Ledger(tuple(IdRange(*row) for row in ranges), given_up), open_gaps)
        return self._tapes[symbol]

    def _conflicts(self, symbol_id: int, repeated: Trades) -> list[tuple[int, int]]:
        """Returns ids and times of repeated rows that differ from the stored ones."""
        if len(repeated) == 0:
            return []
        start, end = int(repeated.times.min()), int(repeated.times.max()) + 1
        stored = trades_between(self.connection, symbol_id, "", start=start, end=end)
        content_by_id = dict(zip(stored.ids.tolist(), _rows_of_trades(stored), strict=True))
        # Rows of retired days are deleted and cannot be compared any more.
        retired_days = retirement.days(self.connection, repeated.symbol)
        rows = zip(repeated.ids.tolist(), repeated.times.tolist(), _rows_of_trades(repeated), strict=True)
        return [
            (number, time)
            for number, time, content in rows
            if content_by_id.get(number) != content
            and (number in content_by_id or time - time % DAY_MS not in retired_days)
        ]

    def remember_raw(self, symbol: str, span: tuple[int, int]) -> None:
        """Store the range of raw ids in the tape of a symbol, with those of prints that are no market trades."""
        set_meta(self.connection, f"raw:{symbol}", f"{span[0]}-{span[1]}")

    def raw_span(self, symbol: str) -> tuple[int, int] | None:
        """Returns the range of raw ids in the tape of a symbol; None where it has other ids or no trades."""
        row = self.connection.execute("SELECT value FROM meta WHERE key = ?", (f"raw:{symbol}",)).fetchone()
        if row is not None:
            first, last = row[0].split("-")
            return int(first), int(last)
        return None

    def last_id(self, symbol: str) -> int | None:
        """Returns the newest stored aggregate id."""
        row = self.connection.execute(
            "SELECT max(last) FROM ledger NATURAL JOIN symbols WHERE symbol = ?", (symbol,)
        ).fetchone()
        return None if row[0] is None else int(row[0])

    # --- bars -----------------------------------------------------------------------------------------------------

    def add_bars(self, symbol: str, timeframe: Timeframe, rows: list[tuple[Any, ...]]) -> tuple[int, list[int]]:
        """Store bars where no complete bar is stored.

        Returns how many are new, and times of complete bars that differ.
        """
        connection = self.connection
        connection.execute("BEGIN IMMEDIATE")
        symbol_id = self.symbol_id(symbol)
        times = [row[0] for row in rows]
        stored = stored_bars(connection, symbol_id, symbol, timeframe, min(times), max(times) + 1) if times else {}
        new, conflicts = 0, []
        for row in rows:
            stored_bar = stored.get(row[0])
            if stored_bar is None or (row[7] and not stored_bar[7]):
                connection.execute(
                    "INSERT OR REPLACE INTO bars VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'kline', NULL, NULL)",
                    (symbol_id, timeframe, *row),
                )
                stored[row[0]] = (*row, "kline", None, None)
                new += 1
            elif stored_bar[1:7] != row[1:7]:
                conflicts.append(row[0])
        connection.execute("COMMIT")
        return new, conflicts

    def add_computed(self, table: str, pair: Pair, timeframe: Timeframe, rows: list[dict[str, Any]]) -> int:
        """Store analytics rows or signals, each once. Returns how many are new."""
        connection = self.connection
        connection.execute("BEGIN IMMEDIATE")
        pair_id = self.pair_id(pair.y, pair.x)
        new = 0
        for row in rows:
            columns, marks = ", ".join(row), ", ".join("?" * len(row))
            sql = (
                f"INSERT OR IGNORE INTO {table} (pair_id, timeframe, {columns})"  # noqa: S608 - names of ours
                f" VALUES (?, ?, {marks})"
            )
            new += connection.execute(sql, (pair_id, timeframe, *row.values())).rowcount
        connection.execute("COMMIT")
        return new

    # --- bad rows -------------------------------------------------------------------------------------------------

    def quarantine(self, name: str, bad_rows: Iterable[tuple[int, str, str]], now_ns: int) -> None:
        """Store the bad rows (line, text, reason) of a file; those of an earlier import of it are stored already."""
        connection = self.connection
        connection.execute("BEGIN IMMEDIATE")
        where = f"import {name}"
        stored = {row[0] for row in connection.execute("SELECT error FROM quarantine WHERE connection = ?", (where,))}
        for line, raw, reason in bad_rows:
            error = f"line {line}: {reason}"
            if error not in stored and len(stored) < _MAX_QUARANTINED:
                command = quarantine(now_ns, where, error, raw.encode())
                connection.execute(command.sql, command.values)
                stored.add(error)
        connection.execute("COMMIT")

    def symbol_id(self, symbol: str) -> int:
        return self._id_of("symbols", "symbol_id", {"symbol": symbol})

    def pair_id(self, y: str, x: str) -> int:
        return self._id_of("pairs", "pair_id", {"y": y, "x": x})

    def _id_of(self, table: str, key: str, names: dict[str, str]) -> int:
        columns, marks = ", ".join(names), ", ".join("?" * len(names))
        values = tuple(names.values())
        self.connection.execute(
            f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})",  # noqa: S608 - names of ours
            values,
        )
        query = f"SELECT {key} FROM {table} WHERE ({columns}) = ({marks})"  # noqa: S608 - names of ours
        return int(self.connection.execute(query, values).fetchone()[0])


def _without(trades: Trades, new: Trades) -> Trades:
    if len(new) == len(trades):
        return trades.take(slice(0, 0))
    # The first row of an id was accepted; later rows with it are repeats.
    first = np.zeros(len(trades), dtype=np.bool_)
    first[np.unique(trades.ids, return_index=True)[1]] = True
    return trades.take(~(first & np.isin(trades.ids, new.ids)))


def _rows_of_trades(trades: Trades) -> list[TradeRow]:
    columns = (trades.times, trades.prices, trades.quantities, trades.buyer_maker)
    return list(zip(*(column.tolist() for column in columns), strict=True))
