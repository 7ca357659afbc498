"""The OpenAPI description of routes: bodies, answers and errors, made from the contract types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_origin

from fastapi import FastAPI
from starlette.responses import FileResponse, PlainTextResponse, Response, StreamingResponse

from spreadscope.api.structs import OVERRIDES
from spreadscope.contract import ErrorAnswer, NotYet
from spreadscope.contract.schema import REFERENCE, Schema, components

Responses = dict[int | str, Schema]

_TEXT: Schema = {"type": "string"}
_SECONDS: Schema = {"schema": _TEXT, "description": "seconds to wait before it is worth asking again"}
_ALLOW: Schema = {"schema": _TEXT, "description": "the methods that are", "required": True}
_AUTHENTICATE: Schema = {"schema": _TEXT, "description": "how to sign in"}
_BEHIND: Schema = {"schema": _TEXT, "description": "so many rows are not on disk yet, and not in the answer"}


class PdfResponse(Response):
    """A PDF document."""

    media_type = "application/pdf"


class SchemaPlaces:
    """The places in the description that need schemas. They are filled together, after the last route was added."""

    def __init__(self) -> None:
        self._places: list[tuple[Schema, tuple[object, ...]]] = []

    def place(self, *kinds: object) -> Schema:
        """Returns an empty schema of these types, which ``fill`` completes."""
        empty: Schema = {}
        self._places.append((empty, kinds))
        return empty

    def fill(self) -> Mapping[str, Schema]:
        """Fill every place. Returns the named schemas to which they refer."""
        kinds = [kind for _, kinds in self._places for kind in kinds]
        (_, *schemas), named = components([ErrorAnswer, *kinds], OVERRIDES)
        next_schemas = iter(schemas)
        for place, alternatives in self._places:
            filled = [next(next_schemas) for _ in alternatives]
            place.update(filled[0] if len(filled) == 1 else {"oneOf": filled})
        return named


def responses_of(places: SchemaPlaces, status: int, *kinds: object) -> Responses:
    """Returns every answer of a route that returns one of these types."""
    if kinds == (StreamingResponse,):
        return {200: _download(), **_REFUSALS}
    if kinds == (FileResponse,):
        return {200: {"description": "A file.", "content": _FILES}, **_REFUSALS}
    if kinds == (PdfResponse,):
        return {200: {"description": "A document.", "content": {"application/pdf": {"schema": _BINARY}}}, **_REFUSALS}
    if kinds == (PlainTextResponse,):
        return {200: {"description": "Text.", "content": {"text/plain": {"schema": _TEXT}}}, **_REFUSALS}
    not_yet = [kind for kind in kinds if get_origin(kind) is NotYet]
    types = [kind for kind in kinds if kind is not None and kind not in not_yet]
    description = "Done, and on disk." if not_yet else "As asked."
    answers: Responses = {status: _json(description, places.place(*types)) if types else {"description": description}}
    if not not_yet and types:
        answers[status]["headers"] = {"Spreadscope-Not-On-Disk": _BEHIND}
    if not_yet:
        answers[202] = _json("Done, but not on disk yet.", places.place(*not_yet))
    return {**answers, **_REFUSALS}


def also_responses(places: SchemaPlaces, kinds: Mapping[int, object]) -> Responses:
    """Returns answers under other statuses, by their type."""
    return {status: _json("As asked.", places.place(kind)) for status, kind in kinds.items()}


def without_body(responses: Responses) -> Responses:
    """Returns the answers of a route that reads no body, whose meaning could be wrong."""
    return {status: answer for status, answer in responses.items() if status != 422}


def body_of(places: SchemaPlaces, kind: object) -> Schema:
    """Returns the description of a request body."""
    content: Schema = {"application/json": {"schema": places.place(kind)}}
    return {"requestBody": {"required": True, "content": content}}


def _json(description: str, schema: Schema, headers: Schema | None = None) -> Schema:
    answer: Schema = {"description": description, "content": {"application/json": {"schema": schema}}}
    return answer | ({"headers": headers} if headers else {})


def _download() -> Schema:
    content: Schema = {"text/csv": {"schema": _TEXT}, "application/x-ndjson": {"schema": _TEXT}}
    content["application/vnd.apache.arrow.stream"] = {"schema": _BINARY}
    return {"description": "A streamed download.", "content": content, "headers": {"Spreadscope-Not-On-Disk": _BEHIND}}


_BINARY: Schema = {"type": "string", "format": "binary"}
_FILES: Schema = {
    "application/json": {"schema": {"type": "object"}},
    "text/csv": {"schema": _TEXT},
    "application/vnd.apache.parquet": {"schema": _BINARY},
}
#: The description of a body that is a file.
UPLOAD: Schema = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": _BINARY | {"minLength": 1}}},
    }
}

_ERROR: Schema = {"$ref": REFERENCE.format(name=ErrorAnswer.__name__)}
_REFUSALS: Responses = {
    400: _json("What was sent cannot be read, or is not of the described form.", _ERROR),
    401: _json("Not signed in, or not any more.", _ERROR, {"WWW-Authenticate": _AUTHENTICATE}),
    403: _json("Of another scope, asked under a foreign Host, or by a page of another address.", _ERROR),
    404: _json("It is not there.", _ERROR),
    405: _json("Not for this address.", _ERROR, {"Allow": _ALLOW}),
    408: _json("The request did not come in time.", _ERROR),
    409: _json("It cannot be done as things stand: it is there already, in use, or one too many.", _ERROR),
    411: _json("The length of the request's body is not said.", _ERROR),
    413: _json("The request's body is too long.", _ERROR),
    422: _json("What it says is out of bounds, means nothing here, or does not go together.", _ERROR),
    429: _json("Too many attempts to sign in have failed.", _ERROR, {"Retry-After": _SECONDS}),
    500: _json("A fault of the engine, which its log tells.", _ERROR),
    503: _json("The exchange or store does not answer, or too much is under way.", _ERROR, {"Retry-After": _SECONDS}),
}


def _of_fastapi(answer: object) -> bool:
    """Returns whether an answer was described by FastAPI, of whose form none of ours is."""
    return "HTTPValidationError" in str(answer)


def complete_description(app: FastAPI, places: SchemaPlaces) -> None:
    """Complete the description of FastAPI, which does not know our types and describes a 422 of its own form."""
    original = app.openapi

    def openapi() -> Schema:
        if app.openapi_schema is None:
            schemas_by_name = places.fill()
            document = original()
            for item in document["paths"].values():
                for operation in item.values():
                    if _of_fastapi(operation["responses"].get("422")):
                        del operation["responses"]["422"]
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            for name in ("HTTPValidationError", "ValidationError"):
                schemas.pop(name, None)
            schemas.update(schemas_by_name)
            app.openapi_schema = document
        return app.openapi_schema or {}

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way
