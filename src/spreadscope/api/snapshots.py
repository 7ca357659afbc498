"""Snapshots of the live topics, with which a screen begins. They are read and shaped in threads."""

from __future__ import annotations

import asyncio

import msgspec

from spreadscope import contract
from spreadscope.api import shapes
from spreadscope.api.disk import Disk
from spreadscope.api.pair_data import stored_pair
from spreadscope.api.requests import is_of_account, pair_topic
from spreadscope.api.restating import forming
from spreadscope.api.structs import analytics_settings, signal_settings
from spreadscope.api.topics import STATE_TOPICS, States
from spreadscope.app.rule_service import RuleService
from spreadscope.model.errors import StoreError
from spreadscope.model.instrument import Pair
from spreadscope.model.timeframe import Timeframe
from spreadscope.pairs.statistics.catalogue import catalogue
from spreadscope.store.reader import StoreReader

_ALERTS = 200
_AT_ONCE = 2
_SECONDS = 10.0


class Snapshots:
    """The maker of snapshots. Where rows are not on disk yet it says so, and the caller sends another later."""

    def __init__(self, reader: StoreReader, rule_service: RuleService, states: States, disk: Disk) -> None:
        self._reader = reader
        self._rules = rule_service
        self._states = states
        self._core = states.core
        self._disk = disk
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def make(self, topic: str) -> tuple[msgspec.Raw, bool]:
        """Returns the snapshot of a topic as JSON, and whether it is complete. Raises ``SpreadscopeError``."""
        if (state := STATE_TOPICS.get(topic)) is not None:
            return _encoded(state.make(self._states)), True
        if is_of_account(topic):
            return _encoded(self._states.paper.snapshot(topic)), True
        if (watch := self._states.watch.topics.get(topic)) is not None:
            async with self._slots:
                view, complete = await watch.snapshot()
            return _encoded(view), complete  # on the loop, before any further change
        complete = await self._disk.reached_for_reads()
        async with self._slots:
            try:
                async with asyncio.timeout(_SECONDS):
                    data = await self._alerts() if topic == "alerts" else await self._pair(*pair_topic(topic))
            except TimeoutError:
                raise StoreError(f"the store did not answer within {_SECONDS:g} s: ask again in a moment") from None
        return await asyncio.to_thread(_encoded, data), complete

    async def _alerts(self) -> contract.AlertsView:
        alerts = await asyncio.to_thread(self._reader.alerts, _ALERTS)
        return contract.AlertsView(rule_list(self._rules), [shapes.alert(alert) for alert in alerts])

    async def _pair(self, pair: Pair, timeframe: Timeframe) -> contract.PairView:
        parameters = self._core.parameters(pair, timeframe)
        stored = await asyncio.to_thread(stored_pair, self._reader, parameters.signals, pair, timeframe)
        open_bars = forming(self._core, pair, timeframe)
        return contract.PairView(
            pair=str(pair),
            timeframe=timeframe,
            analytics=analytics_settings(parameters.analytics),
            signal_settings=signal_settings(parameters.signals),
            statistics=catalogue(parameters.analytics),
            bars_y=stored.bars_y,
            bars_x=stored.bars_x,
            rows=stored.rows,
            signals=stored.signals,
            forming_y=open_bars.y,
            forming_x=open_bars.x,
            live=open_bars.live,
            executable=open_bars.executable,
        )


def rule_list(service: RuleService) -> list[contract.Rule]:
    """Returns every alert rule with its state."""
    return [shapes.rule(rule) for rule in service.active()]


def _encoded(data: msgspec.Struct) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(data))
