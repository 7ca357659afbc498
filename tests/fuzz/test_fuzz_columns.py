"""The kernel that reads many frames at once reads what ``decode`` reads, or leaves the frame to it."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spreadscope.exchange.binance_futures.columns import read_columns
from spreadscope.exchange.binance_futures.decode import decode
from spreadscope.exchange.binance_futures.decoder import FuturesDecoder
from spreadscope.exchange.message_columns import OTHER, QUOTE, TRADE, SymbolTable
from spreadscope.ingest.batcher import Batcher
from spreadscope.model.errors import DecodeError
from spreadscope.model.events import Event, MarketTime, Trades
from tests.fuzz.columns import SYMBOLS, agrees, table

decimals = st.from_regex(r"\A(0|[1-9][0-9]{0,8})(\.[0-9]{1,10})?\Z")
times = st.integers(0, 2_000_000_000_000)
trades = st.fixed_dictionaries(
    {
        "e": st.just("aggTrade"), "E": times, "s": st.sampled_from(SYMBOLS), "a": st.integers(0, 2**53), "p": decimals,
        "q": decimals, "f": times, "l": times, "T": times, "m": st.booleans(),
    },
    optional={"nq": decimals | st.none(), "st": st.integers(0, 3), "zz": st.text(max_size=5), "X": st.integers(-5, 5)},
)  # fmt: skip
quotes = st.fixed_dictionaries(
    {
        "e": st.just("bookTicker"), "u": times, "s": st.sampled_from(SYMBOLS), "b": decimals, "B": decimals,
        "a": decimals, "A": decimals, "T": times, "E": times,
    },
    optional={"st": st.integers(1, 2), "ps": st.sampled_from(SYMBOLS)},
)  # fmt: skip


def frame(payload: dict[str, Any], *, ascii_only: bool = False) -> bytes:
    document = {"stream": f"{payload['s'].lower()}@{payload['e']}", "data": payload}
    return json.dumps(document, separators=(",", ":"), ensure_ascii=ascii_only).encode()


@given(st.lists(trades | quotes, min_size=1, max_size=20), st.randoms(use_true_random=False))
def test_what_the_kernel_reads_is_what_decode_reads(payloads: list[dict[str, Any]], order: random.Random) -> None:
    raws = []
    for payload in payloads:
        keys = list(payload)
        order.shuffle(keys)
        raws.append(frame({key: payload[key] for key in keys}))
    names = table()
    columns = read_columns(raws, names)
    assert all(agrees(raw, columns, row, names.names) for row, raw in enumerate(raws))


@given(trades | quotes, st.data())
def test_damaged_frames_are_never_read_as_something_else(payload: dict[str, Any], draw: st.DataObject) -> None:
    raw = bytearray(frame(payload, ascii_only=draw.draw(st.booleans())))
    for _ in range(draw.draw(st.integers(1, 3))):
        if not raw:
            break  # nothing is left of it
        place = draw.draw(st.integers(0, len(raw) - 1))
        match draw.draw(st.sampled_from(["change", "cut", "insert", "end"])):
            case "change":
                raw[place] = draw.draw(st.sampled_from(b'09.,:"{}[]\\-+eE tn\x00\x80\xff') | st.integers(0, 255))
            case "cut":
                del raw[place]
            case "insert":
                raw.insert(place, draw.draw(st.sampled_from(b'09.,:"{}\\- ')))
            case "end":
                del raw[place + 1 :]
    names = table()
    columns = read_columns([bytes(raw)], names)
    try:
        decode(bytes(raw))
    except DecodeError:
        assert columns.kinds[0] == OTHER
    else:
        assert agrees(bytes(raw), columns, 0, names.names)


def test_ordinary_frames_are_read_by_the_kernel() -> None:
    trade = {
        "e": "aggTrade", "E": 1_790_526_543_210, "s": "BTCUSDT", "a": 3466782974, "p": "109431.50", "q": "0.002",
        "nq": "0.002",
        "f": 6781, "l": 6783, "T": 1_790_526_543_055, "m": True, "st": 1,
    }  # fmt: skip
    quote = {
        "e": "bookTicker", "u": 8_912_345_678_901, "s": "ETHUSDT", "ps": "ETHUSDT", "b": "4021.10", "B": "31.114",
        "a": "4021.11", "A": "0.5",
        "T": 1_790_526_543_055, "E": 1_790_526_543_060, "st": 1,
    }  # fmt: skip
    columns = read_columns(
        [frame(trade), frame(quote), frame(trade | {"st": 2}), frame(trade | {"s": "XUSDT"})], table()
    )
    assert columns.kinds.tolist() == [TRADE, QUOTE, OTHER, OTHER]
    assert (columns.prices_or_bids.tolist()[:2], columns.quantities_or_asks.tolist()[:2]) == (
        [109431.5, 4021.10],
        [0.002, 4021.11],
    )
    assert (columns.bid_quantities[1], columns.ask_quantities[1], columns.ids[1]) == (31.114, 0.5, 8_912_345_678_901)


def plain(event: Event) -> object:
    if isinstance(event, Trades):
        columns = (event.ids, event.times, event.prices, event.quantities, event.buyer_maker)
        return (event.symbol, *(tuple(column.tolist()) for column in columns))
    return event


moments = st.integers(1_000, 30_000)
few_trades = st.tuples(st.just("aggTrade"), st.sampled_from(SYMBOLS[:3]), moments, st.integers(1, 99))
few_quotes = st.tuples(st.just("bookTicker"), st.sampled_from(SYMBOLS[:3]), moments, st.integers(0, 99))


@given(st.lists(few_trades | few_quotes, min_size=1, max_size=60), st.integers(1, 60))
def test_columns_and_single_frames_say_the_same(items: list[tuple[str, str, int, int]], size: int) -> None:
    raws = []
    for number, (kind, symbol, time, price) in enumerate(items):
        common = {"e": kind, "s": symbol, "T": time, "E": time + 5}
        if kind == "aggTrade":
            raws.append(
                frame(common | {"a": number, "p": str(price), "q": "1", "f": number, "l": number, "m": number % 2 == 0})
            )
        else:
            sizes = {"B": str(number / 8), "A": str(number + 0.5)}
            raws.append(frame(common | sizes | {"u": number, "b": str(price), "a": str(price + 1)}))
    singly, together = Batcher(), Batcher()
    for symbol in SYMBOLS:
        together.table.number(symbol)
    for start in range(0, len(raws), size):
        part = raws[start : start + size]
        for raw in part:
            for message in FuturesDecoder().messages(raw):
                singly.add(message)
        columns = read_columns(part, together.table)
        assert not (columns.kinds == OTHER).any()
        together.add_columns(columns, 0, len(part))
        assert list(map(plain, together.take())) == list(map(plain, singly.take()))
        assert together.take_arrivals() == singly.take_arrivals()


def test_a_trade_that_comes_late_does_not_move_the_clock_back() -> None:
    raws = [
        frame({"e": "aggTrade", "E": t, "s": "BTCUSDT", "a": n, "p": "1", "q": "1", "f": 1, "l": 1, "T": t, "m": False})
        for n, t in enumerate((1_000, 1_499, 1_500, 1_200, 2_000))
    ]
    batcher = Batcher()
    batcher.table.number("BTCUSDT")
    batcher.add_columns(read_columns(raws, batcher.table), 0, len(raws))
    said = [
        event.time if isinstance(event, MarketTime) else len(event)
        for event in batcher.take()
        if isinstance(event, MarketTime | Trades)
    ]
    assert said == [1_000, 2, 1_500, 2, 2_000, 1]


@pytest.mark.parametrize("count", [3_000])
def test_more_symbols_than_the_table_holds_take_the_slow_way(count: int) -> None:
    names = SymbolTable()
    numbers = [names.number(f"C{i}USDT") for i in range(count)]
    assert numbers == list(range(count))
    raws = [
        frame(
            {"e": "aggTrade", "E": 1, "s": f"C{i}USDT", "a": i, "p": "1", "q": "1", "f": 1, "l": 1, "T": 1, "m": False}
        )
        for i in (0, 2_047, 2_048, 2_999)
    ]
    assert read_columns(raws, names).kinds.tolist() == [TRADE, TRADE, OTHER, OTHER]
