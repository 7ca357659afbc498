"""Paper trading over HTTP and the socket: requests and refusals, and figures that are those of the store."""

from __future__ import annotations

import asyncio
import csv
import io
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import websockets

from spreadscope.api.serve import bind, serving
from spreadscope.app.live_engine import LiveEngine
from spreadscope.client import ApiRequestError, Client
from spreadscope.contract import (
    CloseTradeBody,
    CommentBody,
    Execution,
    LadderBody,
    OpenTradeBody,
    Outcome,
    PaperTrade,
    Statement,
    Timeframe,
    TradeState,
    TradingMode,
    TradingModeBody,
    TwapBody,
)
from spreadscope.contract.backtest_words import money
from spreadscope.model.trading import LONGEST_REASON, MOST_ACCOUNTS, UNIT
from tests.api.served import PAIR, message, served, ws
from tests.e2e.line import line, run, until, write_recording
from tests.support.command import command

BASE = "/api/paper/accounts/paper"
Ask = Callable[..., Awaitable[Any]]


@asynccontextmanager
async def trading(tmp_path: Path) -> AsyncIterator[tuple[LiveEngine, str]]:
    """An engine on a market that moves for long enough, with an account and a hedge ratio of the pair."""
    recording = write_recording(tmp_path / "r.txt", seconds=900, a_second=4)
    async with (
        line([recording], tmp_path / "store", speed=40.0, pairs=(PAIR,)) as (_, live),
        serving(live, bind("127.0.0.1", 0)) as url,
    ):
        await until(lambda: bool(live.trading.names))
        pair = live.core.pairs[0]
        await until(lambda: live.trading.ticket("paper", pair, Timeframe.S1, side=1).refusal is None)
        yield live, url


def test_a_trade_from_the_ticket_to_its_end(tmp_path: Path) -> None:
    async def main() -> None:
        async with trading(tmp_path) as (live, url):
            await asyncio.to_thread(whole_life, url, live)

    def wait_for(engine: Client, number: int, state: TradeState) -> PaperTrade:
        for _ in range(2_000):
            found = engine.paper_trade("paper", number)
            if found.state is state:
                return found
        raise AssertionError(f"trade {number} never was {state}: {found}")

    def slices_of_a_trade(engine: Client, body: OpenTradeBody) -> None:
        """A ladder waits and is taken back; what cannot be sent in slices says why."""
        down = LadderBody(first=-900.0, last=-950.0, rungs=3, shares=(1.0, 1.0, 2.0))
        ladder = msgspec.structs.replace(body, ladder=down)
        asked = engine.preview_paper_trade("paper", msgspec.structs.replace(ladder, execution=Execution.PASSIVE_FIRST))
        assert (asked.refusal, asked.passive in PAIR.split("/")) == (None, True)
        waits = engine.open_paper_trade("paper", ladder)
        assert waits.outcome is Outcome.PENDING
        assert waits.sliced is not None
        assert [each.level for each in waits.sliced.slices] == [-900.0, -925.0, -950.0]
        (pending,) = engine.paper_account("paper").pending
        assert pending.sliced is not None
        assert (pending.id, pending.sliced.words) == (waits.id, "0 of 3 rungs filled")
        refusal = engine.preview_paper_trade("paper", ladder).refusal
        assert refusal is not None
        assert refusal.rule == "an order of the pair waits"
        declined = engine.answer_paper_decision("paper", waits.id, accept=False)
        assert (declined.outcome, declined.words) == (
            Outcome.DECLINED, "0 of 3 rungs filled, 3 canceled (taken back)",
        )  # fmt: skip
        small = msgspec.structs.replace(body, notional=20.0, twap=TwapBody(slices=10, minutes=1))
        refused = engine.open_paper_trade("paper", small)
        assert (refused.outcome, refused.value.startswith("slice 1 of 10: ")) == (Outcome.REFUSED, True)
        with pytest.raises(ApiRequestError, match="goes down: from -4 to -2 it does not"):
            engine.open_paper_trade(
                "paper", msgspec.structs.replace(ladder, ladder=LadderBody(first=-4, last=-2, rungs=2))
            )

    def statement_is_the_ledger(engine: Client, url: str, live: LiveEngine, number: int) -> None:
        statement = engine.paper_statement("paper")
        assert statement.wallet_start == 0
        assert statement.wallet_end == round(engine.paper_account("paper").wallet * UNIT)
        assert statement.entries == len(engine.paper_ledger("paper"))
        assert [trade.id for trade in statement.trades] == [number]
        assert statement.trades[0].net == round(engine.paper_trade("paper", number).parts.net * UNIT)
        assert statement.start == live.trading.account("paper").opened
        assert statement.problems == ()
        document = engine.paper_statement_pdf("paper", start=statement.start, end=statement.end)
        assert document.startswith(b"%PDF-")
        answer = httpx.get(f"{url}{BASE}/statement.pdf")
        assert answer.headers["content-type"] == "application/pdf"
        assert re.search(r'filename="(DEMO-)?statement-paper-\d{4}-', answer.headers["content-disposition"])
        file = tmp_path / "statement.pdf"
        printed = command("paper", "statement", "--out", file, "--api", url)
        assert printed.returncode == 0, printed.stderr
        assert "Statement of the paper account paper" in printed.stdout
        assert money(statement.wallet_end) in printed.stdout
        assert "to the last digit" in printed.stdout
        assert file.read_bytes().startswith(b"%PDF-")
        span = ("--from", statement.start, "--to", statement.end)
        lines = command("paper", "statement", *span, "--json", "--api", url).stdout.splitlines()
        told = msgspec.json.decode(lines[-1], type=Statement)  # before it is what the engine of the test logs
        assert (told.wallet_end, told.books) == (statement.wallet_end, statement.books)
        for options, words in (
            (("--account", "nobody"), "there is no paper account 'nobody'"),
            (("--from", "2001-01-01", "--to", "2000-01-01"), "ends before it begins"),
            (("--from", "2000-01-01", "--to", "2001-01-01"), "it was opened at"),
            (("--out", "/nowhere/s.pdf"), "there is no folder /nowhere"),
            (("--from", "soon"), "'soon' is neither ISO"),
        ):
            refused = command("paper", "statement", *options, "--api", url)
            assert refused.returncode == 2
            assert words in refused.stderr

    def whole_life(url: str, live: LiveEngine) -> None:
        with Client(url) as engine:
            ticket = engine.paper_ticket("paper", PAIR, "1s", 1, 500.0)
            assert ticket.notional == 500.0
            assert ticket.costs is not None
            body = OpenTradeBody(pair=PAIR, timeframe=Timeframe.S1, side=1, notional=500.0, stop=50.0)
            decision = engine.open_paper_trade("paper", body)
            assert decision.outcome is Outcome.TAKEN
            assert decision.trade is not None
            number = decision.trade
            again = engine.open_paper_trade("paper", body)
            assert (again.outcome, again.rule) == (Outcome.REFUSED, "a trade of the pair is open")
            trade = wait_for(engine, number, TradeState.OPEN)
            assert [each.id for each in engine.paper_trades("paper")] == [number]
            assert trade.stop == 50.0
            noted = engine.put_paper_comment("paper", number, CommentBody(comment=" why ", tags=("a", "b", "a")))
            assert (noted.comment, noted.tags) == ("why", ["a", "b"])
            half = engine.close_paper_trade("paper", number, CloseTradeBody(percent=50, reason="half"))
            assert (half.state, half.note) == (TradeState.EXITING, "half")
            wait_for(engine, number, TradeState.OPEN)
            engine.close_paper_trades("paper", "enough")
            closed = wait_for(engine, number, TradeState.CLOSED)
            assert (closed.comment, closed.result) == ("why", closed.parts.net)
            assert [each.id for each in engine.closed_paper_trades("paper", pair=PAIR)] == [number]
            assert engine.closed_paper_trades("paper", before=number) == []
            # A limit on the spread waits, is seen, and is taken back.
            waits = engine.open_paper_trade("paper", msgspec.structs.replace(body, limit_z=-900.0, good_minutes=5))
            assert (waits.outcome, waits.limit_z) == (Outcome.PENDING, -900.0)
            assert waits.expires == waits.time + 300_000
            assert [each.limit_z for each in engine.paper_account("paper").pending] == [-900.0]
            second = engine.open_paper_trade("paper", msgspec.structs.replace(body, limit_z=-800.0))
            assert (second.outcome, second.rule) == (Outcome.REFUSED, "an order of the pair waits")
            declined = engine.answer_paper_decision("paper", waits.id, accept=False)
            assert (declined.id, declined.outcome) == (waits.id, Outcome.DECLINED)
            assert engine.paper_account("paper").pending == []
            slices_of_a_trade(engine, body)
            (of_pair,) = engine.paper_pair_results("paper")
            assert (of_pair.pair, of_pair.trades, of_pair.open) == (PAIR, 1, 0)
            assert (of_pair.parts, of_pair.result) == (closed.parts, closed.result)
            assert of_pair.won == (closed.result > 0)
            # What is sent is what is stored.
            money = engine.paper_ledger("paper", trade=number)
            assert sum(round(entry.change * UNIT) for entry in money) == round(closed.parts.net * UNIT)
            wallet = sum(round(entry.change * UNIT) for entry in engine.paper_ledger("paper"))
            assert wallet == round(engine.paper_account("paper").wallet * UNIT)
            statement_is_the_ledger(engine, url, live, number)
            fills = engine.paper_fills("paper", pair=PAIR)
            assert {fill.pair for fill in fills} == {PAIR}
            for leg in (closed.y, closed.x):
                assert sum(round(f.fee * UNIT) for f in fills if f.symbol == leg.symbol) == round(leg.fees * UNIT)
            assert {order.state.value for order in engine.paper_order_history("paper", trade=number)} == {"filled"}
            assert engine.paper_orders("paper") == []
            assert {each.outcome for each in engine.paper_decisions("paper")} == {
                Outcome.TAKEN, Outcome.REFUSED, Outcome.DECLINED,
            }  # fmt: skip
            assert engine.paper_equity("paper", limit=3)[-1].equity > 0
            rows = exported(url, "money")
            assert sum(round(float(row["amount"]) * UNIT) for row in rows) == sum(
                round(entry.amount * UNIT) for entry in engine.paper_ledger("paper")
            )
            for kind in ("fills", "pair-trades", "decisions", "equity"):
                assert len(exported(url, kind)) > 0
            assert engine.frame("fills", account="paper").height == len(fills)
            sent = command(
                "paper", "open", PAIR, "buy", "--timeframe", "1s", "--limit=-900", "--good", "5", "--api", url
            )
            assert sent.returncode == 0, sent.stderr
            assert "until z -900.00 can be had" in sent.stdout + sent.stderr
            (number,) = [each.id for each in engine.paper_account("paper").pending]
            back = command("paper", "take-back", str(number), "--api", url)
            assert back.returncode == 0, back.stderr
            assert engine.paper_account("paper").pending == []
            sent = command("paper", "open", PAIR, "buy", "--timeframe", "1s", "--ladder=-900:-950:3", "--api", url)
            assert sent.returncode == 0, sent.stderr
            assert "a ladder of 3 slices" in sent.stdout + sent.stderr
            shown = command("paper", "status", "--api", url)
            assert "a ladder: 0 of 3 rungs filled" in shown.stdout
            (number,) = [each.id for each in engine.paper_account("paper").pending]
            assert command("paper", "take-back", str(number), "--api", url).returncode == 0
            shown = command("paper", "status", "--api", url)
            assert shown.returncode == 0
            assert "paper: equity" in shown.stdout
            assert live.core.engine.broker.accounts["paper"].book.trades == {}

    def exported(url: str, kind: str) -> list[dict[str, str]]:
        text = httpx.get(f"{url}/api/export/{kind}", params={"account": "paper"}).text
        return list(csv.DictReader(row for row in io.StringIO(text) if not row.startswith("#")))

    run(main())


def test_the_kill_switch_stops_an_account_until_it_is_reset(tmp_path: Path) -> None:
    async def main() -> None:
        async with trading(tmp_path) as (live, url):
            await asyncio.to_thread(stop_and_go, url)
            (alarm,) = [each.message for each in live.trading.alarms()]
            assert "the kill switch was pulled by a person (again)" in alarm

    def stop_and_go(url: str) -> None:
        body = OpenTradeBody(pair=PAIR, timeframe=Timeframe.S1, side=-1)
        with Client(url) as engine:
            engine.open_paper_trade("paper", body)
            stopped = engine.pull_paper_kill_switch("paper", "news")
            assert stopped.kill is not None
            assert (stopped.kill.by, stopped.kill.reason) == ("a person", "news")
            refused = engine.open_paper_trade("paper", body)
            assert (refused.rule, refused.value) == ("kill switch", "news")
            with pytest.raises(ApiRequestError, match="is pulled already"):
                engine.pull_paper_kill_switch("paper", "news")
            with pytest.raises(ApiRequestError, match="a reason is needed"):
                engine.reset_paper_kill_switch("paper", "  ")
            assert engine.reset_paper_kill_switch("paper", "it is over").kill is None
            engine.pull_paper_kill_switch("paper", "again")
            assert [(each.active, each.reason) for each in engine.paper_kills("paper")] == [
                (True, "again"), (False, "it is over"), (True, "news"),
            ]  # fmt: skip

    run(main())


def test_settings_and_modes_of_accounts(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path, paper__cash=5_000.0) as (_, live, http):
            await until(lambda: bool(live.trading.names))
            await asyncio.to_thread(change, str(http.base_url), live)

    def change(url: str, live: LiveEngine) -> None:
        with Client(url) as engine:
            known = {each.key: each for each in engine.paper_settings()}
            assert known["cash"].value == 5_000.0
            assert known["cash"].default == 10_000.0
            assert known["execution"].choices == ("both at market", "passive, then market")
            first = engine.paper_account("paper")
            assert first.wallet == 5_000.0
            assert first.opened > 0
            changed = engine.put_paper_account(
                "paper", {"max_leverage": 1.5, "repair": "unwind", "kill_flattens": False}
            )
            assert (changed.settings.max_leverage, changed.settings.repair.value) == (1.5, "unwind")
            assert changed.settings.kill_flattens is False
            assert changed.settings.cash == 5_000.0
            second = engine.put_paper_account("my account_2", {"cash": 100, "notional": 10.5})
            assert (second.wallet, second.settings.notional) == (100.0, 10.5)
            assert [each.name for each in engine.paper_accounts()] == ["paper", "my account_2"]
            mode = TradingModeBody(pair=PAIR, timeframe=Timeframe.M1, mode=TradingMode.ASK)
            asked = engine.set_paper_mode("my account_2", mode)
            assert [(each.pair, each.mode) for each in asked.modes] == [(PAIR, TradingMode.ASK)]
            off = TradingModeBody(pair=PAIR, timeframe=Timeframe.M1, mode=TradingMode.OFF)
            assert engine.set_paper_mode("my account_2", off).modes == []
            assert {each.name for each in engine.paper_limits("paper")} >= {"leverage", "drawdown", "margin used"}
            for number in range(MOST_ACCOUNTS - 2):
                engine.put_paper_account(f"a{number}", {})
            with pytest.raises(ApiRequestError, match="there are 20 paper accounts already") as refused:
                engine.put_paper_account("one more", {})
            assert refused.value.status == 409
            stored, _ = live.store.reader.trading.accounts()
            assert len(stored) == MOST_ACCOUNTS

    run(main())


ENTRY = {"pair": PAIR, "timeframe": "1s", "side": 1}
REFUSED: list[tuple[str, str, object, int, str]] = [
    ("GET", "/api/paper/accounts/nobody", None, 404, "there is no paper account 'nobody': there are paper"),
    ("GET", "/api/paper/accounts/nobody/fills", None, 404, "there is no paper account"),
    ("GET", "/api/paper/accounts/nobody/statement", None, 404, "there is no paper account"),
    ("GET", "/api/paper/accounts/nobody/statement.pdf", None, 404, "there is no paper account"),
    ("GET", f"{BASE}/statement?from=5&to=5", None, 400, "ends before it begins"),
    ("GET", f"{BASE}/statement.pdf?from=1&to=2", None, 400, "it was opened at"),
    ("GET", f"{BASE}/trades/77", None, 404, "paper has no trade 77"),
    ("POST", f"{BASE}/trades/77/close", {}, 404, "paper has no open trade 77"),
    ("PUT", f"{BASE}/trades/77/comment", {"comment": "x"}, 404, "paper has no trade 77"),
    ("POST", f"{BASE}/decisions/77", {"accept": True}, 404, "no signal 77 of paper waits"),
    ("PUT", "/api/paper/accounts/a*b", {}, 422, "is no name of an account"),
    ("PUT", f"/api/paper/accounts/{'a' * 41}", {}, 422, "is no name of an account"),
    ("PUT", BASE, {"settings": {"cash": 1.0}}, 409, "was paid in when it was opened"),
    ("PUT", BASE, {"settings": {"maker": 1.0}}, 422, "unknown setting 'maker'"),
    ("PUT", BASE, {"settings": {"latency_ms": True}}, 422, "latency_ms: True is not of its kind"),
    ("PUT", BASE, {"settings": {"max_leverage": -1}}, 422, "max_leverage: Input should be greater than"),
    ("PUT", BASE, {"settings": {"repair": "pray"}}, 422, "repair: Input should be"),
    ("PUT", f"{BASE}/mode", {"pair": "AAAUSDT/DDDUSDT", "timeframe": "1s", "mode": "off"}, 404, "is not tracked"),
    (
        "PUT",
        f"{BASE}/mode",
        {"pair": PAIR, "timeframe": "1s", "mode": "on"},
        400,
        "unknown mode 'on': choose one of off",
    ),
    ("POST", f"{BASE}/trades", {**ENTRY, "pair": "AAAUSDT/DDDUSDT"}, 404, "is not tracked"),
    (
        "POST",
        f"{BASE}/trades",
        {**ENTRY, "side": 2},
        400,
        "unknown side 2: choose one of 1, -1",
    ),
    (
        "POST",
        f"{BASE}/trades",
        {**ENTRY, "execution": "fast"},
        400,
        "unknown execution 'fast': choose one of both at market, passive, then market",
    ),
    (
        "POST",
        f"{BASE}/trades",
        {**ENTRY, "notional": 0},
        400,
        "notional: Input should be greater than 0",
    ),
    (
        "POST",
        f"{BASE}/trades",
        {**ENTRY, "notional": 1e9},
        400,
        "notional: Input should be less than 1000000000",
    ),
    ("POST", f"{BASE}/trades/1/close", {"percent": 0}, 400, "percent: Input should be greater than or equal to 1"),
    ("POST", f"{BASE}/trades/1/close", {"percent": 101}, 400, "percent: Input should be less than or equal to 100"),
    ("POST", f"{BASE}/trades/close", {"reason": ""}, 422, "a reason is needed"),
    ("POST", f"{BASE}/kill", {"reason": "x" * (LONGEST_REASON + 1)}, 422, "a reason is needed"),
    ("POST", f"{BASE}/reset", {"reason": "why not"}, 409, "the kill switch of paper is not pulled"),
    ("GET", f"{BASE}/ticket?pair={PAIR}&side=3", None, 400, "side: Input should be '1' or '-1'"),
    ("GET", f"{BASE}/ticket?pair=AAAUSDT/DDDUSDT&side=1", None, 404, "is not tracked"),
    ("GET", f"{BASE}/equity?minutes=0", None, 400, "minutes"),
    ("GET", f"{BASE}/fills?pair=nonsense", None, 400, "nonsense"),
    ("GET", "/api/export/money?account=nobody", None, 404, "there is no paper account"),
    ("GET", "/api/export/money", None, 400, "account: Field required"),
]


def test_what_cannot_be_is_refused_in_one_sentence(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as (_, live, http):
            await until(lambda: bool(live.trading.names))
            before = live.core.engine.broker.accounts["paper"].state(0)
            for method, path, body, status, text in REFUSED:
                answer = await http.request(method, path, json=body)
                assert answer.status_code == status, (method, path, answer.text)
                assert text in answer.json()["error"]["message"], (method, path, answer.text)
            assert live.core.engine.broker.accounts["paper"].state(0) == before
            assert live.trading.names == ["paper"]

    run(main())


def test_the_topic_sends_what_changed(tmp_path: Path) -> None:
    async def main() -> None:
        async with trading(tmp_path) as (live, url), websockets.connect(url.replace("http", "ws") + "/ws") as socket:
            topic = "paper:paper"
            await socket.send(msgspec.json.encode({"op": "subscribe", "topic": topic}).decode())
            first = (await message(socket, type="snapshot", topic=topic))["data"]
            assert (first["account"]["name"], first["trades"], first["orders"]) == ("paper", [], [])
            live.trading.open_trade(
                "paper", live.core.pairs[0], OpenTradeBody(pair=PAIR, timeframe=Timeframe.S1, side=1)
            )
            seen: dict[str, list[Any]] = {"trades": [], "fills": [], "decisions": [], "closed": []}

            async def follow(done: Callable[[], bool]) -> None:
                while not done():
                    data = (await message(socket, type="update", topic=topic))["data"]
                    for key in seen:
                        seen[key] += data.get(key, [])

            await follow(lambda: any(trade["state"] == "open" for trade in seen["trades"]))
            live.trading.close_all("paper", "enough")
            await follow(lambda: bool(seen["closed"]))
            (closed,) = seen["closed"]
            assert closed["note"] == "enough"
            assert {fill["pair"] for fill in seen["fills"]} == {PAIR}
            assert len(seen["fills"]) >= 4
            assert [each["outcome"] for each in seen["decisions"]] == ["taken"]
            await socket.send(msgspec.json.encode({"op": "subscribe", "topic": "paper:nobody"}).decode())
            refusal = await message(socket, type="error", topic="paper:nobody")
            assert "there is no paper account 'nobody'" in refusal["message"]

    run(main())


def test_without_anything_new_the_topic_is_silent(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as (exchange, live, http), websockets.connect(ws(http)) as socket:
            await exchange.finished()
            await until(lambda: bool(live.trading.names))
            await socket.send('{"op": "subscribe", "topic": "paper:paper"}')
            await message(socket, type="snapshot")
            await message(socket, type="update")  # whoever joins lets all be sent anew
            live.trading.put_account("paper", {"max_trades": 3})
            changed = (await message(socket, type="update"))["data"]
            assert changed["account"]["settings"]["max_trades"] == 3
            assert set(changed) == {"account"}

    run(main())
