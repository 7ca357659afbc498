"""The routes of parameters: what holds for a pair, a change, and its preview on stored bars (``docs/api.md``)."""

from __future__ import annotations

import asyncio

from fastapi import Response
from starlette.exceptions import HTTPException

from spreadscope import contract
from spreadscope.api.disk import Disk
from spreadscope.api.queries import Frame, PairOrAllQuery
from spreadscope.api.routing import Routes
from spreadscope.api.signals import with_advice
from spreadscope.api.structs import analytics_settings, signal_settings
from spreadscope.app.parameter_service import ParameterService
from spreadscope.app.parameter_trial import Trial, run_trials
from spreadscope.contract import NotYet, ParametersBody, ParameterTrialBody
from spreadscope.guard.identity import ADMIN, READ
from spreadscope.model.config import Config
from spreadscope.model.errors import ConfigError, SymbolError
from spreadscope.model.instrument import parse_pair
from spreadscope.model.parameter_layers import ParameterLayers, Scope, Values, parameter_descriptions
from spreadscope.model.timeframe import Timeframe
from spreadscope.store.reader import StoreReader

_MOST_VALUES = 100


def add_parameters(routes: Routes, config: Config, service: ParameterService, reader: StoreReader, disk: Disk) -> None:
    """Add the routes. A change is answered once it is on disk."""
    one_preview = asyncio.Semaphore(1)

    @routes.get("/api/parameters")
    async def get_parameters(pair: PairOrAllQuery = "", timeframe: Frame | None = None) -> contract.Parameters:
        scope = _scope(service, pair, timeframe or "")
        return describe(service.layers, scope, timeframe or config.timeframe)

    @routes.put("/api/parameters", needs=ADMIN)
    async def put_parameters(body: ParametersBody) -> contract.Parameters | NotYet[contract.Parameters]:
        scope = _scope(service, body.pair, body.timeframe)
        _require_few(body.values)
        await disk.require()
        service.set(scope, body.values)
        frame = Timeframe(scope.timeframe) if scope.timeframe else config.timeframe
        return await disk.answer_when_stored(describe(service.layers, scope, frame))

    @routes.post("/api/parameters/preview", needs=READ)
    async def preview_parameters(response: Response, body: ParameterTrialBody) -> contract.ParameterPreview:
        scope = _scope(service, body.pair, body.timeframe)
        pair = parse_pair(scope.pair)
        _require_few(body.values)
        changed = service.check(scope, body.values)
        await disk.await_for_read(response)
        candidates = tuple(layers.of(pair, body.timeframe) for layers in (service.layers, changed))
        async with one_preview:
            now, then = await asyncio.to_thread(run_trials, reader, pair, body.timeframe, candidates)
        problem = "" if then.rows else "nothing is stored of this pair at this timeframe yet"
        return contract.ParameterPreview(
            pair=str(pair), timeframe=body.timeframe, now=_shaped(now), then=_shaped(then), problem=problem
        )


def describe(layers: ParameterLayers, scope: Scope, timeframe: Timeframe) -> contract.Parameters:
    """Returns what holds in a scope at a timeframe, and where each value is from."""
    values, sources = layers.values(scope.pair, timeframe), layers.sources(scope.pair, timeframe)
    own = layers.layer(scope)
    resolved = layers.of(scope.pair, timeframe)
    return contract.Parameters(
        pair=scope.pair,
        timeframe=timeframe,
        analytics=analytics_settings(resolved.analytics),
        signals=signal_settings(resolved.signals),
        parameters=[
            contract.Parameter(
                key=key,
                kind=each.kind,
                value=values[key],
                layer=own.get(key),
                source=str(sources[key]) if key in sources else "the configuration",
                default=each.default,
                help=each.help,
                choices=each.choices,
                low=each.low,
                high=each.high,
            )
            for key, each in parameter_descriptions().items()
        ],
    )


def _scope(service: ParameterService, pair: str, timeframe: str) -> Scope:
    try:
        return service.parse_scope(pair, timeframe)
    except SymbolError as error:
        raise HTTPException(404, str(error)) from None


def _require_few(values: Values) -> None:
    if len(values) > _MOST_VALUES:
        raise ConfigError(f"{len(values)} values were given: there are {len(parameter_descriptions())} parameters")


def _shaped(trial: Trial) -> contract.ParameterTrial:
    parameters = trial.parameters
    rows = {row.time: row for row in trial.rows}
    return contract.ParameterTrial(
        analytics=analytics_settings(parameters.analytics),
        signals=signal_settings(parameters.signals),
        times=[row.time for row in trial.rows],
        spread=[row.spread.value for row in trial.rows],
        z=[row.z.value for row in trial.rows],
        newest=dict(trial.rows[-1].statistics) if trial.rows else {},
        trades=[with_advice(signal, rows.get(signal.time), parameters.signals) for signal in trial.signals],
    )
