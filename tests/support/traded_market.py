"""A paper account that has traded, and its store."""

from __future__ import annotations

import random
from pathlib import Path

from spreadscope.model.trading import AccountSettings, PairTrade
from spreadscope.model.trading_events import CloseTrade, SetKill
from spreadscope.store.trading_tables import store_comment
from tests.support.facts import store
from tests.support.paper_market import ACCOUNT, PaperMarket, of_kind, walk


def traded_market() -> PaperMarket:
    """A market on which trades were opened and closed, one is open, and the kill switch was pulled and reset."""
    made, seed = PaperMarket(AccountSettings(impact_factor=1.0)), random.Random(5)
    for side in (1, -1, 1):
        made.open(side)
        walk(made, seed, 40)
        made.silent.clear()
        made.halted.clear()
        made.add(made.broker.on(CloseTrade(ACCOUNT, 0)))
        made.ticks(30)
    made.add(made.broker.on(SetKill(ACCOUNT, True, "a person", "a pause")))
    made.open()
    made.add(made.broker.on(SetKill(ACCOUNT, False, "a person", "over")))
    made.open()
    made.ticks(200)
    made.check()
    return made


def stored(market: PaperMarket, path: Path) -> Path:
    """Write all facts of a market to a store in ``path``, with a comment on its first trade. Returns ``path``."""
    with store(path) as (writer, _):
        for start in range(0, len(market.facts), 7):
            writer.submit(market.facts[start : start + 7], {})
        writer.command(store_comment(ACCOUNT, of_kind(market.facts, PairTrade)[0].id, "=1+1", ("test", "second")))
    return path
