"""Alerts over real sockets: the same as in a replay of the recording, and across a restart."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from spreadscope.alerts import RuleEngine
from spreadscope.app.live_engine import LiveEngine
from spreadscope.exchange.local.local_exchange import LocalExchange
from spreadscope.exchange.local.recording_feed import RecordingFeed
from spreadscope.model.alerting import AlertState
from spreadscope.model.config import load_config
from spreadscope.model.events import SetRule
from spreadscope.model.facts import Alert, Fact, PairRow
from spreadscope.model.instrument import parse_pair
from spreadscope.model.timeframe import Timeframe
from spreadscope.replay.journal_source import replay_session
from spreadscope.replay.recording_source import replay_recordings
from spreadscope.store.directory import DATABASE
from spreadscope.store.reader import StoreReader
from tests.e2e.line import WINDOWS, config, line, run, until, whole, write_recording

PAIR = "AAAUSDT/BBBUSDT"
RULES = (
    SetRule("z", "abs(z) > 1", PAIR, recover=0.5, cap_per_hour=5),
    SetRule("any", "z(any pair) crosses above 0 and corr > 0.1", "any pair", cooldown_seconds=20),
    SetRule("mean", "mean(z, 10s) > 0.3 for 2s", PAIR, keep_seconds=2, cap_per_hour=1000),
)
OPTIONS = {"exchange__quotes": False, "history__bars": 0}


def replayed(recording: Path) -> list[Alert]:
    facts: list[Fact] = []
    settings = load_config(None, **WINDOWS, pairs=(PAIR,), exchange__quotes=False)
    replay_recordings([recording], settings, rules=RULES, observe=lambda _, new, __: facts.extend(new))
    return [fact for fact in facts if isinstance(fact, Alert)]


def ordered(alerts: list[Alert]) -> list[Alert]:
    return sorted(alerts, key=lambda alert: (alert.time, alert.rule_id, alert.subject, alert.state))


def test_alerts_of_a_live_run_equal_those_of_a_replay(tmp_path: Path) -> None:
    recording = write_recording(tmp_path / "r.txt", seconds=240)
    live_alerts: list[Alert] = []

    async def main() -> None:
        async with line([recording], tmp_path / "store", speed=60.0, **OPTIONS) as (exchange, live):
            for rule in RULES:  # z needs its windows filled first, so that all of it is still to come
                await live.alerting.rules.put(rule)
            assert live.core.engine.market_time < exchange.truth("AAAUSDT").times[0] + 100_000
            await exchange.finished()
            await until(lambda: whole(exchange, live))
        live_alerts.extend(live.store.reader.alerts())

    run(main())
    expected = replayed(recording)
    assert {alert.rule_id for alert in expected} == {"z", "any", "mean"}
    assert {alert.suppressed for alert in expected} >= {"", "cap", "cooldown"}
    assert ordered(live_alerts) == ordered(expected)


def judged(rows: list[PairRow]) -> list[tuple[str, str, int, AlertState]]:
    """What one engine that never stopped would have said of these rows."""
    book = RuleEngine({})
    for rule in RULES:
        book.set_rule(rule)
    book.watch(PAIR)
    book.clock(1)
    book.apply(rows)
    return names(fact for fact in book.evaluate() if isinstance(fact, Alert))


def names(alerts: Iterable[Alert]) -> list[tuple[str, str, int, AlertState]]:
    return sorted((a.rule_id, a.subject, a.time, a.state) for a in alerts)


def test_a_restarted_engine_says_nothing_twice_and_loses_nothing(tmp_path: Path) -> None:
    """Held against the rows that the two runs said: every one of them is judged, and once."""
    recording = write_recording(tmp_path / "r.txt", seconds=300)
    said: list[Alert] = []
    rows: list[PairRow] = []
    runs: list[list[Alert]] = [[], []]

    async def main() -> None:
        async with LocalExchange(RecordingFeed([recording]), speed=60.0) as exchange:
            async with LiveEngine(config(exchange, tmp_path / "store", pairs=(PAIR,), **OPTIONS)) as live:
                live.core.observe(lambda facts: runs[0].extend(fact for fact in facts if isinstance(fact, Alert)))
                await until(lambda: not live.starting)
                for rule in RULES:
                    await live.alerting.rules.put(rule)
                await until(lambda: any(alert.rule_id == "mean" for alert in runs[0]))
            # While the engine is down the market goes on for half a minute of its own time.
            down_since = live.core.engine.market_time
            await until(lambda: exchange.now_ms > down_since + 30_000)
            async with LiveEngine(config(exchange, tmp_path / "store", **OPTIONS)) as live:
                live.core.observe(lambda facts: runs[1].extend(fact for fact in facts if isinstance(fact, Alert)))
                await exchange.finished()
                await until(lambda: whole(exchange, live))
                await live.store.writer.flush()
                said.extend(live.store.reader.alerts())
                rows.extend(live.store.reader.rows(parse_pair(PAIR), Timeframe.S1))

    run(main())
    reader = StoreReader(tmp_path / "store" / DATABASE)
    assert names(said) == judged(rows)
    assert names(runs[0] + runs[1]) == names(said), "what was said is what is stored, once"
    assert runs[0]
    assert any(alert.late for alert in runs[1]), "the bars of the time the engine was down are judged late"
    assert not any(alert.late for alert in runs[0])
    assert [replay_session(reader, session).equal for session in reader.sessions()] == [True, True]
