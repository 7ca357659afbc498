"""The copying of an object's fields to a contract struct with the same field names."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import TypeVar

import msgspec

S = TypeVar("S", bound=msgspec.Struct)


def copier(kind: type[S], *except_names: str) -> Callable[..., S]:
    """Returns a function that makes a ``kind`` from an object's fields of the same names and from keyword values."""
    names = tuple(name for name in kind.__struct_fields__ if name not in except_names)
    read_fields = attrgetter(*names)

    def copy(item: object, **values: object) -> S:
        return kind(**dict(zip(names, read_fields(item), strict=True)), **values)

    return copy
