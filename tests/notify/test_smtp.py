"""E-mail against a real SMTP server."""

from __future__ import annotations

from pathlib import Path

import pytest

from spreadscope.model.errors import ConfigError, DeliveryError
from spreadscope.notify.channel import ChannelSpec
from spreadscope.notify.secret import Secret
from spreadscope.notify.smtp import SmtpChannel
from tests.e2e.line import run
from tests.notify.certificates import certificate, needs_openssl
from tests.notify.receivers import Mailbox, smtp_receiver
from tests.notify.rig import LAN, mail, message


def test_a_mail_as_it_arrives() -> None:
    async def main() -> None:
        async with smtp_receiver() as box:
            text = message(
                title="critical: weit auseinander — β", body="z = 2,5 · „viel“\nzweite Zeile", severity="critical"
            )
            assert await SmtpChannel(mail(box.url())).send(text, 5.0) == "accepted for 1 of 1 recipients"
            received = box.mails[0]
            assert received["Subject"] == "critical: weit auseinander — β"
            assert (received["From"], received["To"]) == ("engine@example.com", "trader@example.com")
            assert received["Message-ID"] == "<k1@example.com>"
            assert received["Date"].datetime.timestamp() == text.created / 1000
            assert received["X-Priority"] == "1 (Highest)"
            assert received["Auto-Submitted"] == "auto-generated"
            assert received.get_content().splitlines() == ["z = 2,5 · „viel“", "zweite Zeile"]

    run(main())


def test_the_same_message_is_the_same_mail_however_often_it_is_sent() -> None:
    async def main() -> None:
        async with smtp_receiver() as box:
            channel = SmtpChannel(mail(box.url()))
            for _ in range(2):
                await channel.send(message(), 5.0)
            assert box.envelopes[0].content == box.envelopes[1].content

    run(main())


def test_a_login_and_a_refused_login() -> None:
    async def main() -> None:
        async with smtp_receiver() as box:
            query = "from=engine@example.com&to=trader@example.com&tls=none"
            await SmtpChannel(mail(box.url(query, "me:pass%20word@"))).send(message(), 5.0)
            assert box.logins[0].password == b"pass word"
            with pytest.raises(DeliveryError, match=r"the mail server 127.0.0.1: 535") as caught:
                await SmtpChannel(mail(box.url(query, "me:wrong-password@"))).send(message(), 5.0)
            assert not caught.value.uncertain
            assert len(box.mails) == 1

    run(main())


def test_some_recipients_are_refused_or_all() -> None:
    async def main() -> None:
        async with smtp_receiver() as box:
            box.strangers = {"b@example.com"}
            url = box.url("from=e@example.com&to=a@example.com,b@example.com&to=c@example.com&tls=none")
            said = await SmtpChannel(mail(url)).send(message(), 5.0)
            assert said == "accepted for 2 of 3 recipients; 1 refused: 550 no such mailbox"
            assert box.envelopes[0].rcpt_tos == ["a@example.com", "c@example.com"]
            box.strangers = {"a@example.com", "b@example.com", "c@example.com"}
            with pytest.raises(DeliveryError, match="3 refused: 550 no such mailbox") as caught:
                await SmtpChannel(mail(url)).send(message(), 5.0)
            assert not caught.value.uncertain

    run(main())


def test_what_the_server_says_is_certain_and_its_silence_is_not() -> None:
    async def main() -> None:
        async with smtp_receiver() as box:
            channel = SmtpChannel(mail(box.url()))
            box.refuse = "451 come back later"
            with pytest.raises(DeliveryError, match="451 come back later") as caught:
                await channel.send(message(), 5.0)
            assert not caught.value.uncertain
            box.refuse, box.drop_after_data = "", True
            with pytest.raises(DeliveryError) as caught:
                await channel.send(message(), 5.0)
            assert caught.value.uncertain
            assert len(box.mails) == 1
        with pytest.raises(DeliveryError, match=r"the mail server 127.0.0.1: .*refused") as caught:
            await channel.send(message(), 5.0)
        assert not caught.value.uncertain

    run(main())


@needs_openssl
def test_starttls_is_required_and_the_name_is_checked(tmp_path: Path) -> None:
    server, client = certificate(tmp_path, "localhost")

    def channel(box: Mailbox, host: str, **values: object) -> SmtpChannel:
        url = f"smtp://{host}:{box.port}/?from=e@example.com&to=t@example.com"
        return SmtpChannel(ChannelSpec("mail", "email", Secret(url)), **values)  # type: ignore[arg-type]

    async def main() -> None:
        async with smtp_receiver(server) as box:
            assert await channel(box, "localhost", tls=client).send(message(), 5.0) == "accepted for 1 of 1 recipients"
            with pytest.raises(DeliveryError, match="certificate"):
                await channel(box, "127.0.0.1", tls=client).send(message(), 5.0)
            with pytest.raises(DeliveryError, match="certificate"):
                await channel(box, "localhost").send(message(), 5.0)
        async with smtp_receiver() as plain:
            with pytest.raises(DeliveryError, match="STARTTLS"):
                await channel(plain, "localhost", tls=client).send(message(), 5.0)
            assert plain.mails == []

    run(main())


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mailto://u:p@gmail.com", "is no mail server"),
        ("smtps://u:p@/?from=a@b.c&to=d@e.f", "is no mail server"),
        ("smtps://host/?to=d@e.f", "one from= and at least one to="),
        ("smtps://host/?from=a@b.c", "one from= and at least one to="),
        ("smtps://host/?from=a@b.c&to=", "one from= and at least one to="),
        ("smtps://host/?from=a@b.c&to=d@e.f,,", "one from= and at least one to="),
        ("smtps://host/?from=a@b.c&from=x@b.c&to=d@e.f", "one from= and at least one to="),
        ("smtps://host/?from=a@b.c&to=Bob <d@e.f>", "one from= and at least one to="),
        ("smtps://host/?from=a@b.c&to=d@e.f%0d%0aBcc:x@y.z", "one from= and at least one to="),
        ("smtps://host/?from=a@b.c&to=d@e.f&bcc=x@y.z", "unknown settings: use from, tls, to"),
        ("smtps://host/?from=a@b.c&to=d@e.f&tls=none", "tls=none is not possible"),
        ("smtp://host/?from=a@b.c&to=d@e.f&tls=maybe", "is not possible"),
        ("smtp://host/?from=a@b.c&to=d@e.f&tls=none", "in clear: leave it out, or name the host in lan"),
        ("smtp://host:0/?from=a@b.c&to=d@e.f", "is no mail server"),
        ("smtp://host:x/?from=a@b.c&to=d@e.f", "cannot be read"),
        ("smtp://host/?from", "cannot be read"),
        (f"smtps://host/?from=a@{'b' * 70}.c&to=d@e.f", "the host of its from= is no host name"),
        ("smtp://[::1/?from=a@b.c", "cannot be read"),
        ("", "is no mail server"),
    ],
)
def test_addresses_that_are_none(url: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        SmtpChannel(ChannelSpec("mail", "email", Secret(url), lan=LAN))
