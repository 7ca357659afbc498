"""The requests of paper trading, a part of the client."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import quote

import msgspec

from spreadscope.contract import (
    AccountBody,
    AccountSetting,
    AnswerBody,
    CloseTradeBody,
    CommentBody,
    EquityPoint,
    KillEvent,
    MoneyEntry,
    OpenTradeBody,
    PairResult,
    PaperAccount,
    PaperFill,
    PaperOrder,
    PaperTrade,
    ReasonBody,
    RiskReport,
    SettingChange,
    Statement,
    Ticket,
    TradeDecision,
    TradingLimit,
    TradingModeBody,
    WhatIfBody,
)
from spreadscope.contract.bodies import LATEST

T = TypeVar("T")
Query = Mapping[str, str | int]
SettingValue = bool | int | float | str


class PaperRequests(ABC):
    """The methods of paper accounts.

    ``filters`` of a history, which is sent newest first: ``before`` (a number: only what is below it), ``limit``,
    ``pair``, ``trade``, ``start`` and ``end`` (ms).
    """

    @abstractmethod
    def _get(self, path: str, kind: type[T], query: Query | None = None) -> T: ...

    @abstractmethod
    def _get_bytes(self, path: str, query: Query | None = None) -> bytes: ...

    @abstractmethod
    def _change(self, method: str, path: str, kind: type[T], body: msgspec.Struct | None = None) -> T: ...

    # --- accounts -----------------------------------------------------------------------------------------------------

    def paper_settings(self) -> list[AccountSetting]:
        """Returns the settings of accounts, with the values that a new one begins with."""
        return self._get("/api/paper/settings", list[AccountSetting])

    def paper_accounts(self) -> list[PaperAccount]:
        return self._get("/api/paper/accounts", list[PaperAccount])

    def paper_account(self, account: str) -> PaperAccount:
        return self._get(_path(account), PaperAccount)

    def put_paper_account(self, account: str, settings: Mapping[str, SettingValue]) -> PaperAccount:
        """Open an account, or change settings of one; those that are not given stay."""
        return self._change("PUT", _path(account), PaperAccount, AccountBody(settings=dict(settings)))

    def set_paper_mode(self, account: str, body: TradingModeBody) -> PaperAccount:
        return self._change("PUT", _path(account, "mode"), PaperAccount, body)

    def pull_paper_kill_switch(self, account: str, reason: str) -> PaperAccount:
        return self._change("POST", _path(account, "kill"), PaperAccount, ReasonBody(reason))

    def reset_paper_kill_switch(self, account: str, reason: str) -> PaperAccount:
        return self._change("POST", _path(account, "reset"), PaperAccount, ReasonBody(reason))

    def paper_kills(self, account: str, limit: int = 100) -> list[KillEvent]:
        """Returns when the kill switch was pulled and reset, the newest first."""
        return self._get(_path(account, "kills"), list[KillEvent], {"limit": limit})

    def paper_limits(self, account: str) -> list[TradingLimit]:
        return self._get(_path(account, "limits"), list[TradingLimit])

    def paper_setting_changes(self, account: str, limit: int = 100) -> list[SettingChange]:
        """Returns who changed which setting of an account, the newest first."""
        return self._get(_path(account, "setting-changes"), list[SettingChange], {"limit": limit})

    def paper_risk(self, account: str) -> RiskReport:
        return self._get(_path(account, "risk"), RiskReport)

    def paper_what_if(self, account: str, body: WhatIfBody) -> RiskReport:
        """Returns the risk of a changed copy of an account; nothing is traded."""
        return self._change("POST", _path(account, "risk", "what-if"), RiskReport, body)

    # --- trades -------------------------------------------------------------------------------------------------------

    def paper_ticket(self, account: str, pair: str, timeframe: str, side: int, notional: float | None = None) -> Ticket:
        """Returns a trade before it is sent, at the newest prices."""
        query: dict[str, str | int] = {"pair": pair, "timeframe": timeframe, "side": side}
        if notional is not None:
            query["notional"] = repr(notional)
        return self._get(_path(account, "ticket"), Ticket, query)

    def preview_paper_trade(self, account: str, body: OpenTradeBody) -> Ticket:
        """Returns what a request would come to, with its execution and its slices; nothing is sent."""
        return self._change("POST", _path(account, "ticket", "preview"), Ticket, body)

    def open_paper_trade(self, account: str, body: OpenTradeBody) -> TradeDecision:
        """Open a trade. Returns what became of the request; a refused one has its reason."""
        return self._change("POST", _path(account, "trades"), TradeDecision, body)

    def paper_trades(self, account: str) -> list[PaperTrade]:
        """Returns the trades that are not closed, the oldest first."""
        return self._get(_path(account, "trades"), list[PaperTrade])

    def closed_paper_trades(self, account: str, **filters: str | int) -> list[PaperTrade]:
        return self._get(_path(account, "trades", "closed"), list[PaperTrade], _history(filters))

    def paper_pair_results(self, account: str) -> list[PairResult]:
        """Returns what all trades of each pair have brought, the best pair first."""
        return self._get(_path(account, "pairs"), list[PairResult])

    def paper_statement(self, account: str, *, start: int = 0, end: int = LATEST) -> Statement:
        """Returns what came into the wallet and left it in ``[start, end)`` (ms), by kind and by pair."""
        return self._get(_path(account, "statement"), Statement, {"from": start, "to": end})

    def paper_statement_pdf(self, account: str, *, start: int = 0, end: int = LATEST) -> bytes:
        """Returns the same as a PDF document."""
        return self._get_bytes(_path(account, "statement.pdf"), {"from": start, "to": end})

    def paper_trade(self, account: str, trade: int) -> PaperTrade:
        return self._get(_path(account, "trades", trade), PaperTrade)

    def close_paper_trade(self, account: str, trade: int, body: CloseTradeBody) -> PaperTrade:
        return self._change("POST", _path(account, "trades", trade, "close"), PaperTrade, body)

    def close_paper_trades(self, account: str, reason: str) -> PaperAccount:
        """Close all trades of an account."""
        return self._change("POST", _path(account, "trades", "close"), PaperAccount, ReasonBody(reason))

    def answer_paper_decision(self, account: str, decision: int, *, accept: bool) -> TradeDecision:
        """Accept or decline a signal that waits."""
        return self._change("POST", _path(account, "decisions", decision), TradeDecision, AnswerBody(accept))

    def put_paper_comment(self, account: str, trade: int, body: CommentBody) -> PaperTrade:
        return self._change("PUT", _path(account, "trades", trade, "comment"), PaperTrade, body)

    # --- history ------------------------------------------------------------------------------------------------------

    def paper_orders(self, account: str) -> list[PaperOrder]:
        """Returns the orders that have not ended, the oldest first."""
        return self._get(_path(account, "orders"), list[PaperOrder])

    def paper_order_history(self, account: str, **filters: str | int) -> list[PaperOrder]:
        return self._get(_path(account, "orders", "history"), list[PaperOrder], _history(filters))

    def paper_fills(self, account: str, **filters: str | int) -> list[PaperFill]:
        return self._get(_path(account, "fills"), list[PaperFill], _history(filters))

    def paper_ledger(self, account: str, **filters: str | int) -> list[MoneyEntry]:
        return self._get(_path(account, "ledger"), list[MoneyEntry], _history(filters))

    def paper_decisions(self, account: str, **filters: str | int) -> list[TradeDecision]:
        return self._get(_path(account, "decisions"), list[TradeDecision], _history(filters))

    def paper_equity(self, account: str, **filters: int) -> list[EquityPoint]:
        """Returns points of equity, oldest first.

        ``filters``: ``start`` and ``end`` (ms), ``minutes`` (the last point of each so many), ``limit`` (the newest).
        """
        return self._get(_path(account, "equity"), list[EquityPoint], _history(filters))


def _path(account: str, *parts: str | int) -> str:
    return "/".join(["/api/paper/accounts", quote(account, safe=""), *map(str, parts)])


def _history(filters: Query) -> Query:
    """Returns filters with the names of the engine's interface: ``from`` is a keyword in Python."""
    names = {"start": "from", "end": "to"}
    return {names.get(name, name): value for name, value in filters.items()}
