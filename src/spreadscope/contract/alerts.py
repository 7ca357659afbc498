"""Alert rules, alerts, and the answers that help to write a rule (``docs/alerts.md``)."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from spreadscope.model.alerting import AlertState, Severity
from spreadscope.model.states import TermKind
from spreadscope.model.timeframe import Timeframe

# The kind of message that an alert is sent as, empty where it is not sent; and the reason why not, empty where there is
# none.
Notified = Literal["", "firing", "resolved", "no data", "digest"]
Suppressed = Literal["", "muted", "acknowledged", "cooldown", "cap"]


class Instance(msgspec.Struct, frozen=True, kw_only=True):
    """An instance of a rule: the rule about one subject."""

    subject: str
    state: AlertState
    since: int
    value: float | None
    reason: str
    incident: str
    acknowledged: bool


class HeldBack(msgspec.Struct, frozen=True):
    """The alerts that the cap of the hour suppresses: their number, and when their digest is sent."""

    count: int
    until: int


class RuleLevel(msgspec.Struct, frozen=True):
    """A number with which a rule compares one subject; a screen draws it as a line beside that quantity.

    ``statistic`` is the key of the row's statistic of that ``name``, "" where it is no statistic of a row; ``subject``
    is the pair or symbol that the text names, "" for the subject of the rule.
    """

    name: str
    statistic: str
    subject: str
    level: float


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """An alert rule with its state. ``state`` and ``value`` are those of its worst instance."""

    rule_id: str
    text: str
    subject: str
    timeframe: Timeframe
    name: str
    severity: Severity
    recover: float | str | None
    keep_seconds: float
    cooldown_seconds: float
    cap_per_hour: int
    once: bool
    notify_resolved: bool
    notify_no_data: bool
    channels: tuple[str, ...]
    enabled: bool
    origin: str
    muted_until: int
    words: str
    state: AlertState
    value: float | None
    threshold: float | None
    levels: tuple[RuleLevel, ...]
    held_back: HeldBack | None
    instances: tuple[Instance, ...]


class WrittenRule(Rule, frozen=True, kw_only=True):
    """A rule that was just created or replaced, with warnings about levels that never occurred."""

    warnings: tuple[str, ...]


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """A change of a rule's state at ``time`` (the end of the bar). ``incident`` joins a firing with its end."""

    rule_id: str
    name: str
    text: str
    subject: str
    timeframe: Timeframe
    time: int
    state: AlertState
    value: float | None
    threshold: float | None
    severity: Severity
    incident: str
    words: str
    notify: Notified
    suppressed: Suppressed
    late: bool


class RuleDefaults(msgspec.Struct, frozen=True):
    """The defaults of a new rule."""

    recover: float | None
    cooldown_seconds: float


class CheckPassed(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a text that is a rule: its meaning in words."""

    ok: Annotated[bool, Meta(extra_json_schema={"const": True})] = True
    words: str
    timeframe: Timeframe
    needs: tuple[str, ...]
    defaults: RuleDefaults
    unwatched: tuple[str, ...]
    warnings: tuple[str, ...]


class CheckFailed(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a text that is no rule: the reason, the position of the error, and a suggested word."""

    ok: Annotated[bool, Meta(extra_json_schema={"const": False})] = False
    message: str
    position: int | None
    suggestion: str | None


class Firing(msgspec.Struct, frozen=True):
    """A past alert of a preview: start, end (null where it had not ended), and the value at its start."""

    subject: str
    time: int
    end: int | None
    value: float | None


class Preview(msgspec.Struct, frozen=True, kw_only=True, rename={"start": "from", "end": "to"}):
    """The result of a rule on stored data. ``no_data`` of the ``evaluated`` judgements had no verdict."""

    words: str
    timeframe: Timeframe
    levels: tuple[RuleLevel, ...]
    evaluated: int
    start: int | None
    end: int | None
    fired: int
    last_fired: int | None
    firings: tuple[Firing, ...]
    no_data: int
    note: str
    unwatched: tuple[str, ...]
    warnings: tuple[str, ...]


class Term(msgspec.Struct, frozen=True):
    """A name of the rule language, for the editor."""

    name: str
    kind: TermKind
    unit: str
    meaning: str
    example: str


class Preset(msgspec.Struct, frozen=True, kw_only=True):
    """A ready-made rule: ``of`` is the kind of its subject, ``why`` its purpose."""

    key: str
    title: str
    why: str
    text: str
    of: Literal["pair", "symbol"]
    severity: Severity
    recover: float | str | None
    keep_seconds: float
    cooldown_seconds: float
    notify_resolved: bool


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """The record of a rule: ``reverted`` alerts came back inside the exit, ``stopped`` ones reached the stop first."""

    rule_id: str
    fired: int
    suppressed: int
    resolved: int
    open: int
    flaps: int
    median_seconds: float | None
    reverted: int
    stopped: int
    reverted_share: float | None
    median_seconds_to_reversion: float | None
