"""The FastAPI application over one live engine. Routes and objects: ``docs/api.md``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI, WebSocket

import spreadscope
from spreadscope.api.alert_history import add_alert_history
from spreadscope.api.alerts import add_alerts
from spreadscope.api.backtests import add_backtests
from spreadscope.api.delivery import add_delivery
from spreadscope.api.disk import Disk
from spreadscope.api.error_answers import add_errors
from spreadscope.api.exports import Downloads, add_exports
from spreadscope.api.hub import Hub
from spreadscope.api.jobs import add_jobs, uploads
from spreadscope.api.lab import add_lab
from spreadscope.api.limits import ApiLimits
from spreadscope.api.market import add_market
from spreadscope.api.openapi import complete_description
from spreadscope.api.pair_tests import add_pair_tests
from spreadscope.api.paper import add_paper
from spreadscope.api.paper_exports import add_paper_exports
from spreadscope.api.paper_topic import PaperTopics
from spreadscope.api.parameters import add_parameters
from spreadscope.api.playback_gateway import PlaybackGateway
from spreadscope.api.playbacks import add_playbacks
from spreadscope.api.queries import refuse_repeated
from spreadscope.api.read_only import ReadOnly
from spreadscope.api.risk import add_risk
from spreadscope.api.routing import Routes
from spreadscope.api.scanner import add_scanner
from spreadscope.api.settings import add_settings
from spreadscope.api.snapshots import Snapshots
from spreadscope.api.socket import add_socket_schema, serve_socket
from spreadscope.api.status import StatusMaker
from spreadscope.api.store_routes import add_stored_data
from spreadscope.api.topics import States
from spreadscope.api.transport_routes import TransportCommands, add_transport
from spreadscope.api.watch_topic import WatchTopics
from spreadscope.api.watching import add_watching
from spreadscope.app.backtest_service import BacktestService
from spreadscope.app.config_file import ConfigFile, default_file
from spreadscope.app.live_engine import LiveEngine
from spreadscope.app.playback_service import PATH as PLAYBACKS_PATH
from spreadscope.app.risk_service import RiskService
from spreadscope.app.scan_service import ScanService
from spreadscope.app.stored_data import StoredData
from spreadscope.app.trading_history import TradingHistory
from spreadscope.guard.body_limit import BoundedBodies
from spreadscope.guard.middleware import Guard
from spreadscope.store.reader import StoreReader
from spreadscope.tasks import Policy, Tasks


def make_hub(live: LiveEngine, status: StatusMaker, disk: Disk, tasks: Tasks, limits: ApiLimits | None = None) -> Hub:
    """Returns the hub of a running engine's topics."""
    core, alerting, store = live.core, live.alerting, live.store
    states = States(core, status, WatchTopics(core, store.reader, disk), PaperTopics(core, live.trading))
    return Hub(core, alerting, Snapshots(store.reader, alerting.rules, states, disk), states, disk, tasks, limits)


def create_app(
    live: LiveEngine,
    limits: ApiLimits | None = None,
    config_file: ConfigFile | None = None,
    transport: TransportCommands | None = None,
) -> FastAPI:
    """Returns the application of a running engine. ``config_file`` is what the settings page changes.

    ``transport`` moves a playback: with it nothing else can be changed.
    """
    limits = limits or ApiLimits()
    config, core, store, markets, alerting = live.config, live.core, live.store, live.markets, live.alerting
    jobs = live.jobs
    status = StatusMaker(live)
    tasks = Tasks(live.task_failed)
    disk = Disk(store.writer, tasks, limits)
    hub = make_hub(live, status, disk, tasks, limits)
    parameters = live.parameters
    parameters.changed = hub.parameters_changed

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with tasks:
            tasks.start("live updates of the pages", Policy.RESTART, hub.run)
            try:
                yield
            finally:
                hub.close()

    app = FastAPI(
        title="Spreadscope", version=spreadscope.__version__, lifespan=lifespan, dependencies=[Depends(refuse_repeated)]
    )
    app.state.faults = core.faults
    app.add_middleware(BoundedBodies, uploads=uploads(jobs))
    if transport is not None:
        app.add_middleware(ReadOnly)
    app.add_middleware(Guard)  # the last one added runs first
    add_errors(app)
    routes = Routes(app)
    downloads = Downloads(store.reader, markets, disk)
    add_market(routes, core, markets, store.reader, status, disk)
    add_paper_exports(routes, live.trading, downloads)
    add_exports(app, routes, downloads)
    add_parameters(routes, config, parameters, store.reader, disk)
    add_pair_tests(routes, core, store.reader, disk)
    add_settings(routes, config_file or ConfigFile(default_file(config.data), config))
    _add_trading(routes, live, store.reader, disk)
    add_watching(routes, core, markets, live.watch_list, disk, limits)
    add_alerts(routes, config, alerting, markets, disk, hub.rules_changed)
    add_alert_history(routes, config, alerting.rules, store.reader, downloads, disk)
    add_delivery(routes, alerting, disk)
    add_jobs(routes, jobs)
    add_lab(routes, core, config, markets, store.reader, jobs)
    add_scanner(routes, ScanService(config.data, jobs, markets))
    add_backtests(routes, BacktestService(config, store.reader, jobs, markets))
    add_stored_data(
        routes,
        StoredData(
            config, store.reader, jobs, live.archiver, markets, live.clock,
            started_ns=live.started_ns, market_time=lambda: core.market_time,
            most_hashed=limits.hashed_at_once,
        ),
        status,
        disk,
    )  # fmt: skip
    add_playbacks(routes, live.playbacks, store.reader, live.started_ns)
    add_transport(routes, live.playback, transport)
    add_socket_schema(routes)
    complete_description(app, routes.places)
    app.mount(PLAYBACKS_PATH, PlaybackGateway(live.playbacks))

    @app.websocket("/ws")
    async def socket(websocket: WebSocket) -> None:
        await serve_socket(websocket, hub)

    return app


def _add_trading(routes: Routes, live: LiveEngine, reader: StoreReader, disk: Disk) -> None:
    history = TradingHistory(live.trading, reader)
    add_paper(routes, live.trading, history, disk)
    add_risk(routes, RiskService(live.config, live.core, live.trading, reader), history, disk)
