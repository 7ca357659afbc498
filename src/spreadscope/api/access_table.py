"""Which scope each route needs: declared where the route is, and collected here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from starlette.routing import compile_path

from spreadscope.guard.identity import ADMIN, READ, Needed

READS = frozenset({"GET", "HEAD", "OPTIONS"})
# A playback answers below a path of its own what an engine answers: the same routes, with the same scopes.
_OF_PLAYBACK = re.compile(r"/playbacks/[^/]+(?=/)")


@dataclass(frozen=True, slots=True)
class _Declared:
    method: str
    path: str
    pattern: re.Pattern[str]
    needed: Needed


class AccessTable:
    """What is needed for a request. What nobody has declared needs ``read`` to look at, and ``admin`` to change."""

    def __init__(self) -> None:
        self._declared: list[_Declared] = []

    def declare(self, method: str, path: str, needed: Needed) -> None:
        """Declare what a route needs; the first that matches counts, as with routes."""
        self._declared.append(_Declared(method, path, compile_path(path)[0], needed))

    def __iter__(self) -> Iterator[tuple[str, str, Needed]]:
        """Yields method, path and what is needed, of every route."""
        for each in self._declared:
            yield each.method, each.path, each.needed

    def methods(self, path: str) -> frozenset[str]:
        """Returns the methods of the route that names a (decoded) path most closely: with the fewest parameters.

        Empty where no declared route has the path.
        """
        found = [each for each in self._declared if each.pattern.match(path)]
        if not found:
            return frozenset()
        closest = min(found, key=lambda each: each.pattern.groups).path
        return frozenset(each.method for each in found if each.path == closest)

    def needed(self, method: str, path: str) -> Needed:
        """Returns what a request needs, by its method and (decoded) path."""
        method = "GET" if method in READS else method
        path = _OF_PLAYBACK.sub("", path, count=1) if path.startswith("/playbacks/") else path
        for each in self._declared:
            if each.method == method and each.pattern.match(path):
                return each.needed
        return READ if method == "GET" else ADMIN
