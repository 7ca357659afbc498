"""What must be in two places, and what must not be in any."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "spreadscope"
ASSETS = PACKAGE / "dashboard" / "assets"


def test_streamlit_run_and_the_installed_package_serve_the_same() -> None:
    assert (ROOT / "app.py").read_text() == (PACKAGE / "dashboard" / "app.py").read_text()
    settings = (ROOT / ".streamlit" / "config.toml").read_text()
    assert settings == (PACKAGE / "dashboard" / ".streamlit" / "config.toml").read_text()
    assert tomllib.loads(settings)["server"]["address"] == "127.0.0.1"
    assert tomllib.loads(settings)["browser"]["gatherUsageStats"] is False


def test_the_component_is_declared_where_streamlit_looks() -> None:
    manifest = tomllib.loads((PACKAGE / "pyproject.toml").read_text())
    (component,) = manifest["tool"]["streamlit"]["component"]["components"]
    assert f"{manifest['project']['name']}.{component['name']}" == "spreadscope.live"
    assert (PACKAGE / component["asset_dir"]).resolve() == ASSETS


def test_every_module_imports_only_its_neighbours() -> None:
    modules = sorted(ASSETS.glob("*.js"))
    assert modules
    for module in modules:
        for target in re.findall(r'from "([^"]+)"', module.read_text()):
            assert target.startswith("./"), f"{module.name} imports {target}"
            assert (ASSETS / target).is_file() or target.startswith("./vendor/"), f"{module.name} imports {target}"


def test_nothing_names_another_server() -> None:
    for path in [*ASSETS.glob("*.js"), *ASSETS.glob("*.css")]:
        assert not re.search(r"https?://", path.read_text()), f"{path.name} names another server"
    for path in (PACKAGE / "dashboard").rglob("*.py"):
        assert ":material/" not in path.read_text(), f"{path.name} uses an icon that the browser would fetch"


def test_the_lock_holds_hashes_and_no_address() -> None:
    lock = (ROOT / "frontend" / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert lock.count('"integrity": "sha512-') == 2
    assert '"lightweight-charts": "5.2.1"' in (ROOT / "frontend" / "package.json").read_text()
