"""Trades in blocks: whatever order they came in, a read gives each once, and a day that is cut out leaves the rest."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spreadscope.store.trades import block_merging, trade_blocks
from spreadscope.store.trades.trade_blocks import DAY_MS
from spreadscope.store.trades.trade_columns import select_rows
from tests.store.rows import DAY, EVER, rows, same


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(":memory:", isolation_level=None)
    opened.executescript(trade_blocks.TABLES)
    yield opened
    opened.close()


batches = st.lists(
    st.tuples(st.lists(st.integers(0, 400), min_size=1, max_size=40), st.sampled_from([0.0, 0.25])), min_size=1,
    max_size=12
)  # fmt: skip


@given(batches, st.integers(-5, 410), st.integers(0, 420), st.booleans())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_id_once_and_as_it_was_written_first(
    connection: sqlite3.Connection, given: list[tuple[list[int], float]], low: int, length: int, merge: bool
) -> None:
    connection.execute("DELETE FROM trade_blocks")
    truth: dict[int, float] = {}
    for ids, mark in given:
        trade_blocks.add(connection, 1, [rows(ids, mark)])
        for number in ids:
            truth.setdefault(number, mark)
    if merge:
        for run in block_merging.merge_groups(trade_blocks.blocks(connection, 1)):
            block_merging._merge(connection, 1, run)
        assert len(trade_blocks.blocks(connection, 1)) == 1
    everything = sorted(truth)
    expected = rows(everything)
    expected[3][:] += [truth[number] for number in everything]
    assert same(trade_blocks.read(connection, 1, *EVER), expected)
    start, end = DAY + low * 1_000, DAY + (low + length) * 1_000
    inside = (expected[1] >= start) & (expected[1] < end)
    assert same(trade_blocks.read(connection, 1, start, end), select_rows(expected, inside))
    assert same(trade_blocks.read_ids(connection, 1, low, low + length - 1), select_rows(expected, inside))
    for bounds in (EVER, (start, end)):
        after, paged = -1, []
        while (page := trade_blocks.page(connection, 1, after, *bounds)) is not None:
            assert page[0] > after
            after = page[0]
            paged += list(zip(*(column.tolist() for column in page[1]), strict=True))
        whole = trade_blocks.read(connection, 1, *bounds)
        assert paged == list(zip(*(column.tolist() for column in whole), strict=True))


@given(batches, st.integers(0, 3), st.integers(1, 3))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_day_is_cut_out_of_the_blocks_it_lies_in(
    connection: sqlite3.Connection, given: list[tuple[list[int], float]], first: int, length: int
) -> None:
    connection.execute("DELETE FROM trade_blocks")
    step = DAY_MS // 100
    ids = list(dict.fromkeys(number for some, _ in given for number in some))
    for low in range(0, len(ids), 7):
        trade_blocks.add(connection, 1, [rows(ids[low : low + 7], step=step)])
    days = {DAY + number * step // DAY_MS * DAY_MS for number in ids}
    assert trade_blocks.days(connection, 1) == days
    start, end = DAY + first * DAY_MS, DAY + (first + length) * DAY_MS
    left = [number for number in sorted(ids) if not start <= DAY + number * step < end]
    assert trade_blocks.remove_times(connection, 1, start, end) == len(ids) - len(left)
    assert same(trade_blocks.read(connection, 1, *EVER), rows(left, step=step))
    assert trade_blocks.remove_times(connection, 1, start, end) == 0
    for block in trade_blocks.blocks(connection, 1):
        held = trade_blocks.read_block(connection, block.block)
        assert (block.first, block.last, block.rows) == (held[0][0], held[0][-1], len(held[0]))
        assert (block.first_time, block.last_time) == (held[1].min(), held[1].max())


def test_many_rows_are_several_blocks_of_like_size_and_a_late_fill_is_one_of_its_own(
    connection: sqlite3.Connection,
) -> None:
    n = 2 * trade_blocks.ROWS_A_BLOCK + 2
    trade_blocks.add(connection, 1, [rows(list(range(100_000, 100_000 + n))), rows(list(range(50, 60)))])
    blocks = trade_blocks.blocks(connection, 1)
    assert [block.rows for block in blocks] == [10, n // 3, n // 3, n // 3 + 1]
    assert (blocks[0].first, blocks[0].last, blocks[1].first) == (50, 59, 100_000)
