"""The JSON Schema of contract types: for ``/openapi.json``, and for the messages of the socket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum

import msgspec

from spreadscope import contract
from spreadscope.contract.messages import FROM_ENGINE, EngineState, Request

Schema = dict[str, object]
Overrides = Mapping[str, type[msgspec.Struct]]

REFERENCE = "#/components/schemas/{name}"
_LOCAL = "#/$defs/{name}"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def components(
    kinds: Sequence[object], overrides: Overrides, template: str = REFERENCE
) -> tuple[list[Schema], dict[str, Schema]]:
    """Returns the schema of each type, and the named schemas to which they refer.

    ``overrides`` replace structs of the contract by name, such as a row with its statistics.
    """
    unique = list(dict.fromkeys(kinds))
    schemas, named = msgspec.json.schema_components(unique, ref_template=template, schema_hook=_schema_of_object)
    for name, struct in overrides.items():
        _, replacements = msgspec.json.schema_components([struct], ref_template=template, schema_hook=_schema_of_object)
        if name in named:
            named |= replacements
    schema_of_kind = dict(zip(unique, schemas, strict=True))
    renamed = {name: "".join(part[:1].upper() + part[1:] for part in name.split("_") if part) for name in named}
    references = {template.format(name=old): template.format(name=new) for old, new in renamed.items() if old != new}
    closed_schemas = {
        renamed[name]: _without_extra_fields(_rename_references(schema, references)) for name, schema in named.items()
    }
    return [_object(_rename_references(schema_of_kind[kind], references)) for kind in kinds], closed_schemas


def contract_schemas(overrides: Overrides) -> tuple[dict[str, Schema], list[Schema]]:
    """Returns the schemas of all contract structs and enums by name, and those of the socket's messages."""
    exported = [getattr(contract, name) for name in contract.__all__]
    named = [kind for kind in exported if isinstance(kind, type) and issubclass(kind, msgspec.Struct | Enum)]
    concrete = [kind for kind in named if not getattr(kind, "__parameters__", ())]  # NotYet[T] has no schema without T
    schemas, definitions = components([*FROM_ENGINE, EngineState, *concrete], overrides, _LOCAL)
    return definitions, schemas[: len(FROM_ENGINE) + 1]


def socket_schema(overrides: Overrides) -> Schema:
    """Returns the schema of the socket ``/ws``: ``request`` from a client, ``message`` from the engine.

    The socket of the dashboard passes on the engine's messages and also sends ``state``.
    """
    kinds = [Request, *FROM_ENGINE, EngineState]
    (request, *messages, state), named = components(kinds, overrides, _LOCAL)
    definitions: Schema = {**named}
    definitions |= {"request": request, "message": {"oneOf": messages}, "state": state}
    return {"$schema": _DIALECT, "title": "Spreadscope's socket", "$defs": definitions}


def _schema_of_object(kind: type) -> Schema:
    """Returns the schema of ``object``, which may be anything. Raises ``NotImplementedError`` for other types."""
    if kind is object:
        return {"description": "anything"}
    raise NotImplementedError(kind)


def _rename_references(schema: object, references: Mapping[str, str]) -> object:
    """Returns a schema with renamed references."""
    if isinstance(schema, dict):
        return {key: _rename_value(key, value, references) for key, value in schema.items()}
    return [_rename_references(item, references) for item in schema] if isinstance(schema, list) else schema


def _rename_value(key: str, value: object, references: Mapping[str, str]) -> object:
    return (
        references.get(value, value)
        if key == "$ref" and isinstance(value, str)
        else _rename_references(value, references)
    )


def _without_extra_fields(schema: object) -> Schema:
    """Returns a schema that forbids other fields, and requires fields with defaults in messages that we send."""
    schema_object = _object(schema)
    properties = _object(schema_object.get("properties"))
    if not properties or "additionalProperties" in schema_object:  # a body may omit fields with defaults
        return schema_object
    with_default = (
        []
        if schema_object["title"] == Request.__name__
        else [name for name in properties if "default" in _object(properties[name])]
    )
    required = schema_object.get("required")
    required_names = [
        name for name in properties if name in with_default or (isinstance(required, list) and name in required)
    ]
    return {**schema_object, "required": required_names, "additionalProperties": False}


def _object(schema: object) -> Schema:
    return schema if isinstance(schema, dict) else {}
