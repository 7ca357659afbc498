"""The ledger against a plain set of ids."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from spreadscope.model.facts import Gap
from spreadscope.model.states import GapState
from spreadscope.tape.ledger import Ledger
from spreadscope.tape.tape import Tape
from tests.support.market import START, trades

batches = st.lists(
    st.one_of(
        st.lists(st.integers(0, 40), max_size=12),
        st.builds(lambda first, n: list(range(first, first + n)), st.integers(0, 35), st.integers(1, 8)),
    ),
    max_size=12,
)


def runs(ids: set[int]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for number in sorted(ids):
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


@given(batches)
@settings(max_examples=300)
def test_any_order_duplication_and_chunking_gives_the_same_ranges(given_batches: list[list[int]]) -> None:
    ledger, model = Ledger(), set[int]()
    for batch in given_batches:
        ids = np.array(batch, dtype=np.int64)
        mask = ledger.add(ids, START + ids * 10)
        fresh = ids.tolist() if mask is None else ids[mask].tolist()
        assert sorted(fresh) == sorted(set(batch) - model)
        model |= set(batch)
        assert [(r.first, r.last) for r in ledger.ranges] == runs(model)
        for held in ledger.ranges:
            assert (held.first_time, held.last_time) == (START + held.first * 10, START + held.last * 10)
        missing = set(range(min(model), max(model) + 1)) - model if model else set()
        assert [(hole.first, hole.last) for hole in ledger.holes()] == runs(missing)
        assert ledger.missing == len(missing)
        for first, last in ((3, 3), (0, 7), (5, 20)):
            assert ledger.covers(first, last) == (set(range(first, last + 1)) <= model)


steps = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.lists(st.integers(0, 30), min_size=1, max_size=8)),
        st.tuples(st.sampled_from(["upstream", "permanent"]), st.tuples(st.integers(0, 30), st.integers(0, 30))),
        st.tuples(st.just("restart"), st.none()),
    ),
    max_size=14,
)


@given(steps)
@settings(max_examples=300)
def test_every_hole_is_opened_once_and_ended_once(given_steps: list[tuple[str, Any]]) -> None:
    tape = Tape("BTCUSDT")
    closed, lost, seen = set[int](), set[int](), set[int]()
    told: dict[tuple[int, int], GapState] = {}
    for kind, what in given_steps:
        facts = []
        if kind == "add":
            seen |= set(what)
            tape.accept(trades(what))
        elif kind == "restart":
            opened = [Gap("BTCUSDT", *ids, state, 0, 0, 0) for ids, state in told.items() if state is GapState.OPEN]
            gone = tuple((hole.first, hole.last) for hole in tape.ledger.lost())
            tape = Tape("BTCUSDT", Ledger(tape.ledger.ranges, gone), opened)
        else:
            first, last = sorted(what)
            missing = {i for hole in tape.ledger.holes() for i in range(hole.first, hole.last + 1)}
            gone_now = missing & set(range(first, last + 1))
            (lost if kind == "permanent" else closed).update(gone_now)
            facts += tape.upstream_hole(first, last, "evidence", permanent=kind == "permanent")
        facts += tape.flush_changes()
        for fact in facts:
            if isinstance(fact, Gap):
                ids = (fact.first, fact.last)
                assert fact.state is not GapState.OPEN or told.get(ids) is not GapState.OPEN
                assert fact.state is not GapState.FILLED or told.get(ids) is GapState.OPEN
                told[ids] = fact.state
        held = seen | closed
        assert [(r.first, r.last) for r in tape.ledger.ranges] == runs(held)
        span = set(range(min(held), max(held) + 1)) if held else set()
        missing = span - held - lost
        assert {i for hole in tape.ledger.holes() for i in range(hole.first, hole.last + 1)} == missing
        assert {i for hole in tape.ledger.lost() for i in range(hole.first, hole.last + 1)} == (span - held) & lost
        still = {i for ids, state in told.items() if state is GapState.OPEN for i in range(ids[0], ids[1] + 1)}
        assert missing <= still, "what is missing is covered by an open gap"
        for (first, last), state in told.items():
            if state is GapState.OPEN:
                assert missing & set(range(first, last + 1)), "an open gap has something missing"
