"""Each alarm has a page that says what to do, served by the dashboard also where no engine runs."""

from __future__ import annotations

import asyncio
import re

import httpx
import pytest

from spreadscope.contract import Runbook
from spreadscope.dashboard.runbook_pages import FOLDER, address, text
from tests.dashboard.served import dashboard

HEADS = ["What it means", "What to look at", "What to do", "When it is over"]


def test_every_alarm_has_a_page_and_every_page_an_alarm() -> None:
    assert {path.stem for path in FOLDER.glob("*.md")} == set(Runbook)


@pytest.mark.parametrize("name", Runbook)
def test_a_page_says_what_to_do_and_when_it_is_over(name: Runbook) -> None:
    page = text(name)
    assert re.match(r"# \S.+\n\n", page)
    assert re.findall(r"^## (.+)$", page, flags=re.MULTILINE) == HEADS
    parts = re.split(r"^## .+$", page, flags=re.MULTILINE)[1:]
    assert all(len(part.strip()) > 20 for part in parts), name
    assert set(re.findall(r"\]\(([^)]+)\)", page)) <= set(Runbook), "a link leads to a page of the runbook"


def test_the_pages_are_served_without_an_engine_or_a_script() -> None:
    async def scenario() -> None:
        async with dashboard("http://127.0.0.1:1") as (_, port), httpx.AsyncClient(trust_env=False) as client:
            for name in Runbook:
                answer = await client.get(f"http://127.0.0.1:{port}{address(name)}")
                assert answer.status_code == 200, name
                assert answer.headers["content-type"] == "text/html; charset=utf-8"
                assert "<h1>" in answer.text
                assert "<h2>What to do</h2>" in answer.text
                assert "<script" not in answer.text
                assert "style=" not in answer.text
            sheet = re.search(r'href="(/assets/[^"]+)"', answer.text)
            assert sheet is not None
            assert (
                (await client.get(f"http://127.0.0.1:{port}{sheet[1]}")).headers["content-type"].startswith("text/css")
            )
            for wrong in ("nothing", "..%2fapp.py", "engine-down.md", "%00"):
                assert (await client.get(f"http://127.0.0.1:{port}/runbook/{wrong}")).status_code == 404

    asyncio.run(scenario())
