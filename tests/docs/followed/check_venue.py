"""Run in the copy after the guide: the new venue is followed as any other, its trades become a tape and bars."""

from __future__ import annotations

from pathlib import Path

import spreadscope
from spreadscope.engine import Engine
from spreadscope.exchange.recording import RawFrame
from spreadscope.exchange.venues import VENUES, venue_for
from spreadscope.model.config import load_config
from spreadscope.model.events import FlushChanges
from spreadscope.model.facts import Bar
from spreadscope.model.instrument import parse_pair
from spreadscope.replay.recorded_events import RecordedEvents

ROOT = Path(__file__).parents[3]
SYMBOL = "example:AAA-USD"


def test_it_is_the_copy() -> None:
    assert Path(spreadscope.__file__).is_relative_to(ROOT / "src")


def test_it_can_be_named() -> None:
    assert venue_for(SYMBOL) is VENUES["example"]
    assert parse_pair("btcusdt/Example:aaa-usd").symbols == ("BTCUSDT", SYMBOL)


def test_its_frames_become_bars() -> None:
    events = RecordedEvents()
    for number in range(100):
        time = 1_790_526_543_000 + number * 100
        trade = f'{{"id":{number + 1},"price":"{100 + number % 7}","size":"1","time":{time},"side":"buy"}}'
        payload = f'{{"channel":"trades","symbol":"AAA-USD","trade":{trade}}}'.encode()
        events.feed(RawFrame(time * 1_000_000, payload, connection="example:all-0"))
    events.end()
    engine = Engine(load_config(None))
    facts = [fact for event in [*events.take(), FlushChanges()] for fact in engine.on(event)]
    bars = [fact for fact in facts if isinstance(fact, Bar) and fact.symbol == SYMBOL and fact.timeframe == "1s"]
    assert [bar.trades for bar in bars] == [10] * len(bars)
    assert len(bars) >= 8
    assert engine.tapes[SYMBOL].ledger.holes() == []
