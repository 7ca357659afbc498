"""The packed tables of bars: mappings that are always ascending and give back what was put in, to the last bit."""

from __future__ import annotations

from struct import Struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spreadscope.bars.bar_builder import LAYOUT, BarBuilder
from spreadscope.bars.bar_codec import packed_bars
from spreadscope.bars.packed_series import PackedSeries
from spreadscope.model.facts import Bar
from spreadscope.model.states import BarOrigin
from spreadscope.model.timeframe import Timeframe

times = st.integers(0, 30)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("put"), times, st.floats(allow_nan=False)),
        st.tuples(st.just("keep"), st.integers(0, 10), st.just(0.0)),
        st.tuples(st.just("before"), times, st.just(0.0)),
    ),
    max_size=60,
)


def table() -> PackedSeries[float]:
    return PackedSeries(Struct("<d"), lambda number: (number,), lambda _time, number: number)


@given(steps, times, times)
def test_a_table_is_a_sorted_dictionary(plan: list[tuple[str, int, float]], low: int, high: int) -> None:
    packed, plain = table(), dict[int, float]()
    for step, number, record in plan:
        if step == "put":
            packed.put(number, record)
            plain[number] = record
        elif step == "keep":
            packed.keep_newest(number)
            plain = {time: plain[time] for time in sorted(plain)[max(0, len(plain) - number) :]}
        else:
            packed.drop_before(number)
            plain = {time: value for time, value in plain.items() if time >= number}
    ordered = dict(sorted(plain.items()))
    assert list(packed.items()) == list(ordered.items())
    assert len(packed) == len(ordered)
    assert packed.between(low, high) == [time for time in ordered if low <= time < high]
    assert packed.oldest() == next(iter(ordered), None)
    assert packed.newest() == next(reversed(ordered.values()), None)
    for time in range(31):
        assert (time in packed) == (time in ordered)
        assert packed.get(time) == ordered.get(time)


def test_a_time_that_is_not_there() -> None:
    packed = table()
    assert packed.get(1) is None
    assert packed.get(1, 2.0) == 2.0
    foreign: object = "1"
    assert foreign not in packed
    packed.put(2, 3.0)
    with pytest.raises(KeyError):
        packed[1]


numbers = st.floats(allow_nan=False, allow_infinity=False)


@given(
    st.lists(numbers, min_size=5, max_size=5),
    st.integers(0, 2**63 - 1),
    st.tuples(st.booleans(), st.booleans(), st.sampled_from(BarOrigin)),
    st.none() | numbers,
    st.none() | numbers,
)
def test_a_bar_comes_back_as_it_was_said(
    prices: list[float], count: int, flags: tuple[bool, bool, BarOrigin], bid: float | None, ask: float | None
) -> None:
    complete, revised, origin = flags
    bar = Bar(
        "BTCUSDT", Timeframe.M1, 60_000, prices[0], prices[1], prices[2], prices[3], prices[4], count,
        complete=complete, origin=origin, bid=bid, ask=ask, revised=revised,
    )  # fmt: skip
    bars = packed_bars("BTCUSDT", Timeframe.M1)
    bars.put(bar.open_time, bar)
    assert bars[60_000] == bar


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=2, max_size=2), st.none() | numbers)
def test_a_grown_bar_comes_back_and_its_volume_does_not_overflow(volume: list[int], quote: float | None) -> None:
    bar = BarBuilder()
    for number in range(1000):
        bar.merge((0, number, number, *volume, 1), (1.0, 3.0, 0.5, 2.0), number)
    bar.bid = bar.ask = quote
    bars = PackedSeries(LAYOUT, BarBuilder.pack_fields, BarBuilder.from_fields)
    bars.put(0, bar)
    again = bars[0]
    assert {name: getattr(again, name) for name in BarBuilder.__slots__} == {
        name: getattr(bar, name) for name in BarBuilder.__slots__
    }
