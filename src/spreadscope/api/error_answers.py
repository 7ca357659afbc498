"""The error handlers: every error becomes one short sentence with a documented status."""

from __future__ import annotations

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import Match

from spreadscope.app.fault_report import FaultReport
from spreadscope.guard.middleware import error as answer
from spreadscope.model.errors import (
    BusyError,
    ExchangeError,
    RepeatedError,
    SpreadscopeError,
    StoreError,
    UnknownAccountError,
    UnknownSymbolError,
)

log = structlog.get_logger()

_MAX_LENGTH = 600  # of a sentence that quotes the request
_TRY_AGAIN = {"Retry-After": "1"}


def add_errors(app: FastAPI) -> None:
    """Add the handlers."""
    app.add_exception_handler(SpreadscopeError, _on_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_fault)


def short(message: str) -> str:
    """Returns the sentence, shortened where it quotes too much."""
    return message if len(message) <= _MAX_LENGTH else f"{message[: _MAX_LENGTH - 1]}…"


async def _on_error(_: Request, error: Exception) -> JSONResponse:
    if isinstance(error, ExchangeError | StoreError):
        return answer(503, short(str(error)), _TRY_AGAIN)
    unknown = isinstance(error, UnknownSymbolError | UnknownAccountError)
    status = 409 if isinstance(error, RepeatedError | BusyError) else 404 if unknown else 400
    return answer(status, short(str(error)))


async def _on_invalid(_: Request, error: Exception) -> JSONResponse:
    details = error.errors() if isinstance(error, RequestValidationError) else []
    first = details[0] if details else {"loc": (), "msg": "invalid"}
    where = ".".join(str(part) for part in first["loc"][1:])[:100] or "body"
    return answer(400, short(f"{where}: {first['msg']}"))


async def _on_http(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        return await _on_fault(request, error)
    if error.status_code == 405:
        allowed = ", ".join(_methods(request))
        return answer(405, f"{request.method} is not for this address: use {allowed}", {"Allow": allowed})
    return answer(error.status_code, short(str(error.detail)), dict(error.headers or {}))


async def _on_fault(request: Request, error: Exception) -> JSONResponse:
    log.error("request failed", method=request.method, path=request.url.path, error=repr(error), exc_info=error)
    path = getattr(request.scope.get("route"), "path", "an address")
    faults: FaultReport = request.app.state.faults
    faults.failed("request", f"{request.method} {path}", error, f"{request.method} {path} was not answered")
    return answer(500, "the engine failed to answer this: see its log")


def _methods(request: Request) -> list[str]:
    """Returns the methods of a path; each of them is a separate route."""
    methods: set[str] = set()
    for route in request.app.routes:
        match, _ = route.matches(request.scope)
        if match is not Match.NONE:
            methods |= set(getattr(route, "methods", None) or ())
    return sorted(methods)
