"""``demo --data`` again and again: the market of the store goes on in it, as one tape without a hole."""

from __future__ import annotations

from pathlib import Path

import pytest

from spreadscope.app.live_engine import LiveEngine
from spreadscope.commands.exchange import make_feed
from spreadscope.commands.stored_market import stored_market
from spreadscope.exchange.local import LocalExchange
from spreadscope.model.errors import StoreError
from spreadscope.store.maintenance.diagnosis import examine
from spreadscope.store.reader import StoreReader
from tests.e2e.line import config, run, until

PAIR = "SYN1USDT/SYN2USDT"


async def demo(data: Path, seed: int | None = None, pair: str = PAIR) -> None:
    """A market and an engine over it, until some trades came live."""
    feed = make_feed([], seed=seed, symbols=2, rate=200, resume=data, spot=":" in pair)
    async with LocalExchange(feed, speed=1) as exchange:
        async with LiveEngine(config(exchange, data, pairs=(pair,), history__trade_minutes=1)) as live:
            await until(lambda: not live.starting and pair in map(str, live.core.engine.pairs))
            before = live.core.trades
            await until(lambda: live.core.trades > before + 20)
            await until(lambda: not any(live.core.engine.open_holes(symbol) for symbol in live.core.engine.tapes))


def test_the_market_of_a_store_goes_on_in_it(tmp_path: Path) -> None:
    held = []
    for _ in range(3):
        run(demo(tmp_path))
        ranges, lost = StoreReader(tmp_path / "spreadscope.db").ledger("SYN1USDT")
        assert len(ranges) == 1, "one range: nothing is missing between the runs"
        assert lost == ()
        held.append((ranges[0].first, ranges[0].last))
    assert held[0][0] == held[1][0] == held[2][0]
    assert held[0][1] < held[1][1] < held[2][1]
    assert examine(tmp_path / "spreadscope.db").findings == []


def test_twins_on_spot_go_on_too_and_come_to_a_store_that_had_none(tmp_path: Path) -> None:
    run(demo(tmp_path))
    for _ in range(2):
        run(demo(tmp_path, pair="SYN1USDT/binance-spot:SYN1USDT"))
    for symbol in ("SYN1USDT", "binance-spot:SYN1USDT"):
        ranges, lost = StoreReader(tmp_path / "spreadscope.db").ledger(symbol)
        assert (len(ranges), lost) == (1, ()), symbol
    assert examine(tmp_path / "spreadscope.db").findings == []


def test_another_seed_is_another_market(tmp_path: Path) -> None:
    run(demo(tmp_path, seed=4))
    found = stored_market(tmp_path)
    assert found is not None
    assert found[0] == 4
    with pytest.raises(StoreError, match=r"the store holds demo data \(synthetic seed 4, .*: choose another directory"):
        run(demo(tmp_path, seed=5))
    run(demo(tmp_path))  # without a seed: that of the store


def test_a_folder_without_a_store_begins_a_market(tmp_path: Path) -> None:
    assert stored_market(tmp_path) is None
    (tmp_path / "spreadscope.db").touch()
    assert stored_market(tmp_path) is None
