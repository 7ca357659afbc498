"""The risk of a paper account, what-if copies of it, and who changed its settings.

Money is in USDT, a loss is below 0; times are ms of the market's clock.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from spreadscope.contract.bodies import LATEST, OF_PAIR
from spreadscope.contract.paper_bodies import LARGEST_NOTIONAL
from spreadscope.model.timeframe import Timeframe

MOST_CHANGES = 100
LARGEST_SCALE = 10_000.0


class RiskFigure(msgspec.Struct, frozen=True, kw_only=True):
    """A figure over ``n`` observations (0: it rests on the positions alone); null with a ``reason``."""

    value: float | None
    n: int
    reason: str


class RiskSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the figures are measured with: the keys of ``[risk]`` (``docs/configuration.md``)."""

    market: str
    cluster_correlation: float
    participation_percent: float
    funding_cap_percent: float
    funding_interval_hours: float


class SymbolExposure(msgspec.Struct, frozen=True, kw_only=True):
    """A symbol, netted over all trades; ``share`` is |value| in percent of gross, ``beta`` that of its hourly returns
    to the market's."""

    symbol: str
    quantity: float
    value: float
    share: float
    beta: RiskFigure


class ClusterExposure(msgspec.Struct, frozen=True, kw_only=True):
    """Symbols whose hourly returns are correlated above the threshold, and their values together."""

    symbols: list[str]
    gross: float
    net: float


class PairExposure(msgspec.Struct, frozen=True, kw_only=True):
    """A pair trade (``trade`` 0: one that is only asked about): what its legs are worth, and how far leg x is from the
    hedge of leg y, in percent of it, as it was entered and at the marks of now."""

    trade: int
    pair: str
    value_y: float
    value_x: float
    gross: float
    net: float
    imbalance_planned: RiskFigure
    imbalance_drifted: RiskFigure


class RiskExposures(msgspec.Struct, frozen=True, kw_only=True):
    """The exposures. ``gross`` and ``net`` are netted by symbol, ``leverage`` is gross over equity, ``beta_adjusted``
    the sum of β · value.

    ``clusters`` rest on ``cluster_hours`` hourly returns; ``clusters_reason`` says why there are none.
    """

    gross: float
    net: float
    leverage: RiskFigure
    beta_adjusted: RiskFigure
    symbols: list[SymbolExposure]
    clusters: list[ClusterExposure]
    clusters_reason: str
    cluster_hours: int
    pairs: list[PairExposure]


class TailTest(msgspec.Struct, frozen=True, kw_only=True):
    """How the forecasts of an estimate did, made from the first half of the periods on, none overlapping.

    p-values: ``kupiec_pvalue`` (as many violations as the level says), ``independence_pvalue`` (Christoffersen: they do
    not follow one another), ``coverage_pvalue`` (both). ``rough``: fewer than 5 violations are expected.
    """

    forecasts: int
    violations: int
    expected: float
    kupiec_pvalue: float | None
    independence_pvalue: float | None
    coverage_pvalue: float | None
    rough: bool
    reason: str


class TailEstimate(msgspec.Struct, frozen=True, kw_only=True):
    """Value at risk and expected shortfall of the positions of now over a ``horizon``, and the test of its forecasts.

    ``periods`` (5 minutes for an hour, hours for a day) are those that are known, ``outcomes`` those it rests on (they
    overlap), ``independent`` how many do not overlap.
    """

    horizon: str
    method: str
    level: float
    value_at_risk: float | None
    expected_shortfall: float | None
    periods: int
    outcomes: int
    independent: int
    reason: str
    test: TailTest


class RiskConcentration(msgspec.Struct, frozen=True, kw_only=True):
    """Herfindahl–Hirschman index and effective number, by the gross of pairs and by the values of symbols."""

    pairs_index: RiskFigure
    pairs_effective: RiskFigure
    symbols_index: RiskFigure
    symbols_effective: RiskFigure


class ExitTime(msgspec.Struct, frozen=True, kw_only=True):
    """A position, the median notional traded a minute, and the minutes to leave by a share of it."""

    symbol: str
    value: float
    traded_a_minute: RiskFigure
    minutes: RiskFigure


class FundingExposure(msgspec.Struct, frozen=True, kw_only=True):
    """Funding over the next 24 h: ``amount`` at the rate of now, ``at_cap`` where every position pays the cap; below 0
    where it is paid. ``payments`` are those due by then."""

    symbol: str
    value: float
    rate: float | None
    next_funding: int | None
    interval_hours: float
    payments: int
    amount: RiskFigure
    at_cap: float


class PairCorrelations(msgspec.Struct, frozen=True, kw_only=True):
    """Correlations of the hourly results that the pairs' positions of now would have had; a row for each pair."""

    pairs: list[str]
    matrix: list[list[float | None]]
    n: int
    reason: str


class PairLoss(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a pair trade in a scenario."""

    trade: int
    pair: str
    pnl: float


class StressResult(msgspec.Struct, frozen=True, kw_only=True):
    """The account in a scenario, all positions revalued; null with a ``reason``.

    ``kind`` is ``dated``, ``stored bars`` or ``parametric``, ``source`` says where its moves come from.
    ``margin_percent`` is the maintenance margin in percent of the equity after it (null: no equity is left).
    """

    name: str
    kind: str
    source: str
    pnl: float | None
    equity: float | None
    maintenance: float | None
    margin_percent: float | None
    liquidated: bool | None
    pairs: list[PairLoss]
    reason: str


class RiskReport(msgspec.Struct, frozen=True, kw_only=True):
    """The risk of an account at ``time``, from its positions at mark and stored bars until ``bars_until`` (0: none).

    ``not_included`` says in words what no figure has in it. A report is up to a minute old.
    """

    time: int
    equity: float
    maintenance: float
    bars_until: int
    settings: RiskSettings
    exposures: RiskExposures
    tail: list[TailEstimate]
    concentration: RiskConcentration
    exits: list[ExitTime]
    funding: list[FundingExposure]
    correlations: PairCorrelations
    stress: list[StressResult]
    not_included: list[str]


class SettingChange(msgspec.Struct, frozen=True, kw_only=True):
    """A setting of an account was changed, by whom and when."""

    time: int
    by: str
    key: str
    before: bool | int | float | str
    after: bool | int | float | str


class _Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request body, which refuses unknown fields."""


class ScaledTrade(_Body, frozen=True, kw_only=True):
    """An open trade with ``percent`` of its quantities (0: closed, 200: twice as much)."""

    trade: Annotated[int, Meta(ge=1, le=LATEST)]
    percent: Annotated[float, Meta(ge=0, le=LARGEST_SCALE)]


class AddedPair(_Body, frozen=True, kw_only=True):
    """A pair trade that is not open, on the hedge ratio of its newest row; ``notional`` is the size of leg y."""

    pair: Annotated[str, Meta(extra_json_schema=OF_PAIR)]
    timeframe: Timeframe
    side: Literal[1, -1]
    notional: Annotated[float, Meta(gt=0, lt=LARGEST_NOTIONAL)]


class WhatIfBody(_Body, frozen=True, kw_only=True):
    """The body that asks for the risk of a changed copy of an account. Nothing is traded."""

    scaled: Annotated[tuple[ScaledTrade, ...], Meta(max_length=MOST_CHANGES)] = ()
    added: Annotated[tuple[AddedPair, ...], Meta(max_length=MOST_CHANGES)] = ()
