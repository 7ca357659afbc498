"""The alert rules of a running engine: set, drop, mute, acknowledge, take up again, try on what is stored."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Collection, Iterable, Mapping

from msgspec.structs import replace

from spreadscope.alerts import ActiveRule, RuleError
from spreadscope.alerts.definition import validate_rule
from spreadscope.alerts.runtime import rule_history
from spreadscope.alerts.runtime.plan import Plan, plan
from spreadscope.engine import Engine
from spreadscope.model.alerting import WindowMemory
from spreadscope.model.errors import UnknownSymbolError
from spreadscope.model.events import (
    AcknowledgeAlert,
    DropRule,
    Event,
    MuteRule,
    ResumePosition,
    ResumeRule,
    SetRule,
)
from spreadscope.model.facts import Bar, Fact, Signal
from spreadscope.model.hedge import Space
from spreadscope.model.instrument import parse_pair
from spreadscope.model.timeframe import Timeframe
from spreadscope.store.alert_tables import delete_rule, mute_rule, save_rule
from spreadscope.store.reader import StoreReader
from spreadscope.store.writer import StoreWriter
from spreadscope.trading.open_position import OpenPosition, position_after

_TRIED_ROWS = 10_000  # of all subjects together, the newest
_FEWEST_ROWS = 200
_POSITION_ROWS = 20_000


class RuleService:
    """Changes go to the core as events and to the store as statements; the core's own memory of a rule is facts."""

    def __init__(
        self, engine: Engine, writer: StoreWriter, reader: StoreReader, sink: Callable[[list[Event]], None]
    ) -> None:
        self._engine = engine
        self._writer = writer
        self._reader = reader
        self._sink = sink

    # --- commands -----------------------------------------------------------------------------------------------------

    @staticmethod
    def new_id() -> str:
        return secrets.token_hex(4)

    def active(self) -> Collection[ActiveRule]:
        """Returns every rule at work."""
        return self._engine.alerts.rules.values()

    def space_of(self, subject: str, timeframe: Timeframe) -> Space:
        """Returns the space of the spread that a rule is about: it decides the units of its levels."""
        return self._engine.space_of(subject, timeframe)

    def get(self, rule_id: str) -> ActiveRule | None:
        """Returns a rule at work."""
        return self._engine.alerts.rules.get(rule_id)

    def find(self, rule_id: str) -> SetRule | None:
        """A rule as it was set."""
        rule = self._engine.alerts.rules.get(rule_id)
        return rule.definition if rule is not None else None

    def require_watched(self, definition: SetRule) -> None:
        """Refuse a rule about something that is not watched. Raises ``RuleError`` or ``SymbolError``."""
        meaning = plan(definition.text, definition.subject, definition.timeframe, definition.recover)
        own = () if meaning.about_any else (meaning.subject,)
        for subject in dict.fromkeys((*own, *(item.subject for item in meaning.inputs if item.subject))):
            if "/" in subject and parse_pair(subject) not in self._engine.pairs:
                raise UnknownSymbolError(f"the rule is about the pair {subject}, which is not tracked: add it first")
            if "/" not in subject and subject not in self._engine.tapes:
                raise UnknownSymbolError(f"the rule is about {subject}, which is no watched symbol: add it first")

    async def put(self, definition: SetRule, *, rearm: bool = False) -> SetRule:
        """Create or replace a rule. Returns it as it is kept. Raises ``RuleError``.

        The same again changes nothing; with ``rearm`` a one-shot rule that has fired may fire once more. A mute stays.
        """
        rule = validate_rule(definition, self._engine.space_of)
        held = self._engine.alerts.rules.get(rule.rule_id)
        if held is not None:
            rule = replace(rule, muted_until=held.definition.muted_until)
            if held.definition == rule and not (rearm and held.budget.spent):
                return rule
        events: list[Event] = [rule]
        if plan(rule.text, rule.subject, rule.timeframe, rule.recover).longest_window:
            await self._writer.flush()
            events.append(ResumeRule(rule.rule_id, windows=await asyncio.to_thread(self._windows, rule)))
        self._sink(events)
        self._writer.command(save_rule(rule))
        return rule

    async def replace_file(self, wanted: Mapping[str, SetRule]) -> None:
        """The rules of the file are these from now on; one that stays as it is goes on with its life."""
        held = {rule_id for rule_id, rule in self._engine.alerts.rules.items() if rule.definition.origin == "file"}
        for rule_id in sorted(held - wanted.keys()):
            self.drop(rule_id)
        for rule in wanted.values():
            await self.put(rule)

    def drop(self, rule_id: str) -> bool:
        """Delete a rule. Returns whether there was one."""
        if rule_id not in self._engine.alerts.rules:
            return False
        self._sink([DropRule(rule_id)])
        self._writer.command(delete_rule(rule_id))
        return True

    def mute(self, rule_id: str, until: int) -> None:
        """Tell nobody of a rule until the market's time ``until`` (ms); 0 ends it."""
        self._sink([MuteRule(rule_id, until)])
        self._writer.command(mute_rule(rule_id, until))

    def acknowledge(self, rule_id: str, subject: str = "") -> None:
        """No more is told of the alerts that fire now (of the one about ``subject``)."""
        self._sink([AcknowledgeAlert(rule_id, subject)])

    # --- what is stored -----------------------------------------------------------------------------------------------

    def stored_rules(self) -> tuple[list[Event], list[str]]:
        """The rules of an earlier run with what it remembered of them, and what is wrong with any. Reads the store."""
        events: list[Event] = []
        problems = [
            f"{row.text}: it is left out; spreadscope doctor --repair removes it"
            for row in self._reader.damaged_rules()
        ]
        for item in self._reader.rules():
            try:
                windows = self._windows(item.rule)
            except RuleError as error:  # of another version of the language: kept, but it cannot be watched
                problems.append(f"the alert rule {item.rule.text!r} of {item.rule.subject} is not watched: {error}")
                continue
            events += [item.rule, ResumeRule(item.rule.rule_id, item.lives, item.budget, windows)]
        return events, problems

    def position(self, pair_signal: Signal) -> list[Event]:
        """The position an earlier run held after its last signal, with the best it was worth. Reads the store."""
        position = position_after(pair_signal)
        if position is None:
            return []
        pair, frame = pair_signal.pair, pair_signal.timeframe
        for row in self._reader.rows(pair, frame, pair_signal.time, limit=_POSITION_ROWS):
            if row.price_y is not None and row.price_x is not None:
                position = position.at_prices(row.price_y, row.price_x)
        return [_resumed(pair_signal, position)]

    def run_on_history(self, definition: SetRule) -> rule_history.HistoryResult:
        """Returns what a rule would have found in the newest stored rows. Reads the store."""
        meaning = plan(definition.text, definition.subject, definition.timeframe, definition.recover)
        subjects = self._subjects(meaning)
        limit = max(_FEWEST_ROWS, _TRIED_ROWS // max(1, len(subjects)))
        return rule_history.run_on_history(definition, subjects, self._facts(meaning, subjects, limit))

    def _windows(self, rule: SetRule) -> tuple[tuple[str, tuple[WindowMemory, ...]], ...]:
        meaning = plan(rule.text, rule.subject, rule.timeframe, rule.recover)
        if not meaning.longest_window or meaning.clocked:
            return ()
        subjects = self._subjects(meaning)
        facts = self._facts(meaning, subjects, meaning.longest_window // meaning.step + 2)
        return tuple(sorted(rule_history.windows_after_history(rule, subjects, facts).items()))

    def _subjects(self, meaning: Plan) -> list[str]:
        """What a rule about any of its kind is about."""
        if not meaning.about_any:
            return [meaning.subject]
        return self._reader.watched("pair" if meaning.about_pair else "symbol")

    def _facts(self, meaning: Plan, subjects: Iterable[str], limit: int) -> list[Fact]:
        """The newest ``limit`` bars and rows of everything a rule reads, and the signals among them."""
        frame = meaning.timeframe
        named = {item.subject or subject for item in meaning.inputs for subject in subjects}
        facts: list[Fact] = []
        for source in sorted(named):
            if "/" in source:
                rows = self._reader.rows(parse_pair(source), frame, limit=limit)
                facts += rows
                if rows:
                    facts += reversed(self._reader.signals(parse_pair(source), frame, rows[0].time))
            else:
                facts += self._reader.bars(source, frame, limit=limit)
            if rule_history.needs_seconds(meaning):
                for symbol in source.split("/"):
                    if "/" in source or frame is not Timeframe.S1:
                        facts += self._reader.bars(symbol, Timeframe.S1, limit=limit)
        return [replace(fact, revised=False) if isinstance(fact, Bar) else fact for fact in facts]


def _resumed(signal: Signal, position: OpenPosition) -> ResumePosition:
    return ResumePosition(
        signal.pair,
        signal.timeframe,
        position.side,
        position.beta,
        position.price_y,
        position.price_x,
        position.peak,
        position.space,
    )
