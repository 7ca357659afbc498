"""The machine-readable description: what each route answers, and how it refuses. Objects that are structs of the product
are described from their fields, so that the description cannot drift from what is sent."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import FastAPI

from spreadscope.alerts.history import Firing
from spreadscope.alerts.presets import Preset
from spreadscope.alerts.scorecard import Score
from spreadscope.alerts.vocabulary import Term
from spreadscope.api import shapes
from spreadscope.model.events import SetRule
from spreadscope.model.facts import Alert, Bar, Gap, PairRow, Signal
from spreadscope.model.instrument import Instrument
from spreadscope.model.validity import Reason
from spreadscope.signals.advice import Caution
from spreadscope.store.schema import VALUE_COLUMNS

Json = dict[str, Any]
Responses = dict[int | str, Json]

_PLACE = "#/components/schemas/{name}"
_STRUCTS = (Alert, Bar, Gap, PairRow, Signal, Instrument, SetRule, Firing, Preset, Score, Term)

_TEXT: Json = {"type": "string"}
_INTEGER: Json = {"type": "integer"}
_NUMBER: Json = {"type": "number"}
_FLAG: Json = {"type": "boolean"}


def _maybe(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "null"}]}


def _list(schema: Json) -> Json:
    return {"type": "array", "items": schema}


def _object(**fields: Json) -> Json:
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def _open(*fields: str) -> Json:
    """An object of which more is told in ``docs/api.md``."""
    return {"type": "object", "required": list(fields)}


def _ref(name: str) -> Json:
    return {"$ref": _PLACE.format(name=name)}


_VALUE: Json = {
    "description": "[number, null], or [null, the reason why there is none]",
    "oneOf": [
        {"type": "array", "prefixItems": [_NUMBER, {"type": "null"}], "minItems": 2, "maxItems": 2},
        {
            "type": "array",
            "prefixItems": [{"type": "null"}, {"enum": [reason.value for reason in Reason]}],
            "minItems": 2,
            "maxItems": 2,
        },
    ],
}
_INSTANCE = _object(
    subject=_TEXT, state=_ref("AlertState"), since=_INTEGER, value=_maybe(_NUMBER), reason=_maybe(_TEXT), incident=_TEXT,
    acknowledged=_FLAG,
)  # fmt: skip
_LEVEL = _object(name=_TEXT, statistic=_TEXT, subject=_TEXT, level=_NUMBER)
_OWN: dict[str, Json] = {
    "error": _object(error=_object(message=_TEXT)),
    "not_yet": _object(durable={"const": False}, message=_TEXT, result={}),
    "value": _VALUE,
    "symbol": _TEXT,
    "legs": _object(pair=_TEXT, y=_TEXT, x=_TEXT),
    "pair": _object(
        pair=_TEXT, y=_TEXT, x=_TEXT, rows={"type": "object", "additionalProperties": _maybe(_ref("row"))}
    ),
    "instance": _INSTANCE,
    "checked": {
        "oneOf": [
            _object(
                ok={"const": True}, words=_TEXT, timeframe=_ref("Timeframe"), needs=_list(_TEXT),
                defaults=_object(recover=_maybe(_NUMBER), cooldown_seconds=_NUMBER), unwatched=_list(_TEXT),
                warnings=_list(_TEXT),
            ),
            _object(ok={"const": False}, message=_TEXT, position=_maybe(_INTEGER), suggestion=_maybe(_TEXT)),
        ]
    },
    "preview": {
        **_object(
            words=_TEXT, timeframe=_ref("Timeframe"), levels=_list(_LEVEL), evaluated=_INTEGER, to=_maybe(_INTEGER), fired=_INTEGER,
            last_fired=_maybe(_INTEGER), firings=_list(_ref("Firing")), no_data=_INTEGER, note=_TEXT,
            unwatched=_list(_TEXT), warnings=_list(_TEXT),
        ),
        "additionalProperties": True,  # "from", which is no name in Python
    },
    "channel": _object(
        name=_TEXT, kind=_TEXT, address=_TEXT, enabled=_FLAG, deduplicates=_FLAG, sent=_INTEGER, failed=_INTEGER,
        waiting=_INTEGER, last_sent=_maybe(_INTEGER), last_error=_maybe(_TEXT),
    ),
    "tested": _object(ok=_FLAG, message=_TEXT, seconds=_NUMBER),
    "delivery": _object(
        id=_INTEGER, channel=_TEXT, state=_TEXT, attempts=_INTEGER, next_at=_INTEGER, error=_TEXT, sent_at=_maybe(_INTEGER),
        maybe_repeated=_FLAG, rule_id=_TEXT, subject=_TEXT, time=_INTEGER, title=_TEXT,
    ),
    "status": _open(
        "version", "mode", "source", "demo", "data", "now", "market_time", "started", "starting", "config", "connections",
        "symbols", "pairs", "rates", "queue", "loop_lag_ms", "exchange_clock", "rest", "alerts", "archive", "alarms",
    ),
}  # fmt: skip


def _schemas() -> dict[str, Json]:
    """Every object by name: the fields of the structs that are told, and the objects that are made of several."""
    _, components = msgspec.json.schema_components(_STRUCTS, ref_template=_PLACE)
    found: dict[str, Json] = dict(components)

    def described(struct: str, names: tuple[str, ...], **more: Json) -> Json:
        return _object(**{name: found[struct]["properties"][name] for name in names}, **more)

    values = {name: _ref("value") for name in VALUE_COLUMNS}
    of_rule = {
        "words": _TEXT, "state": _ref("AlertState"), "value": _maybe(_NUMBER), "threshold": _maybe(_NUMBER), "levels": _list(_LEVEL),
        "held_back": _maybe(_object(count=_INTEGER, until=_INTEGER)), "instances": _list(_ref("instance")),
    }  # fmt: skip
    made = {
        "bar": described("Bar", shapes.BAR),
        "row": described("PairRow", shapes.ROW, pair=_TEXT, **values),
        "signal": described(
            "Signal", shapes.SIGNAL, pair=_TEXT, legs=_TEXT,
            cautions=_maybe(_list({"enum": [caution.value for caution in Caution]})),
        ),
        "gap": described("Gap", shapes.GAP),
        "alert": described("Alert", shapes.ALERT),
        "instrument": described("Instrument", shapes.INSTRUMENT),
        "term": described("Term", tuple(name for name in shapes.TERM if name != "kind"), kind=found["Kind"]),
        "preset": described("Preset", Preset.__struct_fields__),
        "score": described("Score", Score.__struct_fields__),
        "rule": described("SetRule", shapes.RULE, **of_rule),
        "written": described("SetRule", shapes.RULE, **of_rule, warnings=_list(_TEXT)),
    }  # fmt: skip
    used = {name: found[name] for name in ("Timeframe", "AlertState", "Severity", "BarOrigin", "GapState", "Action")}
    used |= {name: found[name] for name in ("SignalState", "Firing")}
    return {**used, **made, **_OWN}


def _json(description: str, schema: Json, headers: Json | None = None) -> Json:
    answer: Json = {"description": description, "content": {"application/json": {"schema": schema}}}
    return answer | ({"headers": headers} if headers else {})


_ERROR = _ref("error")
_SECONDS: Json = {"schema": {"type": "string"}, "description": "seconds to wait before it is worth asking again"}
_REFUSALS: Responses = {
    400: _json("What was sent cannot be read, or is out of bounds.", _ERROR),
    403: _json("Asked under a foreign Host, or by a page of another address.", _ERROR),
    404: _json("It is not there.", _ERROR),
    405: _json(
        "Not for this address.",
        _ERROR,
        {"Allow": {"schema": _TEXT, "description": "the methods that are", "required": True}},
    ),
    408: _json("The request did not come in time.", _ERROR),
    409: _json("It cannot be done as things stand: it is there already, in use, or one too many.", _ERROR),
    413: _json("The request's body is too long.", _ERROR),
    500: _json("A fault of the engine, which its log tells.", _ERROR),
    503: _json("The exchange or the store does not answer.", _ERROR, {"Retry-After": _SECONDS}),
}
DOWNLOAD: Responses = {
    200: {
        "description": "A streamed download.",
        "content": {"text/csv": {"schema": _TEXT}, "application/x-ndjson": {"schema": _TEXT}},
    },
    **_REFUSALS,
}


def answers(name: str, *, many: bool = False) -> Responses:
    """What a route that reads answers."""
    return {200: _json("As asked.", _list(_ref(name)) if many else _ref(name)), **_REFUSALS}


def changes(name: str | None, status: int, *, many: bool = False) -> Responses:
    """What a route that changes something answers: once it is on disk, or 202 and why it is not yet."""
    done: Json = {"description": "Done, and on disk."}
    if name is not None:
        done = _json("Done, and on disk.", _list(_ref(name)) if many else _ref(name))
    return {status: done, 202: _json("Done, but not on disk yet.", _ref("not_yet")), **_REFUSALS}


def describe(app: FastAPI) -> None:
    """Complete the description that FastAPI makes: it knows nothing of our objects, and says 422 where we say 400."""
    made = app.openapi

    def openapi() -> Json:
        if app.openapi_schema is None:
            document = made()
            for item in document["paths"].values():
                for operation in item.values():
                    operation["responses"].pop("422", None)
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            for name in ("HTTPValidationError", "ValidationError"):
                schemas.pop(name, None)
            schemas.update(_schemas())
            app.openapi_schema = document
        return app.openapi_schema or {}

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way
