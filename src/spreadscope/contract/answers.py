"""What every route may answer beside its own objects: a refusal, or that a change is not on disk yet."""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

import msgspec
from msgspec import Meta

T = TypeVar("T")


class ErrorText(msgspec.Struct, frozen=True):
    """One sentence that says what to do."""

    message: str


class ErrorAnswer(msgspec.Struct, frozen=True):
    """A refusal."""

    error: ErrorText


class NotYet(msgspec.Struct, Generic[T], frozen=True):
    """A change that is made and not on disk yet: ``message`` says why, ``result`` is what the answer would have been."""

    message: str
    result: T | None
    durable: Annotated[bool, Meta(extra_json_schema={"const": False})] = False
