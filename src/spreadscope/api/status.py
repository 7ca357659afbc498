"""The status object: the state of everything, in one answer."""

from __future__ import annotations

from datetime import UTC, datetime

import spreadscope
from spreadscope import contract
from spreadscope.api import delivery
from spreadscope.api.shapes import copier
from spreadscope.api.structs import ANALYTICS, SIGNALS
from spreadscope.app.live import LiveEngine
from spreadscope.ingest.connection import Connection
from spreadscope.model.config import Config
from spreadscope.model.states import ConnectionState, Level, SymbolState

_DAY_MS = 86_400_000  # a market further away than that is a recording, and its lag means nothing
_SLOW_LOOP_MS = 500.0
_LATE_CONNECTION_NS = 5_000_000_000

_archive_run = copier(contract.ArchiveRun)
_space = copier(contract.DiskSpace)


class StatusMaker:
    """Builds the status; rates are over the time since the last call of ``tick``."""

    def __init__(self, live: LiveEngine) -> None:
        self._live = live
        self._messages = live.feed.messages
        self._trades = live.trades
        self._at_ns = live.clock.monotonic_ns()
        self._rates = contract.Rates(0.0, 0.0)
        self._config = _settings(live.config)

    def tick(self) -> None:
        """Measure the rates; called once a second."""
        live, now = self._live, self._live.clock.monotonic_ns()
        seconds = max(1e-3, (now - self._at_ns) / 1e9)
        self._rates = contract.Rates(
            messages_per_second=round((live.feed.messages - self._messages) / seconds, 1),
            trades_per_second=round((live.trades - self._trades) / seconds, 1),
        )
        self._messages, self._trades, self._at_ns = live.feed.messages, live.trades, now

    def status(self) -> contract.Status:
        live = self._live
        source = live.source
        config = live.config
        return contract.Status(
            version=spreadscope.__version__,
            mode=source.mode if source else None,
            source=source.description if source else "",
            demo=bool(source and source.mode == "demo"),
            data=str(config.data),
            now=live.clock.now_ns() // 1_000_000,
            market_time=live.engine.market_time,
            started=live.started_ns // 1_000_000,
            starting=live.starting,
            config=self._config,
            connections=tuple(self._connection(connection) for connection in live.feed.connections),
            symbols=tuple(self._symbol(symbol) for symbol in live.engine.tapes),
            pairs=tuple(str(pair) for pair in live.engine.pairs),
            rates=self._rates,
            queue=contract.Queue(
                live.feed.waiting_frames + live.intake.waiting, live.writer.pending_rows, live.writer.pending_bytes
            ),
            loop_lag_ms=round(live.watchdog.loop_lag_ms, 1),
            exchange_clock=self._exchange_clock(),
            rest=self._rest(),
            alerts=self._alerts(),
            archive=self._archive(),
            alarms=tuple(self._alarms()),
        )

    def _exchange_clock(self) -> contract.ExchangeClock:
        clock = self._live.watchdog.exchange_clock
        offset, round_trip = clock.offset_ms, clock.round_trip_ms
        return contract.ExchangeClock(
            offset_ms=None if offset is None else round(offset, 1),
            round_trip_ms=None if round_trip is None else round(round_trip, 1),
            real_time=clock.real_time,
            steps=clock.steps,
        )

    def _rest(self) -> contract.RestStatus:
        live = self._live
        budget = live.client.budget
        return contract.RestStatus(
            weight_used=budget.used,
            weight_limit=budget.limit,
            blocked_seconds=round(budget.blocked_s, 1),
            banned_seconds=round(budget.banned_s, 1),
            refusals=budget.refusals,
            trades_missing=live.backfill.missing,
            trades_fetched=live.backfill.filled,
        )

    def _alerts(self) -> contract.AlertsStatus:
        rules = self._live.engine.alerts.rules.values()
        firing = sum(bool(each.life.incident) for rule in rules for each in rule.instances.values())
        return contract.AlertsStatus(len(rules), firing, *delivery.status(self._live))

    def _archive(self) -> contract.ArchiveStatus:
        archiver = self._live.archiver
        enabled = self._live.config.archive.enabled
        return contract.ArchiveStatus(
            enabled=enabled,
            running=archiver.running,
            next_run=archiver.next_run() if enabled else None,
            last_run=_archive_run(archiver.last) if archiver.last else None,
            space=_space(archiver.space) if archiver.space else None,
        )

    def _connection(self, connection: Connection) -> contract.ConnectionStatus:
        now = self._live.clock.monotonic_ns()
        age = (now - connection.last_frame_ns) // 1_000_000 if connection.last_frame_ns else None
        return contract.ConnectionStatus(
            name=connection.name,
            state=connection.state,
            since=connection.since_ns // 1_000_000,
            streams=len(connection.streams),
            reconnects=connection.reconnects,
            renewals=connection.renewals,
            last_frame_age_ms=age,
            silent_ms=round(self._live.watchdog.silent_s(connection) * 1e3),
            paused=connection.paused,
            detail=connection.detail,
        )

    def _symbol(self, symbol: str) -> contract.SymbolStatus:
        live = self._live
        tape = live.engine.tapes[symbol]
        seen = live.feed.symbols.get(symbol)
        health = live.watchdog.symbols.get(symbol)
        age = (live.clock.monotonic_ns() - seen.last_seen_ns) // 1_000_000 if seen and seen.last_seen_ns else None
        holes = tape.ledger.holes()
        return contract.SymbolStatus(
            symbol=symbol,
            connection=carrier.name if (carrier := live.feed.connection_of(symbol)) else None,
            state=health.state if health else SymbolState.WAITING,
            last_price=tape.last_price,
            last_time=tape.last_time,
            age_ms=age,
            lag_ms=seen.lag_ms if seen and abs(seen.lag_ms or 0) < _DAY_MS else None,
            trades=tape.accepted,
            first_id=tape.ledger.first,
            last_id=tape.ledger.last,
            open_gaps=len(holes),
            missing=sum(len(hole) for hole in holes),
            detail=live.backfill.problems.get(symbol) or (health.detail if health else ""),
        )

    def _silence(self, silent: list[Connection]) -> str:
        """What does not come, why as far as that is known, and what to do."""
        live = self._live
        seconds = max(map(live.watchdog.silent_s, silent))
        whole = len(silent) == len(live.feed.connections)
        of = "" if whole else f" on {', '.join(connection.name for connection in silent)}"
        why = next((connection.detail for connection in silent if connection.detail), "")
        demo = live.source is not None and live.source.mode == "demo"
        look = (
            "see whether the local exchange still runs"
            if demo
            else "check this machine's network and the exchange's news"
        )
        return (
            f"nothing has come from the exchange{of} for {seconds:.0f} s{f' ({why})' if why else ''}: prices and figures are"
            f" old, do not act on them; {look}; the engine connects again by itself"
        )

    def _alarms(self) -> list[contract.Alarm]:
        live = self._live
        alarms = [_error(live.writer.failed)] if live.writer.failed else []
        if live.writer.error and not live.writer.failed:
            alarms.append(_error(live.writer.error))
        if live.writer.error and live.writer.pending_messages:
            alarms.append(_error(f"{live.writer.pending_messages} alerts wait for the disk before they can be sent"))
        alarms += [contract.Alarm(Level(alarm.level), alarm.message) for alarm in live.faults.alarms()]
        if banned := live.client.budget.banned_s:
            until = datetime.fromtimestamp(live.client.budget.banned_until_ns / 1e9, UTC)
            alarms.append(
                _error(
                    f"the exchange has banned this address from REST until {until:%Y-%m-%d %H:%M:%S} UTC, for another"
                    f" {banned:.0f} s: live trades go on, gaps stay open"
                )
            )
        if live.listing.alarm:
            alarms.append(_warning(live.listing.alarm))
        if live.past.problem:
            alarms.append(_warning(live.past.problem))
        now = live.clock.now_ns()
        silent = live.watchdog.silent()
        if silent:
            alarms.append(_error(self._silence(silent)))
        alarms += [
            _error(f"connection {connection.name}: {connection.detail or connection.state}")
            for connection in live.feed.connections
            if connection.state is not ConnectionState.CONNECTED
            and connection not in silent
            and now - connection.since_ns > _LATE_CONNECTION_NS
        ]
        alarms += [
            _error(f"{symbol}: {health.state}: {health.detail}")
            for symbol, health in live.watchdog.symbols.items()
            if health.state in {SymbolState.STALLED, SymbolState.NEVER_DELIVERED, SymbolState.LAGGING}
        ]
        alarms += [_warning(f"{symbol}: gap not filled yet: {text}") for symbol, text in live.backfill.problems.items()]
        alarms += [_warning(text) for text in live.problems.values()]
        alarms += [_error(text) for text in live.alert_file.alarms()]
        alarms += [_warning(text) for text in live.delivery.troubles()]
        alarms += [_warning(f"the exchange refused a request: {text}") for text in live.feed.refusals[-3:]]
        if live.archiver.problem:
            alarms.append(_warning(live.archiver.problem))
        if live.feed.rejected:
            alarms.append(_warning(f"{live.feed.rejected} malformed frames in quarantine"))
        if live.watchdog.loop_lag_ms > _SLOW_LOOP_MS:
            alarms.append(_warning(f"the engine is busy: {live.watchdog.loop_lag_ms:.0f} ms late"))
        return alarms


def _error(message: str) -> contract.Alarm:
    return contract.Alarm(Level.ERROR, message)


def _warning(message: str) -> contract.Alarm:
    return contract.Alarm(Level.WARNING, message)


def _settings(config: Config) -> contract.ConfigStatus:
    return contract.ConfigStatus(
        timeframe=config.timeframe,
        signals=SIGNALS(**config.signals.model_dump()),
        analytics=ANALYTICS(**config.analytics.model_dump()),
    )
