"""The routes of access behind their gate, without an engine: what signs in is tested by it in milliseconds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from spreadscope.api.access import add_access
from spreadscope.api.access_gate import AccessGate
from spreadscope.api.error_answers import add_errors
from spreadscope.api.routing import Routes
from spreadscope.app.access_service import AccessService
from spreadscope.app.oidc.make_service import make_oidc
from spreadscope.guard.peer import OwnPrograms
from spreadscope.model.access_section import AccessConfig
from tests.dashboard.served import served


def not_expected(problem: Exception) -> None:
    raise problem


@asynccontextmanager
async def access_api(folder: Path, **oidc: Any) -> AsyncIterator[tuple[str, AccessService]]:
    """Serve the routes until the block ends. Returns their address, and the credentials behind them."""
    config = AccessConfig.model_validate({"public_addresses": ["scope.example.org"], "oidc": oidc})
    provider = make_oidc(config.oidc)
    app = FastAPI()
    routes = Routes(app)
    with AccessService(folder, config) as access:
        add_errors(app)
        add_access(routes, access, provider)
        own = OwnPrograms(enabled=True)
        app.add_middleware(
            AccessGate, table=routes.table, own=own, credentials=access, provider=provider, failed=not_expected
        )
        async with served(app) as port:
            yield f"http://127.0.0.1:{port}", access
        if provider is not None:
            await provider.provider.client.aclose()
