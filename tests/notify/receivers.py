"""Real local receivers of messages: an HTTP server that answers as it is told, and an SMTP server."""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email.message import EmailMessage
from typing import Any

import msgspec
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class Request(msgspec.Struct):
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> dict[str, Any]:
        return dict(json.loads(self.body))

    @property
    def key(self) -> str:
        return self.headers["idempotency-key"]


Answer = Callable[[Request], bytes]


def answer(status: str = "200 OK", body: str = "ok", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


class Receiver:
    """An HTTP server.

    ``answers`` makes the answer; ``hold`` takes requests and never answers, ``gate`` is waited for.
    """

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.answers: Answer = lambda _: answer()
        self.hold = False
        self.gate: asyncio.Event | None = None
        self.endless = False
        self.port = 0
        self.server_names: list[str] = []
        self._writers: set[asyncio.StreamWriter] = set()
        self._serving: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    async def open(self, tls: ssl.SSLContext | None = None) -> None:
        if tls is not None:
            tls.sni_callback = lambda _, name, __: self.server_names.append(name)
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Go away; the port is kept for the next ``open``."""
        assert self._server is not None
        self._server.close()
        for _ in range(3):  # a connection that was accepted just now has its socket a turn of the loop later
            for writer in tuple(self._writers):
                writer.transport.abort()
            await asyncio.sleep(0)
        await asyncio.gather(*self._serving, return_exceptions=True)
        await self._server.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Known from its first moment: what is closed here is not left to the garbage collector in a later test."""
        self._writers.add(writer)
        task = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, BrokenPipeError):
                await self._answer(reader, writer)
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        request = Request(method, path, headers, body)
        self.requests.append(request)
        if self.hold:
            await reader.read()  # until the other side goes away
            return
        if self.gate is not None:
            await self.gate.wait()
        writer.write(self.answers(request))
        while self.endless:
            writer.write(b"x" * 65_536)
            await writer.drain()
        await writer.drain()
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def http_receiver(tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    receiver = Receiver()
    await receiver.open(tls)
    try:
        yield receiver
    finally:
        await receiver.close()


class Mailbox:
    """An SMTP server that keeps what it takes. ``refuse`` is answered to a mail's data, ``strangers`` to recipients.

    ``hold`` takes a mail and never answers.
    """

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.envelopes: list[Envelope] = []
        self.logins: list[LoginPassword] = []
        self.refuse = ""
        self.strangers: set[str] = set()
        self.drop_after_data = False
        self.hold = False
        self.port = 0
        self._server: asyncio.Server | None = None

    def url(self, query: str = "from=engine@example.com&to=trader@example.com&tls=none", login: str = "") -> str:
        return f"smtp://{login}127.0.0.1:{self.port}/?{query}"

    async def open(self, tls: ssl.SSLContext | None = None) -> None:
        loop = asyncio.get_running_loop()

        def protocol() -> SMTP:
            return SMTP(
                self,
                hostname="mail.example.com",
                tls_context=tls,
                require_starttls=tls is not None,
                authenticator=self._authenticate,
                auth_require_tls=False,
                loop=loop,
            )

        self._server = await loop.create_server(protocol, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    def _authenticate(self, server: SMTP, session: Session, envelope: Envelope, kind: str, login: Any) -> AuthResult:
        self.logins.append(login)
        good = isinstance(login, LoginPassword) and login.password != b"wrong-password"
        return AuthResult(success=good, handled=False)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.strangers:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.refuse:
            return self.refuse
        assert isinstance(envelope.content, bytes)
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.envelopes.append(envelope)
        if self.hold:
            await asyncio.Event().wait()  # until the other side goes away
        if self.drop_after_data:
            transport: Any = server.transport  # of whichever loop it is
            transport.abort()
        return "250 OK"


@asynccontextmanager
async def smtp_receiver(tls: ssl.SSLContext | None = None) -> AsyncIterator[Mailbox]:
    mailbox = Mailbox()
    await mailbox.open(tls)
    try:
        yield mailbox
    finally:
        await mailbox.close()
