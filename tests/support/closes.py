"""Closes of walks, one of them tied to another, and a scan of them."""

from __future__ import annotations

import numpy as np
import polars as pl

from spreadscope.importing.closes import clean_closes
from spreadscope.research.pair_scan import ScanAnswer, ScanParameters, scan_closes
from spreadscope.research.scan_sources import SourceCloses

STEP = 3_600_000
ROWS = 600


def silent(_fraction: float | None, _words: str) -> None:
    """Report progress to nobody."""


def frame(seed: int = 5, *, tied: bool = True, rows: int = ROWS, symbols: str = "ABCDE") -> pl.DataFrame:
    """Walks, the second tied to the first."""
    rng = np.random.default_rng(seed)
    walks = np.cumsum(0.01 * rng.standard_normal((rows, len(symbols))), axis=0)
    if tied:
        walks[:, 1] = 1.5 * walks[:, 0] + 0.01 * rng.standard_normal(rows)
    times = np.arange(rows) * STEP + 1_700_000_000_000 // STEP * STEP
    return pl.concat(
        pl.DataFrame({"symbol": [f"{name}USDT"] * rows, "open_time": times, "close": np.exp(walks[:, place])})
        for place, name in enumerate(symbols)
    )


def scanned(closes: pl.DataFrame, **parameters: object) -> ScanAnswer:
    found = SourceCloses(closes=clean_closes(closes, "a test"), title="closes of a test")
    return scan_closes(found, ScanParameters(**{"surrogates": 20, **parameters}), silent)  # type: ignore[arg-type]
