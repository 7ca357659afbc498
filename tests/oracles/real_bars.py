# ruff: noqa: T201 - a program that reports to the terminal
"""Pairs of real bars, chosen in one week and traded in the two days after it: gross, costs, net, and how sure that is.

Run as ``python -m tests.oracles.real_bars BARS.parquet`` (a part of ``make oracles``). Of each week the 20 pairs whose
residual is the most stationary (ADF of the OLS residual) are traded by signals of the core's twins at 5 m, with 5 bp of
fee and 1 bp of spread a side, 1,000 USDT in leg y.
"""

from __future__ import annotations

import sys
from itertools import combinations
from pathlib import Path

import numpy as np
import polars as pl

from spreadscope.jit import FloatArray, IntArray
from spreadscope.model.config import Config, load_config
from spreadscope.model.instrument import Pair
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.trading import AccountSettings
from spreadscope.replay.backtest_figures import Returns, significance
from spreadscope.replay.paper_backtest import HOUR, BacktestSettings
from spreadscope.replay.screen import Screen
from spreadscope.stats import adf
from tests.support.closes_market import closes_market

DAY = 24 * HOUR
FORMATION, TRADING = 7 * DAY, 2 * DAY
BEST = 20
CASH = 10_000.0
ACCOUNT = AccountSettings(cash=CASH, impact_factor=0.0, daily_loss_percent=0.0, drawdown_percent=0.0, max_leverage=10.0)


def read_bars(path: Path) -> tuple[IntArray, list[str], FloatArray]:
    """Returns open times (ms), symbols, and closes (rows × symbols), of the time in which all symbols are there."""
    frame = pl.read_parquet(path).with_columns(pl.col("open_time").dt.epoch("ms"))
    wide = frame.pivot(on="symbol", index="open_time", values="close").sort("open_time").drop_nulls()
    symbols = sorted(set(wide.columns) - {"open_time"})
    times = wide["open_time"].to_numpy()
    grid = np.arange(times[0], times[-1] + 1, Timeframe.M5.milliseconds)
    closes = np.full((len(grid), len(symbols)), np.nan)
    closes[(times - times[0]) // Timeframe.M5.milliseconds] = wide.select(symbols).to_numpy()
    return grid, symbols, closes


def most_stationary(closes: FloatArray, symbols: list[str]) -> list[tuple[float, Pair]]:
    """Returns the pairs whose OLS residual has the lowest ADF statistic."""
    logs = np.log(closes)
    logs = logs[np.isfinite(logs).all(axis=1)]
    logs -= logs.mean(axis=0)
    found = []
    for y, x in combinations(range(len(symbols)), 2):
        squares = float(logs[:, x] @ logs[:, x])
        if squares < 1e-12 or float(logs[:, y] @ logs[:, y]) < 1e-12:
            continue
        residual = logs[:, y] - float(logs[:, x] @ logs[:, y]) / squares * logs[:, x]
        stat = adf(residual, lags=1).stat
        if stat is not None:
            found.append((stat, Pair(symbols[y], symbols[x])))
    return sorted(found, key=lambda each: each[0])[:BEST]


def trade(times: IntArray, symbols: list[str], closes: FloatArray, name: str, config: Config) -> None:
    """Trade the chosen pairs of each window, and print what came of it."""
    count, gross, net = 0, 0.0, 0.0
    hours: list[FloatArray] = []
    start = int(times[0])
    while start + FORMATION + TRADING <= times[-1]:
        low, first, last = np.searchsorted(times, [start, start + FORMATION, start + FORMATION + TRADING]).tolist()
        result = np.zeros(TRADING // HOUR + 1)
        for _, pair in most_stationary(closes[low:first], symbols):
            y, x = (closes[low:last, symbols.index(symbol)] for symbol in pair.symbols)
            settings = BacktestSettings(
                pairs=(pair,), timeframe=Timeframe.M5, account=ACCOUNT, trade_from=start + FORMATION
            )
            market = closes_market(pair, Timeframe.M5, times[low:last], y, x)
            found = Screen(market, settings, (), period=HOUR).run(config)
            count, gross, net = count + found.count, gross + found.gross, net + found.net
            equity = np.append(found.equity[:-2], found.equity[-1:])[-len(result) :]
            result += equity - CASH
        hours.append(np.diff(result))
        start += TRADING
    cash = BEST * CASH
    *_, verdict = significance(Returns(HOUR, cash, cash + np.cumsum(np.concatenate(hours))))
    print(
        f"  {name}: {count} trades in {len(hours)} windows, gross {gross:+.0f}, costs {gross - net:.0f},"
        f" net {net:+.0f} USDT on 1,000 in y; {verdict}"
    )


def main(path: Path) -> int:
    if not path.is_file():
        print(f"real bars are left out: there is no {path}")
        return 0
    times, symbols, closes = read_bars(path)
    print(f"{len(symbols)} symbols at 5 m: the {BEST} most stationary pairs of 7 days, traded in the 2 days after them")
    week = FORMATION // Timeframe.M5.milliseconds
    trade(times, symbols, closes, "windows of a day, as by default", load_config(None))
    of_a_week = load_config(
        None, analytics__hedge_window=week, analytics__z_window=week - 1, signals__time_stop_half_lives=0
    )
    trade(times, symbols, closes, "windows of the 7 days", of_a_week)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
