"""Symbols, pairs and instruments as the exchange names them."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable

import msgspec

from spreadscope.model.errors import SymbolError

_FORBIDDEN = frozenset(" \t\r\n/@,;:'\"<>&?#%\\|!*(){}[]=+$^~`")
_NAMED = 4  # of what the exchange lists, where none is near


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
    """What trading one symbol needs to know. Steps are decimal strings, exactly as the exchange gives them."""

    symbol: str
    status: str
    contract_type: str
    base_asset: str
    quote_asset: str
    tick_size: str
    step_size: str
    min_notional: str | None = None

    @property
    def trading(self) -> bool:
        return self.status == "TRADING"


def parse_symbol(text: str) -> str:
    """One symbol in upper case. Symbols need not be ASCII; separators and blanks are refused."""
    symbol = text.strip().upper()
    if not symbol:
        raise SymbolError("empty symbol: write it as the exchange does, for example BTCUSDT")
    bad = sorted(_FORBIDDEN.intersection(symbol))
    if bad or len(symbol) > 40 or not symbol.isprintable():
        raise SymbolError(f"malformed symbol {text.strip()!r}: write it as the exchange does, for example BTCUSDT")
    return symbol


def parse_symbols(text: str | Iterable[str]) -> tuple[str, ...]:
    """A comma separated list (or several) of symbols; empty items and repeats are refused."""
    parts = text.split(",") if isinstance(text, str) else [part for item in text for part in item.split(",")]
    symbols = [parse_symbol(part) for part in parts]
    repeated = sorted({symbol for symbol in symbols if symbols.count(symbol) > 1})
    if repeated:
        raise SymbolError(f"{repeated[0]} is given twice: name each symbol once")
    return tuple(symbols)


def parse_pair(text: str) -> Pair:
    """``"BTCUSDT/ETHUSDT"`` → ``Pair``; the two legs must differ."""
    parts = text.split("/")
    if len(parts) != 2 or not all(part.strip() for part in parts):
        raise SymbolError(f"malformed pair {text.strip()!r}: write Y/X, for example BTCUSDT/ETHUSDT")
    pair = Pair(parse_symbol(parts[0]), parse_symbol(parts[1]))
    if pair.y == pair.x:
        raise SymbolError(f"the pair {pair} has the same symbol on both legs: name two different symbols")
    return pair


def parse_pairs(texts: Iterable[str]) -> tuple[Pair, ...]:
    """Several pairs; the same pair twice is refused."""
    pairs = [parse_pair(part) for text in texts for part in text.split(",")]
    repeated = [pair for pair in pairs if pairs.count(pair) > 1]
    if repeated:
        raise SymbolError(f"the pair {repeated[0]} is given twice: name each pair once")
    return tuple(pairs)


def unknown_symbol(symbol: str, known: Collection[str]) -> SymbolError:
    """The error for a symbol the exchange does not list, naming the nearest one it does, or some of them and their number."""
    begun = [name for name in known if name.startswith(symbol)][:1]
    near = begun or difflib.get_close_matches(symbol, known, n=1, cutoff=0.6)
    if near:
        hint = f"did you mean {near[0]}?"
    elif known:
        some = ", ".join(list(known)[:_NAMED])
        hint = f"it lists {len(known)}, such as {some} (all of them: spreadscope symbols, or GET /api/instruments)"
    else:
        hint = "it lists none at all"
    return SymbolError(f"the exchange lists no symbol {symbol}: {hint}")
