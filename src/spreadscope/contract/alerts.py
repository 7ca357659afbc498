"""Alert rules, what they said, and what helps to write one (``docs/alerts.md``)."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from spreadscope.model.alerting import AlertState, Severity
from spreadscope.model.states import TermKind
from spreadscope.model.timeframe import Timeframe

# As what an alert is told, and why it is not: empty where it is not, or where nothing speaks against it.
Notified = Literal["", "firing", "resolved", "no data", "digest"]
Suppressed = Literal["", "muted", "acknowledged", "cooldown", "cap"]


class Instance(msgspec.Struct, frozen=True, kw_only=True):
    """One rule about one subject."""

    subject: str
    state: AlertState
    since: int
    value: float | None
    reason: str
    incident: str
    acknowledged: bool


class HeldBack(msgspec.Struct, frozen=True):
    """What the cap of the hour keeps back: how many alerts, and until when (they are told together then)."""

    count: int
    until: int


class RuleLevel(msgspec.Struct, frozen=True):
    """One number that a rule compares one subject with: a screen draws it as a line beside the quantity itself.

    ``statistic`` is the key of the row's statistic that ``name`` stands for, "" where it is none of a row; ``subject`` the pair or
    symbol that is named, "" for the rule's own.
    """

    name: str
    statistic: str
    subject: str
    level: float


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """An alert rule as it stands. ``state`` and ``value`` are of the instance that matters most."""

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
    """A rule that was just made or replaced, with sentences about levels that were never seen."""

    warnings: tuple[str, ...]


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule said at ``time`` (the end of the bar). ``incident`` joins a firing with its end."""

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
    """What a new rule is given where nothing is said of it."""

    recover: float | None
    cooldown_seconds: float


class CheckPassed(msgspec.Struct, frozen=True, kw_only=True):
    """A text that is a rule, in words."""

    ok: Annotated[bool, Meta(extra_json_schema={"const": True})] = True
    words: str
    timeframe: Timeframe
    needs: tuple[str, ...]
    defaults: RuleDefaults
    unwatched: tuple[str, ...]
    warnings: tuple[str, ...]


class CheckFailed(msgspec.Struct, frozen=True, kw_only=True):
    """A text that is no rule: why, the character at which that is seen, and a word that was perhaps meant."""

    ok: Annotated[bool, Meta(extra_json_schema={"const": False})] = False
    message: str
    position: int | None
    suggestion: str | None


class Firing(msgspec.Struct, frozen=True):
    """One alert: from when to when (``end`` is null where it had not ended), and the value it fired at."""

    subject: str
    time: int
    end: int | None
    value: float | None


class Preview(msgspec.Struct, frozen=True, kw_only=True, rename={"start": "from", "end": "to"}):
    """What a rule would have said of what is stored. ``no_data`` of the ``evaluated`` judgements had no verdict."""

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
    """A name of the rule language."""

    name: str
    kind: TermKind
    unit: str
    meaning: str
    example: str


class Preset(msgspec.Struct, frozen=True, kw_only=True):
    """A rule to begin with: ``of`` is what it is about, ``why`` what it is good for."""

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
    """How good a rule was: ``reverted`` came back inside the exit, ``stopped`` reached the stop first."""

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
