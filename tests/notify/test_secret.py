"""No secret, and no telling part of one, is in a log line, an error, an answer or a row of the store."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest
import structlog

from spreadscope.commands.console import set_up_logging
from spreadscope.notify.channel import ChannelSpec
from spreadscope.notify.make import make_channel
from spreadscope.notify.secret import Masker, Secret
from tests.e2e.line import run, until
from tests.notify.receivers import answer, http_receiver, smtp_receiver
from tests.notify.rig import alert, mail, quick, rig, service, webhook

# Each is in an address below; none of them is to be seen anywhere.
SECRETS = ("hush-path", "hush-query", "hush-user", "hush/word", "hush%2Fword", "hush-topic", "hush-signing", "hush-box")


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], str]]:
    """Everything that is written: our log, and every line of every library at its most talkative."""
    written: list[str] = []
    caplog.set_level(logging.DEBUG)
    logging.getLogger("apprise").addHandler(caplog.handler)
    set_up_logging(verbose=True)

    def everything() -> str:
        written.append(capsys.readouterr().err)
        # "mail.log" is the test's own mail server, which tells what it was sent.
        records = [record for record in caplog.records if record.name != "mail.log"]
        return "\n".join([*written, *map(logging.Formatter().format, records)])

    yield everything
    logging.getLogger("apprise").removeHandler(caplog.handler)
    structlog.reset_defaults()


def assert_masked(text: str) -> None:
    for secret in SECRETS:
        assert secret.lower() not in text.lower(), secret


def test_nothing_of_an_address_is_seen_whatever_goes_wrong(tmp_path: Path, said: Callable[[], str]) -> None:
    async def main() -> None:
        async with http_receiver() as receiver, smtp_receiver() as box:
            # A receiver that throws back what it was given.
            receiver.answers = lambda request: answer(
                "500 Broken", f"{request.path} {request.headers.get('authorization')} {request.body!r} hush-signing"
            )
            box.refuse = "554 no hush-user hush-box@example.com here"
            port = receiver.port
            specs = (
                webhook(
                    f"http://hush-user:hush%2Fword@127.0.0.1:{port}/hush-path?key=hush-query",
                    signing=Secret("hush-signing"),
                ),
                service(f"ntfy://hush-user:hush%2Fword@127.0.0.1:{port}/hush-topic"),
                mail(f"smtp://127.0.0.1:{box.port}/?from=hush-box@example.com&to=hush-box@example.com&tls=none"),
                webhook("http://127.0.0.1:9/hush-path", name="nobody"),
            )
            async with rig(tmp_path, *specs, config=quick(attempts=2)) as it:
                it.fire(alert())
                await until(lambda: it.states() == ["dead"] * 4)
                answers = [await it.dispatcher.test(spec.name) for spec in specs]
                assert [given is not None and given.ok for given in answers] == [False] * 4
                rows, channels = it.rows, it.dispatcher.channels
                assert all(row.error for row in rows)
                assert "****" in rows[0].error
                seen = [repr(answers), repr(rows), repr(channels), repr(it.dispatcher.troubles())]
                seen += [lane.channel.address for _, lane in channels if lane is not None]
                assert_masked("\n".join(seen))
            assert len(receiver.requests) >= 4
        assert "alert not delivered" in said()
        assert_masked(said())

    run(main())
    for file in tmp_path.iterdir():
        assert_masked(file.read_bytes().decode("latin-1"))


def test_an_error_inside_a_library_is_masked_in_message_and_trace(
    tmp_path: Path, said: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        async with rig(tmp_path, webhook("http://127.0.0.1:9/hush-path"), config=quick(attempts=1)) as it:

            async def broken(*_: object) -> str:
                raise RuntimeError("cannot open http://127.0.0.1:9/hush-path")

            monkeypatch.setattr(it.dispatcher.worker("hook").channel, "send", broken)
            it.fire(alert())
            await until(lambda: it.states() == ["dead"])
            assert it.rows[0].error == "RuntimeError: cannot open ****"
            logging.getLogger("httpx").warning("GET %s", "http://127.0.0.1:9/hush-path")
            try:
                _raise("http://127.0.0.1:9/hush-path")
            except ValueError:
                logging.getLogger("httpx").exception("trouble")
        assert "GET ****" in said()
        assert "ValueError: ****" in said()
        assert "in _raise" in said()
        assert_masked(said())

    run(main())


def _raise(what: object) -> NoReturn:
    raise ValueError(what)


def test_a_secret_does_not_show_itself() -> None:
    spec = ChannelSpec("c", "webhook", Secret("https://x/hush-path"), signing=Secret("hush-signing"))
    assert_masked(f"{spec!r} {spec} {spec.url} {spec.url!r:>40} {[spec.url]}")
    try:
        _raise(spec)
    except ValueError as error:
        assert_masked("".join(traceback.format_exception(error)))
    assert Secret("a") == Secret("a") != Secret("b")
    assert len({Secret("a"), Secret("a")}) == 1


def test_our_log_does_not_print_local_variables(said: Callable[[], str]) -> None:
    def fails(url: str) -> None:
        raise RuntimeError("a mistake of ours")

    try:
        fails(SECRETS[0])
    except RuntimeError:
        structlog.get_logger().exception("something failed")
    assert "a mistake of ours" in said()
    assert_masked(said())


@pytest.mark.parametrize(
    ("address", "shown", "hidden"),
    [
        ("tgram://123456789:abcdefg_hij/-100200300/", "tgram://****",
         ["123456789", "abcdefg_hij", "ABCDEFG_HIJ", "-100200300"]),
        ("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js", "discord://****",
         ["4174216298", "JHMHI8qBe7bk2ZwO5U711o3dV_js"]),
    ],
)  # fmt: skip
def test_the_parts_of_an_address_are_masked_one_by_one(address: str, shown: str, hidden: list[str]) -> None:
    masker = Masker()
    channel = make_channel(service(address), masker)
    assert channel.address == shown
    for part in hidden:
        assert masker.mask(f"POST /bot{part}/sendMessage") == "POST /bot****/sendMessage"


def test_the_host_of_a_webhook_is_shown() -> None:
    masker = Masker()
    channel = make_channel(ChannelSpec("c", "webhook", Secret("https://hook.example.com/hush-path")), masker)
    assert channel.address == "https://hook.example.com/****"
    assert masker.mask("hook.example.com: /hush-path refused") == "hook.example.com: /**** refused"
    assert masker.mask("nothing of it") == "nothing of it"
