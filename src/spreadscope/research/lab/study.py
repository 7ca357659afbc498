"""A study of one pair: bars of both legs and sets of parameters in, everything that the page shows out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import msgspec
import numpy as np

from spreadscope.contract.lab import FileReport, LegStudy, Study, StudyFigure, StudySet, Verdict
from spreadscope.model.errors import ConfigError
from spreadscope.model.events import Floats, Ints
from spreadscope.model.facts import Bar, PairRow
from spreadscope.model.hedge import HedgeName, Space
from spreadscope.model.instrument import Pair
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.validity import NOT_STORED, Reason, Value
from spreadscope.pairs.statistics import STATISTICS, label
from spreadscope.research.job_kinds import ReportProgress
from spreadscope.research.lab.correlograms import lead_lag
from spreadscope.research.lab.hedge_paths import OtherModels, PathColumns
from spreadscope.research.lab.live_rows import Step, live_rows
from spreadscope.research.lab.quick_backtest import QuickBacktest
from spreadscope.research.lab.study_legs import BPS, Legs, heat, legs_of, study_leg
from spreadscope.research.lab.study_parameters import MOST_ROWS
from spreadscope.research.lab.study_settings import StudySettings
from spreadscope.research.lab.tie import Tie, scatter_of, tie_of
from spreadscope.research.lab.value_columns import ValueColumn, line_of, shown_places
from spreadscope.research.lab.verdict import Findings, verdict_of

SHOWN_ROWS = 3_000
FEWEST_ROWS = 60
# Statistics that a chart of the study shows beside z, spread and β.
LINES = (
    "correlation", "realised_correlation", "eg_p", "coint_p", "half_life", "half_life_unbiased", "spread_mean",
    "spread_sd", "z_scaled", "breakdown",
)  # fmt: skip
# Statistics of the last row that stand among the figures of a set.
_LAST = ("coint_p", "look_p", "looks", "looks_passed", "z_width", "breakdown")
_REPORT_EVERY = 200

TakeRow = Callable[[int, PairRow], None]
"""Called with the number of the set and each row, for the table."""


class StudyInput(msgspec.Struct, frozen=True, kw_only=True):
    """What a study is made of. Bars ascend in time; ``sources`` says where those of each leg come from;
    charts show ``shown_rows`` rows."""

    pair: Pair
    timeframe: Timeframe
    bars_y: Sequence[Bar]
    bars_x: Sequence[Bar]
    sets: Sequence[StudySettings]
    sources: tuple[str, str] = ("the store", "the store")
    demo: bool = False
    notes: Sequence[str] = ()
    files: Sequence[FileReport] = ()
    shown_rows: int = SHOWN_ROWS


def study(given: StudyInput, progress: ReportProgress = lambda *_: None, take_row: TakeRow = lambda *_: None) -> Study:
    """Returns the study. Raises ``ConfigError`` where the range is too short or too long for one."""
    _check(given)
    legs = legs_of(given.bars_y, given.bars_x, given.timeframe.milliseconds)
    progress(0.0, "the tie of the legs over the range")
    tie = tie_of(legs, seed=given.timeframe.milliseconds)
    both = (
        study_leg(given.pair.y, given.bars_y, legs.y, given.timeframe, given.sources[0]),
        study_leg(given.pair.x, given.bars_x, legs.x, given.timeframe, given.sources[1]),
    )
    runs = []
    for number, settings in enumerate(given.sets):
        run = _Run(given, settings)
        for step in _reported(run.steps(), given, number, legs, progress):
            run.add(step)
            take_row(number, step.row)
        runs.append(run)
    places = shown_places(runs[0].z.numbers(), given.shown_rows)
    first = runs[0]
    return Study(
        pair=str(given.pair),
        timeframe=given.timeframe,
        start=int(legs.times[0]),
        end=int(legs.times[-1]) + given.timeframe.milliseconds,
        rows=len(first.times),
        demo=given.demo,
        notes=[*given.notes, *_notes(first.times, places)],
        files=tuple(given.files),
        times=np.array(first.times, dtype=np.int64)[places].tolist(),
        price_y=line_of(np.array(first.prices_y), places, Reason.STALE_LEG),
        price_x=line_of(np.array(first.prices_x), places, Reason.STALE_LEG),
        legs=both,
        lead=lead_lag(np.diff(legs.y), np.diff(legs.x), given.pair.symbols, given.timeframe),
        residual=tie.autocorrelation(),
        scatter=scatter_of(legs, tie),
        heat=[
            heat(given.pair.y, legs.y, legs.times),
            heat(given.pair.x, legs.x, legs.times),
            heat("spread", tie.residual, legs.times),
        ],
        sets=[run.result(places, tie, both) for run in runs],
    )


def _check(given: StudyInput) -> None:
    for symbol, bars in zip(given.pair.symbols, (given.bars_y, given.bars_x), strict=True):
        if not bars:
            raise ConfigError(
                f"there are no bars of {symbol} in this range: choose another one, or drop a file with them"
            )
    first = max(given.bars_y[0].open_time, given.bars_x[0].open_time)
    last = min(given.bars_y[-1].open_time, given.bars_x[-1].open_time)
    times_y = {bar.open_time for bar in given.bars_y}
    joint = sum(bar.open_time in times_y for bar in given.bars_x)
    if first > last or joint == 0:
        raise ConfigError(f"the bars of {given.pair.y} and {given.pair.x} share no time: choose a range with both")
    if joint < FEWEST_ROWS:
        raise ConfigError(
            f"{joint} rows have bars of both legs: a study needs at least {FEWEST_ROWS}; choose a longer range or a"
            " shorter timeframe"
        )
    latest = max(given.bars_y[-1].open_time, given.bars_x[-1].open_time)
    rows = (latest - first) // given.timeframe.milliseconds + 1
    if rows > MOST_ROWS:
        raise ConfigError(
            f"the range has {rows:,} rows of {given.timeframe}: a study takes at most {MOST_ROWS:,}; choose a shorter"
            " range or a longer timeframe"
        )


def _reported(
    steps: Iterator[Step], given: StudyInput, number: int, legs: Legs, progress: ReportProgress
) -> Iterator[Step]:
    """Yields the steps, and reports how many there were."""
    rows = len(legs.times)
    name = "" if len(given.sets) == 1 else f" of set {'AB'[number]}"
    for count, step in enumerate(steps):
        if count % _REPORT_EVERY == 0:
            share = (number + min(1.0, count / rows)) / len(given.sets)
            progress(share, f"{count:,} of {rows:,} rows{name}")
        yield step


def _notes(times: Sequence[int], places: Ints) -> list[str]:
    if len(places) == len(times):
        return []
    shown = f"Charts show {len(places):,} of {len(times):,} rows, among them the lowest and highest z of each part"
    return [f"{shown}; figures and table are of all rows."]


class _Run:
    """The rows under one set of parameters, gathered as they come."""

    def __init__(self, given: StudyInput, settings: StudySettings) -> None:
        self._given = given
        self._settings = settings
        self.times: list[int] = []
        self.prices_y: list[float] = []
        self.prices_x: list[float] = []
        self._path = PathColumns()
        self._lines = {key: ValueColumn() for key in LINES}
        self._others = OtherModels(settings.analytics, given.timeframe)
        self._backtest = QuickBacktest(settings.fee, given.timeframe.milliseconds)
        self._last: PairRow | None = None

    @property
    def z(self) -> ValueColumn:
        return self._path.z

    def steps(self) -> Iterator[Step]:
        given = self._given
        return live_rows(given.pair, given.timeframe, self._settings.parameters, given.bars_y, given.bars_x)

    def add(self, step: Step) -> None:
        row = step.row
        self._last = row
        self.times.append(row.time)
        fresh_y, fresh_x = (leg.fresh for leg in step.legs)
        self.prices_y.append(np.nan if fresh_y is None else fresh_y)
        self.prices_x.append(np.nan if fresh_x is None else fresh_x)
        self._path.beta.append(row.beta)
        self._path.spread.append(row.spread)
        self._path.z.append(row.z)
        for key, column in self._lines.items():
            column.append(row[key])
        self._others.add(row, step.legs)
        self._backtest.add(step)

    def result(self, places: Ints, tie: Tie, legs: tuple[LegStudy, LegStudy]) -> StudySet:
        settings = self._settings
        backtest = self._backtest.result(places)
        traded = settings.analytics.hedge
        columns = {traded: self._path, **self._others.paths}
        return StudySet(
            settings=self._settings.shown(),
            fee_bps=self._settings.fee * 1e4,
            entry=settings.signals.entry,
            exit=settings.signals.exit,
            stop=settings.signals.stop,
            paths=[columns[name].shown(name, places, traded=name is traded) for name in HedgeName],
            lines={key: column.line(places) for key, column in self._lines.items()},
            figures=[*tie.figures(), *self._figures()],
            verdict=self._verdict(tie, legs, len(backtest.trades)),
            backtest=backtest,
        )

    def _figures(self) -> list[StudyFigure]:
        """Returns the figures that depend on the parameters: of z over all rows, and of the last row."""
        analytics, signals = self._settings.analytics, self._settings.signals
        z = self._path.z.numbers()
        finite = z[np.isfinite(z)]
        share = Value(float(np.mean(np.abs(finite) >= signals.entry))) if len(finite) else _none(self._path.z)
        deviation = _finite(self._lines["spread_sd"].numbers())
        in_logs = analytics.space is Space.LOG
        unit = BPS if in_logs else 1.0
        typical = Value(unit * float(np.median(deviation))) if len(deviation) else _none(self._lines["spread_sd"])
        figures = [
            StudyFigure(
                key="rows_with_z", label="Rows with z", format="fixed:0", value=Value(float(len(finite))),
                help="Rows that have a z under these parameters.",
            ),
            StudyFigure(
                key="beyond_entry", label="z beyond entry", format="percent", value=share,
                help=(
                    f"The share of rows with |z| of {signals.entry:g} or more. A normal variable is beyond 2 in 4.6%; z"
                    " of a moving baseline more often, most of all where nothing comes back."
                ),
            ),
            StudyFigure(
                key="typical_sd", label=f"Deviation of the spread{' (bp)' if in_logs else ''}", value=typical,
                format="fixed:2" if in_logs else "fixed:6",
                help="The median of the standard deviation that z is measured by.",
            ),
        ]  # fmt: skip
        for key in _LAST:
            statistic = STATISTICS[key]
            value = NOT_STORED if self._last is None else self._last[key]
            name = label(statistic, analytics)
            help_text = f"At the last row. {statistic.help}"
            figures.append(StudyFigure(key=key, label=name, help=help_text, format=str(statistic.format), value=value))
        return figures

    def _verdict(self, tie: Tie, legs: tuple[LegStudy, LegStudy], trades: int) -> Verdict:
        last = self._last
        tied = None if last is None else last["cointegrated"].value
        beta = _finite(self._path.beta.numbers())
        low, high = np.quantile(beta, (0.05, 0.95)).tolist() if len(beta) else (None, None)
        looks = 0.0 if last is None else last["looks"].value or 0.0
        found = Findings(
            analytics=self._settings.analytics,
            session_tied=None if tied is None else tied == 1.0,
            session_p=NOT_STORED if last is None else last["coint_p"],
            looks=int(looks),
            beta_low=low,
            beta_high=high,
            break_even=self._backtest.break_even(),
            fee=self._settings.fee,
            trades=trades,
        )
        return verdict_of(tie, legs, found)


def _finite(numbers: Floats) -> Floats:
    return numbers[np.isfinite(numbers)]


def _none(column: ValueColumn) -> Value:
    """Returns why the newest row has no number."""
    return column[len(column) - 1] if len(column) else Value(None, Reason.TOO_FEW_ROWS)
