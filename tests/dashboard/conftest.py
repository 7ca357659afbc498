"""The double of an engine that the pages ask."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache

import pytest
from streamlit.components.v2 import manifest_scanner

from spreadscope.dashboard import page_server
from tests.dashboard.fake_api import FakeApi, serving


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeApi]:
    """What the pages ask; it follows nothing yet."""
    with serving(FakeApi()) as fake:
        monkeypatch.setenv("SPREADSCOPE_ENGINE", fake.api)
        monkeypatch.setattr(page_server, "_servers", [])
        yield fake


@pytest.fixture(autouse=True, scope="session")
def packages_read_once() -> Iterator[None]:
    """Streamlit looks through every installed package for components, for each page that a test opens: 0.4 s each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(autouse=True)
def main_module() -> Iterator[None]:
    """Streamlit puts the script of a page in place of the process's main module, and leaves it there. A process that a
    later test spawns would run that script, to know what its parent is."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main
