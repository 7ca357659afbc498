"""A pair at one timeframe inside the engine: its tracker, its signal, and how bars become rows."""

from __future__ import annotations

from collections.abc import Iterator

from spreadscope.bars.series import BarSeries
from spreadscope.model.config import Config, SignalConfig
from spreadscope.model.facts import Bar, PairRow, Signal
from spreadscope.model.fault_log import FaultLog
from spreadscope.model.instrument import Pair
from spreadscope.model.resume import ResumePair
from spreadscope.model.states import Action, Cause, SignalState
from spreadscope.model.timeframe import SECOND, Timeframe
from spreadscope.pairs.legs import Leg, bar_price, leg_at
from spreadscope.pairs.tracker import PairTracker
from spreadscope.signals import SignalMachine

# A pair taken up late starts on the bars in memory; more than this many of them nobody looks at.
_CATCH_UP = 600
_LONGEST_REST = 64  # bars


class PairState:
    """Feeds the tracker with every bar time once, ascending, and turns z into signals."""

    def __init__(self, pair: Pair, timeframe: Timeframe, config: Config, faults: FaultLog | None = None) -> None:
        self.pair = pair
        self.timeframe = timeframe
        self.subject = f"{pair} {timeframe}"
        self.down_until = 0  # market time (ms) before which a pair that failed is not tried again
        self._failures = 0
        self._faults = faults or FaultLog()
        self._analytics = config.analytics
        self.tracker = self._new_tracker()
        self._machine = SignalMachine(
            entry=config.signals.entry, exit_level=config.signals.exit, stop=config.signals.stop
        )
        self._entry_beta: float | None = None
        self._entered = -1
        self._newest: PairRow | None = None  # what was said last, also where the tracker began anew since
        self._said_until = -1
        evidence = config.analytics.evidence_rows(timeframe.milliseconds)
        self._seed = max(2 * config.analytics.hedge_window, evidence) + _CATCH_UP
        self._signals = config.signals

    @property
    def row(self) -> PairRow | None:
        return self.tracker.row

    @property
    def last_time(self) -> int | None:
        return self.tracker.last_time

    def start_over(self, now: int) -> None:
        """A step failed, and what it left is not to be trusted: a new tracker fills its windows from the bars in memory. The
        position holds; the more often in a row it fails, the longer until it is tried again."""
        self.down_until = now + self.timeframe.milliseconds * min(2**self._failures, _LONGEST_REST)
        self._failures += 1
        self.tracker = self._new_tracker()

    def recover(self) -> bool:
        """A step went well; returns whether one before it had failed."""
        failed, self._failures = self._failures > 0 and self.last_time is not None, 0
        return failed

    def _new_tracker(self) -> PairTracker:
        return PairTracker(self.pair, self.timeframe, self._analytics, self._faults)

    def resume(self, earlier: ResumePair) -> None:
        """Go on after an earlier run: rows up to its last were said and only fill the windows; position and time stop hold."""
        self._said_until = earlier.last_row
        signal = earlier.signal
        if signal is None:
            return
        self._machine.resume(
            signal.state,
            time=signal.time,
            hold_for=self._time_stop(earlier.half_life),
            locked_out=signal.kind.locks_out and not earlier.calmed,
        )
        self._entry_beta, self._entered = signal.beta, signal.time

    def end(self) -> list[Signal]:
        """The pair is followed no more: a position that it holds is left, for nobody watches its stop any longer."""
        row = self._newest
        if row is None or self._machine.state is SignalState.FLAT:
            return []
        time = row.time if row.time > self._entered else row.time + self.timeframe.milliseconds
        self._machine.reset()
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
                "the pair is followed no more",
                Cause.PAIR_REMOVED,
                self._analytics.space,
            )
        ]

    def advance(
        self, y: BarSeries, x: BarSeries, start: int | None, horizon: int, *, halted: bool, quotes_until: int
    ) -> Iterator[PairRow | Signal]:
        """Rows and signals up to the bar at ``start``; on the first call for all closed bars in memory up to ``horizon``.

        ``quotes_until`` is the time (ms) of the newest quote of any symbol.
        """
        bars_y, bars_x = y.bars(self.timeframe), x.bars(self.timeframe)
        if self.last_time is None:
            if not bars_y or not bars_x:
                return
            times = sorted({*bars_y, *bars_x})[-self._seed :]
            first = max(bars_y.oldest() or 0, bars_x.oldest() or 0)
            times = [time for time in times if time >= first]
        elif start is None or start <= self.last_time:
            return  # a late bar revises bars, not the rows that traders have already seen
        elif start == self.last_time + self.timeframe.milliseconds:
            times = [start]
        else:
            since, until = self.last_time + 1, start + 1
            times = sorted({*bars_y.between(since, until), *bars_x.between(since, until)})
        length = self.timeframe.milliseconds
        for time in times:
            if time + length > horizon:
                return
            end = time + length
            before_y, before_x = self.tracker.legs
            idle_y, idle_x = (series.idle_in(self.timeframe, time) for series in (y, x))
            late = quotes_until < end
            quoted_y, quoted_x = _quoted(y, end, length), _quoted(x, end, length)
            leg_y = leg_at(time, length, bars_y.get(time), quoted_y, before_y, idle_y, quotes_late=late)
            leg_x = leg_at(time, length, bars_x.get(time), quoted_x, before_x, idle_x, quotes_late=late)
            if time > self._said_until:
                yield from self._row(time, leg_y, leg_x, halted=halted)
            else:
                self.tracker.step(time, leg_y, leg_x, halted=halted, state=self._machine.state)

    def _row(self, time: int, leg_y: Leg, leg_x: Leg, *, halted: bool) -> Iterator[PairRow | Signal]:
        row = self.tracker.step(time, leg_y, leg_x, halted=halted, state=self._machine.state)
        z = row["z_scaled"].value if self._signals.scaled else row.z.value
        if halted:
            z = None  # a frozen pair neither enters nor exits, however well its last prices look
        may_enter = not (row.stale or halted or (self._signals.need_evidence and row["cointegrated"].value != 1.0))
        step = self._machine.update(
            z, time=time, hold_for=self._time_stop(longest_half_life(row, self._signals)), may_enter=may_enter
        )
        if step.state is not row.state:
            row = self.tracker.restate(step.state)
        self._said_until, self._newest = time, row
        yield row
        if step.action is Action.HOLD:
            return
        if step.action is not Action.EXIT:
            self._entry_beta, self._entered = row.beta.value, time
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
        """For how long (ms) a position is held at most that was entered at this half-life (s); None: for ever. The user's own figure goes first."""
        if self._signals.time_stop_seconds:
            return int(self._signals.time_stop_seconds * SECOND)
        if life is None or not self._signals.time_stop_half_lives:
            return None
        return int(self._signals.time_stop_half_lives * life * SECOND)

    def preview(self, y: BarSeries, x: BarSeries) -> dict[str, float | int | None]:
        """Prices, spread and z of the newest row at the newest prices, on the hedge and the baseline of that row."""
        row = self.tracker.row
        price_y, price_x = _newest_price(y, self.timeframe), _newest_price(x, self.timeframe)
        if row is None or price_y is None or price_x is None:
            return {}
        preview: dict[str, float | int | None] = {"price_y": price_y, "price_x": price_x}
        found = self.tracker.at(price_y, price_x)
        if found is not None:
            preview["spread"], preview["z"] = found
        return preview


def longest_half_life(row: PairRow, signals: SignalConfig) -> float | None:
    """Returns the half-life (s) that a time stop counts from: the longest that the evidence leaves possible, that of the hedge window while there is none."""
    longest = row["half_life_high"].value if signals.time_stop_from == "upper" else None
    return row["half_life"].value if longest is None else longest


def _quoted(series: BarSeries, end: int, length: int) -> float | None:
    quote = series.quote_before(end, length)
    return None if quote is None else (quote.bid + quote.ask) / 2


def _newest_price(series: BarSeries, timeframe: Timeframe) -> float | None:
    if series.quote is not None:
        return (series.quote.bid + series.quote.ask) / 2
    bar: Bar | None = series.forming(timeframe)
    if bar is None:
        bar = series.bars(timeframe).newest()
    return None if bar is None else bar_price(bar)
