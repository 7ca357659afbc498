"""The status answer: the union of the status of all parts of the engine."""

from __future__ import annotations

from itertools import chain

import spreadscope
from spreadscope import contract
from spreadscope.api.rate_history import RateHistory, Sample
from spreadscope.api.structs import analytics_settings, signal_settings
from spreadscope.app.live_engine import LiveEngine
from spreadscope.model.config import Config
from spreadscope.model.states import Mode


class StatusMaker:
    """The maker of the status answer. Rates are over the time since the last call of ``tick``."""

    def __init__(self, live: LiveEngine) -> None:
        self._live = live
        self._core, self._markets = live.core, live.markets
        self._alerting, self._archiver = live.alerting, live.archiver
        self._clock, self._loop = live.clock, live.loop
        self._messages = self._markets.messages
        self._trades = self._core.trades
        self._measured_ns = self._clock.monotonic_ns()
        self._rates = contract.Rates(0.0, 0.0)
        self._config = _settings(live.config)
        self._history = RateHistory()

    def tick(self) -> None:
        """Measure the rates; called once a second."""
        now, messages, trades = self._clock.monotonic_ns(), self._markets.messages, self._core.trades
        seconds = max(1e-3, (now - self._measured_ns) / 1e9)
        self._rates = contract.Rates(
            messages_per_second=round((messages - self._messages) / seconds, 1),
            trades_per_second=round((trades - self._trades) / seconds, 1),
        )
        self._messages, self._trades, self._measured_ns = messages, trades, now
        if self._history.is_due(now):
            self._history.add(self._sample(now))

    def _sample(self, now: int) -> Sample:
        lags = [symbol.lag_ms for symbol in self._markets.symbols() if symbol.lag_ms is not None]
        queue = self._live.queue()
        return Sample(
            time=self._clock.now_ns() // 1_000_000,
            monotonic_ns=now,
            messages=self._messages,
            trades=self._trades,
            lag_ms=round(max(lags), 1) if lags else None,
            loop_lag_ms=round(self._loop.lag_ms, 1),
            waiting=queue.events + queue.store,
            weight={venue.name: venue.rest.weight_used for venue in (market.status() for market in self._markets)},
        )

    def health(self) -> contract.Health:
        return contract.Health(spreadscope.__version__, self._live.started_ns // 1_000_000)

    def readiness(self) -> contract.Readiness:
        """Returns whether the engine can answer with true data: the union of what its parts say."""
        starting = [f"the engine is starting: {self._live.starting}"] if self._live.starting else []
        reasons = (*starting, *chain.from_iterable(part.unready() for part in self._live.components))
        return contract.Readiness(not reasons, reasons)

    def rate_history(self) -> contract.RateHistory:
        """Returns the rates of the last hour."""
        return self._history.history(tuple(market.status() for market in self._markets))

    def status(self) -> contract.Status:
        live, core, markets = self._live, self._core, self._markets
        source, config = markets.source, live.config
        venues = tuple(market.status() for market in markets)  # the default one first
        playback = live.playback()
        return contract.Status(
            version=spreadscope.__version__,
            mode=Mode.REPLAY if playback else source.mode if source else None,
            source=source.description if source else "",
            demo=markets.demo,
            data=str(config.data),
            now=self._clock.now_ns() // 1_000_000,
            market_time=core.market_time,
            started=live.started_ns // 1_000_000,
            starting=live.starting,
            config=self._config,
            connections=tuple(markets.connections()),
            symbols=tuple(markets.symbols()),
            pairs=tuple(map(str, core.pairs)),
            rates=self._rates,
            queue=live.queue(),
            loop_lag_ms=round(self._loop.lag_ms, 1),
            exchange_clock=venues[0].exchange_clock,
            rest=venues[0].rest,
            venues=venues,
            alerts=self._alerting.status(),
            archive=self._archiver.status(),
            alarms=tuple(live.alarms()),
            playback=playback,
        )


def _settings(config: Config) -> contract.ConfigStatus:
    return contract.ConfigStatus(
        timeframe=config.timeframe,
        signals=signal_settings(config.signals),
        analytics=analytics_settings(config.analytics.at(config.timeframe)),
    )
