"""What is measured of the store's writer, for the metrics."""

from __future__ import annotations

import time

from spreadscope.model.distribution import ROWS, Distribution
from spreadscope.store.batch import Batch


class WriterMeasures:
    """How long transactions take (s), how long the oldest facts in one had waited for the disk (s), and their rows."""

    def __init__(self) -> None:
        self.seconds = Distribution()
        self.delays = Distribution()
        self.rows = Distribution(ROWS)
        self.errors = 0  # transactions that failed and were tried again

    def note(self, batch: Batch, began: float) -> None:
        """A batch is on disk."""
        now = time.monotonic()
        self.seconds.note(now - began)
        self.rows.note(batch.rows)
        if batch.oldest is not None:
            self.delays.note(now - batch.oldest)
