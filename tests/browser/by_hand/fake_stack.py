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

    def stop(self) -> None:
        self.dashboard.stop()
        self.engine.stop()
