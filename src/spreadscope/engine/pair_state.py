"""The state of a pair at one timeframe inside the engine: it makes rows and signals from bars."""

from __future__ import annotations

from collections.abc import Iterator

from spreadscope.bars.series import BarSeries
from spreadscope.model.config import SignalConfig
from spreadscope.model.facts import Bar, PairRow, Signal
from spreadscope.model.fault_log import FaultLog
from spreadscope.model.instrument import Pair
from spreadscope.model.parameter_layers import PairParameters
from spreadscope.model.resume import ResumePair
from spreadscope.model.states import Action, Cause, SignalState
from spreadscope.model.timeframe import SECOND, Timeframe
from spreadscope.pairs.legs import Leg, bar_price, leg_at
from spreadscope.pairs.tracker import PairTracker
from spreadscope.signals import SignalMachine

# A pair that is added later starts on the bars in memory, beyond its windows on this many.
_MAX_CATCH_UP_BARS = 600
_MAX_PAUSE_BARS = 64


class PairState:
    """A pair's tracker and signal machine: the tracker gets each bar time once, ascending, and z becomes signals."""

    def __init__(
        self, pair: Pair, timeframe: Timeframe, parameters: PairParameters, faults: FaultLog | None = None
    ) -> None:
        self.pair = pair
        self.timeframe = timeframe
        self.subject = f"{pair} {timeframe}"
        self.down_until = 0  # market time (ms) before which a pair that failed is not tried again
        self._failures = 0
        self._faults = faults or FaultLog()
        self._analytics, self._signals = parameters.analytics, parameters.signals
        self.tracker = self._new_tracker()
        levels = parameters.signals
        self._machine = SignalMachine(entry=levels.entry, exit_level=levels.exit, stop=levels.stop)
        self._entry_beta: float | None = None
        self._entry_time = -1
        self._last_row: PairRow | None = None  # the last published row, even when the tracker has started over since
        self._published_until = -1
        self._rows_at_once: int | None = None
        self.behind = False  # it has more bars to step through than it may at once
        evidence = self._analytics.evidence_rows(timeframe.milliseconds)
        self._first_bars = max(2 * self._analytics.hedge_window, evidence) + _MAX_CATCH_UP_BARS

    @property
    def parameters(self) -> PairParameters:
        return PairParameters(self._analytics, self._signals)

    def set_signals(self, signals: SignalConfig) -> None:
        """Set the thresholds from the next row on; a position stays, with the time stop of its entry."""
        self._signals = signals
        self._machine.set_levels(entry=signals.entry, exit_level=signals.exit, stop=signals.stop)

    def successor(self, parameters: PairParameters, rows_at_once: int) -> PairState:
        """Returns a state with other parameters that goes on after the rows of this one: it fills its windows from the
        bars in memory, without a position (``end`` this one's first).

        With each call it steps through ``rows_at_once`` bars at most, and is ``behind`` until it has caught up.
        """
        state = PairState(self.pair, self.timeframe, parameters, self._faults)
        state._rows_at_once = rows_at_once
        state._published_until = max(self._published_until, self._entry_time)
        state._last_row = self._last_row
        return state

    @property
    def row(self) -> PairRow | None:
        return self.tracker.row

    @property
    def last_time(self) -> int | None:
        return self.tracker.last_time

    def start_over(self, now: int) -> None:
        """Replace the tracker after a failed step: the new one fills its windows from the bars in memory.

        The position stays open. With each failure in a row the pause before the next step doubles.
        """
        self.down_until = now + self.timeframe.milliseconds * min(2**self._failures, _MAX_PAUSE_BARS)
        self._failures += 1
        self.tracker = self._new_tracker()

    def recover(self) -> bool:
        """Note a step without failure. Returns whether the step before it had failed."""
        failed, self._failures = self._failures > 0 and self.last_time is not None, 0
        return failed

    def _new_tracker(self) -> PairTracker:
        return PairTracker(self.pair, self.timeframe, self._analytics, self._faults)

    def resume(self, resumed: ResumePair) -> None:
        """Resume an earlier run: rows up to its last one only fill the windows; position and time stop stay."""
        self._published_until = resumed.last_row
        signal = resumed.signal
        if signal is None:
            return
        self._machine.resume(
            signal.state,
            time=signal.time,
            hold_for=self._time_stop(resumed.half_life),
            locked_out=signal.kind.locks_out and not resumed.calmed,
        )
        self._entry_beta, self._entry_time = signal.beta, signal.time

    def end(self, cause: str, kind: Cause) -> list[Signal]:
        """Returns the exit from an open position when nothing would watch its stop any more."""
        row = self._last_row
        if row is None or self._machine.state is SignalState.FLAT:
            return []
        # Two signals of one row would replace each other in the store.
        time = row.time if row.time > self._entry_time else row.time + self.timeframe.milliseconds
        self._machine.reset()
        self._entry_time = time
        return [
            Signal(
                self.pair,
                self.timeframe,
                time,
                Action.EXIT,
                SignalState.FLAT,
                row.z.value,
                row.spread.value,
                self._entry_beta,
                row.price_y,
                row.price_x,
                cause,
                kind,
                self._analytics.space,
            )
        ]

    def advance(
        self, y: BarSeries, x: BarSeries, start: int | None, horizon: int, *, halted: bool, newest_quote_time: int
    ) -> Iterator[PairRow | Signal]:
        """Yields rows and signals up to the bar at ``start``; on the first call for all closed bars in memory up to
        ``horizon``.

        ``newest_quote_time`` is the time (ms) of the newest quote of any symbol.
        """
        bars_y, bars_x = y.bars(self.timeframe), x.bars(self.timeframe)
        if self.last_time is None:
            if not bars_y or not bars_x:
                return
            times = sorted({*bars_y, *bars_x})[-self._first_bars :]
            first = max(bars_y.oldest() or 0, bars_x.oldest() or 0)
            times = [time for time in times if time >= first]
        elif self.behind:
            times = sorted({*bars_y.between(self.last_time + 1, horizon), *bars_x.between(self.last_time + 1, horizon)})
        elif start is None or start <= self.last_time:
            return  # rows that traders have seen are never revised
        elif start == self.last_time + self.timeframe.milliseconds:
            times = [start]
        else:
            since, until = self.last_time + 1, start + 1
            times = sorted({*bars_y.between(since, until), *bars_x.between(since, until)})
        self.behind = self._rows_at_once is not None and len(times) > self._rows_at_once
        if self.behind:
            times = times[: self._rows_at_once]
        length = self.timeframe.milliseconds
        for time in times:
            if time + length > horizon:
                return
            end = time + length
            before_y, before_x = self.tracker.legs
            idle_y, idle_x = (series.idle_before_close(self.timeframe, time) for series in (y, x))
            late = newest_quote_time < end
            mid_y, mid_x = _mid_before(y, end, length), _mid_before(x, end, length)
            leg_y = leg_at(time, length, bars_y.get(time), mid_y, before_y, idle_y, quotes_late=late)
            leg_x = leg_at(time, length, bars_x.get(time), mid_x, before_x, idle_x, quotes_late=late)
            if time > self._published_until:
                yield from self._row(time, leg_y, leg_x, halted=halted)
            else:
                self.tracker.step(time, leg_y, leg_x, halted=halted, state=self._machine.state)

    def _row(self, time: int, leg_y: Leg, leg_x: Leg, *, halted: bool) -> Iterator[PairRow | Signal]:
        row = self.tracker.step(time, leg_y, leg_x, halted=halted, state=self._machine.state)
        z = row["z_scaled"].value if self._signals.scaled else row.z.value
        if halted:
            z = None  # the signal of a halted pair neither enters nor exits
        may_enter = not (row.stale or halted or (self._signals.need_evidence and row["cointegrated"].value != 1.0))
        step = self._machine.update(
            z, time=time, hold_for=self._time_stop(longest_half_life(row, self._signals)), may_enter=may_enter
        )
        if step.state is not row.state:
            row = self.tracker.set_state(step.state)
        self._published_until, self._last_row = time, row
        yield row
        if step.action is Action.HOLD:
            return
        if step.action is not Action.EXIT:
            self._entry_beta, self._entry_time = row.beta.value, time
            self.tracker.freeze()
        yield Signal(
            self.pair,
            self.timeframe,
            time,
            step.action,
            step.state,
            z,
            row.spread.value,
            self._entry_beta,
            row.price_y,
            row.price_x,
            step.cause,
            step.kind,
            self._analytics.space,
        )

    def _time_stop(self, life: float | None) -> int | None:
        """Returns the longest time (ms) to hold a position entered at this half-life (s); None: no limit.

        The user's own figure goes first.
        """
        if self._signals.time_stop_seconds:
            return int(self._signals.time_stop_seconds * SECOND)
        if life is None or not self._signals.time_stop_half_lives:
            return None
        return int(self._signals.time_stop_half_lives * life * SECOND)

    def preview(self, y: BarSeries, x: BarSeries) -> dict[str, float | int | None]:
        """Returns prices, spread and z at the newest prices, on the hedge and the baseline of the newest row."""
        return self.preview_at(newest_price(y, self.timeframe), newest_price(x, self.timeframe))

    def preview_at(self, price_y: float | None, price_x: float | None) -> dict[str, float | int | None]:
        """Returns the same at other prices; empty where there is no row, or a leg without a price."""
        row = self.tracker.row
        if row is None or price_y is None or price_x is None:
            return {}
        preview: dict[str, float | int | None] = {"price_y": price_y, "price_x": price_x}
        at_prices = self.tracker.at(price_y, price_x)
        if at_prices is not None:
            preview["spread"], preview["z"] = at_prices
        return preview

    def executable(self, y: BarSeries, x: BarSeries) -> tuple[float, float] | None:
        """Returns z at the best bids and asks, of buying the spread and of selling it, on the hedge and the baseline of
        the newest row; None without a z or without quotes."""
        row = self.tracker.row
        if row is None or y.quote is None or x.quote is None or row.beta.value is None:
            return None
        bought, sold = (x.quote.bid, x.quote.ask) if row.beta.value > 0 else (x.quote.ask, x.quote.bid)
        buy, sell = self.tracker.at(y.quote.ask, bought), self.tracker.at(y.quote.bid, sold)
        return None if buy is None or sell is None else (buy[1], sell[1])


def longest_half_life(row: PairRow, signals: SignalConfig) -> float | None:
    """Returns the half-life (s) of the time stop.

    It is the longest that the evidence leaves possible, that of the hedge window while there is none.
    """
    longest = row["half_life_high"].value if signals.time_stop_from == "upper" else None
    return row["half_life"].value if longest is None else longest


def _mid_before(series: BarSeries, end: int, length: int) -> float | None:
    quote = series.quote_before(end, length)
    return None if quote is None else (quote.bid + quote.ask) / 2


def newest_price(series: BarSeries, timeframe: Timeframe) -> float | None:
    """Returns the mid of the newest quote of a symbol, else the price of its newest bar; None where it has neither."""
    if series.quote is not None:
        return (series.quote.bid + series.quote.ask) / 2
    bar: Bar | None = series.forming(timeframe)
    if bar is None:
        bar = series.bars(timeframe).newest()
    return None if bar is None else bar_price(bar)
