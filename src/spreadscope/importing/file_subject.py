"""What the rows of a file are of: the symbol, pair and timeframe, from what the user says, the columns, or the name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec
import polars as pl

from spreadscope.importing.checking import Checks
from spreadscope.importing.kinds import Content
from spreadscope.importing.names import frame_name, length_of, of_name, symbol_of
from spreadscope.importing.resampling import kept_for
from spreadscope.model.errors import ConfigError, SymbolError
from spreadscope.model.instrument import Pair, parse_pair
from spreadscope.model.timeframe import TIMEFRAMES, Timeframe

# The step of so many bars tells their length against what the user says of it.
_ENOUGH = 10


class Options(msgspec.Struct, frozen=True):
    """What the user says of the files, where their names and columns do not."""

    symbol: str | None = None
    pair: Pair | None = None
    timeframe: Timeframe | None = None
    columns: Mapping[str, str] = {}
    content: Content | None = None


def no_times(path: Path, shown: object) -> ConfigError:
    """Returns the sentence on a file none of whose times can be read."""
    return ConfigError(
        f"no time of {path} can be read (the first: {str(shown)[:40]}): write them as ISO (2026-11-22T15:00) or as milliseconds "
        "since 1970; of dates such as 01/02/2026 nothing tells whether the day comes first"
    )


class Subjects:
    """Answers for one file. ``subject`` and ``timeframe`` are what a file of our own archive says of itself."""

    def __init__(self, path: Path, options: Options) -> None:
        self._path = path
        self._options = options
        self.subject = ""
        self.timeframe = ""
        self.left_out = 0

    def by_symbol(self, rows: pl.DataFrame) -> list[tuple[str, pl.DataFrame]]:
        """The rows of each symbol; those of symbols that the user did not ask for are left out, and counted."""
        if "symbol" not in rows.columns:
            return [(self._symbol(), rows)] if rows.height else []
        out: list[tuple[str, pl.DataFrame]] = []
        for (name,), part in rows.group_by("symbol", maintain_order=True):
            symbol = symbol_of(str(name))
            if self._options.symbol is None or symbol == self._options.symbol:
                out.append((symbol, part))
            else:
                self.left_out += part.height
        return out

    def _symbol(self) -> str:
        if self._options.symbol is not None:
            return self._options.symbol
        name = self.subject or of_name(self._path.name)[0]
        if name is None:
            raise ConfigError(
                f"neither the name nor the columns of {self._path} tell the symbol: name it with --symbol"
            )
        return symbol_of(name)

    def pair(self) -> Pair:
        if self._options.pair is not None:
            return self._options.pair
        name, _ = of_name(self._path.name)
        try:
            return parse_pair((name or "").replace("-", "/"))
        except SymbolError:
            raise ConfigError(f"the name of {self._path} does not tell the pair: name it with --pair") from None

    def frame(self) -> Timeframe:
        """The timeframe of analytics or signals."""
        if self._options.timeframe is not None:
            return self._options.timeframe
        _, name = of_name(self._path.name)
        if name is None:
            raise ConfigError(f"the timeframe of {self._path} is not known: name it with --timeframe")
        if name not in TIMEFRAMES:
            raise ConfigError(f"{self._path} is of {name}: the store keeps {', '.join(TIMEFRAMES)}")
        return Timeframe(name)

    def lengths(self, block: pl.DataFrame, checks: Checks) -> tuple[int, Timeframe]:
        """How long the bars of a file are (ms), and the timeframe that they are kept as.

        Raises ``ConfigError`` where the store has no such timeframe, with the way out.
        """
        name = self.timeframe or of_name(self._path.name)[1]
        named = length_of(name) if name else None
        moments = checks.moments(block, "open_time")
        if moments.is_empty():
            raise no_times(self._path, block["open_time"][0])
        steps = moments.unique().sort().diff().drop_nulls()
        seen = int(steps.min()) if len(steps) else None  # type: ignore[arg-type]  # a column of integers
        wanted = self._options.timeframe
        length = named or seen or (wanted.milliseconds if wanted else None)
        if length is None:
            raise ConfigError(f"the timeframe of {self._path} is not known: name it with --timeframe")
        if wanted is not None and named is None and seen is not None:
            # Bars further apart than the timeframe can be those of a quiet symbol, but not where all of them are.
            length = wanted.milliseconds if seen > wanted.milliseconds and len(steps) < _ENOUGH else seen
        if wanted is not None:
            if wanted.milliseconds % length:
                raise ConfigError(
                    f"{self._path} holds bars of {frame_name(length)}, which are none of {wanted} and make none: "
                    "leave out --timeframe, or name the one that they are of"
                )
            return length, wanted
        kept = kept_for(length)
        if kept is None:
            raise ConfigError(
                f"{self._path} holds bars of {frame_name(length)}: the store keeps {', '.join(TIMEFRAMES)}, and what divides "
                "them; import shorter bars, or look for pairs in it with spreadscope scan --bars, which takes any length"
            )
        return length, kept
