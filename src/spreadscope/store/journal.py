"""The journal: every event the core heard, in order, so that a session can be replayed fact for fact.

Trades are named by their ids: the rows are in the store already, in the same transaction. A batch of which something was refused
(repeats of a reconnect, another content under a held id) is kept whole, because what the core said of it depends on all of it.
Live trades between two other events are gathered by symbol, and of quotes, mark prices and lags the last of each second is kept: the core's
facts do not depend on the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec
import numpy as np
import zstandard

from spreadscope.engine.journal_entry import JournalEntry
from spreadscope.jit import njit
from spreadscope.model.errors import StoreError
from spreadscope.model.events import Event, Ints, Mark, MarketTime, Origin, Quote, StreamLag, Trades
from spreadscope.model.resume import Input, ResumePair, ResumeTape
from spreadscope.store.maintenance.older_versions import TAGS_OF_FORMAT_1, cause_of_sentence

_LEVEL = 3
_DTYPES = (
    ("ids", np.int64),
    ("times", np.int64),
    ("prices", np.float64),
    ("quantities", np.float64),
    ("buyer_maker", np.bool_),
)


class TradesReference(msgspec.Struct, frozen=True, array_like=True):
    """Trades that the store holds: runs of ids (first, count, first, count, …) in the order of their arrival."""

    symbol: str
    origin: Origin
    runs: list[int]

    def ids(self) -> Ints:
        firsts, counts = np.array(self.runs[::2], dtype=np.int64), np.array(self.runs[1::2], dtype=np.int64)
        starts = np.cumsum(counts) - counts
        return np.repeat(firsts - starts, counts) + np.arange(counts.sum())


class _Columns(msgspec.Struct, frozen=True, array_like=True):
    """A batch of trades with its content."""

    symbol: str
    origin: Origin
    columns: list[bytes]


class _Tape(msgspec.Struct, frozen=True):
    """``ResumeTape`` with its trades in a form that can be written."""

    event: ResumeTape
    trades: _Columns | None


class Entries(msgspec.Struct, frozen=True):
    """What one transaction heard: ``data`` is compressed; times are the first and last told by the market's clock (0: none)."""

    first_time: int
    last_time: int
    data: bytes


#: How entries are written; a journal says it of each of its rows (``sessions`` and ``journal`` in ``schema.py``).
FORMAT = 2


_WRAPPED: dict[type, str] = {TradesReference: "stored trades", _Columns: "trades", _Tape: "resume tape"}
_TAGS: dict[type, str] = {
    **{kind: str(kind.__struct_config__.tag) for kind in (*Event.__args__, ResumePair) if kind is not Trades},
    **_WRAPPED,
}
_decoders: dict[str, msgspec.msgpack.Decoder[Any]] = {tag: msgspec.msgpack.Decoder(kind) for kind, tag in _TAGS.items()}
_entries_decoder = msgspec.msgpack.Decoder(list[tuple[str, msgspec.Raw]])
_encoder = msgspec.msgpack.Encoder()


def encode(heard: Iterable[JournalEntry]) -> Entries:
    """The events of one transaction."""
    gathering = _Gathering()
    for item in heard:
        gathering.add(item)
    entries = gathering.entries()
    clock = [entry.time for entry in entries if isinstance(entry, MarketTime)]
    packed = _encoder.encode([(_TAGS[type(entry)], msgspec.Raw(_encoder.encode(entry))) for entry in entries])
    return Entries(
        clock[0] if clock else 0,
        clock[-1] if clock else 0,
        zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compress(packed),
    )


def decode(data: bytes, held: Callable[[TradesReference], Trades], form: int = FORMAT) -> Iterator[Input]:
    """The events of one transaction; ``held`` finds the trades that the store has. Raises ``StoreError`` on damage."""
    for entry in wire(data, form):
        if isinstance(entry, TradesReference):
            yield held(entry)
        elif isinstance(entry, _Columns):
            yield _trades(entry)
        elif isinstance(entry, _Tape):
            trades = _trades(entry.trades) if entry.trades is not None else None
            yield msgspec.structs.replace(entry.event, trades=trades)
        else:
            yield entry


def wire(data: bytes, form: int = FORMAT) -> list[Any]:
    """The entries as they are written: events, ``TradesReference`` and what wraps the others."""
    if form not in {1, FORMAT}:
        raise StoreError(f"a journal of format {form} is of a newer Spreadscope (this one knows {FORMAT}): upgrade")
    try:
        packed = zstandard.ZstdDecompressor().decompress(data)
        entries = _entries_decoder.decode(packed)
        return [_read_1(name, raw) if form == 1 else _decoders[name].decode(raw) for name, raw in entries]
    except (zstandard.ZstdError, msgspec.MsgspecError, KeyError, ValueError) as error:
        raise StoreError(f"an entry of the journal cannot be read ({error}): the session cannot be replayed") from None


def _read_1(name: str, raw: msgspec.Raw) -> Any:
    """An entry of format 1: named after its class, signals without the kind of their cause."""
    entry = _decoders[TAGS_OF_FORMAT_1[name]].decode(raw)
    if isinstance(entry, ResumePair) and entry.signal is not None:
        signal = entry.signal
        kind = cause_of_sentence(signal.action, signal.cause)
        return msgspec.structs.replace(entry, signal=msgspec.structs.replace(signal, kind=kind))
    return entry


class _Gathering:
    """Live trades, quotes and the like since the last other event, by symbol."""

    def __init__(self) -> None:
        self._entries: list[Any] = []
        self._live: dict[str, list[Ints]] = {}
        self._newest: dict[tuple[type, str, int], Quote | Mark | StreamLag] = {}

    def add(self, heard: JournalEntry) -> None:
        event = heard.event
        if isinstance(event, Quote | Mark | StreamLag):
            self._newest[type(event), event.symbol, event.time // 1000] = event
        elif isinstance(event, Trades) and heard.whole and event.origin is Origin.LIVE:
            self._live.setdefault(event.symbol, []).append(event.ids)
        else:
            self._settle()
            self._entries.append(_written(event, whole=heard.whole))

    def entries(self) -> list[Any]:
        self._settle()
        return self._entries

    def _settle(self) -> None:
        for symbol, ids in self._live.items():
            self._entries.append(TradesReference(symbol, Origin.LIVE, _runs(np.concatenate(ids))))
        self._entries.extend(self._newest.values())
        self._live.clear()
        self._newest.clear()


def _written(event: Input, *, whole: bool) -> Any:
    if isinstance(event, Trades):
        return TradesReference(event.symbol, event.origin, _runs(event.ids)) if whole else _columns(event)
    if isinstance(event, ResumeTape):
        trades = _columns(event.trades) if event.trades is not None else None
        return _Tape(msgspec.structs.replace(event, trades=None), trades)
    return event


def _runs(ids: Ints) -> list[int]:
    runs: list[int] = _run_lengths(ids).tolist()
    return runs


@njit
def _run_lengths(ids: Ints) -> Ints:  # pragma: no cover - compiled
    """(first, count) of every run of consecutive ids, in order, flat."""
    runs = np.empty(2 * len(ids), dtype=np.int64)
    n = -2
    for i in range(len(ids)):
        if n >= 0 and ids[i] == runs[n] + runs[n + 1]:
            runs[n + 1] += 1
        else:
            n += 2
            runs[n] = ids[i]
            runs[n + 1] = 1
    return runs[: n + 2]


def _columns(trades: Trades) -> _Columns:
    return _Columns(
        trades.symbol, trades.origin, [np.ascontiguousarray(getattr(trades, name)).tobytes() for name, _ in _DTYPES]
    )


def _trades(wired: _Columns) -> Trades:
    columns: dict[str, Any] = {
        name: np.frombuffer(bytearray(raw), dtype=kind)  # writable: a kernel takes read-only arrays for another type
        for (name, kind), raw in zip(_DTYPES, wired.columns, strict=True)
    }
    return Trades(symbol=wired.symbol, origin=wired.origin, **columns)
