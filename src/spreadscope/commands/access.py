"""``spreadscope access``: links, sign-ins, keys and the log of changes, whether an engine runs or not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import httpx
from rich.table import Table

from spreadscope.app.access_service import AccessService, parse_scopes
from spreadscope.commands.console import print_json, print_message, print_result, table_console
from spreadscope.commands.dashboard import DASHBOARD_PORT
from spreadscope.guard.identity import OWNER, AccessScope
from spreadscope.model.access_section import AccessConfig
from spreadscope.model.config import Config
from spreadscope.model.errors import ConfigError

_HERE = "the command line"
_DONE = 200
_NOT_SIGNED_IN = 401
_OWNER_MINUTES = 10.0


@contextmanager
def _opened(config: Config) -> Iterator[AccessService]:
    if not config.data.is_dir():
        # It may be needed before the first start: a server for other machines wants somebody who can sign in.
        config.data.mkdir(parents=True)
        config.data.chmod(0o700)
    with AccessService(config.data, config.access) as access:
        yield access


def run_link(
    config: Config, name: str, scopes: Iterable[str], *, minutes: float, page: str | None, as_json: bool
) -> None:
    """Print a one-time link. Raises ``ConfigError``."""
    held = parse_scopes(scopes)
    public = config.access.public_addresses
    port = f":{DASHBOARD_PORT}" if config.access.certificate else ""  # a proxy has the usual one
    base = page or (f"https://{public[0]}{port}" if public else f"http://127.0.0.1:{DASHBOARD_PORT}")
    with _opened(config) as access:
        code = access.make_code(name, held, minutes)
        access.note(OWNER, _HERE, f"access link for {name} ({', '.join(sorted(held))})", _DONE)
    address = f"{base.rstrip('/')}/sign-in?code={quote(code)}"
    if as_json:
        print_json({"link": address, "name": name, "scopes": sorted(held), "minutes": minutes})
        return
    print_result(address)
    print_message(f"It signs {name} in once, within {minutes:g} minutes. Send it to nobody else.")


async def owners_link(data: Path, page: str) -> str:
    """Returns a link that signs the owner in at the pages; empty where they know the owner's programs by themselves."""
    async with httpx.AsyncClient(trust_env=False, timeout=10.0, verify=False) as client:  # noqa: S501 - our own child
        try:
            answer = await client.get(f"{page}/", headers={"accept": "text/html"})
        except httpx.HTTPError:
            return ""  # it listens at a name of this machine's that it does not take: there is a link by hand
    if answer.status_code != _NOT_SIGNED_IN:
        return ""
    with AccessService(data, AccessConfig()) as access:
        code = access.make_code("owner", [AccessScope.ADMIN], _OWNER_MINUTES)
        access.note(OWNER, _HERE, f"access link for owner ({AccessScope.ADMIN})", _DONE)
    return f"{page}/sign-in?code={quote(code)}"


def run_sessions(config: Config, *, as_json: bool) -> None:
    with _opened(config) as access:
        found = access.sessions()
    if as_json:
        print_json(found)
        return
    _print(
        ("id", "name", "scopes", "since", "last used", "until", "from", "with"),
        [
            (each.id, each.name, ", ".join(each.scopes) or "none: not named", _utc(each.created), _utc(each.used),
             _utc(each.expires), each.peer, each.program)
            for each in found
        ],
        "nobody is signed in: spreadscope access link",
    )  # fmt: skip


def run_revoke(config: Config, session: str | None) -> None:
    """End a sign-in; None ends all. Raises ``ConfigError`` where there is none."""
    with _opened(config) as access:
        if session is None:
            count = access.revoke_all_sessions()
            print_message(f"{count} sign-ins have ended, and the links that were not used")
        elif not access.revoke_session(session):
            raise ConfigError(f"there is no sign-in {session[:20]!r}: see spreadscope access sessions")
        else:
            print_message("the sign-in has ended")
        access.note(OWNER, _HERE, f"access revoke {session or 'all'}", _DONE)


def run_key_create(config: Config, name: str, scopes: Iterable[str], *, as_json: bool) -> None:
    """Print a new key. Raises ``ConfigError``."""
    held = parse_scopes(scopes)
    with _opened(config) as access:
        token, key = access.create_key(name, held)
        access.note(OWNER, _HERE, f"access key create {name} ({', '.join(key.scopes)})", _DONE)
    if as_json:
        print_json({"key": token, "prefix": key.prefix, "name": name, "scopes": key.scopes})
        return
    print_result(token)
    print_message("This is the only time that it is shown. Programs send it as `Authorization: Bearer KEY`.")


def run_key_list(config: Config, *, as_json: bool) -> None:
    with _opened(config) as access:
        found = access.keys()
    if as_json:
        print_json(found)
        return
    _print(
        ("prefix", "name", "scopes", "since", "last used"),
        [
            (each.prefix, each.name, ", ".join(each.scopes), _utc(each.created),
             _utc(each.used) if each.used else "never")
            for each in found
        ],
        "there is no API key: spreadscope access key create --name NAME",
    )  # fmt: skip


def run_key_revoke(config: Config, name: str) -> None:
    """Revoke a key. Raises ``ConfigError`` where there is none."""
    with _opened(config) as access:
        if not access.revoke_key(name):
            raise ConfigError(f"there is no API key {name[:40]!r}: see spreadscope access key list")
        access.note(OWNER, _HERE, f"access key revoke {name}", _DONE)
    print_message("the key is revoked")


def run_log(config: Config, limit: int, *, as_json: bool) -> None:
    with _opened(config) as access:
        found = access.log(limit)
    if as_json:
        print_json(found)
        return
    _print(
        ("time (UTC)", "who", "from", "what", "answer"),
        [(_utc(each.time), each.who or each.kind, each.peer, each.what, str(each.status)) for each in found],
        "nothing was changed yet",
    )


def _print(columns: Sequence[str], rows: Sequence[Sequence[str]], nothing: str) -> None:
    if not rows:
        print_message(nothing)
        return
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*(text.replace("[", "\\[") for text in row))  # what others wrote is no markup
    table_console().print(table)


def _utc(time: int) -> str:
    return f"{datetime.fromtimestamp(time / 1000, UTC):%Y-%m-%d %H:%M:%S}"
