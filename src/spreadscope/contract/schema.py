"""JSON Schema of contract types: of the routes' objects for ``/openapi.json``, and of the socket's messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum

import msgspec

from spreadscope import contract
from spreadscope.contract.messages import FROM_ENGINE, EngineState, Request

Schema = dict[str, object]
Overrides = Mapping[str, type[msgspec.Struct]]

PLACE = "#/components/schemas/{name}"
_LOCAL = "#/$defs/{name}"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def components(
    kinds: Sequence[object], overrides: Overrides, place: str = PLACE
) -> tuple[list[Schema], dict[str, Schema]]:
    """The schema of each type, and the named ones they refer to.

    ``overrides``: structs that stand in the place of the contract's of the same name, such as a row with its statistics.
    """
    unique = list(dict.fromkeys(kinds))
    schemas, named = msgspec.json.schema_components(unique, ref_template=place, schema_hook=_of_anything)
    for name, struct in overrides.items():
        _, found = msgspec.json.schema_components([struct], ref_template=place, schema_hook=_of_anything)
        if name in named:
            named |= found
    of = dict(zip(unique, schemas, strict=True))
    renamed = {name: "".join(part[:1].upper() + part[1:] for part in name.split("_") if part) for name in named}
    references = {place.format(name=old): place.format(name=new) for old, new in renamed.items() if old != new}
    whole = {renamed[name]: _closed(_moved(schema, references)) for name, schema in named.items()}
    return [_object(_moved(of[kind], references)) for kind in kinds], whole


def of_contract(overrides: Overrides) -> tuple[dict[str, Schema], list[Schema]]:
    """Every struct and enum of the contract by its name, and the schemas of what the socket sends."""
    exported = [getattr(contract, name) for name in contract.__all__]
    named = [kind for kind in exported if isinstance(kind, type) and issubclass(kind, msgspec.Struct | Enum)]
    plain = [kind for kind in named if not getattr(kind, "__parameters__", ())]  # NotYet[T] is what its T makes of it
    schemas, found = components([*FROM_ENGINE, EngineState, *plain], overrides, _LOCAL)
    return found, schemas[: len(FROM_ENGINE) + 1]


def socket_schema(overrides: Overrides) -> Schema:
    """The socket ``/ws``: ``request`` is what a client may send, ``message`` what it is sent.

    ``state`` is sent beside those by the dashboard's own socket, which else passes the engine's messages on.
    """
    kinds = [Request, *FROM_ENGINE, EngineState]
    (request, *messages, state), named = components(kinds, overrides, _LOCAL)
    definitions: Schema = {**named}
    definitions |= {"request": request, "message": {"oneOf": messages}, "state": state}
    return {"$schema": _DIALECT, "title": "Spreadscope's socket", "$defs": definitions}


def _of_anything(kind: type) -> Schema:
    """The schema of what may be anything, such as a description of other things. Raises ``NotImplementedError``."""
    if kind is object:
        return {"description": "anything"}
    raise NotImplementedError(kind)


def _moved(schema: object, references: Mapping[str, str]) -> object:
    """The same with other names of what it refers to."""
    if isinstance(schema, dict):
        return {key: _reference(key, value, references) for key, value in schema.items()}
    return [_moved(each, references) for each in schema] if isinstance(schema, list) else schema


def _reference(key: str, value: object, references: Mapping[str, str]) -> object:
    return references.get(value, value) if key == "$ref" and isinstance(value, str) else _moved(value, references)


def _closed(schema: object) -> Schema:
    """An object has the fields it is said to have, and no others; what is sent has its defaults too."""
    made = _object(schema)
    properties = _object(made.get("properties"))
    if not properties or "additionalProperties" in made:  # a body may leave its defaults out
        return made
    left_out = (
        []
        if made["title"] == Request.__name__
        else [name for name in properties if "default" in _object(properties[name])]
    )
    required = made.get("required")
    needed = [name for name in properties if name in left_out or (isinstance(required, list) and name in required)]
    return {**made, "required": needed, "additionalProperties": False}


def _object(schema: object) -> Schema:
    return schema if isinstance(schema, dict) else {}
