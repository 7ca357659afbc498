"""The report of a backtest. Amounts are whole numbers of 1e-8 USDT, so that their sums are exact; times are ms."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from spreadscope.contract.bodies import LATEST, OF_PAIR
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.trading_states import Execution

MOST_BACKTEST_PAIRS = 20
MOST_TRIALS = 200
MOST_SCREENED = 2_000
MOST_PLACEBOS = 50
MOST_SHOWN_TRADES = 1_000
_Bps = Annotated[float, Meta(ge=0, le=1_000)]
_Text = Annotated[str, Meta(max_length=400)]


class BacktestBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The body that begins a backtest of pairs of the store.

    ``start`` and ``end`` (ms) bound the trades. ``notional`` is the size of leg y of a trade, ``cash`` what the account
    begins with (USDT). ``costs`` and ``latencies`` (ms) are variations. ``grid`` has by parameter the values to try;
    ``screen``: they are made by compiled batch twins, up to 2,000 of them, and the best by the whole core too.
    ``formation_hours`` and ``trading_hours`` above 0 make a walk-forward of them. ``placebo``: so many random pairs.
    ``configured``: with the parameters of the configuration alone, without those that were set since.
    """

    pairs: Annotated[
        tuple[Annotated[str, Meta(extra_json_schema=OF_PAIR)], ...],
        Meta(min_length=1, max_length=MOST_BACKTEST_PAIRS),
    ]
    timeframe: Timeframe = Timeframe.M1
    start: Annotated[int, Meta(ge=0, le=LATEST)] | None = None
    end: Annotated[int, Meta(ge=0, le=LATEST)] | None = None
    notional: Annotated[float, Meta(ge=1, le=1e9)] = 1_000.0
    cash: Annotated[float, Meta(ge=1, le=1e12)] = 10_000.0
    execution: Execution = Execution.BOTH_MARKET
    taker_bps: _Bps = 5.0
    maker_bps: _Bps = 2.0
    latency_ms: Annotated[int, Meta(ge=0, le=600_000)] = 50
    costs: Annotated[tuple[Annotated[float, Meta(ge=0, le=100)], ...], Meta(max_length=8)] = (0.0, 1.0, 2.0, 4.0)
    latencies: Annotated[tuple[Annotated[int, Meta(ge=0, le=600_000)], ...], Meta(max_length=8)] = (0, 50, 250)
    grid: Annotated[tuple[_Text, ...], Meta(max_length=8)] = ()
    screen: bool = False
    formation_hours: Annotated[float, Meta(ge=0, le=24 * 365)] = 0.0
    trading_hours: Annotated[float, Meta(ge=0, le=24 * 365)] = 0.0
    placebo: Annotated[int, Meta(ge=0, le=MOST_PLACEBOS)] = 0
    seed: Annotated[int, Meta(ge=0, le=2**31 - 1)] = 0
    check: bool = False
    configured: bool = False


class BacktestCheck(msgspec.Struct, frozen=True):
    """Whether a backtest could begin: its title and the number of runs, or the ``problem`` in one sentence.

    ``parameters`` are those that were set since and hold in it, beside the configuration.
    """

    title: str
    runs: int
    problem: str | None
    parameters: dict[str, bool | int | float | str] = {}


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """A figure, with its 95% interval where it has one; ``why`` says why there is no value."""

    value: float | None
    low: float | None = None
    high: float | None = None
    why: str = ""


class MoneyParts(msgspec.Struct, frozen=True, kw_only=True):
    """Where the result came from: ``gross`` = spread + imbalance + drift, ``net`` = gross − slippage − fees + funding −
    liquidation, both exactly."""

    gross: int
    spread: int
    imbalance: int
    drift: int
    slippage: int
    fees: int
    funding: int
    liquidation: int
    net: int


class BacktestFigures(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one account.

    ``period`` ("day" or "hour") is that of the returns of equity, of which there are ``periods``; ratios are annual.
    ``mean_return`` is of one period. ``significant`` is null where it cannot be said; ``verdict`` says it in words.
    ``turnover`` is the notional traded in a year over the mean equity, ``exposure`` the share of minutes with a
    position, ``max_drawdown`` a share of the high (negative); holding times are seconds. ``ended_equity`` is that at
    the end. ``probabilistic_sharpe``: how probable a true Sharpe ratio above 0 is; ``minimum_track_record``: so many
    periods would show it with 95%.
    """

    trades: int
    failed: int
    fills: int
    parts: MoneyParts
    start_cash: int
    ended_equity: int
    hit_rate: Estimate
    mean_trade: Estimate
    median_trade: Estimate
    mean_holding: Estimate
    median_holding: Estimate
    turnover: Estimate
    exposure: Estimate
    break_even_fee: Estimate
    max_drawdown: Estimate
    period: str
    periods: int
    total_return: Estimate
    mean_return: Estimate
    sharpe: Estimate
    sortino: Estimate
    calmar: Estimate
    probabilistic_sharpe: Estimate
    minimum_track_record: Estimate
    significant: bool | None
    verdict: str


class Benchmark(msgspec.Struct, frozen=True, kw_only=True):
    """What doing something simpler would have brought, on the cash of the account."""

    name: str
    total_return: Estimate
    sharpe: Estimate
    max_drawdown: Estimate


class BacktestTrade(msgspec.Struct, frozen=True, kw_only=True):
    """A pair trade that has ended. ``side`` is +1 where the spread was bought; ``z`` is that of the decision."""

    id: int
    pair: str
    side: int
    decided: int
    opened: int
    closed: int
    z: float | None
    beta: float
    notional: int
    parts: MoneyParts
    note: str


class Variation(msgspec.Struct, frozen=True, kw_only=True):
    """Another run of the same data: ``kind`` is "costs", "latency", "placebo" or "trial", ``name`` what differs."""

    kind: str
    name: str
    trades: int
    gross: int
    costs: int
    net: int
    sharpe: Estimate
    mean_return: Estimate
    significant: bool | None
    problem: str = ""


class TrialsReport(msgspec.Struct, frozen=True, kw_only=True):
    """How much of the best of many trials is choice: the probability that its true Sharpe ratio is above the best that
    so many trials without skill would have, and the probability of backtest overfitting. ``fidelity`` says how the
    trials were made, where it was not by the whole core."""

    trials: int
    best: str
    deflated_sharpe: Estimate
    threshold: Estimate
    overfitting: Estimate
    words: str
    fidelity: str = ""


class WalkWindow(msgspec.Struct, frozen=True, kw_only=True):
    """A step of the walk-forward: what was chosen in ``[formed_from, formed_to)`` and what it brought in
    ``[traded_from, traded_to)``. Between them lies the purge."""

    formed_from: int
    formed_to: int
    traded_from: int
    traded_to: int
    chosen: str
    formation_net: int
    trades: int
    gross: int
    net: int


class WalkForward(msgspec.Struct, frozen=True, kw_only=True):
    """The walk-forward: its windows, and the figures of the joined returns out of sample."""

    windows: tuple[WalkWindow, ...]
    trades: int
    gross: int
    net: int
    period: str
    periods: int
    total_return: Estimate
    mean_return: Estimate
    sharpe: Estimate
    words: str


class CheckLine(msgspec.Struct, frozen=True, kw_only=True):
    """A check of the backtest itself: ``passed`` is null where it could not be made."""

    name: str
    passed: bool | None
    words: str


class EquityLine(msgspec.Struct, frozen=True, kw_only=True):
    """Equity (USDT) and its fall from the high (a share, 0 or negative) at some of the minutes."""

    times: tuple[int, ...]
    equity: tuple[float, ...]
    drawdown: tuple[float, ...]


class BacktestReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a backtest found.

    ``hash`` is over all facts of the run: ``command`` gives the same one. ``parameters`` are the settings that differ
    from their defaults. ``trades`` are the first thousand; the table of trades has all.
    """

    title: str
    pairs: tuple[str, ...]
    timeframe: str
    first: int
    last: int
    demo: bool
    source: str
    fidelity: str
    assumptions: tuple[str, ...]
    refused: dict[str, int]
    faults: tuple[str, ...]
    figures: BacktestFigures
    benchmarks: tuple[Benchmark, ...]
    equity: EquityLine
    trades: tuple[BacktestTrade, ...]
    variations: tuple[Variation, ...]
    left_out: tuple[str, ...]
    trials: TrialsReport | None
    walk_forward: WalkForward | None
    checks: tuple[CheckLine, ...]
    settings: dict[str, str]
    hash: str
    command: str
    versions: dict[str, str]
    market_trades: int
    seconds: float
