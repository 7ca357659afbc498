"""The check of rows: text cells become numbers; a bad row gets a reason."""

from __future__ import annotations

from functools import reduce

import polars as pl

from spreadscope.importing.decimals import Decimals
from spreadscope.importing.text_tables import LINE, RAW
from spreadscope.importing.times import EARLIEST, LATEST, TimeReader
from spreadscope.model.trade_limits import LARGEST_ID, LARGEST_PRICE, LARGEST_QUANTITY

REASON = "reason"
_PRICES = ("open", "high", "low", "close")
_BUYS, _SELLS = ["buy", "b", "bid", "buyer", "1"], ["sell", "s", "ask", "seller", "-1"]
_EARLIEST_CALENDAR_TIME = 100_000_000_000
_NO_TIME = "the time is no time of 2000 to 2100, or could be two"


class Checks:
    """The checker of the blocks of one file. What one block shows about times and decimals applies to the next ones."""

    def __init__(self) -> None:
        self._times = TimeReader()
        self._decimals = Decimals()
        self._is_row_number: bool | None = None  # whether the times of closes are row numbers

    def trades(self, cells: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Returns rows ``id, time, price, quantity, buyer_maker`` (and other columns), and the bad rows with reasons.

        Without a column of ids each id is −1. A price or a quantity of 0 is good here: other code decides whether it
        counts.
        """
        frame = self._typed(cells, "time", ("price", "quantity")).with_columns(
            (_integer("id") if "id" in cells.columns else pl.lit(-1)).alias("_id"),
            _buyer_maker(set(cells.columns)).alias("_buyer_maker"),
        )
        lowest = 0 if "id" in cells.columns else -1
        return _split_by_rules(
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
        """Returns rows of bars of ``length`` ms, and the bad rows with reasons."""
        columns = set(cells.columns)
        frame = self._typed(cells, "open_time", (*_PRICES, "volume")).with_columns(
            (_integer("trades").fill_null(-1) if "trades" in columns else pl.lit(0)).alias("_trades"),
            (_boolean("complete") if "complete" in columns else pl.lit(value=True)).alias("_complete"),
        )
        highest, lowest = pl.max_horizontal("_open", "_low", "_close"), pl.min_horizontal("_open", "_high", "_close")
        return _split_by_rules(
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

    def valid_times(self, cells: pl.DataFrame, name: str) -> pl.Series:
        """Returns the valid times of a column."""
        return self._times.read(cells[name]).drop_nulls()

    def closes(self, cells: pl.DataFrame, names: tuple[str, ...]) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Returns rows ``open_time`` and the closes ``names`` (null where missing), and the rows without a time."""
        frame = self._typed(cells, "open_time", names)
        # Prices of other markets are older than those of coins; a number before 1973 is a row number.
        numbers = cells["open_time"].cast(pl.Int64, strict=False)
        frame = frame.with_columns(numbers.is_null().alias("_words"))
        time = pl.col("_open_time")
        good = (time <= LATEST) & ((time >= _EARLIEST_CALENDAR_TIME) | (pl.col("_words") & time.is_not_null()))
        good = good.fill_null(value=False)
        if self._is_row_number is None:
            self._is_row_number = not frame.select(good.any()).item() and numbers.null_count() < len(numbers)
        if self._is_row_number:  # a row number orders the rows as well as a time
            frame = frame.with_columns(numbers.alias("_open_time"))
            good = pl.col("_open_time").is_not_null()
        typed = [pl.when(pl.col(f"_{name}") > 0).then(pl.col(f"_{name}")).alias(name) for name in names]
        extra = [pl.col("symbol")] if "symbol" in cells.columns else []
        bad = frame.filter(~good).select(LINE, RAW, pl.lit(_NO_TIME).alias(REASON))
        return frame.filter(good).select(pl.col("_open_time").alias("open_time"), *typed, *extra), bad

    def _typed(self, cells: pl.DataFrame, time: str, numbers: tuple[str, ...]) -> pl.DataFrame:
        self._decimals.detect_commas([cells[name] for name in numbers])
        return cells.with_columns(
            self._times.read(cells[time]).alias(f"_{time}"),
            *(self._decimals.read(cells[name]).alias(f"_{name}") for name in numbers),
        )


def _split_by_rules(
    frame: pl.DataFrame, rules: list[tuple[pl.Expr, str]], names: list[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Returns the good rows, and the bad ones with the first rule that each breaks."""
    reason = reduce(
        lambda accepted, rule: pl.when(rule[0].fill_null(value=False)).then(accepted).otherwise(pl.lit(rule[1])),
        reversed(rules),
        pl.lit(None, dtype=pl.String),
    )
    frame = frame.with_columns(reason.alias(REASON))
    good = frame.filter(pl.col(REASON).is_null())
    typed = [pl.col(f"_{name}").alias(name) for name in names]
    extra = [pl.col(name) for name in ("symbol", "order_type") if name in frame.columns]
    texts = [pl.col("price").alias("p"), pl.col("quantity").alias("q")] if "_price" in frame.columns else []
    return good.select(*typed, *extra, *texts), frame.filter(pl.col(REASON).is_not_null()).select(LINE, RAW, REASON)


def _integer(name: str) -> pl.Expr:
    """Returns integers of a column; some programs write 12 as ``12.0``."""
    return pl.col(name).str.replace(r"\.0+$", "").cast(pl.Int64, strict=False)


def _buyer_maker(columns: set[str]) -> pl.Expr:
    """Returns whether the buyer was the maker: from that column, or from the side of the taker."""
    if "buyer_maker" in columns:
        return _boolean("buyer_maker")
    if "side" not in columns:
        return pl.lit(value=False)
    text = pl.col("side").str.to_lowercase()
    return pl.when(text.is_in(_SELLS)).then(statement=True).when(text.is_in(_BUYS)).then(statement=False)


def _boolean(name: str) -> pl.Expr:
    text = pl.col(name).str.to_lowercase()
    return (
        pl.when(text.is_in(["true", "1", "t", "1.0"]))
        .then(statement=True)
        .when(text.is_in(["false", "0", "f", "0.0"]))
        .then(statement=False)
    )
