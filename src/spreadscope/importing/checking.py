"""Text cells to numbers; a row that is not what it should be is told apart, with the reason."""

from __future__ import annotations

from functools import reduce

import polars as pl

from spreadscope.importing.decimals import Decimals
from spreadscope.importing.text_tables import LINE, RAW
from spreadscope.importing.times import EARLIEST, LATEST, Times
from spreadscope.model.trade_limits import LARGEST_ID, LARGEST_PRICE, LARGEST_QUANTITY

REASON = "reason"
_PRICES = ("open", "high", "low", "close")
_BUYS, _SELLS = ["buy", "b", "bid", "buyer", "1"], ["sell", "s", "ask", "seller", "-1"]
_COUNTED = 100_000_000_000
_NO_TIME = "the time is no time of 2000 to 2100, or could be two"


class Checks:
    """Checks the blocks of one file: what one block tells of times and decimals holds for the next ones."""

    def __init__(self) -> None:
        self._times = Times()
        self._decimals = Decimals()
        self._counted: bool | None = None  # whether the times of closes are numbers of no calendar

    def trades(self, cells: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """→ rows ``id, time, price, quantity, buyer_maker`` (and what else the file has), and the bad rows with reasons.

        Without a column of ids each is −1. A row with a price or a quantity of 0 is good: whether it counts is not asked here.
        """
        frame = self._typed(cells, "time", ("price", "quantity")).with_columns(
            (_whole("id") if "id" in cells.columns else pl.lit(-1)).alias("_id"),
            _maker(set(cells.columns)).alias("_buyer_maker"),
        )
        lowest = 0 if "id" in cells.columns else -1
        return _parted(
            frame,
            [
                (pl.col("_id").is_between(lowest, LARGEST_ID), "the id is no number"),
                (pl.col("_time").is_between(EARLIEST, LATEST), _NO_TIME),
                (pl.col("_price").is_between(0, LARGEST_PRICE), "the price is no price"),
                (pl.col("_quantity").is_between(0, LARGEST_QUANTITY), "the quantity is no quantity"),
                (pl.col("_buyer_maker").is_not_null(), "the side is neither true nor false, buy nor sell"),
            ],
            ["id", "time", "price", "quantity", "buyer_maker"],
        )

    def bars(self, cells: pl.DataFrame, length: int) -> tuple[pl.DataFrame, pl.DataFrame]:
        """→ rows of bars of ``length`` ms, and the bad rows with reasons."""
        columns = set(cells.columns)
        frame = self._typed(cells, "open_time", (*_PRICES, "volume")).with_columns(
            (_whole("trades").fill_null(-1) if "trades" in columns else pl.lit(0)).alias("_trades"),
            (_truth("complete") if "complete" in columns else pl.lit(value=True)).alias("_complete"),
        )
        highest, lowest = pl.max_horizontal("_open", "_low", "_close"), pl.min_horizontal("_open", "_high", "_close")
        return _parted(
            frame,
            [
                (pl.col("_open_time").is_between(EARLIEST, LATEST), _NO_TIME),
                (pl.col("_open_time") % length == 0, "the bar does not begin at a multiple of its length"),
                *(
                    (pl.col(f"_{name}").is_between(0, LARGEST_PRICE, closed="right"), f"the {name} is no price")
                    for name in _PRICES
                ),
                ((pl.col("_high") >= highest) & (pl.col("_low") <= lowest), "high and low do not hold open and close"),
                (pl.col("_volume") >= 0, "the volume is no number"),
                (pl.col("_trades") >= 0, "the number of trades is no number"),
                (pl.col("_complete").is_not_null(), "complete is neither true nor false"),
            ],
            ["open_time", *_PRICES, "volume", "trades", "complete"],
        )

    def moments(self, cells: pl.DataFrame, name: str) -> pl.Series:
        """The times of a column that are sound."""
        return self._times.read(cells[name]).drop_nulls()

    def closes(self, cells: pl.DataFrame, names: tuple[str, ...]) -> tuple[pl.DataFrame, pl.DataFrame]:
        """→ rows ``open_time`` and the columns of closes ``names`` (null where there is none), and the rows without a time."""
        frame = self._typed(cells, "open_time", names)
        # Quotes of other markets are older than those of coins; a number from before 1973 is none of a calendar.
        plain = cells["open_time"].cast(pl.Int64, strict=False)
        frame = frame.with_columns(plain.is_null().alias("_words"))
        time = pl.col("_open_time")
        good = (time <= LATEST) & ((time >= _COUNTED) | (pl.col("_words") & time.is_not_null()))
        good = good.fill_null(value=False)
        if self._counted is None:
            self._counted = not frame.select(good.any()).item() and plain.null_count() < len(plain)
        if self._counted:  # the number of a row is as good as any time for what stands beside what
            frame = frame.with_columns(plain.alias("_open_time"))
            good = pl.col("_open_time").is_not_null()
        typed = [pl.when(pl.col(f"_{name}") > 0).then(pl.col(f"_{name}")).alias(name) for name in names]
        extra = [pl.col("symbol")] if "symbol" in cells.columns else []
        bad = frame.filter(~good).select(LINE, RAW, pl.lit(_NO_TIME).alias(REASON))
        return frame.filter(good).select(pl.col("_open_time").alias("open_time"), *typed, *extra), bad

    def _typed(self, cells: pl.DataFrame, time: str, numbers: tuple[str, ...]) -> pl.DataFrame:
        self._decimals.look([cells[name] for name in numbers])
        return cells.with_columns(
            self._times.read(cells[time]).alias(f"_{time}"),
            *(self._decimals.read(cells[name]).alias(f"_{name}") for name in numbers),
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
    texts = [pl.col("price").alias("p"), pl.col("quantity").alias("q")] if "_price" in frame.columns else []
    return good.select(*typed, *extra, *texts), frame.filter(pl.col(REASON).is_not_null()).select(LINE, RAW, REASON)


def _whole(name: str) -> pl.Expr:
    """Whole numbers; ``12.0`` is what a table with a hole in it makes of 12."""
    return pl.col(name).str.replace(r"\.0+$", "").cast(pl.Int64, strict=False)


def _maker(columns: set[str]) -> pl.Expr:
    """Whether the buyer was the maker: as the exchange writes it, or from the side of the taker."""
    if "buyer_maker" in columns:
        return _truth("buyer_maker")
    if "side" not in columns:
        return pl.lit(value=False)
    text = pl.col("side").str.to_lowercase()
    return pl.when(text.is_in(_SELLS)).then(statement=True).when(text.is_in(_BUYS)).then(statement=False)


def _truth(name: str) -> pl.Expr:
    text = pl.col(name).str.to_lowercase()
    return (
        pl.when(text.is_in(["true", "1", "t", "1.0"]))
        .then(statement=True)
        .when(text.is_in(["false", "0", "f", "0.0"]))
        .then(statement=False)
    )
