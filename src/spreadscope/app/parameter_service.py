"""The parameters of pairs: changed while the engine runs, kept in the store, and taken up again after a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from spreadscope import contract
from spreadscope.alerts import RuleError
from spreadscope.alerts.definition import require_units
from spreadscope.app.component import Component, warning
from spreadscope.app.core_service import CoreService
from spreadscope.app.store_service import StoreService
from spreadscope.model.config import Config
from spreadscope.model.errors import ConfigError, StateError, StoreError, UnknownSymbolError
from spreadscope.model.events import SetParameters
from spreadscope.model.instrument import parse_pair
from spreadscope.model.parameter_layers import ParameterLayers, Scope, Values
from spreadscope.model.timeframe import TIMEFRAMES
from spreadscope.store.parameters_table import store_parameters

MOST_LAYERS = 1_000


class ParameterService(Component):
    """``changed`` is called after a change, for the screens."""

    name = "parameters"

    def __init__(self, config: Config, core: CoreService, store: StoreService) -> None:
        self.changed: Callable[[], None] = lambda: None
        self._config = config
        self._core = core
        self._store = store
        self._problems: list[str] = []

    def alarms(self) -> Iterable[contract.Alarm]:
        return map(warning, self._problems)

    @property
    def layers(self) -> ParameterLayers:
        return self._core.engine.parameters

    async def resume(self) -> None:
        """Take up the parameters of an earlier run. A layer that no longer fits the configuration is left out, and
        said."""
        self._problems.clear()
        try:
            stored = await asyncio.to_thread(self._store.reader.parameters)
        except StoreError as error:
            self._problems.append(f"the stored parameters cannot be read ({error}): the configuration's hold")
            return
        checked = ParameterLayers(self._config)
        events = []
        for scope, values in stored:
            try:
                checked.set(scope, values)
            except ConfigError as error:
                self._problems.append(
                    f"the stored parameters of {scope} do not fit the configuration ({error}): they are left out until"
                    " they are set again"
                )
            else:
                events.append(SetParameters(scope.pair, scope.timeframe, dict(values)))
        self._core.apply(events)

    def parse_scope(self, pair: str, timeframe: str) -> Scope:
        """Returns the scope of two texts; both may be empty. Raises ``SymbolError`` or ``ConfigError``."""
        if timeframe and timeframe not in TIMEFRAMES:
            raise ConfigError(f"unknown timeframe {timeframe[:20]!r}: choose one of {', '.join(TIMEFRAMES)}, or none")
        if not pair:
            return Scope("", timeframe)
        parsed = parse_pair(pair)
        if parsed not in self._core.pairs:
            raise UnknownSymbolError(f"the pair {parsed} is not tracked: add it first")
        return Scope(str(parsed), timeframe)

    def check(self, scope: Scope, values: Values) -> ParameterLayers:
        """Returns the layers as they would be with a change. Raises ``ConfigError``."""
        layers = ParameterLayers(self._config, self.layers.items())
        layers.set(scope, values)
        if len(layers.items()) > MOST_LAYERS:
            raise StateError(f"at most {MOST_LAYERS} sets of parameters are kept: reset some first")
        pairs = self._core.pairs
        for rule in self._core.engine.alerts.rules.values():
            try:
                require_units(rule.plan, lambda subject, timeframe: layers.space_of(subject, timeframe, pairs))
            except RuleError as error:
                name = rule.definition.name or rule.definition.text
                raise ConfigError(f"the alert rule {name!r} would not be readable: {error}") from None
        return layers

    def set(self, scope: Scope, values: Values) -> None:
        """Replace a layer; without values it is removed. Raises ``ConfigError`` and changes nothing.

        Thresholds hold from the next row; statistics begin anew on the bars in memory, and an open position ends.
        """
        self.check(scope, values)
        if dict(values) == self.layers.layer(scope):
            return
        self._core.apply([SetParameters(scope.pair, scope.timeframe, dict(values))])
        self._store.writer.command(store_parameters(scope, values))
        self.changed()
