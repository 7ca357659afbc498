"""Facts of every kind, and a store in a directory of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from spreadscope.model.alerting import AlertState, Severity
from spreadscope.model.config import StoreConfig
from spreadscope.model.facts import (
    Alert,
    Bar,
    Fact,
    PairRow,
    Signal,
    TradesAccepted,
)
from spreadscope.model.instrument import Pair
from spreadscope.model.states import Action, SignalState
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.validity import Reason, Value
from spreadscope.store.directory import DataDirectory
from spreadscope.store.reader import StoreReader
from spreadscope.store.tables import VALUE_COLUMNS
from spreadscope.store.writer import StoreWriter, WriterLimits
from spreadscope.tape.ledger import IdRange
from spreadscope.tape.tape import Tape
from tests.support.market import START, trades

PAIR = Pair("BTCUSDT", "牛来USDT")

T = TypeVar("T")


def of(facts: Iterable[object], *kinds: type[T]) -> list[T]:
    """Those of some kinds, in their order."""
    return [fact for fact in facts if isinstance(fact, kinds)]


@contextmanager
def store(
    path: Path, config: StoreConfig | None = None, *, limits: WriterLimits | None = None
) -> Iterator[tuple[StoreWriter, StoreReader]]:
    """A store that is being written to; leaving it writes everything."""
    with DataDirectory(path) as directory:
        writer = StoreWriter(directory.database, config or StoreConfig(flush_seconds=0.01), limits=limits)
        writer.start()
        try:
            yield writer, StoreReader(directory.database)
        finally:
            writer.stop()
    assert writer.pending_rows == 0
    assert writer.error is None


def accepted(tape: Tape, ids: Iterable[int], **columns: object) -> tuple[list[Fact], dict[str, tuple[IdRange, ...]]]:
    """The facts of a batch of trades, and the ledger after it, as the engine submits them.

    Prices may be as wild as a test likes.
    """
    batch = trades(ids, symbol=tape.symbol, **columns)  # type: ignore[arg-type]
    new = tape.ledger.add(batch.ids, batch.times)
    batch = batch if new is None else batch.take(new)
    return [TradesAccepted(batch, tuple((r.first, r.last) for r in tape.ledger.ranges))], {
        tape.symbol: tape.ledger.ranges
    }


def bar(open_time: int = START, **other: Any) -> Bar:
    base = Bar("BTCUSDT", Timeframe.M1, open_time, 1.1, 2.2, 0.1, 1.3, 0.30000000000000004, 7, complete=True)
    return msgspec.structs.replace(base, **other)


def row(time: int = START, value: float = 1 / 3, **other: Any) -> PairRow:
    values = {name: Value(value + i) for i, name in enumerate(VALUE_COLUMNS)}
    values["z"] = Value(None, Reason.STALE_LEG)
    base = PairRow(
        pair=PAIR, timeframe=Timeframe.M1, time=time, price_y=0.1 + 0.2, price_x=None, age_y=0, age_x=None, n=5,
        statistics=values, state=SignalState.SHORT, stale=True, incomplete=False,
    )  # fmt: skip
    named = {name: each for name, each in other.items() if name in VALUE_COLUMNS}
    fields = {name: each for name, each in other.items() if name not in VALUE_COLUMNS}
    return msgspec.structs.replace(base, statistics={**values, **named}, **fields)


def signal(time: int = START, **other: Any) -> Signal:
    base = Signal(
        PAIR, Timeframe.M1, time, Action.SELL_SPREAD, SignalState.SHORT, 2.5, 0.01, 0.7, 100.0, 7.0, "z +2.50 beyond ±2"
    )  # fmt: skip
    return msgspec.structs.replace(base, **other)


def alert(time: int = START, **other: Any) -> Alert:
    base = Alert(
        "r1", "stretched", "z > 2", str(PAIR), Timeframe.M1, time, AlertState.FIRING, 2.5, 2.0, Severity.CRITICAL,
        f"r1:{PAIR}:{time}", f"{PAIR}: z is above 2: 2.5", "firing", "", late=True, channels=("desk", "phone"),
    )  # fmt: skip
    return msgspec.structs.replace(base, **other)
