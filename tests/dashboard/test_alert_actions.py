"""What is asked of a rule, as the engine is told it."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from spreadscope.client import ApiRequestError, Client
from spreadscope.contract import RuleBody
from spreadscope.dashboard.actions import PageAction
from spreadscope.dashboard.pages.alert_actions import mute_until, perform_action, rule_body
from tests.dashboard.fake_alerts import NOW, Json
from tests.dashboard.fake_api import FakeApi, serving

PAIR = "BTCUSDT/ETHUSDT"
MINUTE = 60_000


@pytest.fixture
def engine() -> Iterator[FakeApi]:
    with serving(FakeApi()) as fake:
        yield fake


@pytest.fixture
def client(engine: FakeApi) -> Iterator[Client]:
    made = Client(engine.api)
    yield made
    made.close()


@pytest.fixture
def rule(engine: FakeApi) -> Json:
    body = {"text": "z > 2", "subject": "any pair", "recover": 1.5, "severity": "critical", "channels": ["desk"]}
    return dict(engine.alerts.answer("POST", ["rules"], {}, body))


def act(client: Client, rule: Json, op: str, **more: object) -> str:
    return perform_action(client, PageAction(id="a", op=op, rule_id=rule["rule_id"], **more))  # type: ignore[arg-type]


def test_one_subject_is_acknowledged_or_all_of_them(engine: FakeApi, client: Client, rule: Json) -> None:
    for subject in (PAIR, "SOLUSDT/ETHUSDT"):
        engine.alerts.moved(rule["rule_id"], "firing", 2.5, subject)
    act(client, rule, "acknowledge", subject=PAIR)
    lives = {each.subject: each.acknowledged for each in client.rules()[0].instances}
    assert lives == {PAIR: True, "SOLUSDT/ETHUSDT": False}
    act(client, rule, "acknowledge")
    assert all(each.acknowledged for each in client.rules()[0].instances)


def test_a_mute_ends_by_the_markets_clock_and_can_be_taken_back(engine: FakeApi, client: Client, rule: Json) -> None:
    engine.alerts.market_time = NOW + 5 * MINUTE
    said = act(client, rule, "mute", until="15m")
    assert client.rules()[0].muted_until == NOW + 20 * MINUTE
    assert "until 2023-08-08 00:20 UTC" in said
    assert act(client, rule, "mute", until=None) == ""
    assert client.rules()[0].muted_until == 0


@pytest.mark.parametrize(
    ("span", "end"),
    [
        ("15m", NOW + 15 * MINUTE),
        ("1h", NOW + 60 * MINUTE),
        ("8h", NOW + 480 * MINUTE),
        ("tomorrow", NOW + 1440 * MINUTE),
    ],
)
def test_spans_of_a_mute(span: str, end: int) -> None:
    assert mute_until(NOW, span) == end


def test_until_tomorrow_is_midnight_whatever_the_hour() -> None:
    assert mute_until(NOW + 1439 * MINUTE, "tomorrow") == NOW + 1440 * MINUTE


def test_a_span_that_is_none_is_refused() -> None:
    with pytest.raises(ApiRequestError, match="15m, 1h, 8h or until tomorrow"):
        mute_until(NOW, "ever")


def test_turning_a_rule_off_keeps_everything_else_of_it(engine: FakeApi, client: Client, rule: Json) -> None:
    act(client, rule, "enable", enabled=False)
    (kept,) = client.rules()
    assert kept.enabled is False
    told = msgspec.json.decode(msgspec.json.encode(rule_body(kept)))
    assert told == {**{field: rule[field] for field in RuleBody.__struct_fields__}, "enabled": False}
    assert engine.alerts.bodies[-1] == told  # nothing of what the engine found out is sent back


def test_a_rule_is_deleted(client: Client, rule: Json) -> None:
    assert "stays in the history" in act(client, rule, "delete")
    assert client.rules() == []


def test_a_rule_of_the_file_is_refused_in_the_engines_words(client: Client, rule: Json, engine: FakeApi) -> None:
    engine.alerts.rules[0]["origin"] = "file"
    with pytest.raises(ApiRequestError, match=r"alerts\.toml"):
        act(client, rule, "delete")
    assert act(client, rule, "mute", until="1h") != ""


def test_what_is_gone_and_what_is_unknown_are_said(client: Client, rule: Json) -> None:
    with pytest.raises(ApiRequestError, match="somebody has deleted it"):
        perform_action(client, PageAction(id="a", op="enable", rule_id="gone", enabled=True))
    with pytest.raises(ApiRequestError, match="nothing called 'explode'"):
        act(client, rule, "explode")
