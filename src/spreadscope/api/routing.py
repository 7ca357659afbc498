"""Routes with contract types: one annotation gives both the bytes of an answer and its description.

``-> list[contract.Bar]`` is what is sent, and what ``/openapi.json`` describes; a union is described as any of its
types. ``-> contract.Rule | contract.NotYet[contract.Rule]`` is the answer to a change, 202 where it is not on disk yet.
``-> StreamingResponse`` and ``-> FileResponse`` are downloads, ``-> PlainTextResponse`` is text. A parameter whose type
is a struct is the request's body.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

import msgspec
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from spreadscope.api.access_table import AccessTable
from spreadscope.api.bodies import decode_body
from spreadscope.api.openapi import UPLOAD, SchemaPlaces, also_responses, body_of, responses_of, without_body
from spreadscope.contract import NotYet
from spreadscope.contract.schema import Schema
from spreadscope.guard.identity import READ, Needed

Endpoint = TypeVar("Endpoint", bound=Callable[..., Awaitable[object]])

_JSON = "application/json"
_REQUEST = "__request"  # the parameter that stands for a body


class Routes:
    """The registry that adds routes to an application, and collects the types that they use."""

    def __init__(self, app: FastAPI, table: AccessTable | None = None) -> None:
        """``table`` collects which scope each route needs; whatever changes something has to say so."""
        self._app = app
        self.table = table or AccessTable()
        self.places = SchemaPlaces()

    def get(
        self, path: str, also: Mapping[int, object] | None = None, *, needs: Needed = READ
    ) -> Callable[[Endpoint], Endpoint]:
        """``also``: what is answered under another status, which the endpoint sets on its ``Response``."""
        return self._add("GET", path, 200, needs, also=also)

    def post(self, path: str, status: int = 200, *, needs: Needed) -> Callable[[Endpoint], Endpoint]:
        return self._add("POST", path, status, needs)

    def put(self, path: str, *, needs: Needed) -> Callable[[Endpoint], Endpoint]:
        return self._add("PUT", path, 200, needs)

    def delete(self, path: str, *, needs: Needed) -> Callable[[Endpoint], Endpoint]:
        return self._add("DELETE", path, 204, needs)

    def upload(self, path: str, *, needs: Needed) -> Callable[[Endpoint], Endpoint]:
        """A route that takes a file as its body, and reads it as it comes."""
        return self._add("POST", path, 201, needs, UPLOAD)

    def _add(
        self,
        method: str,
        path: str,
        status: int,
        needs: Needed,
        request_body: Schema | None = None,
        also: Mapping[int, object] | None = None,
    ) -> Callable[[Endpoint], Endpoint]:
        self.table.declare(method, path, needs)

        def add(endpoint: Endpoint) -> Endpoint:
            signature = inspect.signature(endpoint, eval_str=True)
            body = _body(signature)
            responses = responses_of(self.places, status, *_alternatives(signature.return_annotation))
            if body is None:
                responses = without_body(responses)
            self._app.add_api_route(
                path,
                _with_contract_types(endpoint, signature, body, status),
                methods=[method],
                status_code=status,
                response_model=None,
                response_class=Response,
                responses=responses | also_responses(self.places, also or {}),
                openapi_extra=request_body if body is None else body_of(self.places, body.annotation),
            )
            return endpoint

        return add


def _with_contract_types(
    endpoint: Callable[..., Awaitable[object]],
    signature: inspect.Signature,
    body: inspect.Parameter | None,
    status: int,
) -> Callable[..., Awaitable[Response]]:
    """Returns an endpoint for FastAPI, which takes a request in place of a body and returns a response."""
    response_parameter = next(
        (parameter.name for parameter in signature.parameters.values() if parameter.annotation is Response), None
    )

    @wraps(endpoint)
    async def route(**arguments: Any) -> Response:
        if body is not None:
            arguments[body.name] = await decode_body(arguments.pop(_REQUEST), body.annotation)
        answer = _response(await endpoint(**arguments), status)
        if response_parameter is not None:
            answer.headers.update(arguments[response_parameter].headers)
            answer.status_code = arguments[response_parameter].status_code or answer.status_code
        return answer

    parameters = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in signature.parameters.values()]
    if body is not None:
        parameters = [parameter for parameter in parameters if parameter.name != body.name]
        parameters.append(inspect.Parameter(_REQUEST, inspect.Parameter.KEYWORD_ONLY, annotation=Request))
    route.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # as inspect itself reads it
    return route


def _response(result: object, status: int) -> Response:
    if isinstance(result, Response):
        return result
    if isinstance(result, NotYet):
        return Response(msgspec.json.encode(result), 202, media_type=_JSON)
    return (
        Response(status_code=204) if status == 204 else Response(msgspec.json.encode(result), status, media_type=_JSON)
    )


def _body(signature: inspect.Signature) -> inspect.Parameter | None:
    """Returns the parameter whose type is a struct; None where there is none."""
    for parameter in signature.parameters.values():
        if isinstance(parameter.annotation, type) and issubclass(parameter.annotation, msgspec.Struct):
            return parameter
    return None


def _alternatives(annotation: object) -> tuple[object, ...]:
    """Returns the types of a union, else the one type. None stands for an answer without a body."""
    union = get_origin(annotation) in {Union, UnionType}
    kinds = get_args(annotation) if union else (annotation,)
    return tuple(None if kind is NoneType else kind for kind in kinds)
