"""Parameters: the settings of statistics and signals that can differ by pair and timeframe, and change while running.

They lie in layers. The configuration is the lowest; above it lie the parameters of all pairs, of all pairs at a
timeframe, of a pair, and of a pair at a timeframe. A higher layer wins, key by key.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import ValidationError

from spreadscope.model.config import AnalyticsConfig, AnalyticsSection, Config, SignalConfig
from spreadscope.model.errors import ConfigError
from spreadscope.model.hedge import Space
from spreadscope.model.instrument import Pair
from spreadscope.model.sections import analytics_at, parse_window
from spreadscope.model.setting_descriptions import SettingDescription, setting_descriptions
from spreadscope.model.timeframe import TIMEFRAMES, Timeframe

ParameterValue = bool | int | float | str
Values = Mapping[str, ParameterValue]

_ANALYTICS, _SIGNALS = "analytics.", "signals."
_WINDOW = "_window"


@cache
def parameter_descriptions() -> dict[str, SettingDescription]:
    """Returns every parameter by its dotted key, which is that of the configuration."""
    return {key: each for key, each in setting_descriptions().items() if key.startswith((_ANALYTICS, _SIGNALS))}


@dataclass(frozen=True, slots=True)
class PairParameters:
    """The parameters of one pair at one timeframe, with the windows in rows."""

    analytics: AnalyticsConfig
    signals: SignalConfig


@dataclass(frozen=True, slots=True, order=True)
class Scope:
    """What a layer is about: a pair (empty: all) and a timeframe (empty: all)."""

    pair: str = ""
    timeframe: str = ""

    def covers(self, pair: str, timeframe: str) -> bool:
        return self.pair in {"", pair} and self.timeframe in {"", timeframe}

    def __str__(self) -> str:
        """Returns the scope in words.

        >>> str(Scope("BTCUSDT/ETHUSDT", "1m")), str(Scope("", "1m"))
        ('BTCUSDT/ETHUSDT at 1m', 'all pairs at 1m')
        """
        return (self.pair or "all pairs") + (f" at {self.timeframe}" if self.timeframe else "")


class ParameterLayers:
    """The layers above a configuration. ``set`` replaces one; ``of`` returns what holds for a pair at a timeframe."""

    def __init__(self, config: Config, layers: Iterable[tuple[Scope, Values]] = ()) -> None:
        self._config = config
        self._layers: dict[Scope, dict[str, ParameterValue]] = {}
        for scope, values in layers:
            self.set(scope, values)

    def items(self) -> list[tuple[Scope, dict[str, ParameterValue]]]:
        return [(scope, dict(values)) for scope, values in sorted(self._layers.items())]

    def layer(self, scope: Scope) -> dict[str, ParameterValue]:
        """Returns what one layer sets."""
        return dict(self._layers.get(scope, {}))

    def set(self, scope: Scope, values: Values) -> None:
        """Replace a layer; without values it is removed. Raises ``ConfigError`` and changes nothing."""
        require_known(values)
        before = self._layers
        self._layers = {key: layer for key, layer in before.items() if key != scope}
        if values:
            self._layers[scope] = dict(values)
        try:
            for pair, timeframe in self._affected(scope):
                self._resolve(pair, timeframe)
        except ConfigError:
            self._layers = before
            raise

    def of(self, pair: Pair | str, timeframe: Timeframe) -> PairParameters:
        """Returns the parameters of a pair at a timeframe; an empty pair stands for one without its own."""
        return self._resolve(str(pair), timeframe)

    def space_of(self, subject: str, timeframe: Timeframe, pairs: Iterable[Pair]) -> Space:
        """Returns the space of the spread of a pair; of any of ``pairs`` it is prices where it is so for one."""
        names = (subject,) if "/" in subject else ("", *map(str, pairs))
        spaces = {self._resolve(name, timeframe).analytics.space for name in names}
        return Space.LEVEL if Space.LEVEL in spaces else Space.LOG

    def sources(self, pair: Pair | str, timeframe: Timeframe) -> dict[str, Scope]:
        """Returns the layer of each key that is not the configuration's."""
        return {key: scope for scope in self._covering(str(pair), timeframe) for key in self._layers[scope]}

    def values(self, pair: Pair | str, timeframe: Timeframe) -> dict[str, ParameterValue]:
        """Returns every key as it was given: windows may be times."""
        given = plain_values(self._config.analytics, self._config.signals)
        for scope in self._covering(str(pair), timeframe):
            given |= self._layers[scope]
        return given

    def _covering(self, pair: str, timeframe: str) -> list[Scope]:
        """Returns the layers of a pair at a timeframe, the lowest first."""
        wanted = (Scope(), Scope("", timeframe), Scope(pair), Scope(pair, timeframe))
        return [scope for scope in dict.fromkeys(wanted) if scope in self._layers]

    def _affected(self, scope: Scope) -> Iterator[tuple[str, Timeframe]]:
        pairs = {scope.pair, *(other.pair for other in self._layers)} if not scope.pair else {scope.pair}
        for pair in sorted(pairs):
            for timeframe in TIMEFRAMES:
                if scope.covers(pair, timeframe):
                    yield pair, timeframe

    def _resolve(self, pair: str, timeframe: Timeframe) -> PairParameters:
        if not self._covering(pair, timeframe):
            return PairParameters(self._config.analytics.at(timeframe), self._config.signals)
        try:
            return parameters_at(self.values(pair, timeframe), timeframe)
        except ConfigError as error:
            raise ConfigError(f"{Scope(pair, timeframe)}: {error}") from None


def parameters_at(values: Values, timeframe: Timeframe) -> PairParameters:
    """Returns the parameters of all keys at a timeframe; windows may be times. Raises ``ConfigError``."""
    analytics = _section(values, _ANALYTICS)
    prefix = _ANALYTICS
    try:
        windows = {key: parse_window(value) for key, value in analytics.items() if key.endswith(_WINDOW)}
        settings = analytics_at(analytics | windows, timeframe)
        prefix = _SIGNALS
        return PairParameters(settings, SignalConfig(**_section(values, _SIGNALS)))
    except ValidationError as error:
        first = error.errors()[0]
        key = "".join(f"{prefix}{part}: " for part in first["loc"])
        problem = key + first["msg"].removeprefix("Value error, ")
    except ValueError as error:
        problem = str(error)
    raise ConfigError(problem)


def plain_values(analytics: AnalyticsSection | AnalyticsConfig, signals: SignalConfig) -> dict[str, ParameterValue]:
    """Returns every parameter by its dotted key, as JSON can carry it."""
    sections = ((_ANALYTICS, analytics), (_SIGNALS, signals))
    return {
        prefix + key: str(value) if isinstance(value, str) else value
        for prefix, section in sections
        for key, value in section
    }


def require_known(values: Values) -> None:
    """Raise ``ConfigError`` for a key that is no parameter, or a value of another kind than its own."""
    known = parameter_descriptions()
    for key, value in values.items():
        if key not in known:
            nearest = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
            hint = f"did you mean {nearest[0]!r}?" if nearest else f"use one of {', '.join(known)}"
            raise ConfigError(f"unknown parameter {key[:60]!r}: {hint}")
        if not known[key].takes(value):
            raise ConfigError(f"{key}: {value!r:.60} is not of its kind, {known[key].kind.value}")


def _section(values: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    return {key.removeprefix(prefix): value for key, value in values.items() if key.startswith(prefix)}
