"""How the modules of the components reach a browser: kept by it, side by side, and nothing else by that way."""

from __future__ import annotations

import asyncio
import re

import httpx
import pytest

from spreadscope.dashboard import component_assets
from spreadscope.dashboard.component_assets import ASSETS, modules, sheet, version
from tests.dashboard.fake_upstream import upstream
from tests.dashboard.served import dashboard


def answers(*paths: str) -> list[httpx.Response]:
    async def scenario() -> list[httpx.Response]:
        async with (
            upstream() as engine,
            dashboard(engine.api) as (_, port),
            httpx.AsyncClient(trust_env=False) as client,
        ):
            return [await client.get(f"http://127.0.0.1:{port}{path}") for path in paths]

    return asyncio.run(scenario())


def test_a_module_names_its_version_and_is_kept_for_ever() -> None:
    (module,) = answers(f"/assets/{version()}/view.js")
    assert module.status_code == 200
    assert module.headers["content-type"].startswith("text/javascript")
    assert "immutable" in module.headers["cache-control"]
    assert module.content == (ASSETS / "view.js").read_bytes()


@pytest.mark.parametrize(
    "path",
    [
        "/assets/0123456789abcdef/view.js",
        "/assets/VERSION/../bar_component.py",
        "/assets/VERSION/%2e%2e/bar_component.py",
        "/assets/VERSION/..%2f..%2fentry.py",
        "/assets/VERSION/nothing.js",
        "/assets/VERSION/vendor/LICENSE",
        "/assets/VERSION//etc/passwd",
    ],
)
def test_nothing_else_is_served_there(path: str) -> None:
    (answer,) = answers(path.replace("VERSION", version()))
    assert "import streamlit" not in answer.text
    # Where a client has taken the dots out, Streamlit answers as for any page.
    assert answer.status_code in {307, 404} or answer.headers["content-type"].startswith("text/html")


def test_the_document_names_every_module_of_its_components_once() -> None:
    (page, alerts) = answers("/", "/alerts")
    named = re.findall(r'<link rel="modulepreload" href="/assets/[0-9a-f]{16}/([^"]+)">', page.text)
    assert len(named) == len(set(named))
    assert set(named) >= {"live.js", "bar.js", "view.js", "bar/palette.js", "editor.js"}
    assert "rules.js" not in named
    assert "rules.js" in alerts.text
    for name in named:
        assert (ASSETS / name).is_file() or name.startswith("vendor/")


def test_what_a_module_imports_is_found_by_whatever_way() -> None:
    found = set(modules("live.js", version()))
    for name in found - {each for each in found if each.startswith("vendor/")}:
        for imported in re.findall(r'^(?! \*|/\*).*from "(\.[^"]+js)"', (ASSETS / name).read_text(), re.MULTILINE):
            there = ((ASSETS / name).parent / imported).resolve().relative_to(ASSETS.resolve()).as_posix()
            assert there in found, f"{name} imports {there}"


def test_a_style_sheet_comes_with_what_it_imports() -> None:
    text = sheet("live.css", version())
    assert "@import" not in text
    for rule in (".kpi {", ".stage {", ".chip {", ".menu > .box {", ".explain,"):
        assert rule in text


def test_an_entry_points_to_the_modules_of_now() -> None:
    answer = component_assets.entry("live", ".js")
    assert answer is not None
    assert bytes(answer.body).decode() == f'export {{ default }} from "../../../assets/{version()}/live.js";\n'
    assert answer.headers["cache-control"] == "no-cache"
    assert component_assets.entry("nothing", ".js") is None
