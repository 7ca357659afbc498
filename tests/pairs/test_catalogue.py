"""What a screen is given of the statistics."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec
import pytest

from spreadscope.model.config import AnalyticsConfig
from spreadscope.model.hedge import HedgeName
from spreadscope.pairs.statistics import STATISTICS
from spreadscope.pairs.statistics.catalogue import catalogue as told

FORMAT = re.compile(r"fixed:\d|signed:\d|bp|p|percent|yes|duration")


def catalogue(config: AnalyticsConfig) -> list[dict[str, Any]]:
    """As it is sent."""
    made: list[dict[str, Any]] = json.loads(msgspec.json.encode(told(config)))
    return made


def by_key(**config: Any) -> dict[str, dict[str, Any]]:
    return {each["key"]: each for each in catalogue(AnalyticsConfig(**config))}


def test_it_has_every_statistic_in_order_and_is_json() -> None:
    entries = catalogue(AnalyticsConfig())
    assert [each["key"] for each in entries] == list(STATISTICS)


def test_an_entry_says_how_it_is_called_written_drawn_and_named() -> None:
    assert by_key()["spread"] == {
        "key": "spread",
        "label": "Spread",
        "help": "ln Y − β ln X − α. One basis point (bp) is 0.0001.",
        "source": "docs/statistics.md",
        "format": "signed:6",
        "measure": "log",
        "unit": "",
        "shown": True,
        "card": {"note": "{spread:bp}", "order": 20, "alarm": None, "alarm_note": "", "thresholds": False},
        "line": {
            "pane": "spread",
            "title": "Spread ln Y − β ln X − α",
            "colour": "blue",
            "low": None,
            "high": None,
            "bands": ["spread_mean", "spread_sd"],
            "thresholds": False,
            "chosen": True,
        },
        "rule": {"name": "spread"},
    }
    assert by_key()["half_life"]["unit"] == "s"
    assert by_key()["correlation"]["rule"] == {"name": "corr"}
    assert (by_key()["alpha"]["card"], by_key()["alpha"]["line"], by_key()["alpha"]["rule"]) == (None, None, None)


@pytest.mark.parametrize("hedge", list(HedgeName))
def test_what_is_about_the_traded_model_is_not_shown_beside_it(hedge: HedgeName) -> None:
    entries = by_key(hedge=hedge)
    hidden = {key for key, each in entries.items() if not each["shown"]}
    of_another = {key for key, each in STATISTICS.items() if each.only_with not in {None, hedge}}
    assert hidden == of_another | {key for key, each in STATISTICS.items() if each.compares is hedge}
    assert all(entries[key]["shown"] for key in ("z", "spread", "beta"))


def test_the_traded_figures_name_their_model_where_it_is_not_least_squares() -> None:
    labels = {key: each["label"] for key, each in by_key(hedge="kalman").items()}
    assert (labels["z"], labels["spread"], labels["beta"]) == ("z-score (Kalman)", "Spread (Kalman)", "β (Kalman)")
    assert (by_key()["z"]["label"], by_key()["beta"]["label"]) == ("z-score", "β (OLS)")


def test_a_spread_of_prices_is_an_amount_without_basis_points() -> None:
    spread = by_key(space="level", intercept=False)["spread"]
    assert spread["line"]["title"] == "Spread Y − βX"
    assert (spread["measure"], spread["card"]["note"]) == ("amount", "")


@pytest.mark.parametrize("space", ["log", "level"])
@pytest.mark.parametrize("hedge", list(HedgeName))
def test_every_text_is_worded_and_every_note_names_statistics_and_formats(hedge: HedgeName, space: str) -> None:
    entries = by_key(hedge=hedge, space=space)
    for each in entries.values():
        assert FORMAT.fullmatch(each["format"])
        texts = [each["label"], each["help"], *([each["line"]["title"]] if each["line"] else [])]
        assert not any("{" in text for text in texts)
        for found in re.findall(r"\{([^}]*)\}", each["card"]["note"] if each["card"] else ""):
            key, _, written = found.partition(":")
            assert found == "state" or (key in entries and FORMAT.fullmatch(written)), found
        if each["line"] and each["line"]["bands"]:
            assert set(each["line"]["bands"]) <= set(entries)


def test_names_of_rules_are_named_once() -> None:
    names = [each["rule"]["name"] for each in catalogue(AnalyticsConfig()) if each["rule"]]
    assert len(names) == len(set(names))
