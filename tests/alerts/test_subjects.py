"""What rules read of a symbol: each is declared whole, and the premium is that of the newest mark."""

from __future__ import annotations

import pytest

from spreadscope.alerts.language.parser import parse
from spreadscope.alerts.subjects import NOTHING_YET, SILENT, SYMBOL_SUBJECTS
from spreadscope.model.events import Mark
from spreadscope.model.timeframe import Timeframe
from tests.alerts.market import Market
from tests.support.market import START


@pytest.mark.parametrize("name", SYMBOL_SUBJECTS)
def test_a_subject_is_read_in_one_way(name: str) -> None:
    subject = SYMBOL_SUBJECTS[name]
    assert subject.name == name
    assert (subject.from_bar is None) != (subject.at_time is None)
    assert parse(subject.example).text == subject.example


def test_the_premium_is_of_the_newest_mark() -> None:
    inputs = Market().book.inputs
    read = inputs.reader("premium", "BTCUSDT", Timeframe.S1)
    assert read(START) == NOTHING_YET
    inputs.add_mark(Mark("BTCUSDT", START, 101.0, 100.0, None, 0))
    inputs.add_mark(Mark("BTCUSDT", START + 2_000, 99.5, 100.0, None, 0))
    assert read(START + 1_000) == pytest.approx(1.0)
    assert read(START + 2_000) == pytest.approx(-0.5)
    assert read(START + 100_000) == SILENT
    inputs.add_mark(Mark("BTCUSDT", START + 101_000, 99.5, 0.0, None, 0))
    assert read(START + 101_000) == "no index price"
