"""The route of tests on demand (``docs/api.md``)."""

from __future__ import annotations

import asyncio
import re
from functools import partial
from typing import Annotated, Literal

from fastapi import Query, Response
from starlette.exceptions import HTTPException

from spreadscope import contract
from spreadscope.api.disk import Disk
from spreadscope.api.queries import MAX_ROWS, Frame, PairQuery
from spreadscope.api.routing import Routes
from spreadscope.app.cointegration_tests import run_tests
from spreadscope.app.core_service import CoreService
from spreadscope.model.errors import ConfigError
from spreadscope.model.instrument import parse_pair
from spreadscope.model.timeframe import Timeframe
from spreadscope.store.reader import StoreReader

_LAGS = re.compile(r"aic|[0-9]|[0-3][0-9]|4[0-8]")

Rows = Annotated[int, Query(ge=40, le=MAX_ROWS)]
Lags = Annotated[str, Query(max_length=4, json_schema_extra={"pattern": f"^({_LAGS.pattern})$"})]


def add_pair_tests(routes: Routes, core: CoreService, reader: StoreReader, disk: Disk) -> None:
    """Add the route."""

    @routes.get("/api/pair-tests")
    async def get_pair_tests(
        response: Response,
        pair: PairQuery,
        timeframe: Frame = Timeframe.M1,
        rows: Rows = 500,
        lags: Lags = "aic",
        trend: Literal["c", "ct"] = "c",
    ) -> contract.PairTests:
        name = parse_pair(pair)
        if name not in core.pairs:
            raise HTTPException(404, f"the pair {name} is not tracked: add it first")
        if _LAGS.fullmatch(lags) is None:
            raise ConfigError(f"lags is aic or a number up to 48, not {lags!r}")
        await disk.await_for_read(response)
        space = core.parameters(name, timeframe).analytics.space
        chosen: int | str = lags if lags == "aic" else int(lags)
        run = partial(run_tests, reader, name, timeframe, rows=rows, lags=chosen, trend=trend, space=space)
        return await asyncio.to_thread(run)
