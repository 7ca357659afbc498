"""Small blocks are merged before there are many, in bounded steps, and no row is lost by it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spreadscope.store.trades import block_merging, trade_blocks
from spreadscope.store.trades.block_merging import MAX_SMALL, SMALL, merge_groups, merge_small
from spreadscope.store.trades.trade_blocks import ROWS_A_BLOCK, Block
from tests.store.rows import EVER, rows, same


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(":memory:", isolation_level=None)
    opened.executescript(trade_blocks.TABLES)
    yield opened
    opened.close()


def small(connection: sqlite3.Connection) -> int:
    return sum(block.rows < SMALL for block in trade_blocks.blocks(connection, 1))


def test_a_quiet_symbol_has_few_blocks_however_long_it_runs(connection: sqlite3.Connection) -> None:
    for number in range(2_000):
        trade_blocks.add(connection, 1, [rows([3 * number, 3 * number + 1])])
        merge_small(connection, 1)
        assert small(connection) < MAX_SMALL
    assert len(trade_blocks.blocks(connection, 1)) <= MAX_SMALL
    ids = [number for start in range(2_000) for number in (3 * start, 3 * start + 1)]
    assert same(trade_blocks.read(connection, 1, *EVER), rows(ids))


def test_nothing_is_merged_before_there_are_many(connection: sqlite3.Connection) -> None:
    for number in range(MAX_SMALL - 1):
        trade_blocks.add(connection, 1, [rows([number])])
        assert merge_small(connection, 1) == 0
    trade_blocks.add(connection, 2, [rows([number])])  # another symbol's
    assert merge_small(connection, 1) == 0
    trade_blocks.add(connection, 1, [rows([MAX_SMALL])])
    assert merge_small(connection, 1) == MAX_SMALL
    assert len(trade_blocks.blocks(connection, 1)) == 1


def test_fills_that_lie_inside_larger_blocks_are_taken_up_by_them(connection: sqlite3.Connection) -> None:
    n = 8 * ROWS_A_BLOCK
    fills = [int(number) for number in np.random.default_rng(1).choice(n, 2 * MAX_SMALL, replace=False)]
    trade_blocks.add(connection, 1, [rows([number for number in range(n) if number not in set(fills)])])
    for number in fills:
        trade_blocks.add(connection, 1, [rows([number])])
        merge_small(connection, 1)
        assert small(connection) < MAX_SMALL
    assert same(trade_blocks.read(connection, 1, *EVER), rows(list(range(n))))


def test_an_id_that_stands_twice_keeps_both_rows_and_their_order(connection: sqlite3.Connection) -> None:
    trade_blocks.add(connection, 1, [rows([MAX_SMALL], mark=0.25)])
    for number in range(MAX_SMALL + 5):
        trade_blocks.add(connection, 1, [rows([number])])
    before = trade_blocks.read(connection, 1, *EVER)
    assert merge_small(connection, 1) == MAX_SMALL + 6
    (block,) = trade_blocks.blocks(connection, 1)
    assert block.rows == MAX_SMALL + 6
    assert same(trade_blocks.read(connection, 1, *EVER), before)
    assert before[3][MAX_SMALL] == rows([MAX_SMALL], mark=0.25)[3][0]


blocks = st.lists(
    st.tuples(
        st.integers(0, 300),
        st.integers(0, 200),
        st.sampled_from([1, 50, SMALL - 1, SMALL, ROWS_A_BLOCK // 2, ROWS_A_BLOCK]),
    ),
    max_size=60,
)


@given(blocks)
@settings(max_examples=300, deadline=None)
def test_every_run_is_bounded_and_makes_the_small_ones_fewer(made: list[tuple[int, int, int]]) -> None:
    given = [Block(n, first, first + span, 0, 0, count) for n, (first, span, count) in enumerate(sorted(made))]
    found = merge_groups(given)
    merged = [block.block for run in found for block in run]
    assert len(merged) == len(set(merged))
    for run in found:
        total = sum(block.rows for block in run)
        assert len(run) > 1
        assert total <= block_merging._MAX_ROWS + 2 * ROWS_A_BLOCK
        parts = -(-total // ROWS_A_BLOCK)
        assert parts <= len(run)
        becomes = [(i + 1) * total // parts - i * total // parts for i in range(parts)]
        assert sum(rows < SMALL for rows in becomes) < sum(block.rows < SMALL for block in run)
    if len(given) > 1:  # no small block is left alone
        assert {block.block for block in given if block.rows < SMALL} <= set(merged)
