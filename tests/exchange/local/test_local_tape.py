"""The tape and its bars against brute force."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spreadscope.exchange.local.decimal_text import decimal_text, scaled
from spreadscope.exchange.local.klines import INTERVALS, bucket, next_bucket
from spreadscope.exchange.local.trade_log import TradeLog

DAY = 86_400_000


def tape_of(rows: list[tuple[int, int, int, bool]], keep: int | None = None) -> TradeLog:
    tape = TradeLog("A", price_decimals=2, quantity_decimals=1, first_id=100, keep=keep)
    for number, (time, price, quantity, maker) in enumerate(rows):
        tape.append(
            number=100 + number, time=time, price=price, quantity=quantity, non_rpi=quantity, first=number, last=number,
            count=2, maker=maker,
        )  # fmt: skip
        tape.reveal()
    return tape


@given(st.integers(-(10**12), 10**12), st.integers(0, 8))
def test_decimals_are_exact_both_ways(value: int, decimals: int) -> None:
    text = decimal_text(value, decimals)
    assert Decimal(text) == Decimal(value).scaleb(-decimals)
    assert scaled(text, decimals) == value


rows_of_trades = st.lists(
    st.tuples(st.integers(0, 400_000), st.integers(1, 99_999), st.integers(1, 10_000), st.booleans()),
    min_size=1,
    max_size=80,
)


@given(rows_of_trades, st.integers(1, 80), st.sampled_from(["1m", "3m", "5m"]))
def test_klines_are_the_bars_of_the_trades(rows: list[tuple[int, int, int, bool]], split: int, interval: str) -> None:
    rows.sort(key=lambda row: row[0])
    tape = tape_of([])
    for part in (rows[:split], rows[split:]):  # bars grow with the tape
        for number, (time, price, quantity, maker) in enumerate(part):
            tape.append(
                number=tape.expects_id, time=time, price=price, quantity=quantity, non_rpi=quantity, first=number,
                last=number, count=2, maker=maker,
            )  # fmt: skip
            tape.reveal()
        tape.update_bars()
    size = INTERVALS[interval]
    lines = tape.update_bars().rows(interval, None, None, 500, rows[-1][0])
    assert [line[0] for line in lines] == list(range(lines[0][0], lines[-1][0] + 1, size))
    for line in lines:
        inside = [row for row in rows if line[0] <= row[0] <= line[6]]
        if not inside:
            assert line[8] == 0
            assert line[1] == line[2] == line[3] == line[4]
            continue
        prices = [Decimal(price) / 100 for _, price, _, _ in inside]
        assert [Decimal(text) for text in line[1:5]] == [prices[0], max(prices), min(prices), prices[-1]]
        assert Decimal(line[5]) == sum(Decimal(q) / 10 for _, _, q, _ in inside)
        assert Decimal(line[7]) == sum(Decimal(p * q) / 1000 for _, p, q, _ in inside)
        assert Decimal(line[9]) == sum(Decimal(q) / 10 for _, _, q, maker in inside if not maker)
        assert Decimal(line[10]) == sum(Decimal(p * q) / 1000 for _, p, q, maker in inside if not maker)
        assert line[8] == 2 * len(inside)


def test_huge_turnover_does_not_overflow() -> None:
    tape = tape_of([(0, 10**10, 10**10, False), (1, 10**10, 10**10, True)])
    (row,) = tape.update_bars().rows("1m", None, None, 1, 0)
    assert Decimal(row[7]) == 2 * Decimal(10) ** 17


@pytest.mark.parametrize("interval", list(INTERVALS))
def test_buckets_hold_their_times_and_join(interval: str) -> None:
    for time in (0, 59_999, 1_790_000_000_000, 1_709_164_800_000 + DAY - 1):
        opened = bucket(time, interval)
        assert opened <= time < next_bucket(opened, interval)
        assert bucket(next_bucket(opened, interval) - 1, interval) == opened


def test_weeks_begin_on_monday_and_months_on_the_first() -> None:
    assert bucket(1_790_000_000_000, "1w") == 1_789_948_800_000  # Monday 2026-09-21
    assert bucket(1_790_000_000_000, "1M") == 1_788_220_800_000  # 2026-09-01
    assert next_bucket(1_788_220_800_000, "1M") == 1_790_812_800_000


def test_kline_ranges() -> None:
    bars = tape_of([(60_000 * minute, 100 + minute, 1, False) for minute in range(10)]).update_bars()

    def opens(start: int | None, end: int | None, limit: int, now: int = 540_000) -> list[int]:
        return [row[0] // 60_000 for row in bars.rows("1m", start, end, limit, now)]

    assert opens(None, None, 3) == [7, 8, 9]
    assert opens(120_000, None, 3) == [2, 3, 4]
    assert opens(120_001, None, 3) == [3, 4, 5]
    assert opens(None, 200_000, 2) == [2, 3]
    assert opens(120_000, 180_000, 500) == [2, 3]
    assert opens(600_000, None, 5) == []
    assert opens(None, None, 3, now=700_000) == [9, 10, 11]


def test_only_revealed_trades_exist() -> None:
    tape = TradeLog("A", price_decimals=0, quantity_decimals=0)
    tape.extend(np.ones((8, 5), dtype=np.int64))
    assert tape.newest(10) == []
    assert tape.columns().ids.size == 0
    assert tape.last_price() is None
    tape.reveal(2)
    assert [row["a"] for row in tape.newest(10)] == [1, 2]
    assert (tape.first_id, tape.last_id, tape.expects_id) == (1, 2, 6)


def test_a_bounded_tape_forgets_the_oldest_and_keeps_their_bars() -> None:
    rows = [(minute * 60_000, 100 + minute, 1, False) for minute in range(5_000)]
    bounded, whole = tape_of(rows, keep=600), tape_of(rows)
    assert bounded.dropped > 0
    assert bounded.first_id == 100 + bounded.dropped
    assert bounded.last_id == whole.last_id == 5_099
    assert bounded.from_id(5_000, 1000) == whole.from_id(5_000, 1000)
    assert list(bounded.update_bars().items()) == list(whole.update_bars().items())


def test_a_hole_in_a_recording_stays_a_hole() -> None:
    tape = tape_of([(0, 1, 1, False)])
    tape.append(number=150, time=5, price=1, quantity=1, non_rpi=1, first=0, last=0, count=1, maker=False)
    tape.reveal()
    assert [row["a"] for row in tape.from_id(101, 10)] == [150]
