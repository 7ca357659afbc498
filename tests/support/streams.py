"""A seeded market of two symbols as its frames would come: out of order, twice, with holes that REST fills later."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

from spreadscope.engine import Engine
from spreadscope.exchange.port import QuoteMessage, TradeMessage
from spreadscope.ingest.batcher import Batcher, trades_event
from spreadscope.model.config import AnalyticsSection, Config
from spreadscope.model.events import Event, FlushChanges, Origin, Trades, WatchPair
from spreadscope.model.facts import Fact
from spreadscope.model.instrument import Pair
from tests.support.market import START, agg, ticker

PAIR = Pair("BTCUSDT", "ETHUSDT")
CONFIG = Config(analytics=AnalyticsSection(hedge_window=30, z_window=10, correlation_window=10, max_lags=1))

Item = TradeMessage | QuoteMessage | Trades


def true_trades(seconds: int, seed: int, *, start: int = START) -> list[TradeMessage]:
    """Every trade of the market, in the order of time."""
    dice = random.Random(seed)
    out: list[TradeMessage] = []
    common = 0.0
    numbers = {"BTCUSDT": 1000, "ETHUSDT": 5000}
    for second in range(seconds):
        common += dice.gauss(0, 3e-4)
        for symbol, level in (("BTCUSDT", 80_000.0), ("ETHUSDT", 2_600.0)):
            moments = sorted(
                dice.randrange(1000) for _ in range(dice.choice([1, 2, 3, 6, 9]) if dice.random() > 0.04 else 0)
            )
            for moment in moments:
                price = round(level * (1 + common + dice.gauss(0, 1e-4)), 2)
                out.append(
                    agg(symbol, numbers[symbol], start + second * 1000 + moment, price, dice.randint(1, 900) / 1000)
                )
                numbers[symbol] += 1
    return sorted(out, key=lambda trade: trade.time)


def disturbed(trades: list[TradeMessage], seed: int) -> list[Item]:
    """What arrives: quotes among the trades, neighbours swapped, repeats, and holes filled a while later by REST."""
    dice = random.Random(seed)
    out: list[Item] = []
    waiting: list[tuple[int, list[TradeMessage]]] = []
    dropping: dict[str, list[TradeMessage]] = {}
    for place, trade in enumerate(trades):
        if trade.symbol in dropping:
            dropping[trade.symbol].append(trade)
            if len(dropping[trade.symbol]) >= 5:
                waiting.append((place + dice.randint(5, 400), dropping.pop(trade.symbol)))
        elif dice.random() < 0.01:
            dropping[trade.symbol] = [trade]
        else:
            out.append(trade)
            if dice.random() < 0.05:
                out.append(trade)
        if dice.random() < 0.4:
            out.append(ticker(trade.symbol, trade.time + dice.randrange(60), trade.price - 0.5, trade.price + 0.5))
        for due in [item for item in waiting if item[0] <= place]:
            waiting.remove(due)
            out.append(trades_event(due[1][0].symbol, due[1], Origin.REST))
    lost = [*(rows for _, rows in waiting), *dropping.values()]
    out.extend(trades_event(rows[0].symbol, rows, Origin.REST) for rows in lost)
    for place in range(len(out) - 1):
        swap = isinstance(out[place], TradeMessage) and isinstance(out[place + 1], TradeMessage)
        if swap and dice.random() < 0.1:
            out[place], out[place + 1] = out[place + 1], out[place]
    return out


def run(
    items: Iterable[Item],
    take: Callable[[int], bool] = lambda _: False,
    *,
    engine: Engine | None = None,
    first: Iterable[Event] = (WatchPair(PAIR),),
    at: dict[int, list[Event]] | None = None,
) -> tuple[Engine, list[Fact]]:
    """Feed ``items``; ``take(n)`` says whether to hand on what was gathered after the nth; ``at`` adds other events."""
    engine = engine or Engine(CONFIG)
    facts: list[Fact] = []

    def hear(events: Iterable[Event]) -> None:
        for event in events:
            facts.extend(engine.on(event))

    hear(first)
    batcher = Batcher()
    for place, item in enumerate(items):
        if at and place in at:
            hear([*batcher.take(), *at[place]])
        if isinstance(item, Trades):  # a REST answer comes between the frames, wherever those were cut
            hear([*batcher.take(), item])
            continue
        batcher.add(item)
        if take(place):
            hear(batcher.take())
    hear([*batcher.take(), FlushChanges()])
    return engine, facts
