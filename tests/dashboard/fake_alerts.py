"""The alert side of the fake engine: rules that tests move by hand, and answers shaped as the interface says.

It knows a few names and no grammar: enough to tell a right text from a wrong one, as a page sees the difference.
"""

from __future__ import annotations

import difflib
import re
from typing import Any

import msgspec

from spreadscope.alerts import RuleError
from spreadscope.alerts.language.levels import levels
from spreadscope.alerts.runtime.plan import plan
from tests.dashboard.fake_answers import RefusalError

NOW = 1_691_452_800_000
Json = dict[str, Any]


def word(name: str, kind: str, meaning: str, unit: str = "", example: str = "") -> Json:
    return {"name": name, "kind": kind, "unit": unit, "meaning": meaning, "example": example}


VOCABULARY = [
    word("z", "pair", "the spread in standard deviations from its mean", example="z > 2"),
    word("spread", "pair", "ln Y − β ln X − α"),
    word("corr", "pair", "correlation of the legs' returns"),
    word("half_life", "pair", "time to come half-way back", "s"),
    word("kalman_z", "pair", "z of the Kalman filter"),
    word("price", "symbol", "the last trade's price", "quote"),
    word("age", "symbol", "time since the last trade", "s"),
    word("abs", "function", "without its sign", example="abs(z) > 2"),
    word("change", "function", "change over a time", example="change(z, 5m) > 1"),
    word("for", "word", "so long without a break", example="z > 2 for 30s"),
    word("and", "word", "both"),
]
DEFAULTS: Json = {
    "timeframe": "1s",
    "name": "",
    "severity": "warning",
    "recover": None,
    "keep_seconds": 0,
    "cooldown_seconds": 0,
    "cap_per_hour": 12,
    "once": False,
    "notify_resolved": True,
    "notify_no_data": False,
    "channels": [],
    "enabled": True,
}
PRESETS: list[Json] = [
    {
        "key": "entry",
        "title": "Entry",
        "why": "the spread is far enough from its mean to be traded",
        "text": "abs(z) > 2",
        "of": "pair",
        "severity": "info",
        "recover": 1.5,
        "keep_seconds": 0.0,
        "cooldown_seconds": 0.0,
        "notify_resolved": True,
    },
    {
        "key": "stale",
        "title": "Stale leg",
        "why": "a leg has not traded for a while, and nothing that rests on it can be believed",
        "text": "age > 10",
        "of": "symbol",
        "severity": "critical",
        "recover": None,
        "keep_seconds": 30.0,
        "cooldown_seconds": 0.0,
        "notify_resolved": True,
    },
]


class FakeAlerts:
    """Rules, what has fired, channels and deliveries. Tests set the fields; ``moved`` changes a rule's state."""

    def __init__(self) -> None:
        self.rules: list[Json] = []
        self.history: list[Json] = []
        self.scores: list[Json] = []
        self.channels: list[Json] = []
        self.dead: list[Json] = []
        self.bodies: list[Json] = []
        self.presets: list[Json] = PRESETS
        self.queries: list[dict[str, str]] = []
        self.file_error: str | None = None
        self.market_time = NOW

    def answer(self, method: str, parts: list[str], query: dict[str, str], body: Any) -> Any:
        match (method, parts):
            case ("GET", []):
                self.queries.append(query)
                return [alert for alert in self.history if fits(alert, query)][: int(query["limit"])]
            case ("GET", ["rules"]):
                return self.rules
            case ("POST", ["rules"]):
                return self._add(body)
            case ("PUT", ["rules", rule_id]):
                return self._replace(rule_id, body)
            case ("DELETE", ["rules", rule_id]):
                self.rules.remove(self._changeable(rule_id))
                return None
            case ("POST", ["rules", rule_id, "mute"]):
                rule = self.rule(rule_id)
                rule["muted_until"] = body["until"] or 0
                return rule
            case ("POST", ["rules", rule_id, "acknowledge"]):
                return self._acknowledge(rule_id, body.get("subject") or None)
            case _:
                return self._other(method, parts, body)

    def _other(self, method: str, parts: list[str], body: Any) -> Any:
        match (method, parts):
            case ("POST", ["check"]):
                return check(body)
            case ("POST", ["preview"]):
                return preview(body, self.market_time)
            case ("GET", ["vocabulary"]):
                return VOCABULARY
            case ("GET", ["presets"]):
                return self.presets
            case ("GET", ["scorecard"]):
                return self.scores
            case ("GET", ["channels"]):
                return self.channels
            case ("POST", ["channels", name, "test"]):
                return {
                    "ok": name != "broken",
                    "message": "accepted" if name != "broken" else "no route",
                    "seconds": 0.2,
                }
            case ("GET", ["deliveries"]):
                return self.dead
            case ("POST", ["deliveries", number, "retry"]):
                (letter,) = [each for each in self.dead if str(each["id"]) == number]
                self.dead.remove(letter)
                return {**letter, "state": "waiting"}
            case _:
                raise RefusalError(404, f"there is no /api/alerts/{'/'.join(parts)}")

    def rule(self, rule_id: str) -> Json:
        for rule in self.rules:
            if rule["rule_id"] == rule_id:
                return rule
        raise RefusalError(404, f"there is no rule {rule_id!r}")

    def _changeable(self, rule_id: str) -> Json:
        rule = self.rule(rule_id)
        if rule["origin"] == "file":
            raise RefusalError(409, "this rule is of the file alerts.toml: change it there")
        return rule

    def _add(self, body: Json) -> Json:
        self.bodies.append(body)
        self._must_be_right(body)
        rule = {"rule_id": f"r{len(self.bodies)}", "origin": "page", **DEFAULTS, **body}
        self.rules.append(self._fresh(rule))
        return {**self.rules[-1], "warnings": []}

    def _replace(self, rule_id: str, body: Json) -> Json:
        self.bodies.append(body)
        old = self._changeable(rule_id)
        self._must_be_right(body)
        new = {"rule_id": rule_id, "origin": "page", **DEFAULTS, **body}
        old.update(self._fresh(new))
        return {**old, "warnings": []}

    def _must_be_right(self, body: Json) -> None:
        checked = check(body)
        if not checked["ok"]:
            raise RefusalError(422, checked["message"])
        if body.get("name") == "taken":
            raise RefusalError(409, "there is a rule of this name already: choose another")

    def _fresh(self, rule: Json) -> Json:
        number = re.search(r"[<>]=?\s*(-?[\d.]+)", rule["text"])
        state = {"state": "inactive", "value": None, "threshold": float(number[1]) if number else None}
        subjects = [rule["subject"]] if not rule["subject"].startswith("any") else []
        return {
            **rule,
            **state,
            "muted_until": 0,
            "held_back": rule.get("held_back"),
            "words": check(rule)["words"],
            "levels": levels_of(rule),
            "instances": [instance(subject, "inactive", self.market_time) for subject in subjects],
        }

    def _acknowledge(self, rule_id: str, subject: str | None) -> Json:
        rule = self.rule(rule_id)
        if subject and subject not in {each["subject"] for each in rule["instances"]}:
            raise RefusalError(404, f"the rule {rule_id} is not about {subject}")
        for each in rule["instances"]:
            if subject in {None, each["subject"]} and each["incident"]:
                each["acknowledged"] = True
        return rule

    def moved(self, rule_id: str, state: str, value: float | None = None, subject: str | None = None) -> list[Json]:
        """Put one life of a rule into ``state`` and return what is told of it: the new alerts, newest first."""
        rule = self.rule(rule_id)
        subject = subject or rule["subject"]
        self.market_time += 1000
        before = next((each for each in rule["instances"] if each["subject"] == subject), None)
        incident = (before or {}).get("incident", "")
        if state == "firing" and not incident:
            incident = f"{rule_id}:{subject}:{self.market_time}"
        now = instance(subject, state, self.market_time, value, "" if state == "inactive" else incident)
        now["acknowledged"] = bool(before and before["acknowledged"] and now["incident"])
        rule["instances"] = [each for each in rule["instances"] if each["subject"] != subject] + [now]
        order = ["firing", "recovering", "pending", "no data", "inactive"]
        worst = min(rule["instances"], key=lambda each: order.index(each["state"]))
        rule["state"], rule["value"] = worst["state"], worst["value"]
        if state not in {"firing", "inactive", "no data"}:
            return []
        muted = rule["muted_until"] > self.market_time
        alert = {
            **{field: rule[field] for field in ("rule_id", "name", "text", "timeframe", "threshold", "severity")},
            "subject": subject,
            "time": self.market_time,
            "state": "resolved" if state == "inactive" else state,
            "value": value,
            "incident": incident,
            "words": f"z of {subject} is {value}, above {rule['threshold']}.",
            "notify": "" if muted else {"firing": "firing", "inactive": "resolved"}.get(state, ""),
            "suppressed": "muted" if muted else "",
            "late": False,
        }
        self.history.insert(0, alert)
        return [alert]


def instance(subject: str, state: str, since: int, value: float | None = None, incident: str = "") -> Json:
    reason = "warming up" if state == "no data" else ""
    told = {"subject": subject, "state": state, "since": since, "value": value, "reason": reason}
    return {**told, "incident": incident, "acknowledged": False}


def fits(alert: Json, query: dict[str, str]) -> bool:
    exact = {"rule": "rule_id", "subject": "subject", "state": "state", "severity": "severity"}
    if any(alert[field] != query[name] for name, field in exact.items() if name in query):
        return False
    return int(query.get("from", 0)) <= int(alert["time"]) < int(query.get("to", 10**15))


UNWATCHED = "SOLUSDT/BTCUSDT"


def check(body: Json) -> Json:
    """The verdict on a rule: on its text, and then on the condition that ends it."""
    recover = body.get("recover")
    if isinstance(recover, str) and not (ends := judged(recover, body))["ok"]:
        return ends
    return judged(body["text"], body)


def judged(text: str, body: Json) -> Json:
    names = [entry["name"] for entry in VOCABULARY]
    allowed = {
        *names,
        "btcusdt",
        "ethusdt",
        "solusdt",
        "any",
        "pair",
        "symbol",
        "s",
        "m",
        "h",
        "on",
        "bars",
        "or",
        "not",
    }
    if (equals := re.search(r"(?<![<>])=+", text)) is not None:
        return wrong("a rule compares with > or <", equals.start(), ">=")
    for found in re.finditer(r"[A-Za-z_]\w*", text):
        if found[0].lower() not in allowed:
            near = difflib.get_close_matches(found[0].lower(), names, 1, 0.4)
            return wrong(f"unknown name '{found[0]}'", found.start(), near[0] if near else None)
    if not re.search(r"[<>]=?\s*-?\d", text):
        return wrong("compare it with a number, for example z > 2", len(text), "z > 2")
    needs = [name for name in names if re.search(rf"\b{name}\b", text.lower())]
    words = f"Fires when {text} holds for {body['subject']}"
    return {
        "ok": True,
        "words": words,
        "timeframe": body.get("timeframe", "1s"),
        "needs": needs,
        "defaults": {"recover": 1.5, "cooldown_seconds": 300},
        "unwatched": [UNWATCHED] if UNWATCHED in text else [],
        "warnings": ["spread was never below \u221210"] if text.endswith("-10") else [],
    }


def wrong(message: str, position: int, suggestion: str | None) -> Json:
    return {"ok": False, "message": message, "position": position, "suggestion": suggestion}


def levels_of(rule: Json) -> list[Json]:
    """What of a rule is a level, as the product finds it.

    Nothing where the text, which the double may have let pass, is no rule.
    """
    try:
        meaning = plan(rule["text"], rule["subject"])
    except RuleError:
        return []
    return [msgspec.to_builtins(each) for each in levels(meaning)]


def preview(body: Json, now: int) -> Json:
    firings = [
        {"subject": body["subject"], "time": now - back * 1000, "end": now - back * 1000 + 20_000, "value": 2.5}
        for back in (600, 300, 60)
    ]
    told = {
        "words": check(body)["words"],
        "timeframe": body.get("timeframe", "1s"),
        "note": "",
        "levels": levels_of(body),
    }
    span = {"evaluated": 900, "from": now - 900_000, "to": now, "no_data": 60}
    doubts: Json = {"unwatched": [], "warnings": []}
    return {**told, **span, **doubts, "fired": len(firings), "last_fired": firings[-1]["time"], "firings": firings}
