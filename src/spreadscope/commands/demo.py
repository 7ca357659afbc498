"""``spreadscope demo`` and ``spreadscope up``: all parts together, each in a separate process."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

from spreadscope.app.exposure import check_exposure
from spreadscope.commands.access import owners_link
from spreadscope.commands.child import Child, ready_line, start
from spreadscope.commands.console import print_json, print_message
from spreadscope.commands.dashboard import DASHBOARD_PORT, PageAccess, open_browser, start_dashboard
from spreadscope.commands.lifetime import until_stopped
from spreadscope.commands.supervision import SupervisedEngine
from spreadscope.model.access_section import is_loopback
from spreadscope.model.config import Config
from spreadscope.model.instrument import DEFAULT_VENUE, local_symbol, venue_of

_MAX_NEIGHBOURS = 4


def demo_pairs(symbols: Sequence[str]) -> list[str]:
    """Returns the pairs of a demo: neighbouring symbols of one venue, and one symbol on both venues.

    >>> demo_pairs(["AUSDT", "BUSDT", "binance-spot:AUSDT", "binance-spot:BUSDT"])
    ['AUSDT/BUSDT', 'AUSDT/binance-spot:AUSDT']
    """
    futures = [symbol for symbol in symbols if venue_of(symbol) == DEFAULT_VENUE]
    spot = [symbol for symbol in symbols if venue_of(symbol) != DEFAULT_VENUE]
    neighbours = list(zip(futures[::2], futures[1::2], strict=False)) or list(zip(spot[::2], spot[1::2], strict=False))
    across_venues = [
        (symbol, spot_symbol) for symbol in futures for spot_symbol in spot if local_symbol(spot_symbol) == symbol
    ]
    return [f"{y}/{x}" for y, x in [*neighbours[:_MAX_NEIGHBOURS], *across_venues[:1]]]


async def run_demo(
    exchange_options: Sequence[str],
    engine_options: Sequence[str],
    *,
    data: Path | None,
    port: int | None,
    dashboard: bool,
    browser: bool,
    as_json: bool,
) -> None:
    """Run a local exchange, an engine and the dashboard. Without ``data`` the store is deleted at the end."""
    async with AsyncExitStack() as stack:
        if data is None:
            data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="spreadscope-demo-")))
        print_message("starting the demo market …")
        exchange = await _child(stack, "local exchange", ["spreadscope", "exchange", "--json", *exchange_options])
        market = await ready_line(exchange)
        pair_options = [option for pair in demo_pairs(market["symbols"]) for option in ("--pair", pair)]
        engine = [
            "--rest-url", market["rest"], "--ws-url", market["ws"], "--data", str(data),
            *(engine_options if "--pair" in engine_options else [*pair_options, *engine_options]),
        ]  # fmt: skip
        await _serve(
            stack,
            engine,
            port=port,
            dashboard=dashboard,
            browser=browser,
            as_json=as_json,
            addresses={"rest": market["rest"], "ws": market["ws"]},
            children=[exchange],
        )


async def run_up(
    config: Config, engine_options: Sequence[str], *, port: int | None, browser: bool, as_json: bool
) -> None:
    """Run an engine over the real exchange, and the dashboard. Raises ``ConfigError`` where it may not listen there."""
    access = config.access
    pages = PageAccess(
        host=access.host,
        tls=check_exposure(access.host, access, config.data),
        public_addresses=access.public_addresses,
        trusted_proxies=access.trusted_proxies,
    )
    if not is_loopback(config.api.host):
        print_message(
            f"The engine of this command listens on this machine alone, not on {config.api.host}: for an API that"
            " other machines reach run spreadscope engine"
        )
    async with AsyncExitStack() as stack:
        await _serve(
            stack,
            [*engine_options, "--host", "127.0.0.1"],
            pages=pages,
            port=port,
            dashboard=True,
            browser=browser,
            as_json=as_json,
            addresses={},
            children=[],
        )


async def _serve(
    stack: AsyncExitStack,
    engine_options: Sequence[str],
    *,
    port: int | None,
    dashboard: bool,
    browser: bool,
    as_json: bool,
    addresses: dict[str, str],
    children: list[Child],
    pages: PageAccess | None = None,
) -> None:
    """Start engine and dashboard, and wait for the end."""
    notes = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="spreadscope-notes-"))) / "engine.txt"
    print_message("starting the engine …")
    engine = SupervisedEngine(engine_options, notes)
    stack.push_async_callback(engine.stop)
    document = {**addresses, **await engine.start()}
    if dashboard:
        print_message("starting the dashboard …")
        access = replace(pages or PageAccess(), key_file=document["key_file"])
        page, url = await start_dashboard(document["api"], DASHBOARD_PORT if port is None else port, notes, access)
        stack.push_async_callback(page.stop)
        document["dashboard"] = url
        children = [*children, page]
        link = await owners_link(Path(document["data"]), url)
        if link:
            document["sign_in"] = link
    if as_json:
        print_json(document)
    else:
        if document.get("mode") == "demo":
            print_message("DEMO: what you see is not a market.")
            if "rest" in addresses:
                print_message(f"  what it lists: spreadscope symbols --rest-url {addresses['rest']}")
        print_message(f"Spreadscope is at {document.get('dashboard', document['api'])}   (Ctrl-C stops it)")
        if "sign_in" in document:
            print_message(
                "This system does not say whose program opens a connection, so your browser signs in, once: open\n  "
                f"{document['sign_in']}"
            )
    if browser and dashboard and not as_json:
        open_browser(document.get("sign_in", document["dashboard"]))
    await until_stopped(
        watched=[*((child.name, child.ended()) for child in children), ("engine", engine.keep_running())]
    )


async def _child(stack: AsyncExitStack, name: str, arguments: Sequence[str]) -> Child:
    child = await start(name, arguments)
    stack.push_async_callback(child.stop)
    return child
