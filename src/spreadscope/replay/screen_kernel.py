"""The pair trades of a series of signals, compiled: entries and exits at market, with the costs of the paper account.

Each order takes the best price of its arrival and pays the impact curve, rounded against it to the tick, and the fee.
What the paper account does beyond that (a leg that is rejected and sent again) is not repeated here: such trades are
counted, and told.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from spreadscope.jit import FloatArray, IntArray, njit
from spreadscope.trading.impact import impact_kernel

_UNIT = 100_000_000.0
#: Columns of what ``trade_series`` returns of each trade: rows of the decisions (−1: the end of the data), side, and
#: whether the paper account may have done otherwise; then USDT.
ENTERED, LEFT, SIDE, UNSURE = range(4)
GROSS, SLIPPAGE, FEES, NET = range(4)
#: Counts of what did not become a trade, and whether the account was stopped.
STALE, NO_HEDGE, NOT_LISTED, LEVERAGE, OPEN_ALREADY, STOPPED = range(6)
_NEVER = 1 << 62


class LegRules(NamedTuple):
    """What orders of a leg keep to, in units of 1e-8; 0 stands for none."""

    tick: int
    step: int
    min_quantity: int
    max_quantity: int
    min_notional: int
    take_bound: int


class Costs(NamedTuple):
    """What the account pays, and how it is bounded; amounts are USDT, the age is ms."""

    cash: float
    size: float
    taker_bps: float
    impact_factor: float
    top_notional: float
    max_age: int
    max_leverage: float
    maintenance_rate: float
    margin_percent: float


@njit
def _whole(value: float) -> float:  # pragma: no cover - compiled
    return float(np.rint(value))


@njit
def _worth(quantity: float, price: float) -> float:  # pragma: no cover - compiled
    """Returns a notional in units, rounded as the ledger does."""
    return float(np.rint(quantity * price / _UNIT))


@njit
def _fill_price(quantity: float, best: float, tick: int, costs: Costs) -> float:  # pragma: no cover - compiled
    """Returns the price of a market order: none of its size is known to be displayed."""
    multiple = abs(_worth(quantity, best)) / _UNIT / costs.top_notional
    bps = _whole(costs.impact_factor * impact_kernel(multiple) * 10_000.0)
    beyond = _whole(best * bps / _UNIT)
    if quantity > 0:
        return float(-(-int(best + beyond) // tick) * tick)
    return float(max(tick, int(best - beyond) // tick * tick))


@njit
def _refused(quantity: float, price: float, rules: LegRules) -> bool:  # pragma: no cover - compiled
    size = abs(quantity)
    return (
        size < rules.min_quantity
        or (rules.max_quantity > 0 and size > rules.max_quantity)
        or _worth(size, price) < rules.min_notional
    )


@njit
def _quantities(
    size: float, ratio: float, price_y: float, step_y: int, step_x: int
) -> tuple[float, float]:  # pragma: no cover - compiled
    """Returns the quantities of both legs, as ``sizing.leg_quantities`` has them; 0 where a step is too coarse."""
    want_y = _whole(size * _UNIT / price_y)
    want_x = _whole(want_y * ratio)
    if want_x == 0 or step_y * want_x >= step_x * want_y:
        y = float(int(want_y) // step_y * step_y)
        return y, _whole(_whole(y * ratio) / step_x) * step_x
    x = float(int(want_x) // step_x * step_x)
    return _whole(_whole(x / ratio) / step_y) * step_y, x


Top = tuple[IntArray, IntArray, IntArray]


@njit
def trade_series(
    signals: tuple[IntArray, IntArray],
    ratios: FloatArray,
    positive: FloatArray,
    decided: IntArray,
    trade_from: int,
    latency: int,
    y_decided: Top,
    y_arrived: Top,
    x_decided: Top,
    x_arrived: Top,
    rules_y: LegRules,
    rules_x: LegRules,
    costs: Costs,
    marks: IntArray,
) -> tuple[IntArray, FloatArray, FloatArray, IntArray]:  # pragma: no cover - compiled
    """Returns the trades (4 columns of numbers and 4 of USDT), the equity at each of ``marks`` and at the end (USDT),
    and counts.

    ``signals``: rows and actions (1 buy, −1 sell, 0 exit). ``ratios``: units of x for one of y at each row (NaN: no
    hedge), without its sign; ``positive`` is that sign. Tops are bid, ask and time at each row.
    """
    rows, actions = signals
    most = rows.size // 2 + 1
    whole, money = np.zeros((4, most), np.int64), np.zeros((4, most))
    equity = np.empty(marks.size + 1)
    counts = np.zeros(6, np.int64)
    wallet = costs.cash * _UNIT
    trades = 0
    mark = 0
    held_y = held_x = 0.0
    mid_in_y = mid_in_x = cost = fees = slippage = 0.0
    side = entered = unsure = 0
    free_from = np.int64(0)
    row_at = 0  # rows until here were looked at for the margin
    stopped = False
    last = decided.size - 1
    for number in range(rows.size + 1):
        end = number == rows.size
        row = last if end else rows[number]
        # What is held is worth what it is at each row until this one.
        stop_row = -1
        while row_at < row or (end and row_at <= last):
            value_y = value_x = 0.0
            if held_y != 0.0 or held_x != 0.0:
                value_y = held_y * ((y_decided[0][row_at] + y_decided[1][row_at]) // 2) / _UNIT
                value_x = held_x * ((x_decided[0][row_at] + x_decided[1][row_at]) // 2) / _UNIT
            worth = wallet + value_y + value_x - cost
            while mark < marks.size and marks[mark] <= row_at:
                equity[mark] = worth / _UNIT
                mark += 1
            if held_y != 0.0 or held_x != 0.0:
                margin = (abs(value_y) + abs(value_x)) * costs.maintenance_rate
                bound = costs.margin_percent / 100.0 if costs.margin_percent > 0 else 1.0
                if margin >= worth * min(bound, 1.0) and row_at > entered:
                    stop_row = row_at
                    row_at += 1
                    break
            row_at += 1
        action = 0 if end or stop_row >= 0 else actions[number]
        if stop_row >= 0:
            row = stop_row
            stopped = True
            counts[STOPPED] = 1
        if action == 0:
            if held_y == 0.0 and held_x == 0.0:
                continue
            at_end = end and stop_row < 0
            late = decided[row] < free_from
            stale = decided[row] + latency - min(y_arrived[2][row], x_arrived[2][row]) > costs.max_age
            # After the last quote the paper account waits for one, and has the last ones again at the end.
            final = at_end or (
                stale
                and row + 1 < decided.size
                and y_arrived[2][row] == y_arrived[2][last]
                and x_arrived[2][row] == x_arrived[2][last]
            )
            if (stale or late) and not final:
                unsure = 1
            gross = 0.0
            for leg in range(2):
                held, rules = (held_y, rules_y) if leg == 0 else (held_x, rules_x)
                d, a = (y_decided, y_arrived) if leg == 0 else (x_decided, x_arrived)
                mid_in = mid_in_y if leg == 0 else mid_in_x
                at = last if final else row
                mid = float((d[0][at] + d[1][at]) // 2)
                best = float(a[0][at] if held > 0 else a[1][at])
                price = _fill_price(-held, best, rules.tick, costs)
                value, at_mid = _worth(-held, price), _worth(-held, mid)
                fee = _whole(abs(value) * _whole(costs.taker_bps * 10_000.0) / _UNIT)
                slippage += value - at_mid
                fees += fee
                wallet -= value + fee
                gross -= mid_in + at_mid
            wallet -= cost
            net = gross - slippage - fees
            whole[ENTERED, trades], whole[LEFT, trades] = entered, (-1 if at_end else row)
            whole[SIDE, trades], whole[UNSURE, trades] = side, unsure
            money[GROSS, trades], money[SLIPPAGE, trades] = gross / _UNIT, slippage / _UNIT
            money[FEES, trades], money[NET, trades] = fees / _UNIT, net / _UNIT
            trades += 1
            held_y = held_x = cost = 0.0
            free_from = -(-(decided[row] + latency) // 1000) * 1000
            continue
        if stopped or decided[row] < trade_from:
            continue
        if held_y != 0.0 or held_x != 0.0 or decided[row] < free_from:
            counts[OPEN_ALREADY] += 1
            continue
        ratio = ratios[row]
        if not ratio > 0.0:
            counts[NO_HEDGE] += 1
            continue
        if (
            y_decided[0][row] <= 0
            or x_decided[0][row] <= 0
            or (decided[row] - min(y_decided[2][row], x_decided[2][row]) > costs.max_age)
        ):
            counts[STALE] += 1
            continue
        mid_y = float((y_decided[0][row] + y_decided[1][row]) // 2)
        mid_x = float((x_decided[0][row] + x_decided[1][row]) // 2)
        size_y, size_x = _quantities(costs.size * _UNIT, ratio, mid_y, rules_y.step, rules_x.step)
        y = action * size_y
        x = -action * positive[row] * size_x
        if (
            y == 0.0
            or x == 0.0
            or _refused(y, float(y_decided[1][row] if y > 0 else y_decided[0][row]), rules_y)
            or _refused(x, float(x_decided[1][row] if x > 0 else x_decided[0][row]), rules_x)
        ):
            counts[NOT_LISTED] += 1
            continue
        at_mid_y, at_mid_x = _worth(y, mid_y), _worth(x, mid_x)
        if wallet <= 0 or (costs.max_leverage > 0 and (abs(at_mid_y) + abs(at_mid_x)) / wallet > costs.max_leverage):
            counts[LEVERAGE] += 1
            continue
        late = decided[row] + latency - min(y_arrived[2][row], x_arrived[2][row]) > costs.max_age
        price_y = _fill_price(y, float(y_arrived[1][row] if y > 0 else y_arrived[0][row]), rules_y.tick, costs)
        price_x = _fill_price(x, float(x_arrived[1][row] if x > 0 else x_arrived[0][row]), rules_x.tick, costs)
        value_y, value_x = _worth(y, price_y), _worth(x, price_x)
        rate = _whole(costs.taker_bps * 10_000.0)
        fees = _whole(abs(value_y) * rate / _UNIT) + _whole(abs(value_x) * rate / _UNIT)
        slippage = value_y - at_mid_y + value_x - at_mid_x
        wallet -= fees
        held_y, held_x, mid_in_y, mid_in_x, cost = y, x, at_mid_y, at_mid_x, value_y + value_x
        beyond = (rules_y.take_bound > 0 and abs(price_y - mid_y) > mid_y * rules_y.take_bound / _UNIT) or (
            rules_x.take_bound > 0 and abs(price_x - mid_x) > mid_x * rules_x.take_bound / _UNIT
        )
        side, entered, unsure = action, row, (1 if late or beyond else 0)
        free_from = -(-(decided[row] + latency) // 1000) * 1000
    equity[marks.size] = wallet / _UNIT
    while mark < marks.size:
        equity[mark] = wallet / _UNIT
        mark += 1
    return whole[:, :trades], money[:, :trades], equity, counts
