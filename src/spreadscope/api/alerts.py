"""The routes of alert rules and their history (``docs/api.md``)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from spreadscope.alerts import RuleError, plan, rule_words
from spreadscope.alerts.defaults import defaults, filled
from spreadscope.alerts.definition import checked
from spreadscope.alerts.presets import presets
from spreadscope.alerts.scorecard import ZSeries, scorecard
from spreadscope.alerts.vocabulary import VOCABULARY
from spreadscope.api import shapes
from spreadscope.api.queries import From, Limit, To, attachment
from spreadscope.model.alerting import AlertState, Severity
from spreadscope.model.errors import SymbolError
from spreadscope.model.events import SetRule
from spreadscope.model.instrument import parse_pair
from spreadscope.model.timeframe import Timeframe, parse_timeframe
from spreadscope.runtime.live import LiveEngine
from spreadscope.runtime.rule_advice import RuleAdvice
from spreadscope.store import export
from spreadscope.store.alerting import AlertFilter
from spreadscope.store.reader import EVERYTHING

Json = dict[str, Any]

_SCORED_ALERTS = 10_000  # the newest
_SCORED_ROWS = 20_000  # of each pair


class RuleBody(BaseModel):
    """An alert rule as a client writes it."""

    model_config = ConfigDict(extra="forbid")
    text: str
    subject: str = ""
    timeframe: str = Timeframe.S1.value
    name: str = ""
    severity: Severity = Severity.WARNING
    recover: float | str | None = None
    keep_seconds: float = Field(0.0, allow_inf_nan=False)
    cooldown_seconds: float = Field(0.0, allow_inf_nan=False)
    cap_per_hour: int = 12
    once: bool = False
    notify_resolved: bool = True
    notify_no_data: bool = False
    channels: list[str] = Field(default_factory=list)
    enabled: bool = True

    def definition(self, rule_id: str) -> SetRule:
        values = self.model_dump()
        values["timeframe"] = parse_timeframe(self.timeframe)
        values["channels"] = tuple(self.channels)
        return SetRule(rule_id, **values)

    def new(self, rule_id: str) -> SetRule:
        """The same as a rule to be made: what is not said of it has its defaults."""
        return filled(self.definition(rule_id), self.model_fields_set)


class CheckBody(BaseModel):
    """A text to look at."""

    model_config = ConfigDict(extra="forbid")
    text: str
    subject: str = ""
    timeframe: str = Timeframe.S1.value
    recover: float | str | None = None


class MuteBody(BaseModel):
    """Until when (ms, the market's time); null: no longer."""

    model_config = ConfigDict(extra="forbid")
    until: Annotated[int, Field(ge=0, le=EVERYTHING[1])] | None


class AcknowledgeBody(BaseModel):
    """Whose alert has been seen; all of the rule's where it is left out."""

    model_config = ConfigDict(extra="forbid")
    subject: str = ""


def add_alerts(app: FastAPI, live: LiveEngine, changed: Callable[[], None]) -> None:
    """Add the routes; ``changed`` is called after every change of a rule."""
    advice = RuleAdvice(live.engine, live.reader, live.clock)
    _add_rules(app, live, changed, advice)
    _add_answers(app, live, changed)
    _add_writing(app, live, advice)
    _add_history(app, live)


def _add_rules(app: FastAPI, live: LiveEngine, changed: Callable[[], None], advice: RuleAdvice) -> None:
    desk, rules = live.rules, live.engine.alerts.rules

    def shown(rule_id: str) -> Json:
        changed()
        return shapes.rule(rules[rule_id])

    async def made(rule_id: str) -> Json:
        meaning, answer = rules[rule_id].plan, shown(rule_id)
        return {**answer, "warnings": await advice.warnings(meaning)}

    @app.get("/api/alerts/rules")
    async def get_rules() -> list[Json]:
        return [shapes.rule(rule) for rule in rules.values()]

    @app.post("/api/alerts/rules", status_code=201)
    async def post_rule(body: RuleBody) -> Json:
        definition = body.new(desk.new_id())
        desk.require_watched(definition)
        await desk.put(definition)
        return await made(definition.rule_id)

    @app.put("/api/alerts/rules/{rule_id}")
    async def put_rule(rule_id: str, body: RuleBody) -> Json:
        _require_own(live, rule_id)
        definition = body.definition(rule_id)
        desk.require_watched(definition)
        await desk.put(definition, rearm=True)
        return await made(rule_id)

    @app.delete("/api/alerts/rules/{rule_id}", status_code=204)
    async def delete_rule(rule_id: str) -> Response:
        _require_own(live, rule_id)
        desk.drop(rule_id)
        changed()
        return Response(status_code=204)


def _add_answers(app: FastAPI, live: LiveEngine, changed: Callable[[], None]) -> None:
    """What a person says to an alert."""
    desk, rules = live.rules, live.engine.alerts.rules

    @app.post("/api/alerts/rules/{rule_id}/mute")
    async def mute_rule(rule_id: str, body: MuteBody) -> Json:
        _require_there(live, rule_id)
        desk.mute(rule_id, body.until or 0)
        changed()
        return shapes.rule(rules[rule_id])

    @app.post("/api/alerts/rules/{rule_id}/acknowledge")
    async def acknowledge_rule(rule_id: str, body: AcknowledgeBody) -> Json:
        _require_there(live, rule_id)
        if body.subject and body.subject not in rules[rule_id].instances:
            raise HTTPException(404, f"the rule {rule_id} is not about {body.subject}")
        desk.acknowledge(rule_id, body.subject)
        changed()
        return shapes.rule(rules[rule_id])


def _require_there(live: LiveEngine, rule_id: str) -> SetRule:
    rule = live.rules.find(rule_id)
    if rule is None:
        raise HTTPException(404, f"there is no alert rule {rule_id}")
    return rule


def _require_own(live: LiveEngine, rule_id: str) -> None:
    """Only rules that were not read from a file may be changed here."""
    rule = _require_there(live, rule_id)
    if rule.origin == "file":
        raise HTTPException(409, f"the rule {rule.name or rule_id} stands in alerts.toml: change it there")


def _add_writing(app: FastAPI, live: LiveEngine, advice: RuleAdvice) -> None:
    """What helps to write a rule."""

    @app.get("/api/alerts/vocabulary")
    async def get_vocabulary() -> list[Json]:
        return [shapes.term(term) for term in VOCABULARY]

    @app.get("/api/alerts/presets")
    async def get_presets() -> list[Json]:
        return [shapes.preset(preset) for preset in presets(live.config.signals)]

    @app.post("/api/alerts/check")
    async def check_rule(body: CheckBody) -> Json:
        try:
            meaning = plan(body.text, body.subject, parse_timeframe(body.timeframe), body.recover)
        except RuleError as error:
            return {"ok": False, "message": str(error), "position": error.position, "suggestion": error.suggestion}
        unwatched = advice.unwatched(meaning)
        for symbol in dict.fromkeys(symbol for subject in unwatched for symbol in subject.split("/")):
            try:
                live.listing.require(symbol)
            except SymbolError as error:
                return {"ok": False, "message": str(error), "position": meaning.place_of(symbol), "suggestion": None}
        needs = [item.name if not item.of else f"{item.name}({item.of})" for item in meaning.inputs]
        return {
            "ok": True,
            "words": rule_words(meaning),
            "timeframe": meaning.timeframe,
            "needs": needs,
            "defaults": defaults(SetRule("check", body.text, body.subject, meaning.timeframe)),
            "unwatched": unwatched,
            "warnings": await advice.warnings(meaning),
        }

    @app.post("/api/alerts/preview")
    async def preview_rule(body: RuleBody) -> Json:
        definition = checked(body.new("preview"))
        await live.writer.flush()
        tried = await asyncio.to_thread(live.rules.tried, definition)
        meaning = plan(definition.text, definition.subject, definition.timeframe, definition.recover)
        doubts = {"unwatched": advice.unwatched(meaning), "warnings": await advice.warnings(meaning)}
        return {**shapes.tried(tried, definition), **doubts}


def _add_history(app: FastAPI, live: LiveEngine) -> None:
    @app.get("/api/alerts")
    async def get_alerts(
        limit: Limit = 200,
        rule: str | None = None,
        subject: str | None = None,
        state: AlertState | None = None,
        severity: Severity | None = None,
        start: From = 0,
        end: To = EVERYTHING[1],
    ) -> list[Json]:
        wanted = AlertFilter(rule, subject, state, severity, start, end)
        await live.writer.flush()
        return [shapes.alert(item) for item in await asyncio.to_thread(live.reader.alerts, limit, wanted)]

    @app.get("/api/alerts/scorecard")
    async def get_scorecard() -> list[Json]:
        await live.writer.flush()
        return await asyncio.to_thread(_scores, live, tuple(live.engine.alerts.rules))

    @app.get("/api/alerts/export")
    async def export_alerts(
        *,
        format: Literal["csv", "ndjson"] = "csv",  # noqa: A002 - the name of the parameter in the URL
        rule: str | None = None,
        subject: str | None = None,
        state: AlertState | None = None,
        severity: Severity | None = None,
        start: From = 0,
        end: To = EVERYTHING[1],
    ) -> StreamingResponse:
        wanted = AlertFilter(rule, subject, state, severity, start, end)
        request = export.Request(export.Kind.ALERTS, export.Format(format), start=start, end=end, alerts=wanted)
        await live.writer.flush()
        name = request.file_name(demo=bool(live.source and live.source.mode == "demo"))
        return StreamingResponse(
            export.text(live.reader, request),
            media_type="text/csv; charset=utf-8" if format == "csv" else "application/x-ndjson",
            headers={"Content-Disposition": attachment(name)},
        )


def _scores(live: LiveEngine, rule_ids: tuple[str, ...]) -> list[Json]:
    alerts = live.reader.alerts(_SCORED_ALERTS)
    first: dict[tuple[str, Timeframe], int] = {}
    for alert in alerts:  # the newest first, so that the oldest stands in the end
        if alert.state is AlertState.FIRING and alert.rule_id in rule_ids and "/" in alert.subject:
            first[alert.subject, alert.timeframe] = alert.time
    z: dict[tuple[str, Timeframe], ZSeries] = {
        key: live.reader.z(parse_pair(key[0]), key[1], time - key[1].milliseconds, _SCORED_ROWS)
        for key, time in first.items()
    }
    levels = live.config.signals
    scores = scorecard(rule_ids, reversed(alerts), z, exit_level=levels.exit, stop=levels.stop)
    return [shapes.score(score) for score in scores]
