"""The aggregator joins as the exchange does, and its result depends on the order of the trades alone."""

from __future__ import annotations

import itertools
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spreadscope.exchange.recording import AggTradeBuilder, BuiltAggregate, RecordedTrade
from spreadscope.model.errors import RecordingError


def trade(
    t: int,
    *,
    p: str = "10.0",
    q: str = "1",
    T: int = 1_000,
    m: bool = True,
    E: int | None = None,
    X: str = "MARKET",
    s: str = "AUSDT",
) -> RecordedTrade:
    return RecordedTrade(s=s, t=t, p=p, q=q, T=T, E=T if E is None else E, m=m, X=X)


def build(trades: list[RecordedTrade], first_id: int = 1) -> list[BuiltAggregate]:
    builder = AggTradeBuilder(first_id)
    return [aggregate for one in trades for aggregate in builder.add_trade(one)] + builder.flush()


def test_joins_consecutive_trades_of_one_price_side_and_time() -> None:
    first, second, third, fourth = build(
        [
            trade(7, q="0.002"),
            trade(8, q="0.020"),
            trade(9, m=False),
            trade(10, p="10.1", m=False),
            trade(11, p="10.1", m=False, T=1_001),
        ],
        first_id=500,
    )
    assert (first.a, first.q, first.f, first.l, first.n) == (500, "0.022", 7, 8, 2)
    assert [second.a, third.a, fourth.a] == [501, 502, 503]


def test_a_return_to_the_first_price_is_a_new_aggregate() -> None:
    assert [a.p for a in build([trade(1), trade(2, p="10.1"), trade(3)])] == ["10.0", "10.1", "10.0"]


def test_prices_are_compared_as_numbers_and_quantities_are_exact() -> None:
    (one,) = build([trade(1, p="10.10", q="0.1"), trade(2, p="10.1", q="123456789012345.000000000000000000001")])
    assert Decimal(one.q) == Decimal("123456789012345.100000000000000000001")


@pytest.mark.parametrize(
    "ghost", [trade(2, X="INSURANCE_FUND"), trade(2, X="NA"), trade(2, X=""), trade(2, p="0"), trade(2, q="0.000")]
)
def test_prints_that_are_no_market_trades_are_left_out_and_split_nothing(ghost: RecordedTrade) -> None:
    (one,) = build([trade(1), ghost, trade(3)])
    assert (one.f, one.l, one.n, one.q) == (1, 3, 2, "2")


def test_a_recording_without_trade_type_counts_as_market() -> None:
    builder = AggTradeBuilder()
    builder.add(b'{"e":"trade","E":5,"T":4,"s":"AUSDT","t":1,"p":"1.5","q":"2","m":false}')
    (one,) = builder.flush()
    assert msgspec.json.decode(one.payload()) == {
        "e": "aggTrade", "E": 5, "a": 1, "s": "AUSDT", "p": "1.5", "q": "2", "nq": "2", "f": 1, "l": 1, "T": 4,
        "m": False, "st": 1,
    }  # fmt: skip


def test_the_clock_closes_what_is_over_100_ms_old() -> None:
    builder = AggTradeBuilder()
    assert builder.add_trade(trade(1, T=1_000)) == []
    assert builder.advance(1_100) == []
    assert [a.f for a in builder.advance(1_101)] == [1]
    assert builder.flush() == []


def test_another_symbol_moves_the_clock_but_never_splits() -> None:
    builder = AggTradeBuilder()
    builder.add_trade(trade(1, T=1_000))
    assert builder.add_trade(trade(1, s="BUSDT", T=1_050)) == []
    assert [a.s for a in builder.add_trade(trade(2, s="BUSDT", T=1_101))] == ["BUSDT", "AUSDT"]


def test_the_closing_trade_gives_the_event_time() -> None:
    (one,) = build([trade(1, E=1_003), trade(2, E=1_007)])
    assert one.E == 1_007


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"{}",
        b'{"s":"A","t":1,"p":"nan","q":"1","T":1,"E":1,"m":true}',
        b'{"s":"A","t":1,"p":"-1","q":"1","T":1,"E":1,"m":true}',
    ],
)
def test_a_malformed_trade_is_a_recording_error(bad: bytes) -> None:
    with pytest.raises(RecordingError, match="malformed"):
        AggTradeBuilder().add(bad)


raw_trades = st.lists(
    st.tuples(
        st.sampled_from("AB"),
        st.sampled_from(["1.0", "1.1"]),
        st.integers(0, 999),
        st.booleans(),
        st.integers(0, 120),
        st.sampled_from(["MARKET", "NA"]),
    ),
    max_size=60,
)


@given(raw_trades)
def test_whatever_comes_ids_are_dense_and_nothing_is_lost(rows: list[tuple[str, str, int, bool, int, str]]) -> None:
    now = 1_000
    trades = []
    numbers = {"A": 0, "B": 0}
    for symbol, price, quantity, maker, wait, kind in rows:
        now += wait if wait > 60 else 0
        numbers[symbol] += 1
        trades.append(trade(numbers[symbol], s=symbol, p=price, q=f"0.{quantity:03d}", m=maker, T=now, X=kind))
    out = build(trades)
    for symbol in "AB":
        mine = [a for a in out if a.s == symbol]
        market = [t for t in trades if t.s == symbol and t.counts]
        assert [a.a for a in mine] == list(range(1, len(mine) + 1))
        assert sum(Decimal(a.q) for a in mine) == sum(Decimal(t.q) for t in market)
        assert sum(a.n for a in mine) == len(market)
        # Neighbours within the 100 ms never share a key, or they would have joined.
        for before, after in itertools.pairwise(mine):
            assert (before.p, before.m, before.T) != (after.p, after.m, after.T)
    builder = AggTradeBuilder()
    again = [a.payload() for t in trades for a in builder.add(msgspec.json.encode(t))]
    assert again + [a.payload() for a in builder.flush()] == [a.payload() for a in out]


def test_raw_ids_that_jump_leave_the_ids_of_what_was_lost_free() -> None:
    out = build([trade(10), trade(11), trade(32, T=2_000), trade(33, T=2_001)])
    # Raw ids 12 … 31 did not come: 20 aggregate ids stay free, so that the ledger shows what the raw ids prove.
    assert [(a.a, a.f, a.l) for a in out] == [(1, 10, 11), (22, 32, 32), (23, 33, 33)]


def test_trades_on_both_sides_of_a_loss_do_not_join() -> None:
    assert [(a.a, a.f) for a in build([trade(10), trade(13)])] == [(1, 10), (4, 13)]
    # Also where the first print after the loss is none of the market's.
    assert [(a.a, a.f) for a in build([trade(10), trade(13, X="NA"), trade(14)])] == [(1, 10), (4, 14)]


def test_a_late_trade_gets_the_id_that_was_kept_free_and_a_repeat_enters_once() -> None:
    builder = AggTradeBuilder()
    out = [a for t in (10, 14, 12, 12, 11, 10, 14, 13, 15) for a in builder.add_trade(trade(t, T=1_000 + t, E=1_014))]
    out += builder.flush()
    assert sorted((a.a, a.f) for a in out) == [(1, 10), (2, 11), (3, 12), (4, 13), (5, 14), (6, 15)]
    assert (builder.repeated, builder.contradictory) == (3, 0)


@pytest.mark.parametrize("wrong", [trade(3, T=9_000), trade(10**15, T=9_000), trade(2**62, T=2_000)])
def test_an_id_that_contradicts_what_came_is_left_out_and_counted(wrong: RecordedTrade) -> None:
    builder = AggTradeBuilder()
    out = [a for one in (trade(10), trade(11, T=2_000), wrong, trade(12, T=9_001)) for a in builder.add_trade(one)]
    assert [(a.a, a.f) for a in [*out, *builder.flush()]] == [(1, 10), (2, 11), (3, 12)]
    assert builder.contradictory == 1


def test_the_holes_before_an_import_went_on_are_proved_by_the_last_raw_id_of_it() -> None:
    builder = AggTradeBuilder(8, last_raw={"AUSDT": 20})
    builder.add_trade(trade(24))
    assert [a.a for a in builder.flush()] == [11]


@given(st.lists(st.integers(1, 40), max_size=40))
def test_two_recorders_of_one_stream_give_the_trades_of_both_once(ids: list[int]) -> None:
    out = build([trade(t, T=1_000 + t, E=1_000) for t in ids])
    first = ids[0] if ids else 0
    wanted = {t for t in ids if t >= first}
    # Every aggregate id says which raw id it is, whatever the order in which they came.
    assert {(a.a, a.f) for a in out} == {(t - first + 1, t) for t in wanted}
    assert len(out) == len(wanted)


@pytest.mark.parametrize("wrong", [trade(11, p="1" + "0" * 300), trade(11, q="9" * 25)])
def test_a_print_beyond_any_market_might_as_well_not_have_come(wrong: RecordedTrade) -> None:
    builder = AggTradeBuilder()
    out = [a for one in (trade(10), wrong, trade(12)) for a in builder.add_trade(one)]
    assert [(a.a, a.f) for a in [*out, *builder.flush()]] == [(1, 10), (3, 12)]
    assert builder.contradictory == 1
