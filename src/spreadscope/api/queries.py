"""Parameters and headers that several routes share, bounded on every side."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import Path, Query
from pydantic import BeforeValidator
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from spreadscope.contract.bodies import LATEST, OF_PAIR, OF_SYMBOL
from spreadscope.model.errors import ConfigError
from spreadscope.model.timeframe import TIMEFRAMES, Timeframe

MOST_ROWS = 10_000
_MOST_PARAMETERS = 100
_LONGEST_NAME = 200


def _frame(text: object) -> object:
    """A timeframe exactly as it is named: the command line is more lenient."""
    if isinstance(text, str) and text not in TIMEFRAMES:
        raise ConfigError(f"unknown timeframe {text[:20]!r}: choose one of {', '.join(TIMEFRAMES)}")
    return Timeframe(text) if isinstance(text, str) else text


Limit = Annotated[int, Query(ge=1, le=MOST_ROWS)]
From = Annotated[int, Query(alias="from", ge=0, le=LATEST)]
To = Annotated[int, Query(alias="to", ge=0, le=LATEST)]
SymbolQuery = Annotated[str, Query(max_length=_LONGEST_NAME, json_schema_extra=dict(OF_SYMBOL))]
PairQuery = Annotated[str, Query(max_length=_LONGEST_NAME, json_schema_extra=dict(OF_PAIR))]
Name = Annotated[str, Query(max_length=100)]


Frame = Annotated[Timeframe, BeforeValidator(_frame)]
NamePath = Annotated[str, Path(max_length=_LONGEST_NAME)]


def each_once(request: HTTPConnection) -> None:
    """Refuse a parameter that is given twice: which of the two is meant, nobody can know."""
    given = [name for name, _ in request.query_params.multi_items()]
    repeated = next((name for place, name in enumerate(given[:_MOST_PARAMETERS]) if name in given[:place]), None)
    if repeated is not None:
        raise HTTPException(400, f"the parameter {repeated[:40]!r} is given twice: give it once")
    if len(given) > _MOST_PARAMETERS:
        raise HTTPException(400, f"at most {_MOST_PARAMETERS} parameters are read: give fewer")


def attachment(name: str) -> str:
    """Content-Disposition for a name that need not be ASCII (RFC 6266)."""
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
