"""The contract as TypeScript declarations, for an editor that checks the pages' JavaScript."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from spreadscope.contract.schema import Overrides, Schema, contract_schemas

HEAD = """\
// What the engine, the dashboard and the browser agree on (docs/api.md), for editors that check JavaScript.
// Generated from spreadscope.contract by `python scripts/contract_types.py`: change the structs, not this file.
"""
_PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}


def declarations(overrides: Overrides) -> str:
    """Returns all types of the contract as the text of a ``.d.ts`` file."""
    named, messages = contract_schemas(overrides)
    texts = [_declaration(name, schema) for name, schema in sorted(named.items())]
    union = _union(_type(message) for message in messages)
    message_type = f"/** Everything that the socket sends. */\nexport type Message = {union};\n"
    return "\n".join([HEAD, *texts, message_type])


def _declaration(name: str, schema: Schema) -> str:
    properties = schema.get("properties")
    comment = f"/** {schema['description']} */\n" if "description" in schema else ""
    if not isinstance(properties, dict):
        return f"{comment}export type {name} = {_type(schema)};\n"
    required = schema.get("required")
    required_names = required if isinstance(required, list) else []
    fields = [_field(field, kind, needed=field in required_names) for field, kind in properties.items()]
    return f"{comment}export interface {name} {{\n{''.join(fields)}}}\n"


def _field(name: str, schema: object, *, needed: bool) -> str:
    key = name if name.isidentifier() else json.dumps(name)
    return f"  {key}{'' if needed else '?'}: {_type(schema)};\n"


def _type(schema: object) -> str:
    """Returns a schema as a TypeScript type. Raises ``TypeError`` or ``ValueError`` for an unknown kind of schema."""
    if not isinstance(schema, Mapping):
        raise TypeError(f"no schema: {schema!r}")
    if isinstance(reference := schema.get("$ref"), str):
        return reference.rsplit("/", 1)[1]
    if "const" in schema:
        return json.dumps(schema["const"])
    if isinstance(choices := schema.get("enum"), list):
        return _union(map(_literal, choices))
    for key in ("anyOf", "oneOf"):
        if isinstance(kinds := schema.get(key), list):
            return _union(map(_type, kinds))
    return _plain_type(schema)


def _plain_type(schema: Mapping[str, object]) -> str:
    kind = schema.get("type")
    if isinstance(kind, str) and kind in _PLAIN:
        return _PLAIN[kind]
    if kind == "array" and isinstance(items := schema.get("prefixItems"), list):
        return f"[{', '.join(map(_type, items))}]"
    if kind == "array":
        item = _type(schema.get("items"))
        return f"({item})[]" if " | " in item else f"{item}[]"
    if kind == "object" and "additionalProperties" in schema:
        return f"Record<string, {_type(schema['additionalProperties'])}>"
    raise ValueError(f"no type of TypeScript is known for {dict(schema)!r}")


def _literal(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _union(kinds: Iterable[str]) -> str:
    return " | ".join(dict.fromkeys(kinds))
