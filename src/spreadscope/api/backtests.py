"""The routes that begin a backtest (``docs/api.md``)."""

from __future__ import annotations

from spreadscope import contract
from spreadscope.api.routing import Routes
from spreadscope.app.backtest_service import BacktestService
from spreadscope.guard.identity import READ, WORK


def add_backtests(routes: Routes, backtests: BacktestService) -> None:
    """Add the routes. What becomes of the backtest is asked of its job."""

    @routes.post("/api/backtests/check", needs=READ)
    async def check_backtest(body: contract.BacktestBody) -> contract.BacktestCheck:
        return backtests.check(body)

    @routes.post("/api/backtests", 201, needs=WORK)
    async def post_backtest(body: contract.BacktestBody) -> contract.Job:
        return await backtests.start(body)
