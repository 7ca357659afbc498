"""The book: who is judged when, what is told and what is not, and what is remembered."""

from __future__ import annotations

import pytest

from spreadscope.model.alerting import AlertState, Severity
from spreadscope.model.events import AcknowledgeAlert, Mark, MuteRule, ResumeRule, SetRule, StreamLag
from spreadscope.model.facts import Alert, AlertBudget, AlertLife
from spreadscope.model.states import Action, SignalState
from spreadscope.model.timeframe import Timeframe
from tests.alerts.market import OTHER, PAIR, Market, Tape, end, price_bar, states, told, z_row
from tests.support.facts import signal
from tests.support.market import START

HOUR = 3_600


def rule(text: str = "z > 2", subject: str = str(PAIR), **options: object) -> SetRule:
    return SetRule("r", text, subject, **options)  # type: ignore[arg-type]


def test_a_rule_fires_once_says_what_it_means_and_ends() -> None:
    market = Market(rule(name="stretched", severity=Severity.CRITICAL, channels=("desk",)))
    fired, ended = market.zs(1, 2.5, 3, 1.5, 1)
    assert (fired.state, fired.time, fired.value, fired.threshold) == (AlertState.FIRING, end(1), 2.5, 2.0)
    assert (fired.name, fired.severity, fired.channels, fired.subject) == (
        "stretched",
        "critical",
        ("desk",),
        str(PAIR),
    )
    assert fired.incident == ended.incident == f"r:{PAIR}:{end(1)}"
    assert fired.words == f"{PAIR}: z is above 2: 2.5"
    assert ended.words == f"{PAIR}: over after 2 s: z is above 2; now 1.5"
    assert (fired.notify, ended.notify, ended.state) == ("firing", "resolved", AlertState.RESOLVED)
    assert not fired.late


def test_hysteresis_keeps_one_alert() -> None:
    market = Market(rule(recover=1))
    assert states(market.zs(3, 1.9, 2.1, 1.5, 2.5, 1.0, 0.9)) == ["firing", "resolved"]


def test_any_pair_has_a_life_for_each() -> None:
    market = Market(rule(subject="any pair"), pairs=(PAIR, OTHER))
    assert [a.subject for a in market.hear(z_row(0, 3), z_row(0, 3, OTHER))] == sorted([str(PAIR), str(OTHER)])
    assert [a.subject for a in market.hear(z_row(1, 1), z_row(1, 3, OTHER))] == [str(PAIR)]
    assert {each.life.state for each in market.book.rules["r"].instances.values()} == {"inactive", "firing"}
    assert market.book.rules["r"].worst() is market.book.rules["r"].instances[str(OTHER)]


def test_a_pair_that_comes_later_is_judged_from_then_on_and_one_that_goes_ends_its_alert() -> None:
    market = Market(rule(subject="any pair"), pairs=())
    market.pass_time(end(5))
    assert [fact.subject for fact in market.book.watch(str(PAIR)) if isinstance(fact, AlertLife)] == [str(PAIR)]
    assert market.hear(z_row(5, 3), late_by=500) == []  # it had ended before the pair was watched
    assert states(market.hear(z_row(6, 3))) == ["firing"]
    gone = market.book.drop(str(PAIR))
    assert [fact.state for fact in gone if hasattr(fact, "state")] == [AlertState.RESOLVED]
    assert gone[-1] == AlertLife("r", str(PAIR), None)
    assert gone[0].notify == ""
    assert market.hear(z_row(7, 3)) == []


def test_an_alert_of_a_pair_that_goes_ends_and_its_rule_waits_for_the_pair() -> None:
    market = Market(rule(notify_resolved=True), pairs=(PAIR, OTHER))
    market.zs(3)
    gone = market.book.drop(str(PAIR))
    (ended,) = [fact for fact in gone if isinstance(fact, Alert)]
    assert (ended.state, ended.notify) == (AlertState.RESOLVED, "")
    assert ended.words == f"{PAIR}: it is watched no more, so the alert “z is above 2” ended"
    (waiting,) = market.book.rules["r"].instances.values()
    assert (waiting.life.state, waiting.life.incident, waiting.reason) == ("no data", "", "it is not watched")
    assert [fact for fact in market.pass_time(end(500)) if fact.incident] == []
    market.book.watch(str(PAIR))
    assert states(market.zs(1, 3, first=600)) == ["firing"]


def test_an_alert_that_looks_at_a_second_pair_ends_with_that_pair_too() -> None:
    market = Market(rule(f"z > 2 and z({OTHER}) > 2"), pairs=(PAIR, OTHER))
    assert states(market.hear(z_row(0, 3), z_row(0, 3, OTHER))) == ["firing"]
    (ended,) = [fact for fact in market.book.drop(str(OTHER)) if isinstance(fact, Alert)]
    assert (ended.subject, ended.state) == (str(PAIR), AlertState.RESOLVED)
    assert "SOLUSDT/ETHUSDT is watched no more" in ended.words
    assert not any(each.life.incident for each in market.book.rules["r"].instances.values())


def test_what_ended_before_a_rule_was_set_does_not_fire_it() -> None:
    market = Market()
    market.pass_time(end(9))
    market.book.set_rule(rule())
    assert market.hear(z_row(8, 5), late_by=5_000) == []
    assert states(market.hear(z_row(14, 5))) == ["firing"]


def test_rules_of_two_subjects_are_judged_once_a_bar_time_after_all_of_it() -> None:
    market = Market(rule("z > 2 and price(BTCUSDT) > 100"))
    judged = market.book.evaluations
    said = market.hear(z_row(0, 3), price_bar(0, 101))
    assert states(said) == ["firing"]
    assert market.book.evaluations == judged + 1
    assert states(market.hear(price_bar(1, 99))) == ["resolved"]


def test_only_what_is_touched_is_judged() -> None:
    rules = [SetRule(f"r{i}", "price > 1", f"S{i}USDT") for i in range(50)]
    market = Market(*rules)
    before = market.book.evaluations
    market.hear(price_bar(0, 2, "S7USDT"))
    assert market.book.evaluations == before + 1


def test_stale_data_are_no_data_and_keep_the_alert_open() -> None:
    market = Market(rule())
    said = market.zs(3, None, None, 3, 1)
    assert states(said) == ["firing", "no data", "resolved"]
    assert told(said) == ["firing", "()", "resolved"]
    assert said[1].words == f"{PAIR}: no data for “z is above 2”: stale leg"
    assert len({alert.incident for alert in said}) == 1


def test_lost_data_are_told_where_wanted_and_not_while_warming_up() -> None:
    market = Market(rule(notify_no_data=True))
    said = market.zs(None, None, 1, None, None, 1, None)
    assert states(said) == ["no data", "no data"]
    assert told(said) == ["no data", "no data"]


def test_a_symbol_that_goes_silent_has_no_data() -> None:
    market = Market(rule("price > 100", "BTCUSDT"))
    assert states(market.hear(price_bar(0, 101))) == ["firing"]
    assert market.pass_time(end(59)) == []
    (lost,) = market.pass_time(end(61))
    assert (lost.state, lost.words) == (
        AlertState.NO_DATA,
        "BTCUSDT: no data for “price is above 100”: nothing came for long",
    )
    assert states(market.hear(price_bar(70, 99))) == ["resolved"]


# --- who is told ------------------------------------------------------------------------------------------------------


def test_a_muted_rule_records_and_tells_when_the_mute_is_over_and_it_still_fires() -> None:
    market = Market(rule())
    market.book.mute(MuteRule("r", end(4)))
    said = market.zs(3, 1, 3, 3, 3, 3, 1)
    assert [(a.state.value, a.notify, a.suppressed) for a in said] == [
        ("firing", "", "muted"),
        ("resolved", "", "muted"),
        ("firing", "", "muted"),
        ("firing", "firing", ""),
        ("resolved", "resolved", ""),
    ]
    assert said[2].incident == said[3].incident
    assert said[3].time == end(4)


def test_an_acknowledged_alert_is_told_no_more() -> None:
    market = Market(rule())
    market.zs(3)
    (remembered,) = market.book.acknowledge(AcknowledgeAlert("r", str(PAIR)))
    assert isinstance(remembered, AlertLife)
    assert market.book.acknowledge(AcknowledgeAlert("r")) == []
    said = market.zs(None, 3, 1, 3, first=1)
    assert [(a.state.value, a.notify, a.suppressed) for a in said] == [
        ("no data", "", "acknowledged"),
        ("resolved", "", "acknowledged"),
        ("firing", "firing", ""),
    ]


def test_within_the_cooldown_nothing_is_told_until_it_is_over() -> None:
    market = Market(rule(cooldown_seconds=5))
    said = market.zs(3, 1, 3, 1, 3, 3, 1)
    assert [(a.time, a.notify, a.suppressed) for a in said] == [
        (end(0), "firing", ""),
        (end(1), "resolved", ""),
        (end(2), "", "cooldown"),
        (end(3), "", "cooldown"),
        (end(4), "", "cooldown"),
        (end(5), "firing", ""),
        (end(6), "resolved", ""),
    ]


def test_beyond_the_cap_there_is_one_digest_when_the_hour_is_over() -> None:
    market = Market(rule(cap_per_hour=2))
    said = market.zs(*(3 if i % 2 == 0 else 1 for i in range(10)))
    assert told([a for a in said if a.state is AlertState.FIRING]) == ["firing", "firing", "(cap)", "(cap)", "(cap)"]
    assert market.pass_time(end(4 + HOUR) - 1_000) == []
    (digest,) = market.pass_time(end(4 + HOUR))
    assert (digest.state, digest.notify, digest.time) == (AlertState.DIGEST, "digest", end(4 + HOUR))
    assert digest.words == f"3 alerts of “z is above 2” within the hour were not sent one by one: 3 of {PAIR}"
    assert market.pass_time(end(9 + 2 * HOUR)) == []
    assert told(market.hear(z_row(10 + 2 * HOUR, 3))) == ["firing"]


def test_the_cap_is_of_the_rule_and_not_of_each_pair() -> None:
    market = Market(rule(subject="any pair", cap_per_hour=1), pairs=(PAIR, OTHER))
    assert told(market.hear(z_row(0, 3), z_row(0, 3, OTHER))) == ["firing", "(cap)"]


def test_a_one_shot_rule_is_off_after_its_first_alert() -> None:
    market = Market(rule(subject="any pair", once=True), pairs=(PAIR, OTHER))
    said = market.hear(z_row(0, 3), z_row(0, 3, OTHER))
    assert [a.subject for a in said] == [str(PAIR)]
    assert not market.book.rules["r"].enabled
    assert states(market.zs(1, 3, first=1)) == ["resolved"]
    market.book.set_rule(rule(subject="any pair", once=True))
    assert market.book.rules["r"].enabled


def test_an_end_that_is_not_wanted_is_recorded_only() -> None:
    said = Market(rule(notify_resolved=False)).zs(3, 1)
    assert [(a.state.value, a.notify, a.suppressed) for a in said] == [("firing", "firing", ""), ("resolved", "", "")]


def test_what_comes_long_after_its_bar_is_late() -> None:
    market = Market(rule())
    assert [a.late for a in market.hear(z_row(0, 3), late_by=9_000)] == [False]
    assert [a.late for a in market.hear(z_row(1, 1), late_by=60_000)] == [True]


# --- changes ----------------------------------------------------------------------------------------------------------


def test_a_new_name_leaves_the_life_and_a_new_meaning_begins_anew() -> None:
    market = Market(rule())
    market.zs(3)
    assert market.book.set_rule(rule(name="other")) == []
    assert market.zs(3, first=1) == []
    changed = market.book.set_rule(rule("z > 2.5"))
    assert [fact.state for fact in changed if hasattr(fact, "state")] == [AlertState.RESOLVED]
    assert market.zs(3, first=2)[0].state is AlertState.FIRING


def test_a_rule_that_is_switched_off_or_dropped_ends_its_alert() -> None:
    market = Market(rule(), SetRule("s", "z > 1", str(PAIR)))
    market.zs(3)
    off = market.book.set_rule(rule(enabled=False))
    assert [fact.state for fact in off if hasattr(fact, "state")] == [AlertState.RESOLVED]
    gone = market.book.drop_rule("s")
    assert [type(fact).__name__ for fact in gone] == ["Alert", "AlertLife", "AlertBudget"]
    assert gone[-1] == AlertBudget("s", None)
    assert market.zs(3, first=1) == []
    assert market.book.drop_rule("s") == []


def test_what_an_earlier_run_remembered_goes_on() -> None:
    first = Market(rule("z > 2 for 3s", cap_per_hour=1))
    first.zs(3, 3)
    lives = {fact.subject: fact.life for fact in first.facts if isinstance(fact, AlertLife)}
    second = Market()
    second.book.set_rule(rule("z > 2 for 3s", cap_per_hour=1))
    kept = tuple((subject, life) for subject, life in lives.items() if life is not None)
    second.book.resume(ResumeRule("r", kept))
    said = second.zs(3, 3, first=2)
    assert [(a.state.value, a.time) for a in said] == [("firing", end(3))]


# --- inputs -----------------------------------------------------------------------------------------------------------


def test_prices_volumes_trades_and_returns_of_bars() -> None:
    market = Market(
        SetRule("v", "volume > 10", "BTCUSDT"), SetRule("n", "trades >= 5", "BTCUSDT"),
        SetRule("x", "return > 1", "BTCUSDT"),
    )  # fmt: skip
    market.hear(price_bar(0, 100))
    said = market.hear(price_bar(1, 102, volume=11.0, trades=5))
    assert {a.rule_id: a.value for a in said} == {"v": 11.0, "n": 5.0, "x": pytest.approx(1.980262)}


def test_a_return_without_a_price_is_no_data() -> None:
    market = Market(SetRule("x", "return > 1", "BTCUSDT"))
    market.hear(price_bar(0, 0.0))
    market.hear(price_bar(1, 5.0))
    assert market.book.rules["x"].instances["BTCUSDT"].reason == "price not above 0"


def test_funding_is_the_mark_known_at_the_end_of_the_bar() -> None:
    market = Market(SetRule("f", "funding crosses below 0", "BTCUSDT"))
    for second, rate in enumerate((0.0001, -0.0001)):
        market.book.inputs.add_mark(Mark("BTCUSDT", START + 1_000 * second + 500, 1.0, 1.0, rate, 0))
    assert market.hear(price_bar(0, 1)) == []
    (fired,) = market.hear(price_bar(1, 1))
    assert fired.value == pytest.approx(-0.01)


def test_ages_lags_and_gaps_go_with_the_clock_and_are_of_the_worse_leg() -> None:
    market = Market(
        SetRule("age", "age > 5", str(PAIR)), SetRule("gap", "gap > 0", str(PAIR)),
        SetRule("lag", "lag > 1000", str(PAIR)),
    )  # fmt: skip
    market.tapes |= {"BTCUSDT": Tape(START), "ETHUSDT": Tape(START + 4_000, missing=3)}
    for symbol, lag in (("BTCUSDT", 10.0), ("ETHUSDT", 1_500.0)):
        market.book.inputs.add_lag(StreamLag(symbol, START, lag))
    assert {a.rule_id: a.value for a in market.pass_time(START + 1_000)} == {"gap": 3.0, "lag": 1_500.0}
    assert market.pass_time(START + 5_000) == []
    assert market.pass_time(START + 5_900) == []  # no whole second has passed
    assert {a.rule_id: a.value for a in market.pass_time(START + 6_100)} == {"age": 6.0}


def test_pnl_and_drawdown_are_of_the_open_position_on_its_frozen_beta() -> None:
    market = Market(SetRule("up", "pnl >= 1", str(PAIR)), SetRule("down", "drawdown > 1", str(PAIR)))
    assert market.hear(z_row(0, 3, price_y=100.0, price_x=50.0)) == []
    assert market.book.rules["up"].instances[str(PAIR)].reason == "no open position"
    opened = signal(
        START + 1_000, pair=PAIR, timeframe=Timeframe.S1, state=SignalState.SHORT, beta=0.5, price_y=100.0, price_x=50.0
    )
    assert market.hear(z_row(1, 3, price_y=100.0, price_x=50.0), opened) == []
    assert market.book.rules["up"].instances[str(PAIR)].value == 0.0
    (won,) = market.hear(z_row(2, 2, price_y=98.0, price_x=50.0))
    assert won.value == pytest.approx(2.0)
    said = market.hear(z_row(3, 2, price_y=98.0, price_x=49.5))
    assert {(a.rule_id, a.state.value) for a in said} == set()
    said = market.hear(z_row(4, 2, price_y=99.5, price_x=49.0))
    assert {(a.rule_id, a.state.value) for a in said} == {("up", "resolved"), ("down", "firing")}
    left = signal(START + 5_000, pair=PAIR, timeframe=Timeframe.S1, action=Action.EXIT, state=SignalState.FLAT)
    said = market.hear(z_row(5, 0, price_y=99.5, price_x=49.0), left)
    assert [(a.rule_id, a.state.value) for a in said] == [("down", "no data")]
