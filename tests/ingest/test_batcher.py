"""Frames → events: what the core hears must not depend on when it was asked for."""

from __future__ import annotations

from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from spreadscope.exchange.port import AnsweredRequest, MarkMessage, Message, QuoteMessage, RefusedRequest, StatusMessage
from spreadscope.ingest.batcher import Batcher
from spreadscope.model.events import Event, Mark, MarketTime, Quote, Trades, TradingStatus
from tests.support.market import START, agg, ticker


def fed(*messages: Message) -> list[Event]:
    batcher = Batcher()
    for message in messages:
        batcher.add(message)
    return batcher.take()


def short(events: list[Event]) -> list[tuple[object, ...]]:
    out: list[tuple[object, ...]] = []
    for event in events:
        if isinstance(event, Trades):
            out.append((event.symbol, event.ids.tolist()))
        elif isinstance(event, Quote):
            out.append(("quote", event.symbol, event.time - START, event.bid))
        elif isinstance(event, MarketTime):
            out.append(("time", event.time - START))
        else:
            out.append((event,))
    return out


def test_a_new_half_second_cuts_the_batches() -> None:
    events = fed(
        agg("A", 1, START, 5.0), agg("B", 1, START + 10, 6.0), agg("A", 2, START + 999, 5.0),
        agg("A", 3, START + 1000, 5.0),
        agg("A", 4, START + 990, 5.0),
    )  # fmt: skip
    assert short(events) == [
        ("time", 0), ("A", [1]), ("B", [1]), ("time", 999), ("A", [2]), ("time", 1000), ("A", [3, 4]),
    ]  # fmt: skip


def test_columns_hold_what_the_message_says() -> None:
    (_, batch) = fed(agg("A", 7, START + 3, 5.25, 0.125, maker=True))
    assert isinstance(batch, Trades)
    assert (batch.ids[0], batch.times[0], batch.prices[0], batch.quantities[0], batch.buyer_maker[0]) == (
        7, START + 3, 5.25, 0.125, True,
    )  # fmt: skip


def test_of_quotes_the_last_of_each_second_is_kept() -> None:
    first = agg("A", 1, START, 5.0)  # the trades keep the clock
    quotes = [ticker("A", START + t, 1.0 + t, 2.0 + t) for t in (0, 500, 400, 999)]
    late = [ticker("B", START + 990, 1.0, 2.0), ticker("A", START + 1000, 9.0, 9.5), ticker("B", START + 995, 3.0, 4.0)]
    last = ticker("B", START + 1010, 5.0, 6.0)
    assert short(fed(first, *quotes, *late, last)) == [
        ("time", 0), ("A", [1]), ("quote", "A", 999, 1000.0), ("quote", "B", 995, 3.0), ("quote", "A", 1000, 9.0),
        ("quote", "B", 1010, 5.0),
    ]  # fmt: skip


def test_a_quote_keeps_what_is_displayed_and_the_update_of_its_book() -> None:
    said = [QuoteMessage("A", 4.0, 6.0, START + after, after / 4, 0.5, 70 + after) for after in (100, 300)]
    unsaid = QuoteMessage("B", 4.0, 6.0, START)
    events = fed(agg("A", 1, START, 5.0), *said, unsaid)
    assert [event for event in events if isinstance(event, Quote)] == [
        Quote("A", START + 300, 4.0, 6.0, bid_quantity=75.0, ask_quantity=0.5, update=370),
        Quote("B", START, 4.0, 6.0, bid_quantity=0.0, ask_quantity=0.0, update=0),
    ]


def test_quotes_move_the_clock_only_when_trades_rest_for_five_seconds() -> None:
    first = agg("A", 1, START, 5.0)
    assert ("time", 0) in short(fed(first, ticker("A", START + 5_400, 1.0, 2.0)))
    moved = [item for item in short(fed(first, ticker("A", START + 7_000, 1.0, 2.0))) if item[0] == "time"]
    assert moved == [("time", 0), ("time", 2_000)]


def test_quotes_without_a_price_are_none() -> None:
    nothing = fed(agg("A", 1, START, 5.0), ticker("A", START, 0.0, 2.0), ticker("A", START, 1.0, 0.0))
    assert short(nothing) == [("time", 0), ("A", [1])]


def test_the_mark_keeps_the_clock() -> None:
    mark = MarkMessage("A", START + 2000, 1.0, 1.0, None, 0)
    assert fed(mark) == [MarketTime(START + 2000), Mark("A", START + 2000, 1.0, 1.0, None, 0)]


def test_a_quote_without_a_time_has_the_time_that_the_trades_have_come_to() -> None:
    undated = QuoteMessage("A", 4.0, 6.0, None)
    assert fed(undated) == [], "before any trade nobody knows when it is"
    assert short(fed(agg("A", 1, START + 1_700, 5.0), undated)) == [
        ("time", 1_700), ("A", [1]), ("quote", "A", 1_500, 4.0),
    ]  # fmt: skip
    batcher = Batcher()
    batcher.undated_now = START + 9_250
    batcher.add(agg("A", 1, START + 1_700, 5.0))
    batcher.add(undated)
    assert short(batcher.take())[-1] == ("quote", "A", 9_250, 4.0), (
        "or that the exchange's clock has, where it is known"
    )


def test_of_mark_prices_the_last_one_of_a_second_is_kept() -> None:
    marks = [
        MarkMessage(symbol, START + after, price, 1.0, rate, START)
        for after, symbol, price,
        rate in ((0, "A", 1.0, 0.0001), (10, "B", 2.0, None), (300, "A", 3.0, -0.0002), (1_000, "A", 4.0, 0.0))
    ]  # fmt: skip
    assert fed(*marks) == [
        MarketTime(START),
        Mark("A", START + 300, 3.0, 1.0, -0.0002, START),
        Mark("B", START + 10, 2.0, 1.0, None, START),
        MarketTime(START + 1_000),
        Mark("A", START + 1_000, 4.0, 1.0, 0.0, START),
    ]


def test_a_halt_stands_in_its_place() -> None:
    halt = StatusMessage("A", trading=False)
    events = fed(agg("A", 1, START, 5.0), halt, agg("A", 2, START + 1, 5.0))
    assert [type(event) for event in events] == [MarketTime, Trades, TradingStatus, Trades]
    assert events[2] == TradingStatus("A", trading=False)


def test_what_is_no_market_data_changes_nothing() -> None:
    assert fed(AnsweredRequest(), RefusedRequest(2, "no")) == []


messages = st.lists(
    st.builds(
        lambda kind, symbol, time,
        price: agg(symbol, time, START + time, price) if kind else ticker(symbol, START + time, price, price + 1),
        st.booleans(), st.sampled_from("AB"), st.integers(0, 4000), st.floats(1, 9),
    ),
    max_size=40,
)  # fmt: skip


@given(messages, st.lists(st.booleans(), min_size=40, max_size=40))
def test_the_core_hears_the_same_however_it_is_cut(given_messages: list[Message], cuts: list[bool]) -> None:
    def heard(take: list[bool]) -> list[object]:
        batcher, events = Batcher(), list[Event]()
        for message, now in zip(given_messages, take, strict=False):
            batcher.add(message)
            if now:
                events += batcher.take()
        events += batcher.take()
        out: list[object] = []
        for ticks, group in groupby(events, key=lambda event: isinstance(event, MarketTime)):
            if ticks:
                out.extend(group)
                continue
            ids: dict[str, list[int]] = {}
            quotes: dict[tuple[str, int], Quote] = {}
            for event in group:
                if isinstance(event, Trades):
                    ids.setdefault(event.symbol, []).extend(event.ids.tolist())
                elif isinstance(event, Quote):
                    quotes[event.symbol, event.time // 1000] = event
            out.append((ids, quotes))
        return out

    assert heard(cuts) == heard([False] * 40)
