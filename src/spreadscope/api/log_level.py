"""The routes of the log's level."""

from __future__ import annotations

from spreadscope import contract
from spreadscope.api.routing import Routes
from spreadscope.app.log_control import LogLevelControl
from spreadscope.guard.identity import ADMIN


def add_log_level(routes: Routes, control: LogLevelControl) -> None:
    """Add the routes."""

    @routes.get("/api/log-level")
    async def get_log_level() -> contract.LogSetting:
        return control.setting()

    @routes.put("/api/log-level", needs=ADMIN)
    async def put_log_level(body: contract.LogLevelBody) -> contract.LogSetting:
        return control.set(body.level, body.minutes)
