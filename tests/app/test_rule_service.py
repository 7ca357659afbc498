"""The desk of the rules: what an earlier run left is taken up, and what cannot be is said."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from spreadscope.alerts import RuleError
from spreadscope.app.rule_service import RuleService
from spreadscope.engine import Engine
from spreadscope.model.alerting import Life
from spreadscope.model.config import Config
from spreadscope.model.errors import SymbolError
from spreadscope.model.events import Event, ResumePosition, ResumeRule, SetRule, WatchPair
from spreadscope.model.facts import AlertLife
from spreadscope.model.states import SignalState
from spreadscope.model.timeframe import Timeframe
from spreadscope.store.alert_tables import save_rule
from spreadscope.store.writer import StoreWriter
from tests.alerts.market import PAIR, z_row
from tests.support.facts import signal, store
from tests.support.market import START


class Bench:
    """A desk over a core and a store, and the events it sent."""

    def __init__(self, path: Path, writer: StoreWriter, desk: RuleService, sent: list[Event]) -> None:
        self.path, self.writer, self.broker, self.sent = path, writer, desk, sent


@contextmanager
def bench(path: Path) -> Iterator[Bench]:
    sent: list[Event] = []
    engine = Engine(Config())
    engine.on(WatchPair(PAIR))

    def sink(events: list[Event]) -> None:
        sent.extend(events)
        for event in events:
            engine.on(event)

    with store(path) as (writer, reader):
        yield Bench(path, writer, RuleService(engine, writer, reader, sink), sent)


def test_rules_are_taken_up_with_their_lives_and_their_windows(tmp_path: Path) -> None:
    rule = SetRule("r", "mean(z, 3s) > 1", str(PAIR))
    with bench(tmp_path) as here:
        here.writer.command(save_rule(rule))
        here.writer.command(save_rule(SetRule("old", "zz > 1", str(PAIR))))
        here.writer.submit([AlertLife("r", str(PAIR), Life(start=5)), *(z_row(i, float(i)) for i in range(6))], {})
        asyncio.run(here.writer.flush())
        events, problems = here.broker.stored_rules()
    assert events[0] == rule
    resumed = events[1]
    assert isinstance(resumed, ResumeRule)
    assert resumed.lives == ((str(PAIR), Life(start=5)),)
    ((subject, (window,)),) = resumed.windows
    assert subject == str(PAIR)
    assert [value for _, value in window.entries] == [2.0, 3.0, 4.0, 5.0]
    assert len(events) == 2
    assert problems == [f"the alert rule 'zz > 1' of {PAIR} is not watched: unknown subject 'zz': did you mean 'z'?"]


def test_an_open_position_is_taken_up_with_its_best(tmp_path: Path) -> None:
    opened = signal(
        START, pair=PAIR, timeframe=Timeframe.S1, state=SignalState.LONG, beta=0.5, price_y=100.0, price_x=50.0
    )
    rows = [z_row(i, 1.0, price_y=price, price_x=50.0) for i, price in enumerate((100.0, 103.0, 101.0))]
    with bench(tmp_path) as here:
        here.writer.submit([*rows, opened], {})
        asyncio.run(here.writer.flush())
        (event,) = here.broker.position(opened)
        flat = signal(START, pair=PAIR, timeframe=Timeframe.S1, state=SignalState.FLAT)
        assert here.broker.position(flat) == []
    assert isinstance(event, ResumePosition)
    assert (event.side, event.beta, event.price_y, event.price_x) == (1, 0.5, 100.0, 50.0)
    assert event.peak == pytest.approx(3.0)


def test_a_new_rule_with_a_window_begins_with_what_is_stored(tmp_path: Path) -> None:
    async def main(here: Bench) -> None:
        here.writer.submit([z_row(i, 2.0) for i in range(20)], {})
        kept = await here.broker.put(SetRule("r", " mean(Z, 10s) > 1 ", str(PAIR).lower(), name="  a  b "))
        assert (kept.text, kept.subject, kept.name) == ("mean(Z, 10s) > 1", str(PAIR), "a b")
        assert [type(event) for event in here.sent] == [SetRule, ResumeRule]
        before = len(here.sent)
        assert await here.broker.put(kept) == kept
        assert len(here.sent) == before  # the same again changes nothing
        here.broker.mute("r", 77)
        assert (await here.broker.put(kept)).muted_until == 77
        await here.writer.flush()

    with bench(tmp_path) as here:
        asyncio.run(main(here))
        ((window,),) = (windows for _, windows in here.sent[1].windows)
        assert len(window.entries) == 11
        assert here.broker.find("r").muted_until == 77
        (stored,) = here.broker._reader.rules()
        assert stored.rule.muted_until == 77
        assert here.broker.drop("r")
        assert not here.broker.drop("r")


@pytest.mark.parametrize(
    ("text", "subject", "error", "part"),
    [
        ("z > 2", "AAAUSDT/BBBUSDT", SymbolError, "not tracked"),
        ("price > 2", "AAAUSDT", SymbolError, "no watched symbol"),
        ("z > 2 and price(AAAUSDT) > 1", str(PAIR), SymbolError, "no watched symbol"),
        ("z >", str(PAIR), RuleError, "missing"),
    ],
)
def test_what_is_not_watched_is_refused(
    tmp_path: Path, text: str, subject: str, error: type[Exception], part: str
) -> None:
    with bench(tmp_path) as here:
        with pytest.raises(error, match=part):
            here.broker.require_watched(SetRule("r", text, subject))
        here.broker.require_watched(SetRule("r", "z > 2", "any pair"))
