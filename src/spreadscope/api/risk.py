"""The routes of the risk of paper accounts (``docs/api.md``)."""

from __future__ import annotations

from fastapi import Response

from spreadscope import contract
from spreadscope.api.disk import Disk
from spreadscope.api.queries import Limit, NamePath
from spreadscope.api.routing import Routes
from spreadscope.app.risk_service import RiskService
from spreadscope.app.trading_history import TradingHistory
from spreadscope.contract import WhatIfBody
from spreadscope.guard.identity import READ

_BASE = "/api/paper/accounts/{account}"


def add_risk(routes: Routes, service: RiskService, history: TradingHistory, disk: Disk) -> None:
    """Add the routes."""

    @routes.get(f"{_BASE}/risk")
    async def get_paper_risk(account: NamePath) -> contract.RiskReport:
        return await service.risk(account)

    @routes.post(f"{_BASE}/risk/what-if", needs=READ)
    async def get_paper_what_if(account: NamePath, body: WhatIfBody) -> contract.RiskReport:
        return await service.what_if(account, body)

    @routes.get(f"{_BASE}/setting-changes")
    async def get_paper_setting_changes(
        response: Response, account: NamePath, limit: Limit = 100
    ) -> list[contract.SettingChange]:
        await disk.await_for_read(response)
        return await history.setting_changes(account, limit)
