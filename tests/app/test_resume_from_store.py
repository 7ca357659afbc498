"""What a store says of a pair to a run that goes on with it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from spreadscope.app.rule_service import RuleService
from spreadscope.app.stored_state import stored_pair
from spreadscope.engine import Engine
from spreadscope.model.config import load_config
from spreadscope.model.facts import Fact
from spreadscope.model.parameter_layers import ParameterLayers
from spreadscope.model.resume import Input, ResumePair
from spreadscope.model.states import Action, SignalState
from spreadscope.model.validity import Value
from tests.support.facts import PAIR, row, signal, store
from tests.support.market import START

MINUTE = 60_000
STOPPED = signal(START + MINUTE, action=Action.EXIT, state=SignalState.FLAT, cause="stop: z +4.20 beyond +4")


def resumed(folder: Path, facts: list[Fact], **options: object) -> list[Input]:
    config = load_config(None, **options)

    async def main() -> list[Input]:
        with store(folder) as (writer, reader):
            writer.submit(facts, {})
            await writer.flush()
            rules = RuleService(Engine(config), writer, reader, lambda _: None)
            return await stored_pair(reader, rules, PAIR, ParameterLayers(config))

    return asyncio.run(main())


def only_pair(events: list[Input]) -> ResumePair:
    (found,) = [event for event in events if isinstance(event, ResumePair)]
    return found


def test_a_pair_that_was_never_watched_left_nothing(tmp_path: Path) -> None:
    assert resumed(tmp_path, []) == []


def test_the_half_life_is_the_longest_of_the_row_the_position_was_entered_on(tmp_path: Path) -> None:
    facts: list[Fact] = [row(START + n * MINUTE, half_life_high=Value(100.0 + n)) for n in range(5)]
    found = only_pair(resumed(tmp_path, [*facts, signal(START + 2 * MINUTE)]))
    assert found.last_row == START + 4 * MINUTE
    assert found.signal == signal(START + 2 * MINUTE)
    assert found.half_life == 102.0


@pytest.mark.parametrize(
    ("z", "hedge", "calmed"),
    [([3.9, 2.0, -2.1], "ols", False), ([3.9, -1.99, 3.0], "ols", True), ([], "ols", False)],
)  # fmt: skip
def test_a_lock_out_ends_where_z_was_calm_since_the_stop(
    tmp_path: Path, z: list[float], hedge: str, calmed: bool
) -> None:
    before: list[Fact] = [row(START, z=Value(0.1)), row(STOPPED.time, z=Value(0.1)), STOPPED]
    since = [row(STOPPED.time + n * MINUTE, z=Value(value)) for n, value in enumerate(z, start=1)]
    assert only_pair(resumed(tmp_path, [*before, *since], analytics__hedge=hedge)).calmed is calmed
