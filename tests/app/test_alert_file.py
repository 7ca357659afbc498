"""alerts.toml while an engine runs: changed, broken, mended, taken away."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
import structlog

from spreadscope.app.alert_file import AlertFile, Channels
from spreadscope.app.file_rules import check_rules
from spreadscope.app.rule_service import RuleService
from spreadscope.engine import Engine
from spreadscope.model.config import AlertsConfig, load_config
from spreadscope.model.errors import ConfigError
from spreadscope.model.events import DropRule, Event, SetRule
from spreadscope.notify.file import parse_alerts, rule_id_of
from spreadscope.notify.secret import Masker

HOOK = '[[channel]]\nname = "hook"\nkind = "webhook"\nurl_env = "HOOK"\n'
ENVIRONMENT = {"HOOK": "https://hook.example.com/a-secret-path"}


def rule(name: str, when: str = "z > 2", more: str = "") -> str:
    return f'[[rule]]\nname = "{name}"\nwhen = "{when}"\nsubject = "AAAUSDT/BBBUSDT"\n{more}\n'


class Watched:
    """A file, and what of it is in force."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.applied: list[tuple[list[str], list[str]]] = []
        self.file = AlertFile(path, AlertsConfig(), Masker(), apply=self._apply, environment=ENVIRONMENT)

    async def _apply(self, channels: Channels, rules: tuple[SetRule, ...]) -> None:
        check_rules(rules)
        self.applied.append(([spec.name for spec, _ in channels], [f"{spec.name}: {spec.text}" for spec in rules]))

    def write(self, text: str) -> int:
        """→ how often something was put in force so far, the file as it is now included."""
        self.path.write_text(text, encoding="utf-8")
        return self.look()

    def look(self) -> int:
        asyncio.run(self.file.look())
        return len(self.applied)


@pytest.fixture
def it(tmp_path: Path) -> Watched:
    return Watched(tmp_path / "alerts.toml")


def test_a_changed_good_file_is_put_in_force_and_an_unchanged_one_is_left(it: Watched) -> None:
    assert it.look() == 0
    assert it.file.alarms() == []
    assert it.write(HOOK + rule("a")) == 1
    assert it.applied[-1] == (["hook"], ["a: z > 2"])
    assert it.look() == it.write(HOOK + rule("a")) == 1
    # As long as before and written within one tick of the disk's clock: the content tells.
    stamp = it.path.stat()
    it.path.write_text(HOOK + rule("a", "z > 3"), encoding="utf-8")
    os.utime(it.path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert it.look() == 2
    assert it.applied[-1] == (["hook"], ["a: z > 3"])
    assert it.file.rules == 1


def test_a_file_moved_into_its_place_is_noticed(it: Watched, tmp_path: Path) -> None:
    it.write(rule("a"))
    old = it.path.stat()
    new = tmp_path / "new.toml"
    new.write_text(rule("b"), encoding="utf-8")
    for path in (new, it.path):
        os.utime(path, ns=(old.st_atime_ns, old.st_mtime_ns - 10**12))
    assert it.look() == 1  # only its time is another
    new.rename(it.path)
    assert it.look() == 2
    assert it.applied[-1] == ([], ["b: z > 2"])


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("[[rule]", "not valid TOML"),
        ("[[rul]]", "did you mean 'rule'?"),
        (rule("a", "zz > 2"), "rule 'a': unknown subject 'zz'"),
        (rule("a", "z >> 2"), "at character"),
        (rule("a") + HOOK.replace("HOOK", "NOT_SET"), "'NOT_SET' of url_env is not set"),
        (rule("a") + HOOK.replace("webhook", "email"), "its address is no mail server"),
        (HOOK + 'title = "{nope}"', "unknown placeholder {****}"),
        ('[[rule]]\nname = "a"\nwhen = "z > 2"\nsubject = "AAAUSDT"', "rule 'a': z is of a pair: choose one"),
    ],
)
def test_a_bad_file_changes_nothing_and_says_why_once(it: Watched, bad: str, said: str) -> None:
    it.write(HOOK + rule("a"))
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            assert it.write(bad) == 1
        assert it.write(f"{bad}\n# only a comment is new") == 1
    assert said in it.file.error
    assert it.file.alarms() == [f"alerts.toml: {it.file.error}: what it said before stays in force"]
    assert [entry["error"] for entry in logs] == [it.file.error]
    assert it.file.rules == 1
    assert it.write(rule("b")) == 2
    assert (it.file.error, it.file.alarms()) == ("", [])


def test_a_bad_file_at_the_start(it: Watched) -> None:
    assert it.write("[[rule]") == 0
    assert it.file.alarms()[0].endswith("none of it is in force")


def test_a_file_that_goes_away_stays_in_force_and_an_empty_one_does_not(it: Watched) -> None:
    it.write(rule("a"))
    it.path.unlink()
    assert it.look() == 1
    assert it.file.alarms() == ["alerts.toml: it is gone: what it said before stays in force"]
    it.write(rule("a"))
    assert it.file.alarms() == []
    it.write("")
    assert it.applied[-1] == ([], [])


def test_a_file_that_cannot_be_read_is_told(it: Watched) -> None:
    it.path.mkdir()
    assert it.look() == 0
    assert it.file.alarms() == ["alerts.toml: cannot be read: Is a directory: none of it is in force"]


def test_a_new_secret_in_its_file_is_taken_up_and_a_readable_one_is_warned_of(it: Watched, tmp_path: Path) -> None:
    secret = tmp_path / "hook.secret"
    secret.write_text("https://hook.example.com/one")
    secret.chmod(0o644)
    it.write(HOOK.replace('url_env = "HOOK"', 'url_file = "hook.secret"'))
    assert it.file.alarms() == ["channel 'hook': others can read the url_file 'hook.secret': chmod 600 it"]
    settled = it.look()
    assert it.look() == settled
    secret.write_text("https://hook.example.com/two")
    secret.chmod(0o600)
    assert it.look() == settled + 1
    assert it.file.alarms() == []
    secret.write_text("no address")
    assert it.look() == settled + 1
    assert "is no web address" in it.file.error
    secret.write_text("https://hook.example.com/two")
    assert it.look() == settled + 2


def test_secrets_are_not_in_what_is_said(it: Watched) -> None:
    with structlog.testing.capture_logs() as logs:
        it.write(HOOK.replace("webhook", "service"))
    assert it.file.error
    assert "a-secret-path" not in f"{logs}{it.file.alarms()}"


class Desk:
    """A desk over a core, without a store behind it; ``said`` are the events that reached the core."""

    def __init__(self) -> None:
        self.engine = Engine(load_config(None))
        self.said: list[Event] = []
        # The type: these rules need no window.
        self.broker = RuleService(self.engine, self, self, self._note_arrival)  # type: ignore[arg-type]

    def command(self, *_: object) -> None:
        return None

    def _note_arrival(self, events: list[Event]) -> None:
        for event in events:
            self.said.append(event)
            self.engine.on(event)

    def replace(self, text: str) -> list[Event]:
        self.said.clear()
        wanted = check_rules(parse_alerts(text.encode(), folder=Path()).rules)
        asyncio.run(self.broker.replace_file(wanted))
        return list(self.said)


def test_only_what_changed_becomes_an_event() -> None:
    desk = Desk()
    desk.engine.on(SetRule("page", "z > 1", "AAAUSDT/BBBUSDT"))
    assert len(desk.replace(rule("a") + rule("b") + rule("c"))) == 3
    said = desk.replace(rule("d") + rule("b", "z > 3") + rule("a"))
    assert said[0] == DropRule(rule_id_of("c"))
    assert [(event.rule_id, event.text, event.origin) for event in said[1:] if isinstance(event, SetRule)] == [
        (rule_id_of("d"), "z > 2", "file"),
        (rule_id_of("b"), "z > 3", "file"),
    ]
    assert desk.replace(rule("a") + rule("b", "z > 3") + rule("d")) == []
    assert desk.replace("") == [DropRule(rule_id_of(name)) for name in sorted("abd", key=rule_id_of)]
    assert set(desk.engine.alerts.rules) == {"page"}, "a rule of the page is none of the file's"


def test_a_rule_that_cannot_be_is_named() -> None:
    with pytest.raises(ConfigError, match=r"rule 'far': unknown subject 'zpread'.*, at character 1"):
        check_rules([SetRule("r", "zpread > 2", "AAAUSDT/BBBUSDT", name="far")])
