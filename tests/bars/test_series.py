"""Bars: half-open, revised by late trades, with their last quote, in bounded memory."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from spreadscope.bars.series import MAX_BARS, BarSeries
from spreadscope.exchange.recording import AggTradeBuilder, merge_recordings
from spreadscope.model.events import BarRow, Quote
from spreadscope.model.facts import Bar
from spreadscope.model.states import BarOrigin
from spreadscope.model.timeframe import TIMEFRAMES, Timeframe
from tests.support.market import START, trades

S1, M1, M5 = TIMEFRAMES


def close_all(series: BarSeries, timeframe: Timeframe = S1, *, complete: bool = True) -> list[Bar]:
    return [series.close(timeframe, start, complete=complete) for start in series.due(timeframe, 1 << 60)]


def test_a_bar_is_half_open() -> None:
    series = BarSeries("BTCUSDT")
    times = [START, START + 999, START + 1000, START + 1999, START + 2000]
    series.add(trades(range(5), times=times, prices=[1.0, 2.0, 3.0, 4.0, 5.0]))
    assert [(b.open_time - START, b.open, b.close, b.trades) for b in close_all(series)] == [
        (0, 1.0, 2.0, 2), (1000, 3.0, 4.0, 2), (2000, 5.0, 5.0, 1),
    ]  # fmt: skip


@pytest.mark.parametrize("timeframe", TIMEFRAMES)
def test_a_bar_is_due_at_its_end_and_not_before(timeframe: Timeframe) -> None:
    series = BarSeries("BTCUSDT")
    series.add(trades([1], times=[START]))
    end = START + timeframe.milliseconds
    assert series.due(timeframe, end - 1) == []
    assert series.due(timeframe, end) == [START]


def test_ids_decide_open_and_close_inside_a_millisecond() -> None:
    series = BarSeries("BTCUSDT")
    series.add(trades([9, 7, 8], times=[START] * 3, prices=[9.0, 7.0, 8.0]))
    series.add(trades([6, 10], times=[START + 1, START], prices=[6.0, 10.0]))
    (bar,) = close_all(series)
    assert (bar.open, bar.close, bar.high, bar.low, bar.trades) == (6.0, 10.0, 10.0, 6.0, 5)


def test_the_volume_is_exact() -> None:
    series = BarSeries("BTCUSDT")
    series.add(trades(range(10_000), times=[START] * 10_000, quantities=[0.1] * 10_000))
    series.add(trades([10_001], times=[START], quantities=[0.00000001]))
    assert close_all(series)[0].volume == 1000.00000001


def test_prints_without_price_or_quantity_are_in_no_bar() -> None:
    series = BarSeries("BTCUSDT")
    series.add(trades([1, 2, 3], times=[START] * 3, prices=[0.0, 5.0, 9.0], quantities=[1.0, 1.0, 0.0]))
    (bar,) = close_all(series)
    assert (bar.low, bar.high, bar.trades) == (5.0, 5.0, 1)


def test_a_late_trade_revises() -> None:
    series = BarSeries("BTCUSDT")
    series.add(trades([1, 3], times=[START, START + 20], prices=[5.0, 6.0]))
    close_all(series, complete=False)
    changed, forgotten = series.add(trades([2], times=[START + 10], prices=[99.0]))
    assert (changed, forgotten) == ({S1: {START}}, {})
    bar = series.revise(S1, START, complete=True)
    assert bar is not None
    assert (bar.high, bar.close, bar.trades, bar.complete, bar.revised) == (99.0, 6.0, 3, True, True)
    assert series.revise(S1, START, complete=True) is None
    assert series.bars(S1)[START] == bar


def test_a_late_trade_makes_a_bar_that_was_not_there() -> None:
    series = BarSeries("BTCUSDT")
    series.add(trades([1, 9], times=[START, START + 5000]))
    close_all(series)
    changed, _ = series.add(trades([5], times=[START + 2000]))
    assert changed == {S1: {START + 2000}}
    bar = series.revise(S1, START + 2000, complete=True)
    assert bar is not None
    assert not bar.revised
    assert list(series.bars(S1)) == [START, START + 2000, START + 5000]


# --- quotes ---------------------------------------------------------------------------------------------------------


def quote(time: int, bid: float) -> Quote:
    return Quote("BTCUSDT", START + time, bid, bid + 1)


def test_the_last_quote_before_the_close_belongs_to_the_bar() -> None:
    series = BarSeries("BTCUSDT")
    for time, bid in ((100, 1.0), (900, 2.0), (1000, 3.0), (1500, 4.0)):
        series.set_quote(quote(time, bid))
    series.add(trades([1], times=[START + 5]))
    (bar,) = [series.close(S1, START, complete=True)]
    assert (bar.bid, bar.ask) == (2.0, 3.0)
    assert series.quote == quote(1500, 4.0)


def test_a_quote_from_before_the_bar_is_not_its_own() -> None:
    series = BarSeries("BTCUSDT")
    series.set_quote(quote(-1, 1.0))
    series.add(trades([1], times=[START + 5]))
    assert series.close(S1, START, complete=True).bid is None
    minute = series.close(M1, START, complete=True)
    assert minute.bid is None


def test_an_older_quote_changes_nothing() -> None:
    series = BarSeries("BTCUSDT")
    series.set_quote(quote(900, 2.0))
    series.set_quote(quote(800, 1.0))
    assert series.quote_before(START + 1000, 1000) == quote(900, 2.0)
    assert series.quote_before(START + 5000, 1000) is None


# --- klines ---------------------------------------------------------------------------------------------------------


def kline(start: int, close: float = 50.0, count: int = 3) -> BarRow:
    return BarRow(start, 49.0, 51.0, 48.0, close, 7.5, count)


def test_a_kline_stands_in_only_where_the_tape_is_not_whole() -> None:
    series = BarSeries("BTCUSDT")
    series.add(trades([1, 2, 3], times=[START, START + 60_000, START + 120_000]))
    series.close(M1, START, complete=False)
    series.close(M1, START + 60_000, complete=True)
    rows = [kline(START + 60_000 * i) for i in range(-1, 3)]
    taken = series.add_klines(M1, rows)
    assert [(bar.open_time - START) // 60_000 for bar in taken] == [-1, 0]
    assert all(bar.origin is BarOrigin.KLINE and bar.complete for bar in taken)
    assert [bar.revised for bar in taken] == [False, True]
    assert series.bars(M1)[START + 60_000].origin is BarOrigin.TAPE
    assert series.add_klines(M1, rows) == []


def test_the_whole_tape_bar_takes_the_klines_place() -> None:
    series = BarSeries("BTCUSDT")
    series.add_klines(M1, [kline(START)])
    series.add(trades([1], times=[START + 5]))
    assert series.close(M1, START, complete=False).origin is BarOrigin.KLINE
    bar = series.revise(M1, START, complete=True)
    assert bar is not None
    assert (bar.origin, bar.trades) == (BarOrigin.TAPE, 1)


def test_a_kline_without_trades_is_a_filled_price_and_left_out() -> None:
    assert BarSeries("BTCUSDT").add_klines(M1, [kline(START, count=0)]) == []


# --- memory and restarts --------------------------------------------------------------------------------------------


def test_memory_is_bounded_and_what_left_it_is_named() -> None:
    series = BarSeries("BTCUSDT")
    n = MAX_BARS[S1] + 50
    for start in range(0, n, 500):
        ids = range(start, min(start + 500, n))
        series.add(trades(ids, times=[START + i * 1000 for i in ids]))
        close_all(series)
    assert len(series.bars(S1)) == MAX_BARS[S1]
    assert len(series._closed[S1]) == MAX_BARS[S1]
    assert min(series.bars(S1)) == START + 50_000
    changed, forgotten = series.add(trades([n + 1], times=[START + 3]))
    assert forgotten == {S1: {START}}
    assert S1 not in changed
    for time in range(0, 1000 * 400, 100):
        series.set_quote(Quote("BTCUSDT", START + time, 1.0, 2.0))
    assert len(series._quotes) <= 128


def test_bars_of_an_earlier_run_are_left_to_the_store() -> None:
    first = BarSeries("BTCUSDT")
    first.add(trades(range(3), times=[START + i * 1000 for i in range(3)]))
    stored = close_all(first)
    again = BarSeries("BTCUSDT")
    again.restore(stored[1:])
    assert list(again.bars(S1).values()) == stored[1:]
    # A late trade of a bar that was restored, of one that is older, and of a new one.
    changed, forgotten = again.add(trades([7, 8, 9], times=[START + 1500, START - 9000, START + 3000]))
    assert forgotten[S1] == {START + 1000, START - 9000}
    assert S1 not in changed
    assert again.due(S1, 1 << 60) == [START + 3000]


def test_a_restored_kline_is_not_replaced_by_a_part_of_the_tape() -> None:
    series = BarSeries("BTCUSDT")
    series.restore(BarSeries("BTCUSDT").add_klines(M1, [kline(START), kline(START + 60_000)]))
    _, forgotten = series.add(trades([1], times=[START + 5]))
    assert forgotten[M1] == {START}


def test_the_forming_bar_is_the_newest_open_one() -> None:
    series = BarSeries("BTCUSDT")
    assert series.forming(S1) is None
    series.add(trades([1, 2], times=[START, START + 1000]))
    forming = series.forming(S1)
    assert forming is not None
    assert (forming.open_time, forming.complete) == (START + 1000, False)


@pytest.mark.shared
def test_the_golden_bar(shared: Path) -> None:
    class Wrapped(msgspec.Struct):
        stream: str = ""
        data: msgspec.Raw = msgspec.Raw(b"")

    frames = shared / "data" / "frames"
    builder, rows = AggTradeBuilder(), []
    for item in merge_recordings(frames / f"um_btcusdt_{day}.recv_ts_json.gz" for day in ("20230404", "20230405")):
        wrapped = msgspec.json.decode(item.payload, type=Wrapped)
        if wrapped.stream.endswith("@trade"):
            rows += builder.add(bytes(wrapped.data))
    rows += builder.flush()
    series = BarSeries("BTCUSDT")
    whole = trades(
        [row.a for row in rows], [row.T for row in rows], [float(row.p) for row in rows], [float(row.q) for row in rows]
    )
    order = np.random.default_rng(5).permutation(len(whole))
    for part in np.array_split(order, 40):
        series.add(whole.take(part))
    bar = series.close(M5, 1_680_652_800_000, complete=True)
    assert (bar.open, bar.high, bar.low, bar.close, bar.volume) == (28155.1, 28159.2, 28140.0, 28140.6, 685.263)
