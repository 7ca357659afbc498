"""The registry of statistics: each is declared whole, and what is derived from it agrees with it."""

from __future__ import annotations

import re

import msgspec
import pytest
from tests.support.facts import row

from spreadscope.alerts.parser import parse
from spreadscope.alerts.vocabulary import MEASURES, SUBJECTS
from spreadscope.engine.digest import FactsDigest
from spreadscope.model.config import AnalyticsConfig
from spreadscope.model.hedge import HedgeName, Space
from spreadscope.model.validity import Value
from spreadscope.pairs.statistics import ONLINE, STATISTICS, label, worded
from spreadscope.store.schema import VALUE_COLUMNS


@pytest.mark.parametrize("key", STATISTICS)
def test_a_declaration_is_whole(key: str) -> None:
    each = STATISTICS[key]
    assert each.key == key
    assert each.label
    assert each.help.endswith(".")
    assert each.source
    assert key in VALUE_COLUMNS
    if each.card is not None:
        for named in re.findall(r"\{(\w+)", each.card.note):
            assert named == "state" or named in STATISTICS, named
    if each.line is not None and each.line.bands is not None:
        assert set(each.line.bands) <= set(STATISTICS)
    if each.rule is not None:
        name = each.rule.name or key
        assert SUBJECTS[name].field == key
        assert MEASURES[name] is each.measure
        assert parse(each.rule.example)


def test_keys_are_names_of_columns() -> None:
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", key) for key in STATISTICS)
    assert len(set(ONLINE)) == len(ONLINE)


def test_labels_say_which_hedge_is_traded() -> None:
    ols, kalman = AnalyticsConfig(), AnalyticsConfig(hedge=HedgeName.KALMAN)
    z, beta = STATISTICS["z"], STATISTICS["beta"]
    assert [label(z, ols), label(beta, ols)] == ["z-score", "β (OLS)"]
    assert [label(z, kalman), label(beta, kalman)] == ["z-score (Kalman)", "β (Kalman)"]
    level = AnalyticsConfig(space=Space.LEVEL, intercept=False)
    assert worded("Spread {spread}", level) == "Spread Y − βX"


def test_one_more_statistic_leaves_the_hash_of_a_session_as_it_is() -> None:
    before = row()
    then, now = FactsDigest(tuple(STATISTICS)), FactsDigest(tuple(STATISTICS))
    then.add(before)
    now.add(msgspec.structs.replace(before, statistics={**before.statistics, "newer": Value(3.0)}))
    assert then.hexdigest() == now.hexdigest()
    changed = FactsDigest(tuple(STATISTICS))
    changed.add(row(beta=Value(0.5)))
    assert changed.hexdigest() != then.hexdigest()
