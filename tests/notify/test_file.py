"""The file of channels and rules: read strictly, with one sentence for every mistake and no secret in any of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from spreadscope.app.file_rules import check_rules
from spreadscope.model.alerting import Severity
from spreadscope.model.errors import ConfigError
from spreadscope.model.events import SetRule
from spreadscope.model.timeframe import Timeframe
from spreadscope.notify.file import AlertsFile, parse_alerts, rule_id_of
from spreadscope.notify.quoting import quoted_name
from spreadscope.notify.secret import Secret

ENVIRONMENT = {"PHONE": "tgram://123456:token/789", "HOOK": " https://hook.example.com/t0ken \n", "SIGN": "signing"}


def read(text: str, folder: Path = Path(), lan: tuple[str, ...] = ()) -> AlertsFile:
    return parse_alerts(text.encode(), folder=folder, environment=ENVIRONMENT, lan=lan)


def read_all(text: str, folder: Path) -> None:
    """Read a file as the engine does, rules and all."""
    check_rules(read(text, folder).rules)


def said_of(text: str, folder: Path) -> str:
    """The mistake in a file, or nothing."""
    try:
        read_all(text, folder)
    except ConfigError as error:
        return str(error)
    return ""


def test_a_whole_file(tmp_path: Path) -> None:
    (tmp_path / "mail.secret").write_text("smtps://u:p@mail.example.com/?from=a@b.c&to=d@e.f\n")
    (tmp_path / "mail.secret").chmod(0o600)
    file = read(
        """
        [[channel]]
        name = "phone"
        url_env = "PHONE"
        [[channel]]
        name = "hook"
        kind = "webhook"
        url_env = "HOOK"
        secret_env = "SIGN"
        lan = ["NAS.home"]
        min_severity = "critical"
        per_minute = 3
        title = "{name}"
        [[channel]]
        name = "mail"
        kind = "email"
        url_file = "mail.secret"
        [[channel]]
        name = "off"
        url_env = "NOT_SET"
        enabled = false
        [[rule]]
        name = "far"
        when = " abs(z) > 2.5 "
        subject = "BTCUSDT/ETHUSDT"
        timeframe = "1m"
        severity = "critical"
        recover = 1
        keep_seconds = 30
        cooldown_seconds = 60.5
        cap_per_hour = 3
        once = true
        notify_resolved = false
        notify_no_data = true
        channels = ["phone", "mail"]
        enabled = false
        [[rule]]
        name = "price"
        when = "price > 90000"
        subject = "BTCUSDT"
        recover = "price < 89000"
        """,
        tmp_path,
        ("printer",),
    )
    assert [(spec.name, spec.kind, spec.enabled) for spec in file.channels] == [
        ("phone", "service", True),
        ("hook", "webhook", True),
        ("mail", "email", True),
        ("off", "service", False),
    ]
    assert file.channels[0].url == Secret("tgram://123456:token/789")
    assert file.channels[1].url == Secret("https://hook.example.com/t0ken")
    assert file.channels[1].signing == Secret("signing")
    assert file.channels[1].lan == {"nas.home", "printer"}
    assert (file.channels[1].min_severity, file.channels[1].per_minute) == ("critical", 3)
    assert file.secret_files == (tmp_path / "mail.secret",)
    assert file.warnings == ()
    assert file.rules[0] == SetRule(
        rule_id_of("far"), "abs(z) > 2.5", "BTCUSDT/ETHUSDT", Timeframe.M1, "far", Severity.CRITICAL, 1.0, 30.0, 60.5,
        3,
        once=True, notify_resolved=False, notify_no_data=True, channels=("phone", "mail"), enabled=False, origin="file",
    )  # fmt: skip
    assert (file.rules[1].recover, file.rules[1].timeframe, file.rules[1].origin) == ("price < 89000", "1s", "file")


def test_rule_ids_are_of_the_name_alone() -> None:
    one = read('[[rule]]\nname = "a"\nwhen = "z > 2"\nsubject = "A/B"').rules[0]
    two = read(
        '[[rule]]\nname = "b"\nwhen = "z > 2"\nsubject = "A/B"\n[[rule]]\nname = "a"\nwhen = "z > 3"\nsubject = "C/D"'
    )
    assert one.rule_id == two.rules[1].rule_id != two.rules[0].rule_id


def test_an_empty_file_is_a_file() -> None:
    assert read("") == AlertsFile()


CHANNEL = '[[channel]]\nname = "c"\n'
RULE = '[[rule]]\nname = "r"\nwhen = "z > 2"\nsubject = "A/B"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[channels]]\n", "unknown table 'channels': did you mean 'channel'?"),
        ("zzz = 1", "unknown table '****': use channel, rule"),
        ("channel = 1", "channel must be written [[channel]], once for each"),
        ("[channel]\nname = 'c'", "channel must be written [[channel]], once for each"),
        ("channel = [1]", "channel must be written [[channel]], once for each"),
        ("rule = [", "not valid TOML: "),
        ("[[rule]]\n", "[[rule]] number 1: the key 'name' is missing"),
        ("[[rule]]\nname = 5\n", "[[rule]] number 1: name: input should be a valid string"),
        ("[[rule]]\nname = ''\n", "[[rule]] number 1: name: string should have at least 1 character"),
        (RULE + "whem = 1", "rule 'r': unknown key 'whem': did you mean 'when'?"),
        (RULE + "once = 1", "rule 'r': once: input should be a valid boolean"),
        (RULE + "severity = 'high'", "rule 'r': severity: input should be 'info', 'warning' or 'critical'"),
        (RULE + "timeframe = '2h'", "rule 'r': timeframe: input should be '1s', '1m' or '5m'"),
        (RULE + "recover = nan", "rule 'r': recover: "),
        (RULE + "cap_per_hour = 0", "rule 'r': cap_per_hour: input should be greater than or equal to 1"),
        (RULE + "keep_seconds = '5'", "rule 'r': keep_seconds: input should be a valid number"),
        (RULE + "keep_seconds = 86401", "rule 'r': keep_seconds: input should be less than or equal to 86400"),
        (RULE + "channels = ['phon']\n[[channel]]\nname='phone'\nurl_env='PHONE'",
         "rule 'r': there is no channel 'phon': did you mean 'phone'?"),
        (RULE + "channels = ['x']", "rule 'r': there is no channel '****': none is defined"),
        (RULE + RULE, "the rule 'r' is there twice: names must differ"),
        (CHANNEL + "url_env = 'PHONE'\n" + CHANNEL + "url_env = 'PHONE'", "the channel 'c' is there twice"),
        (CHANNEL, "channel 'c': name its address with url_env or url_file"),
        (CHANNEL + "url_env = 'PHONE'\nurl_file = 'x'", "channel 'c': give url_env or url_file, not both"),
        (CHANNEL + "url_env = 'NOT_SET'", "channel 'c': the environment variable 'NOT_SET' of url_env is not set"),
        (CHANNEL + "url_file = 'not there'",
         "channel 'c': cannot read the url_file 'not there': No such file or directory"),
        (CHANNEL + "url_file = '/'", "channel 'c': cannot read the url_file '/': Is a directory"),
        (CHANNEL + "url_file = \"a\\u0000b\"", "channel 'c': the url_file 'a b' cannot be read as text"),
        (CHANNEL + "url_file = '~nobody-of-that-name/x'",
         "channel 'c': the url_file '~nobody-of-that-name/x' cannot be read as text"),
        (CHANNEL + "url = 'tgram://plain-secret'",
         "channel 'c': a secret does not belong in the file: name it with url_env or url_file in place of url"),
        (CHANNEL + "secret = 'plain-secret'", "name it with secret_env or secret_file in place of secret"),
        (CHANNEL + "kind = 'plain-secret'", "channel 'c': kind: input should be 'service', 'webhook' or 'email'"),
        (CHANNEL + "url_env = 'PHONE'\nsecret_env = 'SIGN'", "only a channel of kind = \"webhook\" is signed"),
        (CHANNEL + "url_env = 'PHONE'\nlan = ['x']", "lan is for the kinds"),
        (CHANNEL + "url_env = 'PHONE'\ntitle = '{nme}'",
         "channel 'c', title: unknown placeholder {nme}: did you mean {name}?"),
        ("[[channel]]\nname = 'a/b'", "channel 'a/b': name: use at most 40 letters, digits, - and _"),
        ("x = 1\n" * 100_000, "the file is larger than 512 KB"),
        ("x = " + "[" * 100_000, "the file is not valid TOML"),
        ("x = " + "9" * 10_000, "the file is not valid TOML"),
    ],
)  # fmt: skip
def test_every_mistake_is_one_sentence_without_a_secret(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(text)
    assert said in str(caught.value)
    assert str(caught.value).isprintable()
    assert "plain-secret" not in str(caught.value)


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(ConfigError, match="no UTF-8 text"):
        parse_alerts(b"\xff\xfe", folder=Path())


@pytest.mark.parametrize(
    ("mode", "warned"), [(0o600, False), (0o400, False), (0o640, True), (0o604, True), (0o644, True)]
)
def test_a_secret_file_that_others_can_read_is_warned_of(tmp_path: Path, mode: int, warned: bool) -> None:
    secret = tmp_path / "s"
    secret.write_text("tgram://123456:token/789")
    secret.chmod(mode)
    warnings = read(CHANNEL + "url_file = 's'", tmp_path).warnings
    assert warnings == (("channel 'c': others can read the url_file 's': chmod 600 it",) if warned else ())


@pytest.mark.parametrize(("content", "said"), [
    (b"", "is empty"), (b" \n", "is empty"), (b"x" * 20_000, "is too long"), (b"\xff", "cannot be read as text"),
    (b"a\nb", "one line of text"),
])  # fmt: skip
def test_secret_files_that_hold_none(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "s").write_bytes(content)
    with pytest.raises(ConfigError, match=said):
        read(CHANNEL + "url_file = 's'", tmp_path)


ADDRESS = "https://hooks.example.com/services/T0LEAK/B0LEAK/xyzLEAKxyzLEAK42xyz"
TOKEN = "xoxb9LEAK4f7a1c3e5b7d9"  # noqa: S105 - nobody's
PASSWORD = "hunter2LEAK"  # noqa: S105

WRONG_PLACES = [
    "{s} = 1",
    "[{s}]\na = 1",
    "[[{s}]]",
    "a = 1\na.{s} = 2",
    "a = {{ {s} = 1, {s} = 2 }}",
    "[[channel]]\nname = 'c'\n{s} = 'x'",
    "[[channel]]\nname = 'c'\nurl_env = {s}",
    "[[channel]]\nname = 'c'\nurl = {s}",
    "[[channel]]\nname = 'c'\nkind = {s}",
    "[[channel]]\nname = 'c'\nmin_severity = {s}",
    "[[channel]]\nname = 'c'\nper_minute = {s}",
    "[[channel]]\nname = 'c'\nlan = {s}",
    "[[channel]]\nname = 'c'\nurl_env = 'PHONE'\nlan = [{s}]",
    "[[rule]]\nname = 'r'\nwhen = 'z > 2'\nsubject = 'A/B'\nchannels = [{s}]",
    "[[rule]]\nname = 'r'\nwhen = 'z > 2'\nsubject = 'A/B'\n{s} = 1",
    "[[rule]]\nname = 'r'\nwhen = 'z > 2'\nsubject = {s}",
    "[[rule]]\nname = 'r'\nwhen = {s}\nsubject = 'A/B'",
    "[[rule]]\nname = 'r'\nwhen = 'z > 2'\nsubject = 'A/B'\ntimeframe = {s}",
    "[[rule]]\nname = 'r'\nwhen = 'z > 2'\nsubject = 'A/B'\nrecover = {s}",
]
FREE_PLACES = [  # where a word of any kind may stand: an address or a token is told by its looks
    "[[channel]]\nname = {s}",
    "[[channel]]\nname = {s}\nkind = 'x'",
    "[[channel]]\nname = {s}\nurl_env = 'A'\n[[channel]]\nname = {s}\nurl_env = 'A'",
    "[[channel]]\nname = 'c'\nurl_file = {s}",
    "[[rule]]\nname = {s}\nwhen = 'z >'\nsubject = 'A/B'",
    "[[rule]]\nname = {s}\nwhem = 'z > 2'",
    "[[rule]]\nname = {s}\nwhen = 'z > 2'\nsubject = 'A/B'\n[[rule]]\nname = {s}\nwhen = 'z > 2'\nsubject = 'A/B'",
]
PLACES = [(place, secret) for place in WRONG_PLACES for secret in (ADDRESS, TOKEN, PASSWORD)]
PLACES += [(place, secret) for place in FREE_PLACES for secret in (ADDRESS, TOKEN)]
# Passwords that happen to be half a name of the rule language, for which a suggestion is made.
PLACES += [
    (place, f"{name[:6]}LEAK9x") for place in WRONG_PLACES[-5:] for name in ("half_life_unbiased", "cointegrated")
]


@pytest.mark.parametrize(("place", "secret"), PLACES)
def test_a_secret_in_a_wrong_place_is_never_said(place: str, secret: str, tmp_path: Path) -> None:
    text = place.format(s=f'"{secret}"')
    said = said_of(text, tmp_path)
    well_formed = secret == PASSWORD or "lan = [" in place or (secret == TOKEN and "subject = {s}" in place)
    assert said or well_formed, "an address was accepted where none belongs"
    assert "LEAK" not in said
    assert "\n" not in said
    assert len(said) < 400


@pytest.mark.parametrize("field", ["title", "body"])
def test_nor_one_in_a_template(field: str) -> None:
    for wrong in ("{LEAK42}", "{value:LEAK42}", "{LEAK42!r}", "{name.LEAK42}", "{"):
        with pytest.raises(ConfigError) as error:
            read(CHANNEL + f"url_env = 'PHONE'\n{field} = '{wrong}'")
        assert "LEAK" not in str(error.value)


@pytest.mark.parametrize(
    "text", ["phone", "z far on BTCUSDT/ETHUSDT", "desk-2025_europe", "Überwachung 1", "not there"]
)
def test_a_name_is_quoted(text: str) -> None:
    assert quoted_name(text) == repr(text)
