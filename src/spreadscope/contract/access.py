"""Sign-ins, API keys, and the log of changes (``docs/access.md``). Times are our clock, ms."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

AccessScopeName = Literal["read", "alerts", "trade", "admin"]
#: The names of the scopes; the guard's enum, which the contract cannot import, has the same.
IdentityKindName = Literal["owner", "session", "key", "token", "nobody"]

LONGEST_CODE = 200
LONGEST_PERSON = 100
LONGEST_PROGRAM = 300
LONGEST_FLOW = 100
LONGEST_PROVIDER_CODE = 4_096
LONGEST_ADDRESS = 2_048


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, as the engine sees it. ``id`` is of the sign-in or key, or a token's subject; empty for the owner."""

    kind: IdentityKindName
    name: str
    scopes: tuple[AccessScopeName, ...]
    id: str


class SignInBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body that exchanges a one-time code for a sign-in. ``peer`` and ``program`` say from where and with what."""

    code: Annotated[str, Meta(extra_json_schema={"minLength": 1, "maxLength": LONGEST_CODE})]
    peer: Annotated[str, Meta(extra_json_schema={"maxLength": LONGEST_PERSON})] = ""
    program: str = ""


class SignInProvider(msgspec.Struct, frozen=True, kw_only=True):
    """The provider of sign-ins. ``label`` is how the button calls it; empty where there is none for the pages."""

    label: str


class ProviderBeginBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body that begins a sign-in through the provider. ``page`` is where the browser would come back to."""

    page: Annotated[str, Meta(min_length=1, max_length=LONGEST_ADDRESS)]


class ProviderBegun(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in that has begun: the browser goes to ``address`` and keeps ``flow``, which is said once."""

    address: str
    flow: str


class ProviderCompleteBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The body that completes a sign-in: what the browser kept (``flow``) and what the provider sent by it (all else).

    ``peer`` and ``program`` say from where and with what.
    """

    flow: Annotated[str, Meta(min_length=1, max_length=LONGEST_FLOW)]
    state: Annotated[str, Meta(max_length=LONGEST_FLOW)]
    code: Annotated[str, Meta(max_length=LONGEST_PROVIDER_CODE)] = ""
    error: Annotated[str, Meta(max_length=LONGEST_PERSON)] = ""
    issuer: Annotated[str, Meta(max_length=LONGEST_ADDRESS)] = ""
    peer: Annotated[str, Meta(max_length=LONGEST_PERSON)] = ""
    program: str = ""


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """A new sign-in. ``token`` is said once."""

    token: str
    expires: int
    person: Person


class AccessSession(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in. It ends at ``expires``, or when it is not used for a while."""

    id: str
    name: str
    scopes: tuple[AccessScopeName, ...]
    created: int
    used: int
    expires: int
    peer: str
    program: str


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key of a program. ``prefix`` names it; the key itself is stored as a hash alone."""

    prefix: str
    name: str
    scopes: tuple[AccessScopeName, ...]
    created: int
    used: int | None


class AccessEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the log: who changed what from where, and how it was answered (an HTTP status)."""

    id: int
    time: int
    kind: IdentityKindName
    who: str
    peer: str
    what: str
    status: int
