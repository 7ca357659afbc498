"""The journal gives back the events it was given: trades by their ids, the rest as it was."""

from __future__ import annotations

from contextlib import nullcontext

import msgspec
import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from spreadscope.engine.journal_entry import JournalEntry
from spreadscope.model.errors import StoreError
from spreadscope.model.events import (
    BarRow,
    DropRule,
    Event,
    FlushChanges,
    History,
    Mark,
    MarketTime,
    Origin,
    Quote,
    SetRule,
    Trades,
    TradingStatus,
    UpstreamHole,
    WatchPair,
    WatchSymbol,
)
from spreadscope.model.facts import Bar, Gap
from spreadscope.model.instrument import Pair
from spreadscope.model.resume import Input, ResumePair, ResumeTape
from spreadscope.model.states import GapState
from spreadscope.model.timeframe import Timeframe
from spreadscope.store.journal import TradesReference, decode, decode_entries, encode


def trades(ids: list[int], origin: Origin = Origin.LIVE, symbol: str = "BTCUSDT") -> Trades:
    numbers = np.array(ids, dtype=np.int64)
    return Trades(
        symbol,
        numbers,
        numbers * 10,
        numbers.astype(np.float64) + 0.25,
        numbers.astype(np.float64) / 8,
        numbers % 2 == 0,
        origin,
    )


def held(wanted: TradesReference) -> Trades:
    """A store that has every trade, as ``trades`` makes them."""
    return trades(wanted.ids().tolist(), wanted.origin, wanted.symbol)


def back(*heard: JournalEntry) -> list[Input]:
    return list(decode(encode(heard).data, held))


def same(one: Input, other: Input) -> bool:
    if isinstance(one, Trades) and isinstance(other, Trades):
        columns = ("ids", "times", "prices", "quantities", "buyer_maker")
        return (one.symbol, one.origin) == (other.symbol, other.origin) and all(
            np.array_equal(getattr(one, name), getattr(other, name)) for name in columns
        )
    return type(one) is type(other) and one == other


PAIR = Pair("BTCUSDT", "ETHUSDT")
PLAIN: list[Event | ResumePair] = [
    MarketTime(5), Quote("BTCUSDT", 7, 1.5, 1.75), Quote("BTCUSDT", 7, 1.5, 1.75, 0.25, 12.0, 9_000_000_000_001),
    FlushChanges(), WatchSymbol("BTCUSDT"), WatchPair(PAIR),
    TradingStatus("BTCUSDT", trading=False), UpstreamHole("BTCUSDT", 3, 4, "asked twice", permanent=True),
    SetRule("r", "abs(z) > 2", str(PAIR), recover=1.0, channels=("phone",)), DropRule("r"),
    History("BTCUSDT", Timeframe.M1, (BarRow(60_000, 1.0, 2.0, 0.5, 1.5, 9.0, 3),)),
    Mark("BTCUSDT", 9, 1.0, 1.0, 0.0001, 28_800_000), ResumePair(PAIR, Timeframe.S1, 12, None),
]  # fmt: skip


@pytest.mark.parametrize("event", PLAIN, ids=lambda event: type(event).__name__)
def test_every_event_comes_back(event: Input) -> None:
    assert back(JournalEntry(event)) == [event]


def test_what_an_earlier_run_left_comes_back_with_its_trades() -> None:
    bar = Bar("BTCUSDT", Timeframe.S1, 0, 1.0, 2.0, 0.5, 1.5, 9.0, 3, complete=True)
    gap = Gap("BTCUSDT", 4, 4, GapState.OPEN, 40, 30, 50)
    event = ResumeTape("BTCUSDT", ((1, 3, 10, 30), (5, 6, 50, 60)), ((9, 9),), (gap,), (bar,), trades([5, 6]))
    (found,) = back(JournalEntry(event))
    assert isinstance(found, ResumeTape)
    assert found.trades is not None
    assert same(found.trades, trades([5, 6]))
    assert msgspec.structs.replace(found, trades=None) == msgspec.structs.replace(event, trades=None)


def test_live_trades_between_two_ticks_are_one_entry_a_symbol() -> None:
    entries = decode_entries(
        encode(
            [
                JournalEntry(MarketTime(1)), JournalEntry(trades([1, 2])), JournalEntry(trades([7], symbol="ETHUSDT")),
                JournalEntry(trades([3, 5])),
                JournalEntry(MarketTime(2)), JournalEntry(trades([4])),
            ]
        ).data
    )  # fmt: skip
    assert entries == [
        MarketTime(1), TradesReference("BTCUSDT", Origin.LIVE, [1, 3, 5, 1]),
        TradesReference("ETHUSDT", Origin.LIVE, [7, 1]),
        MarketTime(2), TradesReference("BTCUSDT", Origin.LIVE, [4, 1]),
    ]  # fmt: skip


def test_rest_answers_keep_their_place_and_what_was_refused_is_kept_whole() -> None:
    refused = trades([2, 3], Origin.REST)
    heard = [
        JournalEntry(trades([3])),
        JournalEntry(refused, whole=False),
        JournalEntry(trades([4], Origin.REST)),
        JournalEntry(trades([5])),
    ]
    found = back(*heard)
    assert [same(one, item.event) for one, item in zip(found, heard, strict=True)] == [True] * 4


def test_of_quotes_the_last_of_each_second_is_kept() -> None:
    quotes = [Quote("BTCUSDT", time, float(time), float(time)) for time in (100, 900, 1_100)]
    assert back(*map(JournalEntry, quotes)) == quotes[1:]


def test_a_quote_of_an_earlier_version_is_read_and_written_as_it_was() -> None:
    """It had neither quantities nor an update."""
    old = {"type": "quote", "symbol": "BTCUSDT", "time": 7, "bid": 1.5, "ask": 1.75}
    entry = msgspec.msgpack.encode([("quote", old)])
    (quote,) = decode_entries(zstandard.compress(entry))
    assert quote == Quote("BTCUSDT", 7, 1.5, 1.75, bid_quantity=0.0, ask_quantity=0.0, update=0)
    assert zstandard.decompress(encode([JournalEntry(quote)]).data) == entry


def test_the_times_of_the_market_bound_an_entry() -> None:
    entries = encode([JournalEntry(MarketTime(5)), JournalEntry(trades([1])), JournalEntry(MarketTime(9))])
    assert (entries.first_time, entries.last_time) == (5, 9)


@given(st.lists(st.integers(-(2**62), 2**62), min_size=1, max_size=40))
def test_ids_come_back_in_the_order_of_their_arrival(ids: list[int]) -> None:
    (entry,) = decode_entries(encode([JournalEntry(Trades(
        "BTCUSDT", np.array(ids), np.array(ids), np.zeros(len(ids)), np.zeros(len(ids)),
        np.zeros(len(ids), dtype=np.bool_)
    ))]).data)  # fmt: skip
    assert isinstance(entry, TradesReference)
    assert entry.ids().tolist() == ids


@given(st.binary(max_size=200), st.integers(0, 400))
def test_damage_is_one_documented_error(noise: bytes, place: int) -> None:
    data = bytearray(encode([JournalEntry(event) for event in PLAIN]).data)
    place = min(place, len(data))
    data[place : place + len(noise)] = noise
    whole = bytes(data) == encode([JournalEntry(event) for event in PLAIN]).data
    with nullcontext() if whole else pytest.raises(StoreError, match="cannot be replayed"):
        list(decode(bytes(data), held))
