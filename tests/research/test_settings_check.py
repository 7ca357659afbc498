"""What the product says of pairs with a known truth, at chosen settings."""

from __future__ import annotations

import msgspec
import pytest

from spreadscope.model.config import Config
from spreadscope.model.parameter_layers import PairParameters, ParameterLayers, Scope, Values
from spreadscope.model.timeframe import Timeframe
from spreadscope.research.settings_check import SettingsCheck
from spreadscope.stats.check import CheckRow

SMALL: Values = {
    "analytics.evidence_window": 480, "analytics.hedge_window": 60, "analytics.z_window": 40,
    "analytics.correlation_window": 40,
}  # fmt: skip


def parameters(**values: float) -> PairParameters:
    changed = {**SMALL, **{key.replace("__", "."): value for key, value in values.items()}}
    return ParameterLayers(Config(), [(Scope(), changed)]).of("", Timeframe.M1)


def measured(pairs: int = 20, **values: float) -> dict[str, CheckRow]:
    check = SettingsCheck(parameters(**values), Timeframe.M1, pairs=pairs, seed=1)
    rows = list(check.rows())
    assert len(rows) == len(check)
    return {row.what: row for row in rows}


@pytest.fixture(scope="module")
def plain() -> dict[str, CheckRow]:
    return measured()


def test_the_truth_of_each_pair_is_seen(plain: dict[str, CheckRow]) -> None:
    called = plain["tied, half-life 10 rows: called so within one evidence window"].rate.rate
    assert called >= 0.7 > plain["tied, half-life 100 rows: called so within one evidence window"].rate.rate
    for what, row in plain.items():
        if row.bound != "reported":
            assert row.rate.low <= float(row.bound.removeprefix("<= ")), what
            assert row.holds is (row.rate.rate <= float(row.bound.removeprefix("<= ")))


def test_what_z_and_signals_say_is_counted_once_the_windows_are_full(plain: dict[str, CheckRow]) -> None:
    beyond, entries, unwarned = (
        plain[f"tied, half-life 30 rows: {what}"].rate
        for what in ("rows with |z| of 2 or more", "rows that are an entry", "entries without a caution")
    )
    assert beyond.n == entries.n == 4 * 500
    assert 0 < entries.hits <= beyond.hits < beyond.n
    assert unwarned.n == entries.hits
    of_unrelated = plain["unrelated: entries without a caution"].rate
    assert of_unrelated.rate <= 0.1 < unwarned.rate


def test_the_settings_are_those_that_are_given(plain: dict[str, CheckRow]) -> None:
    higher = measured(signals__entry=3.5)
    assert higher["unrelated: rows with |z| of 3.5 or more"].rate.hits < (
        plain["unrelated: rows with |z| of 2 or more"].rate.hits / 2
    )
    strict = measured(analytics__evidence_level=0.01, analytics__hedge_window=90)
    assert strict["unrelated: ever called cointegrated"].bound == "<= 0.01"
    assert strict["unrelated, one bad bar: ever called cointegrated"].bound == "<= 0.04"
    row = "tied, half-life 10 rows: p ≤ 5% at one row (hedge window)"
    assert strict[row].rate.hits != plain[row].rate.hits


def test_entries_that_wait_for_evidence_are_seldom_made_on_unrelated_pairs(plain: dict[str, CheckRow]) -> None:
    waiting = measured(signals__need_evidence=True)
    assert waiting["unrelated: rows that are an entry"].rate.hits < plain["unrelated: rows that are an entry"].rate.hits


def test_the_same_seed_gives_the_same_table(plain: dict[str, CheckRow]) -> None:
    assert {what: msgspec.to_builtins(row.rate.hits) for what, row in measured().items()} == {
        what: row.rate.hits for what, row in plain.items()
    }
