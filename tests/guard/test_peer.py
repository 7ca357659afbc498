"""Whose program is at the other end of a connection on loopback."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from spreadscope.guard import peer
from spreadscope.guard.forwarded import parse_networks
from spreadscope.guard.peer import OwnPrograms, uid_in_table, uid_of_peer

OTHER_UID = 12_345
HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
CLIENT, SERVER = ("127.0.0.1", 40_000), ("127.0.0.1", 8_501)


def line(local: str, remote: str, state: str = "01", uid: int = 1000, inode: int = 77) -> str:
    return (
        f"   0: {local} {remote} {state} 00000000:00000000 00:00000000 00000000 {uid:5d} 0 {inode} 1 0 20 4 30 10 -1\n"
    )


CLIENT_END, SERVER_END = "0100007F:9C40", "0100007F:2135"


def test_the_line_of_the_clients_end_has_the_user() -> None:
    text = HEAD + line(SERVER_END, CLIENT_END, uid=0) + line(CLIENT_END, SERVER_END, uid=1001)
    assert uid_in_table(text, CLIENT, SERVER) == 1001
    assert uid_in_table(HEAD, CLIENT, SERVER) is None
    assert uid_in_table("", CLIENT, SERVER) is None
    assert uid_in_table(HEAD + "cut off\n", CLIENT, SERVER) is None


@pytest.mark.parametrize("state", ["02", "04", "05", "06", "08", "0A"])
def test_a_socket_that_is_closing_is_nobodys_though_the_table_says_root(state: str) -> None:
    assert uid_in_table(HEAD + line(CLIENT_END, SERVER_END, state, uid=0), CLIENT, SERVER) is None
    assert uid_in_table(HEAD + line(CLIENT_END, SERVER_END, uid=0, inode=0), CLIENT, SERVER) is None


def test_a_program_that_speaks_ipv6_alone_is_found_too() -> None:
    mapped = "0000000000000000FFFF00000100007F"
    text = HEAD + line(f"{mapped}:9C40", f"{mapped}:2135", uid=1002)
    assert uid_in_table(text, CLIENT, SERVER) == 1002
    one = "00000000000000000000000001000000"
    text = HEAD + line(f"{one}:9C40", f"{one}:2135", uid=1003)
    assert uid_in_table(text, ("::1", 40_000), ("::1", 8_501)) == 1003


@contextmanager
def connected(family: socket.AddressFamily, host: str, user: int | None = None) -> Iterator[tuple[Any, Any, Any]]:
    """A connection on loopback, made by a program of another account where ``user`` is given.

    Yields client, server and the program.
    """
    with socket.socket(family) as listener:
        listener.bind((host, 0))
        listener.listen()
        code = (
            "import os, socket, sys\n"
            f"os.setuid({user}) if {user is not None} else None\n"
            f"with socket.socket({int(family)}) as client:\n"
            f"    client.connect(({host!r}, {listener.getsockname()[1]}))\n"
            "    sys.stdin.read(1)\n"
            "print('closed', flush=True)\n"
            "sys.stdin.read()\n"
        )
        program = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            listener.settimeout(30)
            served, client = listener.accept()
            with served:
                yield client[:2], served.getsockname()[:2], program
        finally:
            program.kill()
            program.communicate()


def scope(client: object, server: object, *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return {"type": "http", "client": client, "server": server, "headers": list(headers)}


def are_own(programs: OwnPrograms, asked: dict[str, Any]) -> bool:
    return asyncio.run(programs.are_at(asked))


@pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_a_program_of_this_account_is_known_and_one_that_has_left_is_not(
    family: socket.AddressFamily, host: str
) -> None:
    with connected(family, host) as (client, server, program):
        assert asyncio.run(uid_of_peer(client, server)) == os.geteuid()
        assert peer._read_of_tables(client, server) == os.geteuid()
        assert are_own(OwnPrograms(), scope(client, server))
        program.stdin.write(b"x")
        program.stdin.flush()
        assert program.stdout.readline() == b"closed\n"
        # The kernel shows user 0, root, for a socket that its program has closed.
        assert asyncio.run(uid_of_peer(client, server)) is None
        assert not are_own(OwnPrograms(), scope(client, server))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run a program as another user")
def test_a_program_of_another_account_is_not_ours() -> None:
    with connected(socket.AF_INET, "127.0.0.1", OTHER_UID) as (client, server, _):
        assert asyncio.run(uid_of_peer(client, server)) == OTHER_UID
        assert peer._read_of_tables(client, server) == OTHER_UID
        assert not are_own(OwnPrograms(), scope(client, server))
        assert are_own(OwnPrograms(uid=OTHER_UID), scope(client, server))


def test_who_comes_through_a_proxy_or_from_elsewhere_is_never_known_by_the_connection() -> None:
    with connected(socket.AF_INET, "127.0.0.1") as (client, server, _):
        assert are_own(OwnPrograms(), scope(client, server))
        for name in (b"x-forwarded-for", b"x-forwarded-proto", b"forwarded", b"via", b"x-real-ip"):
            assert not are_own(OwnPrograms(), scope(client, server, (name, b"127.0.0.1")))
        assert not are_own(OwnPrograms(proxies=parse_networks(["127.0.0.0/8"])), scope(client, server))
        assert not are_own(OwnPrograms(enabled=False), scope(client, server))
        assert not are_own(OwnPrograms(), scope((client[0], 1), server))
        assert not are_own(OwnPrograms(), scope(("192.0.2.1", client[1]), server))
        assert not are_own(OwnPrograms(), scope(None, server))
        assert not are_own(OwnPrograms(), scope(client, ("/run/socket", None)))
        assert not are_own(OwnPrograms(uid=os.geteuid() + 1), scope(client, server)) or os.geteuid() == 0
