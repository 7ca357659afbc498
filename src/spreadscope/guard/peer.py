"""Whose program is at the other end of a connection on loopback: the kernel knows the account of every socket.

A socket that its program has closed belongs to nobody, and the kernel shows user 0 for it: a client that sends a
request and closes at once would look like root. So only an established socket with an inode counts; the kernel reads
the account before it reads the inode.

Source: inet_diag(7) (``sock_diag``, which looks one socket up), proc(5) (``/proc/net/tcp``, where there is no
``sock_diag``: it lists all sockets, which takes milliseconds).
"""

from __future__ import annotations

import asyncio
import ipaddress
import os
import socket
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spreadscope.guard.forwarded import Network, came_through_proxy, is_within

Address = tuple[str, int]

_ESTABLISHED = 1
_TABLES = {4: Path("/proc/net/tcp"), 6: Path("/proc/net/tcp6")}
_OVERFLOW_UID = Path("/proc/sys/kernel/overflowuid")

_NETLINK_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY = 20
_NLM_F_REQUEST = 1
_NLMSG_ERROR = 2
_NO_COOKIE = 0xFFFFFFFF
_ALL_STATES = 0xFFFFFFFF
_HEADER = struct.Struct("=IHHII")  # nlmsghdr: length, type, flags, sequence, port
_ID_BYTES = 48  # inet_diag_sockid: two ports, two addresses of 16 bytes, interface, cookie
_ANSWER_SECONDS = 0.5


async def uid_of_peer(client: Address, server: Address) -> int | None:
    """Returns the user id whose program holds the client's end of a connection of this machine; None: not known."""
    try:
        return _asked_of_kernel(client, server)
    except OSError:  # no such family here, or this kernel has no module for it
        return await asyncio.to_thread(_read_of_tables, client, server)


def uid_in_table(text: str, client: Address, server: Address) -> int | None:
    """Returns the user id of the established socket at ``client`` that speaks to ``server``, in ``/proc/net/tcp[6]``.

    None where there is none, or nobody holds it any more.
    """
    wanted = {(_table_address(*local), _table_address(*remote)) for local, remote in _spellings(client, server)}
    for line in text.splitlines()[1:]:
        fields = line.split()
        if len(fields) < 10 or (fields[1], fields[2]) not in wanted:
            continue
        if int(fields[3], 16) == _ESTABLISHED and fields[9] != "0":
            return int(fields[7])
    return None


@dataclass(frozen=True, slots=True)
class OwnPrograms:
    """Judges whether a connection is of a program of the account that runs the server, or of root.

    ``enabled`` is False where the server listens to other machines. ``proxies`` speak for others, whoever runs them.
    """

    enabled: bool = True
    proxies: tuple[Network, ...] = ()
    uid: int = field(default_factory=os.geteuid)

    async def are_at(self, scope: Mapping[str, Any]) -> bool:
        """Returns whether such a program is at the other end of this request's or socket's connection."""
        client, server = scope.get("client"), scope.get("server")
        if not self.enabled or client is None or server is None or server[1] is None or came_through_proxy(scope):
            return False
        if not _is_loopback(client[0]) or is_within(client[0], self.proxies):
            return False
        uid = await uid_of_peer((client[0], client[1]), (server[0], server[1]))
        return uid in {self.uid, 0} and uid != _unmapped_uid()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _unmapped_uid() -> int | None:
    """Returns the id that stands for every account outside this user namespace: it says nothing of whose it is."""
    try:
        return int(_OVERFLOW_UID.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def _asked_of_kernel(client: Address, server: Address) -> int | None:
    """Returns what ``sock_diag`` says of one socket. Raises ``OSError`` where there is no ``sock_diag``."""
    family = getattr(socket, "AF_NETLINK", None)
    if family is None:
        raise OSError("this system has no netlink")
    version = ipaddress.ip_address(client[0]).version
    inet = socket.AF_INET if version == 4 else socket.AF_INET6
    ends = b"".join(socket.inet_pton(inet, host).ljust(16, b"\0") for host in (client[0], server[0]))
    request = struct.pack("=BBBxI", inet, socket.IPPROTO_TCP, 0, _ALL_STATES)
    request += struct.pack("!HH", client[1], server[1]) + ends + struct.pack("=III", 0, _NO_COOKIE, _NO_COOKIE)
    header = _HEADER.pack(_HEADER.size + len(request), _SOCK_DIAG_BY_FAMILY, _NLM_F_REQUEST, 1, 0)
    with socket.socket(family, socket.SOCK_RAW, _NETLINK_SOCK_DIAG) as kernel:
        kernel.settimeout(_ANSWER_SECONDS)
        kernel.send(header + request)
        answer = kernel.recv(8_192)
    _, kind, *_ = _HEADER.unpack_from(answer)
    if kind == _NLMSG_ERROR:
        (number,) = struct.unpack_from("=i", answer, _HEADER.size)
        raise OSError(-number, "no such socket, or no sock_diag")
    body = answer[_HEADER.size :]
    uid, inode = struct.unpack_from("=II", body, 4 + _ID_BYTES + 12)
    same = body[4:8] == struct.pack("!HH", client[1], server[1])
    return uid if same and body[1] == _ESTABLISHED and inode else None


def _read_of_tables(client: Address, server: Address) -> int | None:
    """Returns what the tables of sockets say. They are read twice: a socket that is held the second time was held the
    first time, when its user was read."""
    found: set[int | None] = set()
    for _ in range(2):
        texts = [path.read_text(encoding="ascii") for path in _TABLES.values() if path.exists()]
        uids = [uid for text in texts if (uid := uid_in_table(text, client, server)) is not None]
        found.add(uids[0] if uids else None)
    return found.pop() if len(found) == 1 else None


def _spellings(client: Address, server: Address) -> Iterable[tuple[Address, Address]]:
    """Yields a connection as IPv4 and, for a program that speaks IPv6 alone, as IPv4 inside IPv6."""
    yield client, server
    if ":" not in client[0]:
        yield (f"::ffff:{client[0]}", client[1]), (f"::ffff:{server[0]}", server[1])


def _table_address(host: str, port: int) -> str:
    """Returns an address as the tables write it: words of 32 bits in the machine's order.

    >>> _table_address("127.0.0.1", 8501) in {"0100007F:2135", "7F000001:2135"}
    True
    """
    packed = ipaddress.ip_address(host).packed
    words = struct.unpack(f"={len(packed) // 4}I", packed)
    return "".join(f"{word:08X}" for word in words) + f":{port:04X}"
