"""What the pages ask of ``/api/paper``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from spreadscope.client import Client
from spreadscope.contract import (
    AccountBody,
    AccountSetting,
    AnswerBody,
    CloseTradeBody,
    CommentBody,
    EquityPoint,
    MoneyEntry,
    OpenTradeBody,
    PaperAccount,
    PaperFill,
    PaperOrder,
    PaperTrade,
    ReasonBody,
    Ticket,
    TradeDecision,
    TradingLimit,
    TradingModeBody,
)
from spreadscope.dashboard.page_server import current_server

ACCOUNTS = "/api/paper/accounts"
MOST_POINTS = 1_440


class PaperClient(Client):
    """The client with the routes of paper trading."""

    def paper_settings(self) -> list[AccountSetting]:
        return self._get("/api/paper/settings", list[AccountSetting])

    def paper_accounts(self) -> list[PaperAccount]:
        return self._get(ACCOUNTS, list[PaperAccount])

    def put_paper_account(self, account: str, body: AccountBody) -> PaperAccount:
        return self._change("PUT", _of(account), PaperAccount, body)

    def set_trading_mode(self, account: str, body: TradingModeBody) -> PaperAccount:
        return self._change("PUT", f"{_of(account)}/mode", PaperAccount, body)

    def ticket(self, account: str, pair: str, timeframe: str, side: int, notional: float) -> Ticket:
        query: dict[str, str | int] = {"pair": pair, "timeframe": timeframe, "side": side, "notional": repr(notional)}
        return self._get(f"{_of(account)}/ticket", Ticket, query)

    def open_trades(self, account: str) -> list[PaperTrade]:
        return self._get(f"{_of(account)}/trades", list[PaperTrade])

    def open_trade(self, account: str, body: OpenTradeBody) -> TradeDecision:
        return self._change("POST", f"{_of(account)}/trades", TradeDecision, body)

    def limits(self, account: str) -> list[TradingLimit]:
        return self._get(f"{_of(account)}/limits", list[TradingLimit])

    def paper_trade(self, account: str, trade: int) -> PaperTrade:
        return self._get(f"{_of(account)}/trades/{trade}", PaperTrade)

    def closed_trades(self, account: str, limit: int) -> list[PaperTrade]:
        return self._get(f"{_of(account)}/trades/closed", list[PaperTrade], {"limit": limit})

    def close_trade(self, account: str, trade: int, body: CloseTradeBody) -> PaperTrade:
        return self._change("POST", f"{_of(account)}/trades/{trade}/close", PaperTrade, body)

    def comment_trade(self, account: str, trade: int, body: CommentBody) -> PaperTrade:
        return self._change("PUT", f"{_of(account)}/trades/{trade}/comment", PaperTrade, body)

    def answer_signal(self, account: str, decision: int, body: AnswerBody) -> TradeDecision:
        return self._change("POST", f"{_of(account)}/decisions/{decision}", TradeDecision, body)

    def pull_kill_switch(self, account: str, body: ReasonBody) -> PaperAccount:
        return self._change("POST", f"{_of(account)}/kill", PaperAccount, body)

    def reset_kill_switch(self, account: str, body: ReasonBody) -> PaperAccount:
        return self._change("POST", f"{_of(account)}/reset", PaperAccount, body)

    def close_all_trades(self, account: str, body: ReasonBody) -> PaperAccount:
        return self._change("POST", f"{_of(account)}/trades/close", PaperAccount, body)

    def decisions(self, account: str, limit: int) -> list[TradeDecision]:
        return self._get(f"{_of(account)}/decisions", list[TradeDecision], {"limit": limit})

    def fills(self, account: str, limit: int, trade: int = 0) -> list[PaperFill]:
        return self._get(f"{_of(account)}/fills", list[PaperFill], _of_trade(limit, trade))

    def orders(self, account: str, limit: int, trade: int = 0) -> list[PaperOrder]:
        return self._get(f"{_of(account)}/orders/history", list[PaperOrder], _of_trade(limit, trade))

    def money(self, account: str, limit: int) -> list[MoneyEntry]:
        return self._get(f"{_of(account)}/ledger", list[MoneyEntry], {"limit": limit})

    def equity(self, account: str, start: int, minutes: int) -> list[EquityPoint]:
        query = {"from": start, "minutes": minutes, "limit": MOST_POINTS}
        return self._get(f"{_of(account)}/equity", list[EquityPoint], query)


def _of(account: str) -> str:
    return f"{ACCOUNTS}/{quote(account, safe='')}"


def _of_trade(limit: int, trade: int) -> dict[str, str | int]:
    return {"limit": limit} | ({"trade": trade} if trade else {})


@contextmanager
def paper_engine() -> Iterator[PaperClient]:
    client = PaperClient(current_server().engine.api)
    try:
        yield client
    finally:
        client.close()
