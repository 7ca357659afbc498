"""The sums of a statement are those of the ledger, however the time is cut."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from spreadscope.model.errors import StoreError
from spreadscope.model.trading import EquityPoint, LedgerEntry
from spreadscope.model.trading_states import Book, EntryKind, TradeState
from spreadscope.store.directory import DATABASE
from spreadscope.store.statement_reader import StatementSums, read_statement
from tests.store.editing import edit
from tests.support.paper_market import ACCOUNT, PAIR, START, PaperMarket, of_kind
from tests.support.traded_market import stored, traded_market

END = 1 << 60


@pytest.fixture(scope="module")
def market() -> PaperMarket:
    return traded_market()


@pytest.fixture(scope="module")
def data(market: PaperMarket, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stored(market, tmp_path_factory.mktemp("statement"))


def read(data: Path, start: int = 0, end: int = END, most: int = 100) -> StatementSums:
    return read_statement(data / DATABASE, ACCOUNT, start, end, most_trades=most)


def gain(entry: LedgerEntry) -> int:
    return entry.amount if entry.debit is Book.WALLET else -entry.amount


def test_the_whole_is_the_ledger(market: PaperMarket, data: Path) -> None:
    sums, entries = read(data), of_kind(market.facts, LedgerEntry)
    assert (sums.wallet_start, sums.wallet_end) == (0, sum(map(gain, entries)))
    expected: Counter[tuple[str, EntryKind]] = Counter()
    for entry in entries:
        expected[str(PAIR) if entry.trade else "", entry.kind] += gain(entry)
    assert {(each.pair, each.kind): each.amount for each in sums.sums} == dict(expected)
    assert ("", EntryKind.DEPOSIT) in expected
    assert sum(each.entries for each in sums.sums) == len(entries)
    assert (min(each.first for each in sums.sums), max(each.last for each in sums.sums)) == (
        entries[0].id, entries[-1].id,
    )  # fmt: skip
    closed = [trade for trade in market.trades().values() if trade.state is TradeState.CLOSED]
    assert sums.closed == {str(PAIR): len(closed)}
    assert sums.trades == tuple(sorted(closed, key=lambda trade: (-trade.closed, -trade.id)))
    assert sums.problems == ()


def test_times_that_follow_one_another_make_the_whole(market: PaperMarket, data: Path) -> None:
    entries = of_kind(market.facts, LedgerEntry)
    last = max(entry.time for entry in entries)
    rng = random.Random(3)
    cuts = [0, *(rng.randrange(START, last) for _ in range(12)), entries[len(entries) // 2].time, END]
    cuts.sort()
    parts = [read(data, start, end) for start, end in pairwise(cuts) if start < end]
    for one, other in pairwise(parts):
        assert one.wallet_end == other.wallet_start
        assert one.closing == other.opening
    for part in parts:
        assert part.wallet_start + sum(each.amount for each in part.sums) == part.wallet_end
    assert sum(each.entries for part in parts for each in part.sums) == len(entries)
    whole = read(data)
    assert sum((Counter(part.closed) for part in parts), Counter()) == whole.closed
    assert sorted(trade.id for part in parts for trade in part.trades) == sorted(trade.id for trade in whole.trades)


def test_equity_is_the_last_that_was_noted_before(market: PaperMarket, data: Path) -> None:
    points = of_kind(market.facts, EquityPoint)
    middle = points[len(points) // 2].time
    sums = read(data, middle, END)
    assert (sums.opening, sums.closing) == (points[len(points) // 2 - 1], points[-1])
    assert read(data, 0, points[0].time).closing is None


def test_only_the_newest_trades_are_listed_and_all_are_counted(data: Path) -> None:
    whole = read(data)
    sums = read(data, most=1)
    assert sums.trades == whole.trades[:1]
    assert sums.closed == whole.closed


def test_another_account_has_nothing_and_is_not_stored(data: Path) -> None:
    sums = read_statement(data / DATABASE, "nobody", 0, END, most_trades=5)
    assert (sums.wallet_end, sums.sums, sums.trades, sums.opening) == (0, (), (), None)
    assert sums.problems == ("the account nobody is not stored",)


def test_what_does_not_agree_with_the_ledger_is_told(market: PaperMarket, tmp_path: Path) -> None:
    stored(market, tmp_path)
    edit(tmp_path, "UPDATE paper_money SET amount = amount + 1 WHERE id = (SELECT max(id) FROM paper_money)")
    problems = read(tmp_path).problems
    assert any(problem.startswith("its book wallet has ") for problem in problems)
    assert any(problem.startswith("trade ") for problem in problems)


def test_a_damaged_trade_is_one_sentence(market: PaperMarket, tmp_path: Path) -> None:
    edit(stored(market, tmp_path), "UPDATE paper_trades SET document = '{' WHERE state = 'closed'")
    with pytest.raises(StoreError, match=r"a row of paper trading is damaged .* spreadscope doctor"):
        read(tmp_path)
