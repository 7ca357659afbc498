"""Parameters and headers that several routes share, all bounded."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import Path, Query
from pydantic import BeforeValidator
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from spreadscope.contract.bodies import LATEST, OF_PAIR, OF_PAIR_OR_NONE, OF_SYMBOL
from spreadscope.model.errors import ConfigError
from spreadscope.model.timeframe import TIMEFRAMES, Timeframe
from spreadscope.model.trading import ACCOUNT_NAME

MAX_ROWS = 10_000
_MAX_PARAMETERS = 100
_MAX_NAME = 200


def _frame(text: object) -> object:
    """Returns a timeframe by its exact name; the command line accepts more."""
    if isinstance(text, str) and text not in TIMEFRAMES:
        raise ConfigError(f"unknown timeframe {text[:20]!r}: choose one of {', '.join(TIMEFRAMES)}")
    return Timeframe(text) if isinstance(text, str) else text


Limit = Annotated[int, Query(ge=1, le=MAX_ROWS)]
From = Annotated[int, Query(alias="from", ge=0, le=LATEST)]
To = Annotated[int, Query(alias="to", ge=0, le=LATEST)]
Before = Annotated[int, Query(ge=0, le=LATEST)]
SymbolQuery = Annotated[str, Query(max_length=_MAX_NAME, json_schema_extra=dict(OF_SYMBOL))]
PairQuery = Annotated[str, Query(max_length=_MAX_NAME, json_schema_extra=dict(OF_PAIR))]
PairOrAllQuery = Annotated[str, Query(max_length=_MAX_NAME, json_schema_extra=dict(OF_PAIR_OR_NONE))]
Name = Annotated[str, Query(max_length=100)]


Frame = Annotated[Timeframe, BeforeValidator(_frame)]
NamePath = Annotated[str, Path(max_length=_MAX_NAME)]
NewAccountPath = Annotated[str, Path(max_length=_MAX_NAME, json_schema_extra={"pattern": f"^ *{ACCOUNT_NAME} *$"})]


def refuse_repeated(request: HTTPConnection) -> None:
    """Refuse a parameter that is given twice, because it is unclear which one is meant."""
    names = [name for name, _ in request.query_params.multi_items()]
    repeated = next((name for index, name in enumerate(names[:_MAX_PARAMETERS]) if name in names[:index]), None)
    if repeated is not None:
        raise HTTPException(400, f"the parameter {repeated[:40]!r} is given twice: give it once")
    if len(names) > _MAX_PARAMETERS:
        raise HTTPException(400, f"at most {_MAX_PARAMETERS} parameters are read: give fewer")


def attachment(name: str) -> str:
    """Returns a Content-Disposition header for a name that may not be ASCII (RFC 6266)."""
    ascii_name = name.encode("ascii", "replace").decode().replace("?", "_")
    return f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name)}"
