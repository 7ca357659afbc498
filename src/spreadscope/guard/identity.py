"""Who asks, and what somebody may do: the scopes, and the identity that a server gives to a request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

#: Where a provider sends a browser back to, below the path of the pages.
CALLBACK_PATH = "/sign-in/callback"

_IN_REQUEST = "spreadscope.identity"


class AccessScope(StrEnum):
    """What a person or a program may do. Each of them includes reading; ``admin`` includes all."""

    READ = "read"
    ALERTS = "alerts"
    TRADE = "trade"
    ADMIN = "admin"


#: What a route asks for: any one of these.
Needed = frozenset[AccessScope]

NOTHING: Needed = frozenset()
"""Probes: they are answered without a sign-in, and tell no more than whether the engine runs."""
READ: Needed = frozenset({AccessScope.READ})
ALERTS: Needed = frozenset({AccessScope.ALERTS})
TRADE: Needed = frozenset({AccessScope.TRADE})
ADMIN: Needed = frozenset({AccessScope.ADMIN})
WORK: Needed = ALERTS | TRADE
"""Jobs, files and playbacks: they change nothing of the market, but they take time and room of this machine."""


class IdentityKind(StrEnum):
    """How somebody is known: by the account that runs the server, by a sign-in, by an API key, or by a token of the
    provider."""

    OWNER = "owner"
    SESSION = "session"
    KEY = "key"
    TOKEN = "token"  # noqa: S105 - a kind, no secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who asks. ``id`` names a session or key in lists; it is no secret. ``peer`` is where a session was begun."""

    kind: IdentityKind
    name: str
    scopes: frozenset[AccessScope]
    id: str = ""
    peer: str = ""

    def may(self, needed: Needed) -> bool:
        """Returns whether one of the scopes that are needed is held.

        >>> guest = Identity(kind=IdentityKind.SESSION, name="guest", scopes=frozenset({AccessScope.ALERTS}))
        >>> guest.may(READ), guest.may(WORK), guest.may(TRADE)
        (True, True, False)
        """
        if AccessScope.ADMIN in self.scopes or needed == NOTHING:
            return True
        return bool(self.scopes & needed) or (AccessScope.READ in needed and bool(self.scopes))


OWNER = Identity(kind=IdentityKind.OWNER, name="owner on this machine", scopes=frozenset({AccessScope.ADMIN}))


def set_identity(scope: MutableMapping[str, Any], identity: Identity) -> None:
    """Give a request (its ASGI scope) an identity, for whoever handles it."""
    scope[_IN_REQUEST] = identity


def identity_of(scope: Mapping[str, Any]) -> Identity | None:
    """Returns the identity of a request; None where no server has judged it."""
    found = scope.get(_IN_REQUEST)
    return found if isinstance(found, Identity) else None


def names(scopes: Iterable[AccessScope]) -> list[str]:
    """Returns scopes as their names, in the order of their declaration."""
    held = set(scopes)
    return [str(scope) for scope in AccessScope if scope in held]
