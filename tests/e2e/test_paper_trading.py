"""A paper account over a whole line: signals become trades, a restart goes on with them, and a replay says the same."""

from __future__ import annotations

from pathlib import Path

from spreadscope.app.live_engine import LiveEngine
from spreadscope.app.trading_history import TradingHistory
from spreadscope.contract import LimitState
from spreadscope.exchange.local.local_exchange import LocalExchange
from spreadscope.exchange.local.recording_feed import RecordingFeed
from spreadscope.model.facts import Fact, Signal
from spreadscope.model.states import Action
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.trading import UNIT, AccountState, Decision, Fill, LedgerEntry
from spreadscope.model.trading_states import EntryKind, Outcome, TradeOrigin, TradingMode
from spreadscope.replay.journal_source import replay_session
from spreadscope.store.directory import DATABASE
from spreadscope.store.maintenance.diagnosis import examine
from spreadscope.store.reader import StoreReader
from spreadscope.store.trading_reader import HistoryFilter
from spreadscope.trading.money_ledger import balances_of
from tests.e2e.line import START_MS, config, run, until, whole, write_recording
from tests.support.facts import of

ALL = HistoryFilter(limit=10_000)
ACCOUNT = "paper"


async def begun(live: LiveEngine) -> None:
    await until(lambda: live.starting == "" and ACCOUNT in live.trading.names)


def test_signals_trade_a_restart_goes_on_and_a_replay_says_the_same(tmp_path: Path) -> None:
    recording = write_recording(tmp_path / "r.txt", seconds=600)
    first: list[Fact] = []
    second: list[Fact] = []

    async def main() -> None:
        async with LocalExchange(RecordingFeed([recording]), speed=60.0) as exchange:
            y, x = exchange.symbols[:2]
            settings = config(exchange, tmp_path / "store", pairs=(f"{y}/{x}",), paper__notional=400.0)
            async with LiveEngine(settings) as live:
                live.core.observe(first.extend)
                await begun(live)
                live.trading.set_mode(ACCOUNT, live.core.pairs[0], Timeframe.S1, TradingMode.AUTO)
                await until(
                    lambda: live.core.market_time > START_MS + 250_000 and bool(live.trading.open_trades(ACCOUNT))
                )
            before = of(first, AccountState)[-1]
            async with LiveEngine(settings) as live:
                live.core.observe(second.extend)
                await begun(live)
                after = live.core.engine.broker.accounts[ACCOUNT].state(0)
                assert (after.modes, after.settings) == (before.modes, before.settings)
                assert after.opened == before.opened > 0
                assert live.core.engine.broker.accounts.keys() == {ACCOUNT}
                await exchange.finished()
                await until(lambda: whole(exchange, live))
                await live.store.writer.flush()
                await compare(live)

    async def compare(live: LiveEngine) -> None:
        """What pages are shown is what is stored, and what was said."""
        history = TradingHistory(live.trading, live.store.reader)
        entries, fills = of([*first, *second], LedgerEntry), of([*first, *second], Fill)
        account = live.trading.account(ACCOUNT)
        assert round(account.wallet * UNIT) == balances_of(entries)["wallet"]
        assert sum(balances_of(entries).values()) == 0
        assert [each.id for each in await history.ledger(ACCOUNT, ALL)] == [each.id for each in reversed(entries)]
        assert [each.id for each in await history.fills(ACCOUNT, ALL)] == [each.id for each in reversed(fills)]
        assert len({each.id for each in fills}) == len(fills) > 20
        assert [each.amount for each in entries if each.kind is EntryKind.DEPOSIT] == [10_000 * UNIT]
        closed = await history.closed_trades(ACCOUNT, ALL)
        assert len(closed) > 3
        known = {trade.id for trade in closed} | {trade.id for trade in live.trading.open_trades(ACCOUNT)}
        assert {trade.id for trade in of(first, AccountState)[-1].trades} <= known
        for trade in closed:
            booked = sum(
                each.amount if each.debit == "wallet" else -each.amount for each in entries if each.trade == trade.id
            )
            assert round(trade.result * UNIT) == booked
            assert {trade.origin, trade.y.held, trade.x.held} == {TradeOrigin.SIGNAL, 0.0}
        points = await history.equity(ACCOUNT, start=0, end=1 << 62, minutes=1, limit=1_000)
        assert len({point.time for point in points}) == len(points) > 5
        assert all(limit.state in {LimitState.OK, LimitState.OFF} for limit in live.trading.limits(ACCOUNT))
        assert list(live.trading.alarms()) == []

    run(main())
    entered = [each for each in of(first, Decision) if each.outcome is Outcome.TAKEN]
    signals = [each for each in of(first, Signal) if each.timeframe is Timeframe.S1 and each.action is not Action.EXIT]
    assert {(each.side, each.time) for each in entered} <= {
        (1 if signal.action is Action.BUY_SPREAD else -1, decided.time)
        for signal in signals
        for decided in entered
        if 0 < decided.time - signal.time <= 3_000
    }
    assert len(of([*first, *second], AccountState)) > 10
    reader = StoreReader(tmp_path / "store" / DATABASE)
    sessions = reader.sessions()
    assert len(sessions) == 2
    for session in sessions:
        result = replay_session(reader, session)
        assert result.equal, result
        assert result.facts["fill"] > 5
    assert examine(tmp_path / "store" / DATABASE).findings == []


def test_order_rules_reach_the_core_and_are_read_again(tmp_path: Path) -> None:
    """The steps of orders change: what the venue lists is read anew, and what is new in it is told the core."""

    async def main() -> None:
        recording = write_recording(tmp_path / "r.txt", seconds=60)
        async with LocalExchange(RecordingFeed([recording]), speed=30.0) as exchange:
            y, x = exchange.symbols[:2]
            async with LiveEngine(config(exchange, tmp_path / "store", pairs=(f"{y}/{x}",))) as live:
                await begun(live)
                rules = live.core.engine.broker.market.rules
                assert set(rules) == {y, x}
                market = live.markets.default
                assert market.order_rules([y, x]) == []
                tick = rules[y].tick
                listed = market.catalog.info.instruments[y]
                market.catalog.info.instruments[y] = type(listed)(
                    **{name: getattr(listed, name) for name in listed.__struct_fields__} | {"tick_size": "0.05"}
                )
                market.keep_list()
                assert rules[y].tick == UNIT // 20 != tick
                await live.store.writer.flush()

    run(main())
    reader = StoreReader(tmp_path / "store" / DATABASE)
    assert replay_session(reader, reader.sessions()[0]).equal
