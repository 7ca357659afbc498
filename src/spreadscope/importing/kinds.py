"""The kinds of files for an import, and the recognition of their columns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum

import msgspec

from spreadscope.model.errors import ConfigError
from spreadscope.model.states import ExportKind as Exported
from spreadscope.store.export import COLUMNS


class Content(StrEnum):
    """The kinds of rows of a file."""

    TICKS = "ticks"  # aggregate trades, with the exchange's aggregate ids; or trades of any kind without ids
    TRADES = "trades"  # raw trades, which are aggregated as the exchange does it
    BARS = "bars"
    ANALYTICS = "analytics"
    SIGNALS = "signals"
    CLOSES = "closes"  # what a scan needs of bars: one close a symbol and time


#: The values of the option ``--kind``.
KINDS = tuple(kind for kind in Content if kind is not Content.CLOSES)


class FileLayout(msgspec.Struct, frozen=True):
    """The layout of a file: the kind of rows, and the index of each column.

    ``wide``: the index of each symbol's column.
    """

    content: Content
    indexes: dict[str, int]
    wide: dict[str, int] = {}

    @property
    def width(self) -> int:
        return max((*self.indexes.values(), *self.wide.values())) + 1


_PRICES = ("open", "high", "low", "close")
REQUIRED: dict[Content, tuple[str, ...]] = {
    Content.TICKS: ("time", "price", "quantity"),
    Content.TRADES: ("id", "time", "price", "quantity"),
    Content.BARS: ("open_time", *_PRICES, "volume"),
    Content.CLOSES: ("open_time", "close"),
}
OPTIONAL: dict[Content, tuple[str, ...]] = {
    Content.TICKS: ("id", "buyer_maker", "side", "symbol", "order_type"),
    Content.TRADES: ("buyer_maker", "side", "symbol", "order_type"),
    Content.BARS: ("trades", "complete", "close_time", "symbol"),
    Content.CLOSES: ("symbol",),
}
# Other names of columns, in lower-case letters and digits. The first one in a file counts.
_ALIASES = {
    "id": ("id", "aggtradeid", "a", "tradeid", "aggid"),
    "time": (
        "time", "transacttime", "transactiontime", "tradetimems", "tradetime", "t", "timestamp", "ts", "unix",
        "unixtimestamp", "timestampms", "datetime", "date", "eventtime", "createdat", "createdtime",
        "executiontime", "filledat",
    ),
    "open_time": (
        "opentime", "timestamp", "unix", "unixtime", "unixtimestamp", "timestampms", "ts", "t", "time", "datetime",
        "date", "start", "starttime", "gmttime", "timeperiodstart", "utc", "utctime", "indexlevel0", "index",
    ),
    "open": ("open", "o", "openprice"),
    "high": ("high", "h", "highprice"),
    "low": ("low", "l", "lowprice"),
    "close": ("close", "c", "closeprice", "last", "adjclose"),
    "volume": ("volume", "v", "vol", "basevolume", "volumebase", "amount"),
    "price": ("price", "p", "px", "rate", "lastprice", "tradeprice"),
    "quantity": ("quantity", "qty", "q", "size", "amount", "volume", "vol", "sz", "lastqty", "baseqty"),
    "buyer_maker": ("buyermaker", "isbuyermaker", "m", "isbuyermarketmaker", "maker"),
    "side": ("side", "takerside", "aggressor", "takerorderside"),
    "symbol": ("symbol", "s", "pair", "ticker", "instrument", "market", "sym"),
    "order_type": ("ordertype", "x", "xunknownparameter"),
    "trades": ("trades", "count", "numberoftrades", "tradecount", "tradescount", "numtrades", "n"),
    "complete": ("complete",),
    "close_time": ("closetime",),
}  # fmt: skip
_VOLUME_NAME = re.compile(r"vol(?:ume)?([a-z0-9]{2,10})")
_QUOTES = frozenset({"usdt", "usd", "usdc", "busd", "fdusd", "eur", "quote"})
# In messages of the exchange T (time) and t (id), E and e are different.
_MESSAGES = (
    (frozenset({"a", "p", "q", "T", "m"}), Content.TICKS, {"id": "a", "symbol": "s"}),
    (frozenset({"t", "p", "q", "T", "m", "E"}), Content.TRADES, {"id": "t", "symbol": "s", "order_type": "X"}),
)
_TIME = re.compile(r"\d{13}|\d{16}|\d{19}")
_ANY_TIME = re.compile(r"\d{10}(?:\.\d+)?|\d{13}(?:\.\d+)?|\d{16}|\d{19}|\d{4}-\d{2}-\d{2}([t ]\d{2}:\d{2}.*)?")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?")
_TRUTH = frozenset({"true", "false"})


def parse_columns(text: str | None) -> dict[str, str]:
    """Returns the file's column by our column, from a text such as ``id=TradeId,time=T``."""
    chosen_columns: dict[str, str] = {}
    known = {name for names in (*REQUIRED.values(), *OPTIONAL.values()) for name in names}
    for item in (text or "").split(","):
        column, equals, file_column = (part.strip() for part in item.partition("="))
        if not item.strip():
            continue
        if not equals or not file_column or column not in known:
            raise ConfigError(
                f"cannot read {item.strip()!r} in --columns: write our=theirs, with {', '.join(sorted(known))}"
            )
        chosen_columns[column] = file_column
    return chosen_columns


def normalised(name: str) -> str:
    """Returns a column's name in lower-case letters and digits, as in the aliases."""
    return re.sub(r"[\W_]+", "", name.lower())


def layout_of_header(
    names: Sequence[str], chosen_columns: Mapping[str, str], content: Content | None
) -> FileLayout | None:
    """Returns the layout of named columns; None where they are not understood."""
    exact = [name.strip().strip('"').lower() for name in names]
    if any(file_column.lower() not in exact for file_column in chosen_columns.values()) or _of_account(exact):
        return None
    if content is None and not chosen_columns:
        for kind in (Exported.ANALYTICS, Exported.SIGNALS):
            if {"time", "state"} <= set(exact) and set(exact) <= set(COLUMNS[kind]):
                return FileLayout(Content(kind.value), {name: index for index, name in enumerate(exact)})
    if content in {Content.ANALYTICS, Content.SIGNALS}:
        return FileLayout(content, {name: index for index, name in enumerate(exact)})
    if (message := _message_layout(names, content)) and not chosen_columns:
        return message
    present = [normalised(name) for name in names]
    content = content or _content_of(present, set(chosen_columns))
    indexes = _column_indexes(content, present, exact, chosen_columns)
    if content is Content.CLOSES and "close" not in indexes and (wide := _symbol_columns(names, indexes)):
        return FileLayout(content, indexes, wide)
    return FileLayout(content, indexes) if all(column in indexes for column in REQUIRED[content]) else None


def _of_account(exact: Sequence[str]) -> bool:
    """Returns whether columns are those of an export of paper trading: its fills are no trades of the market."""
    return any(kind.of_account and set(columns) <= set(exact) for kind, columns in COLUMNS.items())


def _column_indexes(
    content: Content, present: list[str], exact: list[str], chosen_columns: Mapping[str, str]
) -> dict[str, int]:
    indexes: dict[str, int] = {}
    for column in (*REQUIRED[content], *OPTIONAL[content]):
        if column in chosen_columns:
            indexes[column] = exact.index(chosen_columns[column].lower())
            continue
        index_found = next((present.index(name) for name in _ALIASES[column] if name in present), None)
        if index_found is None and column == "volume":
            index_found = _volume_column(present)
        if index_found is not None and index_found not in indexes.values():
            indexes[column] = index_found
    return indexes


def _volume_column(present: list[str]) -> int | None:
    """Returns the index of the volume in the base asset: of ``Volume BTC`` and ``Volume USDT`` the first."""
    candidates = [
        index for index, name in enumerate(present) if (m := _VOLUME_NAME.fullmatch(name)) and m[1] not in _QUOTES
    ]
    return candidates[0] if len(candidates) == 1 else None


def _message_layout(names: Sequence[str], content: Content | None) -> FileLayout | None:
    present = [name.strip() for name in names]
    for required, kind, more in _MESSAGES:
        if required <= set(present) and content in {None, kind}:
            fields = {"time": "T", "price": "p", "quantity": "q", "buyer_maker": "m", **more}
            return FileLayout(
                kind,
                {
                    column: present.index(file_column)
                    for column, file_column in fields.items()
                    if file_column in present
                },
            )
    return None


def _content_of(present: list[str], chosen_columns: set[str]) -> Content:
    def has(column: str) -> bool:
        return column in chosen_columns or any(name in present for name in _ALIASES[column])

    if {"open_time", "close"} <= chosen_columns or sum(has(name) for name in _PRICES) >= 3:
        return Content.BARS
    if "aggtradeid" in present or "a" in present or "id" in chosen_columns:
        return Content.TICKS
    raw = {"tradeid", "quoteqty"} & set(present)
    return Content.TRADES if raw and has("id") else Content.TICKS


def _symbol_columns(names: Sequence[str], indexes: Mapping[str, int]) -> dict[str, int]:
    """Returns the columns of a table with one symbol a column; empty for any other table."""
    if "open_time" not in indexes:
        return {}
    rest = {name.strip().strip('"'): index for index, name in enumerate(names) if index != indexes["open_time"]}
    known = {alias for names in _ALIASES.values() for alias in names}
    symbols = {name: index for name, index in rest.items() if name and normalised(name) not in known}
    return symbols if len(symbols) >= 2 and len(symbols) >= len(rest) - 1 else {}


def layout_of_row(cells: Sequence[str], content: Content | None = None) -> FileLayout | None:
    """Returns the layout of a row of numbers without a header, by its shape; None where it is unknown."""
    values = [cell.strip().lower() for cell in cells]

    def time(index: int) -> bool:
        return index < len(values) and _TIME.fullmatch(values[index]) is not None

    def truth(index: int) -> bool:
        return index < len(values) and values[index] in _TRUTH

    if content not in {Content.BARS, Content.CLOSES}:
        if len(values) in {7, 8} and time(5) and truth(6):
            return FileLayout(Content.TICKS, {"id": 0, "price": 1, "quantity": 2, "time": 5, "buyer_maker": 6})
        if len(values) in {6, 7} and time(4) and truth(5):
            return FileLayout(Content.TRADES, {"id": 0, "price": 1, "quantity": 2, "time": 4, "buyer_maker": 5})
    if not values or _ANY_TIME.fullmatch(values[0]) is None or not all(_NUMBER.fullmatch(cell) for cell in values[1:6]):
        return None
    if len(values) == 3 and content in {None, Content.TICKS}:
        return FileLayout(Content.TICKS, {"time": 0, "price": 1, "quantity": 2})
    if len(values) >= 5 and _is_candle(values[1:5]):
        kind = Content.CLOSES if content is Content.CLOSES else Content.BARS
        names = ["open_time", *_PRICES, "volume", "close_time", "", "trades"]
        if len(values) == 7:
            names = ["open_time", *_PRICES, "volume", "trades"]
        known_columns = (*REQUIRED[kind], *OPTIONAL[kind])
        indexes = {name: index for index, name in enumerate(names[: len(values)]) if name in known_columns}
        return FileLayout(kind, indexes) if all(name in indexes for name in REQUIRED[kind]) else None
    return None


def _is_candle(cells: Sequence[str]) -> bool:
    open_, high, low, close = (float(cell.replace(",", ".")) for cell in cells)
    return low <= min(open_, close) <= max(open_, close) <= high


def unknown_columns_error(
    where: object, names: Sequence[str], chosen_columns: Mapping[str, str], content: Content | None
) -> ConfigError:
    """Returns the error for columns that are not understood, with what to do."""
    exact = [name.strip().strip('"') for name in names]
    shown_names = ", ".join(exact[:12])[:160]
    for file_column in chosen_columns.values():
        if file_column.lower() not in [name.lower() for name in exact]:
            return ConfigError(f"there is no column {file_column!r}: {where} has {shown_names}")
    present = [normalised(name) for name in exact]
    if {"ruleid", "incident"} <= set(present):
        return ConfigError(
            f"{where} is the history of alerts, which stays in the store it came from: it is not imported"
        )
    if _of_account([name.lower() for name in exact]):
        return ConfigError(f"{where} is of a paper account, which stays in the store it came from: it is not imported")
    if content is Content.CLOSES:
        return ConfigError(
            f"{where} is no table with columns symbol, open_time and close ({shown_names}): bars of one symbol, "
            "named by the file, "
            "and tables with one column of closes a symbol are read as well"
        )
    kind = content or _content_of(present, set(chosen_columns))
    closes = layout_of_header(names, {}, Content.CLOSES)
    if closes is not None and content is None and kind is not Content.BARS and not {"price"} & set(present):
        return ConfigError(
            f"{where} holds closes alone, which are no bars ({shown_names}): spreadscope scan --bars reads them"
        )
    indexes = _column_indexes(kind, present, [name.lower() for name in exact], chosen_columns)
    missing = [column for column in REQUIRED[kind] if column not in indexes]
    kind_name = "bars" if kind is Content.BARS else "trades"
    option = ",".join(f"{column}=…" for column in missing)
    id_hint = " (and id=… if it has the exchange's ids)" if kind is Content.TICKS and "id" not in indexes else ""
    return ConfigError(
        f"the columns of {where} are not understood ({shown_names}): for {kind_name} it lacks {', '.join(missing)}; "
        f"say which column that is with --columns {option}{id_hint}"
    )
