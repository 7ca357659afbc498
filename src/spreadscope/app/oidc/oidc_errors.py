"""What can go wrong with a provider or a token: one sentence each, and none holds a secret or a token."""

from __future__ import annotations

from spreadscope.model.errors import SpreadscopeError


class OidcError(SpreadscopeError):
    """The base of what goes wrong with a provider."""


class ProviderError(OidcError):
    """The provider does not answer, or not as its protocol says: nobody is to blame who asks."""


class TokenError(OidcError):
    """A token, or the answer that a browser brings, is not valid."""


class NotNamedError(OidcError):
    """The provider knows somebody whom the configuration does not name. ``who`` is that person."""

    def __init__(self, who: str, message: str) -> None:
        super().__init__(message)
        self.who = who
