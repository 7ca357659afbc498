"""Paper trading in the core: a replay of the journal gives the same orders, fills and ledger, however it was cut."""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
import pytest

from spreadscope.engine import Engine
from spreadscope.engine.digest import FactsDigest
from spreadscope.engine.journal_entry import JournalEntry, apply_events
from spreadscope.model.config import Config, load_config
from spreadscope.model.events import Event, Mark, MarketTime, Origin, Quote, Trades, TradingStatus, WatchPair
from spreadscope.model.facts import Fact, Fault
from spreadscope.model.resume import Input
from spreadscope.model.sliced_orders import Ladder, Twap
from spreadscope.model.trading import (
    AccountSettings,
    AccountState,
    Decision,
    Fill,
    LedgerEntry,
    OrderChanged,
    PairTrade,
)
from spreadscope.model.trading_events import CloseTrade, OpenTrade, ResumeAccount, SetAccount, SetKill, SetTradingMode
from spreadscope.model.trading_states import Execution, SliceState, SpreadMeasure, TradeState, TradingMode
from spreadscope.store.journal import TradesReference, decode, encode
from spreadscope.trading.money_ledger import balances_of
from tests.support.paper_market import ACCOUNT, PAIR, S1, START, X, Y, rules

SECONDS = 400
KINDS = (OrderChanged, Fill, LedgerEntry, PairTrade, Decision, AccountState)


@pytest.fixture(scope="module")
def config() -> Config:
    return load_config(
        None, analytics__hedge_window=60, analytics__z_window=20, analytics__correlation_window=20, signals__entry=1.5,
        signals__stop=6.0,
    )  # fmt: skip


def engine(config: Config) -> Engine:
    made = Engine(config, (S1,))
    made.broker.market.rules = {Y: rules(Y), X: rules(X)}
    return made


def market(seed: int, execution: Execution) -> Iterator[list[Event]]:
    """Batches of events: tied prices, several quotes a second that run ahead of the trades' clock, marks, halts."""
    dice = random.Random(seed)
    settings = AccountSettings(execution=execution, patience_ms=1_500)
    yield [
        WatchPair(PAIR), MarketTime(START), SetAccount(ACCOUNT, settings),
        SetTradingMode(ACCOUNT, PAIR, S1, TradingMode.AUTO),
    ]  # fmt: skip
    level, gap, number = 4.6, 0.0, 0
    for second in range(SECONDS):
        start = START + 1000 * second
        level += dice.gauss(0, 5e-4)
        gap = 0.8 * gap + dice.gauss(0, 1e-3)
        prices = {Y: float(np.exp(level + gap)), X: float(np.exp(level))}
        events: list[tuple[int, int, Event]] = []
        for symbol, price in prices.items():
            number += 1
            trade = Trades(
                symbol, np.array([second]), np.array([start + 100]), np.array([round(price, 2)]),
                np.array([dice.choice([0.01, 5.0, 60.0])]), np.array([dice.random() < 0.5]), Origin.LIVE,
            )  # fmt: skip
            events.append((start + 100, number, trade))
            lead = dice.choice([0, 0, 150])  # quotes come before trades that are older
            for offset in sorted(dice.sample(range(1000), 8)):
                number += 1
                middle = round(price * (1 + dice.gauss(0, 1e-4)), 2)
                size = dice.choice([0.2, 3.0, 40.0])
                quote = Quote(symbol, start + offset, middle - 0.01, middle + 0.01, size, size, number)
                events.append((start + offset - lead, number, quote))
            if second % 3 == 0:
                number += 1
                due = START + 1000 * (60 * (second // 60) + 60)
                events.append((start + 900, number, Mark(symbol, start + 900, price, price, 1e-4, due)))
        events += [(start + half + 1, -1, MarketTime(start + half)) for half in (0, 500)]
        if second in {150, 153, 300, 303}:
            events.append((start + 700, -2, TradingStatus(X, second % 10 == 3)))
        if second == 250:
            events.append((start + 730, -3, SetKill(ACCOUNT, True, "me", "a test")))
            events.append((start + 740, -2, CloseTrade(ACCOUNT, 0)))
        if second == 260:
            events.append((start + 730, -3, SetKill(ACCOUNT, False, "me", "it goes on")))
        batch = [event for _, _, event in sorted(events, key=lambda each: each[:2])]
        cut = dice.randrange(len(batch))
        yield batch[:cut]
        yield batch[cut:]


def run(
    config: Config, batches: Iterator[list[Event]] | list[list[Input]]
) -> tuple[list[Fact], list[list[JournalEntry]]]:
    core = engine(config)
    facts: list[Fact] = []
    entries = []
    for batch in batches:
        caused, written = apply_events(core, batch)
        facts += caused
        entries.append(written)
    assert [fact for fact in facts if isinstance(fact, Fault)] == []
    return facts, entries


def traded(facts: list[Fact]) -> list[Fact]:
    return [fact for fact in facts if isinstance(fact, KINDS)]


def journaled(entries: list[list[JournalEntry]], stored: dict[tuple[str, int], Trades]) -> Iterator[list[Input]]:
    """What a replay reads: the entries of each transaction, with the trades of the store."""

    def read(reference: TradesReference) -> Trades:
        rows = [stored[reference.symbol, int(number)] for number in reference.ids()]
        columns = ("ids", "times", "prices", "quantities", "buyer_maker")
        joined = {name: np.concatenate([getattr(row, name) for row in rows]) for name in columns}
        return Trades(symbol=reference.symbol, origin=reference.origin, **joined)

    for transaction in entries:
        yield list(decode(encode(transaction).data, read))


@pytest.mark.parametrize("execution", list(Execution))
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_replay_of_the_journal_trades_the_same(config: Config, seed: int, execution: Execution) -> None:
    batches = list(market(seed, execution))
    stored = {
        (event.symbol, int(event.ids[0])): event for batch in batches for event in batch if isinstance(event, Trades)
    }
    facts, entries = run(config, iter(batches))
    fills = [fact for fact in facts if isinstance(fact, Fill)]
    assert len(fills) > 20
    assert {entry.kind.value for entry in facts if isinstance(entry, LedgerEntry)} >= {"fee", "realised", "funding"}
    # The store cuts transactions anywhere.
    dice = random.Random(seed)
    flat = [entry for transaction in entries for entry in transaction]
    cuts = sorted(dice.sample(range(len(flat)), 60))
    pieces = [flat[start:end] for start, end in zip([0, *cuts], [*cuts, len(flat)], strict=True)]
    for transactions in (entries, pieces):
        again, _ = run(config, list(journaled(transactions, stored)))
        assert traded(again) == traded(facts)
        digests = [FactsDigest(), FactsDigest()]
        for digest, said in zip(digests, (facts, again), strict=True):
            for fact in said:
                digest.add(fact)
        assert digests[0].hexdigest() == digests[1].hexdigest()


def sliced(seed: int, execution: Execution) -> Iterator[list[Event]]:
    """The market of above with a TWAP and ladders in place of signals."""
    twap = OpenTrade(
        account=ACCOUNT, pair=PAIR, timeframe=S1, side=1, slices=Twap(slices=6, length_ms=30_000), take_profit=-2.5
    )
    rungs = Ladder(measure=SpreadMeasure.Z, first=0.5, last=2.5, rungs=4)
    ladder = OpenTrade(
        account=ACCOUNT, pair=PAIR, timeframe=S1, side=-1, slices=rungs, take_profit=-1.0, good_ms=40_000
    )
    for number, batch in enumerate(market(seed, execution)):
        asked: dict[int, list[Event]] = {130: [twap], 30: [CloseTrade(ACCOUNT, 0), ladder]}
        yield [*(each for each in batch if not isinstance(each, SetTradingMode)), *asked.get(number % 200, [])]


@pytest.mark.parametrize("execution", list(Execution))
@pytest.mark.parametrize("seed", [1, 2])
def test_a_replay_sends_the_same_slices(config: Config, seed: int, execution: Execution) -> None:
    batches = list(sliced(seed, execution))
    stored = {
        (event.symbol, int(event.ids[0])): event for batch in batches for event in batch if isinstance(event, Trades)
    }
    facts, entries = run(config, iter(batches))
    orders = [fact.sliced for fact in facts if isinstance(fact, Decision) and fact.sliced is not None]
    states = {each.state for order in orders for each in order.slices}
    assert states >= {SliceState.FILLED, SliceState.SENT, SliceState.CANCELED}
    again, _ = run(config, list(journaled(entries, stored)))
    assert traded(again) == traded(facts)


def test_a_run_that_was_killed_within_an_order_goes_on(config: Config) -> None:
    """At ten instants: no slice is sent twice, and what is held is what they brought."""
    batches = list(sliced(3, Execution.BOTH_MARKET))
    for instant in range(140, 780, 64):
        before, _ = run(config, iter(batches[:instant]))
        state = [fact for fact in before if isinstance(fact, AccountState)][-1]
        resumed: list[list[Event]] = [[WatchPair(PAIR), ResumeAccount(state)], *batches[instant:]]
        after, _ = run(config, iter(resumed))
        said = [*before, *after]
        entries = [fact for fact in said if isinstance(fact, LedgerEntry)]
        last = [fact for fact in said if isinstance(fact, AccountState)][-1]
        assert balances_of(entries) == last.balances
        fills = [fact for fact in said if isinstance(fact, Fill)]
        decisions = {fact.id: fact for fact in said if isinstance(fact, Decision) and fact.sliced is not None}
        for decision in decisions.values():
            assert decision.sliced is not None
            entered = sum(fill.quantity for fill in fills if fill.trade == decision.trade and fill.symbol == Y)
            whole = sum(each.y for each in decision.sliced.slices)
            assert abs(sum(each.filled_y for each in decision.sliced.slices)) <= abs(whole)
            assert abs(entered) <= abs(whole)


def test_a_run_that_was_killed_goes_on_with_what_was_stored(config: Config) -> None:
    """At 20 instants: nothing is doubled, the books balance, and what was alone is hedged, closed or said."""
    batches = list(market(5, Execution.BOTH_MARKET))
    for instant in range(130, 790, 33):
        before, _ = run(config, iter(batches[:instant]))
        state = [fact for fact in before if isinstance(fact, AccountState)][-1]
        resumed: list[list[Event]] = [[WatchPair(PAIR), ResumeAccount(state)], *batches[instant:]]
        after, _ = run(config, iter(resumed))
        entries = [fact for fact in (*before, *after) if isinstance(fact, LedgerEntry)]
        assert len({entry.id for entry in entries}) == len(entries)
        last = [fact for fact in (*before, *after) if isinstance(fact, AccountState)][-1]
        assert balances_of(entries) == last.balances
        fills = [fact for fact in (*before, *after) if isinstance(fact, Fill)]
        newest = {fact.id: fact for fact in (*before, *after) if isinstance(fact, PairTrade)}
        for trade in newest.values():
            for leg in (trade.y, trade.x):
                assert leg.held == sum(
                    fill.quantity for fill in fills if fill.trade == trade.id and fill.symbol == leg.symbol
                )
            assert trade.state in {TradeState.OPEN, TradeState.CLOSED, TradeState.FROZEN, TradeState.EXITING}
