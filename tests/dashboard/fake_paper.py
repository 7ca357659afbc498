"""The paper trading of the fake engine: accounts, their trades, and what becomes of requests."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec.structs import replace

from spreadscope import contract
from spreadscope.contract import paper, paper_ticket
from spreadscope.model.hedge import Space
from spreadscope.model.paper_section import PaperConfig
from spreadscope.model.setting_descriptions import setting_descriptions
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.trading_states import (
    Book,
    EntryKind,
    Execution,
    Liquidity,
    OrderKind,
    OrderState,
    Outcome,
    PairLeg,
    SliceState,
    SpreadMeasure,
    TradeOrigin,
    TradeState,
    TradingMode,
)
from tests.dashboard import fake_risk
from tests.dashboard.fake_alerts import NOW
from tests.dashboard.fake_answers import RefusalError

Json = dict[str, Any]
MINUTE = 60_000
DAY = 86_400_000
PAIR, OTHER = "BTCUSDT/ETHUSDT", "SOLUSDT/ETHUSDT"
DEFAULTS = PaperConfig()
_PRICES = {"BTCUSDT": 29_012.4, "ETHUSDT": 1_821.55, "SOLUSDT": 23.417}


def settings(**given: Any) -> contract.AccountSettings:
    return contract.AccountSettings(**{**dict(DEFAULTS), **given})


def leg(symbol: str, quantity: float, **given: Any) -> contract.PaperLeg:
    mark = _PRICES.get(symbol, 100.0)
    short = quantity < 0
    told: Json = {
        "symbol": symbol, "planned": quantity, "held": quantity, "entry_price": mark * 0.998, "exit_price": None,
        "mark": mark, "value": quantity * mark, "unrealised": quantity * mark * 0.002, "realised": 0.0, "fees": 0.51,
        "slippage": 0.12, "funding": 0.0, "maintenance": abs(quantity * mark) * 0.025,
        "liquidation_price": mark * 4.2 if short else None,
        "liquidation_distance_percent": 320.0 if short else None,
        "next_funding": NOW + 2 * 3_600_000, "funding_rate": 0.0001, "next_funding_amount": -quantity * mark * 0.0001,
    }  # fmt: skip
    return contract.PaperLeg(**{**told, **given})


def parts(spread: float, fees: float = 1.02, slippage: float = 0.24, funding: float = 0.0) -> contract.TradeParts:
    return contract.TradeParts(
        spread=spread, imbalance=-0.08, drift=0.01, slippage=slippage, fees=fees, funding=funding, liquidation=0.0,
        net=spread - 0.07 - slippage - fees + funding,
    )  # fmt: skip


def trade(number: int, pair: str = PAIR, side: int = 1, spread: float = 6.4, **given: Any) -> contract.PaperTrade:
    y, x = pair.split("/")
    found = parts(spread)
    told: Json = {
        "id": number, "pair": pair, "timeframe": Timeframe.M1, "side": side, "origin": TradeOrigin.SIGNAL,
        "execution": Execution.BOTH_MARKET, "state": TradeState.OPEN, "note": "", "decided": NOW - 40 * MINUTE,
        "opened": NOW - 40 * MINUTE + 120, "closed": None, "space": Space.LOG, "beta": 0.9312, "z_entry": -2.31 * side,
        "z_now": -0.85 * side, "half_life": 1_500.0, "half_lives_held": 1.6, "result": found.net, "parts": found,
        "peak": 7.2, "trough": -2.9, "take_profit": 0.5, "stop": 4.0, "stop_loss": None, "deadline": None,
        "attempts": 0, "residual": 0.0, "y": leg(y, side * 0.034), "x": leg(x, -side * 0.512), "comment": "",
        "tags": [],
    }  # fmt: skip
    return contract.PaperTrade(**{**told, **given})


def decision(number: int, outcome: Outcome, pair: str = PAIR, **given: Any) -> contract.TradeDecision:
    told: Json = {
        "id": number, "time": NOW - number * MINUTE, "pair": pair, "timeframe": Timeframe.M1, "action": "BUY_SPREAD",
        "side": 1, "origin": TradeOrigin.SIGNAL, "outcome": outcome, "z": -2.31, "notional": 1_000.0, "trade": None,
        "rule": None, "value": "", "allowed": "", "words": "", "expires": None,
    }  # fmt: skip
    return contract.TradeDecision(**{**told, **given})


def sliced(body: Json) -> contract.SlicedEntry:
    """The order in slices that a request begins."""
    twap = body.get("twap") is not None
    plan = body["twap"] if twap else body["ladder"]
    count = plan["slices"] if twap else plan["rungs"]
    slices = [
        contract.EntrySlice(
            share=1 / count, level=None, due=NOW, until=None, state=SliceState.WAITING, y=None, x=None, filled_y=0.0,
            filled_x=0.0, words="",
        )
        for _ in range(count)
    ]  # fmt: skip
    return contract.SlicedEntry(
        kind=contract.SlicedKind.TWAP if twap else contract.SlicedKind.LADDER, measure=SpreadMeasure(plan["measure"]),
        execution=None, filled=0, slices=slices, words=f"0 of {count} {'slices' if twap else 'rungs'} filled",
    )  # fmt: skip


def order(number: int, of: int = 1, **given: Any) -> contract.PaperOrder:
    told: Json = {
        "id": number, "trade": of, "leg": PairLeg.Y, "symbol": "BTCUSDT", "kind": OrderKind.POST_ONLY,
        "state": OrderState.PARTIAL, "quantity": 0.034, "filled": 0.01, "limit": 29_010.1, "reduce_only": False,
        "decision_mid": 29_011.0, "sent": NOW - 4_000, "arrives": NOW - 3_950, "time": NOW - 2_000, "ahead": 1.25,
        "rule": None, "value": "", "allowed": "",
    }  # fmt: skip
    return contract.PaperOrder(**{**told, **given})


def fill(number: int, of: int = 1, **given: Any) -> contract.PaperFill:
    told: Json = {
        "id": number, "order": number, "trade": of, "pair": PAIR, "leg": PairLeg.Y, "symbol": "BTCUSDT",
        "time": NOW - number * MINUTE, "quantity": 0.034, "price": 29_012.4, "notional": 986.42, "fee": 0.4932,
        "liquidity": Liquidity.TAKER, "decision_mid": 29_010.0, "slippage": 0.0816, "half_spread": 0.017,
        "impact": 0.005, "delay": 0.0596, "slippage_bps": 0.83, "half_spread_bps": 0.17, "impact_bps": 0.05,
        "delay_bps": 0.61, "quote_age_ms": 84, "realised": 0.0,
    }  # fmt: skip
    return contract.PaperFill(**{**told, **given})


@dataclass
class FakeAccount:
    """What the engine holds of an account. Tests set the fields."""

    name: str = "paper"
    settings: contract.AccountSettings = field(default_factory=settings)
    trades: list[contract.PaperTrade] = field(default_factory=list)
    closed: list[contract.PaperTrade] = field(default_factory=list)
    orders: list[contract.PaperOrder] = field(default_factory=list)
    fills: list[contract.PaperFill] = field(default_factory=list)
    decisions: list[contract.TradeDecision] = field(default_factory=list)
    pending: list[contract.TradeDecision] = field(default_factory=list)
    money: list[contract.MoneyEntry] = field(default_factory=list)
    equity: list[contract.EquityPoint] = field(default_factory=list)
    modes: list[contract.PairTradingMode] = field(default_factory=list)
    kill: contract.KillSwitch | None = None
    kills: list[contract.KillEvent] = field(default_factory=list)
    wallet: float = 10_000.0
    day_result: float = 0.0
    now: int = NOW
    days_of_bars: int = 40
    told_limits: list[contract.TradingLimit] = field(
        default_factory=lambda: [fake_risk.limit("leverage", 0.42, 3.0, "× equity")]
    )
    changes: list[contract.SettingChange] = field(default_factory=list)
    problems: tuple[str, ...] = ()

    def account(self) -> contract.PaperAccount:
        unrealised = sum(each.y.unrealised + each.x.unrealised for each in self.trades)
        equity = self.wallet + unrealised
        values = [leg.value for each in self.trades for leg in (each.y, each.x)]
        gross = sum(map(abs, values))
        peak = max(equity, 10_214.6) if self.trades else equity
        return contract.PaperAccount(
            name=self.name, settings=self.settings, opened=NOW - 30 * DAY, time=self.now, kill=self.kill,
            wallet=self.wallet, unrealised=unrealised, equity=equity, gross=gross, net=sum(values),
            leverage=gross / equity, maintenance=gross * 0.025, margin_percent=100 * gross * 0.025 / equity,
            residual=sum(each.residual for each in self.trades), peak_equity=peak,
            drawdown_percent=100 * (1 - equity / peak), day_result=self.day_result, open_trades=len(self.trades),
            working_orders=len(self.orders), modes=self.modes, pending=self.pending, note="",
        )  # fmt: skip

    def statement(self, start: int, end: int) -> contract.Statement:
        """As the engine makes it, of one pair whose trades were closed."""
        deposits, fees = 1_000_000_000_000, -150_000_000
        realised = round(1e8 * sum(each.parts.net for each in self.closed))
        nothing = {"funding": 0, "liquidation": 0}
        of_account = contract.StatementBooks(deposits=deposits, realised=0, fees=0, total=deposits, **nothing)
        of_pair = contract.StatementBooks(deposits=0, realised=realised, fees=fees, total=realised + fees, **nothing)
        books = contract.StatementBooks(
            deposits=deposits, realised=realised, fees=fees, total=deposits + realised + fees, **nothing
        )
        return contract.Statement(
            account=self.name, demo=False, version="0", start=start, end=end, made=self.now, wallet_start=0,
            wallet_end=books.total, books=books,
            pairs=(
                contract.StatementPair(pair="", closed=0, books=of_account),
                contract.StatementPair(pair=PAIR, closed=len(self.closed), books=of_pair),
            ),
            trades=tuple(
                contract.StatementTrade(
                    id=each.id, pair=each.pair, timeframe=each.timeframe, side=each.side, origin=each.origin,
                    opened=each.opened or 0, closed=each.closed or 0, gross=0, costs=0,
                    net=round(1e8 * each.parts.net), note=each.note,
                )
                for each in self.closed
            ),
            trades_left_out=0, opening=None,
            closing=contract.StatementEquity(time=self.now, equity=books.total, unrealised=0),
            entries=3, first_entry=1, last_entry=9, problems=self.problems,
        )  # fmt: skip

    def by_pair(self) -> list[contract.PairResult]:
        """As the engine adds up: all closed trades, and the open ones."""
        found = []
        for pair in dict.fromkeys(each.pair for each in (*self.closed, *self.trades)):
            closed = [each for each in self.closed if each.pair == pair]
            every = [*closed, *(each for each in self.trades if each.pair == pair)]
            names = contract.TradeParts.__struct_fields__
            parts = contract.TradeParts(**{name: sum(getattr(each.parts, name) for each in every) for name in names})
            results = [each.result for each in every]
            found.append(
                contract.PairResult(
                    pair=pair, trades=len(every), open=len(every) - len(closed),
                    won=sum(each.result > 0 for each in closed), result=sum(results), best=max(results),
                    worst=min(results), costs=parts.funding - parts.slippage - parts.fees - parts.liquidation,
                    parts=parts,
                )
            )  # fmt: skip
        return sorted(found, key=lambda each: -each.result)

    def view(self) -> contract.PaperView:
        return contract.PaperView(account=self.account(), trades=self.trades, orders=self.orders)

    def curve(self, days: int) -> None:
        """Give it so many days of equity, an hour a point."""
        start = NOW - days * DAY
        for hour in range(days * 24 + 1):
            equity = self.settings.cash + 1.3 * hour + 90 * math.sin(hour / 17) + 25 * math.sin(hour / 3)
            self.equity.append(
                contract.EquityPoint(
                    time=start + hour * 60 * MINUTE, wallet=equity, unrealised=0.0, equity=equity, gross=0.0, net=0.0,
                    maintenance=0.0, residual=0.0,
                )
            )  # fmt: skip


class FakePaper:
    """``accounts`` are what the pages see, ``bodies`` what they sent, ``refusal`` why the next ticket is refused."""

    def __init__(self) -> None:
        self.accounts: dict[str, FakeAccount] = {"paper": FakeAccount()}
        self.bodies: list[tuple[str, Json]] = []
        self.refusal: paper_ticket.TradeRefusal | None = None
        self.answer_with = ""
        """Why a signal that is accepted is refused after all."""
        self.z = -2.31

    @property
    def first(self) -> FakeAccount:
        return self.accounts["paper"]

    def answer(self, method: str, rest: list[str], query: dict[str, str], body: Any) -> Any:
        if rest == ["settings"]:
            return msgspec.to_builtins(account_settings())
        if rest == ["accounts"]:
            return msgspec.to_builtins([each.account() for each in self.accounts.values()])
        _, name, *parts = rest
        if parts == ["ticket", "preview"] and name in self.accounts:  # it sends nothing
            asked = {key: str(value) for key, value in body.items() if value is not None}
            return msgspec.to_builtins(self.ticket(self.accounts[name], asked))
        if method != "GET":
            self.bodies.append(("/".join(parts), body))
        if method == "PUT" and not parts:
            return msgspec.to_builtins(self._put(name, body.get("settings", {})))
        if name not in self.accounts:
            raise RefusalError(404, f"there is no paper account {name!r}")
        account = self.accounts[name]
        done = self._change(account, parts, body) if method != "GET" else self._read(account, parts, query)
        return msgspec.to_builtins(done)

    def _put(self, name: str, changes: Json) -> contract.PaperAccount:
        if not re.fullmatch(r"[A-Za-z0-9_ -]{1,40}", name):
            raise RefusalError(422, f"{name!r} is no name of an account")
        if name == "taken":
            raise RefusalError(409, "there are 20 paper accounts already: use one of them")
        account = self.accounts.setdefault(name, FakeAccount(name, wallet=changes.get("cash", 10_000.0)))
        account.settings = replace(account.settings, **changes)
        return account.account()

    def _read(self, account: FakeAccount, parts: list[str], query: dict[str, str]) -> Any:
        match parts:
            case []:
                return account.account()
            case ["ticket"]:
                return self.ticket(account, query)
            case ["trades"]:
                return account.trades
            case ["trades", "closed"]:
                return account.closed[: int(query["limit"])]
            case ["pairs"]:
                return account.by_pair()
            case ["trades", number]:
                return self._trade(account, int(number))
            case ["orders", "history"]:
                return [each for each in account.orders if query.get("trade", str(each.trade)) == str(each.trade)]
            case ["fills"]:
                return [each for each in account.fills if query.get("trade", str(each.trade)) == str(each.trade)]
            case ["decisions"]:
                return account.decisions
            case ["ledger"]:
                return account.money
            case ["equity"]:
                start, step = int(query.get("from", 0)), int(query["minutes"]) * MINUTE
                last = {each.time // step: each for each in account.equity if each.time >= start}
                return list(last.values())
            case ["statement"]:
                return account.statement(int(query["from"]), int(query["to"]))
            case ["kills"]:
                return account.kills
            case ["limits"]:
                return account.told_limits
            case ["risk"]:
                return fake_risk.report(account.account(), account.trades, days=account.days_of_bars)
            case ["setting-changes"]:
                return account.changes
        raise RefusalError(404, f"there is no {'/'.join(parts)}")

    def _trade(self, account: FakeAccount, number: int) -> contract.PaperTrade:
        for each in (*account.trades, *account.closed):
            if each.id == number:
                return each
        raise RefusalError(404, f"{account.name} has no trade {number}: see its trades")

    def _change(self, account: FakeAccount, parts: list[str], body: Json) -> Any:
        match parts:
            case ["risk", "what-if"]:
                return fake_risk.report(account.account(), account.trades, body, account.days_of_bars)
            case ["mode"]:
                account.modes = [
                    each for each in account.modes if (each.pair, each.timeframe) != (body["pair"], body["timeframe"])
                ]
                if body["mode"] != TradingMode.OFF:
                    account.modes.append(msgspec.convert(body, contract.PairTradingMode))
            case ["kill"]:
                account.kill = contract.KillSwitch(time=NOW, by="a person", reason=body["reason"])
            case ["reset"]:
                account.kill = None
            case ["trades"]:
                return self._open(account, body)
            case ["trades", "close"]:
                account.closed, account.trades = [*account.trades, *account.closed], []
            case ["trades", number, "close"]:
                found = self._trade(account, int(number))
                account.trades = [
                    replace(each, state=TradeState.EXITING) if each.id == found.id else each for each in account.trades
                ]
                return self._trade(account, found.id)
            case ["trades", number, "comment"]:
                found = replace(self._trade(account, int(number)), comment=body["comment"], tags=body["tags"])
                account.trades = [found if each.id == found.id else each for each in account.trades]
                return found
            case ["decisions", number]:
                (waiting,) = [each for each in account.pending if each.id == int(number)]
                account.pending.remove(waiting)
                if self.answer_with:
                    return replace(waiting, outcome=Outcome.REFUSED, words=self.answer_with, expires=None)
                return replace(
                    waiting, outcome=Outcome.TAKEN if body["accept"] else Outcome.DECLINED, trade=9, expires=None
                )
        return account.account()

    def _open(self, account: FakeAccount, body: Json) -> contract.TradeDecision:
        made = replace(decision(900, Outcome.TAKEN, body["pair"]), origin=TradeOrigin.TICKET, side=body["side"])
        if body["notional"] == 666:
            return replace(
                made, outcome=Outcome.REFUSED, rule="leverage", value="3.4", allowed="3", words="leverage would be 3.4"
            )
        if body.get("limit_z") is not None:
            waiting = replace(made, outcome=Outcome.PENDING, limit_z=body["limit_z"], trade=None, words="")
            account.pending.append(waiting)
            return waiting
        if body.get("ladder") is not None or body.get("twap") is not None:
            waiting = replace(made, outcome=Outcome.PENDING, sliced=sliced(body), trade=None, words="")
            account.pending.append(waiting)
            return waiting
        opened = trade(
            77, body["pair"], body["side"], state=TradeState.ENTERING, opened=None, origin=TradeOrigin.TICKET
        )
        account.trades.append(opened)
        return replace(made, trade=77)

    def ticket(self, account: FakeAccount, query: dict[str, str]) -> paper_ticket.Ticket:
        pair, side, notional = query["pair"], int(query["side"]), float(query["notional"])
        y, x = pair.split("/")

        def of(symbol: str, sign: int) -> paper_ticket.TicketLeg:
            mid = _PRICES.get(symbol, 100.0)
            quantity = sign * round(notional / mid, 3)
            return paper_ticket.TicketLeg(
                symbol=symbol, bid=round(mid - 0.1, 2), ask=round(mid + 0.1, 2), bid_size=12.5, ask_size=None,
                age_ms=140, quantity=quantity, notional=quantity * mid,
            )  # fmt: skip

        def cost(bps: float) -> paper_ticket.TicketCost:
            return paper_ticket.TicketCost(amount=notional * bps / 10_000, bps=bps)

        return paper_ticket.Ticket(
            account=account.name, pair=pair, timeframe=Timeframe(query["timeframe"]), time=NOW, side=side,
            notional=notional, execution=account.settings.execution, space=Space.LOG, beta=0.9312, z=self.z,
            executable_z=self.z, break_even_z=0.85, half_life=1_500.0, y=of(y, side), x=of(x, -side),
            costs=paper_ticket.TicketCosts(
                fees=cost(20.0), half_spread=cost(0.7), impact=cost(0.2), funding=cost(-0.4), total=cost(20.5)
            ),
            after=paper_ticket.TicketAfter(
                gross=2_931.2, leverage=0.29, margin_percent=0.7, liquidation_distance_percent=310.0
            ),
            refusal=self.refusal,
        )  # fmt: skip


def account_settings() -> list[paper.AccountSetting]:
    values = dict(DEFAULTS)
    return [
        paper.AccountSetting(
            key=key.removeprefix("paper."), kind=each.kind, value=values[key.removeprefix("paper.")],
            default=each.default, help=each.help, choices=each.choices, low=each.low, high=each.high,
        )
        for key, each in setting_descriptions().items()
        if key.startswith("paper.")
    ]  # fmt: skip


def busy(account: FakeAccount) -> FakeAccount:
    """Give an account what a day of trading leaves: trades in several states, orders, fills, decisions and money."""
    account.wallet, account.day_result = 10_131.84, 42.17
    account.trades = [
        trade(12, tags=["news"], comment="held over the funding"),
        trade(
            15, OTHER, -1, -3.1, state=TradeState.REPAIR, note="the order of ETHUSDT was rejected: quote too old",
            residual=412.5, deadline=NOW + 3_400, attempts=2, take_profit=None, stop=None, stop_loss=50.0,
            origin=TradeOrigin.TICKET, half_life=None, half_lives_held=None,
            y=leg("SOLUSDT", -42.7), x=leg("ETHUSDT", 0.512, held=0.286, liquidation_price=None),
        ),
    ]  # fmt: skip
    account.closed = [
        trade(
            number, PAIR if number % 3 else OTHER, 1 if number % 2 else -1, 4.1 - number, state=TradeState.CLOSED,
            closed=NOW - number * 20 * MINUTE, opened=NOW - number * 20 * MINUTE - 900_000, note="z -0.48 inside 0.5",
        )
        for number in range(1, 9)
    ]  # fmt: skip
    account.orders = [order(31), order(33, 15, symbol="ETHUSDT", kind=OrderKind.MARKET, limit=None, ahead=None,
                                       state=OrderState.IN_FLIGHT, filled=0.0, quantity=0.226)]  # fmt: skip
    account.fills = [fill(number, 12 if number < 3 else 5) for number in range(1, 7)]
    account.pending = [decision(41, Outcome.PENDING, OTHER, side=-1, z=2.14, expires=NOW + 48_000)]
    account.decisions = [
        *account.pending,
        decision(40, Outcome.TAKEN, trade=12),
        decision(
            39, Outcome.REFUSED, OTHER, rule="leverage", value="3.21", allowed="3",
            words="leverage would be 3.21, allowed is 3",
        ),
        decision(38, Outcome.EXPIRED, words="nobody answered within 60 s"),
    ]  # fmt: skip
    account.money = [
        contract.MoneyEntry(
            id=2, time=NOW, kind=EntryKind.FEE, debit=Book.FEES, credit=Book.WALLET, amount=0.4932, change=-0.4932,
            trade=12, leg="y", symbol="BTCUSDT", reference=1,
        ),
        contract.MoneyEntry(
            id=1, time=NOW - DAY, kind=EntryKind.DEPOSIT, debit=Book.WALLET, credit=Book.CAPITAL, amount=10_000.0,
            change=10_000.0, trade=None, leg="", symbol="", reference=None,
        ),
    ]  # fmt: skip
    account.modes = [
        contract.PairTradingMode(PAIR, Timeframe.M1, TradingMode.AUTO),
        contract.PairTradingMode(OTHER, Timeframe.M1, TradingMode.ASK),
    ]
    account.curve(24)
    return account
