"""What the exchange is asked for and does not have: counted, and said once for each kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

from spreadscope.exchange.local.stream_names import LocalRoute, parse_stream, serves, stream_on, wire_name

_MOST_KINDS: Final = 100
_WHERE: Final[dict[LocalRoute, str]] = {
    "market": "on /market alone",
    "public": "on /public, or without a route",
    "spot": "on the address of Spot",
}
_LONGEST: Final = 80  # characters of a name that is repeated


class Missing:
    """Counts by kind; ``tell`` gets one sentence for the first of each.

    ``delivers`` says whether frames of a well-formed stream can come, ``symbols`` are those of the market.
    """

    def __init__(
        self,
        symbols: Iterable[str],
        source: str,
        delivers: Callable[[str], bool],
        tell: Callable[[str], None] | None = None,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self._symbols = frozenset(symbols)
        self._source = source
        self._delivers = delivers
        self._tell = tell

    def streams(self, route: LocalRoute | None, names: Iterable[str]) -> None:
        """These streams were acknowledged on a route; say which of them will be silent, and why."""
        for name in names:
            if name.isdigit():
                continue  # some clients number their connections in the address: /ws/7
            found = self._silence(route, stream_on(route, name))
            if found is not None:
                kind, why = found
                self._note(kind, f"{_short(name)} was subscribed {_place(route)} and stays silent: {why}.")

    def route(self, method: str, path: str) -> None:
        """A route that there is not, by the method of REST or "WebSocket"."""
        asked = f"{_short(method)} {_short(path)}"
        self._note(asked, f"{asked} was asked for: the local exchange has no such route and answers 404.")

    def data(self, path: str, why: str) -> None:
        """A REST route that has nothing to answer from."""
        self._note(f"GET {path}", f"GET {path} was asked for and refused: {why}")

    def _silence(self, route: LocalRoute | None, stream: str) -> tuple[str, str] | None:
        """The kind of a silence and its reason; None for a stream that is delivered."""
        name = parse_stream(stream)
        if name is None:
            return _misspelt(stream)
        kind = name.kind + ("" if name.symbol else " of all symbols")
        symbol = name.symbol.removesuffix("_PERPETUAL") if name.kind == "continuousKline" else name.symbol
        if not serves(route, stream):
            return f"{kind} {_place(route)}", f"as on the exchange, this kind comes {_WHERE[name.route]}"
        if symbol and symbol not in self._symbols:
            return "an unknown symbol", f"there is no symbol {_short(symbol)} here"
        if not self._delivers(stream):
            return f"{kind} {_place(route)}", f"there is nothing of this kind in {self._source}"
        return None

    def _note(self, kind: str, sentence: str) -> None:
        if kind not in self.counts and len(self.counts) >= _MOST_KINDS:
            kind, sentence = "others", "More kinds were asked for than are listed here; they are counted together."
        self.counts[kind] += 1
        if self.counts[kind] == 1 and self._tell is not None:
            self._tell(sentence)


def _misspelt(stream: str) -> tuple[str, str]:
    """What is wrong with a name that no stream has."""
    symbol, _, rest = stream.partition("@")
    lower = symbol.lower()
    if parse_stream(f"{lower}@{rest}") is not None:
        return (
            "a symbol not in lower case",
            f"as on the exchange, a symbol is written in lower case ({_short(wire_name(lower))})",
        )
    return f"stream {_short(rest or wire_name(stream))}", "the exchange has no stream of this name"


def _place(route: LocalRoute | None) -> str:
    if route is None:
        return "on an unknown route"
    if route == "spot":
        return "on Spot"
    return "without a route" if route == "unrouted" else f"on /{route}"


def _short(text: str) -> str:
    """A name fit for a terminal: printable, and not long."""
    shown = text.encode("unicode_escape").decode() if not text.isprintable() else text
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"
