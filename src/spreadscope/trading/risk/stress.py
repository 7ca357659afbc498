"""Stress by full revaluation: every position at the prices of a scenario, and the account after it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np

from spreadscope.model.hedge import Space
from spreadscope.trading.risk.holdings import Holding, values_by_symbol
from spreadscope.trading.risk.price_history import PriceHistory
from spreadscope.trading.risk.risk_figure import Figure
from spreadscope.trading.risk.scenarios import (
    BAD_DAYS,
    BETA_BREAK,
    BREAK_MOVE,
    CAP_PERIODS,
    HALT_HOURS,
    MARKET_SHOCKS,
    MarketShock,
    ScenarioKind,
)

LEAST_OF_DAY = 0.9
"""The share of a day's bars that its revaluation needs."""
_DAY_HOURS = 24
_LOWEST = -0.999  # of a move: a price stays above 0


@dataclass(frozen=True, slots=True)
class StressInputs:
    """What the scenarios are worked out from. ``days`` has the 5 m closes of the bad days that are stored.

    ``fee_rate`` is what a fill at market costs, ``funding_cap`` the cap of a funding rate; both are shares.
    """

    equity: float
    maintenance_rate: float
    fee_rate: float
    funding_cap: float
    betas: Mapping[str, Figure]
    hourly: PriceHistory
    minutes: PriceHistory
    days: Mapping[date, PriceHistory]


@dataclass(frozen=True, slots=True)
class PairLoss:
    """What a pair trade gains or loses (USDT) in a scenario."""

    trade: int
    pair: str
    pnl: float


@dataclass(frozen=True, slots=True)
class StressResult:
    """The account in a scenario; ``pnl`` and all after it are None with a ``reason``.

    ``margin_percent`` is the maintenance margin in percent of the equity after it (None: no equity is left); it is
    liquidated where that is 100 or more.
    """

    name: str
    kind: ScenarioKind
    source: str
    pnl: float | None
    equity: float | None
    maintenance: float | None
    margin_percent: float | None
    liquidated: bool | None
    pairs: tuple[PairLoss, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class _After:
    """A holding after a scenario: its result, and what its legs are worth then (0: closed)."""

    pnl: float
    value_y: float
    value_x: float


class _UndefinedError(Exception):
    """The reason why a scenario cannot be worked out."""


def stress_results(holdings: Sequence[Holding], inputs: StressInputs) -> tuple[StressResult, ...]:
    """Returns the account in every scenario; nothing where nothing is held."""
    if not holdings:
        return ()
    cases: list[tuple[str, ScenarioKind, str, Callable[[], list[_After]]]] = [
        (shock.name, shock.kind, shock.source, lambda shock=shock: _market(holdings, inputs, shock))  # type: ignore[misc]
        for shock in MARKET_SHOCKS
    ]
    worst = _worst_day(holdings, inputs.hourly)
    cases.append((f"Worst {_DAY_HOURS} h stored", ScenarioKind.STORED, worst[0], lambda: worst[1](holdings)))
    cases += [
        (f"{day.day} {day:%B %Y}", ScenarioKind.STORED, "5 m bars of that bad day: its worst instant for the account",
         lambda day=day: _bad_day(holdings, inputs.days.get(day)))  # type: ignore[misc]
        for day in BAD_DAYS
    ]  # fmt: skip
    halted = _halted(holdings, inputs)
    cases += [
        (
            f"β off by {BETA_BREAK:.0%}", ScenarioKind.PARAMETRIC,
            f"synthetic: leg x moves {BREAK_MOVE:.0%} and y {BETA_BREAK:.0%} more or less than β says, whichever loses",
            lambda: [_beta_break(holding) for holding in holdings],
        ),
        (f"A leg halted for {HALT_HOURS} h", ScenarioKind.STORED, halted[0], lambda: halted[1](holdings)),
        (
            f"Funding at cap, {CAP_PERIODS} times", ScenarioKind.PARAMETRIC,
            f"synthetic: every leg pays {inputs.funding_cap:.2%} a period, whatever its side; prices stay",
            lambda: [_at(holding, 1.0, 1.0, -CAP_PERIODS * inputs.funding_cap * holding.gross) for holding in holdings],
        ),
        (
            "Feed lost for 60 s", ScenarioKind.STORED,
            "no exit for a minute: the worst minute of each pair in the stored 1 m bars, all at once",
            lambda: [_worst_minute(holding, inputs.minutes) for holding in holdings],
        ),
    ]  # fmt: skip
    return tuple(_result(holdings, inputs, *case) for case in cases)


def _result(
    holdings: Sequence[Holding],
    inputs: StressInputs,
    name: str,
    kind: ScenarioKind,
    source: str,
    revalue: Callable[[], list[_After]],
) -> StressResult:
    try:
        after = revalue()
    except _UndefinedError as problem:
        return StressResult(name, kind, source, None, None, None, None, None, (), str(problem))
    pnl = sum(each.pnl for each in after)
    values: dict[str, float] = {}
    for holding, each in zip(holdings, after, strict=True):
        for symbol, value in zip(holding.pair.symbols, (each.value_y, each.value_x), strict=True):
            values[symbol] = values.get(symbol, 0.0) + value
    equity = inputs.equity + pnl
    maintenance = inputs.maintenance_rate * sum(map(abs, values.values()))
    losses = tuple(
        PairLoss(holding.trade, str(holding.pair), each.pnl) for holding, each in zip(holdings, after, strict=True)
    )
    return StressResult(
        name, kind, source, pnl, equity, maintenance, 100 * maintenance / equity if equity > 0 else None,
        maintenance > 0 and equity <= maintenance, losses, "",
    )  # fmt: skip


def _at(holding: Holding, factor_y: float, factor_x: float, cash: float = 0.0) -> _After:
    """Returns a holding at so many times its marks, with ``cash`` received beside."""
    value_y, value_x = holding.value_y * factor_y, holding.value_x * factor_x
    return _After(value_y - holding.value_y + value_x - holding.value_x + cash, value_y, value_x)


def _market(holdings: Sequence[Holding], inputs: StressInputs, shock: MarketShock) -> list[_After]:
    return [
        _at(
            holding,
            (1 + _move(holding.pair.y, inputs, shock)) * _spread_factor(holding, shock.spread_sds),
            1 + _move(holding.pair.x, inputs, shock),
        )
        for holding in holdings
    ]


def _move(symbol: str, inputs: StressInputs, shock: MarketShock) -> float:
    beta = inputs.betas[symbol]
    if beta.value is None:
        raise _UndefinedError(f"β of {symbol}: {beta.reason}")
    return max(_LOWEST, beta.value * shock.market_move)


def _spread_factor(holding: Holding, sds: float) -> float:
    """Returns the factor of y's price that moves the spread ``sds`` of its standard deviations against the trade."""
    if not sds:
        return 1.0
    if not holding.sd:
        raise _UndefinedError(f"the spread of {holding.pair} has no standard deviation")
    against = -math.copysign(sds * holding.sd, holding.side)
    if holding.space is Space.LOG:
        return math.exp(against)
    return max(1 + _LOWEST, 1 + against / holding.mark_y)


def _beta_break(holding: Holding) -> _After:
    """The worst of four: x up or down, y too much or too little of what β says."""
    found = []
    for move in (BREAK_MOVE, -BREAK_MOVE):
        for wrong in (1 + BETA_BREAK, 1 - BETA_BREAK):
            if holding.space is Space.LOG:
                factor_y = math.exp(wrong * holding.beta * math.log1p(move))
            else:
                change = wrong * holding.beta * holding.mark_x * move
                factor_y = max(1 + _LOWEST, 1 + change / holding.mark_y)
            found.append(_at(holding, factor_y, 1 + move))
    return min(found, key=lambda each: each.pnl)


def _worst_minute(holding: Holding, minutes: PriceHistory) -> _After:
    row = _worst_row(minutes, values_by_symbol([holding]), 1)
    return _moved(holding, minutes, row, 1)


def _worst_row(history: PriceHistory, values: Mapping[str, float], periods: int) -> int:
    if lacking := history.lacking([symbol for symbol, value in values.items() if value]):
        raise _UndefinedError(f"no bars of {', '.join(lacking)} are stored")
    pnl = history.pnl(values, periods)
    if not len(pnl) or bool(np.isnan(pnl).all()):
        raise _UndefinedError("the stored bars of the legs have no time in common that is long enough")
    return int(np.nanargmin(pnl))


def _moved(holding: Holding, history: PriceHistory, row: int, periods: int) -> _After:
    """Returns a holding after the moves of ``periods`` steps from ``row`` on."""
    factors = []
    for symbol, quantity, _ in holding.legs:
        move = float(history.returns(symbol, periods)[row]) if quantity else 0.0
        factors.append(1 + move)
    return _at(holding, *factors)


_Revaluation = Callable[[Sequence[Holding]], list[_After]]


def _worst_day(holdings: Sequence[Holding], hourly: PriceHistory) -> tuple[str, _Revaluation]:
    """Returns when it was, and the revaluation."""
    try:
        row = _worst_row(hourly, values_by_symbol(holdings), _DAY_HOURS)
    except _UndefinedError as problem:
        return "hourly closes of 5 m bars", _undefined(str(problem))
    start = datetime.fromtimestamp(int(hourly.times[row]) / 1000, UTC)
    source = f"hourly closes of 5 m bars: the {_DAY_HOURS} hours from {start:%Y-%m-%d %H:%M} UTC"
    return source, lambda held: [_moved(holding, hourly, row, _DAY_HOURS) for holding in held]


def _bad_day(holdings: Sequence[Holding], day: PriceHistory | None) -> list[_After]:
    values = values_by_symbol(holdings)
    names = [symbol for symbol, value in values.items() if value]
    if day is None or not len(day.times) or day.lacking(names):
        raise _UndefinedError("the store has no bars of every leg on that day")
    closes = np.column_stack([day.closes[name] for name in names])
    whole = np.flatnonzero(~np.isnan(closes).any(axis=1))
    if len(whole) * day.step < LEAST_OF_DAY * _DAY_HOURS * 3_600_000:
        raise _UndefinedError("the store has too few bars of every leg on that day")
    pnl = (closes[whole] / closes[whole[0]] - 1) @ np.array([values[name] for name in names])
    row, first = whole[int(np.argmin(pnl))], whole[0]
    return [
        _at(holding, *(
            float(day.closes[symbol][row] / day.closes[symbol][first]) if quantity and symbol in names else 1.0
            for symbol, quantity, _ in holding.legs
        ))
        for holding in holdings
    ]  # fmt: skip


def _halted(holdings: Sequence[Holding], inputs: StressInputs) -> tuple[str, _Revaluation]:
    """Returns what is halted, and the revaluation: the symbol whose halt costs most.

    Its pairs close their other leg at the marks of now; then it makes its worst move of so many hours.
    """
    rule = f"its pairs close the other leg; then its worst {HALT_HOURS} hours of the stored bars against what is left"
    found: list[tuple[float, str, float]] = []
    for symbol, value in values_by_symbol(holdings).items():
        if not value:
            continue
        try:
            row = _worst_row(inputs.hourly, {symbol: value}, HALT_HOURS)
        except _UndefinedError as problem:
            return rule, _undefined(f"{symbol}: {problem}")
        move = float(inputs.hourly.returns(symbol, HALT_HOURS)[row])
        after = [_one_leg(holding, symbol, move, inputs.fee_rate) for holding in holdings]
        found.append((sum(each.pnl for each in after), symbol, move))
    if not found:
        return rule, _undefined("every symbol is flat on balance")
    _, worst, move = min(found)
    return (
        f"{worst}: {rule} ({move:+.1%})",
        lambda held: [_one_leg(holding, worst, move, inputs.fee_rate) for holding in held],
    )


def _one_leg(holding: Holding, symbol: str, move: float, fee_rate: float) -> _After:
    if symbol not in holding.pair.symbols:
        return _at_rest(holding)
    if symbol == holding.pair.y:
        fee = abs(holding.value_x) * fee_rate
        return _After(holding.value_y * move - fee, holding.value_y * (1 + move), 0.0)
    fee = abs(holding.value_y) * fee_rate
    return _After(holding.value_x * move - fee, 0.0, holding.value_x * (1 + move))


def _at_rest(holding: Holding) -> _After:
    return _After(0.0, holding.value_y, holding.value_x)


def _undefined(reason: str) -> _Revaluation:
    def refuse(_: Sequence[Holding]) -> list[_After]:
        raise _UndefinedError(reason)

    return refuse
