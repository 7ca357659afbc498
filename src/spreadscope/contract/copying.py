"""From an object of the product to a struct of the contract that has the same fields."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import TypeVar

import msgspec

S = TypeVar("S", bound=msgspec.Struct)


def copier(kind: type[S], *left_out: str) -> Callable[..., S]:
    """Returns a function that makes a ``kind`` of the fields of the same names, and of what is given beside them."""
    names = tuple(name for name in kind.__struct_fields__ if name not in left_out)
    read = attrgetter(*names)

    def copied(item: object, **given: object) -> S:
        return kind(**dict(zip(names, read(item), strict=True)), **given)

    return copied
