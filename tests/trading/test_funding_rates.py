"""Real funding rates of 61 perpetuals over six weeks: what is booked is what one adds up by hand, to the last unit."""

from __future__ import annotations

from collections import defaultdict
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import msgspec
import numpy as np
import polars as pl
import pytest

from spreadscope.model.events import Mark
from spreadscope.model.hedge import Space
from spreadscope.model.instrument import Pair
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.trading import UNIT, AccountSettings, AccountState, LedgerEntry, PairTrade, TradeLeg
from spreadscope.model.trading_states import EntryKind, Execution, TradeOrigin, TradeState
from spreadscope.trading.account_book import AccountBook
from spreadscope.trading.funding import Funding
from spreadscope.trading.market_view import MarketView

_FILE = "binance_um_funding_8h_2023-07_08_61sym.parquet"
SHARED = Path(__file__).parents[2] / ".." / "shared" / "data" / "rest" / _FILE
pytestmark = pytest.mark.skipif(not SHARED.is_file(), reason="needs the data beside the checkout")
_BEFORE_MS = 1_000
_INTERVAL_MS = 8 * 3_600_000
_EIGHT = Decimal("0.00000001")


def pair_trade(number: int, pair: Pair, y: int, x: int) -> PairTrade:
    return PairTrade(
        account="paper", id=number, pair=pair, timeframe=Timeframe.M1, side=1, origin=TradeOrigin.TICKET,
        execution=Execution.BOTH_MARKET, state=TradeState.OPEN, space=Space.LOG, beta=1.0, alpha=0.0, mean=None,
        sd=None, z=None, half_life=None, decided=0, y=TradeLeg(symbol=pair.y, planned=y, held=y),
        x=TradeLeg(symbol=pair.x, planned=x, held=x),
    )  # fmt: skip


def test_the_sum_is_that_of_the_hand() -> None:
    """Symbols in pairs, the odd one with the first again; every quantity changes half-way."""
    frame = pl.read_parquet(SHARED).sort("open_time", "symbol")
    symbols = sorted(frame["symbol"].unique().to_list())
    assert len(symbols) == 61
    rng = np.random.default_rng(6)
    prices = {symbol: round(float(rng.lognormal(3, 3)), 5) for symbol in symbols}
    pairs = [Pair(*each) for each in zip(symbols[::2], [*symbols[1::2], symbols[0]], strict=True)]
    quantities = (rng.integers(-(10**13), 10**13, (2, len(pairs), 2)) // 1_000 * 1_000).tolist()
    trades = tuple(pair_trade(row + 1, pair, *quantities[0][row]) for row, pair in enumerate(pairs))
    state = AccountState(account="paper", settings=AccountSettings(), time=0, opened=0, trades=trades, next_id=1_000)
    book, view = AccountBook(state), MarketView()
    funding = Funding(book, {})
    times = frame["open_time"].dt.epoch("ms").to_numpy()
    middle = int(times[len(times) // 2]) + _BEFORE_MS
    due = defaultdict(list)
    for time, symbol, rate in zip(times.tolist(), frame["symbol"].to_list(), frame["open"].to_list(), strict=True):
        due[time].append((symbol, rate))
    by_hand: dict[tuple[int, str, str], Decimal] = defaultdict(Decimal)
    changed = False
    for time in sorted(due):
        if time > middle and not changed:
            changed = True
            for number, (y, x) in zip(list(book.trades), quantities[1], strict=True):
                trade = book.trades[number]
                book.trades[number] = msgspec.structs.replace(
                    trade, y=msgspec.structs.replace(trade.y, held=y), x=msgspec.structs.replace(trade.x, held=x)
                )
        for symbol, rate in due[time]:
            view.add_mark(Mark(symbol, time - _BEFORE_MS, prices[symbol], prices[symbol], rate, time))
            view.add_mark(Mark(symbol, time, prices[symbol], prices[symbol], 0.0, time + _INTERVAL_MS))
            for row, pair in enumerate(pairs):
                for place, leg in enumerate(("y", "x")):
                    if pair.symbols[place] == symbol:
                        held = Decimal(quantities[changed][row][place]) / UNIT
                        worth = (held * Decimal(str(prices[symbol]))).quantize(_EIGHT, ROUND_HALF_EVEN)
                        pays = (worth * Decimal(repr(rate))).quantize(_EIGHT, ROUND_HALF_EVEN)
                        by_hand[row + 1, leg, symbol] -= pays
        funding.book_passed(view.funding_passed(), time)
        view.end_tick(time)
    booked: dict[tuple[int, str, str], int] = defaultdict(int)
    for entry in book.facts:
        if isinstance(entry, LedgerEntry):
            assert entry.kind is EntryKind.FUNDING
            booked[entry.trade, entry.leg, entry.symbol] += entry.amount if entry.debit == "wallet" else -entry.amount
    assert changed
    assert booked == {key: int(amount * UNIT) for key, amount in by_hand.items()}
    assert book.ledger.wallet == sum(booked.values()) != 0
    assert {trade.id: (trade.y.funding, trade.x.funding) for trade in book.trades.values()} == {
        row + 1: (booked[row + 1, "y", pair.y], booked[row + 1, "x", pair.x]) for row, pair in enumerate(pairs)
    }
