"""The aggregator joins as the exchange does, and its result depends on the order of the trades alone."""

from __future__ import annotations

import itertools
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spreadscope.exchange.recording import AggTrade, AggTradeBuilder, RawTrade
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
) -> RawTrade:
    return RawTrade(s=s, t=t, p=p, q=q, T=T, E=T if E is None else E, m=m, X=X)


def build(trades: list[RawTrade], first_id: int = 1) -> list[AggTrade]:
    builder = AggTradeBuilder(first_id)
    return [aggregate for one in trades for aggregate in builder.add_trade(one)] + builder.flush()


def test_joins_consecutive_trades_of_one_price_side_and_time() -> None:
    first, second, third, fourth = build(
        [
            trade(7, q="0.002"),
            trade(8, q="0.020"),
            trade(9, m=False),
            trade(10, p="10.1", m=False),
            trade(12, p="10.1", m=False, T=1_001),
        ],
        first_id=500,
    )
    assert (first.a, first.q, first.f, first.l, first.n) == (500, "0.022", 7, 8, 2)
    assert [second.a, third.a, fourth.a] == [501, 502, 503]


def test_a_return_to_the_first_price_is_a_new_aggregate() -> None:
    assert [a.p for a in build([trade(1), trade(2, p="10.1"), trade(3)])] == ["10.0", "10.1", "10.0"]


def test_prices_are_compared_as_numbers_and_quantities_are_exact() -> None:
    (one,) = build([trade(1, p="10.10", q="0.1"), trade(2, p="10.1", q="12345678901234567890.000000000000000000001")])
    assert Decimal(one.q) == Decimal("12345678901234567890.100000000000000000001")


@pytest.mark.parametrize(
    "ghost", [trade(2, X="INSURANCE_FUND"), trade(2, X="NA"), trade(2, X=""), trade(2, p="0"), trade(2, q="0.000")]
)
def test_prints_that_are_no_market_trades_are_left_out_and_split_nothing(ghost: RawTrade) -> None:
    (one,) = build([trade(1), ghost, trade(3)])
    assert (one.f, one.l, one.n, one.q) == (1, 3, 2, "2")


def test_a_recording_without_trade_type_counts_as_market() -> None:
    builder = AggTradeBuilder()
    builder.add(b'{"e":"trade","E":5,"T":4,"s":"AUSDT","t":1,"p":"1.5","q":"2","m":false}')
    (one,) = builder.flush()
    assert msgspec.json.decode(one.payload()) == {
        "e": "aggTrade", "E": 5, "a": 1, "s": "AUSDT", "p": "1.5", "q": "2", "nq": "2", "f": 1, "l": 1, "T": 4, "m": False, "st": 1,
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
    for number, (symbol, price, quantity, maker, wait, kind) in enumerate(rows):
        now += wait if wait > 60 else 0
        trades.append(trade(number, s=symbol, p=price, q=f"0.{quantity:03d}", m=maker, T=now, X=kind))
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
