"""A bar made anew from stored trades is the bar that the core made of them live."""

from __future__ import annotations

from pathlib import Path

import msgspec

from spreadscope.model.facts import Bar, Fact, TradesAccepted
from spreadscope.model.timeframe import TIMEFRAMES
from spreadscope.store.directory import DATABASE, connect
from spreadscope.store.trades.bars_from_trades import rebuild_bar
from tests.support.facts import store
from tests.support.streams import PAIR, disturbed, run, true_trades


def test_rebuilt_bars_equal_live_ones(tmp_path: Path) -> None:
    engine, facts = run(disturbed(true_trades(70, seed=21), seed=22))
    kept: list[Fact] = [fact for fact in facts if isinstance(fact, TradesAccepted | Bar)]
    with store(tmp_path) as (writer, reader):
        writer.submit(kept, {symbol: engine.ledger(symbol) for symbol in PAIR.symbols})
    connection = connect(tmp_path / DATABASE)
    try:
        compared = 0
        for symbol_id, symbol in connection.execute("SELECT symbol_id, symbol FROM symbols").fetchall():
            for timeframe in TIMEFRAMES:
                live = reader.bars(symbol, timeframe)
                connection.execute(
                    "UPDATE bars SET open = 0, high = 0, low = 0, close = 0, volume = 0, trades = 0, complete = 0"
                    " WHERE symbol_id = ? AND timeframe = ?",
                    (symbol_id, timeframe),
                )
                for bar in live:
                    rebuild_bar(connection, symbol_id, timeframe, bar.open_time)
                assert reader.bars(symbol, timeframe) == live
                compared += len(live)
                in_memory = [
                    msgspec.structs.replace(bar, revised=False)
                    for bar in engine.series[symbol].bars(timeframe).values()
                ]
                assert live == in_memory
    finally:
        connection.close()
    assert compared > 100
