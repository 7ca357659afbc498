"""What the product says of pairs with a known truth, at the settings of a configuration.

``stats.check`` measures decisions at sizes of its own. Here pairs go through the code that rows and signals of a live
pair go through, with the windows, models and thresholds that a user has chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from spreadscope.bars.series import BarSeries
from spreadscope.engine.pair_state import PairState
from spreadscope.jit import FloatArray
from spreadscope.model.facts import Bar, PairRow, Signal
from spreadscope.model.instrument import Pair
from spreadscope.model.parameter_layers import PairParameters
from spreadscope.model.states import Cause
from spreadscope.model.timeframe import Timeframe
from spreadscope.signals.advice import cautions
from spreadscope.stats import synthetic_pairs
from spreadscope.stats.check import CheckRow, clopper_pearson
from spreadscope.stats.evidence import cointegration_evidence
from spreadscope.stats.sequential_evidence import evidence_over

WATCHED_WINDOWS = 3
"""A pair is watched for so many windows of the evidence."""
HALF_LIVES = (10, 30, 100)
UNTIED: dict[str, Callable[[int, int], synthetic_pairs.Legs]] = {
    "unrelated": synthetic_pairs.unrelated,
    "unrelated, volatility in clusters": synthetic_pairs.clustered,
    "unrelated, calm after a storm": synthetic_pairs.storm,
    "unrelated, bid-ask bounce": synthetic_pairs.with_bounce,
    "unrelated, a fifth of the rows missing": synthetic_pairs.with_holes,
    "unrelated, one bad bar": synthetic_pairs.with_bad_bar,
}
_SLACK = 0.03  # above the level, for legs that no theory of the test knows
_FEWEST_LIVE = 4
_LIVE_SHARE = 10  # of so many pairs one goes through rows and signals, which cost the most
_LIVE_ROWS = 500  # that are counted, beside those that fill the windows
_LIVE_FIGURES = 3
_PAIR = Pair("YUSDT", "XUSDT")


@dataclass(frozen=True, slots=True)
class _Live:
    """What rows and signals said of the counted rows of some pairs."""

    rows: int
    beyond: int
    entries: int
    unwarned: int


class SettingsCheck:
    """Measures one set of parameters at a timeframe on ``pairs`` synthetic pairs a row of the table."""

    def __init__(self, parameters: PairParameters, timeframe: Timeframe, *, pairs: int, seed: int) -> None:
        self.pairs = pairs
        self._parameters = parameters
        self._timeframe = timeframe
        self._seed = seed

    def __len__(self) -> int:
        """Returns the number of rows of the table."""
        return len(UNTIED) + 2 * len(HALF_LIVES) + 1 + 2 * _LIVE_FIGURES

    def rows(self) -> Iterator[CheckRow]:
        """Yields the rows as they are measured: what is called cointegrated, then what z and signals say."""
        level = self._parameters.analytics.evidence_level
        for name, make in UNTIED.items():
            limit = level if make is synthetic_pairs.unrelated else level + _SLACK
            yield self._bounded(f"{name}: ever called cointegrated", self._called(make, WATCHED_WINDOWS), limit)
        for life in HALF_LIVES:
            rate = self._called(_tied(life), 1)
            yield self._reported(f"tied, half-life {life} rows: called so within one evidence window", rate)
        yield self._reported("unrelated: p ≤ 5% at one row (hedge window)", self._at_a_row(synthetic_pairs.unrelated))
        for life in HALF_LIVES:
            yield self._reported(
                f"tied, half-life {life} rows: p ≤ 5% at one row (hedge window)", self._at_a_row(_tied(life))
            )
        for name, make in (("unrelated", synthetic_pairs.unrelated), ("tied, half-life 30 rows", _tied(30))):
            live = self._live(make)
            entry = self._parameters.signals.entry
            yield self._reported(f"{name}: rows with |z| of {entry:g} or more", (live.beyond, live.rows))
            yield self._reported(f"{name}: rows that are an entry", (live.entries, live.rows))
            yield self._reported(f"{name}: entries without a caution", (live.unwarned, live.entries))

    def _called(self, make: Callable[[int, int], synthetic_pairs.Legs], windows: int) -> tuple[int, int]:
        """How many pairs the looks call cointegrated at any row."""
        analytics = self._parameters.analytics
        window = analytics.evidence_rows(self._timeframe.milliseconds)
        hits = 0
        for seed in self._seeds(self.pairs):
            looks = evidence_over(*make(windows * window, seed), window, level=analytics.evidence_level, seed=seed)
            hits += any(look.adjusted <= analytics.evidence_level for look in looks)
        return hits, self.pairs

    def _at_a_row(self, make: Callable[[int, int], synthetic_pairs.Legs]) -> tuple[int, int]:
        """How many pairs have a small p in one hedge window, as the diagnostic of a row says it."""
        analytics = self._parameters.analytics
        hits = 0
        for seed in self._seeds(self.pairs):
            found = cointegration_evidence(
                *make(analytics.hedge_window, seed), direction=analytics.direction, max_lags=analytics.max_lags
            )
            hits += bool(found.cointegrated)
        return hits, self.pairs

    def _live(self, make: Callable[[int, int], synthetic_pairs.Legs]) -> _Live:
        """Send pairs through rows and signals, and count what they say once the windows are full."""
        analytics, signals = self._parameters.analytics, self._parameters.signals
        fill = max(2 * analytics.hedge_window, analytics.evidence_rows(self._timeframe.milliseconds))
        rows = beyond = entries = unwarned = 0
        for seed in self._seeds(max(_FEWEST_LIVE, self.pairs // _LIVE_SHARE)):
            last: PairRow | None = None
            for fact in _facts(*make(fill + _LIVE_ROWS, seed), self._timeframe, self._parameters):
                if isinstance(fact, PairRow):
                    last = fact
                    if fact.time >= fill * self._timeframe.milliseconds:
                        z = fact["z_scaled"].value if signals.scaled else fact.z.value
                        rows += 1
                        beyond += z is not None and abs(z) >= signals.entry
                elif last is not None and fact.kind is Cause.ENTRY and last.time >= fill * self._timeframe.milliseconds:
                    entries += 1
                    unwarned += not cautions(fact, last, exit_level=signals.exit)
        return _Live(rows, beyond, entries, unwarned)

    def _seeds(self, count: int) -> range:
        return range(self._seed, self._seed + count)

    def _bounded(self, what: str, counted: tuple[int, int], limit: float) -> CheckRow:
        row = self._reported(what, counted)
        return CheckRow(what, row.hedge, row.rate, f"<= {limit:.2f}", row.rate.rate <= limit, shown=True)

    def _reported(self, what: str, counted: tuple[int, int]) -> CheckRow:
        hits, n = counted
        rate = clopper_pearson(hits, max(1, n))
        return CheckRow(what, str(self._parameters.analytics.hedge), rate, "reported", None, shown=True)


def _tied(half_life: int) -> Callable[[int, int], synthetic_pairs.Legs]:
    def make(rows: int, seed: int) -> synthetic_pairs.Legs:
        return synthetic_pairs.tied(rows, half_life, seed)

    return make


def _facts(
    y: FloatArray, x: FloatArray, timeframe: Timeframe, parameters: PairParameters
) -> Iterator[PairRow | Signal]:
    """Yields rows and signals of a pair with these log prices, as the engine makes them from closed bars."""
    bars_y, bars_x = (BarSeries(symbol, (timeframe,)) for symbol in _PAIR.symbols)
    for series, log_prices in ((bars_y, y), (bars_x, x)):
        prices = (100.0 * np.exp(log_prices)).tolist()
        series.restore(_bar(series.symbol, timeframe, number, price) for number, price in enumerate(prices))
    horizon = len(y) * timeframe.milliseconds
    state = PairState(_PAIR, timeframe, parameters)
    yield from state.advance(bars_y, bars_x, None, horizon, halted=False, newest_quote_time=horizon)


def _bar(symbol: str, timeframe: Timeframe, number: int, price: float) -> Bar:
    return Bar(symbol, timeframe, number * timeframe.milliseconds, price, price, price, price, 1.0, 1, complete=True)
