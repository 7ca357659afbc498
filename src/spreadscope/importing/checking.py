"""Text cells to numbers; a row that is not what it should be is told apart, with the reason."""

from __future__ import annotations

from functools import reduce

import polars as pl

from spreadscope.importing.opening import LINE, RAW

REASON = "reason"
_EARLIEST, _LATEST = 946_684_800_000, 4_102_444_800_000  # 2000 … 2100, ms


def checked_trades(cells: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """→ rows ``id, time, price, quantity, buyer_maker`` (and what else the file has), and the bad rows with reasons."""
    columns = set(cells.columns)
    side = _truth("buyer_maker") if "buyer_maker" in columns else pl.lit(value=False)
    frame = cells.with_columns(
        pl.col("id").cast(pl.Int64, strict=False).alias("_id"),
        _time("time").alias("_time"),
        _number("price").alias("_price"),
        _number("quantity").alias("_quantity"),
        side.alias("_buyer_maker"),
    )
    return _parted(
        frame,
        [
            ((pl.col("_id") >= 0), "the id is no number"),
            (pl.col("_time").is_between(_EARLIEST, _LATEST), "the time is no time"),
            ((pl.col("_price") > 0), "the price is no price"),
            ((pl.col("_quantity") > 0), "the quantity is no quantity"),
            (pl.col("_buyer_maker").is_not_null(), "the side is neither true nor false"),
        ],
        ["id", "time", "price", "quantity", "buyer_maker"],
    )


def checked_bars(cells: pl.DataFrame, length: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """→ rows of bars of ``length`` ms, and the bad rows with reasons."""
    columns = set(cells.columns)
    prices = ("open", "high", "low", "close")
    frame = cells.with_columns(
        _time("open_time").alias("_open_time"),
        *(_number(name).alias(f"_{name}") for name in (*prices, "volume")),
        (pl.col("trades").cast(pl.Int64, strict=False) if "trades" in columns else pl.lit(0)).alias("_trades"),
        (_truth("complete") if "complete" in columns else pl.lit(value=True)).alias("_complete"),
    )
    highest, lowest = pl.max_horizontal("_open", "_low", "_close"), pl.min_horizontal("_open", "_high", "_close")
    return _parted(
        frame,
        [
            (pl.col("_open_time").is_between(_EARLIEST, _LATEST), "the time is no time"),
            (pl.col("_open_time") % length == 0, "the bar does not begin at a multiple of its length"),
            *((pl.col(f"_{name}") > 0, f"the {name} is no price") for name in prices),
            ((pl.col("_high") >= highest) & (pl.col("_low") <= lowest), "high and low do not hold open and close"),
            (pl.col("_volume") >= 0, "the volume is no number"),
            (pl.col("_trades") >= 0, "the number of trades is no number"),
            (pl.col("_complete").is_not_null(), "complete is neither true nor false"),
        ],
        ["open_time", *prices, "volume", "trades", "complete"],
    )


def _parted(
    frame: pl.DataFrame, rules: list[tuple[pl.Expr, str]], names: list[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The first rule that a row breaks is its reason."""
    reason = reduce(
        lambda rest, rule: pl.when(rule[0].fill_null(value=False)).then(rest).otherwise(pl.lit(rule[1])),
        reversed(rules),
        pl.lit(None, dtype=pl.String),
    )
    frame = frame.with_columns(reason.alias(REASON))
    good = frame.filter(pl.col(REASON).is_null())
    typed = [pl.col(f"_{name}").alias(name) for name in names]
    extra = [pl.col(name) for name in ("symbol", "order_type") if name in frame.columns]
    return good.select(*typed, *extra), frame.filter(pl.col(REASON).is_not_null()).select(LINE, RAW, REASON)


def _time(name: str) -> pl.Expr:
    """ms, µs and ns are told apart by their magnitude."""
    value = pl.col(name).cast(pl.Int64, strict=False)
    return pl.when(value >= 10**17).then(value // 10**6).when(value >= 10**14).then(value // 1000).otherwise(value)


def _number(name: str) -> pl.Expr:
    value = pl.col(name).cast(pl.Float64, strict=False)
    return pl.when(value.is_finite()).then(value)


def _truth(name: str) -> pl.Expr:
    text = pl.col(name).str.to_lowercase()
    return (
        pl.when(text.is_in(["true", "1", "t"]))
        .then(statement=True)
        .when(text.is_in(["false", "0", "f"]))
        .then(statement=False)
    )
