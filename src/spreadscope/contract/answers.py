"""Answers that every route may give: a refusal, or that a change is not on disk yet."""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

import msgspec
from msgspec import Meta

T = TypeVar("T")


class ErrorText(msgspec.Struct, frozen=True):
    """The sentence of a refusal, which says what to do."""

    message: str


class ErrorAnswer(msgspec.Struct, frozen=True):
    """The answer to a refused request."""

    error: ErrorText


class NotYet(msgspec.Struct, Generic[T], frozen=True):
    """The answer to a change that is made but not on disk yet: ``message`` says why, ``result`` is the usual answer."""

    message: str
    result: T | None
    durable: Annotated[bool, Meta(extra_json_schema={"const": False})] = False
