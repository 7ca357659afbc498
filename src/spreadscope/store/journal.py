"""The journal: every event that the core applied, in order, so that a session can be replayed fact for fact.

Trades are named by their ids: the rows are in the store already, in the same transaction. A batch of which something
was refused (repeats after a reconnect, other content under a stored id) is written whole, because its facts depend on
all of it. Live trades between two other events are collected by symbol. Of quotes, mark prices and lags only the last
of each second is written: the facts of the core do not depend on the others. Of a symbol with a paper order on the way
every quote is written.
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
    """A reference to stored trades: runs of ids (first, count, first, count, …) in the order of their arrival."""

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
    """A ``ResumeTape`` with its trades as bytes."""

    event: ResumeTape
    trades: _Columns | None


class EncodedEntries(msgspec.Struct, frozen=True):
    """The events of one transaction: compressed ``data``, first and last time of the market's clock (0: none)."""

    first_time: int
    last_time: int
    data: bytes


#: The format of entries; each row of the table ``journal`` names its format.
FORMAT = 2


_WRAPPED: dict[type, str] = {TradesReference: "stored trades", _Columns: "trades", _Tape: "resume tape"}
_TAGS: dict[type, str] = {
    **{kind: str(kind.__struct_config__.tag) for kind in (*Event.__args__, ResumePair) if kind is not Trades},
    **_WRAPPED,
}
_decoders: dict[str, msgspec.msgpack.Decoder[Any]] = {tag: msgspec.msgpack.Decoder(kind) for kind, tag in _TAGS.items()}
_entries_decoder = msgspec.msgpack.Decoder(list[tuple[str, msgspec.Raw]])
_encoder = msgspec.msgpack.Encoder()


def encode(journal_entries: Iterable[JournalEntry]) -> EncodedEntries:
    """Returns the journal entries of one transaction, encoded."""
    collector = _EntryCollector()
    for item in journal_entries:
        collector.add(item)
    entries = collector.entries()
    market_times = [entry.time for entry in entries if isinstance(entry, MarketTime)]
    packed = _encoder.encode([(_TAGS[type(entry)], msgspec.Raw(_encoder.encode(entry))) for entry in entries])
    return EncodedEntries(
        market_times[0] if market_times else 0,
        market_times[-1] if market_times else 0,
        zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compress(packed),
    )


def decode(
    data: bytes, stored_trades: Callable[[TradesReference], Trades], entry_format: int = FORMAT
) -> Iterator[Input]:
    """Yields the events of one transaction; ``stored_trades`` reads trades of the store.

    Raises ``StoreError`` on damage.
    """
    for entry in decode_entries(data, entry_format):
        if isinstance(entry, TradesReference):
            yield stored_trades(entry)
        elif isinstance(entry, _Columns):
            yield _trades(entry)
        elif isinstance(entry, _Tape):
            trades = _trades(entry.trades) if entry.trades is not None else None
            yield msgspec.structs.replace(entry.event, trades=trades)
        else:
            yield entry


def decode_entries(data: bytes, entry_format: int = FORMAT) -> list[Any]:
    """Returns the entries as written: events, ``TradesReference`` and the structs that wrap trades."""
    if entry_format not in {1, FORMAT}:
        raise StoreError(
            f"a journal of format {entry_format} is of a newer Spreadscope (this one knows {FORMAT}): upgrade"
        )
    try:
        packed = zstandard.ZstdDecompressor().decompress(data)
        entries = _entries_decoder.decode(packed)
        return [
            _decode_format_1(name, raw) if entry_format == 1 else _decoders[name].decode(raw) for name, raw in entries
        ]
    except (zstandard.ZstdError, msgspec.MsgspecError, KeyError, ValueError) as error:
        raise StoreError(f"an entry of the journal cannot be read ({error}): the session cannot be replayed") from None


def _decode_format_1(name: str, raw: msgspec.Raw) -> Any:
    """Returns an entry of format 1: named after its class, signals without the kind of their cause."""
    entry = _decoders[TAGS_OF_FORMAT_1[name]].decode(raw)
    if isinstance(entry, ResumePair) and entry.signal is not None:
        signal = entry.signal
        kind = cause_of_sentence(signal.action, signal.cause)
        return msgspec.structs.replace(entry, signal=msgspec.structs.replace(signal, kind=kind))
    return entry


class _EntryCollector:
    """A collector of live trades, quotes, marks and lags since the last other event, by symbol."""

    def __init__(self) -> None:
        self._entries: list[Any] = []
        self._live_ids: dict[str, list[Ints]] = {}
        self._last_of_second: dict[tuple[type, str, int], Quote | Mark | StreamLag] = {}

    def add(self, entry: JournalEntry) -> None:
        event = entry.event
        if isinstance(event, Quote | Mark | StreamLag):
            # One that is needed has a key of its own: it neither replaces nor is replaced.
            which = -1 - len(self._last_of_second) if entry.needed else event.time // 1000
            self._last_of_second[type(event), event.symbol, which] = event
        elif isinstance(event, Trades) and entry.whole and event.origin is Origin.LIVE:
            self._live_ids.setdefault(event.symbol, []).append(event.ids)
        else:
            self._flush()
            self._entries.append(_encodable(event, whole=entry.whole))

    def entries(self) -> list[Any]:
        self._flush()
        return self._entries

    def _flush(self) -> None:
        for symbol, ids in self._live_ids.items():
            self._entries.append(TradesReference(symbol, Origin.LIVE, _runs(np.concatenate(ids))))
        self._entries.extend(self._last_of_second.values())
        self._live_ids.clear()
        self._last_of_second.clear()


def _encodable(event: Input, *, whole: bool) -> Any:
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
    """Returns first id and count of every run of consecutive ids, in order, in one flat array."""
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


def _trades(encoded: _Columns) -> Trades:
    columns: dict[str, Any] = {
        name: np.frombuffer(
            bytearray(raw), dtype=kind
        )  # writable: for a read-only array a kernel would be compiled again
        for (name, kind), raw in zip(_DTYPES, encoded.columns, strict=True)
    }
    return Trades(symbol=encoded.symbol, origin=encoded.origin, **columns)
