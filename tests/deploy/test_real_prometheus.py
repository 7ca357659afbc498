"""A real Prometheus scrapes a running demo: every query has data, and alarms fire from real causes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from spreadscope.api.serve import bind, serving
from spreadscope.app.access_service import AccessService
from spreadscope.app.live_engine import LiveEngine
from spreadscope.exchange.local.local_exchange import LocalExchange
from spreadscope.exchange.local.synthetic import SyntheticMarket
from spreadscope.guard.identity import AccessScope
from spreadscope.pairs.tracker import PairTracker
from tests.browser.processes import free_ports
from tests.deploy.prometheus_process import Prometheus, expressions, needs_prometheus, prometheus, queries
from tests.e2e.line import config, until
from tests.support.failing import failing

ALERTS = """
[[channel]]
name = "nobody"
kind = "webhook"
url_file = "nobody.secret"
lan = ["127.0.0.1"]

[[rule]]
name = "Trades"
when = "abs(z) >= 0"
subject = "{pair}"
timeframe = "1s"
recover = ""
cooldown_seconds = 0
"""
COMPARISON = re.compile(r" (==|>|<) (?=[0-9.e]+$)")


async def settles(asked: Callable[[], bool], seconds: float = 90.0) -> None:
    """Wait for what Prometheus says, without keeping the engine of this process waiting."""
    async with asyncio.timeout(seconds):
        while not await asyncio.to_thread(asked):  # noqa: ASYNC110 - another program says it
            await asyncio.sleep(0.2)


async def fires(asked: Prometheus, *names: str) -> None:
    wanted = {f"Spreadscope{name}" for name in names}
    try:
        await settles(lambda: wanted <= asked.firing())
    except TimeoutError:
        pytest.fail(f"not firing: {wanted - asked.firing()}")


@needs_prometheus
@pytest.mark.slow
def test_every_query_has_data_and_alarms_fire_from_real_causes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "store"
    data.mkdir()

    async def main() -> None:
        exchange = LocalExchange(SyntheticMarket(2, seed=3, rate=40.0), speed=1.0)
        await exchange.__aenter__()
        y, x = exchange.symbols[:2]
        pair = f"{y}/{x}"
        (data / "nobody.secret").write_text(f"http://127.0.0.1:{free_ports(1)}/alerts")
        (data / "nobody.secret").chmod(0o600)
        settings = config(
            exchange, data, pairs=(pair,), history__bars=240, alerts__retry_seconds=0.05, alerts__attempts=4,
            alerts__retry_max_seconds=0.1, exchange__reconnect_max_seconds=0.5,
        )  # fmt: skip
        listener = bind("127.0.0.1", 0)
        target = "{}:{}".format(*listener.getsockname()[:2])
        async with LiveEngine(settings) as live:
            with AccessService(data, settings.access, live.clock) as access:
                key, _ = access.create_key("prometheus", [AccessScope.READ])
            with prometheus(tmp_path / "prometheus", target, key) as asked:
                async with serving(live, listener) as url:
                    await until(lambda: not list(live.markets.unready()) and not live.starting, 90)
                    await settles(lambda: bool(asked.query("spreadscope_ready == 1")))
                    assert [each["health"] for each in asked.targets()] == ["up"]
                    with AccessService(data, settings.access, live.clock) as access:
                        assert [each.used is not None for each in access.keys()] == [True]  # noqa: SIM118
                    await every_query_has_data(asked)
                    assert await asyncio.to_thread(asked.firing) == set()
                    await provoke(live, url, data, pair, asked, monkeypatch)
                    await exchange.__aexit__(None, None, None)
                    await fires(asked, "ConnectionDown", "NotReady")
                await fires(asked, "EngineDown")

    # asyncio's own loop: uvloop's has once waited for ever in its close after this test.
    asyncio.run(asyncio.wait_for(main(), 150))


async def every_query_has_data(asked: Prometheus) -> None:
    """A comparison is made one with ``bool``: without it a rule has data only where it fires."""
    found = [COMPARISON.sub(r" \1 bool ", expression) for expression in expressions().values()]
    assert all(" bool " in expression for expression in found)
    for query in (*queries(), *found):
        try:
            await settles(lambda: bool(asked.query(query)), 40)
        except TimeoutError:
            pytest.fail(f"no data: {query}")


async def provoke(
    live: LiveEngine, url: str, data: Path, pair: str, asked: Prometheus, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
        # Nobody listens where messages go.
        (data / "alerts.toml").write_text(ALERTS.format(pair=pair))
        await fires(asked, "DeliveryFailing", "DeliveryGivenUp")
        (data / "alerts.toml").write_text("[[rule]\n")
        answer = await http.post("/api/paper/accounts/paper/kill", json={"reason": "a test of the alarm"})
        assert answer.status_code in {200, 202}, answer.text
        market = live.markets.default
        market.client.budget.set_used(market.client.budget.limit)
        market.client.budget.ban(60.0)
        market.feed._on_frames(market.feed.connections[0], [b'{"e":"aggTrade"}'])
        await fires(asked, "AlertsFileWrong", "KillSwitch", "RestWeightHigh", "ExchangeBan", "FramesRejected")
        with monkeypatch.context() as broken:
            broken.setattr(PairTracker, "step", failing(PairTracker.step, lambda _: True))
            await fires(asked, "PairFaulted", "ProgramFault")
