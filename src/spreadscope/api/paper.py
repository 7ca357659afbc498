"""The routes of paper trading (``docs/api.md``). A change is answered once it is on disk."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends, Path, Query, Response

from spreadscope import contract
from spreadscope.api.disk import Disk
from spreadscope.api.queries import Before, Frame, From, Limit, NamePath, NewAccountPath, PairQuery, To
from spreadscope.api.routing import Routes
from spreadscope.app.trading_history import TradingHistory
from spreadscope.app.trading_service import TradingService
from spreadscope.contract import (
    AccountBody,
    AnswerBody,
    CloseTradeBody,
    CommentBody,
    NotYet,
    OpenTradeBody,
    ReasonBody,
    TradingModeBody,
)
from spreadscope.contract.bodies import LATEST
from spreadscope.guard.identity import READ, TRADE
from spreadscope.model.instrument import parse_pair
from spreadscope.model.timeframe import Timeframe
from spreadscope.store.trading_reader import HistoryFilter

_BASE = "/api/paper/accounts/{account}"
_Number = Annotated[int, Path(ge=1, le=LATEST)]
_Trade = Annotated[int, Query(ge=1, le=LATEST)]
_Minutes = Annotated[int, Query(ge=1, le=1440)]
_Notional = Annotated[float, Query(gt=0, lt=contract.LARGEST_NOTIONAL)]


def _wanted(
    before: Before = LATEST,
    limit: Limit = 200,
    trade: _Trade | None = None,
    pair: PairQuery | None = None,
    start: From = 0,
    end: To = LATEST,
) -> HistoryFilter:
    """Returns which rows of a history a query asks for."""
    parsed = parse_pair(pair) if pair is not None else None
    return HistoryFilter(before=before, limit=limit, trade=trade, pair=parsed, start=start, end=end)


_Wanted = Annotated[HistoryFilter, Depends(_wanted)]


def add_paper(routes: Routes, service: TradingService, history: TradingHistory, disk: Disk) -> None:
    """Add the routes."""
    _add_accounts(routes, service, disk)
    _add_kill_switch(routes, service, history, disk)
    _add_trades(routes, service, history, disk)
    _add_history(routes, service, history, disk)


def _add_accounts(routes: Routes, service: TradingService, disk: Disk) -> None:
    @routes.get("/api/paper/settings")
    async def get_paper_settings() -> list[contract.AccountSetting]:
        return service.settings()

    @routes.get("/api/paper/accounts")
    async def get_paper_accounts() -> list[contract.PaperAccount]:
        return service.accounts()

    @routes.get(_BASE)
    async def get_paper_account(account: NamePath) -> contract.PaperAccount:
        return service.account(account)

    @routes.put(_BASE, needs=TRADE)
    async def put_paper_account(
        account: NewAccountPath, body: AccountBody
    ) -> contract.PaperAccount | NotYet[contract.PaperAccount]:
        await disk.require()
        name = service.put_account(account, body.settings)
        return await disk.answer_when_stored(service.account(name))

    @routes.put(f"{_BASE}/mode", needs=TRADE)
    async def put_paper_mode(
        account: NamePath, body: TradingModeBody
    ) -> contract.PaperAccount | NotYet[contract.PaperAccount]:
        await disk.require()
        service.set_mode(account, parse_pair(body.pair), body.timeframe, body.mode)
        return await disk.answer_when_stored(service.account(account))

    @routes.get(f"{_BASE}/limits")
    async def get_paper_limits(account: NamePath) -> list[contract.TradingLimit]:
        return service.limits(account)

    @routes.get(f"{_BASE}/ticket")
    async def get_paper_ticket(
        account: NamePath,
        pair: PairQuery,
        side: Literal["1", "-1"],
        timeframe: Frame = Timeframe.M1,
        notional: _Notional | None = None,
    ) -> contract.Ticket:
        return service.ticket(account, parse_pair(pair), timeframe, side=int(side), notional=notional)

    @routes.post(f"{_BASE}/ticket/preview", needs=READ)
    async def preview_paper_trade(account: NamePath, body: OpenTradeBody) -> contract.Ticket:
        return service.preview(account, parse_pair(body.pair), body)


def _add_kill_switch(routes: Routes, service: TradingService, history: TradingHistory, disk: Disk) -> None:
    @routes.post(f"{_BASE}/kill", needs=TRADE)
    async def pull_paper_kill_switch(
        account: NamePath, body: ReasonBody
    ) -> contract.PaperAccount | NotYet[contract.PaperAccount]:
        # Without a look at the disk before: this must work when little else does.
        service.set_kill(account, active=True, reason=body.reason)
        return await disk.answer_when_stored(service.account(account))

    @routes.post(f"{_BASE}/reset", needs=TRADE)
    async def reset_paper_kill_switch(
        account: NamePath, body: ReasonBody
    ) -> contract.PaperAccount | NotYet[contract.PaperAccount]:
        await disk.require()
        service.set_kill(account, active=False, reason=body.reason)
        return await disk.answer_when_stored(service.account(account))

    @routes.get(f"{_BASE}/kills")
    async def get_paper_kills(response: Response, account: NamePath, limit: Limit = 100) -> list[contract.KillEvent]:
        await disk.await_for_read(response)
        return await history.kills(account, limit)


def _add_trades(routes: Routes, service: TradingService, history: TradingHistory, disk: Disk) -> None:
    @routes.get(f"{_BASE}/trades")
    async def get_paper_trades(account: NamePath) -> list[contract.PaperTrade]:
        return service.open_trades(account)

    @routes.get(f"{_BASE}/trades/closed")
    async def get_closed_paper_trades(
        response: Response, account: NamePath, wanted: _Wanted
    ) -> list[contract.PaperTrade]:
        await disk.await_for_read(response)
        return await history.closed_trades(account, wanted)

    @routes.get(f"{_BASE}/pairs")
    async def get_paper_results_by_pair(response: Response, account: NamePath) -> list[contract.PairResult]:
        await disk.await_for_read(response)
        return await history.by_pair(account)

    @routes.get(f"{_BASE}/trades/{{trade}}")
    async def get_paper_trade(response: Response, account: NamePath, trade: _Number) -> contract.PaperTrade:
        await disk.await_for_read(response)
        return await history.trade(account, trade)

    @routes.post(f"{_BASE}/trades", needs=TRADE)
    async def open_paper_trade(
        account: NamePath, body: OpenTradeBody
    ) -> contract.TradeDecision | NotYet[contract.TradeDecision]:
        await disk.require()
        return await disk.answer_when_stored(service.open_trade(account, parse_pair(body.pair), body))

    @routes.post(f"{_BASE}/trades/close", needs=TRADE)
    async def close_paper_trades(
        account: NamePath, body: ReasonBody
    ) -> contract.PaperAccount | NotYet[contract.PaperAccount]:
        service.close_all(account, body.reason)
        return await disk.answer_when_stored(service.account(account))

    @routes.post(f"{_BASE}/trades/{{trade}}/close", needs=TRADE)
    async def close_paper_trade(
        account: NamePath, trade: _Number, body: CloseTradeBody
    ) -> contract.PaperTrade | NotYet[contract.PaperTrade]:
        closing = service.close_trade(account, trade, body.percent, body.reason)
        return await disk.answer_when_stored(service.trade(account, closing))

    @routes.put(f"{_BASE}/trades/{{trade}}/comment", needs=TRADE)
    async def put_paper_comment(
        account: NamePath, trade: _Number, body: CommentBody
    ) -> contract.PaperTrade | NotYet[contract.PaperTrade]:
        await disk.require()
        await service.set_comment(account, trade, body.comment, body.tags)
        return await disk.answer_when_stored(await history.trade(account, trade))

    @routes.post(f"{_BASE}/decisions/{{decision}}", needs=TRADE)
    async def answer_paper_decision(
        account: NamePath, decision: _Number, body: AnswerBody
    ) -> contract.TradeDecision | NotYet[contract.TradeDecision]:
        await disk.require()
        return await disk.answer_when_stored(service.answer(account, decision, accept=body.accept))


def _add_history(routes: Routes, service: TradingService, history: TradingHistory, disk: Disk) -> None:
    @routes.get(f"{_BASE}/orders")
    async def get_paper_orders(account: NamePath) -> list[contract.PaperOrder]:
        return service.working_orders(account)

    @routes.get(f"{_BASE}/orders/history")
    async def get_paper_order_history(
        response: Response, account: NamePath, wanted: _Wanted
    ) -> list[contract.PaperOrder]:
        await disk.await_for_read(response)
        return await history.orders(account, wanted)

    @routes.get(f"{_BASE}/fills")
    async def get_paper_fills(response: Response, account: NamePath, wanted: _Wanted) -> list[contract.PaperFill]:
        await disk.await_for_read(response)
        return await history.fills(account, wanted)

    @routes.get(f"{_BASE}/ledger")
    async def get_paper_ledger(response: Response, account: NamePath, wanted: _Wanted) -> list[contract.MoneyEntry]:
        await disk.await_for_read(response)
        return await history.ledger(account, wanted)

    @routes.get(f"{_BASE}/decisions")
    async def get_paper_decisions(
        response: Response, account: NamePath, wanted: _Wanted
    ) -> list[contract.TradeDecision]:
        await disk.await_for_read(response)
        return await history.decisions(account, wanted)

    @routes.get(f"{_BASE}/equity")
    async def get_paper_equity(
        response: Response,
        account: NamePath,
        start: From = 0,
        end: To = LATEST,
        minutes: _Minutes = 1,
        limit: Limit = 1_440,
    ) -> list[contract.EquityPoint]:
        await disk.await_for_read(response)
        return await history.equity(account, start=start, end=end, minutes=minutes, limit=limit)
