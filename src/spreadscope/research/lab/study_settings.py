"""The settings of a study: what holds for the pair with one set of parameters laid over it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from spreadscope.contract.lab import MOST_FEE_BPS, ParameterSet
from spreadscope.model.config import AnalyticsConfig, SignalConfig
from spreadscope.model.errors import ConfigError
from spreadscope.model.parameter_layers import PairParameters, parameters_at, plain_values, require_known
from spreadscope.model.timeframe import Timeframe

_BPS = 10_000.0


class StudySettings(msgspec.Struct, frozen=True):
    """The settings of one set. ``fee`` is the fee of one fill as a share of its notional."""

    parameters: PairParameters
    fee: float

    @property
    def analytics(self) -> AnalyticsConfig:
        return self.parameters.analytics

    @property
    def signals(self) -> SignalConfig:
        return self.parameters.signals

    def shown(self) -> dict[str, float | bool | str]:
        """Returns every setting of the statistics and the signals by its key; windows are in rows."""
        return plain_values(self.parameters.analytics, self.parameters.signals)


def settings_of(base: PairParameters, timeframe: Timeframe, given: ParameterSet) -> StudySettings:
    """Returns the settings of a set. Raises ``ConfigError`` with the words of the configuration file."""
    require_known(given.settings)
    if not 0 <= given.fee_bps <= MOST_FEE_BPS:  # NaN is neither
        raise ConfigError(f"the fee is {given.fee_bps:g} basis points a fill: give 0 to {MOST_FEE_BPS:g}")
    values: Mapping[str, Any] = {**plain_values(base.analytics, base.signals), **given.settings}
    return StudySettings(parameters_at(values, timeframe), given.fee_bps / _BPS)


__all__ = ["StudySettings", "settings_of"]
