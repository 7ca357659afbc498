"""The decoder of request bodies: any bytes become a contract struct or one error sentence."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator
from enum import Enum
from typing import Literal, NoReturn, TypeVar, get_args, get_origin, get_type_hints

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request

S = TypeVar("S", bound=msgspec.Struct)

_SHOWN = 20
_OF_ITS_FORM = "body_of_its_form"
_MAX_FIELD = 100
_FIELD_PATTERN = re.compile(r" - at `\$\.?([^`]*)`$", re.DOTALL)
# Messages of msgspec, and the sentences that replace them.
_SENTENCES = (
    (r"Object missing required field `(?P<place>.*)`", "Field required"),
    (r"Expected `str` of length <= (\d+).*", r"String should have at most \1 characters"),
    (r"Expected `str` of length >= (\d+).*", r"String should have at least \1 characters"),
    (r"Expected `array` of length >= (\d+).*", r"List should have at least \1 items"),
    (r"Expected `array` of length <= (\d+).*", r"List should have at most \1 items"),
    (r"Expected `int` <= (\d+).*", r"Input should be less than or equal to \1"),
    (r"Expected `int` >= (\d+).*", r"Input should be greater than or equal to \1"),
    (r"Expected `float` <= (\S+)", r"Input should be less than or equal to \1"),
    (r"Expected `float` >= (\S+)", r"Input should be greater than or equal to \1"),
    (r"Expected `float` < (\S+)", r"Input should be less than \1"),
    (r"Expected `float` > (\S+)", r"Input should be greater than \1"),
    (r"Expected `int.*`, got `.*", "Input should be a valid integer"),
    (r"Expected `float.*`, got `.*", "Input should be a valid number or text"),
    (r"Expected `str.*`, got `.*", "Input should be a valid string"),
    (r"Expected `bool`, got `.*", "Input should be a valid boolean"),
    (r"Expected `array`, got `.*", "Input should be a valid list"),
    (r"Expected `object`, got `.*", "Input should be a valid object"),
)


async def decode_body(request: Request, kind: type[S]) -> S:
    """Returns the body as ``kind``. Raises ``HTTPException`` 400 with one sentence."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/json" and not content_type.endswith("+json"):
        _refuse("body", "send JSON, with Content-Type: application/json")
    document = _read(await request.body())
    try:
        body = msgspec.convert(document, kind)
    except msgspec.ValidationError as error:
        _refuse(*_sentence(str(error), document, kind))
    except OverflowError:
        _refuse("body", "a number in it is too large")
    setattr(request.state, _OF_ITS_FORM, True)
    return body


def is_of_its_form(request: Request) -> bool:
    """Returns whether the request had a body that could be read, so that only its meaning can be wrong."""
    return bool(getattr(request.state, _OF_ITS_FORM, False))


def _read(raw: bytes) -> object:
    if not raw:
        _refuse("body", "Field required")
    try:
        document: object = json.loads(raw, parse_float=_number, parse_constant=_refuse_constant)
        _require_text(document)
    except RecursionError:
        _refuse("body", "JSON decode error: it is nested too deeply")
    except ValueError as error:
        _refuse("body", f"JSON decode error: {error}")
    return document


def _number(text: str) -> float | int:
    """Returns a number of JSON; one without a fraction is an integer, as in JSON Schema."""
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        raise ValueError(f"the number {text[:_SHOWN]} is too large")
    return int(number) if number.is_integer() and abs(number) <= 2**53 else number


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")


def _require_text(document: object) -> None:
    """Refuse half of a surrogate pair, which can be neither stored nor sent."""
    fields = document.items() if isinstance(document, dict) else [("body", document)]
    for name, value in fields:
        try:
            json.dumps([name, value], ensure_ascii=False).encode()
        except UnicodeEncodeError:
            _refuse(
                name.encode(errors="backslashreplace").decode(),
                "Input should be a valid string, unable to parse raw data as a unicode string",
            )


def _sentence(error: str, document: object, kind: type[msgspec.Struct]) -> tuple[str, str]:
    """Returns the field that is wrong (empty where the sentence names it), and the sentence."""
    field_match = _FIELD_PATTERN.search(error)
    field, text = (field_match[1], error[: field_match.start()]) if field_match else ("", error)
    if (unknown := re.fullmatch(r"Object contains unknown field `(.*)`", text, re.DOTALL)) is not None:
        closest = difflib.get_close_matches(unknown[1][:_MAX_FIELD], kind.__struct_encode_fields__, n=1)
        hint = f"did you mean {closest[0]}?" if closest else f"use {', '.join(kind.__struct_encode_fields__)}"
        return unknown[1], f"Extra inputs are not permitted: {hint}"
    if text.startswith("Invalid enum value"):
        return "", _choices(field, document, kind)
    for pattern, sentence in _SENTENCES:
        if (match := re.fullmatch(pattern, text, re.DOTALL)) is not None:
            return match.groupdict().get("place") or field or "body", match.expand(sentence)
    return field or "body", text


def _choices(field: str, document: object, kind: type[msgspec.Struct]) -> str:
    """Returns a sentence that lists the choices of a field."""
    names = ", ".join(_named(get_type_hints(kind).get(field)))
    value = document.get(field) if isinstance(document, dict) else None
    shown = repr(value[:_SHOWN]) if isinstance(value, str) else f"{value!r:.{_SHOWN}}"
    return f"unknown {field} {shown}: choose one of {names}"


def _named(kind: object) -> Iterator[str]:
    """Yields the choices of a type: the members of an enum, the values of a ``Literal``, those of each in a union."""
    if isinstance(kind, type) and issubclass(kind, Enum):
        yield from (str(member.value) for member in kind)
    elif get_origin(kind) is Literal:
        yield from map(str, get_args(kind))
    else:
        for part in get_args(kind):
            yield from _named(part)


def _refuse(field: str, why: str) -> NoReturn:
    raise HTTPException(400, f"{field[:_MAX_FIELD]}: {why}" if field else why)
