"""The quick backtest by hand: fills come after signals, and every basis point is accounted for."""

from __future__ import annotations

import math

import pytest

from spreadscope.contract.lab import Backtest
from spreadscope.model.facts import PairRow, Signal
from spreadscope.model.hedge import Space
from spreadscope.model.states import Action, Cause, SignalState
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.validity import Reason, Value
from spreadscope.pairs.legs import Leg
from spreadscope.research.lab.live_rows import Step, live_rows
from spreadscope.research.lab.quick_backtest import QuickBacktest
from tests.research.lab.pairs_of_bars import PAIR, START, bars, settings, tied

MINUTE = 60_000
LONG, SHORT, FLAT = SignalState.LONG, SignalState.SHORT, SignalState.FLAT


def signal(place: int, state: SignalState, *, beta: float | None = 0.5, space: Space = Space.LOG) -> Signal:
    action = {LONG: Action.BUY_SPREAD, SHORT: Action.SELL_SPREAD, FLAT: Action.EXIT}[state]
    kind = Cause.BACK_INSIDE if state is FLAT else Cause.ENTRY
    time = START + place * MINUTE
    return Signal(PAIR, Timeframe.M1, time, action, state, 2.5, 0.0, beta, 1.0, 1.0, "", kind, space)


def step(place: int, y: float | None, x: float | None, said: Signal | None = None) -> Step:
    row = PairRow(
        pair=PAIR, timeframe=Timeframe.M1, time=START + place * MINUTE, price_y=y, price_x=x, age_y=0, age_x=0, n=100,
        statistics={}, state=FLAT, stale=False, incomplete=False,
    )  # fmt: skip
    return Step(row, said, (Leg(y, y, 0, complete=True), Leg(x, x, 0, complete=True)))


def backtest(steps: list[Step], fee: float = 0.0) -> Backtest:
    run = QuickBacktest(fee, MINUTE)
    for each in steps:
        run.add(each)
    return run.result(range(len(steps)))  # type: ignore[arg-type]


def figures(result: Backtest) -> dict[str, Value]:
    return {figure.key: figure.value for figure in result.figures}


def test_a_round_trip_is_filled_at_the_next_closes() -> None:
    result = backtest(
        [
            step(0, 100.0, 50.0, signal(0, LONG)),
            step(1, 101.0, 50.0),
            step(2, 103.0, 51.0, signal(2, FLAT)),
            step(3, 102.01, 50.5),
        ]
    )
    (trade,) = result.trades
    assert (trade.signal_time, trade.entry_time, trade.exit_time) == tuple(START + n * MINUTE for n in (0, 1, 3))
    assert (trade.price_y, trade.price_x, trade.exit_y, trade.exit_x) == (101.0, 50.0, 102.01, 50.5)
    # y rose by 1%, x too, of which half is sold: 100 bp − 50 bp.
    assert trade.gross == pytest.approx(50.0, abs=1e-9)
    assert trade.net == trade.gross
    assert trade.cause is Cause.BACK_INSIDE


@pytest.mark.parametrize(("state", "side"), [(LONG, 1.0), (SHORT, -1.0)])
@pytest.mark.parametrize("space", list(Space))
def test_gross_and_fees_by_hand(state: SignalState, side: float, space: Space) -> None:
    beta = 0.5 if space is Space.LOG else 1.2
    result = backtest(
        [
            step(0, 100.0, 50.0, signal(0, state, beta=beta, space=space)),
            step(1, 100.0, 40.0, signal(1, FLAT)),
            step(2, 104.0, 44.0),
        ],
        fee=0.001,
    )
    (trade,) = result.trades
    weight = beta if space is Space.LOG else beta * 40.0 / 100.0  # the value of x against that of y
    assert trade.gross == pytest.approx(side * 1e4 * (0.04 - weight * 0.10), rel=1e-9)
    assert trade.fees == pytest.approx(10.0 * (1 + weight + 1.04 + weight * 1.10), rel=1e-9)
    assert trade.net == pytest.approx(trade.gross - trade.fees)


def test_nothing_is_filled_without_both_prices() -> None:
    result = backtest(
        [
            step(0, 100.0, 50.0, signal(0, LONG)),
            step(1, 101.0, None),
            step(2, None, None),
            step(3, 102.0, 51.0, signal(3, FLAT)),
            step(4, 103.0, None),
            step(5, 104.0, 52.0),
        ]
    )
    (trade,) = result.trades
    assert (trade.entry_time, trade.exit_time) == (START + 3 * MINUTE, START + 5 * MINUTE)


def test_a_signal_that_ends_before_it_could_be_filled_is_counted_as_skipped() -> None:
    result = backtest(
        [step(0, 100.0, 50.0, signal(0, LONG)), step(1, None, 50.0, signal(1, FLAT)), step(2, 100.0, 50.0)]
    )
    assert result.trades == []
    assert result.skipped == 1
    assert figures(result)["win_rate"] == Value(None, Reason.NO_TRADES)


def test_a_signal_at_the_last_bar_has_no_later_one() -> None:
    result = backtest([step(0, 100.0, 50.0), step(1, 100.0, 50.0, signal(1, SHORT))])
    assert (result.trades, result.skipped) == ([], 1)


def test_a_position_that_is_open_at_the_end_counts_at_the_last_prices() -> None:
    result = backtest(
        [step(0, 100.0, 50.0, signal(0, LONG)), step(1, 100.0, 50.0), step(2, 102.0, 50.0), step(3, None, 50.0)]
    )
    (trade,) = result.trades
    assert trade.exit_time is None
    assert trade.cause is None
    assert trade.gross == pytest.approx(200.0)


def test_the_equity_is_marked_and_falls_from_its_high() -> None:
    result = backtest(
        [
            step(0, 100.0, 50.0, signal(0, LONG, beta=0.0)),
            step(1, 100.0, 50.0),
            step(2, 103.0, 50.0),
            step(3, 101.0, 50.0, signal(3, FLAT)),
            step(4, 102.0, 50.0),
        ]
    )
    assert result.equity.values == pytest.approx([0.0, 0.0, 300.0, 100.0, 200.0])
    assert figures(result)["drawdown"].value == pytest.approx(-0.02)
    assert figures(result)["exposure"].value == pytest.approx(3 / 5)
    assert figures(result)["net"].value == pytest.approx(0.02)


def test_the_break_even_fee_leaves_nothing() -> None:
    y, x = tied(1_500, half_life=8.0)
    parameters = settings(analytics__hedge_window=60, analytics__z_window=30)
    steps = list(live_rows(PAIR, Timeframe.M1, parameters.parameters, bars(PAIR.y, y), bars(PAIR.x, x)))
    free = backtest(steps)
    edge = figures(free)["break_even"].value
    assert edge is not None
    assert len(free.trades) > 20
    assert figures(backtest(steps, edge))["net"].value == pytest.approx(0.0, abs=1e-12)
    priced = backtest(steps, 0.0005)
    assert [trade.gross for trade in priced.trades] == [trade.gross for trade in free.trades]
    net = figures(priced)["net"].value
    assert priced.equity.values[-1] == pytest.approx(1e4 * (net or math.nan), rel=1e-9)
    assert net == pytest.approx(math.fsum(trade.net for trade in priced.trades) / 1e4, rel=1e-12)


def test_no_fill_looks_ahead() -> None:
    """The trades of a part of the range are the first ones of the whole."""
    y, x = tied(900, half_life=8.0)
    parameters = settings(analytics__hedge_window=60, analytics__z_window=30)
    steps = list(live_rows(PAIR, Timeframe.M1, parameters.parameters, bars(PAIR.y, y), bars(PAIR.x, x)))
    whole, part = backtest(steps), backtest(steps[:600])
    closed = [trade for trade in part.trades if trade.exit_time is not None]
    assert len(closed) > 3
    assert closed == whole.trades[: len(closed)]
    assert all(trade.entry_time > trade.signal_time for trade in whole.trades)
