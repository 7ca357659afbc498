"""What a run leaves out or does beside changes nothing: passed-over seconds, variants, and a time before trading."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from spreadscope.model.config import Config
from spreadscope.model.instrument import parse_pair
from spreadscope.model.timeframe import MINUTE, Timeframe
from spreadscope.model.trading_states import Execution
from spreadscope.replay.backtest_figures import entered, money_parts
from spreadscope.replay.paper_backtest import BacktestResult, Variant
from spreadscope.store.reader import StoreReader
from tests.replay.backtest_market import ACCOUNT, WINDOWS, run
from tests.support.market_store import START_MS, market_config, walk, write_market

Stored = tuple[StoreReader, Config]


@pytest.mark.parametrize("execution", list(Execution))
def test_passing_over_seconds_changes_no_fact(minutes: Stored, execution: Execution) -> None:
    account = msgspec.structs.replace(ACCOUNT, execution=execution)
    quick, slow = (run(minutes, account=account, every_second=every) for every in (False, True))
    assert quick.hash == slow.hash
    assert quick.record == slow.record
    assert quick.assumptions == slow.assumptions
    assert quick.events < slow.events / 2
    assert len(quick.record.trades_closed) > 5


def test_a_grace_that_is_no_whole_second_is_kept(minutes: Stored) -> None:
    reader, config = minutes
    later = config.model_copy(update={"bars": config.bars.model_copy(update={"grace_ms": 2_300})})
    quick, slow = (run((reader, later), every_second=every) for every in (False, True))
    assert quick.hash == slow.hash
    assert {trade.decided % MINUTE for trade in quick.record.trades_closed} == {3_000}


def test_variants_are_what_they_are_alone(minutes: Stored, result: BacktestResult) -> None:
    slower = msgspec.structs.replace(ACCOUNT, latency_ms=1_500)
    together = run(
        minutes,
        variants=(
            Variant(name="dear", account=ACCOUNT, cost_factor=2.0),
            Variant(name="slow", account=slower),
        ),
    )
    assert together.hash == result.hash
    assert together.record == result.record
    dear, slow = run(minutes, cost_factor=2.0), run(minutes, account=slower)
    for name, alone in (("dear", dear), ("slow", slow)):
        found = together.variants[name]
        assert money_parts(found.trades_closed) == money_parts(alone.record.trades_closed)
        assert [fill.price for fill in found.fills] == [fill.price for fill in alone.record.fills]
    assert money_parts(dear.record.trades_closed).fees > money_parts(result.record.trades_closed).fees
    assert [fill.price for fill in slow.record.fills] != [fill.price for fill in result.record.fills]


def test_nothing_is_traded_before_its_time(minutes: Stored, result: BacktestResult) -> None:
    middle = (result.first_time + result.last_time) // 2
    late = run(minutes, trade_from=middle)
    expected = [trade.decided for trade in result.record.trades_closed if trade.decided >= middle]
    assert [trade.decided for trade in late.record.trades_closed] == expected
    assert expected


def test_a_market_without_an_edge_gives_none(tmp_path: Path) -> None:
    """Of independent random walks the gross result is 0 but for chance, and the net is the gross less the costs."""
    rows = 8 * 3_600 // 5
    names = [f"{letter * 3}USDT" for letter in "ABCDEF"]
    prices = {name: walk(rows, seed=40 + place, sd=4e-4) for place, name in enumerate(names)}
    stored = write_market(tmp_path / "store", prices, step_ms=5_000), market_config(tmp_path / "store", **WINDOWS)
    pairs = tuple(parse_pair(f"{y}/{x}") for y, x in (names[:2], names[2:4], names[4:]))
    account = msgspec.structs.replace(ACCOUNT, max_quote_age_ms=10_000)
    found = run(stored, pairs=pairs, account=account, timeframe=Timeframe.M1)
    trades = entered(found.record.trades_closed)
    parts = money_parts(trades)
    gross = np.array([float(money_parts([trade]).gross) for trade in trades])
    error = float(gross.std(ddof=1)) * np.sqrt(len(gross))
    assert len(trades) > 20
    assert abs(parts.gross) < 2 * error
    assert parts.net == parts.gross - parts.slippage - parts.fees
    assert parts.fees > 0 < parts.slippage
    assert found.first_time >= START_MS
