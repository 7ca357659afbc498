"""The risk of paper accounts over HTTP: an account without trades, copies of it, refusals, and who set what."""

from __future__ import annotations

from pathlib import Path

import msgspec

from spreadscope import contract
from tests.api.served import PAIR, served
from tests.e2e.line import run, until

BASE = "/api/paper/accounts/paper"
ADDED = {"pair": PAIR, "timeframe": "1s", "side": 1, "notional": 500.0}


def test_the_routes_of_risk(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(
            tmp_path, analytics__hedge_window=60, analytics__z_window=30, analytics__correlation_window=30
        ) as (_, live, client):
            await until(lambda: bool(live.trading.names))
            answer = await client.get(f"{BASE}/risk")
            assert answer.status_code == 200
            found = msgspec.json.decode(answer.content, type=contract.RiskReport)
            assert (found.equity, found.exposures.gross, found.stress) == (10_000.0, 0.0, [])
            states = live.core.states(live.core.pairs[0])
            assert states is not None
            await until(lambda: states[contract.Timeframe.S1].row is not None)
            await until(lambda: getattr(states[contract.Timeframe.S1].row, "beta").value is not None)  # noqa: B009
            answer = await client.post(f"{BASE}/risk/what-if", json={"added": [ADDED]})
            copy = msgspec.json.decode(answer.content, type=contract.RiskReport)
            (pair,) = copy.exposures.pairs
            assert (pair.trade, pair.pair, abs(pair.value_y - 500.0) < 1e-6) == (0, PAIR, True)
            assert len(copy.stress) > 10
            for body, status in (
                ({"scaled": [{"trade": 1, "percent": 50}]}, 404),
                ({"scaled": [{"trade": 1, "percent": -1}]}, 400),
                ({"added": [{**ADDED, "side": 2}]}, 400),
                ({"added": [{**ADDED, "pair": "AAAUSDT/CCCUSDT"}]}, 404),
                ({"more": []}, 400),
            ):
                assert (await client.post(f"{BASE}/risk/what-if", json=body)).status_code == status, body
            assert (await client.get("/api/paper/accounts/nobody/risk")).status_code == 404
            put = await client.put(BASE, json={"settings": {"drawdown_percent": 10.0}})
            assert put.status_code == 200
            answer = await client.get(f"{BASE}/setting-changes")
            (change,) = msgspec.json.decode(answer.content, type=list[contract.SettingChange])
            assert (change.key, change.before, change.after, change.by) == ("drawdown_percent", 20.0, 10.0, "a person")

    run(main())
