"""The routes of alert rules: set, remove, mute, acknowledge, and help to write one (``docs/api.md``)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from fastapi import Response
from msgspec import UNSET
from starlette.exceptions import HTTPException

from spreadscope import contract
from spreadscope.alerts import ActiveRule, RuleError, rule_words
from spreadscope.alerts.defaults import defaults, with_defaults
from spreadscope.alerts.definition import plan_rule, validate_rule
from spreadscope.alerts.language.vocabulary import VOCABULARY
from spreadscope.alerts.presets import presets
from spreadscope.alerts.runtime.plan import plan
from spreadscope.api import shapes
from spreadscope.api.disk import Disk
from spreadscope.api.queries import NamePath
from spreadscope.api.routing import Routes
from spreadscope.app.alert_service import AlertService
from spreadscope.app.markets import Markets
from spreadscope.app.rule_advice import RuleAdvice
from spreadscope.app.rule_service import RuleService
from spreadscope.contract import AcknowledgeBody, CheckBody, MuteBody, NotYet, RuleBody, WrittenRule
from spreadscope.guard.identity import ALERTS, READ
from spreadscope.model.config import Config
from spreadscope.model.errors import SymbolError
from spreadscope.model.events import SetRule

MAX_RULES = 10_000


def add_alerts(
    routes: Routes, config: Config, alerting: AlertService, markets: Markets, disk: Disk, changed: Callable[[], None]
) -> None:
    """Add the routes. ``changed`` is called after every change of a rule; the answer comes once it is on disk."""
    service, advice = alerting.rules, alerting.advice
    _add_rules(routes, service, disk, changed, advice)
    _add_reactions(routes, service, disk, changed)
    _add_editor_help(routes, config, service, markets, disk, advice)


def _definition(body: RuleBody, rule_id: str) -> SetRule:
    """Returns the rule of a body, without values for options that are missing."""
    return SetRule(
        rule_id,
        text=body.text,
        subject=body.subject,
        timeframe=body.timeframe,
        name=body.name,
        severity=body.severity,
        recover=None if body.recover is UNSET else body.recover,
        keep_seconds=body.keep_seconds,
        cooldown_seconds=0.0 if body.cooldown_seconds is UNSET else body.cooldown_seconds,
        cap_per_hour=body.cap_per_hour,
        once=body.once,
        notify_resolved=body.notify_resolved,
        notify_no_data=body.notify_no_data,
        channels=body.channels,
        enabled=body.enabled,
    )


def _definition_with_defaults(body: RuleBody, rule_id: str) -> SetRule:
    """Returns the rule of a body, with defaults for options that are missing."""
    options = {"recover": body.recover, "cooldown_seconds": body.cooldown_seconds}
    return with_defaults(_definition(body, rule_id), [name for name, value in options.items() if value is not UNSET])


def _add_rules(
    routes: Routes,
    service: RuleService,
    disk: Disk,
    changed: Callable[[], None],
    advice: RuleAdvice,
) -> None:
    async def put(definition: SetRule, *, rearm: bool = False) -> WrittenRule | NotYet[WrittenRule]:
        service.require_watched(definition)
        validate_rule(definition, service.space_of)
        await disk.require()  # a rule with a history is filled from the store
        if await disk.change(service.put(definition, rearm=rearm)) is None:
            return disk.not_yet(None)
        warnings = await advice.warnings(_require_rule(service, definition.rule_id).plan)
        changed()
        return await disk.answer_when_stored(shapes.written(_require_rule(service, definition.rule_id), warnings))

    @routes.get("/api/alerts/rules")
    async def get_rules() -> list[contract.Rule]:
        return [shapes.rule(rule) for rule in service.active()]

    @routes.post("/api/alerts/rules", 201, needs=ALERTS)
    async def post_rule(body: RuleBody) -> WrittenRule | NotYet[WrittenRule]:
        if len(service.active()) >= MAX_RULES:
            raise HTTPException(409, f"there are {MAX_RULES} alert rules already: remove some first")
        return await put(_definition_with_defaults(body, service.new_id()))

    @routes.put("/api/alerts/rules/{rule_id}", needs=ALERTS)
    async def put_rule(rule_id: NamePath, body: RuleBody) -> WrittenRule | NotYet[WrittenRule]:
        _require_editable(service, rule_id)
        return await put(_definition(body, rule_id), rearm=True)

    @routes.delete("/api/alerts/rules/{rule_id}", needs=ALERTS)
    async def delete_rule(rule_id: NamePath) -> NotYet[None] | None:
        _require_editable(service, rule_id)
        service.drop(rule_id)
        changed()
        return await disk.answer_when_stored(None)


def _add_reactions(routes: Routes, service: RuleService, disk: Disk, changed: Callable[[], None]) -> None:
    """Add the routes by which a user mutes a rule or acknowledges an alert."""

    @routes.post("/api/alerts/rules/{rule_id}/mute", needs=ALERTS)
    async def mute_rule(rule_id: NamePath, body: MuteBody) -> contract.Rule | NotYet[contract.Rule]:
        _require_rule(service, rule_id)
        service.mute(rule_id, body.until or 0)
        changed()
        return await disk.answer_when_stored(shapes.rule(_require_rule(service, rule_id)))

    @routes.post("/api/alerts/rules/{rule_id}/acknowledge", needs=ALERTS)
    async def acknowledge_rule(rule_id: NamePath, body: AcknowledgeBody) -> contract.Rule | NotYet[contract.Rule]:
        rule = _require_rule(service, rule_id)
        if body.subject and body.subject not in rule.instances:
            raise HTTPException(404, f"the rule {rule_id} is not about {body.subject}")
        service.acknowledge(rule_id, body.subject)
        changed()
        return await disk.answer_when_stored(shapes.rule(_require_rule(service, rule_id)))


def _require_rule(service: RuleService, rule_id: str) -> ActiveRule:
    rule = service.get(rule_id)
    if rule is None:
        raise HTTPException(404, f"there is no alert rule {rule_id}")
    return rule


def _require_editable(service: RuleService, rule_id: str) -> None:
    """Refuse to change a rule that was read from a file."""
    rule = _require_rule(service, rule_id).definition
    if rule.origin == "file":
        raise HTTPException(409, f"the rule {rule.name or rule_id} stands in alerts.toml: change it there")


def _add_editor_help(
    routes: Routes, config: Config, service: RuleService, markets: Markets, disk: Disk, advice: RuleAdvice
) -> None:
    """Add the routes that help to write a rule."""
    levels = config.signals

    @routes.get("/api/alerts/vocabulary")
    async def get_vocabulary() -> list[contract.Term]:
        return [shapes.term(term) for term in VOCABULARY]

    @routes.get("/api/alerts/presets")
    async def get_presets() -> list[contract.Preset]:
        return [shapes.preset(preset) for preset in presets(levels)]

    @routes.post("/api/alerts/check", needs=READ)
    async def check_rule(body: CheckBody) -> contract.CheckPassed | contract.CheckFailed:
        try:
            meaning = plan_rule(body.text, body.subject, body.timeframe, body.recover, service.space_of)
        except RuleError as error:
            return contract.CheckFailed(message=str(error), position=error.position, suggestion=error.suggestion)
        unwatched = advice.unwatched(meaning)
        for symbol in dict.fromkeys(symbol for subject in unwatched for symbol in subject.split("/")):
            try:
                await markets.require(symbol)
            except SymbolError as error:
                return contract.CheckFailed(message=str(error), position=meaning.position_of(symbol), suggestion=None)
        return contract.CheckPassed(
            words=rule_words(meaning),
            timeframe=meaning.timeframe,
            needs=tuple(item.name if not item.subject else f"{item.name}({item.subject})" for item in meaning.inputs),
            defaults=contract.RuleDefaults(**defaults(SetRule("check", body.text, body.subject, meaning.timeframe))),
            unwatched=tuple(unwatched),
            warnings=tuple(await advice.warnings(meaning)),
        )

    @routes.post("/api/alerts/preview", needs=READ)
    async def preview_rule(response: Response, body: RuleBody) -> contract.Preview:
        definition = validate_rule(_definition_with_defaults(body, "preview"), service.space_of)
        await disk.await_for_read(response)
        trial = await asyncio.to_thread(service.run_on_history, definition)
        meaning = plan(definition.text, definition.subject, definition.timeframe, definition.recover)
        return shapes.preview(trial, definition, advice.unwatched(meaning), await advice.warnings(meaning))
