"""What an account is exposed to: by symbol, by cluster of correlated symbols, by pair, and to the market's moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from spreadscope.model.hedge import Space
from spreadscope.performance import beta_to_market, concentration, correlation_clusters
from spreadscope.trading.risk.holdings import Holding, values_by_symbol
from spreadscope.trading.risk.price_history import PriceHistory
from spreadscope.trading.risk.risk_figure import Figure, undefined

LEAST_HOURS = 24
"""Hourly returns that a β or a correlation needs here: with fewer it is mostly chance."""


@dataclass(frozen=True, slots=True)
class SymbolExposure:
    """A symbol, netted over all trades. ``beta`` is that of its hourly returns to the market's; ``share`` is |value| in
    percent of gross."""

    symbol: str
    quantity: float
    value: float
    share: float
    beta: Figure


@dataclass(frozen=True, slots=True)
class ClusterExposure:
    """Symbols whose hourly returns are correlated above the threshold, and their values together."""

    symbols: tuple[str, ...]
    gross: float
    net: float


@dataclass(frozen=True, slots=True)
class PairExposure:
    """A pair trade: what both legs are worth, and how far leg x is from the hedge of leg y, in percent of it.

    ``imbalance_planned`` is at the mids of the decisions, as it was entered; ``imbalance_drifted`` at the marks of now.
    """

    trade: int
    pair: str
    value_y: float
    value_x: float
    gross: float
    net: float
    imbalance_planned: Figure
    imbalance_drifted: Figure


@dataclass(frozen=True, slots=True)
class Exposures:
    """The exposures of an account. ``gross`` and ``net`` are netted by symbol; ``beta_adjusted`` is Σ β · value."""

    gross: float
    net: float
    leverage: Figure
    beta_adjusted: Figure
    symbols: tuple[SymbolExposure, ...]
    clusters: tuple[ClusterExposure, ...]
    clusters_reason: str
    cluster_hours: int
    pairs: tuple[PairExposure, ...]


@dataclass(frozen=True, slots=True)
class ConcentrationFigures:
    """Herfindahl–Hirschman index and effective number, of the gross of pairs and of the values of symbols."""

    pairs_index: Figure
    pairs_effective: Figure
    symbols_index: Figure
    symbols_effective: Figure


def market_betas(history: PriceHistory, symbols: Sequence[str], market: str) -> dict[str, Figure]:
    """Returns β of each symbol's returns to those of ``market``, by OLS with intercept; the market's own is 1."""
    found: dict[str, Figure] = {}
    of_market = history.returns(market)
    for symbol in symbols:
        if symbol == market:
            found[symbol] = Figure(1.0)
        elif lacking := history.lacking([symbol, market]):
            found[symbol] = undefined(f"no bars of {', '.join(lacking)} are stored")
        else:
            of_symbol = history.returns(symbol)
            joint = ~(np.isnan(of_symbol) | np.isnan(of_market))
            n = int(joint.sum())
            if n < LEAST_HOURS:
                found[symbol] = undefined(f"{LEAST_HOURS} hours are needed, there are {n}", n)
                continue
            fit = beta_to_market(of_symbol[joint], of_market[joint])
            found[symbol] = Figure(fit.beta, fit.n, str(fit.reason or ""))
    return found


def exposures(
    holdings: Sequence[Holding],
    equity: float,
    betas: Mapping[str, Figure],
    hourly: PriceHistory,
    cluster_correlation: float,
) -> Exposures:
    """Returns the exposures. ``cluster_correlation`` is the correlation above which two symbols are in one cluster."""
    values, quantities = values_by_symbol(holdings), _quantities(holdings)
    gross = sum(map(abs, values.values()))
    symbols = tuple(
        SymbolExposure(name, quantities[name], value, 100 * abs(value) / gross if gross else 0.0, betas[name])
        for name, value in sorted(values.items(), key=lambda item: -abs(item[1]))
    )
    clusters, reason, hours = _clusters(values, hourly, cluster_correlation)
    return Exposures(
        gross=gross,
        net=sum(values.values()),
        leverage=Figure(gross / equity) if equity > 0 else undefined("no equity is left"),
        beta_adjusted=_beta_adjusted(symbols),
        symbols=symbols,
        clusters=clusters,
        clusters_reason=reason,
        cluster_hours=hours,
        pairs=tuple(map(_pair_exposure, holdings)),
    )


def concentration_of(holdings: Sequence[Holding]) -> ConcentrationFigures:
    """Returns how much of the account is in few pairs and in few symbols."""
    pairs = concentration([holding.gross for holding in holdings])
    symbols = concentration(list(values_by_symbol(holdings).values()))
    figures = []
    for found in (pairs, symbols):
        reason = "nothing is held" if found.index is None else ""
        figures += [Figure(found.index, found.n, reason), Figure(found.effective_number, found.n, reason)]
    return ConcentrationFigures(*figures)


def _beta_adjusted(symbols: Sequence[SymbolExposure]) -> Figure:
    unknown = [each for each in symbols if each.value and each.beta.value is None]
    if unknown:
        return undefined(f"β of {unknown[0].symbol}: {unknown[0].beta.reason}")
    known = [each for each in symbols if each.beta.value is not None]
    least = min((each.beta.n for each in known if each.beta.n), default=0)
    return Figure(sum(each.value * (each.beta.value or 0.0) for each in known), least)


def _quantities(holdings: Sequence[Holding]) -> dict[str, float]:
    quantities: dict[str, float] = {}
    for holding in holdings:
        for symbol, quantity, _ in holding.legs:
            quantities[symbol] = quantities.get(symbol, 0.0) + quantity
    return quantities


def _clusters(
    values: Mapping[str, float], hourly: PriceHistory, threshold: float
) -> tuple[tuple[ClusterExposure, ...], str, int]:
    names = [name for name, value in values.items() if value]
    if not names:
        return (), "", 0
    if lacking := hourly.lacking(names):
        return (), f"no bars of {', '.join(lacking)} are stored", 0
    returns = np.column_stack([hourly.returns(name) for name in names])
    returns = returns[~np.isnan(returns).any(axis=1)]
    if len(returns) < LEAST_HOURS:
        return (), f"{LEAST_HOURS} hours are needed, there are {len(returns)}", len(returns)
    found = correlation_clusters(returns, threshold=threshold)
    clusters = []
    for columns in found.clusters or ():
        members = tuple(names[column] for column in columns)
        parts = [values[name] for name in members]
        clusters.append(ClusterExposure(members, sum(map(abs, parts)), sum(parts)))
    return tuple(clusters), str(found.reason or ""), found.n


def _pair_exposure(holding: Holding) -> PairExposure:
    if holding.space is Space.LOG:
        planned = _imbalance(holding.entry_y, holding.entry_x, holding.beta)
        drifted = _imbalance(holding.value_y, holding.value_x, holding.beta)
    else:
        # A hedge by units does not drift with prices.
        planned = drifted = _imbalance(holding.y, holding.x, holding.beta)
    return PairExposure(
        trade=holding.trade,
        pair=str(holding.pair),
        value_y=holding.value_y,
        value_x=holding.value_x,
        gross=holding.gross,
        net=holding.value_y + holding.value_x,
        imbalance_planned=planned,
        imbalance_drifted=drifted,
    )


def _imbalance(y: float, x: float, beta: float) -> Figure:
    """Returns by how much x is not −β y, in percent of that; above 0 where too little is sold, or too much bought."""
    wanted = -beta * y
    if not wanted:
        return undefined("leg y is not held")
    return Figure(100 * (x - wanted) / abs(wanted))
