"""The FastAPI application over one live engine. Routes and objects: ``docs/api.md``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import Depends, FastAPI, WebSocket

import spreadscope
from spreadscope.api.access import add_access, add_access_log
from spreadscope.api.access_gate import AccessGate, Credentials
from spreadscope.api.alert_history import add_alert_history
from spreadscope.api.alerts import add_alerts
from spreadscope.api.backtests import add_backtests
from spreadscope.api.delivery import add_delivery
from spreadscope.api.disk import Disk
from spreadscope.api.documentation import add_documentation
from spreadscope.api.error_answers import DeclaredMethods, add_errors
from spreadscope.api.exports import Downloads, add_exports
from spreadscope.api.hub import Hub
from spreadscope.api.jobs import add_jobs, uploads
from spreadscope.api.lab import add_lab
from spreadscope.api.limits import ApiLimits
from spreadscope.api.log_level import add_log_level
from spreadscope.api.market import add_market
from spreadscope.api.metrics import add_metrics
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
from spreadscope.api.statements import add_statements
from spreadscope.api.status import StatusMaker
from spreadscope.api.store_routes import add_stored_data
from spreadscope.api.topics import States
from spreadscope.api.transport_routes import TransportCommands, add_transport
from spreadscope.api.watch_topic import WatchTopics
from spreadscope.api.watching import add_watching
from spreadscope.app.access_service import AccessService
from spreadscope.app.account_statements import AccountStatements
from spreadscope.app.backtest_service import BacktestService
from spreadscope.app.config_file import ConfigFile, default_file
from spreadscope.app.live_engine import LiveEngine
from spreadscope.app.local_key import LocalKey
from spreadscope.app.log_control import LogLevelControl
from spreadscope.app.playback_service import PATH as PLAYBACKS_PATH
from spreadscope.app.risk_service import RiskService
from spreadscope.app.scan_service import ScanService
from spreadscope.app.stored_data import StoredData
from spreadscope.app.trading_history import TradingHistory
from spreadscope.guard.body_limit import BoundedBodies
from spreadscope.guard.forwarded import ForwardedHeaders, parse_networks
from spreadscope.guard.middleware import Guard
from spreadscope.guard.peer import OwnPrograms
from spreadscope.model.access_section import is_loopback
from spreadscope.store.reader import StoreReader
from spreadscope.tasks import Policy, Tasks

if TYPE_CHECKING:  # its packages are an extra
    from spreadscope.app.oidc.oidc_service import OidcService


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
    access: AccessService | None = None,
    local_key: LocalKey | None = None,
    provider: OidcService | None = None,
) -> FastAPI:
    """Returns the application of a running engine. ``config_file`` is what the settings page changes.

    ``transport`` moves a playback: with it nothing else can be changed. Without ``access`` it answers programs of this
    account alone; where the kernel does not say whose they are, those that show ``local_key``.
    ``provider`` signs persons in, and its tokens are accepted.
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
        title="Spreadscope", version=spreadscope.__version__, lifespan=lifespan,
        dependencies=[Depends(refuse_repeated)], docs_url=None, redoc_url=None,  # theirs load programs from elsewhere
    )  # fmt: skip
    routes = Routes(app)
    app.state.faults, app.state.access_table = core.faults, routes.table
    _add_guards(app, routes, live, access or local_key, limits, provider, read_only=transport is not None)
    add_access(routes, access, provider)
    downloads = Downloads(store.reader, markets, disk, limits.downloads)
    if access is not None:
        add_access_log(routes, access, downloads)
    _add_operation(routes, live, status, tasks)
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
    add_backtests(routes, BacktestService(config, store.reader, jobs, markets, parameters))
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
    _add_playbacks(routes, live, store.reader, transport)
    add_socket_schema(routes)
    complete_description(app, routes.places)
    add_documentation(app, routes.table)
    app.mount(PLAYBACKS_PATH, PlaybackGateway(live.playbacks, access.local_token if access is not None else ""))

    @app.websocket("/ws")
    async def socket(websocket: WebSocket) -> None:
        await serve_socket(websocket, hub)

    return app


def _add_operation(routes: Routes, live: LiveEngine, status: StatusMaker, tasks: Tasks) -> None:
    add_metrics(routes, live, status)
    add_log_level(routes, LogLevelControl(live.clock, tasks))


def _add_playbacks(routes: Routes, live: LiveEngine, reader: StoreReader, transport: TransportCommands | None) -> None:
    add_playbacks(routes, live.playbacks, reader, live.started_ns)
    add_transport(routes, live.playback, transport)


def _add_guards(
    app: FastAPI,
    routes: Routes,
    live: LiveEngine,
    credentials: Credentials | None,
    limits: ApiLimits,
    provider: OidcService | None,
    *,
    read_only: bool,
) -> None:
    """Add what stands before every route; what is added last runs first."""
    config, core = live.config, live.core
    faults = core.faults
    proxies = parse_networks(config.access.trusted_proxies)

    def not_logged(problem: Exception) -> None:
        faults.failed("access", "log of changes", problem, "a change was not written to the log of changes")

    add_errors(app)
    app.add_middleware(DeclaredMethods, table=routes.table)
    app.add_middleware(BoundedBodies, uploads=uploads(live.jobs))
    if read_only:
        app.add_middleware(ReadOnly)
    app.add_middleware(
        AccessGate,
        table=routes.table,
        own=OwnPrograms(enabled=is_loopback(config.api.host), proxies=proxies),
        credentials=credentials,
        failed=not_logged,
        provider=provider,
        check_seconds=limits.recheck_seconds,
    )
    app.add_middleware(Guard, public=config.access.public_addresses)
    app.add_middleware(ForwardedHeaders, proxies=proxies)


def _add_trading(routes: Routes, live: LiveEngine, reader: StoreReader, disk: Disk) -> None:
    history = TradingHistory(live.trading, reader)
    add_statements(routes, AccountStatements(live.config, live.trading, live.markets, live.core), disk)
    add_paper(routes, live.trading, history, disk)
    add_risk(routes, RiskService(live.config, live.core, live.trading, reader), history, disk)
