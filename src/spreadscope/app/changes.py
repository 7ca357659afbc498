"""Changes of what is watched: one at a time, and none from beside before the start is over."""

from __future__ import annotations

import asyncio


class Changes:
    """``lock`` is held by whoever changes what is watched; ``begun`` says that the start is over."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.begun = False
