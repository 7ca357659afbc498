"""The core: the same facts however the market was cut into batches, and what it does when things change."""

from __future__ import annotations

import random
from collections import Counter

import msgspec
import pytest

from spreadscope.engine import Engine, FactsDigest
from spreadscope.model.events import (
    BarRow,
    DropPair,
    DropSymbol,
    Event,
    FlushChanges,
    History,
    MarketTime,
    Origin,
    TradingStatus,
    UpstreamHole,
    WatchPair,
    WatchSymbol,
)
from spreadscope.model.facts import (
    Bar,
    BarsOutdated,
    ContentConflict,
    Fact,
    Gap,
    PairRow,
    Signal,
    TradesAccepted,
)
from spreadscope.model.resume import ResumeTape
from spreadscope.model.states import Action, BarOrigin, GapState, SignalState
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.validity import Reason
from tests.support.facts import of
from tests.support.market import START, agg, trades
from tests.support.streams import CONFIG, PAIR, disturbed, run, true_trades

Moments = dict[int, list[Event]]

TRUTH = true_trades(150, seed=11)
ITEMS = disturbed(TRUTH, seed=12)


def seconds(facts: list[Fact]) -> list[Bar]:
    return [bar for bar in of(facts, Bar) if bar.timeframe is Timeframe.S1]


def digest(facts: list[Fact]) -> str:
    hashed = FactsDigest()
    for fact in facts:
        hashed.add(fact)
    return hashed.hexdigest()


def test_the_stream_is_as_hostile_as_it_claims() -> None:
    counts = Counter(type(item).__name__ for item in ITEMS)
    assert counts["Trades"] >= 5
    assert counts["QuoteMessage"] > 100
    facts = run(ITEMS)[1]
    states = Counter(gap.state for gap in of(facts, Gap))
    assert states[GapState.OPEN] == states[GapState.FILLED] >= 5
    assert any(bar.revised for bar in of(facts, Bar))
    assert any(not bar.complete for bar in of(facts, Bar))
    assert any(row.z.value is not None for row in of(facts, PairRow))


def test_facts_do_not_depend_on_the_batches() -> None:
    dice = random.Random(5)
    chances = [dice.random() for _ in ITEMS]
    patterns = [lambda _: True, lambda n: n % 7 == 0, lambda n: chances[n] < 0.1, lambda n: chances[n] > 0.3]
    whole = run(ITEMS)[1]
    for take in patterns:
        facts = run(ITEMS, take)[1]
        assert [f for f in facts if not isinstance(f, TradesAccepted)] == [
            f for f in whole if not isinstance(f, TradesAccepted)
        ]
        assert digest(facts) == digest(whole)


def test_the_digest_sees_every_change() -> None:
    facts = run(ITEMS[:400])[1]
    changed = [
        msgspec.structs.replace(fact, close=fact.close + 0.01) if isinstance(fact, Bar) else fact for fact in facts
    ]
    assert digest(changed) != digest(facts)
    assert digest(facts[:-1]) != digest(facts)
    other = run([*ITEMS[:399], ITEMS[400]])[1]
    assert digest(other) != digest(facts)


def test_every_trade_is_accepted_once_and_every_bar_is_right_in_the_end() -> None:
    engine, facts = run(ITEMS)
    for symbol in PAIR.symbols:
        mine = [trade for trade in TRUTH if trade.symbol == symbol]
        ids = [
            i for fact in of(facts, TradesAccepted) if fact.trades.symbol == symbol for i in fact.trades.ids.tolist()
        ]
        assert sorted(ids) == [trade.id for trade in mine]
        last = {(bar.timeframe, bar.open_time): bar for bar in of(facts, Bar) if bar.symbol == symbol}
        assert {time for frame, time in last if frame is Timeframe.S1}
        for (frame, start), bar in last.items():
            inside = [trade for trade in mine if start <= trade.time < start + frame.milliseconds]
            prices = [trade.price for trade in inside]
            assert (bar.open, bar.high, bar.low, bar.close) == (prices[0], max(prices), min(prices), prices[-1])
            assert bar.trades == len(inside)
            assert bar.volume == pytest.approx(sum(trade.quantity for trade in inside), rel=1e-12)
            assert bar.complete == (start > mine[0].time)
        assert engine.open_holes(symbol) == []


def test_rows_come_once_each_and_in_order() -> None:
    facts = run(ITEMS)[1]
    times = [row.time for row in of(facts, PairRow) if row.timeframe is Timeframe.S1]
    assert times == sorted(set(times))
    seen: dict[tuple[str, Timeframe, int], bool] = {}
    for bar in of(facts, Bar):
        key = (bar.symbol, bar.timeframe, bar.open_time)
        assert bar.revised == (key in seen), "a bar that was sent before is marked as revised, and only such a bar"
        seen[key] = True


def test_a_bar_closes_once_the_markets_clock_passed_it_by_the_grace() -> None:
    engine = Engine(CONFIG)
    engine.on(WatchSymbol("BTCUSDT"))
    engine.on(trades([1, 2], times=[START, START + 999]))
    assert engine.on(MarketTime(START + 1499)) == []
    (bar,) = engine.on(MarketTime(START + 1500))
    assert (bar.open_time, bar.complete) == (START, False)
    assert engine.on(MarketTime(START + 1500)) == []
    assert engine.on(MarketTime(START)) == []


def test_a_hole_makes_its_bars_incomplete_until_it_is_filled() -> None:
    engine = Engine(CONFIG)
    engine.on(WatchSymbol("BTCUSDT"))
    engine.on(trades(range(1, 4), times=[START - 5000, START + 100, START + 200]))
    (first, second) = seconds(engine.on(MarketTime(START + 2000)))
    assert (first.complete, second.complete) == (False, True)
    engine.on(trades(range(6, 8), times=[START + 2100, START + 2200]))
    facts = engine.on(MarketTime(START + 4000))
    assert [(gap.first, gap.last, gap.state) for gap in of(facts, Gap)] == [(4, 5, GapState.OPEN)]
    assert [(b.open_time - START, b.complete, b.revised) for b in seconds(facts)] == [
        (0, False, True),
        (2000, False, False),
    ]
    facts = engine.on(trades([4, 5], times=[START + 900, START + 1900], origin=Origin.REST))
    assert [(b.open_time - START, b.trades, b.complete, b.revised) for b in seconds(facts)] == [
        (0, 3, True, True), (1000, 1, True, False), (2000, 2, True, True),
    ]  # fmt: skip
    assert [gap.state for gap in of(facts, Gap)] == [GapState.FILLED]


def test_an_upstream_hole_completes_and_a_permanent_one_does_not() -> None:
    for permanent, complete in ((False, True), (True, False)):
        engine = Engine(CONFIG)
        engine.on(WatchSymbol("BTCUSDT"))
        engine.on(trades([1, 2, 5], times=[START - 5000, START + 100, START + 900]))
        assert [bar.complete for bar in seconds(engine.on(MarketTime(START + 2000)))] == [False, False]
        facts = engine.on(UpstreamHole("BTCUSDT", 3, 4, "evidence", permanent=permanent))
        assert [gap.state.value for gap in of(facts, Gap)] == ["permanent" if permanent else "upstream"]
        assert engine.series["BTCUSDT"].bars(Timeframe.S1)[START].complete is complete
        assert engine.open_holes("BTCUSDT") == []


def test_other_content_is_an_alarm() -> None:
    engine = Engine(CONFIG)
    engine.on(WatchSymbol("BTCUSDT"))
    engine.on(trades([1]))
    assert engine.on(trades([1], prices=[1.0])) == []
    assert [fact.trade_id for fact in of(engine.on(FlushChanges()), ContentConflict)] == [1]


# --- pairs ----------------------------------------------------------------------------------------------------------


def values(rows: list[PairRow]) -> dict[tuple[Timeframe, int], object]:
    return {(row.timeframe, row.time): row.z for row in rows}


def test_a_pair_added_late_catches_up_on_the_bars_in_memory() -> None:
    clean = list(TRUTH)
    symbols = [WatchSymbol(symbol) for symbol in PAIR.symbols]
    early = values(of(run(clean)[1], PairRow))
    late = values(of(run(clean, first=symbols, at={len(clean) // 2: [WatchPair(PAIR)]})[1], PairRow))
    assert set(late) == set(early)
    assert late == early


def test_dropping_a_pair_ends_its_rows_and_nothing_else() -> None:
    half = len(TRUTH) // 2
    engine, facts = run(TRUTH, at={half: [DropPair(PAIR), DropPair(PAIR)]})
    assert engine.pairs == {}
    assert max(row.time for row in of(facts, PairRow)) < TRUTH[half].time
    assert max(bar.open_time for bar in of(facts, Bar)) > TRUTH[half].time + 10_000


@pytest.mark.parametrize("share", [0.4, 0.5, 0.6, 0.7, 0.8])
def test_a_position_of_a_pair_that_is_dropped_is_left(share: float) -> None:
    signals = CONFIG.signals.model_copy(update={"entry": 0.2, "exit": 0.1, "stop": 50.0})
    at: Moments = {int(len(TRUTH) * share): [DropPair(PAIR)]}
    facts = of(run(TRUTH, engine=Engine(CONFIG.model_copy(update={"signals": signals})), at=at)[1], Signal)
    last = {signal.timeframe: signal for signal in facts}
    assert {signal.state for signal in last.values()} == {SignalState.FLAT}
    times = [(signal.timeframe, signal.time) for signal in facts]
    assert len(times) == len(set(times))  # the store keeps one a bar
    left = [signal for signal in facts if signal.cause == "the pair is followed no more"]
    assert all(signal.action is Action.EXIT and signal.beta is not None for signal in left)


def test_dropping_a_symbol_drops_its_pairs_and_it_can_come_back() -> None:
    half = len(ITEMS) // 2
    back: Moments = {half: [DropSymbol("ETHUSDT")], half + 40: [WatchPair(PAIR)]}
    engine, facts = run(ITEMS, at=back)  # with revisions pending at the moment of the drop
    assert set(engine.tapes) == set(PAIR.symbols)
    assert engine.tapes["ETHUSDT"].ledger.first != engine.tapes["BTCUSDT"].ledger.first
    assert of(facts, PairRow)
    engine.on(DropSymbol("BTCUSDT"))
    assert engine.on(trades([1])) == []
    assert engine.on(UpstreamHole("BTCUSDT", 1, 2, "e")) == []
    assert engine.on(History("BTCUSDT", Timeframe.M1, ())) == []


@pytest.mark.parametrize("hedge", ["ols", "kalman"])
def test_a_halted_leg_freezes_the_pair(hedge: str) -> None:
    analytics = CONFIG.analytics.model_copy(update={"hedge": hedge})
    signals = CONFIG.signals.model_copy(update={"entry": 0.2, "exit": 0.1, "stop": 50.0})
    config = CONFIG.model_copy(update={"analytics": analytics, "signals": signals})
    halt: Moments = {len(TRUTH) // 2: [TradingStatus("ETHUSDT", trading=False)]}
    free = of(run(TRUTH, engine=Engine(config))[1], Signal)
    frozen = of(run(TRUTH, engine=Engine(config), at=halt)[1], Signal)
    rows = of(run(TRUTH, engine=Engine(config), at=halt)[1], PairRow)
    when = TRUTH[len(TRUTH) // 2].time
    assert len(frozen) < len(free)
    assert all(signal.time < when for signal in frozen)
    assert rows[-1].z.reason is Reason.HALTED


def test_history_is_a_flagged_substitute_that_fills_windows() -> None:
    engine = Engine(CONFIG)
    engine.on(WatchPair(PAIR))
    rows = tuple(BarRow(START - i * 60_000, 1, 2, 0.5, 1 + (i * 7 % 5) / 100, 1, 3) for i in reversed(range(1, 41)))
    for symbol in PAIR.symbols:
        bars = engine.on(History(symbol, Timeframe.M1, rows))
        assert [bar.origin for bar in bars] == [BarOrigin.KLINE] * 40
    facts = engine.on(MarketTime(START + 1))
    assert len(of(facts, PairRow)) == 39  # the last one is not past its grace yet
    assert of(facts, PairRow)[-1].n == 30


# --- restarts -------------------------------------------------------------------------------------------------------


def test_a_restart_keeps_stored_bars_whole_and_goes_on() -> None:
    """A hole from before the restart is filled after it: the store, which has all the trades, makes those bars anew."""
    engine = Engine(CONFIG)
    engine.on(WatchSymbol("BTCUSDT"))
    engine.on(trades([1, 2, 5, 6], times=[START - 5000, START + 100, START + 900, START + 5000]))
    facts = engine.on(MarketTime(START + 7000))
    bars, opened = of(facts, Bar), of(facts, Gap)
    again = Engine(CONFIG)
    held = tuple((r.first, r.last, r.first_time, r.last_time) for r in engine.ledger("BTCUSDT"))
    unclosed = trades([5, 6], times=[START + 900, START + 5000])
    again.on(ResumeTape("BTCUSDT", held, opened=tuple(opened), bars=tuple(bars[-1:]), trades=unclosed))
    facts = again.on(trades([3, 4], times=[START + 300, START + 400], origin=Origin.REST))
    assert [(gap.first, gap.last, gap.state) for gap in of(facts, Gap)] == [(3, 4, GapState.FILLED)]
    assert BarsOutdated("BTCUSDT", Timeframe.S1, START) in facts
    assert all(bar.open_time != START for bar in of(facts, Bar) if bar.timeframe is Timeframe.S1)
    facts = again.on(MarketTime(START + 60_500))
    assert [(bar.timeframe, bar.trades) for bar in of(facts, Bar)] == [(Timeframe.M1, 4)]


def test_late_trades_of_forgotten_bars_are_named() -> None:
    engine = Engine(CONFIG)
    engine.on(WatchSymbol("BTCUSDT"))
    n = 3700
    engine.on(trades(range(10, n), times=[START + i * 1000 for i in range(10, n)]))
    engine.on(MarketTime(START + n * 1000 + 5000))
    engine.on(trades([9], times=[START + 3]))
    assert BarsOutdated("BTCUSDT", Timeframe.S1, START) in engine.on(FlushChanges())


def test_prices_of_zero_stop_nothing() -> None:
    items = [*TRUTH[:200], agg("BTCUSDT", 99_999, TRUTH[199].time, 0.0), *TRUTH[200:400]]
    assert of(run(items)[1], PairRow)
