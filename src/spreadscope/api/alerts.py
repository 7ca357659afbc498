"""The routes of alert rules and their history (``docs/api.md``)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from spreadscope.alerts import RuleError, plan, rule_words
from spreadscope.alerts.defaults import defaults, filled
from spreadscope.alerts.definition import DAY_SECONDS, LONGEST_NAME, MOST_AN_HOUR, MOST_CHANNELS, checked
from spreadscope.alerts.parser import LONGEST
from spreadscope.alerts.presets import presets
from spreadscope.alerts.scorecard import ZSeries, scorecard
from spreadscope.alerts.vocabulary import VOCABULARY
from spreadscope.api import shapes
from spreadscope.api.description import DOWNLOAD, answers, changes
from spreadscope.api.disk import Disk
from spreadscope.api.market import download
from spreadscope.api.queries import LATEST, OF_SUBJECT, WHOLE, Frame, From, Limit, Name, NamePath, To
from spreadscope.model.alerting import AlertState, Severity
from spreadscope.model.errors import SymbolError
from spreadscope.model.events import SetRule
from spreadscope.model.instrument import parse_pair
from spreadscope.model.timeframe import Timeframe
from spreadscope.runtime.live import LiveEngine
from spreadscope.runtime.rule_advice import RuleAdvice
from spreadscope.store import export
from spreadscope.store.alerting import AlertFilter

Json = dict[str, Any]
Kept = Callable[..., Awaitable[Response]]  # of a rule and a status, and what else is to be told

_SCORED_ALERTS = 10_000  # the newest
_SCORED_ROWS = 20_000  # of each pair
MOST_RULES = 10_000

# Bounds that ``checked`` judges in its own words; here they are described.
_OF_SECONDS: Json = {"minimum": 0, "maximum": DAY_SECONDS}
_OF_CAP: Json = {"minimum": 1, "maximum": MOST_AN_HOUR}
_OF_TEXT: Json = {"minLength": 1, "maxLength": LONGEST, "examples": ["abs(z) > 2", "z > 2 for 3s"]}

RuleText = Annotated[str, Field(json_schema_extra=_OF_TEXT)]
SubjectText = Annotated[str, Field(max_length=200, json_schema_extra=OF_SUBJECT)]
Recover = Annotated[float, Field(allow_inf_nan=False)] | Annotated[str, Field(max_length=LONGEST)] | None
Seconds = Annotated[float, Field(allow_inf_nan=False, json_schema_extra=_OF_SECONDS)]
ChannelName = Annotated[str, Field(json_schema_extra={"minLength": 1, "maxLength": LONGEST_NAME})]
SeverityName = Literal["info", "warning", "critical"]


class RuleBody(BaseModel):
    """An alert rule as a client writes it."""

    model_config = ConfigDict(extra="forbid", strict=True)
    text: RuleText
    subject: SubjectText = ""
    timeframe: Frame = Timeframe.S1
    name: Annotated[str, Field(json_schema_extra={"maxLength": LONGEST_NAME})] = ""
    severity: SeverityName = "warning"
    recover: Recover = None
    keep_seconds: Seconds = 0.0
    cooldown_seconds: Seconds = 0.0
    cap_per_hour: Annotated[int, Field(json_schema_extra=_OF_CAP), WHOLE] = 12
    once: bool = False
    notify_resolved: bool = True
    notify_no_data: bool = False
    channels: Annotated[list[ChannelName], Field(json_schema_extra={"maxItems": MOST_CHANNELS})] = []
    enabled: bool = True

    def definition(self, rule_id: str) -> SetRule:
        values = self.model_dump()
        values["severity"] = Severity(self.severity)
        values["channels"] = tuple(self.channels)
        return SetRule(rule_id, **values)

    def new(self, rule_id: str) -> SetRule:
        """The same as a rule to be made: what is not said of it has its defaults."""
        return filled(self.definition(rule_id), self.model_fields_set)


class CheckBody(BaseModel):
    """A text to look at."""

    model_config = ConfigDict(extra="forbid", strict=True)
    text: Annotated[str, Field(max_length=4 * LONGEST)]
    subject: SubjectText = ""
    timeframe: Frame = Timeframe.S1
    recover: Recover = None


class MuteBody(BaseModel):
    """Until when (ms, the market's time); null: no longer."""

    model_config = ConfigDict(extra="forbid", strict=True)
    until: Annotated[int, Field(ge=0, le=LATEST), WHOLE] | None


class AcknowledgeBody(BaseModel):
    """Whose alert has been seen; all of the rule's where it is left out."""

    model_config = ConfigDict(extra="forbid", strict=True)
    subject: SubjectText = ""


def add_alerts(app: FastAPI, live: LiveEngine, disk: Disk, changed: Callable[[], None]) -> None:
    """Add the routes; ``changed`` is called after every change of a rule, which is answered once it is on disk."""

    advice = RuleAdvice(live.engine, live.reader, live.clock)

    async def kept(rule_id: str, status: int, **more: Any) -> Response:
        changed()
        rule = live.engine.alerts.rules.get(rule_id)
        return await disk.kept({**shapes.rule(rule), **more} if rule is not None else None, status)

    _add_rules(app, live, disk, kept, advice)
    _add_answers(app, live, kept)
    _add_writing(app, live, disk, advice)
    _add_history(app, live, disk)


def _add_rules(app: FastAPI, live: LiveEngine, disk: Disk, kept: Kept, advice: RuleAdvice) -> None:
    desk, rules = live.rules, live.engine.alerts.rules

    async def put(definition: SetRule, status: int, *, rearm: bool = False) -> Response:
        desk.require_watched(definition)
        checked(definition)
        await disk.require()  # a rule that looks back begins with what is stored
        _, late = await disk.change(desk.put(definition, rearm=rearm))
        if late:
            return late
        return await kept(definition.rule_id, status, warnings=await advice.warnings(rules[definition.rule_id].plan))

    @app.get("/api/alerts/rules", responses=answers("rule", many=True))
    async def get_rules() -> list[Json]:
        return [shapes.rule(rule) for rule in rules.values()]

    @app.post("/api/alerts/rules", status_code=201, responses=changes("written", 201), response_model=None)
    async def post_rule(body: RuleBody) -> Response:
        if len(rules) >= MOST_RULES:
            raise HTTPException(409, f"there are {MOST_RULES} alert rules already: remove some first")
        return await put(body.new(desk.new_id()), 201)

    @app.put("/api/alerts/rules/{rule_id}", responses=changes("written", 200), response_model=None)
    async def put_rule(rule_id: NamePath, body: RuleBody) -> Response:
        _require_own(live, rule_id)
        return await put(body.definition(rule_id), 200, rearm=True)

    @app.delete("/api/alerts/rules/{rule_id}", status_code=204, responses=changes(None, 204), response_model=None)
    async def delete_rule(rule_id: NamePath) -> Response:
        _require_own(live, rule_id)
        desk.drop(rule_id)
        return await kept(rule_id, 204)


def _add_answers(app: FastAPI, live: LiveEngine, kept: Kept) -> None:
    """What a person says to an alert."""
    desk, rules = live.rules, live.engine.alerts.rules

    @app.post("/api/alerts/rules/{rule_id}/mute", responses=changes("rule", 200), response_model=None)
    async def mute_rule(rule_id: NamePath, body: MuteBody) -> Response:
        _require_there(live, rule_id)
        desk.mute(rule_id, body.until or 0)
        return await kept(rule_id, 200)

    @app.post("/api/alerts/rules/{rule_id}/acknowledge", responses=changes("rule", 200), response_model=None)
    async def acknowledge_rule(rule_id: NamePath, body: AcknowledgeBody) -> Response:
        _require_there(live, rule_id)
        if body.subject and body.subject not in rules[rule_id].instances:
            raise HTTPException(404, f"the rule {rule_id} is not about {body.subject}")
        desk.acknowledge(rule_id, body.subject)
        return await kept(rule_id, 200)


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


def _add_writing(app: FastAPI, live: LiveEngine, disk: Disk, advice: RuleAdvice) -> None:
    """What helps to write a rule."""

    @app.get("/api/alerts/vocabulary", responses=answers("term", many=True))
    async def get_vocabulary() -> list[Json]:
        return [shapes.term(term) for term in VOCABULARY]

    @app.get("/api/alerts/presets", responses=answers("preset", many=True))
    async def get_presets() -> list[Json]:
        return [shapes.preset(preset) for preset in presets(live.config.signals)]

    @app.post("/api/alerts/check", responses=answers("checked"))
    async def check_rule(body: CheckBody) -> Json:
        try:
            meaning = plan(body.text, body.subject, body.timeframe, body.recover)
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

    @app.post("/api/alerts/preview", responses=answers("preview"))
    async def preview_rule(response: Response, body: RuleBody) -> Json:
        definition = checked(body.new("preview"))
        await disk.note(response)
        tried = await asyncio.to_thread(live.rules.tried, definition)
        meaning = plan(definition.text, definition.subject, definition.timeframe, definition.recover)
        doubts = {"unwatched": advice.unwatched(meaning), "warnings": await advice.warnings(meaning)}
        return {**shapes.tried(tried, definition), **doubts}


def _add_history(app: FastAPI, live: LiveEngine, disk: Disk) -> None:
    @app.get("/api/alerts", responses=answers("alert", many=True))
    async def get_alerts(
        response: Response,
        limit: Limit = 200,
        rule: Name | None = None,
        subject: Name | None = None,
        state: AlertState | None = None,
        severity: Severity | None = None,
        start: From = 0,
        end: To = LATEST,
    ) -> list[Json]:
        wanted = AlertFilter(rule, subject, state, severity, start, end)
        await disk.note(response)
        return [shapes.alert(item) for item in await asyncio.to_thread(live.reader.alerts, limit, wanted)]

    @app.get("/api/alerts/scorecard", responses=answers("score", many=True))
    async def get_scorecard(response: Response) -> list[Json]:
        await disk.note(response)
        return await asyncio.to_thread(_scores, live, tuple(live.engine.alerts.rules))

    @app.get("/api/alerts/export", responses=DOWNLOAD, response_class=StreamingResponse)
    async def export_alerts(
        *,
        format: Literal["csv", "ndjson"] = "csv",  # noqa: A002 - the name of the parameter in the URL
        rule: Name | None = None,
        subject: Name | None = None,
        state: AlertState | None = None,
        severity: Severity | None = None,
        start: From = 0,
        end: To = LATEST,
    ) -> Response:
        wanted = AlertFilter(rule, subject, state, severity, start, end)
        request = export.Request(export.Kind.ALERTS, export.Format(format), start=start, end=end, alerts=wanted)
        return await download(live, disk, request)


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
