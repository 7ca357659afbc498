"""Checks of a backtest itself: does it know what comes later, what is left one bar later, do rows need a beginning?"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from spreadscope.contract import CheckLine, MoneyParts
from spreadscope.engine import Engine
from spreadscope.engine.journal_entry import JournalEntry
from spreadscope.model.config import Config
from spreadscope.model.facts import Fact, PairRow
from spreadscope.model.instrument import Instrument, Pair
from spreadscope.model.timeframe import MINUTE
from spreadscope.model.trading import UNIT, PairTrade
from spreadscope.replay.backtest_figures import entered
from spreadscope.replay.paper_backtest import BacktestResult, Variant, backtest
from spreadscope.replay.trades_source import replay_trades
from spreadscope.store.reader import StoreReader

LAGGED = "one bar later"
TOLERANCE = 1e-9
_TRADED = ("beta", "alpha", "spread_mean", "spread_sd", "z")
_WINDOWS = 3  # that the later of two starts lies before the end


def lagged(base: Variant, bar_ms: int) -> Variant:
    """Returns an account whose every order arrives one bar later."""
    account = base.account
    slower = msgspec.structs.replace(account, latency_ms=account.latency_ms + bar_ms)
    return msgspec.structs.replace(base, name=LAGGED, account=slower)


def check_prefix(
    reader: StoreReader, config: Config, whole: BacktestResult, instruments: Iterable[Instrument]
) -> CheckLine:
    """Compare the trades before the middle of the data with those of a run that ends there.

    A trade that is open at the middle is closed there, so those that ended some time before it are compared.
    """
    name = "no look-ahead"
    middle = (whole.first_time + whole.last_time) // 2
    part = backtest(reader, config, msgspec.structs.replace(whole.settings, end=middle), instruments)
    until = part.last_time - MINUTE
    before, after = (_ended_by(each.record.trades_closed, until) for each in (whole, part))
    if not before and not after:
        return CheckLine(name=name, passed=None, words="no trade ended in the first half: there is nothing to compare")
    if before == after:
        words = f"the {len(before)} trades that ended in the first half are the same without the second half"
        return CheckLine(name=name, passed=True, words=words)
    differing = sum(one != other for one, other in zip(before, after, strict=False)) + abs(len(before) - len(after))
    words = (
        f"{differing} of the {max(len(before), len(after))} trades of the first half are others without the second half"
    )
    return CheckLine(name=name, passed=False, words=words)


def check_lag(own: MoneyParts, later: MoneyParts) -> CheckLine:
    """Say what remains of the gross result when every order arrives one bar later.

    It does not pass where a gain before costs is gone with it: what is earned within one bar is seldom to be had.
    """
    name = LAGGED
    first, second = own.gross / UNIT, later.gross / UNIT
    if not own.gross:
        return CheckLine(name=name, passed=None, words="there is no gross result to compare")
    words = f"with every order one bar later the gross result is {second:+,.2f} instead of {first:+,.2f} USDT"
    if own.gross < 0:
        return CheckLine(name=name, passed=None, words=f"{words}; there was no gain to lose")
    return CheckLine(name=name, passed=later.gross > 0, words=f"{words}: {second / first:.0%} of it remains")


def check_recursion(reader: StoreReader, config: Config, whole: BacktestResult) -> CheckLine:
    """Compare the last rows of two runs of the core of which one begins a window earlier."""
    name = "recursion"
    timeframe = whole.settings.timeframe
    analytics = config.analytics.at(timeframe)
    window = max(analytics.hedge_window + analytics.z_window, analytics.correlation_window) * timeframe.milliseconds
    early = whole.last_time - (_WINDOWS + 1) * window
    if early < whole.first_time:
        return CheckLine(name=name, passed=None, words=f"the data are shorter than {_WINDOWS + 1} windows")
    pairs = whole.settings.pairs
    rows = [_last_rows(reader, config, whole, start) for start in (early, early + window)]
    worst, where = 0.0, ""
    compared = 0
    for pair in pairs:
        one, other = (found.get(pair) for found in rows)
        if one is None or other is None:
            continue
        for key in _TRADED:
            a, b = one[key].value, other[key].value
            if a is None or b is None:
                if a is not b:
                    return CheckLine(name=name, passed=False, words=f"only one of both runs has a {key} of {pair}")
                continue
            compared += 1
            apart = abs(a - b) / max(1.0, abs(a))
            if apart >= worst:
                worst, where = apart, f"{key} of {pair}"
    if not compared:
        return CheckLine(name=name, passed=None, words="the last rows have no numbers to compare")
    differ = f"differ by at most {worst:.1e} ({where})" if worst else "are equal to the last digit"
    words = f"begun one window earlier, the last rows {differ}"
    return CheckLine(name=name, passed=worst <= TOLERANCE, words=words)


def _ended_by(trades: Iterable[PairTrade], until: int) -> list[PairTrade]:
    return [trade for trade in entered(list(trades)) if trade.closed < until]


def _last_rows(reader: StoreReader, config: Config, whole: BacktestResult, start: int) -> dict[Pair, PairRow]:
    """The last row of each pair before the last trade; ``start`` is moved to the beginning of a bar."""
    timeframe = whole.settings.timeframe
    found: dict[Pair, PairRow] = {}

    def observe(engine: Engine, facts: list[Fact], entries: list[JournalEntry]) -> None:
        del engine, entries
        for fact in facts:
            if isinstance(fact, PairRow):
                found[fact.pair] = fact

    replay_trades(
        reader, config, whole.settings.pairs, start=timeframe.open_time(start), end=whole.last_time + 1,
        timeframes=(timeframe,), observe=observe,
    )  # fmt: skip
    return found
