"""Changes of what is watched: one at a time, and none from beside before the start is over."""

from __future__ import annotations

import asyncio


class Changes:
    """``lock`` is held by whoever changes what is watched; ``begun`` says that the start is over."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.begun = False

    @property
    def starting(self) -> str:
        """What the start waits for as long as nothing else says it; empty once it is over."""
        return "" if self.begun else "connecting to the exchange"
