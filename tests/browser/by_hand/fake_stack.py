"""A dashboard as a process of its own, before an engine that the test moves by hand."""

from __future__ import annotations

from pathlib import Path

from tests.browser.by_hand.fake_engine import FakeEngine
from tests.browser.processes import start_dashboard

PAIR, OTHER = "BTCUSDT/ETHUSDT", "SOLUSDT/ETHUSDT"


class FakeStack:
    """``url`` is the page; ``engine`` is moved by the test."""

    def __init__(self, folder: Path) -> None:
        self.engine = FakeEngine()
        try:
            self.dashboard, self.url = start_dashboard(folder, self.engine.url)
        except BaseException:
            self.engine.stop()
            raise

    @property
    def modules(self) -> str:
        """A page of this server without any script, for tests of single modules: Streamlit's takes two seconds."""
        return f"{self.url}/_stcore/health"

    def stop(self) -> None:
        self.dashboard.stop()
        self.engine.stop()
