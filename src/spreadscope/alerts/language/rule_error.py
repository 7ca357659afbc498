"""The error of a rule that cannot be read."""

from __future__ import annotations

from spreadscope.model.errors import SpreadscopeError


class RuleError(SpreadscopeError):
    """A rule that cannot be read: ``position`` is the offending character, ``suggestion`` the nearest right word."""

    def __init__(self, message: str, *, position: int = 0, suggestion: str | None = None) -> None:
        super().__init__(message)
        self.position = position
        self.suggestion = suggestion
