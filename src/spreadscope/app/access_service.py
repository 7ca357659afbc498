"""Who may use this engine: one-time codes, sign-ins, API keys, and the log of what they changed (``docs/access.md``).

Its calls read and write a small file: in an event loop they are made on a thread.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Self

import msgspec

from spreadscope.app.local_key import LocalKey, make_local_key
from spreadscope.app.oidc.grants import ProvidedPerson, scopes_of, why_nothing
from spreadscope.app.oidc.oidc_errors import NotNamedError
from spreadscope.contract import AccessEntry, AccessScopeName, AccessSession, ApiKey, Person
from spreadscope.guard.identity import AccessScope, Identity, IdentityKind, names
from spreadscope.model.access_section import AccessConfig
from spreadscope.model.clock import Clock, SystemClock
from spreadscope.model.errors import ConfigError
from spreadscope.store.access_store import AccessStore, KeyRecord, LogRecord, SignInRecord

KEY, SESSION, CODE = "ssk", "sss", "ssc"
_SECRET_BYTES = 32
_PREFIX_BYTES = 4
_TOKEN = re.compile(r"(?:ssk_[0-9a-f]{8}|sss|ssl|ssc)_[A-Za-z0-9_-]{43}")
_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,100}")

LONGEST_LINK_MINUTES = 7 * 24 * 60.0
_USED_MS = 60_000  # how exactly it is known when a credential was used last
_CACHED_SECONDS = 2.0  # how late a revocation by another process is noticed
_MOST_CACHED = 1_024
_HOUR_MS, _DAY_MS = 3_600_000, 86_400_000
_LONGEST_SHOWN = 300
_PAGE = 2_000  # lines of the log that are read at once


class SignInError(ConfigError):
    """The error that a code cannot be used."""


class AccessService:
    """The credentials of one data directory. ``with`` closes it. Raises ``StoreError`` where its file cannot be used.

    Another process may use the same file, as ``spreadscope access`` does while an engine runs.
    """

    def __init__(self, data: Path, config: AccessConfig, clock: Clock | None = None) -> None:
        self._data = data
        self._config = config
        self._clock = clock or SystemClock()
        self._store = AccessStore(data)
        self._local: LocalKey | None = None
        self._seen: dict[bytes, tuple[Identity, float]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._store.close()

    # --- signing in ---------------------------------------------------------------------------------------------------

    def make_code(self, name: str, scopes: Iterable[AccessScope], minutes: float) -> str:
        """Returns a new code that signs somebody in once, within ``minutes``."""
        if not 0 < minutes <= LONGEST_LINK_MINUTES:
            raise ConfigError(f"a link lasts {LONGEST_LINK_MINUTES:.0f} minutes at most: give --minutes")
        code = _new_token(CODE)
        now = self._now()
        self._store.add_code(_digest(code), _named(name), _joined(scopes), now + round(minutes * 60_000), now)
        return code

    def sign_in(self, code: str, peer: str, program: str) -> tuple[str, AccessSession]:
        """Exchange a code for a session. Returns its token, which is said once. Raises ``SignInError``."""
        now = self._now()
        found = self._store.take_code(_digest(code), now) if _TOKEN.fullmatch(code) else None
        if found is None:
            raise SignInError("this link is used up or too old: ask for a new one (spreadscope access link)")
        name, scopes = found
        return self._begin(name, scopes, round(self._config.session_days * _DAY_MS), peer, program)

    def sign_in_provided(self, known: ProvidedPerson, peer: str, program: str) -> tuple[str, AccessSession]:
        """Begin a session of somebody whom the provider knows. Returns its token, which is said once.

        Raises ``NotNamedError``. What the person may do is judged at each request by the configuration as it is then.
        """
        scopes = scopes_of(known, self._config.oidc)
        if not scopes:
            raise NotNamedError(known.name, why_nothing(known))
        longest = min(self._config.session_days * _DAY_MS, self._config.oidc.session_hours * _HOUR_MS)
        return self._begin(known.name, _joined(scopes), round(longest), peer, program, msgspec.json.encode(known))

    def _begin(
        self, name: str, scopes: str, milliseconds: int, peer: str, program: str, known: bytes | None = None
    ) -> tuple[str, AccessSession]:
        now, token = self._now(), _new_token(SESSION)
        record = SignInRecord(
            secrets.token_hex(_PREFIX_BYTES), _digest(token), name, scopes, now, now,
            now + milliseconds, _shown(peer), _shown(program), known,
        )  # fmt: skip
        self._store.add_session(record, unused_since=now - self._idle_ms)
        return token, _session(record, scopes)

    def identify(self, token: str) -> Identity | None:
        """Returns whose token it is; None where it is nobody's, or no longer valid."""
        if not _TOKEN.fullmatch(token):
            return None
        if self._local is not None and (owner := self._local.identify(token)) is not None:
            return owner
        digest = _digest(token)
        cached = self._seen.get(digest)
        if cached is not None and time.monotonic() < cached[1]:
            return cached[0]
        kind = token.partition("_")[0]
        identity = self._of_session(digest) if kind == SESSION else self._of_key(digest) if kind == KEY else None
        self._seen.pop(digest, None)
        if identity is not None:
            while len(self._seen) >= _MOST_CACHED:
                del self._seen[next(iter(self._seen))]
            self._seen[digest] = (identity, time.monotonic() + _CACHED_SECONDS)
        return identity

    def _of_session(self, digest: bytes) -> Identity | None:
        record, now = self._store.session(digest), self._now()
        if record is None or not hmac.compare_digest(record.hash, digest):
            return None
        scopes = self._scopes(record)
        if not scopes or now >= record.expires or now - record.used >= self._idle_ms:
            return None
        if now - record.used >= _USED_MS:
            self._store.session_used(record.id, now)
        return Identity(
            kind=IdentityKind.SESSION, name=record.name, scopes=_split(scopes), id=record.id, peer=record.peer
        )

    def _scopes(self, record: SignInRecord) -> str:
        """Returns what a session may do: what its link said, or what the configuration says of its person; empty for
        nothing, as of somebody who is no longer named."""
        if record.person is None:
            return record.scopes
        try:
            known = msgspec.json.decode(record.person, type=ProvidedPerson)
        except msgspec.MsgspecError:
            return ""  # another version wrote it: the person signs in again
        return _joined(scopes_of(known, self._config.oidc))

    def _of_key(self, digest: bytes) -> Identity | None:
        record, now = self._store.key(digest), self._now()
        if record is None or not hmac.compare_digest(record.hash, digest):
            return None
        if record.used is None or now - record.used >= _USED_MS:
            self._store.key_used(record.prefix, now)
        return Identity(kind=IdentityKind.KEY, name=record.name, scopes=_split(record.scopes), id=record.prefix)

    @property
    def _idle_ms(self) -> int:
        return round(self._config.session_idle_hours * _HOUR_MS)

    def make_local_key(self) -> LocalKey:
        """Returns the key by which programs of this account are known, made where there is none, and knows it from now
        on."""
        self._local = make_local_key(self._data)
        return self._local

    @property
    def local_token(self) -> str:
        """The key that the engine shows its playbacks; empty where none was made."""
        return self._local.token if self._local is not None else ""

    # --- sessions and keys --------------------------------------------------------------------------------------------

    def sessions(self) -> list[AccessSession]:
        """Returns the sign-ins that are valid, the newest first. One without scopes is of somebody whom the
        configuration does not name any more: it may do nothing, until that changes."""
        now = self._now()
        return [
            _session(each, self._scopes(each))
            for each in self._store.sessions()
            if now < each.expires and now - each.used < self._idle_ms
        ]

    def revoke_session(self, session_id: str) -> bool:
        """End a sign-in. Returns whether there was one."""
        self._seen.clear()
        return self._store.remove_session(session_id)

    def revoke_all_sessions(self) -> int:
        """End all sign-ins, and links that wait. Returns how many sign-ins there were."""
        self._seen.clear()
        return self._store.remove_all_sessions()

    def create_key(self, name: str, scopes: Iterable[AccessScope]) -> tuple[str, ApiKey]:
        """Returns a new key, which is said once, and how it is listed. Raises ``ConfigError`` for a name in use."""
        prefix = secrets.token_hex(_PREFIX_BYTES)
        token = f"{KEY}_{prefix}_{secrets.token_urlsafe(_SECRET_BYTES)}"
        record = KeyRecord(prefix, _digest(token), _named(name), _joined(scopes), self._now(), None)
        if not self._store.add_key(record):
            raise ConfigError(f"there is a key {name!r} already: choose another name, or revoke that one first")
        return token, _key(record)

    def keys(self) -> list[ApiKey]:
        return [_key(each) for each in self._store.all_keys()]

    def revoke_key(self, name: str) -> bool:
        """Revoke a key by its name or prefix. Returns whether there was one."""
        self._seen.clear()
        return self._store.remove_key(name)

    def has_credentials(self) -> bool:
        """Returns whether anybody could sign in by what is stored here."""
        return self._store.has_credentials(self._now())

    # --- the log of changes -------------------------------------------------------------------------------------------

    def note(self, identity: Identity | None, peer: str, what: str, status: int, *, said: str = "") -> None:
        """Add a line to the log. ``identity`` is None for somebody who did not sign in; ``said`` is whom the provider
        then said it is."""
        kind, who = (identity.kind, identity.name) if identity is not None else ("nobody", said)
        self._store.append(self._now(), kind, _shown(who), _shown(peer), _shown(what), status)

    def log(self, limit: int, before: int | None = None, who: str = "", what: str = "") -> list[AccessEntry]:
        """Returns the newest lines, the newest first; with ``before`` those before this ``id``.

        ``who`` and ``what`` leave lines with these texts in the name and in what was done, whatever their case.
        """
        return [_entry(each) for each in self._store.log(limit, before, who, what)]

    def log_pages(self, who: str = "", what: str = "", *, rows: int = _PAGE) -> Iterator[list[AccessEntry]]:
        """Yields all such lines, the newest first; each page, of so many rows at most, is one short read."""
        before: int | None = None
        while page := self.log(rows, before, who, what):
            yield page
            before = page[-1].id

    def forget_old(self) -> int:
        """Remove lines that are older than the configuration keeps them. Returns how many have gone."""
        return self._store.forget_log(self._now() - round(self._config.log_days * _DAY_MS))

    def _now(self) -> int:
        return self._clock.now_ns() // 1_000_000


def person(identity: Identity) -> Person:
    """Returns an identity as it is told."""
    return Person(kind=identity.kind.value, name=identity.name, scopes=_scope_names(identity.scopes), id=identity.id)


def parse_scopes(given: Iterable[str]) -> frozenset[AccessScope]:
    """Returns scopes by their names. Raises ``ConfigError``."""
    known = {str(scope): scope for scope in AccessScope}
    wanted = [part.strip() for each in given for part in each.split(",") if part.strip()]
    unknown = next((name for name in wanted if name not in known), None)
    if unknown is not None or not wanted:
        named = f"unknown scope {unknown[:20]!r}" if unknown is not None else "no scope is given"
        raise ConfigError(f"{named}: choose of {', '.join(known)}")
    return frozenset(known[name] for name in wanted)


def _new_token(kind: str) -> str:
    return f"{kind}_{secrets.token_urlsafe(_SECRET_BYTES)}"


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _joined(scopes: Iterable[AccessScope]) -> str:
    return ",".join(names(scopes))


def _split(text: str) -> frozenset[AccessScope]:
    return frozenset(AccessScope(name) for name in text.split(",") if name)


def _scope_names(scopes: Iterable[AccessScope]) -> tuple[AccessScopeName, ...]:
    return msgspec.convert(names(scopes), tuple[AccessScopeName, ...])


def _named(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ConfigError("a name has 1 to 100 characters and no control characters: give --name")
    return name


def _shown(text: str) -> str:
    """Returns a text of somebody else in one line of bounded length."""
    return "".join(character if character.isprintable() else "�" for character in text[:_LONGEST_SHOWN])


def _session(record: SignInRecord, scopes: str) -> AccessSession:
    return AccessSession(
        id=record.id, name=record.name, scopes=_scope_names(_split(scopes)), created=record.created,
        used=record.used, expires=record.expires, peer=record.peer, program=record.program,
    )  # fmt: skip


def _key(record: KeyRecord) -> ApiKey:
    return ApiKey(
        prefix=record.prefix, name=record.name, scopes=_scope_names(_split(record.scopes)), created=record.created,
        used=record.used,
    )  # fmt: skip


def _entry(record: LogRecord) -> AccessEntry:
    return msgspec.convert(record, AccessEntry, from_attributes=True)
