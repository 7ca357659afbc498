"""Symbols, pairs and instruments, and how they are named.

An instrument of the default venue is named by its bare symbol (``BTCUSDT``), one of another venue by ``venue:SYMBOL``
(``binance-spot:BTCUSDT``). ``binance-futures:BTCUSDT`` means ``BTCUSDT``: one instrument has one name.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable
from typing import TypeVar

import msgspec

from spreadscope.model.errors import RepeatedError, SymbolError, UnknownSymbolError

_BLANKS = " \t\r\n\x0b\x0c"
_FORBIDDEN = frozenset([*map(chr, range(33)), "\x7f", *"/@,;:'\"<>&?#%\\|!*(){}[]=+$^~`"])
LONGEST_SYMBOL = 40
MOST_AT_ONCE = 1_000  # symbols or pairs named in one text: the exchange lists some 600
DEFAULT_VENUE = "binance-futures"
_VENUE = re.compile(r"[a-z][a-z0-9-]{0,23}")
_MAX_SHOWN = 60
_MAX_LISTED = 4  # of what the exchange lists, where none is near

T = TypeVar("T")


class Pair(msgspec.Struct, frozen=True, order=True):
    """A pair of perpetuals: ``y`` is explained by ``x`` (y = α + β x), written ``Y/X``."""

    y: str
    x: str

    def __str__(self) -> str:
        return f"{self.y}/{self.x}"

    @property
    def symbols(self) -> tuple[str, str]:
        return (self.y, self.x)


class Instrument(msgspec.Struct, frozen=True):
    """An instrument as the exchange lists it, with the limits that an order must keep.

    Numbers are decimal strings, exactly as the exchange gives them; None (of the first two steps: empty) where it does
    not say them. Quantities are in units of the base asset. A limit of 0 is none: Spot writes a ``market_step_size`` of
    0 where market orders have the ``step_size`` of all others.

    Attributes:
        tick_size: prices are multiples of it.
        step_size: quantities are multiples of it.
        min_notional: the least price × quantity, in the quote asset.
        min_quantity: of an order.
        max_quantity: of an order that is no market order.
        market_step_size: the step of market orders.
        market_max_quantity: of a market order.
        multiplier_up: the price of a limit order is at most so many times the mark price (Spot: an average price).
        multiplier_down: and at least so many times.
        market_take_bound: a market order fills at most so far from the mark price, as a share of it. Futures only.
        liquidation_fee: what a liquidation costs, as a share of the value. Futures only.
    """

    symbol: str
    status: str
    contract_type: str
    base_asset: str
    quote_asset: str
    tick_size: str
    step_size: str
    min_notional: str | None = None
    min_quantity: str | None = None
    max_quantity: str | None = None
    market_step_size: str | None = None
    market_max_quantity: str | None = None
    multiplier_up: str | None = None
    multiplier_down: str | None = None
    market_take_bound: str | None = None
    liquidation_fee: str | None = None

    @property
    def trading(self) -> bool:
        return self.status == "TRADING"


def qualified(venue: str, local: str) -> str:
    """Returns the name of a venue's own symbol: bare for the default venue, else with the venue before it."""
    return local if venue == DEFAULT_VENUE else f"{venue}:{local}"


def local_symbol(symbol: str) -> str:
    """Returns the venue's own symbol of a name: ``BTCUSDT`` of ``binance-spot:BTCUSDT``."""
    return symbol.rpartition(":")[2]


def venue_of(symbol: str) -> str:
    """Returns the venue in a name; the default venue where it names none."""
    return symbol.rpartition(":")[0] or DEFAULT_VENUE


def parse_symbol(text: str) -> str:
    """Returns a symbol's only name. It need not be ASCII; separators and blanks are refused; a venue can stand before a
    colon."""
    venue, colon, local = text.partition(":")
    if not colon:
        return _parse_local(text)
    venue = venue.strip(_BLANKS).lower()
    if not _VENUE.fullmatch(venue):
        raise SymbolError(
            f"malformed symbol {_shown(text)}: write it as the exchange does, for example BTCUSDT,"
            " or with its venue, binance-spot:BTCUSDT"
        )
    return qualified(venue, _parse_local(local))


def _parse_local(text: str) -> str:
    given = text.strip(_BLANKS)
    if not given:
        raise SymbolError("empty symbol: write it as the exchange does, for example BTCUSDT")
    if len(given) > LONGEST_SYMBOL or not _FORBIDDEN.isdisjoint(given):
        raise SymbolError(f"malformed symbol {_shown(given)}: write it as the exchange does, for example BTCUSDT")
    symbol = given.upper()
    if len(symbol) > LONGEST_SYMBOL or not symbol.isprintable():  # letters that no exchange uses
        raise UnknownSymbolError(
            f"there is no symbol {_shown(given)}: write it as the exchange does, for example BTCUSDT"
        )
    return symbol


def parse_symbols(text: str | Iterable[str]) -> tuple[str, ...]:
    """Returns the symbols of comma separated lists; empty items, repeats and more than ``MOST_AT_ONCE`` are refused."""
    symbols = [parse_symbol(part) for part in _parts([text] if isinstance(text, str) else text, "symbols")]
    if (repeated := _repeated(symbols)) is not None:
        raise RepeatedError(f"{repeated} is given twice: name each symbol once")
    return tuple(symbols)


def parse_pair(text: str) -> Pair:
    """Returns the pair of a text such as ``BTCUSDT/ETHUSDT``; the two legs must differ."""
    parts = text.split("/", 2)
    if len(parts) != 2 or not all(part.strip(_BLANKS) for part in parts):
        raise malformed_pair(text)
    pair = Pair(parse_symbol(parts[0]), parse_symbol(parts[1]))
    if pair.y == pair.x:
        raise RepeatedError(f"the pair {pair} has the same symbol on both legs: name two different symbols")
    return pair


def malformed_pair(text: str) -> SymbolError:
    """Returns the error for a text that is not of the form of a pair."""
    return SymbolError(f"malformed pair {_shown(text)}: write Y/X, for example BTCUSDT/ETHUSDT")


def parse_pairs(texts: Iterable[str]) -> tuple[Pair, ...]:
    """Returns the pairs of several texts; repeats and more than ``MOST_AT_ONCE`` are refused."""
    pairs = [parse_pair(part) for part in _parts(texts, "pairs")]
    if (repeated := _repeated(pairs)) is not None:
        raise RepeatedError(f"the pair {repeated} is given twice: name each pair once")
    return tuple(pairs)


def unknown_symbol(symbol: str, known: Collection[str]) -> SymbolError:
    """Returns the error for a symbol the exchange does not list, with the nearest listed one, or examples and their
    number."""
    same_start = [name for name in known if name.startswith(symbol)][:1]
    nearest = same_start or difflib.get_close_matches(symbol, known, n=1, cutoff=0.6)
    if nearest:
        hint = f"did you mean {nearest[0]}?"
    elif known:
        examples = ", ".join(list(known)[:_MAX_LISTED])
        hint = f"it lists {len(known)}, such as {examples} (all of them: spreadscope symbols, or GET /api/instruments)"
    else:
        hint = "it lists none at all"
    return UnknownSymbolError(f"the exchange lists no symbol {symbol}: {hint}")


def _parts(texts: Iterable[str], what: str) -> list[str]:
    parts = [part for text in texts for part in text.split(",", MOST_AT_ONCE)]
    if len(parts) > MOST_AT_ONCE:
        raise SymbolError(f"more than {MOST_AT_ONCE} {what} at once: name fewer")
    return parts


def _repeated(names: Iterable[T]) -> T | None:
    """Returns the first repeated name, or None."""
    seen: set[T] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def _shown(text: str) -> str:
    text = text.strip()
    return repr(text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…")
