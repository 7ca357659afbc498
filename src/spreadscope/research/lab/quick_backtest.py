"""The quick backtest: every signal is executed at the close of the next bar in which both legs have a price."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np

from spreadscope.contract.lab import Backtest, StudyFigure, StudyTrade
from spreadscope.model.events import Ints
from spreadscope.model.facts import Signal
from spreadscope.model.hedge import Space
from spreadscope.model.states import Cause, SignalState
from spreadscope.model.timeframe import SECOND
from spreadscope.model.validity import Reason, Value
from spreadscope.research.lab.live_rows import Step
from spreadscope.research.lab.value_columns import ValueColumn
from spreadscope.trading.open_position import OpenPosition
from spreadscope.trading.pair_pnl import pair_pnl

BPS = 10_000.0
_FEW_TRADES = 30
LEFT_OUT = (
    "half of the difference between bid and ask at each of the four fills",
    "slippage: an order of any size is filled whole at the close of a bar",
    "that both legs are filled at the same moment",
    "funding while a position is held",
    "that parameters chosen on this range look better on it than on the next one",
)


class _Open:
    """A position that was entered. Its hedge ratio is the one at the signal."""

    def __init__(self, signal: Signal, time: int, price_y: float, price_x: float, beta: float) -> None:
        self.signal = signal
        self.time = time
        self.beta = beta
        side = 1 if signal.state is SignalState.LONG else -1
        self.position = OpenPosition(side, beta, price_y, price_x, space=signal.space)

    def profit(self, price_y: float, price_x: float) -> float:
        """Returns the profit before fees at these prices, in basis points of leg y's notional at entry."""
        return 100.0 * self.position.at_prices(price_y, price_x).pnl

    def close(self, time: int | None, price_y: float, price_x: float, fee: float, cause: Cause | None) -> StudyTrade:
        """Returns the round trip that ends at these prices."""
        at = self.position
        units = at.side / at.price_y
        per_unit = self.beta / at.price_x if at.space is Space.LOG else self.beta / at.price_y
        ledger = pair_pnl(
            quantities=(Decimal(units), Decimal(-at.side * per_unit)),
            mid_entry=(Decimal(at.price_y), Decimal(at.price_x)),
            mid_exit=(Decimal(price_y), Decimal(price_x)),
            fee_bps=Decimal(fee * BPS),
        )
        gross, fees = float(ledger.gross) * BPS, float(ledger.fees) * BPS
        return StudyTrade(
            side=self.signal.state,
            signal_time=self.signal.time,
            entry_time=self.time,
            exit_time=time,
            entry_z=self.signal.z,
            beta=self.beta,
            price_y=at.price_y,
            price_x=at.price_x,
            exit_y=price_y,
            exit_x=price_x,
            gross=gross,
            fees=fees,
            net=gross - fees,
            cause=cause,
        )


class QuickBacktest:
    """Takes the steps of a study in order. ``fee`` is a share of each fill's notional."""

    def __init__(self, fee: float, length: int) -> None:
        self._fee = fee
        self._seconds = length / SECOND
        self._open: _Open | None = None
        self._pending: Signal | None = None
        self._trades: list[StudyTrade] = []
        self._turnovers: list[float] = []  # of each round trip, in leg y's notional at entry
        self._realised = 0.0
        self._last: tuple[float, float] | None = None
        self._equity = ValueColumn()
        self._held = 0
        self._skipped = 0

    def add(self, step: Step) -> None:
        """Take one row: fill what is pending at its prices, mark the position, and note its signal."""
        y, x = (leg.fresh for leg in step.legs)
        if y is not None and x is not None:
            self._last = y, x
            if self._pending is not None:
                self._fill(self._pending, step.row.time, y, x)
                self._pending = None
        self._held += self._open is not None
        self._equity.append(Value(self._realised + self._unrealised()))
        if step.signal is not None:
            self._note(step.signal)

    def _note(self, signal: Signal) -> None:
        if self._pending is not None and signal.state is SignalState.FLAT and self._open is None:
            self._pending = None  # the position ended before there was a price to enter at
            self._skipped += 1
            return
        self._pending = signal

    def _fill(self, signal: Signal, time: int, y: float, x: float) -> None:
        if signal.state is SignalState.FLAT:
            if self._open is not None:
                self._close(self._open, time, y, x, signal.kind)
        elif signal.beta is None:
            self._skipped += 1
        else:
            self._open = _Open(signal, time, y, x, signal.beta)

    def _close(self, held: _Open, time: int | None, y: float, x: float, cause: Cause | None) -> None:
        trade = held.close(time, y, x, self._fee, cause)
        self._turnovers.append(held.close(time, y, x, 1.0, cause).fees / BPS)
        self._trades.append(trade)
        self._realised += trade.net
        self._open = None

    def _unrealised(self) -> float:
        """Returns the profit of the open position with the fees of leaving it now."""
        if self._open is None or self._last is None:
            return 0.0
        at = self._open.position
        weight = abs(self._open.beta) if at.space is Space.LOG else abs(self._open.beta) * at.price_x / at.price_y
        traded = 1.0 + weight + self._last[0] / at.price_y + weight * self._last[1] / at.price_x
        return self._open.profit(*self._last) - self._fee * traded * BPS

    def result(self, places: Ints) -> Backtest:
        """Returns the result; ``places`` are the rows that charts show. A position that is open ends with the range."""
        if self._pending is not None and self._pending.state is not SignalState.FLAT:
            self._skipped += 1
        if self._open is not None and self._last is not None:
            self._close(self._open, None, *self._last, None)
        return Backtest(
            trades=self._trades,
            figures=self._figures(),
            equity=self._equity.line(places),
            skipped=self._skipped,
            left_out=list(LEFT_OUT),
        )

    def break_even(self) -> Value:
        """Returns the fee of a fill (a share) at which the trades would earn nothing."""
        turnover = sum(self._turnovers)
        return Value(sum(trade.gross for trade in self._trades) / BPS / turnover) if turnover else _NO_TRADES

    def _figures(self) -> list[StudyFigure]:
        trades = self._trades
        count = len(trades)
        net = np.array([trade.net for trade in trades])
        wins = Value(float(np.mean(net > 0))) if count else _NO_TRADES
        total = float(net.sum()) if count else 0.0
        rows = len(self._equity)
        fees, gross = math.fsum(trade.fees for trade in trades), math.fsum(trade.gross for trade in trades)
        few = " So few say little." if count < _FEW_TRADES else ""
        held_seconds = self._held * self._seconds / count if count else None
        return [
            StudyFigure(
                key="trades", label="Round trips", format="fixed:0", value=Value(float(count)),
                help=f"Positions entered and left; one that is open at the end counts at the last prices.{few}",
            ),
            StudyFigure(
                key="net", label="Net", format="bp", value=Value(total / BPS),
                help="Gross less fees, summed over all round trips, in basis points of leg Y's notional.",
            ),
            StudyFigure(
                key="gross", label="Gross", format="bp", value=Value(gross / BPS),
                help="Before fees, from close to close.",
            ),
            StudyFigure(
                key="fees", label="Fees (bp)", format="fixed:2", value=Value(fees),
                help="The fee of a fill on both legs, at entry and exit.",
            ),
            StudyFigure(
                key="win_rate", label="Won", format="percent", value=wins, help="The share of round trips with a profit"
                " after fees.",
            ),
            StudyFigure(
                key="mean_net", label="Net a round trip", format="bp",
                value=Value(total / BPS / count) if count else _NO_TRADES, help="Net divided by round trips.",
            ),
            StudyFigure(
                key="drawdown", label="Largest fall", format="bp", value=Value(_drawdown(self._equity) / BPS),
                help="The deepest fall of the sum of profits from an earlier high, the start and open positions"
                " included.",
            ),
            StudyFigure(
                key="exposure", label="Time in a position", format="percent",
                value=Value(self._held / rows) if rows else _NO_TRADES, help="The share of rows with a position.",
            ),
            StudyFigure(
                key="holding", label="Mean holding time", format="duration",
                value=Value(held_seconds) if held_seconds is not None else _NO_TRADES,
                help="Rows in a position, divided by round trips.",
            ),
            StudyFigure(
                key="break_even", label="Break-even fee", format="bp", value=self.break_even(),
                help="The fee of one fill at which nothing would be left. Below what you pay there is nothing to earn.",
            ),
        ]  # fmt: skip


_NO_TRADES = Value(None, Reason.NO_TRADES)


def _drawdown(equity: ValueColumn) -> float:
    """Returns the deepest fall as a number of at most 0."""
    if not len(equity):
        return 0.0
    line = np.concatenate(([0.0], equity.numbers()))
    return float(np.min(line - np.maximum.accumulate(line)))
