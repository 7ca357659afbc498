"""The double of an engine that the pages ask."""

from __future__ import annotations

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
