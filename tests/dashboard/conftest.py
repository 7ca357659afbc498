"""The double of an engine that the pages ask."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from spreadscope.dashboard import page_server
from tests.dashboard.fake_api import FakeApi, serving


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeApi]:
    """What the pages ask; it follows nothing yet."""
    with serving(FakeApi()) as fake:
        monkeypatch.setenv("SPREADSCOPE_ENGINE", fake.api)
        monkeypatch.setattr(page_server, "_servers", [])
        yield fake
