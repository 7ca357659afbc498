"""What must be in two places, and what must not be in any."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "spreadscope"
ASSETS = PACKAGE / "dashboard" / "assets"


def test_streamlit_run_and_the_installed_package_serve_the_same() -> None:
    assert (ROOT / "app.py").read_text() == (PACKAGE / "dashboard" / "app.py").read_text()
    settings = (ROOT / ".streamlit" / "config.toml").read_text()
    assert settings == (PACKAGE / "dashboard" / ".streamlit" / "config.toml").read_text()
    assert tomllib.loads(settings)["server"]["address"] == "127.0.0.1"
    assert tomllib.loads(settings)["browser"]["gatherUsageStats"] is False


def test_the_components_are_declared_where_streamlit_looks() -> None:
    manifest = tomllib.loads((PACKAGE / "pyproject.toml").read_text())
    components = manifest["tool"]["streamlit"]["component"]["components"]
    mounted = "".join(path.read_text() for path in (PACKAGE / "dashboard").rglob("*.py"))
    names = re.findall(r'component\("([a-z.]+)", js="([a-z]+).js", css="([a-z]+).css"\)', mounted)
    assert sorted(names) == sorted((f"spreadscope.{each['name']}", each["name"], each["name"]) for each in components)
    assert manifest["project"]["name"] == "spreadscope"
    for component in components:
        assert (PACKAGE / component["asset_dir"]).resolve() == ASSETS
        assert (ASSETS / f"{component['name']}.js").is_file()
        assert (ASSETS / f"{component['name']}.css").is_file()


def own(pattern: str) -> list[Path]:
    """Files of ours in the components' folder; what is in ``vendor`` is not."""
    found = [path for path in sorted(ASSETS.rglob(pattern)) if "vendor" not in path.relative_to(ASSETS).parts]
    assert found
    return found


def assert_is_neighbour(path: Path, target: str) -> None:
    assert target.startswith(("./", "../")), f"{path.name} imports {target}"
    there = (path.parent / target).resolve()
    assert there.is_relative_to(ASSETS), f"{path.name} imports {target}"
    assert there.is_file() or "vendor" in there.parts, f"{path.name} imports {target}"  # npm brings that folder


def test_every_module_imports_only_its_neighbours() -> None:
    for module in own("*.js"):
        for target in re.findall(r'from "([^"]+)"', module.read_text()):
            assert_is_neighbour(module, target)


def test_every_style_sheet_imports_only_its_neighbours() -> None:
    for sheet in own("*.css"):
        for target in re.findall(r'@import "([^"]+)"', sheet.read_text()):
            assert_is_neighbour(sheet, target)


def test_no_module_is_left_over() -> None:
    used = {path.parent / target for path in own("*.js") for target in re.findall(r'from "([^"]+)"', path.read_text())}
    manifest = tomllib.loads((PACKAGE / "pyproject.toml").read_text())
    declared = manifest["tool"]["streamlit"]["component"]["components"]
    entries = {ASSETS / f"{each['name']}.js" for each in declared}
    assert {path.resolve() for path in own("*.js")} <= {path.resolve() for path in used | entries}


def test_nothing_names_another_server() -> None:
    for path in [*own("*.js"), *own("*.css")]:
        assert not re.search(r"https?://", path.read_text()), f"{path.name} names another server"
    for path in (PACKAGE / "dashboard").rglob("*.py"):
        assert ":material/" not in path.read_text(), f"{path.name} uses an icon that the browser would fetch"


@pytest.mark.parametrize(("folder", "fewest"), [("frontend", 2), ("frontend/checks", 50)])
def test_a_lock_of_npm_holds_versions_hashes_and_no_address(folder: str, fewest: int) -> None:
    lock = json.loads((ROOT / folder / "package-lock.json").read_text())
    wanted = json.loads((ROOT / folder / "package.json").read_text())
    named = {**wanted.get("dependencies", {}), **wanted.get("devDependencies", {})}
    packages = {name: each for name, each in lock["packages"].items() if name}
    assert len(packages) >= fewest
    assert all(each["integrity"].startswith("sha512-") for each in packages.values())
    assert not any("resolved" in each for each in packages.values())
    assert named == {name: packages[f"node_modules/{name}"]["version"] for name in named}, "versions are exact"


def test_the_product_needs_one_library_of_npm() -> None:
    assert json.loads((ROOT / "frontend" / "package.json").read_text())["dependencies"] == {
        "lightweight-charts": "5.2.1"
    }
