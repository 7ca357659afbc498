"""Codes, sign-ins, keys and the log of changes: once, hashed, revoked, expired, append-only."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from spreadscope import contract
from spreadscope.app.access_service import AccessService, SignInError, parse_scopes, person
from spreadscope.app.oidc.grants import ProvidedPerson
from spreadscope.app.oidc.oidc_errors import NotNamedError
from spreadscope.contract import AccessScopeName, IdentityKindName
from spreadscope.guard.identity import ADMIN, ALERTS, OWNER, READ, TRADE, WORK, AccessScope, Identity, IdentityKind
from spreadscope.model.access_section import AccessConfig
from spreadscope.model.errors import ConfigError, StoreError
from spreadscope.store.access_store import AccessStore

HOUR = 3_600 * 10**9


class Time:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.ns = 1_800_000_000 * 10**9

    def now_ns(self) -> int:
        return self.ns

    def monotonic_ns(self) -> int:
        return self.ns


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def access(tmp_path: Path, clock: Time) -> Iterator[AccessService]:
    with AccessService(tmp_path, AccessConfig(), clock) as made:
        yield made


def forget(access: AccessService) -> None:
    """As if another process had changed the file a while ago."""
    access._seen.clear()


def test_a_code_signs_in_once(access: AccessService) -> None:
    code = access.make_code("Ada", parse_scopes(["alerts"]), 10)
    token, session = access.sign_in(code, "192.0.2.7", "Firefox")
    assert (session.name, session.scopes, session.peer, session.program) == (
        "Ada", ("alerts",), "192.0.2.7", "Firefox"
    )  # fmt: skip
    found = access.identify(token)
    assert found is not None
    assert (found.kind, found.name, found.id, found.peer) == (IdentityKind.SESSION, "Ada", session.id, "192.0.2.7")
    with pytest.raises(SignInError, match="used up or too old"):
        access.sign_in(code, "192.0.2.8", "")
    assert access.identify(code) is None


def test_a_code_is_too_old_after_its_minutes(access: AccessService, clock: Time) -> None:
    code = access.make_code("Ada", ADMIN, 10)
    clock.ns += 10 * 60 * 10**9
    with pytest.raises(SignInError):
        access.sign_in(code, "", "")
    with pytest.raises(ConfigError, match="minutes at most"):
        access.make_code("Ada", ADMIN, 7 * 24 * 60 + 1)


@pytest.mark.parametrize(
    "code", ["", "x", "ssc_", "ssc_" + "a" * 43, "ssc_" + "a" * 10_000, "ssc_\x00" + "a" * 42, "ë"]
)
def test_what_is_no_code_signs_nobody_in(access: AccessService, code: str) -> None:
    with pytest.raises(SignInError):
        access.sign_in(code, "", "")
    assert access.identify(code) is None


def test_a_sign_in_ends_when_it_is_not_used_and_after_its_days(access: AccessService, clock: Time) -> None:
    token, _ = access.sign_in(access.make_code("Ada", READ, 10), "", "")
    for _ in range(9):
        clock.ns += 71 * HOUR
        forget(access)
        assert access.identify(token) is not None
    clock.ns += 72 * HOUR
    forget(access)
    assert access.identify(token) is None
    assert access.sessions() == []
    token, _ = access.sign_in(access.make_code("Ada", READ, 10), "", "")
    for _ in range(15):
        clock.ns += 48 * HOUR
        forget(access)
        alive = access.identify(token)
    assert alive is None  # 30 days, though it was used all the time


def test_sign_ins_are_listed_and_revoked(access: AccessService) -> None:
    tokens = [access.sign_in(access.make_code(name, READ, 10), "", "")[0] for name in ("a", "b", "c")]
    sessions = {session.name: session.id for session in access.sessions()}
    assert access.identify(tokens[0]) is not None
    assert access.revoke_session(sessions["a"])
    assert not access.revoke_session(sessions["a"])
    assert [access.identify(token) is not None for token in tokens] == [False, True, True]
    waiting = access.make_code("d", READ, 10)
    assert access.revoke_all_sessions() == 2
    assert [access.identify(token) is not None for token in tokens] == [False, False, False]
    with pytest.raises(SignInError):
        access.sign_in(waiting, "", "")


def test_keys_have_scopes_are_named_once_and_revoked(access: AccessService, clock: Time) -> None:
    token, key = access.create_key("bot", parse_scopes(["read,trade"]))
    assert token.startswith(f"ssk_{key.prefix}_")
    assert key.used is None
    found = access.identify(token)
    assert found is not None
    assert (found.kind, found.name, found.scopes) == (
        IdentityKind.KEY, "bot", frozenset({AccessScope.READ, AccessScope.TRADE})
    )  # fmt: skip
    assert access.keys()[0].used == clock.ns // 10**6
    assert access.identify(token[:-1] + ("a" if token[-1] != "a" else "b")) is None
    with pytest.raises(ConfigError, match="already"):
        access.create_key("bot", READ)
    with pytest.raises(ConfigError, match="1 to 100 characters"):
        access.create_key("a\nb", READ)
    assert access.revoke_key("bot")
    assert access.identify(token) is None
    assert not access.revoke_key("bot")
    assert not access.has_credentials()


def test_another_process_that_revokes_is_noticed(access: AccessService, tmp_path: Path, clock: Time) -> None:
    token, key = access.create_key("bot", READ)
    assert access.identify(token) is not None
    with AccessService(tmp_path, AccessConfig(), clock) as other:
        assert other.revoke_key(key.prefix)
    digest = next(iter(access._seen))
    identity, _ = access._seen[digest]
    access._seen[digest] = (identity, 0.0)  # the seconds that a token is trusted without asking are over
    assert access.identify(token) is None


def test_nothing_that_opens_anything_is_in_the_file(access: AccessService, tmp_path: Path) -> None:
    code = access.make_code("Ada", ADMIN, 10)
    token, _ = access.sign_in(access.make_code("Ada", ADMIN, 10), "", "")
    key, _ = access.create_key("bot", ADMIN)
    local = access.make_local_key().path
    for path in tmp_path.iterdir():
        assert path.stat().st_mode & 0o777 == 0o600, path
        content = path.read_bytes()
        for secret in (code, token, key):
            assert secret.split("_", 2 if secret == key else 1)[-1].encode() not in content, path
    assert access.identify(local.read_text().strip()) is OWNER


def test_the_local_key_stays_and_a_damaged_or_open_one_is_refused(
    access: AccessService, tmp_path: Path, clock: Time
) -> None:
    path = access.make_local_key().path
    first = path.read_text()
    with AccessService(tmp_path, AccessConfig(), clock) as other:
        assert other.identify(first.strip()) is None
        assert other.make_local_key().path.read_text() == first
        assert other.identify(first.strip()) is OWNER
        path.chmod(0o644)
        with pytest.raises(ConfigError, match="chmod 600"):
            other.make_local_key()
        path.chmod(0o600)
        path.write_text("short")
        with pytest.raises(StoreError, match="damaged"):
            other.make_local_key()


def test_a_database_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    (tmp_path / "access.db").touch(0o644)
    AccessStore(tmp_path).close()
    assert (tmp_path / "access.db").stat().st_mode & 0o777 == 0o600
    with pytest.raises(StoreError, match=r"is .* the data directory, and yours"):
        AccessStore(tmp_path / "nowhere")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "access.db").write_bytes(os.urandom(8_192))
    with pytest.raises(StoreError, match=r"access\.db"):
        AccessStore(tmp_path / "broken")


def test_the_log_is_append_only_and_bounded_by_age_and_rows(access: AccessService, tmp_path: Path, clock: Time) -> None:
    access.note(OWNER, "127.0.0.1", "PUT /api/settings", 200)
    access.note(None, "192.0.2.1", "sign in\n\x1b[31m" + "x" * 1_000, 403)
    newest, oldest = access.log(10)
    assert (oldest.kind, oldest.who, oldest.what, oldest.status) == ("owner", OWNER.name, "PUT /api/settings", 200)
    assert (newest.kind, newest.who) == ("nobody", "")
    assert len(newest.what) == 300
    assert newest.what.isprintable()
    assert access.log(10, newest.id) == [oldest]
    connection = sqlite3.connect(tmp_path / "access.db")
    for statement in ("UPDATE log SET status = 200", "DELETE FROM log", "DELETE FROM log WHERE id = 1"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(statement)
    connection.close()
    assert access.forget_old() == 0
    clock.ns += 366 * 24 * HOUR
    access.note(OWNER, "", "new", 200)
    assert access.forget_old() == 2
    assert [entry.what for entry in access.log(10)] == ["new"]
    store = access._store
    for number in range(20):
        access.note(OWNER, "", str(number), 200)
    assert store.forget_log(0, most=5) == 16
    assert [entry.what for entry in access.log(10)] == ["19", "18", "17", "16", "15"]


def test_scopes_are_read_by_their_names() -> None:
    assert parse_scopes(["read", "alerts, trade"]) == READ | ALERTS | TRADE
    for given in (["all"], [""], [], ["Read"]):
        with pytest.raises(ConfigError, match="choose of read, alerts, trade, admin"):
            parse_scopes(given)
    assert set(AccessScopeName.__args__) == set(AccessScope)  # type: ignore[attr-defined]  # a Literal has them
    assert set(IdentityKindName.__args__) == {*IdentityKind, "nobody"}  # type: ignore[attr-defined]
    assert WORK == ALERTS | TRADE
    assert person(OWNER) == contract.Person(kind="owner", name=OWNER.name, scopes=("admin",), id="")


def provided(**oidc: Any) -> AccessConfig:
    whole = {"issuer": "https://id.example.org", "audience": "a", "people": {"ada@example.org": ["trade"]}, **oidc}
    return AccessConfig.model_validate({"oidc": whole})


ADA = ProvidedPerson(issuer="https://id.example.org", subject="u-1", email="ada@example.org", groups=("desk",))


def test_a_session_of_the_provider_is_judged_by_the_table_as_it_is_now(tmp_path: Path, clock: Time) -> None:
    with AccessService(tmp_path, provided(), clock) as access:
        token, session = access.sign_in_provided(ADA, "192.0.2.7", "Firefox")
        assert (session.name, session.scopes) == ("ada@example.org", ("trade",))
        assert session.expires - session.created == 12 * 3_600_000
        with pytest.raises(NotNamedError, match="is not named") as refused:
            access.sign_in_provided(ProvidedPerson(issuer=ADA.issuer, subject="u-2"), "", "")
        assert refused.value.who == "sub:u-2"
        assert len(access.sessions()) == 1
    for now, scopes in (
        ({}, TRADE),
        ({"people": {"sub:u-1": ["read"]}}, READ),
        ({"people": {"sub:u-9": ["read"]}, "groups": {"desk": ["alerts"]}}, ALERTS),
    ):
        with AccessService(tmp_path, provided(**now), clock) as access:
            found = access.identify(token)
            assert found is not None
            assert (found.name, found.scopes) == ("ada@example.org", scopes)
            assert [each.scopes for each in access.sessions()] == [tuple(map(str, scopes))]
    for later in (
        provided(people={"eve@example.org": ["read"]}),
        provided(issuer="https://other.example.org"),
        AccessConfig(),
    ):
        with AccessService(tmp_path, later, clock) as access:
            assert access.identify(token) is None
            assert {(each.name, each.scopes) for each in access.sessions()} <= {
                ("ada@example.org", ()), ("Bo", ("read",)),
            }  # fmt: skip
            link, _ = access.sign_in(access.make_code("Bo", parse_scopes(["read"]), 5), "", "")
            assert access.identify(link) is not None
    with AccessService(tmp_path, provided(), clock) as access:
        assert access.identify(token) is not None
        clock.ns += 13 * HOUR
        forget(access)
        assert access.identify(token) is None


def test_a_person_that_another_version_wrote_signs_in_again(tmp_path: Path, clock: Time) -> None:
    with AccessService(tmp_path, provided(), clock) as access:
        token, session = access.sign_in_provided(ADA, "", "")
        with sqlite3.connect(tmp_path / "access.db") as database:
            database.execute("UPDATE provided_sessions SET person = ?", (b"{}",))
        forget(access)
        assert access.identify(token) is None
        assert access.revoke_session(session.id)
        # What is left of it is of no other session, though it had the same id, and goes with the next one.
        link, other = access.sign_in(access.make_code("Bo", parse_scopes(["alerts"]), 5), "", "")
        with sqlite3.connect(tmp_path / "access.db") as database:
            database.execute("INSERT INTO provided_sessions VALUES (?, ?, ?)", (other.id, b"hash of another", b"{}"))
        found = access.identify(link)
        assert found is not None
        assert found.scopes == ALERTS
        assert access.revoke_session(other.id)
        access.sign_in_provided(ADA, "", "")
        with sqlite3.connect(tmp_path / "access.db") as database:
            assert database.execute("SELECT count(*) FROM provided_sessions").fetchone() == (1,)


def test_the_log_is_filtered_by_person_and_action_and_read_to_its_end_in_pages(access: AccessService) -> None:
    ada = Identity(kind=IdentityKind.SESSION, name="Ada ÄHRE", scopes=parse_scopes(["alerts"]))
    for number in range(7):
        access.note(ada, "192.0.2.1", f"PUT /api/alerts/rules/{number}", 200)
        access.note(None, "192.0.2.2", "sign in", 403)
    assert [entry.what[-1] for entry in access.log(2, who="äh", what="/API/alerts")] == ["6", "5"]
    assert access.log(10, who="ada", what="sign in") == []
    assert access.log(10, what="100%_") == []  # no pattern, but a text
    assert {entry.kind for entry in access.log(10, who="nobody")} == {"nobody"}
    pages = list(access.log_pages(who="ada", rows=3))
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [entry.what[-1] for page in pages for entry in page] == list("6543210")
