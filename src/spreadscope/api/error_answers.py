"""The error handlers: every error becomes one short sentence with a documented status."""

from __future__ import annotations

from collections.abc import Iterable

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

from spreadscope.api.access_table import AccessTable
from spreadscope.api.bodies import is_of_its_form
from spreadscope.app.fault_report import FaultReport
from spreadscope.guard.middleware import GuardAnswer
from spreadscope.guard.middleware import error as answer
from spreadscope.model.errors import (
    BusyError,
    ExchangeError,
    RepeatedError,
    SpreadscopeError,
    StateError,
    StoreError,
    SymbolError,
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


async def _on_error(request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, ExchangeError | StoreError):
        return answer(503, short(str(error)), _TRY_AGAIN)
    return answer(_status(request, error), short(str(error)))


def _status(request: Request, error: Exception) -> int:
    """Returns the status of what a client can mend; a body of the described form is only refused for its meaning."""
    if isinstance(error, RepeatedError | BusyError | StateError):
        return 409
    if isinstance(error, UnknownSymbolError | UnknownAccountError):
        return 404
    of_its_form = is_of_its_form(request) and not isinstance(error, SymbolError)  # the form says what a symbol is
    return 422 if of_its_form else 400


async def _on_invalid(_: Request, error: Exception) -> JSONResponse:
    details = error.errors() if isinstance(error, RequestValidationError) else []
    first = details[0] if details else {"loc": (), "msg": "invalid"}
    where = ".".join(str(part) for part in first["loc"][1:])[:100] or "body"
    return answer(400, short(f"{where}: {first['msg']}"))


async def _on_http(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        return await _on_fault(request, error)
    if error.status_code == 405:
        return _other_method(request)
    return answer(error.status_code, short(str(error.detail)), dict(error.headers or {}))


async def _on_fault(request: Request, error: Exception) -> JSONResponse:
    log.error("request failed", method=request.method, path=request.url.path, error=repr(error), exc_info=error)
    path = getattr(request.scope.get("route"), "path", "an address")
    faults: FaultReport = request.app.state.faults
    faults.failed("request", f"{request.method} {path}", error, f"{request.method} {path} was not answered")
    return answer(500, "the engine failed to answer this: see its log")


def _other_method(request: Request) -> JSONResponse:
    methods: set[str] = set()
    for route in request.app.routes:
        match, _ = route.matches(request.scope)
        if match is not Match.NONE:
            methods |= set(getattr(route, "methods", None) or ())
    return method_not_allowed(request.method, methods)


def method_not_allowed(method: str, methods: Iterable[str]) -> GuardAnswer:
    """Returns the answer to a method that is not for an address, with those that are."""
    allowed = ", ".join(sorted(methods))
    return answer(405, f"{method} is not for this address: use {allowed}", {"Allow": allowed})


class DeclaredMethods:
    """ASGI middleware: an address has the methods of the route that names it most closely, and no others.

    ``POST /api/jobs/scan`` is an address of its own; ``GET`` of it asks for no job of the id ``scan``.
    """

    def __init__(self, app: ASGIApp, table: AccessTable) -> None:
        self._app = app
        self._table = table

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        methods = self._table.methods(scope["path"]) if scope["type"] == "http" else frozenset[str]()
        if methods and scope["method"] not in methods:
            await method_not_allowed(scope["method"], methods)(scope, receive, send)
        else:
            await self._app(scope, receive, send)
