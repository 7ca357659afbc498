"""The settings of a study: the engine's configuration with one set of parameters laid over it."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

import msgspec
from pydantic import BaseModel, ValidationError

from spreadscope.contract.lab import MOST_FEE_BPS, ParameterSet
from spreadscope.model.config import AnalyticsConfig, Config, SignalConfig
from spreadscope.model.errors import ConfigError

SECTIONS = ("analytics", "signals")
_BPS = 10_000.0


class StudySettings(msgspec.Struct, frozen=True):
    """The settings of one set. ``fee`` is the fee of one fill as a share of its notional."""

    config: Config
    fee: float

    def shown(self) -> dict[str, float | bool | str]:
        """Returns every setting of the statistics and the signals by its key."""
        return {
            f"{section}.{name}": value
            for section in SECTIONS
            for name, value in getattr(self.config, section).model_dump(mode="json").items()
        }


def settings_of(config: Config, parameters: ParameterSet) -> StudySettings:
    """Returns the settings of a set. Raises ``ConfigError`` with the words of the configuration file."""
    given: dict[str, dict[str, Any]] = {section: {} for section in SECTIONS}
    known = setting_keys()
    for key, value in parameters.settings.items():
        section, _, name = key.partition(".")
        if key not in known:
            raise ConfigError(_unknown(key))
        given[section][name] = value
    changed = {section: _section(config, section, values) for section, values in given.items()}
    if not 0 <= parameters.fee_bps <= MOST_FEE_BPS:  # NaN is neither
        raise ConfigError(f"the fee is {parameters.fee_bps:g} basis points a fill: give 0 to {MOST_FEE_BPS:g}")
    return StudySettings(config.model_copy(update=changed), parameters.fee_bps / _BPS)


def setting_keys() -> tuple[str, ...]:
    """Returns the keys that a set may name."""
    sections: dict[str, type[BaseModel]] = {"analytics": AnalyticsConfig, "signals": SignalConfig}
    return tuple(f"{section}.{name}" for section, model in sections.items() for name in model.model_fields)


def _section(config: Config, section: str, values: Mapping[str, Any]) -> AnalyticsConfig | SignalConfig:
    current: AnalyticsConfig | SignalConfig = getattr(config, section)
    if not values:
        return current
    try:
        return type(current).model_validate({**current.model_dump(), **values})
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join([section, *(str(part) for part in first["loc"])])
        message = first["msg"].removeprefix("Value error, ")
        raise ConfigError(f"{key}: {message}" if first["loc"] else message) from None


def _unknown(key: str) -> str:
    nearest = difflib.get_close_matches(key, setting_keys(), n=1, cutoff=0.5)
    hint = f"did you mean {nearest[0]!r}?" if nearest else "a study takes those of analytics and signals"
    return f"unknown configuration key {key[:60]!r}: {hint}"


__all__ = ["StudySettings", "setting_keys", "settings_of"]
