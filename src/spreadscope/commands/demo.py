"""``spreadscope demo`` and ``spreadscope up``: everything at once, each part a process of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from spreadscope.commands.child import Child, ready_line, start
from spreadscope.commands.console import give, say
from spreadscope.commands.dashboard import open_browser, start_dashboard
from spreadscope.commands.lifetime import until_stopped
from spreadscope.commands.supervision import KeptEngine
from spreadscope.model.instrument import DEFAULT_VENUE, local_symbol, venue_of

DASHBOARD_PORT = 8501
_MOST_NEIGHBOURS = 4


def demo_pairs(symbols: Sequence[str]) -> list[str]:
    """Returns what a demo begins with: neighbours of one venue, and the first symbol that both venues have against itself.

    >>> demo_pairs(["AUSDT", "BUSDT", "binance-spot:AUSDT", "binance-spot:BUSDT"])
    ['AUSDT/BUSDT', 'AUSDT/binance-spot:AUSDT']
    """
    own = [symbol for symbol in symbols if venue_of(symbol) == DEFAULT_VENUE]
    other = [symbol for symbol in symbols if venue_of(symbol) != DEFAULT_VENUE]
    neighbours = list(zip(own[::2], own[1::2], strict=False)) or list(zip(other[::2], other[1::2], strict=False))
    across = [(symbol, twin) for symbol in own for twin in other if local_symbol(twin) == symbol]
    return [f"{y}/{x}" for y, x in [*neighbours[:_MOST_NEIGHBOURS], *across[:1]]]


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
    """A local exchange, an engine over it and the dashboard. Without ``data`` the store lives and goes with the demo."""
    async with AsyncExitStack() as stack:
        if data is None:
            data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="spreadscope-demo-")))
        say("starting the demo market …")
        exchange = await _child(stack, "local exchange", ["spreadscope", "exchange", "--json", *exchange_options])
        market = await ready_line(exchange)
        chosen = [option for pair in demo_pairs(market["symbols"]) for option in ("--pair", pair)]
        engine = [
            "--rest-url", market["rest"], "--ws-url", market["ws"], "--data", str(data),
            *(engine_options if "--pair" in engine_options else [*chosen, *engine_options]),
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


async def run_up(engine_options: Sequence[str], *, port: int | None, browser: bool, as_json: bool) -> None:
    """The engine over the real exchange, and the dashboard."""
    async with AsyncExitStack() as stack:
        await _serve(
            stack,
            engine_options,
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
) -> None:
    """Engine, then dashboard, then wait for the end."""
    notes = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="spreadscope-notes-"))) / "engine.txt"
    say("starting the engine …")
    engine = KeptEngine(engine_options, notes)
    stack.push_async_callback(engine.stop)
    document = {**addresses, **await engine.start()}
    if dashboard:
        say("starting the dashboard …")
        page, url = await start_dashboard(document["api"], DASHBOARD_PORT if port is None else port, notes)
        stack.push_async_callback(page.stop)
        document["dashboard"] = url
        children = [*children, page]
    if as_json:
        give(document)
    else:
        if document.get("mode") == "demo":
            say("DEMO: what you see is not a market.")
            if "rest" in addresses:
                say(f"  what it lists: spreadscope symbols --rest-url {addresses['rest']}")
        say(f"Spreadscope is at {document.get('dashboard', document['api'])}   (Ctrl-C stops it)")
    if browser and dashboard and not as_json:
        open_browser(document["dashboard"])
    await until_stopped(watched=[*((child.name, child.ended()) for child in children), ("engine", engine.keep())])


async def _child(stack: AsyncExitStack, name: str, arguments: Sequence[str]) -> Child:
    child = await start(name, arguments)
    stack.push_async_callback(child.stop)
    return child
