"""The machine-readable description: what each route takes and answers, and how it refuses, from the types it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_origin

from fastapi import FastAPI
from starlette.responses import StreamingResponse

from spreadscope.api.structs import OVERRIDES
from spreadscope.contract import ErrorAnswer, NotYet
from spreadscope.contract.schema import PLACE, Schema, components

Responses = dict[int | str, Schema]

_TEXT: Schema = {"type": "string"}
_SECONDS: Schema = {"schema": _TEXT, "description": "seconds to wait before it is worth asking again"}
_ALLOW: Schema = {"schema": _TEXT, "description": "the methods that are", "required": True}
_BEHIND: Schema = {"schema": _TEXT, "description": "so many rows are not on disk yet, and not in the answer"}


class Described:
    """The types that routes speak of. Their schemas are made all at once, when the last route is there."""

    def __init__(self) -> None:
        self._places: list[tuple[Schema, tuple[object, ...]]] = []

    def place(self, *kinds: object) -> Schema:
        """The schema of a value that is of one of these types; it is empty until ``fill``."""
        empty: Schema = {}
        self._places.append((empty, kinds))
        return empty

    def fill(self) -> Mapping[str, Schema]:
        """Complete every place. Returns the named schemas they refer to."""
        kinds = [kind for _, kinds in self._places for kind in kinds]
        (_, *schemas), named = components([ErrorAnswer, *kinds], OVERRIDES)
        left = iter(schemas)
        for place, alternatives in self._places:
            each = [next(left) for _ in alternatives]
            place.update(each[0] if len(each) == 1 else {"oneOf": each})
        return named


def responses_of(described: Described, status: int, *kinds: object) -> Responses:
    """Every answer of a route that gives one of these types."""
    if kinds == (StreamingResponse,):
        return {200: _download(), **_REFUSALS}
    late = [kind for kind in kinds if get_origin(kind) is NotYet]
    plain = [kind for kind in kinds if kind is not None and kind not in late]
    words = "Done, and on disk." if late else "As asked."
    answers: Responses = {status: _json(words, described.place(*plain)) if plain else {"description": words}}
    if not late and plain:
        answers[status]["headers"] = {"Spreadscope-Not-On-Disk": _BEHIND}
    if late:
        answers[202] = _json("Done, but not on disk yet.", described.place(*late))
    return {**answers, **_REFUSALS}


def body_of(described: Described, kind: object) -> Schema:
    """What a route says of its request's body."""
    content: Schema = {"application/json": {"schema": described.place(kind)}}
    return {"requestBody": {"required": True, "content": content}}


def _json(description: str, schema: Schema, headers: Schema | None = None) -> Schema:
    answer: Schema = {"description": description, "content": {"application/json": {"schema": schema}}}
    return answer | ({"headers": headers} if headers else {})


def _download() -> Schema:
    content: Schema = {"text/csv": {"schema": _TEXT}, "application/x-ndjson": {"schema": _TEXT}}
    return {"description": "A streamed download.", "content": content, "headers": {"Spreadscope-Not-On-Disk": _BEHIND}}


_ERROR: Schema = {"$ref": PLACE.format(name=ErrorAnswer.__name__)}
_REFUSALS: Responses = {
    400: _json("What was sent cannot be read, or is out of bounds.", _ERROR),
    403: _json("Asked under a foreign Host, or by a page of another address.", _ERROR),
    404: _json("It is not there.", _ERROR),
    405: _json("Not for this address.", _ERROR, {"Allow": _ALLOW}),
    408: _json("The request did not come in time.", _ERROR),
    409: _json("It cannot be done as things stand: it is there already, in use, or one too many.", _ERROR),
    413: _json("The request's body is too long.", _ERROR),
    500: _json("A fault of the engine, which its log tells.", _ERROR),
    503: _json("The exchange or the store does not answer.", _ERROR, {"Retry-After": _SECONDS}),
}


def describe(app: FastAPI, described: Described) -> None:
    """Complete the description that FastAPI makes: it knows nothing of our objects, and says 422 where we say 400."""
    made = app.openapi

    def openapi() -> Schema:
        if app.openapi_schema is None:
            found = described.fill()
            document = made()
            for item in document["paths"].values():
                for operation in item.values():
                    operation["responses"].pop("422", None)
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            for name in ("HTTPValidationError", "ValidationError"):
                schemas.pop(name, None)
            schemas.update(found)
            app.openapi_schema = document
        return app.openapi_schema or {}

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way
