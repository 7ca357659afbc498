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

from spreadscope.model.errors import StoreError
from spreadscope.model.events import Event, Ints, Mark, MarketTime, Origin, Quote, StreamLag, Trades
from spreadscope.model.resume import Input, ResumePair, ResumeTape

_LEVEL = 3
_DTYPES = (
    ("ids", np.int64),
    ("times", np.int64),
    ("prices", np.float64),
    ("quantities", np.float64),
    ("buyer_maker", np.bool_),
)


class Heard(msgspec.Struct, frozen=True):
    """An event, and whether all of its trades were new to the tape."""

    event: Input
    whole: bool = True


class HeldTrades(msgspec.Struct, frozen=True, array_like=True):
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


_PLAIN: dict[str, type[Any]] = {kind.__name__: kind for kind in (*Event.__args__, ResumePair) if kind is not Trades}
_decoders = {name: msgspec.msgpack.Decoder(kind) for name, kind in _PLAIN.items()}
_decoders |= {kind.__name__: msgspec.msgpack.Decoder(kind) for kind in (HeldTrades, _Columns, _Tape)}
_entries_decoder = msgspec.msgpack.Decoder(list[tuple[str, msgspec.Raw]])
_encoder = msgspec.msgpack.Encoder()


def encode(heard: Iterable[Heard]) -> Entries:
    """The events of one transaction."""
    gathering = _Gathering()
    for item in heard:
        gathering.add(item)
    entries = gathering.entries()
    clock = [entry.time for entry in entries if isinstance(entry, MarketTime)]
    packed = _encoder.encode([(type(entry).__name__, msgspec.Raw(_encoder.encode(entry))) for entry in entries])
    return Entries(
        clock[0] if clock else 0,
        clock[-1] if clock else 0,
        zstandard.ZstdCompressor(level=_LEVEL).compress(packed),
    )


def decode(data: bytes, held: Callable[[HeldTrades], Trades]) -> Iterator[Input]:
    """The events of one transaction; ``held`` finds the trades that the store has. Raises ``StoreError`` on damage."""
    for entry in wire(data):
        if isinstance(entry, HeldTrades):
            yield held(entry)
        elif isinstance(entry, _Columns):
            yield _trades(entry)
        elif isinstance(entry, _Tape):
            trades = _trades(entry.trades) if entry.trades is not None else None
            yield msgspec.structs.replace(entry.event, trades=trades)
        else:
            yield entry


def wire(data: bytes) -> list[Any]:
    """The entries as they are written: events, ``HeldTrades`` and what wraps the others."""
    try:
        packed = zstandard.ZstdDecompressor().decompress(data)
        return [_decoders[name].decode(raw) for name, raw in _entries_decoder.decode(packed)]
    except (zstandard.ZstdError, msgspec.MsgspecError, KeyError, ValueError) as error:
        raise StoreError(f"an entry of the journal cannot be read ({error}): the session cannot be replayed") from None


class _Gathering:
    """Live trades, quotes and the like since the last other event, by symbol."""

    def __init__(self) -> None:
        self._entries: list[Any] = []
        self._live: dict[str, list[Ints]] = {}
        self._newest: dict[tuple[type, str, int], Quote | Mark | StreamLag] = {}

    def add(self, heard: Heard) -> None:
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
            self._entries.append(HeldTrades(symbol, Origin.LIVE, _runs(np.concatenate(ids))))
        self._entries.extend(self._newest.values())
        self._live.clear()
        self._newest.clear()


def _written(event: Input, *, whole: bool) -> Any:
    if isinstance(event, Trades):
        return HeldTrades(event.symbol, event.origin, _runs(event.ids)) if whole else _columns(event)
    if isinstance(event, ResumeTape):
        trades = _columns(event.trades) if event.trades is not None else None
        return _Tape(msgspec.structs.replace(event, trades=None), trades)
    return event


def _runs(ids: Ints) -> list[int]:
    starts = np.flatnonzero(np.diff(ids, prepend=ids[0] - 2) != 1)
    counts = np.diff(starts, append=len(ids))
    return [int(number) for pair in zip(ids[starts], counts, strict=True) for number in pair]


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
