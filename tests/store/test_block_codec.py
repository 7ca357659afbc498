"""A block gives back the bits it was made of, whatever they are; damaged bytes are said to be damaged, no more."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spreadscope.model.errors import StoreError
from spreadscope.store.trades import block_codec
from spreadscope.store.trades.block_codec import decode, encode
from spreadscope.store.trades.trade_columns import TradeColumns

INT64 = st.integers(-(1 << 63), (1 << 63) - 1)
HOSTILE_INTEGERS = st.one_of(
    INT64, st.integers(0, 300), st.sampled_from([2**53 + 1, 2**63 - 1, -(2**63), -1, 0, 1_700_000_000_000])
)
HOSTILE_FLOATS = st.one_of(
    st.floats(width=64),
    st.integers(0, 10**9).map(lambda n: n / 1000),
    st.sampled_from([1e-9, 1e-10, 5e-324, -5e-324, -0.0, 0.0, 2.0**53, 2.0**53 + 2, 1e300, float("nan"), float("inf"),
                     0.1]),
)  # fmt: skip
ROWS = st.lists(
    st.tuples(HOSTILE_INTEGERS, HOSTILE_INTEGERS, HOSTILE_FLOATS, HOSTILE_FLOATS, st.booleans()), max_size=60
)


def columns_of(rows: list[tuple[int, int, float, float, bool]]) -> TradeColumns:
    ids, times, prices, quantities, sides = zip(*rows, strict=True) if rows else ((), (), (), (), ())
    return (
        np.array(ids, dtype=np.int64), np.array(times, dtype=np.int64), np.array(prices, dtype=np.float64),
        np.array(quantities, dtype=np.float64), np.array(sides, dtype=np.bool_),
    )  # fmt: skip


def market(n: int, seed: int = 1) -> TradeColumns:
    """Trades as a liquid symbol has them."""
    dice = np.random.default_rng(seed)
    return (
        np.arange(10**9, 10**9 + n),
        1_700_000_000_000 + np.cumsum(dice.integers(0, 30, n)),
        np.round(27_000 + np.cumsum(dice.integers(-2, 3, n)) * 0.1, 1),
        dice.integers(1, 5_000, n) / 1_000,
        dice.random(n) < 0.5,
    )


def bits(columns: TradeColumns) -> list[bytes]:
    return [column.tobytes() for column in columns]


@given(ROWS)
@settings(max_examples=400, deadline=None)
def test_every_bit_comes_back(rows: list[tuple[int, int, float, float, bool]]) -> None:
    columns = columns_of(rows)
    back = decode(encode(columns))
    assert bits(back) == bits(columns)
    assert [column.dtype for column in back] == [column.dtype for column in columns]
    assert all(column.flags.writeable for column in back)  # compiled kernels take read-only columns for another type


@pytest.mark.parametrize("rows", [0, 1, 2, 7, 8, 9, 4_095, 16_384])
def test_blocks_of_any_size_and_views_that_are_not_contiguous(rows: int) -> None:
    columns = market(rows)
    assert bits(decode(encode(columns))) == bits(columns)
    ids, times, prices, quantities, sides = columns
    turned = (ids[::-2], times[::-2], prices[::-2], quantities[::-2], sides[::-2])
    assert bits(decode(encode(turned))) == bits(turned)


def test_a_trade_of_a_market_takes_a_few_bytes() -> None:
    assert len(encode(market(5_000))) / 5_000 < 4
    assert len(encode(market(1))) < 120


def test_one_value_that_is_no_decimal_keeps_all_as_they_are() -> None:
    ids, times, prices, quantities, sides = market(1_000)
    prices[500] = np.nextafter(prices[500], np.inf)
    quantities[3] = -0.0
    columns = (ids, times, prices, quantities, sides)
    assert bits(decode(encode(columns))) == bits(columns)


@given(st.data())
@settings(max_examples=400, deadline=None)
def test_damaged_bytes_are_said_to_be(data: st.DataObject) -> None:
    block = encode(market(data.draw(st.integers(0, 40))))
    harm = data.draw(st.sampled_from(["flip", "cut", "grow", "other"]))
    if harm == "flip":
        place, mask = data.draw(st.integers(0, len(block) - 1)), data.draw(st.integers(1, 255))
        damaged = block[:place] + bytes([block[place] ^ mask]) + block[place + 1 :]
    elif harm == "cut":
        damaged = block[: data.draw(st.integers(0, len(block) - 1))]
    elif harm == "grow":
        damaged = block + data.draw(st.binary(min_size=1, max_size=9))
    else:
        damaged = data.draw(st.binary(max_size=200))
    with pytest.raises(StoreError) as caught:
        decode(damaged)
    assert "\n" not in str(caught.value)


@given(st.binary(max_size=120), st.integers(0, 70), st.integers(0, 400), st.integers(0, 1))
@settings(max_examples=400, deadline=None)
def test_a_right_checksum_over_nonsense_is_no_way_into_memory(body: bytes, rows: int, size: int, flags: int) -> None:
    head = struct.Struct("<BBIII")
    checksum = zlib.crc32(body, zlib.crc32(head.pack(1, flags, rows, size, 0)))
    try:
        columns = decode(head.pack(1, flags, rows, size, checksum) + body)
    except StoreError:
        return
    assert {len(column) for column in columns} == {rows}


def test_a_newer_layout_is_refused() -> None:
    block = bytearray(encode(market(3)))
    block[0] = block_codec.VERSION + 1
    with pytest.raises(StoreError, match="newer Spreadscope"):
        decode(bytes(block))


def test_a_block_has_a_bound() -> None:
    many = np.zeros(block_codec.MAX_ROWS + 1, dtype=np.int64)
    with pytest.raises(ValueError, match="too many"):
        encode((many, many, many.astype(np.float64), many.astype(np.float64), many.astype(np.bool_)))
