"""What a file can hold, and which of its columns is which."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum

import msgspec

from spreadscope.model.errors import ConfigError
from spreadscope.model.states import ExportKind as Exported
from spreadscope.store.export import COLUMNS


class Content(StrEnum):
    """What the rows of a file are."""

    TICKS = "ticks"  # aggregate trades, with the exchange's aggregate ids; or trades of any kind without ids
    TRADES = "trades"  # raw trades, which are aggregated as the exchange does it
    BARS = "bars"
    ANALYTICS = "analytics"
    SIGNALS = "signals"
    CLOSES = "closes"  # what a scan needs of bars: one close a symbol and time


#: What a user can name with ``--kind``.
KINDS = tuple(kind for kind in Content if kind is not Content.CLOSES)


class FileLayout(msgspec.Struct, frozen=True):
    """What the rows are, and where in a row each column stands. ``wide``: one column a symbol, and where it stands."""

    content: Content
    places: dict[str, int]
    wide: dict[str, int] = {}

    @property
    def width(self) -> int:
        return max((*self.places.values(), *self.wide.values())) + 1


_PRICES = ("open", "high", "low", "close")
NEEDS: dict[Content, tuple[str, ...]] = {
    Content.TICKS: ("time", "price", "quantity"),
    Content.TRADES: ("id", "time", "price", "quantity"),
    Content.BARS: ("open_time", *_PRICES, "volume"),
    Content.CLOSES: ("open_time", "close"),
}
MAY: dict[Content, tuple[str, ...]] = {
    Content.TICKS: ("id", "buyer_maker", "side", "symbol", "order_type"),
    Content.TRADES: ("buyer_maker", "side", "symbol", "order_type"),
    Content.BARS: ("trades", "complete", "close_time", "symbol"),
    Content.CLOSES: ("symbol",),
}
# Names as others write them: small letters and digits alone. The first that a file has counts.
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
_VOLUME = re.compile(r"vol(?:ume)?([a-z0-9]{2,10})")
_QUOTES = frozenset({"usdt", "usd", "usdc", "busd", "fdusd", "eur", "quote"})
# The exchange's own messages tell T (time) from t (id), and E from e.
_MESSAGES = (
    (frozenset({"a", "p", "q", "T", "m"}), Content.TICKS, {"id": "a", "symbol": "s"}),
    (frozenset({"t", "p", "q", "T", "m", "E"}), Content.TRADES, {"id": "t", "symbol": "s", "order_type": "X"}),
)
_TIME = re.compile(r"\d{13}|\d{16}|\d{19}")
_ANY_TIME = re.compile(r"\d{10}(?:\.\d+)?|\d{13}(?:\.\d+)?|\d{16}|\d{19}|\d{4}-\d{2}-\d{2}([t ]\d{2}:\d{2}.*)?")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?")
_TRUTH = frozenset({"true", "false"})


def parse_columns(text: str | None) -> dict[str, str]:
    """``id=TradeId,time=T`` → our column → the file's."""
    chosen: dict[str, str] = {}
    known = {name for names in (*NEEDS.values(), *MAY.values()) for name in names}
    for item in (text or "").split(","):
        ours, equals, theirs = (part.strip() for part in item.partition("="))
        if not item.strip():
            continue
        if not equals or not theirs or ours not in known:
            raise ConfigError(
                f"cannot read {item.strip()!r} in --columns: write our=theirs, with {', '.join(sorted(known))}"
            )
        chosen[ours] = theirs
    return chosen


def plain(name: str) -> str:
    """A column's name as the aliases write it."""
    return re.sub(r"[\W_]+", "", name.lower())


def of_header(names: Sequence[str], chosen: Mapping[str, str], content: Content | None) -> FileLayout | None:
    """Returns the layout of named columns; None where they are not understood."""
    exact = [name.strip().strip('"').lower() for name in names]
    if any(theirs.lower() not in exact for theirs in chosen.values()):
        return None
    if content is None and not chosen:
        for kind in (Exported.ANALYTICS, Exported.SIGNALS):
            if {"time", "state"} <= set(exact) and set(exact) <= set(COLUMNS[kind]):
                return FileLayout(Content(kind.value), {name: place for place, name in enumerate(exact)})
    if content in {Content.ANALYTICS, Content.SIGNALS}:
        return FileLayout(content, {name: place for place, name in enumerate(exact)})
    if (message := _message(names, content)) and not chosen:
        return message
    held = [plain(name) for name in names]
    content = content or _content_of(held, set(chosen))
    places = _places(content, held, exact, chosen)
    if content is Content.CLOSES and "close" not in places and (wide := _wide(names, places)):
        return FileLayout(content, places, wide)
    return FileLayout(content, places) if all(ours in places for ours in NEEDS[content]) else None


def _places(content: Content, held: list[str], exact: list[str], chosen: Mapping[str, str]) -> dict[str, int]:
    places: dict[str, int] = {}
    for ours in (*NEEDS[content], *MAY[content]):
        if ours in chosen:
            places[ours] = exact.index(chosen[ours].lower())
            continue
        found = next((held.index(name) for name in _ALIASES[ours] if name in held), None)
        if found is None and ours == "volume":
            found = _volume(held)
        if found is not None and found not in places.values():
            places[ours] = found
    return places


def _volume(held: list[str]) -> int | None:
    """Of ``Volume BTC`` and ``Volume USDT`` the one that counts the coin."""
    found = [place for place, name in enumerate(held) if (m := _VOLUME.fullmatch(name)) and m[1] not in _QUOTES]
    return found[0] if len(found) == 1 else None


def _message(names: Sequence[str], content: Content | None) -> FileLayout | None:
    held = [name.strip() for name in names]
    for needed, kind, more in _MESSAGES:
        if needed <= set(held) and content in {None, kind}:
            fields = {"time": "T", "price": "p", "quantity": "q", "buyer_maker": "m", **more}
            return FileLayout(kind, {ours: held.index(theirs) for ours, theirs in fields.items() if theirs in held})
    return None


def _content_of(held: list[str], chosen: set[str]) -> Content:
    def has(ours: str) -> bool:
        return ours in chosen or any(name in held for name in _ALIASES[ours])

    if {"open_time", "close"} <= chosen or sum(has(name) for name in _PRICES) >= 3:
        return Content.BARS
    if "aggtradeid" in held or "a" in held or "id" in chosen:
        return Content.TICKS
    raw = {"tradeid", "quoteqty"} & set(held)
    return Content.TRADES if raw and has("id") else Content.TICKS


def _wide(names: Sequence[str], places: Mapping[str, int]) -> dict[str, int]:
    """The columns of a table with one symbol a column; empty where it is none."""
    if "open_time" not in places:
        return {}
    rest = {name.strip().strip('"'): place for place, name in enumerate(names) if place != places["open_time"]}
    known = {alias for names in _ALIASES.values() for alias in names}
    symbols = {name: place for name, place in rest.items() if name and plain(name) not in known}
    return symbols if len(symbols) >= 2 and len(symbols) >= len(rest) - 1 else {}


def of_row(cells: Sequence[str], content: Content | None = None) -> FileLayout | None:
    """Returns the layout of a row of numbers under no header, by its shape: the exchange's archives, and common tables."""
    held = [cell.strip().lower() for cell in cells]

    def time(place: int) -> bool:
        return place < len(held) and _TIME.fullmatch(held[place]) is not None

    def truth(place: int) -> bool:
        return place < len(held) and held[place] in _TRUTH

    if content not in {Content.BARS, Content.CLOSES}:
        if len(held) in {7, 8} and time(5) and truth(6):
            return FileLayout(Content.TICKS, {"id": 0, "price": 1, "quantity": 2, "time": 5, "buyer_maker": 6})
        if len(held) in {6, 7} and time(4) and truth(5):
            return FileLayout(Content.TRADES, {"id": 0, "price": 1, "quantity": 2, "time": 4, "buyer_maker": 5})
    if not held or _ANY_TIME.fullmatch(held[0]) is None or not all(_NUMBER.fullmatch(cell) for cell in held[1:6]):
        return None
    if len(held) == 3 and content in {None, Content.TICKS}:
        return FileLayout(Content.TICKS, {"time": 0, "price": 1, "quantity": 2})
    if len(held) >= 5 and _is_candle(held[1:5]):
        kind = Content.CLOSES if content is Content.CLOSES else Content.BARS
        names = ["open_time", *_PRICES, "volume", "close_time", "", "trades"]
        if len(held) == 7:
            names = ["open_time", *_PRICES, "volume", "trades"]
        kept = (*NEEDS[kind], *MAY[kind])
        places = {name: place for place, name in enumerate(names[: len(held)]) if name in kept}
        return FileLayout(kind, places) if all(name in places for name in NEEDS[kind]) else None
    return None


def _is_candle(cells: Sequence[str]) -> bool:
    opened, high, low, close = (float(cell.replace(",", ".")) for cell in cells)
    return low <= min(opened, close) <= max(opened, close) <= high


def refusal(where: object, names: Sequence[str], chosen: Mapping[str, str], content: Content | None) -> ConfigError:
    """Returns the one sentence that would make a file readable, in the words of its kind."""
    exact = [name.strip().strip('"') for name in names]
    shown = ", ".join(exact[:12])[:160]
    for theirs in chosen.values():
        if theirs.lower() not in [name.lower() for name in exact]:
            return ConfigError(f"there is no column {theirs!r}: {where} has {shown}")
    held = [plain(name) for name in exact]
    if {"ruleid", "incident"} <= set(held):
        return ConfigError(
            f"{where} is the history of alerts, which stays in the store it came from: it is not imported"
        )
    if content is Content.CLOSES:
        return ConfigError(
            f"{where} is no table with columns symbol, open_time and close ({shown}): bars of one symbol, named by the file, "
            "and tables with one column of closes a symbol are read as well"
        )
    kind = content or _content_of(held, set(chosen))
    closes = of_header(names, {}, Content.CLOSES)
    if closes is not None and content is None and kind is not Content.BARS and not {"price"} & set(held):
        return ConfigError(
            f"{where} holds closes alone, which are no bars ({shown}): spreadscope scan --bars reads them"
        )
    places = _places(kind, held, [name.lower() for name in exact], chosen)
    missing = [ours for ours in NEEDS[kind] if ours not in places]
    what = "bars" if kind is Content.BARS else "trades"
    option = ",".join(f"{ours}=…" for ours in missing)
    also = " (and id=… if it has the exchange's ids)" if kind is Content.TICKS and "id" not in places else ""
    return ConfigError(
        f"the columns of {where} are not understood ({shown}): for {what} it lacks {', '.join(missing)}; "
        f"say which column that is with --columns {option}{also}"
    )
