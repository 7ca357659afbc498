"""The study of one pair over a range of bars: what is asked for, and what comes out of it.

A line has a number for each of the study's times; where there is none, ``missing`` says from which place to which, and
why.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from spreadscope.contract.bodies import LATEST, OF_PAIR, OF_SYMBOL_OR_NONE
from spreadscope.model.hedge import HedgeName
from spreadscope.model.states import Cause, SignalState
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.validity import Reason, Value

MOST_SETS = 2
MOST_STUDY_FILES = 8
MOST_FEE_BPS = 1_000.0
_Setting = int | float | bool | str
_Key = Annotated[str, Meta(max_length=100)]
_FileId = Annotated[str, Meta(max_length=40)]
_Time = Annotated[int, Meta(ge=0, le=LATEST)]


class _Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A request body, which refuses unknown fields."""


class ParameterSet(_Body, frozen=True, kw_only=True):
    """One set of parameters: configuration keys such as ``analytics.hedge_window`` and ``signals.entry`` with values.

    What is not named is as the engine is configured. ``fee_bps`` is the fee of one fill in basis points.
    """

    settings: dict[_Key, _Setting] = {}
    fee_bps: Annotated[float, Meta(extra_json_schema={"minimum": 0, "maximum": MOST_FEE_BPS})] = 5.0


class FileOptions(_Body, frozen=True, kw_only=True):
    """What names and columns of dropped files do not tell: as the options of the same names of ``import``."""

    symbol: Annotated[str, Meta(max_length=200, extra_json_schema=dict(OF_SYMBOL_OR_NONE))] = ""
    timeframe: Timeframe | None = None
    columns: Annotated[str, Meta(max_length=500)] = ""


class StudyBody(_Body, frozen=True, kw_only=True):
    """The body that starts a study of bars that open in ``[start, end)`` (ms).

    Bars of ``files`` (ids of dropped files) go before stored ones of the same symbol.
    """

    pair: Annotated[str, Meta(extra_json_schema=OF_PAIR)]
    timeframe: Timeframe = Timeframe.M1
    start: _Time = 0
    end: _Time = LATEST
    sets: Annotated[tuple[ParameterSet, ...], Meta(extra_json_schema={"minItems": 1, "maxItems": MOST_SETS})] = (
        ParameterSet(),
    )
    files: Annotated[tuple[_FileId, ...], Meta(extra_json_schema={"maxItems": MOST_STUDY_FILES})] = ()
    file_options: FileOptions = FileOptions()


class FilesBody(_Body, frozen=True, kw_only=True):
    """The body that reads dropped files without a study: the symbols and times in them, and the bad rows."""

    files: Annotated[tuple[_FileId, ...], Meta(extra_json_schema={"minItems": 1, "maxItems": MOST_STUDY_FILES})]
    file_options: FileOptions = FileOptions()


class StudyDefaults(msgspec.Struct, frozen=True, kw_only=True):
    """What a study begins with: the engine's own settings by their keys, the stored symbols, and the bars of a pair."""

    settings: dict[str, _Setting]
    symbols: list[str]
    spans: list[BarSpan]
    most_rows: int


class FileReport(msgspec.Struct, frozen=True, kw_only=True):
    """The importer's report of one file. ``error`` says why nothing of it can be used; empty where something can.

    ``read`` = ``used + repeated + left_out + bad`` rows.
    """

    name: str
    content: str
    subjects: tuple[str, ...]
    read: int
    used: int
    repeated: int
    left_out: int
    bad: int
    unprovable: bool
    notes: tuple[str, ...]
    error: str


class BarSpan(msgspec.Struct, frozen=True, kw_only=True):
    """The bars of a symbol that are there: the open times of the first and the last one (ms)."""

    symbol: str
    timeframe: Timeframe
    first: int
    last: int


class FilesReport(msgspec.Struct, frozen=True, kw_only=True):
    """What is in dropped files."""

    files: tuple[FileReport, ...]
    spans: tuple[BarSpan, ...]


class Missing(msgspec.Struct, frozen=True, array_like=True):
    """The places ``[first, end)`` of a line without a number, and the reason."""

    first: int
    end: int
    reason: Reason


class StudyLine(msgspec.Struct, frozen=True, kw_only=True):
    """A number for each of the study's times."""

    values: list[float | None]
    missing: list[Missing]


class HedgePath(msgspec.Struct, frozen=True, kw_only=True):
    """β, spread and z of one hedge model at each time. ``traded``: signals act on it."""

    model: HedgeName
    label: str
    traded: bool
    beta: StudyLine
    spread: StudyLine
    z: StudyLine


class Correlogram(msgspec.Struct, frozen=True, kw_only=True):
    """Correlations over lags (rows). 95% of those of unrelated series lie within ``band`` of each lag around 0.

    ``values`` and ``band`` have no number where there are too few rows. ``words`` says what is to be seen.
    """

    lags: list[int]
    values: list[float | None]
    band: list[float | None]
    n: int
    words: str


class StudyFigure(msgspec.Struct, frozen=True, kw_only=True):
    """A figure of a study with its name, its explanation, and the format of its number (as of statistics)."""

    key: str
    label: str
    help: str
    format: str
    value: Value


class LegStudy(msgspec.Struct, frozen=True, kw_only=True):
    """One leg: its bars, what is missing of them, and its returns from one bar to the next."""

    symbol: str
    source: str
    figures: list[StudyFigure]
    autocorrelation: Correlogram


class HeatCell(msgspec.Struct, frozen=True, kw_only=True):
    """The returns that end in one hour of one weekday (0: Monday), UTC. Means and deviations are of log returns."""

    weekday: int
    hour: int
    n: int
    mean: float | None
    deviation: float | None


class Heat(msgspec.Struct, frozen=True, kw_only=True):
    """Returns by hour and weekday of one series: a leg, or the spread."""

    name: str
    cells: list[HeatCell]


class Scatter(msgspec.Struct, frozen=True, kw_only=True):
    """Log prices of both legs (some of them, evenly taken), and the least-squares line through all rows."""

    x: list[float]
    y: list[float]
    places: list[int]
    alpha: Value
    beta: Value
    r_squared: Value
    n: int


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What the study says in words: one sentence, and its reasons. It is no score.

    ``tied``: None where it cannot be judged.
    """

    text: str
    tied: bool | None
    reasons: list[str]


class StudyTrade(msgspec.Struct, frozen=True, kw_only=True):
    """A round trip of the quick backtest, in basis points of leg y's notional at entry.

    ``exit_time`` is None for a position that is open at the end; its profit is that of the last prices.
    """

    side: SignalState
    signal_time: int
    entry_time: int
    exit_time: int | None
    entry_z: float | None
    beta: float
    price_y: float
    price_x: float
    exit_y: float
    exit_x: float
    gross: float
    fees: float
    net: float
    cause: Cause | None


class Backtest(msgspec.Struct, frozen=True, kw_only=True):
    """The quick backtest of one set. ``equity`` is the sum of net profit so far, in basis points of leg y's notional.

    ``left_out`` is what is not counted; ``skipped`` counts signals without a later bar to trade at.
    """

    trades: list[StudyTrade]
    figures: list[StudyFigure]
    equity: StudyLine
    skipped: int
    left_out: list[str]


class StudySet(msgspec.Struct, frozen=True, kw_only=True):
    """What came out under one set of parameters."""

    settings: dict[str, _Setting]
    fee_bps: float
    entry: float
    exit: float
    stop: float
    paths: list[HedgePath]
    lines: dict[str, StudyLine]
    figures: list[StudyFigure]
    verdict: Verdict
    backtest: Backtest


class Study(msgspec.Struct, frozen=True, kw_only=True):
    """A study. ``times`` (open times of bars, ms) are those of all lines: all ``rows``, or some where they are many."""

    pair: str
    timeframe: Timeframe
    start: int
    end: int
    rows: int
    demo: bool
    notes: list[str]
    files: tuple[FileReport, ...]
    times: list[int]
    price_y: StudyLine
    price_x: StudyLine
    legs: tuple[LegStudy, LegStudy]
    lead: Correlogram
    residual: Correlogram
    scatter: Scatter
    heat: list[Heat]
    sets: list[StudySet]
