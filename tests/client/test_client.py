"""The client over a real engine: its frames are the store's, and its errors are sentences."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import polars as pl
import pytest
from fastmcp import Client as Assistant
from fastmcp.exceptions import ToolError

from spreadscope import open_store
from spreadscope.client import ApiRequestError, Client, EngineDownError
from spreadscope.commands.mcp_server import make_server
from tests.api.served import PAIR, served, settled
from tests.e2e.line import run

NOTEBOOKS = sorted((Path(__file__).parents[2] / "docs" / "examples").glob("*.ipynb"))


def test_a_frame_is_what_the_store_has(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as (exchange, live, http):
            await settled(exchange, live)
            await asyncio.to_thread(compare, str(http.base_url), tmp_path / "store")

    def compare(api: str, data: Path) -> None:
        store = open_store(data)
        with Client(api) as engine:
            ticks = engine.frame("ticks", symbol="AAAUSDT")
            assert ticks["id"].to_list() == store.trades("AAAUSDT")["id"].to_list()
            assert ticks["price"].to_list() == store.trades("AAAUSDT")["price"].to_list()
            rows = engine.frame("analytics", pair=PAIR, timeframe="1s")
            stored = store.analytics(PAIR, "1s")
            assert rows.height == stored.height > 100
            assert rows["z"].to_list() == stored["z"].to_list()
            part = engine.frame("bars", symbol="AAAUSDT", timeframe="1s", start=rows["time"][10], end=rows["time"][20])
            assert part["open_time"].to_list() == rows["time"][10:20].to_list()
            assert engine.frame("signals", pair="CCCUSDT/AAAUSDT", timeframe="1m").is_empty()
            assert [each.pair for each in engine.pairs()] == [PAIR]
            assert engine.rows(PAIR, "1s", limit=1)[0]["z"][0] == rows["z"][-1]
            assert engine.bars("AAAUSDT", "1s", limit=2)[-1].symbol == "AAAUSDT"
            with pytest.raises(ApiRequestError, match="there is no export 'candles'") as refused:
                engine.frame("candles", symbol="AAAUSDT")
            assert refused.value.status == 400
            assert isinstance(ticks, pl.DataFrame)

    run(main())


def test_without_an_engine_there_is_a_sentence() -> None:
    with Client("http://127.0.0.1:1") as engine, pytest.raises(EngineDownError, match="no engine answers at"):
        engine.status()


def test_an_assistant_reads_values_with_their_reasons_and_changes_nothing(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as (exchange, live, http):
            await settled(exchange, live)
            async with Assistant(make_server(Client(str(http.base_url)))) as assistant:
                tools = await assistant.list_tools()
                assert {tool.name for tool in tools} >= {"status", "pairs", "rows", "bars", "signals", "alerts", "gaps"}
                assert all(tool.annotations and tool.annotations.read_only_hint for tool in tools)
                assert all(tool.description for tool in tools)
                answer = await assistant.call_tool("rows", {"pair": PAIR, "timeframe": "1s", "limit": 500})
                rows = json.loads(answer.content[0].text)
                assert rows[0]["z"] == {"missing": "warming up"}
                assert isinstance(rows[-1]["z"], float)
                status = json.loads((await assistant.call_tool("status", {})).content[0].text)
                assert status["pairs"] == [PAIR]
                with pytest.raises(ToolError, match="is not tracked: add it first"):
                    await assistant.call_tool("test_cointegration", {"pair": "AAAUSDT/CCCUSDT"})

    run(main())


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom(notebook: Path, tmp_path: Path) -> None:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert all(not cell.get("outputs") for cell in cells), "a notebook is kept without its outputs"

    async def main() -> None:
        async with served(tmp_path) as (exchange, live, http):
            await settled(exchange, live)
            address = str(http.base_url).rstrip("/")
            await asyncio.to_thread(execute, [cell.replace("http://127.0.0.1:8765", address) for cell in code])

    def execute(sources: list[str]) -> None:
        names: dict[str, object] = {}
        for number, source in enumerate(sources):
            exec(compile(source, f"{notebook.name} cell {number}", "exec"), names)  # noqa: S102 - our own notebook

    assert len(code) >= 3
    run(main())


def test_there_are_three_notebooks() -> None:
    assert len(NOTEBOOKS) == 3
