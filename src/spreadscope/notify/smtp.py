"""The channel for e-mail by SMTP. A repeated message has the Message-ID of the first attempt, so that mail servers and
readers recognise it; apprise would make a new one each time.

The address: ``smtps://user:password@host/?from=me@example.com&to=you@example.com`` (TLS, port 465), or ``smtp://…``
(STARTTLS, port 587). ``tls=none`` sends in clear, and only to a host of the LAN.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import socket
import ssl
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import NoReturn
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from spreadscope.model.errors import ConfigError, DeliveryError
from spreadscope.notify.channel import ChannelSpec, Message
from spreadscope.notify.secret import MASK
from spreadscope.notify.template import one_line
from spreadscope.notify.thread import SerialThreadCalls

_EXAMPLE = "smtps://user:password@smtp.example.com/?from=me@example.com&to=you@example.com"
_MAILBOX = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[^\s@<>,;:\"()\[\]\\]{1,253}")
_KEYS = frozenset({"from", "to", "tls"})
_PRIORITY = {"critical": "1 (Highest)", "warning": "3 (Normal)", "info": "5 (Lowest)"}


class _Server(msgspec.Struct, frozen=True):
    host: str
    port: int
    implicit: bool
    encrypted: bool
    user: str
    password: str
    sender: str
    recipients: tuple[str, ...]


class SmtpChannel:
    """A channel that sends e-mail. Raises ``ConfigError`` where the address cannot be understood."""

    deduplicates = True

    def __init__(self, spec: ChannelSpec, *, tls: ssl.SSLContext | None = None) -> None:
        self._server = _parse(spec)
        self._tls = tls or ssl.create_default_context()
        self._thread = SerialThreadCalls(f"smtp-{spec.name}")

    @property
    def address(self) -> str:
        server = self._server
        return f"{'smtps' if server.implicit else 'smtp'}://{server.host}:{server.port}/{MASK}"

    @property
    def public(self) -> tuple[str, ...]:
        """The parts of the address that may be shown."""
        return (self._server.host,)

    async def send(self, message: Message, seconds: float) -> str:
        mail = mail_of(message, self._server.sender, self._server.recipients)
        return await self._thread.run(lambda: self._send(mail, seconds), seconds)

    def _send(self, mail: EmailMessage, seconds: float) -> str:
        server = self._server
        try:
            smtp = self._connect(seconds)
        except (smtplib.SMTPException, OSError) as error:
            _fail(server.host, error, uncertain=False)
        try:
            refused = self._send_mail(smtp, mail)
            with contextlib.suppress(
                smtplib.SMTPException, OSError
            ):  # the server has the mail: an error at the end is no failure
                smtp.quit()
        finally:
            smtp.close()
        accepted = f"accepted for {len(server.recipients) - len(refused)} of {len(server.recipients)} recipients"
        return f"{accepted}; {_refusal_text(refused)}" if refused else accepted

    def _connect(self, seconds: float) -> smtplib.SMTP:
        server = self._server
        name = socket.gethostname() or "localhost"
        if server.implicit:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, local_hostname=name, timeout=seconds, context=self._tls
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, local_hostname=name, timeout=seconds)
        try:
            if server.encrypted and not server.implicit:
                smtp.starttls(context=self._tls)
            if server.user:
                smtp.login(server.user, server.password)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _send_mail(self, smtp: smtplib.SMTP, mail: EmailMessage) -> dict[str, tuple[int, bytes]]:
        """Returns the refused recipients. Where the connection ends here, it is uncertain what the server has."""
        server = self._server
        try:
            return smtp.send_message(mail, server.sender, list(server.recipients))
        except (smtplib.SMTPException, OSError) as error:
            answered = isinstance(error, smtplib.SMTPException) and not isinstance(
                error, smtplib.SMTPServerDisconnected
            )
            _fail(server.host, error, uncertain=not answered)


def mail_of(message: Message, sender: str, recipients: tuple[str, ...]) -> EmailMessage:
    """Returns the mail of a message, with Date and Message-ID of its first attempt."""
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = message.title
    mail["From"] = sender
    mail["To"] = ", ".join(recipients)
    mail["Date"] = format_datetime(datetime.fromtimestamp(message.created / 1000, UTC))
    mail["Message-ID"] = f"<{message.key}@{sender.rpartition('@')[2].encode('idna').decode()}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Priority"] = _PRIORITY.get(message.severity, _PRIORITY["warning"])
    mail.set_content(message.body)
    return mail


def _fail(host: str, error: Exception, *, uncertain: bool) -> NoReturn:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        text = _refusal_text(error.recipients)
    elif isinstance(error, smtplib.SMTPResponseException):
        raw = error.smtp_error
        text = f"{error.smtp_code} {raw.decode('utf-8', 'replace') if isinstance(raw, bytes) else raw}"
    else:
        text = str(error) or type(error).__name__
    raise DeliveryError(f"the mail server {host}: {one_line(text)}", uncertain=uncertain) from None


def _refusal_text(refused: dict[str, tuple[int, bytes]]) -> str:
    code, reason = next(iter(refused.values()))
    return f"{len(refused)} refused: {code} {one_line(reason.decode('utf-8', 'replace'))}"


def _parse(spec: ChannelSpec) -> _Server:
    where = f"channel {spec.name!r}"
    text = spec.url.reveal()
    try:
        url = urlsplit(text)
        host, port = url.hostname or "", url.port
        query = parse_qs(url.query, keep_blank_values=True, strict_parsing=bool(url.query), max_num_fields=10)
    except ValueError:
        raise ConfigError(f"{where}: its address cannot be read: write {_EXAMPLE}") from None
    if url.scheme not in {"smtp", "smtps"} or not host or port == 0 or not text.isprintable():
        raise ConfigError(f"{where}: its address is no mail server: write {_EXAMPLE}")
    if unknown := sorted(query.keys() - _KEYS):
        raise ConfigError(f"{where}: its address has {len(unknown)} unknown settings: use {', '.join(sorted(_KEYS))}")
    sender = ",".join(query.get("from", []))
    recipients = tuple(part.strip() for part in ",".join(query.get("to", [])).split(","))
    for mailbox in (sender, *recipients):
        if not _MAILBOX.fullmatch(mailbox):
            raise ConfigError(f"{where}: its address needs one from= and at least one to=, each name@host: {_EXAMPLE}")
    try:
        sender.rpartition("@")[2].encode("idna")
    except UnicodeError:
        raise ConfigError(f"{where}: the host of its from= is no host name") from None
    implicit, tls = url.scheme == "smtps", ",".join(query.get("tls", []))
    if tls not in {"", "none"} or (tls and implicit):
        raise ConfigError(f"{where}: tls={'none' if implicit else '…'} is not possible: leave it out, or use smtp://")
    if tls and host not in spec.lan:
        raise ConfigError(f"{where}: tls=none sends in clear: leave it out, or name the host in lan")
    return _Server(
        host,
        port or (465 if implicit else 587),
        implicit,
        not tls,
        unquote(url.username or ""),
        unquote(url.password or ""),
        sender,
        recipients,
    )
