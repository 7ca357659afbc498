"""Signals that the API tells of carry what to do with each leg, and what speaks against an entry."""

from __future__ import annotations

import asyncio
from pathlib import Path

from spreadscope.api.signals import stored_with_advice, with_advice
from spreadscope.model.config import load_config
from spreadscope.model.parameter_layers import ParameterLayers
from spreadscope.model.states import Action, SignalState
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.validity import Value
from tests.support.facts import PAIR, row, signal, store
from tests.support.market import START

MINUTE = 60_000


def test_stored_signals_are_told_with_the_rows_on_which_they_were_made(tmp_path: Path) -> None:
    entry, exit_ = signal(), signal(START + MINUTE, action=Action.EXIT, state=SignalState.FLAT)
    orphan = signal(START + 5 * MINUTE)
    config = load_config(None)

    async def main() -> None:
        with store(tmp_path) as (writer, reader):
            writer.submit([row(START, cointegrated=Value(0.0), spread_sd=Value(0.01)), entry, exit_, orphan], {})
            await writer.flush()
            told = stored_with_advice(reader, reader.signals(PAIR, Timeframe.M1), ParameterLayers(config).of)
        assert [each.time for each in told] == [orphan.time, exit_.time, entry.time]
        assert [each.cautions for each in told] == [None, (), ("no evidence of cointegration",)]
        assert [each.legs for each in told] == [
            "sell BTCUSDT, buy 牛来USDT, 1 : 0.70 by value",
            "close BTCUSDT and 牛来USDT",
            "sell BTCUSDT, buy 牛来USDT, 1 : 0.70 by value",
        ]
        assert told[-1].z == entry.z

    asyncio.run(main())


def test_of_a_row_that_is_not_known_nothing_is_claimed() -> None:
    assert with_advice(signal(), None, load_config(None).signals).cautions is None
