"""Sets of parameters over the engine's configuration, and what is refused in its words."""

from __future__ import annotations

import math

import pytest

from spreadscope.contract.lab import ParameterSet
from spreadscope.model.config import Config
from spreadscope.model.errors import ConfigError
from spreadscope.model.parameter_layers import ParameterLayers, parameter_descriptions
from spreadscope.model.timeframe import Timeframe
from spreadscope.research.lab.study_settings import settings_of

BASE = ParameterLayers(Config()).of("", Timeframe.M1)


def test_what_is_not_named_is_as_configured() -> None:
    config = Config(analytics={"hedge_window": 200}, signals={"entry": 2.5})
    base = ParameterLayers(config).of("", Timeframe.M1)
    found = settings_of(base, Timeframe.M1, ParameterSet(settings={"signals.exit": 0.1}, fee_bps=2.0))
    assert found.analytics == base.analytics
    assert (found.signals.entry, found.signals.exit) == (2.5, 0.1)
    assert found.fee == pytest.approx(0.0002)
    assert found.shown()["analytics.hedge_window"] == 200
    assert set(found.shown()) == set(parameter_descriptions())


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"analytics.hedge_window": 5}, "analytics.hedge_window: Input should be greater than or equal to 30"),
        ({"analytics.hedge_window": "many"}, "'many' is no window"),
        ({"analytics.z_window": 500}, "analytics.z_window must be smaller than analytics.hedge_window"),
        ({"signals.entry": 5.0}, "signals need exit < entry < stop"),
        ({"signals.entry": math.nan}, "signals"),
        ({"analytics.hedge": "magic"}, "analytics.hedge: Input should be 'ols'"),
        ({"analytics.hegde": "ols"}, "unknown parameter 'analytics.hegde': did you mean 'analytics.hedge'?"),
        ({"api.port": 1}, "unknown parameter 'api.port'"),
        ({"<b>🎈": 1}, "unknown parameter '<b>🎈'"),
        ({"analytics.evidence_window": 10}, "10 rows cannot carry evidence"),
    ],
)
def test_what_is_wrong_is_said_in_the_words_of_the_configuration(
    values: dict[str, float | str | bool], words: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        settings_of(BASE, Timeframe.M1, ParameterSet(settings=values))
    assert words in str(caught.value)


@pytest.mark.parametrize("fee", [-1.0, 1_001.0, math.nan, math.inf])
def test_a_fee_is_bounded(fee: float) -> None:
    with pytest.raises(ConfigError, match="basis points a fill: give 0 to 1000"):
        settings_of(BASE, Timeframe.M1, ParameterSet(fee_bps=fee))
