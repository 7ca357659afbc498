"""The only writer of the store: facts become transactions on one thread that owns the only writing connection.

A batch is one transaction, and the ledger's ranges move in the same transaction as the trades, so that a kill at any
instant leaves a store whose ledger says exactly what it holds.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import structlog

from spreadscope.engine.journal_entry import JournalEntry
from spreadscope.model.config import StoreConfig
from spreadscope.model.errors import StoreError
from spreadscope.model.facts import Alert, Fact, TradesAccepted
from spreadscope.model.instrument import Pair
from spreadscope.store.batch import Batch, Flush, Job, Unit, make_unit
from spreadscope.store.command import Command
from spreadscope.store.delivery.outbox import Outbox
from spreadscope.store.directory import SQLITE_ERRORS, connect, reason
from spreadscope.store.fact_tables import WRITERS, write_trades
from spreadscope.store.maintenance.database_file import DatabaseFile, rescue
from spreadscope.store.session_record import SessionRecord, SessionWriter
from spreadscope.store.trades.block_merging import MAX_SMALL, merge_small
from spreadscope.store.writer_measures import WriterMeasures
from spreadscope.tape.ledger import IdRange

log = structlog.get_logger()

T = TypeVar("T")

_MAX_TRIES = 3  # for an error that is not of the disk: it would fail for ever
# A full, slow or locked disk may recover; a damaged database will not.
_PERMANENT_ERRORS = ("malformed", "not a database", "no such table", "has no column")


@dataclass(frozen=True, slots=True, kw_only=True)
class WriterLimits:
    """The waits and bounds of the writer; tests set others.

    ``retry_seconds``: the pause before a transaction is tried again; ``idle_seconds``: how long the writer waits for
    rows before it checks the file; ``check_seconds``: how often it checks the file; ``max_bytes``: how much may wait
    for the disk. Sockets pause at a quarter of it, so that it is reached only when the disk fails for hours.
    """

    retry_seconds: float = 1.0
    idle_seconds: float = 1.0
    check_seconds: float = 1.0
    max_bytes: int = 256 << 20
    small_blocks: int = MAX_SMALL


class StoreWriter:
    """The writer that stores facts in batches.

    ``pending_bytes`` tells how far the disk is behind, ``error`` why it waits.
    """

    def __init__(
        self, database: Path, config: StoreConfig, outbox: Outbox | None = None, *, limits: WriterLimits | None = None
    ) -> None:
        """``outbox`` adds deliveries for alerts; without one, alerts are stored and nothing is sent."""
        self.limits = limits or WriterLimits()
        self._database = database
        self._outbox = outbox
        self._config = config
        self._queue: queue.SimpleQueue[Unit | Command | Flush | Job | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._symbols: dict[str, int] = {}
        self._pairs: dict[Pair, int] = {}
        self._unmerged: set[int] = set()
        self._rolled_back = False
        self._stopping = threading.Event()
        self._closing = threading.Lock()
        self._closed = False
        self._refusing = False
        self._session: SessionWriter | None = None
        self._submitted_rows = self.written_rows = 0
        self._submitted_bytes = self._written_bytes = 0
        self._submitted_messages = self._written_messages = 0
        self._file: DatabaseFile | None = None
        self.measured = WriterMeasures()
        self.error: str | None = None
        self.failed = ""  # why the thread ended without being stopped; then nothing more is written

    @property
    def pending_messages(self) -> int:
        """The alerts with a message that are not on disk yet."""
        return self._submitted_messages - self._written_messages

    @property
    def pending_rows(self) -> int:
        """The rows that are not on disk yet. Each of the two counts is changed by one thread only."""
        return self._submitted_rows - self.written_rows

    @property
    def pending_bytes(self) -> int:
        """The memory of what is not on disk yet."""
        return self._submitted_bytes - self._written_bytes

    @property
    def alive(self) -> bool:
        """Whether what is submitted now is going to be written."""
        return self._thread is not None and self._thread.is_alive() and not self.failed

    def start(self, session: SessionRecord | None = None) -> None:
        """Open the store and start the thread; with a ``session`` its journal is written. Raises ``StoreError``."""
        self._session = SessionWriter(session) if session is not None else None
        connection = connect(self._database)
        try:
            self._load(connection)
        except SQLITE_ERRORS as error:
            connection.close()
            raise StoreError(f"cannot read the store {self._database}: {reason(error)}") from None
        self._file = DatabaseFile(self._database, check_seconds=self.limits.check_seconds)
        self._thread = threading.Thread(target=self._run, args=(connection,), name="store-writer", daemon=True)
        self._thread.start()

    def submit(
        self, facts: Iterable[Fact], ledgers: dict[str, tuple[IdRange, ...]], entries: Iterable[JournalEntry] = ()
    ) -> None:
        """Queue facts for one transaction.

        ``ledgers`` are the ranges of every symbol whose tape changed, ``entries`` the events that caused the facts.
        """
        self._put(make_unit(facts, ledgers, entries))

    def command(self, command: Command) -> None:
        """Queue one statement. Statements of a transaction run before its facts are written."""
        self._put(command)

    def _put(self, item: Unit | Command) -> None:
        self._submitted_rows += item.rows
        self._submitted_messages += item.messages
        if self._closed or self._refusing or self.pending_bytes + item.bytes > self.limits.max_bytes:
            why = self.error or "the store takes nothing"
            self.refuse(f"{why}, and {self.limits.max_bytes >> 20} MiB wait for it: free the disk and start again")
            return
        self._submitted_bytes += item.bytes
        self._queue.put(item)

    def refuse(self, why: str) -> None:
        """Accept nothing more: a later ledger would claim the trades that were refused. They count as not written."""
        if not self._closed and not self._refusing:
            self._refusing = True
            self.failed = self.failed or why
            log.error("the store is not written any more", why=self.failed)

    def check_thread(self) -> None:
        """Set ``failed`` where the thread ended without a reason."""
        ended = self._thread is not None and not self._thread.is_alive() and not self._stopping.is_set()
        if ended and not self.failed:
            self.failed = "the store's writer is gone"

    def run(self, function: Callable[[sqlite3.Connection], T]) -> Future[T]:
        """Run a function in a separate transaction between two batches. Returns a future of its result.

        It has to be short, because trades wait meanwhile. An error goes to the future and rolls the transaction back;
        there is no second try.
        """
        future: Future[T] = Future()
        with self._closing:
            if self._closed or self._refusing:
                raise self._closed_error()
            self._queue.put(Job(function, future))
        return future

    async def flush(self) -> None:
        """Wait until everything submitted so far is on disk.

        Raises ``StoreError`` where nothing is written any more.
        """
        loop = asyncio.get_running_loop()
        done = loop.create_future()

        def finish(error: StoreError | None) -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits any more
                loop.call_soon_threadsafe(_set_result, done, error)

        with self._closing:
            if self._closed or self._refusing:
                raise self._closed_error()
            self._queue.put(Flush(finish))
        await done

    def stop(self, timeout: float = 10.0) -> None:
        """Write what is queued and end the thread; what could not be written is logged."""
        self._stopping.set()
        if self._thread is None:
            return
        self._queue.put(None)
        self._thread.join(timeout)
        if self._thread.is_alive() or self.pending_rows:
            log.error("store not written to the end", rows_lost=self.pending_rows, error=self.error)

    def _run(self, connection: sqlite3.Connection) -> None:
        try:
            while self._write_next_batch(connection):
                pass
        except BaseException:
            log.exception("the store is not written any more", rows_lost=self.pending_rows)
        finally:
            with self._closing:
                self._closed = True
            try:
                connection.close()
            finally:
                self._refuse_queued()

    def _refuse_queued(self) -> None:
        """Pass an error to everybody who waits for something in the queue."""
        while not self._queue.empty():
            item = self._queue.get()
            if isinstance(item, Job):
                item.refuse(self._closed_error())
            elif isinstance(item, Flush):
                item.done(self._closed_error())

    def _closed_error(self) -> StoreError:
        return StoreError(self.failed or "the store is closed: nothing more can be written to it")

    def _load(self, connection: sqlite3.Connection) -> None:
        self._symbols = {name: number for number, name in connection.execute("SELECT symbol_id, symbol FROM symbols")}
        self._pairs = {Pair(y, x): number for number, y, x in connection.execute("SELECT pair_id, y, x FROM pairs")}

    def _write_next_batch(self, connection: sqlite3.Connection) -> bool:
        """Collect one batch and write it. Returns False once the writer is to stop."""
        batch = Batch()
        try:
            return self._collect_and_write(connection, batch)
        except BaseException as error:
            expected = isinstance(error, StoreError)
            self.failed = self.failed or (
                str(error) if expected else f"the store's writer ended by an error ({error!r})"
            )
            batch.notify_failed(self._closed_error())
            raise

    def _collect_and_write(self, connection: sqlite3.Connection, batch: Batch) -> bool:
        more = self._collect(batch)
        tries = 0
        while batch.facts or batch.commands or batch.entries:
            began = time.monotonic()
            try:
                if self._rolled_back:  # the ids of new symbols and pairs were rolled back too
                    self._load(connection)
                    self._rolled_back = False
                self._write(connection, batch)
            except Exception as error:
                _roll_back(connection)
                self._rolled_back = True
                self.error = f"the store cannot be written: {error}"
                log.exception("store write failed, retrying", rows=batch.rows)
                tries += 1
                self.measured.errors += 1
                permanent = not isinstance(error, sqlite3.Error) or any(
                    phrase in str(error) for phrase in _PERMANENT_ERRORS
                )
                problem = self._file.problem(connection) if self._file is not None else ""
                if problem or (permanent and tries >= _MAX_TRIES):
                    raise self._cannot_write(problem, error) from error
                if self._stopping.wait(self.limits.retry_seconds):
                    batch.notify_failed(_closed_before())
                    return False
                continue
            self.error = None
            self.measured.note(batch, began)
            break
        self.written_rows += batch.rows
        self._written_bytes += batch.bytes
        self._written_messages += batch.messages
        self._check_file(connection)
        batch.notify_written()
        if batch.job is not None:
            self._run_job(connection, batch.job)
        return more

    def _check_file(self, connection: sqlite3.Connection) -> None:
        """Save the data beside a file that was deleted or replaced, and raise, so that nothing more is written."""
        problem = self._file.problem(connection) if self._file is not None else ""
        if not problem:
            return
        saved = rescue(connection, self._database)
        raise StoreError(f"the database {self._database} {problem} while the engine wrote to it: {saved}")

    def _cannot_write(self, problem: str, error: Exception) -> StoreError:
        text = (
            f"the database {self._database} {problem}"
            if problem
            else f"the store {self._database} cannot be written: {error}"
        )
        return StoreError(f"{text}; look at it with spreadscope doctor --data {self._database.parent}")

    def _run_job(self, connection: sqlite3.Connection, job: Job) -> None:
        if not job.future.set_running_or_notify_cancel():
            return  # the caller has cancelled it
        try:
            connection.execute("BEGIN IMMEDIATE")
            result = job.function(connection)
            connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - the error goes to the future of the job, and the writer goes on
            _roll_back(connection)
            job.future.set_exception(error)
        else:
            job.future.set_result(result)

    def _collect(self, batch: Batch) -> bool:
        """Collect until there are enough rows, the oldest has waited long enough, or somebody waits for the disk.

        Returns False once the writer is to stop.
        """
        deadline: float | None = None
        while batch.rows < self._config.batch_rows:
            wait = self.limits.idle_seconds if deadline is None else max(0.0, deadline - time.monotonic())
            try:
                item = self._queue.get(timeout=wait)
            except queue.Empty:
                break
            if item is None:
                return False
            if isinstance(item, Flush):
                batch.waiting.append(item.done)
                break
            if isinstance(item, Job):
                batch.job = item
                break
            batch.add(item)
            if deadline is None:
                deadline = time.monotonic() + self._config.flush_seconds
        return True

    def _write(self, connection: sqlite3.Connection, batch: Batch) -> None:
        """Write one batch in one transaction: bars are rebuilt last, after trades, ledgers and the bars of the core."""
        durable = any(command.durable for command in batch.commands)
        connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        connection.execute("BEGIN IMMEDIATE")
        for command in batch.commands:
            _execute(connection, command)
        by_kind: dict[type, list[Fact]] = {}
        for fact in batch.facts:
            by_kind.setdefault(type(fact), []).append(fact)
        write_trades(self, connection, by_kind.get(TradesAccepted, []))  # type: ignore[arg-type]  # of their kind
        self._write_ledgers(connection, batch.ledgers)
        for kind, write in WRITERS.items():
            if kind in by_kind:
                write(self, connection, by_kind[kind])
        if self._session is not None and batch.entries:
            self._session.write(connection, batch)
        if self._outbox is not None:
            self._outbox.add(connection, by_kind.get(Alert, []))  # type: ignore[arg-type]  # of their kind
        connection.execute("COMMIT")

    def _write_ledgers(self, connection: sqlite3.Connection, ledgers: dict[str, tuple[IdRange, ...]]) -> None:
        for symbol, ranges in ledgers.items():
            symbol_id = self.symbol_id(connection, symbol)
            connection.execute("DELETE FROM ledger WHERE symbol_id = ?", (symbol_id,))
            connection.executemany(
                "INSERT INTO ledger VALUES (?, ?, ?, ?, ?)",
                [(symbol_id, r.first, r.last, r.first_time, r.last_time) for r in ranges],
            )

    def symbol_id(self, connection: sqlite3.Connection, symbol: str) -> int:
        number = self._symbols.get(symbol)
        if number is None:
            cursor = connection.execute("INSERT INTO symbols (symbol) VALUES (?)", (symbol,))
            number = self._symbols[symbol] = int(cursor.lastrowid or 0)
        return number

    def merge(self, connection: sqlite3.Connection, symbol_id: int) -> None:
        """Merge small blocks of a symbol. Where a block is damaged they stay as they are, and writing goes on."""
        if symbol_id in self._unmerged:
            return
        try:
            merge_small(connection, symbol_id, self.limits.small_blocks)
        except StoreError as error:
            self._unmerged.add(symbol_id)
            # Without a traceback: the error's text says all.
            log.error("blocks of trades are not merged", symbol_id=symbol_id, error=str(error))  # noqa: TRY400

    def pair_id(self, connection: sqlite3.Connection, pair: Pair) -> int:
        number = self._pairs.get(pair)
        if number is None:
            cursor = connection.execute("INSERT INTO pairs (y, x) VALUES (?, ?)", pair.symbols)
            number = self._pairs[pair] = int(cursor.lastrowid or 0)
        return number


def _roll_back(connection: sqlite3.Connection) -> None:
    """Roll back a transaction that failed; log it where even that fails."""
    try:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        log.error("transaction not undone", error=str(error))  # noqa: TRY400 - the error before it has the traceback


def _closed_before() -> StoreError:
    return StoreError("the store was closed before it could be written to")


def _set_result(done: asyncio.Future[None], error: StoreError | None) -> None:
    if done.done():
        return
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)


def _execute(connection: sqlite3.Connection, command: Command) -> None:
    """A statement that can never succeed is dropped: retrying it would hold up every trade behind it."""
    try:
        connection.execute(command.sql, command.values)
    except (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.InterfaceError, OverflowError) as error:
        log.warning("statement refused by the store", sql=command.sql, error=str(error))
