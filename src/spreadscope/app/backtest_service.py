"""Backtests in a running engine: what is asked is checked at once, then becomes a job."""

from __future__ import annotations

import json
import re
from pathlib import Path

from spreadscope import contract
from spreadscope.app.job_service import JobService
from spreadscope.app.markets import Markets
from spreadscope.app.parameter_service import ParameterService
from spreadscope.contract.bodies import PAIR_FORM
from spreadscope.model.config import Config
from spreadscope.model.errors import ConfigError, SpreadscopeError
from spreadscope.model.instrument import malformed_pair
from spreadscope.replay.backtest_job import BacktestJob
from spreadscope.replay.backtest_plan import BacktestPlan, plan_of
from spreadscope.replay.session_config import OF_THE_CORE
from spreadscope.replay.trades_source import NoTradesError, stored_span
from spreadscope.store.reader import StoreReader

KIND = "backtest"
_PAIR = re.compile(PAIR_FORM)


class BacktestService:
    """Begins backtests over the store of the engine, with its configuration and the parameters that are set."""

    def __init__(
        self, config: Config, reader: StoreReader, jobs: JobService, markets: Markets, parameters: ParameterService
    ) -> None:
        self._config = config
        self._parameters = parameters
        self._data = str(Path(config.data).absolute())
        self._reader = reader
        self._jobs = jobs
        self._markets = markets

    def check(self, body: contract.BacktestBody) -> contract.BacktestCheck:
        """Returns whether a backtest could begin. Raises ``SymbolError`` for what is no pair at all."""
        malformed = next((text for text in body.pairs if _PAIR.fullmatch(text) is None), None)
        if malformed is not None:
            raise malformed_pair(malformed)
        try:
            plan = self._plan(body)
        except SpreadscopeError as error:
            return contract.BacktestCheck("", 0, str(error))
        return contract.BacktestCheck(_title(plan), plan.runs, None, plan.parameters)

    async def start(self, body: contract.BacktestBody) -> contract.Job:
        """Queue a backtest. Raises ``SpreadscopeError`` for what can be known to fail."""
        plan = self._plan(body)
        core = json.loads(self._config.model_dump_json(include=OF_THE_CORE | {"paper"}))
        layers = tuple((scope.pair, scope.timeframe, values) for scope, values in self._parameters.layers.items())
        job = BacktestJob(self._data, body, core, layers)
        return await self._jobs.submit(KIND, _title(plan), job, demo=self._markets.demo)

    def _plan(self, body: contract.BacktestBody) -> BacktestPlan:
        plan = plan_of(body, self._config, self._parameters.layers.items())
        symbols = tuple(dict.fromkeys(symbol for pair in plan.settings.pairs for symbol in pair.symbols))
        try:
            stored_span(self._reader, symbols, plan.settings.start, plan.settings.end)
        except NoTradesError as error:  # not the store's fault: other pairs or times were to be asked for
            raise ConfigError(str(error)) from None
        return plan


def _title(plan: BacktestPlan) -> str:
    pairs = plan.settings.pairs
    more = f" and {len(pairs) - 1} more" if len(pairs) > 1 else ""
    return f"Backtest of {pairs[0]}{more} at {plan.settings.timeframe}"
