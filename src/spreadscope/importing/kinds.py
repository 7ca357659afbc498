"""What a file can hold, and which of its columns is which."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

import msgspec

from spreadscope.model.errors import ConfigError
from spreadscope.store.export import COLUMNS
from spreadscope.store.export import Kind as Exported


class Content(StrEnum):
    """What the rows of a file are."""

    TICKS = "ticks"  # aggregate trades, with the exchange's aggregate ids
    TRADES = "trades"  # raw trades, which are aggregated as the exchange does it
    BARS = "bars"
    ANALYTICS = "analytics"
    SIGNALS = "signals"


class Layout(msgspec.Struct, frozen=True):
    """What the rows are, and where in a row each column stands."""

    content: Content
    places: dict[str, int]

    @property
    def width(self) -> int:
        return max(self.places.values()) + 1


_TICK_NEEDS = ("id", "time", "price", "quantity")
_BAR_NEEDS = ("open_time", "open", "high", "low", "close", "volume")
NEEDS = {Content.TICKS: _TICK_NEEDS, Content.TRADES: _TICK_NEEDS, Content.BARS: _BAR_NEEDS}
MAY = {
    Content.TICKS: ("buyer_maker", "symbol"),
    Content.TRADES: ("buyer_maker", "symbol", "order_type"),
    Content.BARS: ("trades", "complete", "close_time", "symbol"),
}
_ALIASES = {
    "id": ("id", "agg_trade_id", "a", "trade_id"),
    "time": ("time", "transact_time", "trade_time_ms", "trade_time", "t", "timestamp"),
    "price": ("price", "p"),
    "quantity": ("quantity", "qty", "q", "size"),
    "buyer_maker": ("buyer_maker", "is_buyer_maker", "isbuyermaker", "m"),
    "symbol": ("symbol", "s"),
    "order_type": ("order_type", "x"),
    "trades": ("trades", "count", "number_of_trades"),
}
_TIME = re.compile(r"\d{13}|\d{16}|\d{19}")
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


def of_header(names: list[str], chosen: Mapping[str, str], content: Content | None) -> Layout | None:
    """The layout of named columns; None where they are not understood. Raises where a chosen column is not there."""
    plain = [name.strip().strip('"').lower() for name in names]
    for theirs in chosen.values():
        if theirs.lower() not in plain:
            raise ConfigError(f"there is no column {theirs!r}: the file has {', '.join(names)}")
    if content is None and not chosen:
        for kind in (Exported.ANALYTICS, Exported.SIGNALS):
            if {"time", "state"} <= set(plain) and set(plain) <= set(COLUMNS[kind]):
                return Layout(Content(kind.value), {name: place for place, name in enumerate(plain)})
    content = content or _content_of(set(plain), set(chosen))
    if content in {Content.ANALYTICS, Content.SIGNALS}:
        return Layout(content, {name: place for place, name in enumerate(plain)})
    places: dict[str, int] = {}
    for ours in (*NEEDS[content], *MAY[content]):
        wanted = (chosen[ours].lower(),) if ours in chosen else _ALIASES.get(ours, (ours,))
        found = next((plain.index(name) for name in wanted if name in plain), None)
        if found is not None:
            places[ours] = found
    return Layout(content, places) if all(ours in places for ours in NEEDS[content]) else None


def _content_of(names: set[str], chosen: set[str]) -> Content:
    if {"open_time", "close"} <= names | chosen:
        return Content.BARS
    if "agg_trade_id" in names or "a" in names:
        return Content.TICKS
    return Content.TRADES if {"trade_id", "quote_qty"} & names and "id" not in chosen else Content.TICKS


def of_row(cells: list[str]) -> Layout | None:
    """The layout of the exchange's archives without a header, by the shape of a row."""
    plain = [cell.strip().lower() for cell in cells]

    def time(place: int) -> bool:
        return place < len(plain) and _TIME.fullmatch(plain[place]) is not None

    def truth(place: int) -> bool:
        return place < len(plain) and plain[place] in _TRUTH

    if len(plain) == 12 and time(0) and time(6):
        names = ("open_time", "open", "high", "low", "close", "volume", "close_time", "", "trades")
        return Layout(Content.BARS, {name: place for place, name in enumerate(names) if name})
    if len(plain) in {7, 8} and time(5) and truth(6):
        return Layout(Content.TICKS, {"id": 0, "price": 1, "quantity": 2, "time": 5, "buyer_maker": 6})
    if len(plain) in {6, 7} and time(4) and truth(5):
        return Layout(Content.TRADES, {"id": 0, "price": 1, "quantity": 2, "time": 4, "buyer_maker": 5})
    return None


_NAMES = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?:DEMO-)?(?P<subject>.+)-(?:ticks|bars|analytics|signals)(?:-(?P<frame>\d+[smh]))?\.",  # our exports
        r"(?P<subject>[^-]+)-(?:aggTrades|trades)-(?P<frame>(?!))?\d{4}-",  # the exchange's archives of trades
        r"(?P<subject>[^-]+)-(?P<frame>\d+\w{1,2})-\d{4}-",  # … and of klines
    )
)


def of_name(name: str) -> tuple[str | None, str | None]:
    """→ symbol or pair (``Y-X``) and timeframe that the name of an export or of an archive of the exchange tells."""
    for pattern in _NAMES:
        found = pattern.match(name)
        if found:
            return found["subject"], found["frame"]
    return None, None
