"""The resampling of bars to a timeframe of the store."""

from __future__ import annotations

import polars as pl

from spreadscope.model.timeframe import TIMEFRAMES, Timeframe


def stored_timeframe_for(length: int) -> Timeframe | None:
    """Returns the shortest timeframe of the store that bars of ``length`` ms divide; None where there is none."""
    return next((frame for frame in TIMEFRAMES if frame.milliseconds % length == 0), None)


def resample(bars: pl.DataFrame, length: int, timeframe: Timeframe) -> pl.DataFrame:
    """Returns bars of ``timeframe`` made of bars of ``length`` ms of one symbol, with the same columns.

    A bar that lacks a part is incomplete: an interval without trades has no bar, so it looks like a missing one.
    """
    parts = timeframe.milliseconds // length
    return (
        bars.unique("open_time", keep="first", maintain_order=True)
        .sort("open_time")
        .with_columns(pl.col("open_time") // timeframe.milliseconds * timeframe.milliseconds)
        .group_by("open_time", maintain_order=True)
        .agg(
            pl.col("open").first(),
            pl.col("high").max(),
            pl.col("low").min(),
            pl.col("close").last(),
            pl.col("volume").sum(),
            pl.col("trades").sum(),
            (pl.col("complete").all() & (pl.len() == parts)).alias("complete"),
        )
    )
